//! What a message says.

use tidings_sdk_core::protocol::message::{
    Answer, Answers, Attachment, Choice, Form, FormField, FormFieldKind, KnownPart, LiveLocation, LivePlace,
    Location, QuickReplies, QuickReply, Request, RequestFor, SystemPart, TextPart,
};
use tidings_sdk_core::protocol::text::{FileName, Label};
use tidings_sdk_core::protocol::time::Timestamp;
use tidings_sdk_core::{Author, Part};

use crate::markup::CoreBlock;

/// One part of a message.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum CorePart {
    /// Words.
    Text {
        /// As they were typed, at most 16 KiB.
        text: String,
        /// What they look like.
        blocks: Vec<CoreBlock>,
    },
    /// A photo or another file.
    Attachment {
        /// The upload.
        attachment_id: String,
        /// Decided by content, not by name.
        media_type: String,
        /// The name it had on the sender's device.
        name: Option<String>,
        /// Its size in bytes.
        bytes: i64,
        /// Pixels, for a picture.
        width: Option<u32>,
        /// Pixels, for a picture.
        height: Option<u32>,
        /// A picture's placeholder: a `ThumbHash` in base 64.
        thumbhash: Option<String>,
    },
    /// A place on the map (WGS 84).
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Radius of the circle that the place lies in with 68 % confidence, in metres.
        accuracy_m: Option<f64>,
        /// What a person calls it.
        label: Option<String>,
        /// When the device measured it, in unix milliseconds.
        measured_at_ms: Option<i64>,
    },
    /// A place that moves for a while.
    LiveLocation {
        /// For how many seconds it is shared.
        for_s: i64,
        /// When it ends, or ended, by the server's clock, in unix milliseconds; absent as long as the message waits.
        until_ms: Option<i64>,
        /// Whether it is over; then there is no place.
        ended: bool,
        /// Where the person was last.
        last: Option<CoreLivePlace>,
    },
    /// Answers to choose from.
    QuickReplies {
        /// The choices, in order.
        options: Vec<CoreQuickReply>,
    },
    /// Questions to fill in.
    Form {
        /// Shown above the fields.
        title: String,
        /// The questions, in order.
        fields: Vec<CoreFormField>,
    },
    /// What was chosen of the answers that a message offered.
    Choice {
        /// The message that offered it.
        message_id: String,
        /// Which of its options.
        option_id: String,
        /// What the person read on it.
        label: String,
    },
    /// What was entered into a form.
    Answers {
        /// The message that holds the form.
        message_id: String,
        /// The answers, in the order of the form.
        fields: Vec<CoreAnswer>,
    },
    /// Asks for something; the words of the same message say what it is for.
    Request {
        /// What is asked for.
        what: CoreRequestFor,
    },
    /// Something that happened.
    System {
        /// A stable word for it, such as `conversation_closed`.
        event: String,
    },
    /// A part of a later version: show "update the app to see this".
    Unknown {
        /// The part as it came.
        json: String,
    },
}

/// What a user can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreRequestFor {
    /// Where they are.
    Place,
    /// A photo.
    Photo,
}

/// Where somebody who shares their place was last.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreLivePlace {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Radius of the circle that the place lies in with 68 % confidence, in metres.
    pub accuracy_m: Option<f64>,
    /// When the device measured it, in unix milliseconds.
    pub measured_at_ms: Option<i64>,
    /// When the server got it, in unix milliseconds: its age is counted from here.
    pub received_at_ms: i64,
}

/// One answer to choose.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreQuickReply {
    /// Comes back with the answer.
    pub id: String,
    /// What the person reads.
    pub label: String,
}

/// The answer to one question of a form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreAnswer {
    /// Which field.
    pub field_id: String,
    /// What the person read above it.
    pub label: String,
    /// What was entered, as text.
    pub value: String,
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreFormField {
    /// Comes back with the answer.
    pub id: String,
    /// What the person reads.
    pub label: String,
    /// What may be entered.
    pub kind: CoreFormFieldKind,
    /// Whether the form can be sent without it.
    pub required: bool,
}

/// What may be entered into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreFormFieldKind {
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

impl CorePart {
    /// A part of what somebody says: whose words they are decides what they look like.
    pub(crate) fn of(part: Part, author: &Author) -> Self {
        match part {
            Part::Known(KnownPart::Text(part)) => Self::words(part, author),
            other => other.into(),
        }
    }

