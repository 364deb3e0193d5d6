//! From a text to the words that are indexed, and from what somebody types to the same words. Both databases get words
//! that are ready, so they find the same.
//!
//! A word is a run of letters and digits, in lower case, without accents, cut to a stem: what French and English put at
//! the end of a plural or a feminine goes. The cut is coarse on purpose: it only has to be the same on both sides. An
//! article before an apostrophe (`l'adresse`) and what English puts behind one (`customer's`) is no word. Chinese and
//! Japanese have no spaces: each character is a word, and neighbours are found as a phrase.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A longer word is cut: nobody types so much of one.
const WORD_BYTES: usize = 48;
/// Words of one text. A text is bounded; this bounds what one made of single letters costs.
const WORDS: usize = 4_000;

/// Letters that are no letter with an accent, and what people type for them.
pub(super) const LETTERS: [(char, &str); 8] =
    [('œ', "oe"), ('æ', "ae"), ('ß', "ss"), ('ø', "o"), ('ł', "l"), ('đ', "d"), ('ð', "d"), ('ı', "i")];

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// As it is indexed.
    pub(crate) stem: String,
    /// Folded, but not cut.
    pub(crate) folded: String,
    /// Where it stands in the text, in bytes.
    pub(crate) place: Range<usize>,
}

/// The words of a text, in their order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut rest = 0;
    while found.len() < WORDS
        && let Some(run) = next_run(text, rest)
    {
        rest = run.end;
        let place = without_clitics(text, run);
        let folded = fold(&text[place.clone()]);
        if !folded.is_empty() {
            found.push(Word { stem: stem(&folded), folded, place });
        }
    }
    found
}

/// Whether a character is a word by itself.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02bc}')
}

/// The next run of letters, digits, and apostrophes between letters.
fn next_run(text: &str, from: usize) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let start = from + text[from..].find(|c: char| c.is_alphanumeric())?;
    let mut end = start;
    let mut characters = text[start..].char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if stands_alone(c) {
            if at == 0 {
                end = start + c.len_utf8();
            }
            break;
        }
        let joins = is_apostrophe(c) && characters.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !is_part(c) && !joins {
            break;
        }
        end = start + at + c.len_utf8();
    }
    Some(start..end)
}

/// What French elides before a word that begins with a vowel.
const BEFORE: [&str; 13] =
    ["l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quelqu"];
/// What English puts behind a word.
const BEHIND: [&str; 7] = ["s", "t", "d", "m", "ll", "re", "ve"];

/// A run without what stands before its first apostrophe or behind its last, where that is no word.
fn without_clitics(text: &str, run: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (run.start, run.end);
    let length = |at: usize| text[at..].chars().next().map_or(1, char::len_utf8);
    if let Some(at) = text[start..end].find(is_apostrophe)
        && BEFORE.contains(&text[start..start + at].to_lowercase().as_str())
    {
        start += at + length(start + at);
    }
    if let Some(at) = text[start..end].rfind(is_apostrophe)
        && BEHIND.contains(&text[start + at + length(start + at)..end].to_lowercase().as_str())
    {
        end = start + at;
    }
    start..end
}

/// Lower case, without accents, ligatures as letters, nothing but letters and digits.
fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if folded.len() >= WORD_BYTES {
            break;
        }
        match LETTERS.iter().find(|(letter, _)| *letter == c) {
            Some((_, as_written)) => folded.push_str(as_written),
            None if c.is_alphanumeric() => folded.push(c),
            None => {}
        }
    }
    folded
}

/// Cuts what marks a plural or a feminine. Short words and numbers stay.
fn stem(word: &str) -> String {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_plain || word.len() < 4 {
        return word.to_owned();
    }
    // chevaux, cheval; jeux, jeu.
    if let Some(root) = word.strip_suffix("aux").filter(|root| root.len() > 2 && !root.ends_with('e')) {
        return format!("{root}al");
    }
    let word = word.strip_suffix('x').filter(|root| root.ends_with('u')).unwrap_or(word);
    let word = word.strip_suffix('s').filter(|root| !root.ends_with('s')).unwrap_or(word);
    // livré, livrée: folded, they end in one and two.
    let word = word.strip_suffix("ee").or_else(|| word.strip_suffix('e')).unwrap_or(word);
    match word.strip_suffix('y') {
        // party, parties; partie, parties.
        Some(root) if root.len() > 2 => format!("{root}i"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn accents_case_and_ligatures_are_folded() {
        assert_eq!(stems("Élève CŒUR straße Łódź"), stems("eleve coeur strasse lodz"));
        assert_eq!(stems("e\u{301}te\u{301}"), stems("été"));
        assert_eq!(stems("ﬁn"), ["fin"]);
    }

    #[test]
    fn plural_and_singular_meet() {
        for (one, other) in [
            ("commande", "commandes"),
            ("cheval", "chevaux"),
            ("jeu", "jeux"),
            ("party", "parties"),
            ("partie", "parties"),
            ("box", "boxes"),
            ("address", "addresses"),
            ("livré", "livrées"),
            ("bateau", "bateaux"),
        ] {
            assert_eq!(stems(one), stems(other), "{one} {other}");
        }
        assert_ne!(stems("port"), stems("porc"));
        assert_eq!(stems("bus 4711s"), ["bus", "4711s"]);
    }

    #[test]
    fn an_elided_article_is_no_word() {
        assert_eq!(stems("l'adresse d’Ana qu'elle"), stems("adresse Ana elle"));
        assert_eq!(stems("the customer's parcel isn't here"), stems("the customer parcel isn here"));
        assert_eq!(stems("aujourd'hui"), ["aujourdhui"]);
        assert_eq!(stems("O'Neill"), ["oneill"]);
        assert_eq!(stems("'quoted'"), stems("quoted"));
    }

    #[test]
    fn words_know_their_places() {
        let text = "Où est l’été ?";
        let found = words(text);
        let places: Vec<_> = found.iter().map(|word| &text[word.place.clone()]).collect();
        assert_eq!(places, ["Où", "est", "été"]);
    }

    #[test]
    fn characters_without_spaces_are_words_and_addresses_are_cut_at_their_signs() {
        assert_eq!(stems("配送は abc配"), ["配", "送", "は", "abc", "配"]);
        assert_eq!(stems("maya@example.org"), stems("maya example org"));
    }

    #[test]
    fn a_hostile_text_costs_a_bounded_number_of_bounded_words() {
        assert_eq!(words(&"a ".repeat(8_000)).len(), WORDS);
        assert!(words(&"é".repeat(8_000))[0].stem.len() <= WORD_BYTES + 1);
        assert!(words("\u{301}'' \u{0}\u{200d} --").is_empty());
        // Sixteen letters from one sign: the bound holds all the same.
        assert!(fold(&"\u{fdfa}".repeat(100)).len() <= WORD_BYTES + 4);
    }
}
