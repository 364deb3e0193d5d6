//! Where in the app the person is and on what, which goes with what they write, and the custom fields that an app attaches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidings_protocol::context::{
    Context, Fact, FieldKey, FieldText, FieldValue as Said, Fields, Screen as OnWire, ScreenName, Visited,
};
use tidings_protocol::limits;
use tidings_protocol::text::Label;
use tidings_protocol::time::Timestamp;

pub use tidings_protocol::context::NetworkKind;

use crate::error::{Error, ErrorCode};

/// Whether what is known of the app and the phone goes with what the person writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContextSharing {
    /// The app, the system, the model, the language, the time zone, and the screens that the app names.
    #[default]
    On,
    /// None of it, whatever the app names. Custom fields are told all the same: the app sets them one by one.
    Off,
}

/// What the app knows of itself and of the phone. What is longer than 128 bytes is cut.
#[derive(Debug, Clone, Default)]
pub struct ContextOptions {
    /// Whether it goes with what the person writes.
    pub sharing: ContextSharing,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// What the app's developers call it, at most 64 bytes; the same for everybody.
    pub name: String,
    /// What its title says, at most 256 bytes.
    pub title: Option<String>,
    /// What it is about, such as the number of an order; at most 256 bytes.
    pub detail: Option<String>,
}

/// A custom field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Small letters, digits and `_`, beginning with a letter; at most 40.
    pub key: String,
    /// What it says.
    pub value: FieldValue,
}

/// What a custom field says.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Words, at most 512 bytes and not blank.
    Text(String),
    /// A number, neither infinite nor "not a number".
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A point in time, in unix milliseconds.
    Time(i64),
}

/// The fields as they travel; an error names the key.
pub(crate) fn fields(given: Vec<Field>) -> Result<Fields, Error> {
    let mut fields = BTreeMap::new();
    for Field { key, value } in given {
        let about = |why: &dyn std::fmt::Display| invalid(format!("the field `{key}`: {why}"));
        let named = FieldKey::try_from(key.clone()).map_err(|why| about(&why))?;
        let said = match value {
            FieldValue::Text(text) => Said::Text(FieldText::try_from(text).map_err(|why| about(&why))?),
            FieldValue::Number(number) if number.is_finite() => Said::Number(number),
            FieldValue::Number(_) => return Err(about(&"is no number")),
            FieldValue::Boolean(yes) => Said::Boolean(yes),
            FieldValue::Time(ms) => Said::Time(Timestamp::from_unix_ms(ms)),
        };
        if fields.insert(named, said).is_some() {
            return Err(about(&"is given twice"));
        }
    }
    Fields::try_from(fields).map_err(|why| invalid(why.to_string()))
}

fn invalid(why: String) -> Error {
    Error::new(ErrorCode::InvalidInput, why)
}

/// Where the person is, as the app said last. It lies in memory alone and goes with the user.
pub(crate) struct Whereabouts {
    sharing: ContextSharing,
    now: Mutex<Now>,
}

struct Now {
    /// Without the screens.
    of_phone: Context,
    screen: Option<OnWire>,
    visited: VecDeque<ScreenName>,
}

