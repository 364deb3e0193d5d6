//! One line: what is strong, emphasised, code or an address in it.

use super::Run;

/// What turns the direction of writing: words with one of these could make a host read as another.
pub(super) const TURNS: [char; 9] = [
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

/// What a backslash shows as it stands.
const MARKS: [char; 5] = ['*', '_', '`', '[', ']'];

/// What says that an address follows.
const SCHEMES: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];

/// What a sentence puts after an address.
const TRAILING: [char; 13] = ['.', ',', ';', ':', '!', '?', '…', ')', ']', '}', '»', '”', '’'];

/// Beyond here lie scripts that put no spaces between words.
const WITHOUT_SPACES: char = '\u{2e80}';

/// A piece of a line, before it is known which marks have a partner.
#[derive(Default)]
struct Token {
    run: Run,
    mark: Option<Mark>,
    is_paired: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Strong,
    Star,
    Underscore,
}

impl Mark {
    fn of(marks: &str) -> Option<Self> {
        match marks {
            "**" => Some(Self::Strong),
            "*" => Some(Self::Star),
            "_" => Some(Self::Underscore),
            _ => None,
        }
    }
}

/// Adds to the last run if it looks the same.
pub(super) fn push(runs: &mut Vec<Run>, text: &str, shape: &Run) {
    if text.is_empty() {
        return;
    }
    match runs.last_mut() {
        Some(last) if looks(last) == looks(shape) => last.text.push_str(text),
        _ => runs.push(Run { text: text.to_owned(), ..shape.clone() }),
    }
}

fn looks(run: &Run) -> (bool, bool, bool, Option<&str>) {
    (run.strong, run.emphasis, run.code, run.link.as_deref())
}

/// Finds addresses; all else is letters.
pub(super) fn addresses(text: &str, runs: &mut Vec<Run>) {
    let (mut at, mut from) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        let Some(found) = address(text, at).map(|found| found.trim_end_matches(TRAILING)) else {
            at += letter.len_utf8();
            continue;
        };
        push(runs, &text[from..at], &Run::default());
        push(runs, found, &leading_to(found));
        at += found.len();
        from = at;
    }
    push(runs, &text[from..], &Run::default());
}

fn leading_to(address: &str) -> Run {
    Run { link: Some(address.to_owned()), ..Run::default() }
}

/// Reads a line and adds what it says. `may_name`: whether addresses may have words of their own.
pub(super) fn read(line: &str, may_name: bool, runs: &mut Vec<Run>) {
    let mut tokens: Vec<Token> = Vec::new();
    // The places of the marks that wait for their partner.
    let mut open: [Option<usize>; 3] = [None; 3];
    let mut has_ticks = true;
    let mut at = 0;
    while let Some(letter) = line[at..].chars().next() {
        let rest = &line[at..];
        let mut token = Token::default();
        let mut size = letter.len_utf8();
        match letter {
            '\\' if rest[1..].starts_with(MARKS) => {
                rest[1..2].clone_into(&mut token.run.text);
                size = 2;
            }
            '`' => {
                size = count(rest, '`');
                let end = if size == 1 && has_ticks { next_tick(rest) } else { None };
                // Where one tick has no partner, none after it has.
                has_ticks &= size > 1 || end.is_some();
                if let Some(end) = end.filter(|&end| !rest[1..end].trim().is_empty()) {
                    token.run = Run { text: rest[1..end].to_owned(), code: true, ..Run::default() };
                    size = end + 1;
                }
            }
            '*' | '_' => {
                size = count(rest, letter);
                token.mark = Mark::of(&rest[..size]);
                if let Some(mark) = token.mark {
                    let (before, after) = (line[..at].chars().next_back(), rest[size..].chars().next());
                    let waiting = &mut open[mark as usize];
                    if let Some(partner) = waiting.take_if(|_| may_stand(after, before)) {
                        tokens[partner].is_paired = true;
                        token.is_paired = true;
                    } else if may_stand(before, after) {
                        *waiting = Some(tokens.len());
                    }
                }
            }
            '[' if may_name => {
                if let Some((run, after)) = named(rest) {
                    (token.run, size) = (run, after);
                }
            }
            _ => {
                let found = address(line, at);
                if let Some(found) = found.map(|found| {
                    found.trim_end_matches(|it| TRAILING.contains(&it) || it == '*' || it == '_')
                }) {
                    token.run = Run { text: found.to_owned(), ..leading_to(found) };
                    size = found.len();
                }
            }
        }
        if token.run.text.is_empty() {
            rest[..size].clone_into(&mut token.run.text);
        }
        match tokens.last_mut() {
            Some(last)
                if token.mark.is_none() && last.mark.is_none() && looks(&last.run) == looks(&token.run) =>
            {
                last.run.text.push_str(&token.run.text);
            }
            _ => tokens.push(token),
        }
        at += size;
    }
    let mut look = [false; 3];
    for Token { run, mark, is_paired } in tokens {
        if let Some(mark) = mark.filter(|_| is_paired) {
            look[mark as usize] ^= true;
        } else {
            let [strong, star, underscore] = look;
            let shape = Run { strong, emphasis: star || underscore, text: String::new(), ..run };
            push(runs, &run.text, &shape);
        }
    }
}

