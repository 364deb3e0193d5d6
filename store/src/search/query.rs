//! What somebody types into the search field, as an expression for each database.
//!
//! All terms must be there. A term is a phrase: what stands in quotes, or the words between two spaces. The last one that
//! is not in quotes may be the beginning of a word, because its author is still typing.

use uuid::Uuid;

use super::words::{Word, words};

/// Bytes of a query.
pub const QUERY_BYTES: usize = 256;
/// Terms of a query; the rest is not looked for.
const TERMS: usize = 12;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    terms: Vec<Term>,
}

/// Why a text cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// There is no word in it.
    #[error("expected at least one word")]
    NoWord,
    /// It is too long.
    #[error("expected at most {QUERY_BYTES} bytes")]
    TooLong,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    words: Vec<Word>,
    end: End,
}

/// Whether the last word of a term is all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Open,
}

impl std::str::FromStr for SearchQuery {
    type Err = InvalidQuery;

    fn from_str(text: &str) -> Result<Self, InvalidQuery> {
        if text.len() > QUERY_BYTES {
            return Err(InvalidQuery::TooLong);
        }
        let mut terms = Vec::new();
        for (place, piece) in text.split(['"', '\u{201c}', '\u{201d}', '\u{ab}', '\u{bb}']).enumerate() {
            let quoted = place % 2 == 1;
            let phrases: Vec<&str> = if quoted { vec![piece] } else { piece.split_whitespace().collect() };
            terms.extend(phrases.into_iter().map(|phrase| Term { words: words(phrase), end: End::Whole }));
        }
        terms.retain(|term| !term.words.is_empty());
        terms.truncate(TERMS);
        let is_typing = text.chars().last().is_some_and(char::is_alphanumeric);
        if let Some(last) = terms.last_mut().filter(|_| is_typing) {
            last.end = End::Open;
        }
        if terms.is_empty() { Err(InvalidQuery::NoWord) } else { Ok(Self { terms }) }
    }
}

/// Who may find a row, as a word of the index.
pub(crate) fn user_scope(id: Uuid) -> String {
    format!("u{}", id.simple())
}

/// The same for a team.
pub(crate) fn team_scope(id: Uuid) -> String {
    format!("t{}", id.simple())
}

impl SearchQuery {
    /// For FTS5 (<https://sqlite.org/fts5.html#full_text_query_syntax>). Words hold letters and digits alone, so nothing in
    /// them is read as an operator.
    pub fn fts5(&self, scopes: &[String]) -> String {
        let terms: Vec<_> = self.terms.iter().map(Term::fts5).collect();
        let scopes: Vec<_> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
        format!("(words : ({})) AND (scope : ({}))", terms.join(" AND "), scopes.join(" OR "))
    }

    /// For a `tsquery` (<https://www.postgresql.org/docs/15/datatype-textsearch.html>).
    pub fn tsquery(&self, scopes: &[String]) -> String {
        let terms: Vec<_> = self.terms.iter().map(Term::tsquery).collect();
        let scopes: Vec<_> = scopes.iter().map(|scope| format!("'@{scope}'")).collect();
        format!("({}) & ({})", terms.join(" & "), scopes.join(" | "))
    }

    /// Which of these words are meant; phrases are not asked for again.
    pub(crate) fn is_meant(&self, word: &Word) -> bool {
        self.terms.iter().any(|term| {
            let open = term.words.last().filter(|_| term.end == End::Open);
            term.words.iter().any(|wanted| wanted.stem == word.stem)
                || open.is_some_and(|open| word.stem.starts_with(&open.folded))
        })
    }
}

impl Term {
    /// The phrase of whole words; and if the last may be a beginning, the phrase with that.
    fn phrases(
        &self,
        join: &str,
        whole: fn(&str) -> String,
        open: fn(&str) -> String,
    ) -> (String, Option<String>) {
        let mut stems: Vec<_> = self.words.iter().map(|word| whole(&word.stem)).collect();
        let phrase = stems.join(join);
        let opened = self.words.last().filter(|_| self.end == End::Open).map(|last| {
            stems.pop();
            stems.push(open(&last.folded));
            stems.join(join)
        });
        (phrase, opened)
    }

    fn fts5(&self) -> String {
        match self.phrases(" + ", |word| format!("\"{word}\""), |word| format!("\"{word}\" *")) {
            (whole, Some(open)) => format!("({whole} OR {open})"),
            (whole, None) => format!("({whole})"),
        }
    }

    fn tsquery(&self) -> String {
        match self.phrases(" <-> ", |word| format!("'{word}'"), |word| format!("'{word}':*")) {
            (whole, Some(open)) => format!("(({whole}) | ({open}))"),
            (whole, None) => format!("({whole})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fts5(text: &str) -> String {
        text.parse::<SearchQuery>().unwrap().fts5(&["t1".to_owned()])
    }

    #[test]
    fn the_last_word_may_be_a_beginning() {
        assert_eq!(
            fts5("ma commandes"),
            r#"(words : (("ma") AND ("command" OR "commandes" *))) AND (scope : ("t1"))"#
        );
        assert_eq!(fts5("commandes "), r#"(words : (("command"))) AND (scope : ("t1"))"#);
    }

    #[test]
    fn quotes_make_a_phrase_and_so_do_signs_between_words() {
        assert_eq!(fts5("\"la commande\""), r#"(words : (("la" + "command"))) AND (scope : ("t1"))"#);
        assert_eq!(fts5("« la commande »"), fts5("\"la commande\""));
        let query: SearchQuery = "a@b".parse().unwrap();
        assert_eq!(query.tsquery(&["u1".to_owned()]), "((('a' <-> 'b') | ('a' <-> 'b':*))) & ('@u1')");
    }

    #[test]
    fn signs_of_the_databases_are_no_signs_here() {
        for text in
            ["a' | !b", "NEAR(a b)", "words:x", "a\"*b", "-a ^b", "{a} + b", "\\'a", "\0a", "a\"\"\"b"]
        {
            let query: SearchQuery = text.parse().unwrap();
            let text = query.tsquery(&[]);
            assert!(text.chars().all(|c| c.is_alphanumeric() || "()&|':*<-> @".contains(c)), "{text}");
        }
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!("".parse::<SearchQuery>(), Err(InvalidQuery::NoWord));
        assert_eq!("\" !? \"".parse::<SearchQuery>(), Err(InvalidQuery::NoWord));
        assert_eq!("a".repeat(257).parse::<SearchQuery>(), Err(InvalidQuery::TooLong));
        assert_eq!("a b ".repeat(60).parse::<SearchQuery>().unwrap().terms.len(), TERMS);
    }
}