    fn words(TextPart { text }: TextPart, author: &Author) -> Self {
        let blocks = author.shows(text.as_str()).into_iter().map(Into::into).collect();
        Self::Text { text: text.into_string(), blocks }
    }
}

impl From<Part> for CorePart {
    fn from(part: Part) -> Self {
        match part {
            Part::Known(part) => part.into(),
            Part::Unknown(fields) => Self::Unknown { json: serde_json::Value::Object(fields).to_string() },
        }
    }
}

impl From<KnownPart> for CorePart {
    fn from(part: KnownPart) -> Self {
        match part {
            KnownPart::Text(part) => Self::words(part, &Author::Me),
            KnownPart::Attachment(attachment) => attachment.into(),
            KnownPart::Location(location) => location.into(),
            KnownPart::LiveLocation(live) => live.into(),
            KnownPart::QuickReplies(QuickReplies { options }) => {
                Self::QuickReplies { options: options.into_iter().map(Into::into).collect() }
            }
            KnownPart::Form(Form { title, fields }) => Self::Form {
                title: title.into_string(),
                fields: fields.into_iter().map(Into::into).collect(),
            },
            KnownPart::Choice(Choice { message_id, option_id, label }) => Self::Choice {
                message_id: message_id.to_string(),
                option_id: option_id.into_string(),
                label: label.into_string(),
            },
            KnownPart::Answers(Answers { message_id, fields }) => Self::Answers {
                message_id: message_id.to_string(),
                fields: fields.into_iter().map(Into::into).collect(),
            },
            KnownPart::Request(Request { what }) => Self::Request { what: what.into() },
            KnownPart::System(SystemPart { event }) => Self::System { event: event.into_string() },
        }
    }
}

impl From<RequestFor> for CoreRequestFor {
    fn from(what: RequestFor) -> Self {
        match what {
            RequestFor::Place => Self::Place,
            RequestFor::Photo => Self::Photo,
        }
    }
}

impl From<Attachment> for CorePart {
    fn from(attachment: Attachment) -> Self {
        let Attachment { attachment_id, media_type, name, bytes, width, height, thumbhash } = attachment;
        Self::Attachment {
            attachment_id: attachment_id.to_string(),
            media_type: media_type.into_string(),
            name: name.map(FileName::into_string),
            bytes,
            width,
            height,
            thumbhash: thumbhash.map(Label::into_string),
        }
    }
}

impl From<Location> for CorePart {
    fn from(location: Location) -> Self {
        let Location { latitude, longitude, accuracy_m, label, measured_at } = location;
        Self::Location {
            latitude,
            longitude,
            accuracy_m,
            label: label.map(Label::into_string),
            measured_at_ms: measured_at.map(Timestamp::unix_ms),
        }
    }
}

impl From<LiveLocation> for CorePart {
    fn from(live: LiveLocation) -> Self {
        let LiveLocation { for_s, until, ended, last } = live;
        Self::LiveLocation {
            for_s,
            until_ms: until.map(Timestamp::unix_ms),
            ended,
            last: last.map(Into::into),
        }
    }
}

impl From<LivePlace> for CoreLivePlace {
    fn from(place: LivePlace) -> Self {
        let LivePlace { number: _, received_at, location } = place;
        Self {
            latitude: location.latitude,
            longitude: location.longitude,
            accuracy_m: location.accuracy_m,
            measured_at_ms: location.measured_at.map(Timestamp::unix_ms),
            received_at_ms: received_at.unix_ms(),
        }
    }
}

impl From<QuickReply> for CoreQuickReply {
    fn from(reply: QuickReply) -> Self {
        let QuickReply { id, label } = reply;
        Self { id: id.into_string(), label: label.into_string() }
    }
}

impl From<Answer> for CoreAnswer {
    fn from(answer: Answer) -> Self {
        let Answer { field_id, label, value } = answer;
        Self { field_id: field_id.into_string(), label: label.into_string(), value: value.into_string() }
    }
}

