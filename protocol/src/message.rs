//! Messages: what they are made of, who wrote them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Seq;
use crate::id::{AgentId, AttachmentId, ConversationId, MessageId, UserId};
use crate::text::{FileName, Label, MediaType, Name, Text};
use crate::time::Timestamp;

pub use crate::live_place::{LiveLocation, LivePlace, MoveLivePlace};
pub use crate::parts::{InvalidParts, Parts};

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
    /// The message of the same conversation that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<MessageId>,
    /// When the server stored it, by the server's clock. Shown, never sorted by.
    pub sent_at: Timestamp,
    /// When it was last edited, or its live place last moved or ended. Of two states of a message, the one with the later
    /// time is the newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; `parts` is empty then, there is no `quote`, and `seq` stays taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// `PATCH …/messages/{message_id}`: other words for a message, by its author.
///
/// They take the place of all its parts of text; its other parts stay. The same words again change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditMessage {
    /// 1 byte to 16 KiB, together with what else the message says.
    pub text: Text,
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
    /// A place that moves for a while; only users share one, and it stands alone in its message.
    LiveLocation(LiveLocation),
    /// Answers to choose from.
    QuickReplies(QuickReplies),
    /// Questions to fill in.
    Form(Form),
    /// What was chosen of the answers that a message offered.
    Choice(Choice),
    /// What was entered into a form.
    Answers(Answers),
    /// Asks the user for something, beside words that say what it is for; only agents ask.
    Request(Request),
    /// Something that happened; only the server writes these.
    System(SystemPart),
}

/// Words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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

/// Where somebody is never reaches a log by accident: only whether it has a name is shown.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.label.is_some() { "place with a name" } else { "place" })
    }
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

/// What was chosen of the answers that a message offered. The label travels with it, so that it can be read by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// The message that offered it.
    pub message_id: MessageId,
    /// Which of its options.
    pub option_id: Label,
    /// What the person read on it.
    pub label: Label,
}

/// What was entered into a form: 1 to 20 fields, in the order of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answers {
    /// The message that holds the form.
    pub message_id: MessageId,
    /// The answers.
    pub fields: Vec<Answer>,
}

/// The answer to one question of a form. Its label travels with it, so that it can be read by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// Which field.
    pub field_id: Label,
    /// What the person read above it.
    pub label: Label,
    /// What was entered: words, a number such as `2.5`, a day such as `2026-11-21`, `true` or `false`. Counts as text.
    pub value: Text,
}

/// Asks the user for a place or a photo. It stands in a message once, beside a text that says what it is for.
///
/// It is answered by a message of the user that quotes this one and holds what is asked for, or by a
/// [`Choice`] of [`DECLINED`](Self::DECLINED): so nobody waits for somebody who would rather not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Request {
    /// What is asked for.
    #[serde(rename = "for")]
    pub what: RequestFor,
}

impl Request {
    /// The `option_id` of who would rather not.
    pub const DECLINED: &'static str = "declined";
}

/// What a user can be asked for. Whatever else may be asked for one day is a type of part of its own, so that clients of
/// today keep it as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RequestFor {
    /// Where they are: a `location` or a `live_location` answers.
    Place,
    /// A photo: an `attachment` that is a picture answers.
    Photo,
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

    /// What it asks the user for, if it asks.
    pub const fn as_request(&self) -> Option<RequestFor> {
        match self {
            Self::Known(KnownPart::Request(request)) => Some(request.what),
            _ => None,
        }
    }
}

const KNOWN_TYPES: [&str; 10] = [
    "text",
    "attachment",
    "location",
    "live_location",
    "quick_replies",
    "form",
    "choice",
    "answers",
    "request",
    "system",
];

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
        deserializer.deserialize_map(PartVisitor)
    }
}

