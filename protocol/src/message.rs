//! Messages: what they are made of, who wrote them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{AgentId, AttachmentId, ConversationId, MessageId, UserId};
use crate::text::{FileName, InvalidText, Label, MediaType, Name, Text};
use crate::time::Timestamp;
use crate::{Seq, limits};

/// A message that the server has numbered and stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Made by the sender's device; unique for ever.
    pub id: MessageId,
    /// The thread it stands in.
    pub conversation_id: ConversationId,
    /// Its number in that thread, from 1, without holes. The only thing to sort by.
    pub seq: Seq,
    /// Who wrote it.
    pub author: Author,
    /// What it says, in order.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<KnownPart>))]
    pub parts: Vec<Part>,
    /// When the server stored it, by the server's clock. Shown, never sorted by.
    pub sent_at: Timestamp,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; `parts` is empty then, and `seq` stays taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Author {
    /// The end user.
    User {
        /// Which.
        id: UserId,
    },
    /// An agent of the company.
    Agent {
        /// Which.
        id: AgentId,
        /// The name that users see.
        name: Name,
    },
    /// Tidings itself.
    System,
}

/// Parts that this version knows; [`Part`] also holds those it does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum KnownPart {
    /// Words.
    Text(TextPart),
    /// A photo or another file.
    Attachment(Attachment),
    /// A place on the map.
    Location(Location),
    /// Answers to choose from.
    QuickReplies(QuickReplies),
    /// Questions to fill in.
    Form(Form),
    /// Something that happened; only the server writes these.
    System(SystemPart),
}

/// Words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TextPart {
    /// 1 byte to 16 KiB.
    pub text: Text,
}

/// A file that was uploaded before the message was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// The upload.
    pub attachment_id: AttachmentId,
    /// Decided by content, not by name.
    pub media_type: MediaType,
    /// The name it had on the sender's device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<FileName>,
    /// 1 byte to 100 MiB.
    pub bytes: i64,
    /// Pixels, for a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, for a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// A picture's placeholder: a `ThumbHash` in base 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<Label>,
}

/// A place on the map (WGS 84).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Location {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Radius of the circle that the place lies in with 68 % confidence, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    /// What a person calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// When the device measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<Timestamp>,
}

/// Answers to choose from: at most 13.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuickReplies {
    /// The choices, in order.
    pub options: Vec<QuickReply>,
}

/// One answer to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuickReply {
    /// Comes back with the answer.
    pub id: Label,
    /// What the person reads.
    pub label: Label,
}

/// Questions to fill in: at most 20 fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Form {
    /// Shown above the fields.
    pub title: Label,
    /// The questions, in order.
    pub fields: Vec<FormField>,
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormField {
    /// Comes back with the answer.
    pub id: Label,
    /// What the person reads.
    pub label: Label,
    /// What may be entered.
    pub kind: FormFieldKind,
    /// Whether the form can be sent without it.
    #[serde(default)]
    pub required: bool,
}

/// What may be entered into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FormFieldKind {
    /// One line.
    Text,
    /// A number.
    Number,
    /// An e-mail address.
    Email,
    /// A day.
    Date,
    /// Yes or no.
    Boolean,
}

/// Something that happened, told in the thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemPart {
    /// A stable word for it, such as `conversation_closed`.
    pub event: Label,
}

/// One part of a message: one that this version knows, or one of a later version, kept as it came.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A part that this version knows.
    Known(KnownPart),
    /// A part of a later version. Show "update the app to see this"; never drop it.
    Unknown(serde_json::Map<String, serde_json::Value>),
}

impl Part {
    /// A part of words.
    pub const fn text(text: Text) -> Self {
        Self::Known(KnownPart::Text(TextPart { text }))
    }

    /// The words, if this is a part of words.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Known(KnownPart::Text(part)) => Some(part.text.as_str()),
            _ => None,
        }
    }
}

const KNOWN_TYPES: [&str; 6] = ["text", "attachment", "location", "quick_replies", "form", "system"];

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(part) => part.serialize(serializer),
            Self::Unknown(fields) => fields.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = serde_json::Map::deserialize(deserializer)?;
        let kind = fields.get("type").and_then(|kind| kind.as_str());
        let kind = kind.ok_or_else(|| D::Error::custom("a part has a `type`, which is a string"))?;
        if KNOWN_TYPES.contains(&kind) {
            serde_json::from_value(fields.into()).map(Self::Known).map_err(D::Error::custom)
        } else {
            Ok(Self::Unknown(fields))
        }
    }
}

/// Why parts cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParts {
    /// None, or too many.
    #[error("a message has 1 to {max} parts, this has {actual}", max = limits::PARTS)]
    Count {
        /// How many there are.
        actual: usize,
    },
    /// A type that this version does not know.
    #[error("unknown part type; known are text, attachment, location, quick_replies and form")]
    Unknown,
    /// System parts are written by the server.
    #[error("a part of type `system` cannot be sent")]
    System,
    /// Together the texts are too long.
    #[error("{0}")]
    Text(InvalidText),
    /// A number lies outside its range.
    #[error("{field} must lie between {min} and {max}")]
    Range {
        /// Which number.
        field: &'static str,
        /// The least it may be.
        min: i64,
        /// The most it may be.
        max: i64,
    },
}

