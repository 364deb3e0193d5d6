//! What a message says.

use tidings_sdk_core::Part;
use tidings_sdk_core::protocol::message::{
    Attachment, Form, FormField, FormFieldKind, KnownPart, Location, QuickReplies, QuickReply, SystemPart,
    TextPart,
};
use tidings_sdk_core::protocol::text::{FileName, Label};
use tidings_sdk_core::protocol::time::Timestamp;

/// One part of a message.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum CorePart {
    /// Words.
    Text {
        /// At most 16 KiB.
        text: String,
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

/// One answer to choose.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreQuickReply {
    /// Comes back with the answer.
    pub id: String,
    /// What the person reads.
    pub label: String,
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
            KnownPart::Text(TextPart { text }) => Self::Text { text: text.into_string() },
            KnownPart::Attachment(attachment) => attachment.into(),
            KnownPart::Location(location) => location.into(),
            KnownPart::QuickReplies(QuickReplies { options }) => {
                Self::QuickReplies { options: options.into_iter().map(Into::into).collect() }
            }
            KnownPart::Form(Form { title, fields }) => Self::Form {
                title: title.into_string(),
                fields: fields.into_iter().map(Into::into).collect(),
            },
            KnownPart::System(SystemPart { event }) => Self::System { event: event.into_string() },
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

impl From<QuickReply> for CoreQuickReply {
    fn from(reply: QuickReply) -> Self {
        let QuickReply { id, label } = reply;
        Self { id: id.into_string(), label: label.into_string() }
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