/// Parts are stored and sent with their type first, and each message that is read has some: those are read in one
/// pass, others by way of a map.
struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
        let mut fields = serde_json::Map::new();
        if let Some(key) = map.next_key::<String>()? {
            let value: serde_json::Value = map.next_value()?;
            if let (true, Some(kind)) = (key == "type", value.as_str())
                && KNOWN_TYPES.contains(&kind)
            {
                return known(kind, MapAccessDeserializer::new(map)).map(Part::Known);
            }
            fields.insert(key, value);
        }
        while let Some((key, value)) = map.next_entry()? {
            fields.insert(key, value);
        }
        let kind = fields.get("type").and_then(|kind| kind.as_str());
        let kind = kind.ok_or_else(|| A::Error::custom("a part has a `type`, which is a string"))?;
        if KNOWN_TYPES.contains(&kind) {
            serde_json::from_value(fields.into()).map(Part::Known).map_err(A::Error::custom)
        } else {
            Ok(Part::Unknown(fields))
        }
    }
}

/// What comes after the `type` of one of [`KNOWN_TYPES`].
fn known<'de, D: Deserializer<'de>>(kind: &str, rest: D) -> Result<KnownPart, D::Error> {
    match kind {
        "text" => TextPart::deserialize(rest).map(KnownPart::Text),
        "attachment" => Attachment::deserialize(rest).map(KnownPart::Attachment),
        "location" => Location::deserialize(rest).map(KnownPart::Location),
        "live_location" => LiveLocation::deserialize(rest).map(KnownPart::LiveLocation),
        "quick_replies" => QuickReplies::deserialize(rest).map(KnownPart::QuickReplies),
        "form" => Form::deserialize(rest).map(KnownPart::Form),
        "choice" => Choice::deserialize(rest).map(KnownPart::Choice),
        "answers" => Answers::deserialize(rest).map(KnownPart::Answers),
        "request" => Request::deserialize(rest).map(KnownPart::Request),
        "system" => SystemPart::deserialize(rest).map(KnownPart::System),
        other => Err(D::Error::custom(format!("`{other}` is not a known part"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_later_version_is_kept_as_it_came() {
        let json = r#"{"type":"hologram","metres":2}"#;
        let part: Part = serde_json::from_str(json).unwrap();
        assert!(matches!(part, Part::Unknown(_)));
        assert_eq!(
            serde_json::to_value(&part).unwrap(),
            serde_json::from_str::<serde_json::Value>(json).unwrap()
        );
    }

    #[test]
    fn a_part_is_the_same_wherever_its_type_stands() {
        for (first, last) in [
            (r#"{"type":"text","text":"a"}"#, r#"{"text":"a","type":"text"}"#),
            (r#"{"type":"system","event":"x"}"#, r#"{"event":"x","type":"system"}"#),
            (
                r#"{"type":"quick_replies","options":[{"id":"1","label":"One"}]}"#,
                r#"{"options":[{"id":"1","label":"One"}],"type":"quick_replies"}"#,
            ),
            (
                r#"{"type":"location","latitude":1.5,"longitude":2.5}"#,
                r#"{"latitude":1.5,"type":"location","longitude":2.5}"#,
            ),
            (
                r#"{"type":"form","title":"T","fields":[{"id":"1","label":"L","kind":"date"}]}"#,
                r#"{"title":"T","fields":[{"id":"1","label":"L","kind":"date"}],"type":"form"}"#,
            ),
            (r#"{"type":"hologram","metres":2}"#, r#"{"metres":2,"type":"hologram"}"#),
        ] {
            let [first, last] = [first, last].map(|json| serde_json::from_str::<Part>(json).unwrap());
            assert_eq!(first, last);
        }
        for json in ["{}", r#"{"type":7}"#, r#"{"text":"a"}"#, "[]", "7"] {
            assert!(serde_json::from_str::<Part>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_known_part_that_is_broken_is_an_error_and_not_unknown() {
        let error = serde_json::from_str::<Part>(r#"{"type":"text","text":""}"#).unwrap_err();
        assert!(error.to_string().contains("must not be empty"), "{error}");
    }
}
