//! Enums as the words in which they are stored; the protocol's own words.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;

use crate::columns::Columns;
use crate::error::{Error, Result};

/// The word of a value without fields, such as `message_added`.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        // Only enums without fields are given to this function: see the test.
        other => unreachable!("not a word: {other:?}"),
    }
}

/// The value of a stored word.
pub(crate) fn parse<T: DeserializeOwned>(column: &'static str, word: &str) -> Result<T> {
    let word = StrDeserializer::<serde::de::value::Error>::new(word);
    T::deserialize(word).map_err(|error| Error::stored(column, error))
}

/// The value of a column that holds a word.
pub(crate) fn get<T: DeserializeOwned>(row: &impl Columns, column: &'static str) -> Result<T> {
    parse(column, row.str(column)?)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::change::ChangeKind;
    use tidings_protocol::conversation::ConversationState;

    use super::*;

    #[test]
    fn words_come_back() {
        assert_eq!(word(&ConversationState::Open), "open");
        for kind in ChangeKind::ALL {
            assert_eq!(parse::<ChangeKind>("kind", &word(&kind)).unwrap(), kind);
        }
    }
}
