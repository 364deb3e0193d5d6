//! One row, whatever its table: the form in which it crosses from a database into a file or another database.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::columns::Columns;
use crate::error::Result;

/// What a column holds: the five types that both databases know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Bigint,
    /// BOOLEAN.
    Boolean,
    /// UUID.
    Uuid,
    /// BYTEA.
    Bytes,
}

impl Kind {
    /// The kind of a declared type, in the words of either catalogue.
    pub(crate) fn of(declared: &str) -> Option<Self> {
        Some(match declared.to_ascii_lowercase().as_str() {
            "text" => Self::Text,
            "bigint" => Self::Bigint,
            "boolean" => Self::Boolean,
            "uuid" => Self::Uuid,
            "bytea" => Self::Bytes,
            _ => return None,
        })
    }
}

/// A column as an archive names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// NULL in a column of this kind.
    Null(Kind),
    Text(String),
    Bigint(i64),
    Boolean(bool),
    Uuid(Uuid),
    Bytes(Vec<u8>),
}

pub(crate) type Row = Vec<Value>;

/// Reads a row of either database.
pub(crate) fn read(row: &impl Columns, columns: &[Column]) -> Result<Row> {
    columns
        .iter()
        .map(|Column { name, kind }| {
            let value = match kind {
                Kind::Text => row.get::<Option<_>>(name)?.map(Value::Text),
                Kind::Bigint => row.get::<Option<_>>(name)?.map(Value::Bigint),
                Kind::Boolean => row.get::<Option<_>>(name)?.map(Value::Boolean),
                Kind::Uuid => row.get::<Option<_>>(name)?.map(Value::Uuid),
                Kind::Bytes => row.get::<Option<_>>(name)?.map(Value::Bytes),
            };
            Ok(value.unwrap_or(Value::Null(*kind)))
        })
        .collect()
}

/// A row as a line of an archive: a JSON array. It is also what the checksum is taken of, so there is one way only
/// to write a value: ids with hyphens, bytes in lower-case hexadecimal.
pub(crate) fn encode(row: &Row, line: &mut String) {
    line.clear();
    line.push('[');
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            line.push(',');
        }
        // Writing into a string cannot fail.
        let _ = match value {
            Value::Null(_) => write!(line, "null"),
            Value::Text(text) => write!(line, "{}", serde_json::Value::from(text.as_str())),
            Value::Bigint(number) => write!(line, "{number}"),
            Value::Boolean(yes) => write!(line, "{yes}"),
            Value::Uuid(id) => write!(line, "\"{}\"", id.as_hyphenated()),
            Value::Bytes(bytes) => write!(line, "\"{}\"", Hex(bytes)),
        };
    }
    line.push(']');
}

/// Reads a line of an archive; none when it does not fit the columns.
pub(crate) fn decode(line: &str, columns: &[Column]) -> Option<Row> {
    let values: Vec<serde_json::Value> = serde_json::from_str(line).ok()?;
    if values.len() != columns.len() {
        return None;
    }
    values.into_iter().zip(columns).map(|(value, column)| decode_value(value, column.kind)).collect()
}

fn decode_value(value: serde_json::Value, kind: Kind) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match (kind, value) {
        (kind, Json::Null) => Value::Null(kind),
        (Kind::Text, Json::String(text)) => Value::Text(text),
        (Kind::Bigint, Json::Number(number)) => Value::Bigint(number.as_i64()?),
        (Kind::Boolean, Json::Bool(yes)) => Value::Boolean(yes),
        (Kind::Uuid, Json::String(text)) => Value::Uuid(text.parse().ok()?),
        (Kind::Bytes, Json::String(text)) => Value::Bytes(from_hex(&text)?),
        _ => return None,
    })
}

/// Bytes in lower-case hexadecimal.
pub(crate) struct Hex<'b>(pub(crate) &'b [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// The checksum of a table: the SHA-256 of each row, added up. The two databases give rows in different orders, and
/// a sum does not mind; a row that is missing, doubled or different changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    words: [u64; 4],
}

impl Sum {
    /// Adds an encoded row.
    pub(crate) fn add(&mut self, line: &str) {
        self.rows += 1;
        let digest = Sha256::digest(line.as_bytes());
        let mut carry = false;
        for (word, bytes) in self.words.iter_mut().zip(digest.as_chunks::<8>().0) {
            let (sum, first) = word.overflowing_add(u64::from_le_bytes(*bytes));
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, first || second);
        }
    }

    /// As text, in hexadecimal.
    pub(crate) fn text(&self) -> String {
        self.words.iter().map(|word| Hex(&word.to_le_bytes()).to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        [Kind::Text, Kind::Bigint, Kind::Boolean, Kind::Uuid, Kind::Bytes]
            .map(|kind| Column { name: "c".to_owned(), kind })
            .into()
    }

    fn encoded(row: &Row) -> String {
        let mut line = String::from("what was there before");
        encode(row, &mut line);
        line
    }

    #[test]
    fn a_row_comes_back_as_it_was() {
        let full = vec![
            Value::Text("Où est \"ma\" commande ?\n\u{1f69a}\u{0}".to_owned()),
            Value::Bigint(i64::MIN),
            Value::Boolean(true),
            Value::Uuid(Uuid::from_u128(7)),
            Value::Bytes(vec![0, 255, 16]),
        ];
        let empty: Row = columns().iter().map(|column| Value::Null(column.kind)).collect();
        for row in [full, empty] {
            let line = encoded(&row);
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(decode(&line, &columns()), Some(row));
        }
    }

    #[test]
    fn a_line_that_does_not_fit_is_refused() {
        let good = encoded(&columns().iter().map(|column| Value::Null(column.kind)).collect());
        assert!(decode(&good, &columns()[1..]).is_none());
        for bad in [
            "",
            "{}",
            "[1,1,true,null,null]",
            r#"["a",1.5,true,null,null]"#,
            r#"["a",1,1,null,null]"#,
            r#"["a",1,true,"x",null]"#,
            r#"["a",1,true,null,"0g"]"#,
            r#"["a",1,true,null,"0"]"#,
        ] {
            assert!(decode(bad, &columns()).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_sum_minds_rows_and_not_their_order() {
        let sum = |lines: &[&str]| {
            let mut sum = Sum::default();
            for line in lines {
                sum.add(line);
            }
            sum.text()
        };
        assert_eq!(sum(&["[1]", "[2]", "[3]"]), sum(&["[3]", "[1]", "[2]"]));
        for other in [&["[1]", "[2]"][..], &["[1]", "[2]", "[2]"], &["[1]", "[2]", "[4]"], &[]] {
            assert_ne!(sum(&["[1]", "[2]", "[3]"]), sum(other), "{other:?}");
        }
    }
}
