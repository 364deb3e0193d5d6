//! What an app says in a message.

use tidings_sdk_core::{AnswerValue, Content, FieldAnswer, FileSource, FileToSend, Place, Point, Precision};

/// One thing to say; a message says 1 to 10.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum CoreContent {
    /// Words.
    Text {
        /// All words of a message together have at most 16 KiB of UTF-8.
        text: String,
    },
    /// Where something is.
    Place {
        /// Where.
        place: CorePlace,
    },
    /// A photo or another file; a message holds at most 10.
    File {
        /// Which.
        file: CoreFile,
    },
}

/// A photo or another file to send. It is copied.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreFile {
    /// Where it is taken from.
    pub source: CoreFileSource,
    /// What it is called; else the last part of its path.
    pub name: Option<String>,
    /// What the longer edge of a picture is shrunk to, in pixels.
    pub longest_edge: u32,
}

/// Where a file is taken from.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum CoreFileSource {
    /// A file that the app can read.
    Path {
        /// Where it lies.
        path: String,
    },
    /// The file itself.
    Bytes {
        /// All of it.
        bytes: Vec<u8>,
    },
}

/// Where something is, as exactly as the person wants to tell.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CorePlace {
    /// The point; without one the place is its label alone.
    pub point: Option<CorePoint>,
    /// How much of the point leaves the phone.
    pub precision: CorePrecision,
    /// What a person calls it.
    pub label: Option<String>,
    /// When it was measured, in unix milliseconds.
    pub measured_at_ms: Option<i64>,
}

/// A point on the map (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct CorePoint {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Radius of the circle that the point lies in with 68 % confidence, in metres.
    pub accuracy_m: Option<f64>,
}

/// How much of a point leaves the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorePrecision {
    /// All of it.
    Exact,
    /// A neighbourhood of about a kilometre.
    Rounded,
    /// None: the label travels, as words.
    Hidden,
}

/// The answer to one field of a form.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreFieldAnswer {
    /// Which field.
    pub field_id: String,
    /// What was entered.
    pub value: CoreAnswerValue,
}

/// What was entered into a field, in the kind of the field.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum CoreAnswerValue {
    /// For a field of text or an e-mail address.
    Text {
        /// The words.
        text: String,
    },
    /// For a number.
    Number {
        /// The number.
        number: f64,
    },
    /// For a day.
    Date {
        /// Such as `2026-11-21`.
        day: String,
    },
    /// For yes or no.
    Boolean {
        /// Which.
        yes: bool,
    },
}

impl From<CoreContent> for Content {
    fn from(content: CoreContent) -> Self {
        match content {
            CoreContent::Text { text } => Self::Text(text),
            CoreContent::Place { place } => Self::Place(place.into()),
            CoreContent::File { file } => Self::File(file.into()),
        }
    }
}

impl From<CoreFile> for FileToSend {
    fn from(file: CoreFile) -> Self {
        let CoreFile { source, name, longest_edge } = file;
        let source = match source {
            CoreFileSource::Path { path } => FileSource::Path(path.into()),
            CoreFileSource::Bytes { bytes } => FileSource::Bytes(bytes),
        };
        Self { source, name, longest_edge }
    }
}

impl From<CorePlace> for Place {
    fn from(place: CorePlace) -> Self {
        let CorePlace { point, precision, label, measured_at_ms } = place;
        let precision = match precision {
            CorePrecision::Exact => Precision::Exact,
            CorePrecision::Rounded => Precision::Rounded,
            CorePrecision::Hidden => Precision::Hidden,
        };
        Self { point: point.map(Into::into), precision, label, measured_at_ms }
    }
}

impl From<CorePoint> for Point {
    fn from(point: CorePoint) -> Self {
        let CorePoint { latitude, longitude, accuracy_m } = point;
        Self { latitude, longitude, accuracy_m }
    }
}

impl From<CoreFieldAnswer> for FieldAnswer {
    fn from(answer: CoreFieldAnswer) -> Self {
        let CoreFieldAnswer { field_id, value } = answer;
        let value = match value {
            CoreAnswerValue::Text { text } => AnswerValue::Text(text),
            CoreAnswerValue::Number { number } => AnswerValue::Number(number),
            CoreAnswerValue::Date { day } => AnswerValue::Date(day),
            CoreAnswerValue::Boolean { yes } => AnswerValue::Boolean(yes),
        };
        Self { field_id, value }
    }
}
