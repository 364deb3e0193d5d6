//! How the app looks, as its company set it.

use rusqlite::Connection;
use tidings_protocol::appearance::{self as wire, Colour};

use crate::cache;
use crate::error::Fault;

/// How the company wants the app's conversations to look. Each part may be unknown, and then the app's own look stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appearance {
    /// Whom the person writes to.
    pub name: Option<String>,
    /// The company's colour.
    pub accent: Option<Accent>,
    /// What to show where the person has not written yet, in the language of [`Config::locale`](crate::Config::locale) if the company
    /// wrote it in that language.
    pub greeting: Option<String>,
    /// A PNG or JPEG, square, with at most 256 by 256 pixels. It comes a moment after the rest.
    pub logo: Option<Vec<u8>>,
}

/// A company's colour, and what is made of it so that it can be read. Colours are `0xRRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    /// As the company set it: fine on a ground of its own, maybe hard to read on others.
    pub colour: u32,
    /// For a light theme.
    pub light: Tone,
    /// For a dark theme.
    pub dark: Tone,
}

/// A colour that stands out from the ground of a theme at 4.5:1 or more, and words on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone {
    /// Of what can be tapped, and under the person's own words.
    pub fill: u32,
    /// Of words on it.
    pub ink: u32,
}

/// What the phone knows of it.
pub(crate) fn read(connection: &Connection, locale: Option<&str>) -> Result<Appearance, Fault> {
    let Some(look) = cache::appearance(connection)? else { return Ok(Appearance::default()) };
    let logo = look.logo.map(|sum| cache::logo(connection, sum)).transpose()?.flatten();
    Ok(Appearance {
        greeting: look.greeting(locale).map(|text| text.as_str().to_owned()),
        name: Some(look.name.into()),
        accent: look.accent.map(accent),
        logo,
    })
}

fn accent(colour: Colour) -> Accent {
    let wire::Tones { light, dark } = colour.tones();
    Accent { colour: number(colour), light: tone(light), dark: tone(dark) }
}

fn tone(tone: wire::Tone) -> Tone {
    Tone { fill: number(tone.fill), ink: number(tone.ink) }
}

fn number(colour: Colour) -> u32 {
    let [red, green, blue] = colour.rgb();
    u32::from_be_bytes([0, red, green, blue])
}
