//! What an app says in a message, checked before anything is accepted: words, places, and answers to what an agent asked.

use tidings_protocol::id::MessageId;
use tidings_protocol::limits;
use tidings_protocol::message::{
    Answer, Answers, Choice, Form, FormField, FormFieldKind, KnownPart, Location, Part, Parts, QuickReplies,
    Request,
};
use tidings_protocol::text::{Label, Text};
use tidings_protocol::time::Timestamp;

use crate::error::{Error, ErrorCode};
use crate::files::FileToSend;

/// One thing to say; a message says 1 to 10.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Words; all words of a message together have at most 16 KiB of UTF-8.
    Text(String),
    /// Where something is.
    Place(Place),
    /// A photo or another file; a message holds at most 10.
    File(FileToSend),
}

/// Where something is, as exactly as the person wants to tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// The point; without one the place is its label alone.
    pub point: Option<Point>,
    /// How much of the point leaves the phone.
    pub precision: Precision,
    /// What a person calls it, at most 256 bytes.
    pub label: Option<String>,
    /// When it was measured, in unix milliseconds.
    pub measured_at_ms: Option<i64>,
}

/// A point on the map (WGS 84). It has no default: 0, 0 is a place in the sea and never "unknown".
#[derive(Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Radius of the circle that the point lies in with 68 % confidence, in metres.
    pub accuracy_m: Option<f64>,
}

/// Where somebody is never reaches a log by accident.
impl std::fmt::Debug for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Point")
    }
}

/// How much of a point leaves the phone. What is left out is never written, not even into the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// All of it.
    #[default]
    Exact,
    /// Rounded to a hundredth of a degree, which is a neighbourhood: about a kilometre.
    Rounded,
    /// None: the label travels, as words.
    Hidden,
}

/// The answer to one field of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldAnswer {
    /// Which field.
    pub field_id: String,
    /// What was entered.
    pub value: AnswerValue,
}

/// What was entered into a field, in the kind of the field.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerValue {
    /// For a field of text or an e-mail address.
    Text(String),
    /// For a number.
    Number(f64),
    /// For a day, as `2026-11-21`.
    Date(String),
    /// For yes or no.
    Boolean(bool),
}

/// Half the diagonal of a square of a hundredth of a degree, at the equator, where it is largest.
const ROUNDED_WITHIN_M: f64 = 800.0;

/// A thing to say, as a part of a message, or as a file that becomes one.
pub(crate) enum Piece {
    Part(Part),
    File(FileToSend),
}

impl Piece {
    /// The part, unless it is still a file.
    pub(crate) fn part(self) -> Option<Part> {
        match self {
            Self::Part(part) => Some(part),
            Self::File(_) => None,
        }
    }
}

/// What is to be said, checked as far as that goes without reading a file.
pub(crate) fn pieces(contents: Vec<Content>) -> Result<Vec<Piece>, Error> {
    if contents.len() > limits::PARTS {
        return Err(invalid(format!("a message has 1 to {} parts", limits::PARTS)));
    }
    let pieces = contents.into_iter().map(|content| match content {
        Content::Text(text) => Ok(Piece::Part(Part::text(text_of(text, "the text")?))),
        Content::Place(place) => part_of(place).map(Piece::Part),
        Content::File(file) => Ok(Piece::File(file)),
    });
    pieces.collect()
}

/// The answer to a question with choices: the option of this id in the message.
pub(crate) fn choice(question: MessageId, parts: &[Part], option_id: &str) -> Result<Parts, Error> {
    let options = parts.iter().filter_map(|part| match part {
        Part::Known(KnownPart::QuickReplies(QuickReplies { options })) => Some(options),
        _ => None,
    });
    let chosen = options.flatten().find(|option| option.id.as_str() == option_id);
    let chosen = chosen.ok_or_else(|| invalid(format!("the message offers no choice `{option_id}`")))?;
    let answer = Choice { message_id: question, option_id: chosen.id.clone(), label: chosen.label.clone() };
    sendable(vec![Part::Known(KnownPart::Choice(answer))])
}

/// The answer of who would rather not share what the message asks for.
pub(crate) fn decline(question: MessageId, parts: &[Part], words: String) -> Result<Parts, Error> {
    if !parts.iter().any(|part| part.as_request().is_some()) {
        return Err(invalid("the message asks for nothing"));
    }
    let label = Label::try_from(words).map_err(|why| invalid(format!("the words of the answer {why}")))?;
    let option_id = Label::try_from(Request::DECLINED.to_owned()).map_err(|why| invalid(why.to_string()))?;
    sendable(vec![Part::Known(KnownPart::Choice(Choice { message_id: question, option_id, label }))])
}

/// The answers to the form in this message.
pub(crate) fn form(question: MessageId, parts: &[Part], given: Vec<FieldAnswer>) -> Result<Parts, Error> {
    let form = parts.iter().find_map(|part| match part {
        Part::Known(KnownPart::Form(form)) => Some(form),
        _ => None,
    });
    let form = form.ok_or_else(|| invalid("the message holds no form"))?;
    let fields = answered(form, given)?;
    sendable(vec![Part::Known(KnownPart::Answers(Answers { message_id: question, fields }))])
}

