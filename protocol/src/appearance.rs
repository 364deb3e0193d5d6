//! How an app looks to its users: the name that they write to, a colour, a greeting, a logo. The company sets it once, and
//! every phone shows it, unless the app's developers chose a look of their own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::satisfaction::nearest;
use crate::saved_replies::Language;
use crate::text::{Bounded, Name};
use crate::upload::Sha256;

/// What users read where they have not written yet.
pub type GreetingText = Bounded<{ limits::GREETING_BYTES }>;

/// `PUT /admin/v1/apps/{id}/appearance`: what stands in place of what was set before. What is absent is as it was at first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetAppearance {
    /// Whom users write to; absent: the app's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The company's colour; absent: that of the screens themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// What users read where they have not written yet, each language once, at most 12. Who speaks another language reads the first.
    #[serde(default, skip_serializing_if = "Greetings::is_empty")]
    pub greetings: Greetings,
}

/// `GET /admin/v1/apps/{id}/appearance`: what was set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppearanceSettings {
    /// Whom users write to; absent: the app's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The company's colour; absent: that of the screens themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// What users read where they have not written yet; the first is for those whose language is not there.
    #[serde(default, skip_serializing_if = "Greetings::is_empty")]
    pub greetings: Greetings,
    /// The logo, by the SHA-256 of its bytes; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Sha256>,
}

/// How the app looks, as its users' phones are told: once, soon after `hello`, and when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appearance {
    /// Whom users write to.
    pub name: Name,
    /// The company's colour. It may be hard to read on a light or a dark ground: [`Colour::tones`] are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// What users read where they have not written yet; the first is for those whose language is not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub greetings: Vec<Greeting>,
    /// The logo, by the SHA-256 of its bytes: fetched once, at `/app/v1/logo/{sha256}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Sha256>,
}

impl Appearance {
    /// The greeting for somebody whose device has this locale, such as `fr-CH`: in their language and region, or else in their
    /// language, or else the first.
    pub fn greeting(&self, locale: Option<&str>) -> Option<&GreetingText> {
        let near = locale.and_then(|locale| nearest(&self.greetings, |one| &one.language, locale));
        near.or(self.greetings.first()).map(|greeting| &greeting.text)
    }
}

/// The greeting in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Greeting {
    /// Which.
    pub language: Language,
    /// The words.
    pub text: GreetingText,
}

/// The greeting in several languages, each once, at most 12.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Greeting>", into = "Vec<Greeting>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = Vec<Greeting>, max_items = 12))]
pub struct Greetings(Vec<Greeting>);

/// Why greetings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGreetings {
    /// There are too many.
    #[error("at most {max} languages", max = limits::GREETING_LANGUAGES)]
    TooMany,
    /// A language has two.
    #[error("each language once")]
    Twice,
}

impl Greetings {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<Greeting>> for Greetings {
    type Error = InvalidGreetings;

    fn try_from(greetings: Vec<Greeting>) -> Result<Self, InvalidGreetings> {
        if greetings.len() > limits::GREETING_LANGUAGES {
            return Err(InvalidGreetings::TooMany);
        }
        let languages: BTreeSet<_> = greetings.iter().map(|one| one.language.to_lowercase()).collect();
        if languages.len() < greetings.len() {
            return Err(InvalidGreetings::Twice);
        }
        Ok(Self(greetings))
    }
}

impl From<Greetings> for Vec<Greeting> {
    fn from(greetings: Greetings) -> Self {
        greetings.0
    }
}

/// A colour of a screen: `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^#[0-9a-fA-F]{6}$"))]
pub struct Colour([u8; 3]);

/// It is not `#` and six hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a colour such as #c2410c: # and six hexadecimal digits")]
pub struct InvalidColour;

/// A colour that is sure to be seen on the ground of a theme, and what can be read on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone {
    /// Of what can be tapped, and of the ground under the person's own words.
    pub fill: Colour,
    /// Of words on it: black or white, whichever stands out more.
    pub ink: Colour,
}

/// What is made of a company's colour for the two themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tones {
    /// On light grounds.
    pub light: Tone,
    /// On dark grounds.
    pub dark: Tone,
}

/// What words need to be read (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;
/// The light ground that is hardest to read on, behind the messages; and the dark one, of menus and cards.
const GROUNDS: (Colour, Colour) = (Colour([0xf4, 0xf2, 0xee]), Colour([0x26, 0x24, 0x21]));

impl Colour {
    const BLACK: Self = Self([0; 3]);
    const WHITE: Self = Self([u8::MAX; 3]);