impl Whereabouts {
    pub(crate) fn new(options: ContextOptions, locale: Option<&Label>, app_version: Option<&Label>) -> Self {
        let label = |label: Option<&Label>| fact(label.map(|label| label.as_str().to_owned()));
        let of_phone = Context {
            app_version: label(app_version),
            app_build: fact(options.app_build),
            os: fact(options.os),
            os_version: fact(options.os_version),
            device_model: fact(options.device_model),
            sdk_version: fact(Some(env!("CARGO_PKG_VERSION").to_owned())),
            locale: label(locale),
            time_zone: fact(options.time_zone),
            ..Context::default()
        };
        let now = Now { of_phone, screen: None, visited: VecDeque::new() };
        Self { sharing: options.sharing, now: Mutex::new(now) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // Plain values only; a panic leaves them whole.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_screen(&self, screen: Option<Screen>) -> Result<(), Error> {
        let screen = screen.map(checked).transpose()?;
        let mut now = self.now();
        if let Some(before) = now.screen.take()
            && screen.as_ref().is_none_or(|screen| screen.name != before.name)
        {
            if now.visited.back() != Some(&before.name) {
                now.visited.push_back(before.name);
            }
            if now.visited.len() > limits::VISITED {
                now.visited.pop_front();
            }
        }
        now.screen = screen;
        Ok(())
    }

    pub(crate) fn set_time_zone(&self, name: Option<String>) {
        self.now().of_phone.time_zone = fact(name);
    }

    pub(crate) fn set_network_kind(&self, kind: Option<NetworkKind>) {
        self.now().of_phone.network = kind;
    }

    /// Somebody else uses the app now: where this one was is none of their business.
    pub(crate) fn forget_screens(&self) {
        let mut now = self.now();
        now.screen = None;
        now.visited.clear();
    }

    /// What is so now, if it may be told.
    pub(crate) fn context(&self) -> Option<Box<Context>> {
        if self.sharing == ContextSharing::Off {
            return None;
        }
        let now = self.now();
        let visited: Vec<_> = now.visited.iter().cloned().collect();
        Some(Box::new(Context {
            screen: now.screen.clone(),
            // There are never more than it takes.
            visited: Visited::try_from(visited).unwrap_or_default(),
            ..now.of_phone.clone()
        }))
    }
}

fn checked(screen: Screen) -> Result<OnWire, Error> {
    let label = |what: &str, text: Option<String>| {
        let label = text.filter(|text| !text.trim().is_empty()).map(Label::try_from).transpose();
        label.map_err(|why| invalid(format!("the {what} of the screen {why}")))
    };
    let name = ScreenName::try_from(screen.name);
    Ok(OnWire {
        name: name.map_err(|why| invalid(format!("the name of the screen {why}")))?,
        title: label("title", screen.title)?,
        detail: label("detail", screen.detail)?,
    })
}

/// What a platform says of itself, cut to what may travel: nobody can do anything about it.
fn fact(text: Option<String>) -> Option<Fact> {
    let mut text = text?.replace('\0', "");
    text.truncate(text.floor_char_boundary(limits::FACT_BYTES));
    Fact::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn screen(name: &str) -> Screen {
        Screen { name: name.to_owned(), title: None, detail: None }
    }

    fn anywhere() -> Whereabouts {
        Whereabouts::new(ContextOptions::default(), None, None)
    }

    fn path(of: &Whereabouts) -> (Option<String>, Vec<String>) {
        let context = of.context().unwrap();
        let visited = Vec::from(context.visited).into_iter().map(ScreenName::into_string).collect();
        (context.screen.map(|screen| screen.name.into_string()), visited)
    }

    #[test]
    fn the_last_screens_are_kept_and_a_new_detail_is_the_same_screen() {
        let here = anywhere();
        for name in ["a", "b", "c", "d", "e", "f", "g", "g"] {
            here.set_screen(Some(screen(name))).unwrap();
        }
        let five = ["b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
        assert_eq!(path(&here), (Some("g".to_owned()), five));
        here.set_screen(None).unwrap();
        assert_eq!(path(&here).0, None);
        assert_eq!(path(&here).1.last().unwrap(), "g");
        here.forget_screens();
        assert_eq!(path(&here), (None, Vec::new()));
    }

    #[test]
    fn what_is_switched_off_tells_nothing() {
        let options = ContextOptions {
            sharing: ContextSharing::Off,
            os: Some("Android".to_owned()),
            ..ContextOptions::default()
        };
        let here = Whereabouts::new(options, None, None);
        here.set_screen(Some(screen("home"))).unwrap();
        assert_eq!(here.context(), None);
    }

    #[test]
    fn what_a_host_gets_wrong_is_said_with_its_name_and_changes_nothing() {
        let here = anywhere();
        here.set_screen(Some(screen("home"))).unwrap();
        let long = "x".repeat(65);
        for name in ["", " ", long.as_str()] {
            assert_eq!(here.set_screen(Some(screen(name))).unwrap_err().code(), ErrorCode::InvalidInput);
        }
        assert_eq!(path(&here).0.as_deref(), Some("home"));
        let field = |key: &str, value| Field { key: key.to_owned(), value };
        let text = |text: &str| FieldValue::Text(text.to_owned());
        for wrong in [
            vec![field("Plan", text("gold"))],
            vec![field("plan", text(""))],
            vec![field("plan", text(&"x".repeat(513)))],
            vec![field("plan", FieldValue::Number(f64::NAN))],
            vec![field("plan", text("a")), field("plan", text("b"))],
        ] {
            let error = fields(wrong).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidInput);
            assert!(error.to_string().to_lowercase().contains("`plan`"), "{error}");
        }
        let many = (0..21).map(|n| field(&format!("f{n}"), FieldValue::Boolean(true))).collect();
        assert!(fields(many).unwrap_err().to_string().contains("at most 20"));
    }

    proptest! {
        /// Whatever a phone says of itself: what is sent is what the server takes.
        #[test]
        fn a_context_is_always_one_that_the_server_takes(
            facts in prop::collection::vec(prop::option::of(".{0,200}"), 5),
            names in prop::collection::vec(".{0,80}", 0..12),
        ) {
            let mut facts = facts.into_iter();
            let mut next = || facts.next().flatten();
            let options = ContextOptions {
                sharing: ContextSharing::On,
                app_build: next(),
                os: next(),
                os_version: next(),
                device_model: next(),
                time_zone: next(),
            };
            let here = Whereabouts::new(options, None, None);
            for name in names {
                drop(here.set_screen(Some(screen(&name))));
            }
            let context = here.context().unwrap();
            let json = serde_json::to_string(&context).unwrap();
            prop_assert_eq!(serde_json::from_str::<Context>(&json).unwrap(), *context);
        }
    }
}
