//! How the company wants the app to look.

use tidings_sdk_core::{Accent, Appearance, Tone};

/// How the company wants the app's conversations to look. Each part may be unknown, and then the app's own look stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreAppearance {
    /// Whom the person writes to.
    pub name: Option<String>,
    /// The company's colour.
    pub accent: Option<CoreAccent>,
    /// What to show where the person has not written yet.
    pub greeting: Option<String>,
    /// A PNG or JPEG, square, with at most 256 by 256 pixels. It comes a moment after the rest.
    pub logo: Option<Vec<u8>>,
}

/// A company's colour, and what is made of it so that it can be read. Colours are `0xRRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct CoreAccent {
    /// As the company set it.
    pub colour: u32,
    /// For a light theme.
    pub light: CoreTone,
    /// For a dark theme.
    pub dark: CoreTone,
}

/// A colour that stands out from the ground of a theme, and words on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct CoreTone {
    /// Of what can be tapped, and under the person's own words.
    pub fill: u32,
    /// Of words on it.
    pub ink: u32,
}

impl From<Appearance> for CoreAppearance {
    fn from(look: Appearance) -> Self {
        let Appearance { name, accent, greeting, logo } = look;
        Self { name, accent: accent.map(Into::into), greeting, logo }
    }
}

impl From<Accent> for CoreAccent {
    fn from(accent: Accent) -> Self {
        Self { colour: accent.colour, light: accent.light.into(), dark: accent.dark.into() }
    }
}

impl From<Tone> for CoreTone {
    fn from(tone: Tone) -> Self {
        Self { fill: tone.fill, ink: tone.ink }
    }
}
