//! The excerpt around what was found, in pieces: no markup, so nobody has to escape it.

use tidings_protocol::search::SnippetPiece;

use super::query::SearchQuery;
use super::words::words;

/// Characters shown before the first word that was found.
const BEFORE: usize = 40;
/// Characters of the whole excerpt.
const LENGTH: usize = 200;

/// An excerpt of a text. A text in which nothing is found is shown from its beginning.
pub(crate) fn snippet(text: &str, query: &SearchQuery) -> Vec<SnippetPiece> {
    let hits: Vec<_> =
        words(text).into_iter().filter(|word| query.is_meant(word)).map(|word| word.place).collect();
    let first = hits.first().map_or(0, |hit| hit.start);
    let start = back(text, first, BEFORE);
    let end = forth(text, start, LENGTH);
    let mut pieces = Vec::new();
    let mut at = start;
    let mut push = |text: &str, hit: bool| {
        if !text.is_empty() {
            pieces.push(SnippetPiece { text: text.to_owned(), hit });
        }
    };
    if start > 0 {
        push("… ", false);
    }
    for hit in hits.into_iter().filter(|hit| hit.end <= end) {
        push(&text[at..hit.start], false);
        push(&text[hit.clone()], true);
        at = hit.end;
    }
    push(&text[at..end], false);
    if end < text.len() {
        push(" …", false);
    }
    pieces
}

/// The beginning of a word at most so many characters before a place.
fn back(text: &str, place: usize, characters: usize) -> usize {
    let Some((start, _)) = text[..place].char_indices().rev().nth(characters) else { return 0 };
    text[start..place].find(char::is_whitespace).map_or(start, |space| {
        let space = start + space;
        space + text[space..].chars().next().map_or(0, char::len_utf8)
    })
}

/// The end of a word at most so many characters after a place.
fn forth(text: &str, place: usize, characters: usize) -> usize {
    let Some((end, _)) = text[place..].char_indices().nth(characters) else { return text.len() };
    let end = place + end;
    text[place..end].rfind(char::is_whitespace).map_or(end, |space| place + space)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, query: &str) -> String {
        let pieces = snippet(text, &query.parse().unwrap());
        pieces.iter().map(|one| if one.hit { format!("[{}]", one.text) } else { one.text.clone() }).collect()
    }

    #[test]
    fn words_are_marked_as_they_were_written() {
        assert_eq!(shown("Où est l’ÉTÉ ?", "ete"), "Où est l’[ÉTÉ] ?");
        assert_eq!(shown("commandes, commande", "commande"), "[commandes], [commande]");
        assert_eq!(shown("<b>livraison</b>", "livr"), "<b>[livraison]</b>");
        assert_eq!(shown("nothing of it", "parcel"), "nothing of it");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let text = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let shown = shown(&text, "needle");
        assert!(
            shown.starts_with("… hay ") && shown.contains("[needle]") && shown.ends_with("straw …"),
            "{shown}"
        );
        assert!(shown.chars().count() < LENGTH + 10);
        let no_space = "é".repeat(5_000);
        assert!(
            snippet(&no_space, &"x".parse().unwrap())
                .iter()
                .all(|piece| piece.text.chars().count() <= LENGTH)
        );
    }
}
