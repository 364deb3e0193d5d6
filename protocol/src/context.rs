//! What is known of who writes, beside what they say: where in the app they were, on what, and the custom fields that the
//! company and its app attach to people and conversations.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::MessageId;
use crate::limits;
use crate::text::{Bounded, Label};
use crate::time::Timestamp;

/// A version, a model, a language tag: one fact of a context.
pub type Fact = Bounded<{ limits::FACT_BYTES }>;
/// The name of a screen of the app.
pub type ScreenName = Bounded<{ limits::SCREEN_BYTES }>;
/// The words of a custom field.
pub type FieldText = Bounded<{ limits::FIELD_TEXT_BYTES }>;

/// Where in the app somebody was when they wrote, and on what. Everything may be absent: the phone tells what it knows and
/// what its app has switched on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Context {
    /// What was on the screen, as the app calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screen>,
    /// The screens before it, the oldest first.
    #[serde(default, skip_serializing_if = "Visited::is_empty")]
    pub visited: Visited,
    /// The version of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<Fact>,
    /// Its build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_build: Option<Fact>,
    /// The system, such as `Android`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<Fact>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<Fact>,
    /// The model of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_model: Option<Fact>,
    /// The version of the SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_version: Option<Fact>,
    /// A language tag (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Fact>,
    /// The name of a time zone (IANA), such as `Europe/Lisbon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Fact>,
    /// By what the phone reached the network, if it knew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkKind>,
}

/// A screen of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Screen {
    /// What the app's developers call it; the same for everybody.
    pub name: ScreenName,
    /// What its title said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Label>,
    /// What it was about, such as the number of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Label>,
}

/// By what a phone reaches the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NetworkKind {
    /// A wireless network.
    Wifi,
    /// A mobile network.
    Cellular,
    /// A cable.
    Wired,
    /// Something else.
    Other,
}

/// The names of the screens before one, the oldest first; at most 5.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<ScreenName>", into = "Vec<ScreenName>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<ScreenName>))]
pub struct Visited(Vec<ScreenName>);

/// Why screens are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are at most {max} screens, there were {0}", max = limits::VISITED)]
pub struct TooManyScreens(usize);

impl Visited {
    /// Whether there was none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    pub fn as_slice(&self) -> &[ScreenName] {
        &self.0
    }
}

impl TryFrom<Vec<ScreenName>> for Visited {
    type Error = TooManyScreens;

    fn try_from(names: Vec<ScreenName>) -> Result<Self, TooManyScreens> {
        if names.len() > limits::VISITED { Err(TooManyScreens(names.len())) } else { Ok(Self(names)) }
    }
}

impl From<Visited> for Vec<ScreenName> {
    fn from(visited: Visited) -> Self {
        visited.0
    }
}

/// The key of a custom field: `[a-z][a-z0-9_]{0,39}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[a-z][a-z0-9_]{0,39}$"))]
pub struct FieldKey(String);

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key of a field begins with a small letter and goes on with small letters, digits and `_`; 40 characters at most"
)]
pub struct InvalidKey;

impl FieldKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FieldKey {
    type Error = InvalidKey;

    fn try_from(text: String) -> Result<Self, InvalidKey> {
        let goes_on = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let good = text.len() <= limits::FIELD_KEY_BYTES
            && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
            && text.bytes().all(goes_on);
        if good { Ok(Self(text)) } else { Err(InvalidKey) }
    }
}

impl From<FieldKey> for String {
    fn from(key: FieldKey) -> Self {
        key.0
    }
}

/// What a custom field says. On the wire a text, a number, a boolean, or `{"time": "2026-11-21T09:30:00.000Z"}`.
#[derive(Clone, PartialEq)]
pub enum FieldValue {
    /// Words, at most 512 bytes.
    Text(FieldText),
    /// A number; never infinite, never "not a number".
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A point in time.
    Time(Timestamp),
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for FieldValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
        let time = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("time", Timestamp::schema())
            .required("time");
        OneOfBuilder::new()
            .item(FieldText::schema())
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .item(ObjectBuilder::new().schema_type(Type::Boolean))
            .item(time)
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for FieldValue {
    fn name() -> std::borrow::Cow<'static, str> {
        "FieldValue".into()
    }
}

/// What fields say never reaches a log by accident.
impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Time(_) => "a time",
        })
    }
}

