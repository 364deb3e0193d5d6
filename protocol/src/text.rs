//! Texts with a bound: parsed once at the edge, valid from then on.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::limits;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// There is nothing in it but white space.
    #[error("must not be empty")]
    Empty,
    /// It has more bytes than allowed.
    #[error("must have at most {max} bytes of UTF-8, has {actual}")]
    TooLong {
        /// How many there are.
        actual: usize,
        /// How many there may be.
        max: usize,
    },
    /// It holds U+0000, which PostgreSQL cannot store and no keyboard makes.
    #[error("must not contain the character U+0000")]
    Nul,
}

/// A text that is not blank and has at most `MAX` bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bounded<const MAX: usize>(String);

/// The text of a message or a note.
pub type Text = Bounded<{ limits::TEXT_BYTES }>;
/// The name of a person, app, team or workspace.
pub type Name = Bounded<{ limits::NAME_BYTES }>;
/// A conversation's title.
pub type Title = Bounded<{ limits::TITLE_BYTES }>;
/// The label of a place, a choice, a form field.
pub type Label = Bounded<{ limits::LABEL_BYTES }>;
/// A word by which a team sorts its conversations.
pub type Tag = Bounded<{ limits::TAG_BYTES }>;
/// A file's name.
pub type FileName = Bounded<{ limits::FILE_NAME_BYTES }>;
/// A MIME type.
pub type MediaType = Bounded<{ limits::MEDIA_TYPE_BYTES }>;
/// A user's id in the company's own system.
pub type ExternalId = Bounded<{ limits::EXTERNAL_ID_BYTES }>;
/// The address of a page or an endpoint; what it may be is checked where it is used.
pub type WebAddress = Bounded<{ limits::WEB_ADDRESS_BYTES }>;
/// A push token, opaque to us.
pub type PushToken = Bounded<{ limits::PUSH_TOKEN_BYTES }>;

impl<const MAX: usize> Bounded<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Bounded<MAX> {
    type Error = InvalidText;

    fn try_from(text: String) -> Result<Self, InvalidText> {
        if text.trim().is_empty() {
            return Err(InvalidText::Empty);
        }
        if text.len() > MAX {
            return Err(InvalidText::TooLong { actual: text.len(), max: MAX });
        }
        if text.contains('\0') {
            return Err(InvalidText::Nul);
        }
        Ok(Self(text))
    }
}

impl<const MAX: usize> TryFrom<&str> for Bounded<MAX> {
    type Error = InvalidText;

    fn try_from(text: &str) -> Result<Self, InvalidText> {
        text.to_owned().try_into()
    }
}

impl<const MAX: usize> From<Bounded<MAX>> for String {
    fn from(text: Bounded<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> Deref for Bounded<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Contents never reach a log by accident: only the length is shown.
impl<const MAX: usize> fmt::Debug for Bounded<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text of {} bytes", self.0.len())
    }
}

#[cfg(feature = "openapi")]
impl<const MAX: usize> utoipa::PartialSchema for Bounded<MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl<const MAX: usize> utoipa::ToSchema for Bounded<MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

/// An e-mail address: something, an `@`, something; at most 254 bytes, kept in lower case.
///
/// Whether it works is known only once a mail has arrived, so no more is checked.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = "email", max_length = 254))]
pub struct Email(String);

/// Nobody's address reaches a log by accident: only its length is shown.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e-mail address of {} bytes", self.0.len())
    }
}

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an e-mail address of at most 254 bytes")]
pub struct InvalidEmail;

impl Email {
    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let parts = text.rsplit_once('@');
        let good = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
            && text.len() <= limits::EMAIL_BYTES
            && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if good { Ok(Self(text)) } else { Err(InvalidEmail) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl std::str::FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        text.to_owned().try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_long_and_nul_texts_are_refused() {
        assert_eq!(Label::try_from(" \n\t"), Err(InvalidText::Empty));
        assert_eq!(
            Label::try_from("é".repeat(200)),
            Err(InvalidText::TooLong { actual: 400, max: limits::LABEL_BYTES })
        );
        assert_eq!(Label::try_from("a\0b"), Err(InvalidText::Nul));
        assert_eq!(Label::try_from(" kept as written ").unwrap().as_str(), " kept as written ");
    }

    #[test]
    fn debug_shows_no_contents() {
        assert_eq!(format!("{:?}", Text::try_from("my secret").unwrap()), "text of 9 bytes");
    }

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(" Ana@Example.ORG ".parse::<Email>().unwrap().as_str(), "ana@example.org");
        for text in ["", "ana", "@example.org", "ana@", "a na@example.org"] {
            assert!(text.parse::<Email>().is_err(), "{text}");
        }
    }
}
