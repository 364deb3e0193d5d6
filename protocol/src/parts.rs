//! The parts of a message that somebody wants to send: what a command refuses and a reader would bear.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::id::AttachmentId;
use crate::limits;
use crate::message::{Attachment, KnownPart, LiveLocation, Location, Part, RequestFor};
use crate::text::{InvalidText, Text};

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
    #[error(
        "unknown part type; known are text, attachment, location, live_location, quick_replies, form, choice, answers and request"
    )]
    Unknown,
    /// System parts are written by the server.
    #[error("a part of type `system` cannot be sent")]
    System,
    /// Together the texts are too long.
    #[error("{0}")]
    Text(InvalidText),
    /// The same file twice.
    #[error("an attachment stands in a message once")]
    Twice,
    /// A live place beside something else: its message has nothing else to say.
    #[error("a part of type `live_location` stands alone in its message")]
    NotAlone,
    /// What the server writes into a live place.
    #[error("of a part of type `live_location` only `for_s` can be sent")]
    Told,
    /// A request without words: whoever is asked is told what for.
    #[error("a part of type `request` stands beside a text that says what it is for")]
    NoPurpose,
    /// More than one request.
    #[error("a message asks for one thing, with one part of type `request`")]
    AskedTwice,
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
#[serde(try_from = "Vec<SentPart>", into = "Vec<Part>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<KnownPart>))]
pub struct Parts(Vec<Part>);

impl Parts {
    /// A message of words alone.
    pub fn text(text: Text) -> Self {
        Self(vec![Part::text(text)])
    }

    /// The files among them.
    pub fn attachments(&self) -> impl Iterator<Item = &Attachment> {
        self.0.iter().filter_map(|part| match part {
            Part::Known(KnownPart::Attachment(file)) => Some(file),
            _ => None,
        })
    }

    /// The live place, if that is what is sent.
    pub fn live_location(&self) -> Option<&LiveLocation> {
        match self.0.as_slice() {
            [Part::Known(KnownPart::LiveLocation(live))] => Some(live),
            _ => None,
        }
    }

    /// What they ask the user for, if they ask.
    pub fn request(&self) -> Option<RequestFor> {
        self.0.iter().find_map(Part::as_request)
    }

    /// The same, with what is told of each file in the place of what was said of it; files of which nothing is told stay
    /// as they are.
    #[must_use]
    pub fn with_attachments(mut self, told: impl Fn(AttachmentId) -> Option<Attachment>) -> Self {
        for part in &mut self.0 {
            if let Part::Known(KnownPart::Attachment(file)) = part
                && let Some(known) = told(file.attachment_id)
            {
                *file = known;
            }
        }
        self
    }

    /// The parts of a stored message with other words: they stand where its first text stood. None when it has no text.
    ///
    /// # Errors
    /// Together they are too long.
    pub fn edited(parts: &[Part], text: Text) -> Result<Option<Vec<Part>>, InvalidParts> {
        let is_text = |part: &Part| part.as_text().is_some();
        let Some(place) = parts.iter().position(is_text) else { return Ok(None) };
        let others = |part: &&Part| !is_text(part);
        let mut edited: Vec<Part> = parts[..place].to_vec();
        edited.push(Part::text(text));
        edited.extend(parts[place..].iter().filter(others).cloned());
        Self::check_text(&edited)?;
        Ok(Some(edited))
    }

    /// How long all words are together.
    fn check_text(parts: &[Part]) -> Result<(), InvalidParts> {
        let of_part = |part: &Part| match part {
            Part::Known(KnownPart::Text(part)) => part.text.len(),
            Part::Known(KnownPart::Answers(answers)) => {
                answers.fields.iter().map(|answer| answer.value.len()).sum()
            }
            _ => 0,
        };
        let actual = parts.iter().map(of_part).sum();
        let max = limits::TEXT_BYTES;
        if actual > max {
            return Err(InvalidParts::Text(InvalidText::TooLong { actual, max }));
        }
        Ok(())
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
        for part in &parts {
            match part {
                Part::Known(part) => check(part)?,
                Part::Unknown(_) => return Err(InvalidParts::Unknown),
            }
        }
        Self::check_text(&parts)?;
        let is_live = |part: &Part| matches!(part, Part::Known(KnownPart::LiveLocation(_)));
        if parts.len() > 1 && parts.iter().any(is_live) {
            return Err(InvalidParts::NotAlone);
        }
        match parts.iter().filter_map(Part::as_request).count() {
            0 => {}
            1 if parts.iter().any(|part| part.as_text().is_some()) => {}
            1 => return Err(InvalidParts::NoPurpose),
            _ => return Err(InvalidParts::AskedTwice),
        }
        let parts = Self(parts);
        let mut files: Vec<_> = parts.attachments().map(|file| file.attachment_id).collect();
        files.sort_unstable();
        if files.is_sorted_by(|one, next| one < next) { Ok(parts) } else { Err(InvalidParts::Twice) }
    }
}

impl TryFrom<Vec<SentPart>> for Parts {
    type Error = InvalidParts;

    fn try_from(parts: Vec<SentPart>) -> Result<Self, InvalidParts> {
        parts.into_iter().map(|part| part.0).collect::<Vec<_>>().try_into()
    }
}

/// A part on its way in. A reader ignores fields that it does not know; a command that holds one is refused, so
/// that a misspelt `lable` is not silently dropped.
struct SentPart(Part);