/// Whole numbers up to here are exact, and are written without a point.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Time {
            time: Timestamp,
        }
        match self {
            Self::Text(text) => text.serialize(serializer),
            #[expect(clippy::cast_possible_truncation, reason = "whole, and in the range that is exact")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() < EXACT => {
                serializer.serialize_i64(*number as i64)
            }
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Boolean(yes) => serializer.serialize_bool(*yes),
            Self::Time(time) => Time { time: *time }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfField)
    }
}

struct OfField;

impl<'de> Visitor<'de> for OfField {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a boolean or {\"time\": …}")
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<FieldValue, E> {
        Ok(FieldValue::Boolean(yes))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are of this kind")]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are of this kind")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<FieldValue, E> {
        if number.is_finite() { Ok(FieldValue::Number(number)) } else { Err(E::custom("a number is finite")) }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldValue, E> {
        FieldText::try_from(text).map(FieldValue::Text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldValue, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Time {
            time: Timestamp,
        }
        let Time { time } = Time::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(FieldValue::Time(time))
    }
}

/// Custom fields: at most 20, each key once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<FieldKey, FieldValue>", into = "BTreeMap<FieldKey, FieldValue>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = std::collections::HashMap<String, FieldValue>))]
pub struct Fields(BTreeMap<FieldKey, FieldValue>);

/// Why fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are at most {max} fields, there were {0}", max = limits::FIELDS)]
pub struct TooManyFields(usize);

impl Fields {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each, ordered by its key.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldKey, &FieldValue)> {
        self.0.iter()
    }
}

impl TryFrom<BTreeMap<FieldKey, FieldValue>> for Fields {
    type Error = TooManyFields;

    fn try_from(fields: BTreeMap<FieldKey, FieldValue>) -> Result<Self, TooManyFields> {
        if fields.len() > limits::FIELDS { Err(TooManyFields(fields.len())) } else { Ok(Self(fields)) }
    }
}

impl From<Fields> for BTreeMap<FieldKey, FieldValue> {
    fn from(fields: Fields) -> Self {
        fields.0
    }
}

/// `PUT /app/v1/conversations/{id}/fields`: the custom fields of a conversation, and `PUT /app/v1/fields`: what the app says
/// of its user, for which nobody vouches. Either replaces all that the app said before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetFields {
    /// All of them; none takes all away.
    pub fields: Fields,
}

/// A custom field of a user, as agents see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserField {
    /// Its key.
    pub key: FieldKey,
    /// What it says.
    pub value: FieldValue,
    /// Whether the company's backend said so; else the app did, and whoever holds the phone may have made it say anything.
    pub verified: bool,
}

/// What came with a message, or with the opening of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrailEntry {
    /// The message; absent: the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// When the server got it.
    pub at: Timestamp,
    /// What was so then.
    pub context: Context,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: serde_json::Value) -> Result<Fields, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_of_value_reads_what_it_writes() {
        let value = json!({
            "plan": "gold", "orders": 3, "balance": -2.5, "vip": true,
            "renewed_at": { "time": "2026-11-21T09:30:00.250Z" },
        });
        assert_eq!(serde_json::to_value(fields(value.clone()).unwrap()).unwrap(), value);
    }

    #[test]
    fn keys_begin_with_a_letter_and_stay_small() {
        for key in ["a", "plan", "order_7", &"a".repeat(40)] {
            assert!(FieldKey::try_from(key.to_owned()).is_ok(), "{key}");
        }
        for key in ["", "7th", "_a", "Plan", "my-plan", "né", &"a".repeat(41)] {
            assert!(FieldKey::try_from(key.to_owned()).is_err(), "{key}");
        }
    }

    #[test]
    fn what_is_too_much_or_of_another_kind_is_refused_in_words() {
        let many: BTreeMap<_, _> = (0..=limits::FIELDS).map(|n| (format!("f{n}"), n)).collect();
        assert!(fields(json!(many)).unwrap_err().contains("at most 20 fields"));
        assert!(fields(json!({ "a": "x".repeat(513) })).unwrap_err().contains("512"));
        assert!(fields(json!({ "a": null })).unwrap_err().contains("a text, a number"));
        assert!(fields(json!({ "a": [1] })).unwrap_err().contains("a text, a number"));
        assert!(fields(json!({ "a": { "time": "yesterday" } })).unwrap_err().contains("RFC 3339"));
        assert!(fields(json!({ "a": { "date": 1 } })).unwrap_err().contains("unknown field"));
    }

    #[test]
    fn debug_shows_no_contents() {
        let said = fields(json!({ "plan": "gold", "orders": 41 })).unwrap();
        let shown = format!("{said:?}");
        assert!(!shown.contains("gold") && !shown.contains("41"), "{shown}");
    }
}
