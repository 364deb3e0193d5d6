//! Where in the app the person is, and custom fields.

use tidings_sdk_core::{ContextOptions, ContextSharing, Field, FieldValue, NetworkKind, Screen};

/// What the app knows of itself and of the phone, which goes with what the person writes.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreContextOptions {
    /// Whether it does.
    pub is_shared: bool,
    /// The build of the app.
    pub app_build: Option<String>,
    /// The system, such as `Android`.
    pub os: Option<String>,
    /// Its version.
    pub os_version: Option<String>,
    /// The model of the device.
    pub device_model: Option<String>,
    /// The name of its time zone (IANA), such as `Europe/Lisbon`.
    pub time_zone: Option<String>,
}

/// A screen of the app.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreScreen {
    /// What the app's developers call it.
    pub name: String,
    /// What its title says.
    pub title: Option<String>,
    /// What it is about.
    pub detail: Option<String>,
}

/// A custom field.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct CoreField {
    /// Small letters, digits and `_`, beginning with a letter; at most 40.
    pub key: String,
    /// What it says.
    pub value: CoreFieldValue,
}

/// What a custom field says.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum CoreFieldValue {
    /// Words.
    Text {
        /// At most 512 bytes.
        text: String,
    },
    /// A number.
    Number {
        /// Which.
        number: f64,
    },
    /// Yes or no.
    Boolean {
        /// Which.
        yes: bool,
    },
    /// A point in time.
    Time {
        /// Unix milliseconds.
        at_ms: i64,
    },
}

/// By what a phone reaches the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreNetworkKind {
    /// A wireless network.
    Wifi,
    /// A mobile network.
    Cellular,
    /// A cable.
    Wired,
    /// Something else.
    Other,
}

impl From<CoreContextOptions> for ContextOptions {
    fn from(options: CoreContextOptions) -> Self {
        let CoreContextOptions { is_shared, app_build, os, os_version, device_model, time_zone } = options;
        let sharing = if is_shared { ContextSharing::On } else { ContextSharing::Off };
        Self { sharing, app_build, os, os_version, device_model, time_zone }
    }
}

impl From<CoreScreen> for Screen {
    fn from(CoreScreen { name, title, detail }: CoreScreen) -> Self {
        Self { name, title, detail }
    }
}

impl From<CoreField> for Field {
    fn from(CoreField { key, value }: CoreField) -> Self {
        let value = match value {
            CoreFieldValue::Text { text } => FieldValue::Text(text),
            CoreFieldValue::Number { number } => FieldValue::Number(number),
            CoreFieldValue::Boolean { yes } => FieldValue::Boolean(yes),
            CoreFieldValue::Time { at_ms } => FieldValue::Time(at_ms),
        };
        Self { key, value }
    }
}

impl From<CoreNetworkKind> for NetworkKind {
    fn from(kind: CoreNetworkKind) -> Self {
        match kind {
            CoreNetworkKind::Wifi => Self::Wifi,
            CoreNetworkKind::Cellular => Self::Cellular,
            CoreNetworkKind::Wired => Self::Wired,
            CoreNetworkKind::Other => Self::Other,
        }
    }
}
