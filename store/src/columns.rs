//! What a statement binds and what its rows hold, for either database.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgRow, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo};
use sqlx::{Decode, Encode, Postgres, Row as _, Sqlite, Type};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Several ids as one value, so that a statement's text does not depend on how many there are: an array on
/// PostgreSQL, on SQLite JSON for `json_each` with each id in hexadecimal for `unhex`.
#[derive(Clone, Copy)]
pub(crate) struct Ids<'i>(pub(crate) &'i [Uuid]);

impl Type<Sqlite> for Ids<'_> {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<'q> Encode<'q, Sqlite> for Ids<'_> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Encoded {
        // 32 digits, two quotes and a comma each.
        let mut json = String::with_capacity(2 + 35 * self.0.len());
        json.push('[');
        for (place, id) in self.0.iter().enumerate() {
            json.push_str(if place == 0 { "\"" } else { ",\"" });
            json.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
            json.push('"');
        }
        json.push(']');
        <String as Encode<'q, Sqlite>>::encode(json, buffer)
    }
}

impl Type<Postgres> for Ids<'_> {
    fn type_info() -> PgTypeInfo {
        <[Uuid] as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Ids<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
        <&[Uuid] as Encode<'q, Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

/// Several numbers as one value: an array on PostgreSQL, on SQLite JSON.
#[derive(Clone, Copy)]
pub(crate) struct Numbers<'n>(pub(crate) &'n [i64]);

impl Type<Sqlite> for Numbers<'_> {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<'q> Encode<'q, Sqlite> for Numbers<'_> {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Encoded {
        let json = serde_json::to_string(self.0)?;
        <String as Encode<'q, Sqlite>>::encode(json, buffer)
    }
}

impl Type<Postgres> for Numbers<'_> {
    fn type_info() -> PgTypeInfo {
        <[i64] as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Numbers<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
        <&[i64] as Encode<'q, Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

/// What encoding a value answers.
type Encoded = std::result::Result<IsNull, BoxDynError>;

/// A value that both databases can hold.
pub(crate) trait Portable:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Portable for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

/// The columns of a row of either database, by name.
pub(crate) trait Columns {
    /// The value of a column.
    fn get<T: Portable>(&self, column: &str) -> Result<T>;

    /// A text, where it lies in the row.
    fn str(&self, column: &str) -> Result<&str>;

    /// An id.
    fn id<I: From<Uuid>>(&self, column: &str) -> Result<I> {
        self.get::<Uuid>(column).map(I::from)
    }

    /// An id that may be absent.
    fn id_option<I: From<Uuid>>(&self, column: &str) -> Result<Option<I>> {
        Ok(self.get::<Option<Uuid>>(column)?.map(I::from))
    }

    /// A text with a bound, valid when it was written.
    fn text<T: TryFrom<String>>(&self, column: &'static str) -> Result<T>
    where
        T::Error: std::fmt::Display,
    {
        self.get::<String>(column)?.try_into().map_err(|error| Error::stored(column, error))
    }

    /// A text with a bound that may be absent.
    fn text_option<T: TryFrom<String>>(&self, column: &'static str) -> Result<Option<T>>
    where
        T::Error: std::fmt::Display,
    {
        let text = self.get::<Option<String>>(column)?;
        text.map(T::try_from).transpose().map_err(|error| Error::stored(column, error))
    }
}

impl Columns for SqliteRow {
    fn get<T: Portable>(&self, column: &str) -> Result<T> {
        Ok(self.try_get(column)?)
    }

    fn str(&self, column: &str) -> Result<&str> {
        Ok(self.try_get(column)?)
    }
}

impl Columns for PgRow {
    fn get<T: Portable>(&self, column: &str) -> Result<T> {
        Ok(self.try_get(column)?)
    }

    fn str(&self, column: &str) -> Result<&str> {
        Ok(self.try_get(column)?)
    }
}