impl<'de> Deserialize<'de> for SentPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = serde_json::Value::deserialize(deserializer)?;
        let part = Part::deserialize(&sent).map_err(D::Error::custom)?;
        let kept = serde_json::to_value(&part).map_err(D::Error::custom)?;
        match dropped_field(&sent, &kept) {
            Some(field) => Err(D::Error::custom(format_args!("unknown field `{field}`"))),
            None => Ok(Self(part)),
        }
    }
}

/// The first field of `sent` that was not kept. A null is as good as an absent field.
fn dropped_field<'a>(sent: &'a serde_json::Value, kept: &serde_json::Value) -> Option<&'a str> {
    use serde_json::Value::{Array, Object};
    match (sent, kept) {
        (Object(sent), Object(kept)) => {
            sent.iter().filter(|(_, value)| !value.is_null()).find_map(|(name, value)| {
                kept.get(name).map_or(Some(name.as_str()), |kept| dropped_field(value, kept))
            })
        }
        (Array(sent), Array(kept)) => {
            sent.iter().zip(kept).find_map(|(sent, kept)| dropped_field(sent, kept))
        }
        _ => None,
    }
}

fn within(field: &'static str, good: bool, min: i64, max: i64) -> Result<(), InvalidParts> {
    if good { Ok(()) } else { Err(InvalidParts::Range { field, min, max }) }
}

fn count(field: &'static str, actual: usize, max: usize) -> Result<(), InvalidParts> {
    within(field, (1..=max).contains(&actual), 1, i64::try_from(max).unwrap_or(i64::MAX))
}

pub(crate) fn check_location(place: &Location) -> Result<(), InvalidParts> {
    within("latitude", (-90.0..=90.0).contains(&place.latitude), -90, 90)?;
    within("longitude", (-180.0..=180.0).contains(&place.longitude), -180, 180)?;
    let accuracy = place.accuracy_m.unwrap_or_default();
    within("accuracy_m", (0.0..=20_000_000.0).contains(&accuracy), 0, 20_000_000)
}

fn check(part: &KnownPart) -> Result<(), InvalidParts> {
    match part {
        // Their texts are counted together.
        KnownPart::Text(_) | KnownPart::Choice(_) | KnownPart::Request(_) => Ok(()),
        KnownPart::Answers(answers) => count("fields", answers.fields.len(), limits::FORM_FIELDS),
        KnownPart::Attachment(file) => {
            let good = (1..=limits::ATTACHMENT_BYTES).contains(&file.bytes);
            within("bytes", good, 1, limits::ATTACHMENT_BYTES)
        }
        KnownPart::Location(place) => check_location(place),
        KnownPart::LiveLocation(live) if *live != live.as_sent() => Err(InvalidParts::Told),
        KnownPart::LiveLocation(live) => {
            let (min, max) = (limits::LIVE_SECONDS_MIN, limits::LIVE_SECONDS);
            within("for_s", (min..=max).contains(&live.for_s), min, max)
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
    fn a_null_is_an_absent_field() {
        let sent = parts(r#"[{"type":"location","latitude":1,"longitude":2,"label":null}]"#);
        assert!(sent.is_ok(), "{sent:?}");
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        let long = "x".repeat(9 * 1024);
        for (json, reason) in [
            ("[]".to_owned(), "1 to 10 parts"),
            (format!("[{}]", [r#"{"type":"text","text":"a"}"#; 11].join(",")), "1 to 10 parts"),
            (r#"[{"type":"hologram"}]"#.to_owned(), "unknown part type"),
            (r#"[{"text":"a"}]"#.to_owned(), "has a `type`"),
            (r#"[{"type":"text","text":"a","color":"red"}]"#.to_owned(), "unknown field"),
            (
                r#"[{"type":"location","latitude":1,"longitude":2,"lable":"home"}]"#.to_owned(),
                "unknown field `lable`",
            ),
            (
                r#"[{"type":"quick_replies","options":[{"id":"y","label":"Yes","icon":"+"}]}]"#.to_owned(),
                "unknown field `icon`",
            ),
            (r#"[{"type":"system","event":"conversation_closed"}]"#.to_owned(), "cannot be sent"),
            (
                format!(r#"[{{"type":"text","text":"{long}"}},{{"type":"text","text":"{long}"}}]"#),
                "at most 16384",
            ),
            (r#"[{"type":"location","latitude":91,"longitude":0}]"#.to_owned(), "latitude"),
            (r#"[{"type":"live_location","for_s":59}]"#.to_owned(), "for_s must lie between 60 and 28800"),
            (r#"[{"type":"live_location","for_s":28801}]"#.to_owned(), "for_s"),
            (r#"[{"type":"live_location","for_s":900,"ended":true}]"#.to_owned(), "only `for_s`"),
            (
                r#"[{"type":"live_location","for_s":900},{"type":"text","text":"a"}]"#.to_owned(),
                "stands alone",
            ),
            (r#"[{"type":"quick_replies","options":[]}]"#.to_owned(), "options"),
            (r#"[{"type":"request","for":"place"}]"#.to_owned(), "beside a text"),
            (
                r#"[{"type":"text","text":"a"},{"type":"request","for":"place"},{"type":"request","for":"photo"}]"#
                    .to_owned(),
                "asks for one thing",
            ),
            (r#"[{"type":"text","text":"a"},{"type":"request","for":"passport"}]"#.to_owned(), "passport"),
            (
                r#"[{"type":"answers","message_id":"msg_01h2xcejqtf2nbrexx3vqjhp41","fields":[]}]"#
                    .to_owned(),
                "fields",
            ),
            (
                r#"[{"type":"choice","message_id":"msg_x","option_id":"y","label":"Yes"}]"#.to_owned(),
                "`msg_`",
            ),
        ] {
            let error = parts(&json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