/// The answers in the order of the form: each field at most once, each required one there, nothing else.
fn answered(form: &Form, mut given: Vec<FieldAnswer>) -> Result<Vec<Answer>, Error> {
    let mut answers = Vec::new();
    for field in &form.fields {
        let mut of_field = given.extract_if(.., |answer| answer.field_id == field.id.as_str());
        let (first, second) = (of_field.next(), of_field.next());
        drop(of_field);
        match (first, second) {
            (_, Some(_)) => return Err(about(field, "is answered twice")),
            (None, None) if field.required => return Err(about(field, "must be answered")),
            (None, None) => {}
            (Some(answer), None) => answers.push(Answer {
                field_id: field.id.clone(),
                label: field.label.clone(),
                value: value(field, answer.value)?,
            }),
        }
    }
    match given.first() {
        Some(stray) => Err(invalid(format!("the form has no field `{}`", stray.field_id))),
        None if answers.is_empty() => Err(invalid("no field is answered")),
        None => Ok(answers),
    }
}

fn value(field: &FormField, value: AnswerValue) -> Result<Text, Error> {
    let text = match (field.kind, value) {
        (FormFieldKind::Text, AnswerValue::Text(text)) => text,
        (FormFieldKind::Email, AnswerValue::Text(text)) if is_email(text.trim()) => text.trim().to_owned(),
        (FormFieldKind::Email, AnswerValue::Text(_)) => return Err(about(field, "is no e-mail address")),
        (FormFieldKind::Number, AnswerValue::Number(number)) if number.is_finite() => number.to_string(),
        (FormFieldKind::Number, AnswerValue::Number(_)) => return Err(about(field, "is no number")),
        (FormFieldKind::Date, AnswerValue::Date(day)) if is_day(&day) => day,
        (FormFieldKind::Date, AnswerValue::Date(_)) => {
            return Err(about(field, "is no day such as 2026-11-21"));
        }
        (FormFieldKind::Boolean, AnswerValue::Boolean(yes)) => yes.to_string(),
        _ => return Err(about(field, "is answered with another kind of value")),
    };
    Text::try_from(text).map_err(|why| about(field, &why.to_string()))
}

fn part_of(place: Place) -> Result<Part, Error> {
    let label = place.label.map(Label::try_from).transpose();
    let label = label.map_err(|why| invalid(format!("the label of the place {why}")))?;
    let point = place.point.map(checked).transpose()?;
    let Some(point) = point.and_then(|point| at_precision(point, place.precision)) else {
        let label = label.ok_or_else(|| invalid("a place without coordinates needs a label"))?;
        return Ok(Part::text(text_of(label.into_string(), "the label of the place")?));
    };
    Ok(Part::Known(KnownPart::Location(Location {
        latitude: point.latitude,
        longitude: point.longitude,
        accuracy_m: point.accuracy_m,
        label,
        measured_at: place.measured_at_ms.map(Timestamp::from_unix_ms),
    })))
}

pub(crate) fn checked(point: Point) -> Result<Point, Error> {
    if point.latitude == 0.0 && point.longitude == 0.0 {
        return Err(invalid("the place lies at 0, 0, as one does that was never set"));
    }
    let within = |value: f64, most: f64| (-most..=most).contains(&value);
    if !within(point.latitude, 90.0) || !within(point.longitude, 180.0) {
        return Err(invalid("latitude lies between -90 and 90, longitude between -180 and 180"));
    }
    // A platform that does not know says so with a negative number.
    let known = |metres: &f64| metres.is_finite() && (0.0..=20_000_000.0).contains(metres);
    Ok(Point { accuracy_m: point.accuracy_m.filter(known), ..point })
}

fn at_precision(point: Point, precision: Precision) -> Option<Point> {
    let round = |degrees: f64| (degrees * 100.0).round() / 100.0;
    match precision {
        Precision::Exact => Some(point),
        Precision::Rounded => Some(Point {
            latitude: round(point.latitude),
            longitude: round(point.longitude),
            accuracy_m: Some(point.accuracy_m.unwrap_or_default().max(ROUNDED_WITHIN_M)),
        }),
        Precision::Hidden => None,
    }
}

pub(crate) fn sendable(parts: Vec<Part>) -> Result<Parts, Error> {
    Parts::try_from(parts).map_err(|why| invalid(why.to_string()))
}

pub(crate) fn text_of(text: String, what: &str) -> Result<Text, Error> {
    Text::try_from(text).map_err(|why| invalid(format!("{what} {why}")))
}

fn is_email(text: &str) -> bool {
    let good = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.len() <= limits::EMAIL_BYTES && text.split_once('@').is_some_and(|(to, at)| good(to) && good(at))
}

/// A day of the calendar, as ISO 8601 writes it.
fn is_day(text: &str) -> bool {
    let numbers: Vec<u32> = text.split('-').filter_map(|number| number.parse().ok()).collect();
    let [year, month, day] = numbers[..] else { return false };
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    let written = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    written && (1..=days).contains(&day)
}

fn about(field: &FormField, why: &str) -> Error {
    invalid(format!("the field `{}` {why}", field.id.as_str()))
}

fn invalid(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, why)
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