impl From<FormField> for CoreFormField {
    fn from(field: FormField) -> Self {
        let FormField { id, label, kind, required } = field;
        let kind = match kind {
            FormFieldKind::Text => CoreFormFieldKind::Text,
            FormFieldKind::Number => CoreFormFieldKind::Number,
            FormFieldKind::Email => CoreFormFieldKind::Email,
            FormFieldKind::Date => CoreFormFieldKind::Date,
            FormFieldKind::Boolean => CoreFormFieldKind::Boolean,
        };
        Self { id: id.into_string(), label: label.into_string(), kind, required }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::CoreRun;

    fn carried(json: &str) -> CorePart {
        serde_json::from_str::<Part>(json).unwrap().into()
    }

    #[test]
    fn every_kind_of_part_is_carried_over() {
        let run = |text: &str, strong| CoreRun {
            text: text.to_owned(),
            strong,
            emphasis: false,
            code: false,
            link: None,
        };
        let words = |author: &Author| {
            let part = serde_json::from_str(r#"{"type":"text","text":"- **Hello**"}"#).unwrap();
            let CorePart::Text { text, blocks } = CorePart::of(part, author) else { panic!("words") };
            assert_eq!(text, "- **Hello**");
            blocks
        };
        assert_eq!(words(&Author::System), [CoreBlock::Bullet { runs: vec![run("Hello", true)] }]);
        assert_eq!(words(&Author::Me), [CoreBlock::Paragraph { runs: vec![run("- **Hello**", false)] }]);
        let place =
            r#"{"type":"location","latitude":46.5,"longitude":6.6,"measured_at":"1970-01-01T00:00:01.500Z"}"#;
        let expected = CorePart::Location {
            latitude: 46.5,
            longitude: 6.6,
            accuracy_m: None,
            label: None,
            measured_at_ms: Some(1500),
        };
        assert_eq!(carried(place), expected);
        let live = r#"{"type":"live_location","for_s":900,"until":"1970-01-01T00:15:00.000Z","last":{"number":2,"received_at":"1970-01-01T00:00:02.000Z","location":{"latitude":46.5,"longitude":6.6,"accuracy_m":9.5}}}"#;
        let last = CoreLivePlace {
            latitude: 46.5,
            longitude: 6.6,
            accuracy_m: Some(9.5),
            measured_at_ms: None,
            received_at_ms: 2_000,
        };
        let expected =
            CorePart::LiveLocation { for_s: 900, until_ms: Some(900_000), ended: false, last: Some(last) };
        assert_eq!(carried(live), expected);
        let file = r#"{"type":"attachment","attachment_id":"att_01h2xcejqtf2nbrexx3vqjhp41","media_type":"image/jpeg","bytes":9,"width":3}"#;
        assert!(matches!(carried(file), CorePart::Attachment { bytes: 9, width: Some(3), height: None, .. }));
        let choice = r#"{"type":"quick_replies","options":[{"id":"y","label":"Yes"}]}"#;
        let options = vec![CoreQuickReply { id: "y".to_owned(), label: "Yes".to_owned() }];
        assert_eq!(carried(choice), CorePart::QuickReplies { options });
        let form = r#"{"type":"form","title":"Parcel","fields":[{"id":"d","label":"Day","kind":"date","required":true}]}"#;
        let CorePart::Form { fields, .. } = carried(form) else { panic!("a form") };
        assert!(fields[0].required && fields[0].kind == CoreFormFieldKind::Date);
        let chosen = r#"{"type":"choice","message_id":"msg_01h2xcejqtf2nbrexx3vqjhp41","option_id":"y","label":"Yes"}"#;
        assert!(matches!(carried(chosen), CorePart::Choice { option_id, .. } if option_id == "y"));
        let filled = r#"{"type":"answers","message_id":"msg_01h2xcejqtf2nbrexx3vqjhp41","fields":[{"field_id":"d","label":"Day","value":"2026-11-21"}]}"#;
        let CorePart::Answers { fields, .. } = carried(filled) else { panic!("answers") };
        assert_eq!(fields[0].value, "2026-11-21");
        let asked = carried(r#"{"type":"request","for":"photo"}"#);
        assert_eq!(asked, CorePart::Request { what: CoreRequestFor::Photo });
        let told = r#"{"type":"system","event":"conversation_closed"}"#;
        assert_eq!(carried(told), CorePart::System { event: "conversation_closed".to_owned() });
    }

    #[test]
    fn a_part_of_a_later_version_is_carried_over_as_it_came() {
        let CorePart::Unknown { json } = carried(r#"{"type":"hologram","metres":2}"#) else {
            panic!("unknown")
        };
        let kept: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(kept, serde_json::json!({"type": "hologram", "metres": 2}));
    }
}