fn count(rest: &str, mark: char) -> usize {
    rest.bytes().take_while(|&byte| char::from(byte) == mark).count()
}

/// Where the next tick stands that is alone, counted from the one that `rest` begins with.
fn next_tick(rest: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest[at..].find('`')?;
        match count(&rest[at..], '`') {
            1 => return Some(at),
            more => at += more,
        }
    }
}

/// Whether a mark may stand between what is outside of it and what it holds: no letter or digit outside, so that `2*3*4` and
/// `snake_case_name` stay what they are, and something to see inside.
fn may_stand(outside: Option<char>, inside: Option<char>) -> bool {
    !outside.is_some_and(is_in_word) && inside.is_some_and(|it| !it.is_whitespace())
}

fn is_in_word(letter: char) -> bool {
    letter < WITHOUT_SPACES && letter.is_alphanumeric()
}

/// The address that begins at a place of a line, as far as it goes, with what a sentence puts after it.
fn address(line: &str, at: usize) -> Option<&str> {
    let rest = &line[at..];
    if !rest.starts_with(['h', 'H', 'm', 'M', 't', 'T'])
        || line[..at].chars().next_back().is_some_and(is_in_word)
    {
        return None;
    }
    let begins = |scheme: &&&str| rest.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    let scheme = SCHEMES.iter().find(begins)?;
    rest[scheme.len()..].chars().next().filter(|&it| it == '+' || it.is_alphanumeric())?;
    let is_end = |it: char| it.is_whitespace() || matches!(it, '<' | '>' | '"' | '\'' | '`');
    let whole = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    Some(whole)
}

/// Words with an address, `[words](address)`, and where it ends. The words are followed by where the address leads, so that
/// no words can say that they lead elsewhere.
fn named(rest: &str) -> Option<(Run, usize)> {
    let mut words = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    let end = loop {
        match letters.next()? {
            (_, '[') => return None,
            (end, ']') => break end,
            (_, '\\') => {
                let shown = letters.next_if(|(_, next)| MARKS.contains(next));
                words.push(shown.map_or('\\', |(_, next)| next));
            }
            (_, letter) => words.push(letter),
        }
    };
    let address = rest[end + 1..].strip_prefix('(')?;
    let address = &address[..address.find(|it: char| it.is_whitespace() || "()<>[]\"'`\\".contains(it))?];
    let after = end + 2 + address.len();
    if !rest[after..].starts_with(')') || words.trim().is_empty() {
        return None;
    }
    let shown = place(address)?;
    if words != shown && words != address {
        words = format!("{words} ({shown})");
    }
    Some((Run { text: words, ..leading_to(address) }, after + 1))
}

/// Where an address leads, as it is shown: the host, or the mail box.
pub(super) fn place(address: &str) -> Option<&str> {
    let after = |scheme: &str| {
        let begin = address.get(..scheme.len())?;
        begin.eq_ignore_ascii_case(scheme).then(|| &address[scheme.len()..])
    };
    if let Some(mailbox) = after("mailto:") {
        let (name, host) = mailbox.split_once('@')?;
        let is_name = |it: u8| it.is_ascii_alphanumeric() || b"._%+-".contains(&it);
        return (!name.is_empty() && name.bytes().all(is_name) && is_host(host)).then_some(mailbox);
    }
    let rest = after("https://").or_else(|| after("http://"))?;
    let place = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (host, port) = place.split_once(':').unwrap_or((place, "0"));
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|it| it.is_ascii_digit());
    (is_host(host) && is_port).then_some(place)
}

/// Letters, digits, dots and hyphens of ASCII alone: what is shown is where it leads, with nothing that only looks like it.
fn is_host(host: &str) -> bool {
    host.starts_with(|it: char| it.is_ascii_alphanumeric())
        && host.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'.' || it == b'-')
}