    /// Red, green and blue.
    pub const fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// What the screens show of this colour: itself where it can be read, or else the nearest darker one on light grounds and
    /// the nearest lighter one on dark grounds. So no colour has to be refused, and a company keeps its own.
    pub fn tones(self) -> Tones {
        Tones { light: self.tone(GROUNDS.0, Self::BLACK), dark: self.tone(GROUNDS.1, Self::WHITE) }
    }

    fn tone(self, ground: Self, towards: Self) -> Tone {
        let steps = (0..=100).step_by(4).map(|percent| self.mixed(towards, percent));
        let mut readable = steps.skip_while(|colour| colour.contrast(ground) < READABLE);
        let fill = readable.next().unwrap_or(towards);
        let white = fill.contrast(Self::WHITE) >= fill.contrast(Self::BLACK);
        Tone { fill, ink: if white { Self::WHITE } else { Self::BLACK } }
    }

    /// So many hundredths of the way to another colour.
    fn mixed(self, other: Self, percent: u32) -> Self {
        let mut mixed = self.0;
        for (channel, to) in mixed.iter_mut().zip(other.0) {
            let sum = u32::from(*channel) * (100 - percent) + u32::from(to) * percent;
            *channel = u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }

    /// How much two colours differ in brightness, from 1 to 21 (WCAG 2.2, contrast ratio).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// As WCAG 2.2 has it, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl TryFrom<String> for Colour {
    type Error = InvalidColour;

    fn try_from(text: String) -> Result<Self, InvalidColour> {
        let digits = text.strip_prefix('#').ok_or(InvalidColour)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidColour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| InvalidColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        let [red, green, blue] = colour.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(colour("#C2410c").rgb(), [0xc2, 0x41, 0x0c]);
        assert_eq!(String::from(colour("#C2410c")), "#c2410c");
        for wrong in ["", "#", "c2410c", "#c2410", "#c2410c0", "#c2410g", "#+c2410", "#é2410", "red"] {
            assert_eq!(Colour::try_from(wrong.to_owned()), Err(InvalidColour), "{wrong}");
        }
    }

    #[test]
    fn every_colour_can_be_read_in_both_themes() {
        let parts = [0, 51, 102, 153, 204, 255];
        for red in parts {
            for green in parts {
                for blue in parts {
                    let Tones { light, dark } = Colour([red, green, blue]).tones();
                    for (tone, ground) in [(light, GROUNDS.0), (dark, GROUNDS.1)] {
                        assert!(tone.fill.contrast(ground) >= READABLE, "{red} {green} {blue}: {tone:?}");
                        assert!(tone.fill.contrast(tone.ink) >= READABLE, "{red} {green} {blue}: {tone:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let orange = colour("#c2410c");
        assert_eq!(orange.tones().light, Tone { fill: orange, ink: Colour::WHITE });
        assert_ne!(orange.tones().dark.fill, orange, "too dark for the dark");
        let black = Colour::BLACK.tones();
        assert_eq!(black.light.fill, Colour::BLACK);
        assert_eq!(black.dark.ink, Colour::BLACK);
    }

    /// The inbox shows the same in its preview: both read this table.
    #[test]
    fn the_table_of_tones_holds() {
        let table: Vec<[String; 5]> =
            serde_json::from_str(include_str!("../fixtures/tones/tones.json")).unwrap();
        for [set, light, on_light, dark, on_dark] in table {
            let tones = colour(&set).tones();
            let told = [tones.light.fill, tones.light.ink, tones.dark.fill, tones.dark.ink].map(String::from);
            assert_eq!(told, [light, on_light, dark, on_dark], "{set}");
        }
    }

    #[test]
    fn the_nearest_language_greets_or_else_the_first() {
        let of = |pairs: &[(&str, &str)]| -> Vec<Greeting> {
            let one = |(language, text): &(&str, &str)| Greeting {
                language: (*language).try_into().unwrap(),
                text: (*text).try_into().unwrap(),
            };
            pairs.iter().map(one).collect()
        };
        let greetings = of(&[("de", "Hallo"), ("fr", "Bonjour"), ("fr-CH", "Salut")]);
        assert_eq!(Greetings::try_from(of(&[("fr", "a"), ("FR", "b")])), Err(InvalidGreetings::Twice));
        let look = Appearance { name: "Shop".try_into().unwrap(), accent: None, greetings, logo: None };
        for (locale, found) in
            [(Some("fr-CH"), "Salut"), (Some("fr_FR"), "Bonjour"), (Some("pt"), "Hallo"), (None, "Hallo")]
        {
            assert_eq!(look.greeting(locale).map(GreetingText::as_str), Some(found), "{locale:?}");
        }
        assert_eq!(Appearance { greetings: Vec::new(), ..look }.greeting(Some("fr")), None);
    }
}