/// The parts of a message that somebody wants to send: 1 to 10, none unknown, none from the server, all within
/// their limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Part>", into = "Vec<Part>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<KnownPart>))]
pub struct Parts(Vec<Part>);

impl Parts {
    /// A message of words alone.
    pub fn text(text: Text) -> Self {
        Self(vec![Part::text(text)])
    }

    /// The parts.
    pub fn as_slice(&self) -> &[Part] {
        &self.0
    }
}

impl From<Parts> for Vec<Part> {
    fn from(parts: Parts) -> Self {
        parts.0
    }
}

impl TryFrom<Vec<Part>> for Parts {
    type Error = InvalidParts;

    fn try_from(parts: Vec<Part>) -> Result<Self, InvalidParts> {
        if parts.is_empty() || parts.len() > limits::PARTS {
            return Err(InvalidParts::Count { actual: parts.len() });
        }
        let mut text = 0;
        for part in &parts {
            match part {
                Part::Known(KnownPart::Text(part)) => text += part.text.len(),
                Part::Known(part) => check(part)?,
                Part::Unknown(_) => return Err(InvalidParts::Unknown),
            }
        }
        if text > limits::TEXT_BYTES {
            return Err(InvalidParts::Text(InvalidText::TooLong { actual: text, max: limits::TEXT_BYTES }));
        }
        Ok(Self(parts))
    }
}

fn within(field: &'static str, good: bool, min: i64, max: i64) -> Result<(), InvalidParts> {
    if good { Ok(()) } else { Err(InvalidParts::Range { field, min, max }) }
}

fn count(field: &'static str, actual: usize, max: usize) -> Result<(), InvalidParts> {
    within(field, (1..=max).contains(&actual), 1, i64::try_from(max).unwrap_or(i64::MAX))
}

fn check(part: &KnownPart) -> Result<(), InvalidParts> {
    match part {
        KnownPart::Text(_) => Ok(()),
        KnownPart::Attachment(file) => {
            let good = (1..=limits::ATTACHMENT_BYTES).contains(&file.bytes);
            within("bytes", good, 1, limits::ATTACHMENT_BYTES)
        }
        KnownPart::Location(place) => {
            within("latitude", (-90.0..=90.0).contains(&place.latitude), -90, 90)?;
            within("longitude", (-180.0..=180.0).contains(&place.longitude), -180, 180)?;
            let accuracy = place.accuracy_m.unwrap_or_default();
            within("accuracy_m", (0.0..=20_000_000.0).contains(&accuracy), 0, 20_000_000)
        }
        KnownPart::QuickReplies(replies) => count("options", replies.options.len(), limits::QUICK_REPLIES),
        KnownPart::Form(form) => count("fields", form.fields.len(), limits::FORM_FIELDS),
        KnownPart::System(_) => Err(InvalidParts::System),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(json: &str) -> Result<Parts, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_part_of_a_later_version_is_kept_as_it_came() {
        let json = r#"{"type":"hologram","metres":2}"#;
        let part: Part = serde_json::from_str(json).unwrap();
        assert!(matches!(part, Part::Unknown(_)));
        assert_eq!(serde_json::to_value(&part).unwrap(), serde_json::from_str::<serde_json::Value>(json).unwrap());
    }

    #[test]
    fn a_known_part_that_is_broken_is_an_error_and_not_unknown() {
        let error = serde_json::from_str::<Part>(r#"{"type":"text","text":""}"#).unwrap_err();
        assert!(error.to_string().contains("must not be empty"), "{error}");
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        let long = "x".repeat(9 * 1024);
        for (json, reason) in [
            ("[]".to_owned(), "1 to 10 parts"),
            (format!("[{}]", vec![r#"{"type":"text","text":"a"}"#; 11].join(",")), "1 to 10 parts"),
            (r#"[{"type":"hologram"}]"#.to_owned(), "unknown part type"),
            (r#"[{"text":"a"}]"#.to_owned(), "has a `type`"),
            (r#"[{"type":"text","text":"a","color":"red"}]"#.to_owned(), "unknown field"),
            (r#"[{"type":"system","event":"conversation_closed"}]"#.to_owned(), "cannot be sent"),
            (format!(r#"[{{"type":"text","text":"{long}"}},{{"type":"text","text":"{long}"}}]"#), "at most 16384"),
            (r#"[{"type":"location","latitude":91,"longitude":0}]"#.to_owned(), "latitude"),
            (r#"[{"type":"quick_replies","options":[]}]"#.to_owned(), "options"),
        ] {
            let error = parts(&json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
