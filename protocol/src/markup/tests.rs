use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn runs_of(blocks: &[Block]) -> Vec<&Run> {
    let mut all = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph { runs }
            | Block::Bullet { runs }
            | Block::Number { runs, .. }
            | Block::Quote { runs } => {
                all.extend(runs);
            }
            Block::Code { .. } => {}
        }
    }
    all
}

/// A text with its strong, emphasised, code and linked runs in words, so that a test can be read.
fn told(text: &str) -> String {
    let mut told = String::new();
    for run in runs_of(&blocks(text)) {
        let mut marks = String::new();
        for (is_on, name) in [(run.strong, 's'), (run.emphasis, 'e'), (run.code, 'c')] {
            if is_on {
                marks.push(name);
            }
        }
        match (&run.link, marks.is_empty()) {
            (Some(link), _) => write!(told, "{marks}<{}|{link}>", run.text),
            (None, true) => write!(told, "{}", run.text),
            (None, false) => write!(told, "{marks}<{}>", run.text),
        }
        .unwrap();
    }
    told
}

#[test]
fn letters_beside_a_mark_keep_it_a_letter() {
    for text in [
        "2*3*4",
        "snake_case_name",
        "5 * 3 * 2",
        "a ** b ** c",
        "2**3**4",
        "__init__",
        "***x***",
        "*.rs, *.ts",
        "_",
    ] {
        assert_eq!(told(text), text);
    }
    assert_eq!(told("_a_b_ *a*, (**b**)!"), "e<a_b> e<a>, (s<b>)!");
    assert_eq!(told("这是**重要**的"), "这是s<重要>的");
}

#[test]
fn marks_overlap_and_need_not_nest() {
    assert_eq!(told("**a _b** c_"), "s<a >se<b>e< c>");
    assert_eq!(told("**see https://a.example/b**"), "s<see >s<https://a.example/b|https://a.example/b>");
    assert_eq!(told("**`a*b*`**"), "sc<a*b*>");
    assert_eq!(told("**a\nb**"), "**a\nb**");
}

#[test]
fn words_never_hide_where_an_address_leads() {
    assert_eq!(told("[help](https://a.example/x?y#z)"), "<help (a.example)|https://a.example/x?y#z>");
    assert_eq!(
        told("[bank.example](https://evil.example)"),
        "<bank.example (evil.example)|https://evil.example>"
    );
    assert_eq!(told("[a.example](https://a.example)"), "<a.example|https://a.example>");
    assert_eq!(told("[us](mailto:a.b@c.example)"), "<us (a.b@c.example)|mailto:a.b@c.example>");
    assert_eq!(told(r"[\[1\]](http://a.example:8080)"), "<[1] (a.example:8080)|http://a.example:8080>");
    let typed = [
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "[a](//a.example)",
        "[a](file:///x)",
        "[a](a.example)",
        "[ ](https-)",
        "[a]()",
        "[a] (x)",
        "![](x)",
        "[a](https:///b)",
        "[a](https://-a)",
    ];
    for text in typed {
        assert_eq!(told(text), text);
    }
    // An address whose place cannot be told in a word is shown whole, as it was typed.
    for address in
        ["https://bank.example@evil.example", "https://bаnk.example", r"https://evil.example\@bank.example"]
    {
        let text = format!("[a]({address})");
        assert_eq!(told(&text), format!("[a](<{address}|{address}>)"));
    }
    let turned = "\u{202e}[a](https://a.example/b)";
    assert_eq!(told(turned), "\u{202e}[a](<https://a.example/b|https://a.example/b>)");
}

#[test]
fn where_nothing_can_be_tapped_the_whole_address_is_read() {
    for (typed, read) in [
        ("**[reset it](https://a.example/r/abc?d=1)**", "reset it (https://a.example/r/abc?d=1)"),
        ("[a.example](https://a.example/r)", "https://a.example/r"),
        ("[https://a.example/r](https://a.example/r)", "https://a.example/r"),
        ("- see https://a.example/r.", "- see https://a.example/r."),
        ("[us](mailto:us@a.example)", "us (us@a.example)"),
    ] {
        assert_eq!(plain_with_addresses(typed), read);
    }
}

#[test]
fn words_as_they_were_typed_have_addresses_and_no_marks() {
    let run = |text: &str, link: Option<&str>| Run {
        text: text.to_owned(),
        link: link.map(str::to_owned),
        ..Run::default()
    };
    let call = as_typed("**call** tel:+41315550100.");
    let runs =
        vec![run("**call** ", None), run("tel:+41315550100", Some("tel:+41315550100")), run(".", None)];
    assert_eq!(call, [Block::Paragraph { runs }]);
    let kept = as_typed("https://a.example/_x_");
    assert_eq!(
        kept,
        [Block::Paragraph { runs: vec![run("https://a.example/_x_", Some("https://a.example/_x_"))] }]
    );
    assert_eq!(as_typed(""), []);
}

#[test]
fn hostile_texts_cost_no_more_than_others() {
    let unclosed = [
        "*",
        "**a ",
        "_",
        "`",
        "` ",
        "[",
        "[a](",
        "[a](https://",
        "]",
        "](",
        r"\[",
        "\\",
        "> ",
        "- ",
        "```\n",
        "```\na\n",
        "1. ",
        "https://",
        "https://a)",
        "*a `b ",
        "\n",
        "`` ` ",
        "*a* _b_ ",
        "[a](https://b.example) ",
        "> \n",
        "mailto:a@",
    ];
    for piece in unclosed {
        let time = |count: usize| {
            let text = piece.repeat(count);
            let begun = Instant::now();
            let plain = plain(&text);
            assert!(plain.len() <= text.len());
            begun.elapsed()
        };
        // Quadratic, each of these would take seconds.
        let took = time(20_000);
        assert!(took < Duration::from_secs(1), "{piece:?}: {took:?}");
    }
}

/// Texts of which many have marks.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "*",
        "**",
        "_",
        "`",
        "```",
        "\n",
        " ",
        "- ",
        "> ",
        "1. ",
        "\\",
        "[",
        "](",
        ")",
        "https://",
        "a.example",
        "mailto:",
        "@",
        "a",
        "b c",
        "é",
        "重",
        "\u{202e}",
        "\r\n",
        "\u{85}",
        "\u{feff}",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..40).prop_map(|it| it.concat()), any::<String>()]
}

proptest! {
    #[test]
    fn every_text_is_read_and_what_is_seen_of_it_stays(text in texts()) {
        let shown = blocks(&text);
        let plain = plain(&text);
        prop_assert!(plain.len() <= text.len());
        prop_assert_eq!(has_letters(&plain), has_letters(&text));
        // Words of code may name its language, and words of a link hide all of its address but the host.
        if !text.contains("```") && !text.contains("](") {
            let letters = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&plain), letters(&text));
        }
        for run in runs_of(&shown) {
            prop_assert!(!run.text.is_empty());
            if let Some(link) = &run.link {
                let address = link.to_ascii_lowercase();
                prop_assert!(["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| address.starts_with(scheme)));
            }
        }
    }

    #[test]
    fn a_text_without_marks_is_one_run(text in "[a-z é,.!?\n]{1,80}") {
        let run = Run { text: text.clone(), ..Run::default() };
        prop_assert_eq!(blocks(&text), [Block::Paragraph { runs: vec![run] }]);
        prop_assert_eq!(plain(&text), text);
    }

    #[test]
    fn words_as_they_were_typed_stay_letter_for_letter(text in texts()) {
        let said: String = runs_of(&as_typed(&text)).iter().map(|run| run.text.as_str()).collect();
        prop_assert_eq!(said, text);
    }
}
