//! What a push says: message, device and privacy in, the body on the wire out. Pure, and never larger than the
//! services take.

use serde_json::{Map, Value, json};
use tidings_protocol::markup::{plain, plain_with_addresses};
use tidings_protocol::message::{Author, Message, Part};
use tidings_protocol::push::{FcmForm, InterruptionLevel, PushKind, PushOptions, PushPayload, PushPrivacy};

use super::words::Language;

/// The largest body that APNs takes and the largest data that FCM takes, in bytes.
pub const PAYLOAD_BYTES: usize = 4096;

/// The notification's category: an app that gives it a text action gets answers from the lock screen.
pub const CATEGORY: &str = "tidings_message";

const ELLIPSIS: &str = "…";

/// What a push is made of.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// What the SDK needs.
    pub payload: &'a PushPayload,
    /// What it is about.
    pub about: About<'a>,
    /// The app's name.
    pub app_name: &'a str,
    /// How much may be said.
    pub privacy: PushPrivacy,
    /// The device's locale.
    pub locale: Option<&'a str>,
    /// How the app wants it to look.
    pub options: &'a PushOptions,
}

/// What a push is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// Nothing that was said.
    Nothing,
    /// A message.
    Message(&'a Message),
    /// A note in which a colleague mentions its reader. What the note says stays in the inbox.
    Mention {
        /// Who wrote it.
        by: &'a str,
    },
}

impl<'a> About<'a> {
    fn message(self) -> Option<&'a Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Nothing | Self::Mention { .. } => None,
        }
    }
}

/// What a person reads.
struct Words<'a> {
    title: Option<&'a str>,
    body: String,
}

impl Notice<'_> {
    /// The body of a request to APNs.
    ///
    /// Even an opaque one has an alert: iOS wakes the app's extension, which fetches the message, for nothing less.
    pub fn apns(&self) -> String {
        if self.payload.kind == PushKind::Clear {
            let aps = json!({ "badge": self.payload.badge, "content-available": 1 });
            return json!({ "aps": aps, "tidings": self.payload }).to_string();
        }
        let words = self.words().unwrap_or_else(|| Words { title: None, body: self.generic() });
        fit(&words.body, |body| {
            let mut alert = json!({ "body": body });
            if let Some(title) = words.title {
                alert["title"] = title.into();
            }
            let aps = json!({
                "alert": alert,
                "badge": self.payload.badge,
                "sound": "default",
                "thread-id": self.payload.conversation_id,
                // The extension may change it, and the app is woken to fetch the message.
                "mutable-content": 1,
                "content-available": 1,
                "category": CATEGORY,
                "interruption-level": match self.options.interruption_level {
                    InterruptionLevel::Passive => "passive",
                    InterruptionLevel::Active => "active",
                    InterruptionLevel::TimeSensitive => "time-sensitive",
                },
            });
            json!({ "aps": aps, "tidings": self.payload }).to_string()
        })
    }

    /// The `notification` of an FCM message, for the system to show; none when the app does.
    pub fn fcm_notification(&self) -> Option<Map<String, Value>> {
        let is_shown = matches!(self.payload.kind, PushKind::Message | PushKind::Summary);
        if self.options.fcm_form == FcmForm::Data || !is_shown {
            return None;
        }
        let words = self.words()?;
        let room = PAYLOAD_BYTES.saturating_sub(Value::Object(self.fcm()).to_string().len());
        let fitting =
            fit_into(room, &words.body, |body| json!({ "title": words.title, "body": body }).to_string());
        serde_json::from_str(&fitting).ok()
    }

    /// The `data` of an FCM message: the payload as text, and, unless the push is opaque or the system shows it, a title
    /// and a body.
    pub fn fcm(&self) -> Map<String, Value> {
        let is_shown_by_app = self.options.fcm_form == FcmForm::Data;
        let words = self.words().filter(|_| is_shown_by_app);
        let data = |body: Option<&str>| {
            let mut data = Map::new();
            data.insert("tidings".to_owned(), json!(json!(self.payload).to_string()));
            if let Some(title) = words.as_ref().and_then(|words| words.title) {
                data.insert("title".to_owned(), title.into());
            }
            if let Some(body) = body {
                data.insert("body".to_owned(), body.into());
            }
            data
        };
        let Some(words) = &words else { return data(None) };
        // Measured as JSON, which is at least as long as what FCM counts.
        let fitting = fit(&words.body, |body| Value::Object(data(Some(body))).to_string());
        serde_json::from_str(&fitting).unwrap_or_else(|_| data(None))
    }

    /// The clear text of a Web Push: the payload, and, unless the push is opaque, a title and a body.
    pub fn web(&self) -> String {
        let words = self.words();
        let title = words.as_ref().and_then(|words| words.title);
        let write = |body: Option<&str>| {
            let mut text = json!({ "tidings": self.payload });
            if let Some(title) = title {
                text["title"] = title.into();
            }
            if let Some(body) = body {
                text["body"] = body.into();
            }
            text.to_string()
        };
        match &words {
            None => write(None),
            Some(words) => fit_into(super::web::CLEAR_BYTES, &words.body, |body| write(Some(body))),
        }
    }

    /// The same as a value, for the company's own service.
    pub fn data(&self) -> Value {
        serde_json::from_str(&self.web()).unwrap_or_default()
    }

    fn generic(&self) -> String {
        let language = Language::of(self.locale);
        if let About::Mention { by } = self.about {
            return language.mentioned(by);
        }
        match (self.payload.kind, self.payload.count) {
            (PushKind::Summary, Some(count)) => language.new_messages(count),
            (PushKind::Test, _) => language.test().to_owned(),
            _ => language.new_message().to_owned(),
        }
    }

    fn words(&self) -> Option<Words<'_>> {
        if self.payload.kind == PushKind::Clear {
            return None;
        }
        match self.privacy {
            PushPrivacy::Opaque => None,
            _ if matches!(self.about, About::Mention { .. }) => {
                Some(Words { title: Some(self.app_name), body: self.generic() })
            }
            _ if self.payload.kind != PushKind::Message => {
                Some(Words { title: Some(self.app_name), body: self.generic() })
            }
            PushPrivacy::Generic => Some(Words { title: Some(self.app_name), body: self.generic() }),
            PushPrivacy::Preview => {
                let title = match self.about.message().map(|message| &message.author) {
                    Some(Author::Agent { name, .. }) => name,
                    Some(Author::User { .. } | Author::System) | None => self.app_name,
                };
                Some(Words { title: Some(title), body: self.preview() })
            }
        }
    }

    fn preview(&self) -> String {
        let said = self.about.message().and_then(|message| preview(message, Language::of(self.locale)));
        said.unwrap_or_else(|| self.generic())
    }
}

/// The text of a message without the marks of agents, or a word for what it holds instead; none when there is neither.
pub(super) fn preview(message: &Message, language: Language) -> Option<String> {
    said(message, language, plain)
}

/// So, for where whoever reads it cannot open the app to follow a link.
pub(super) fn preview_with_addresses(message: &Message, language: Language) -> Option<String> {
    said(message, language, plain_with_addresses)
}

fn said(message: &Message, language: Language, unmarked: fn(&str) -> String) -> Option<String> {
    let is_users = matches!(message.author, Author::User { .. });
    let texts = message.parts.iter().filter_map(Part::as_text);
    let texts: Vec<String> =
        texts.map(|text| if is_users { text.to_owned() } else { unmarked(text) }).collect();
    if !texts.is_empty() {
        let said = texts.join("\n");
        let asked = message.parts.iter().find_map(Part::as_request);
        return Some(asked.map_or_else(|| said.clone(), |what| language.asks(what, &said)));
    }
    let named = message.parts.iter().find_map(|part| match part {
        Part::Known(part) => language.part(part),
        Part::Unknown(_) => None,
    });
    named.map(str::to_owned)
}

/// Writes `text` into a body of at most 4096 bytes, cut at the end of a character and with an ellipsis if it must be.
fn fit(text: &str, write: impl Fn(&str) -> String) -> String {
    fit_into(PAYLOAD_BYTES, text, write)
}

fn fit_into(bytes: usize, text: &str, write: impl Fn(&str) -> String) -> String {
    let whole = write(text);
    if whole.len() <= bytes {
        return whole;
    }
    let room = bytes.saturating_sub(write(ELLIPSIS).len());
    let mut used = 0;
    let mut end = 0;
    for (start, character) in text.char_indices() {
        used += escaped_bytes(character);
        if used > room {
            break;
        }
        end = start + character.len_utf8();
    }
    write(&format!("{}{ELLIPSIS}", text[..end].trim_end()))
}

/// How long a character is in a JSON string (RFC 8259, section 7), as `serde_json` writes it.
fn escaped_bytes(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::{AgentId, ConversationId, MessageId, UserId};
    use tidings_protocol::text::{Name, Text};
    use tidings_protocol::time::Timestamp;

    use super::*;

    fn message(text: &str) -> Message {
        let name = Name::try_from("Léa").unwrap();
        Message {
            id: MessageId::from_parts(1, [1; 10]),
            conversation_id: ConversationId::from_parts(1, [2; 10]),
            seq: 7,
            author: Author::Agent { id: AgentId::from_parts(1, [3; 10]), name },
            parts: vec![Part::text(Text::try_from(text).unwrap())],
            sent_at: Timestamp::from_unix_ms(1),
            quote: None,
            edited_at: None,
            deleted_at: None,
        }
    }

    fn payload(message: &Message) -> PushPayload {
        PushPayload {
            v: 1,
            user_id: UserId::from_parts(1, [4; 10]),
            conversation_id: message.conversation_id,
            message_id: message.id,
            seq: message.seq,
            badge: 3,
            kind: PushKind::Message,
            count: None,
            receipt: None,
        }
    }

    fn notice<'a>(
        message: &'a Message,
        payload: &'a PushPayload,
        privacy: PushPrivacy,
        locale: &'a str,
    ) -> Notice<'a> {
        let options = &PushOptions::PLAIN;
        Notice {
            payload,
            about: About::Message(message),
            app_name: "Shop",
            privacy,
            locale: Some(locale),
            options,
        }
    }

    fn apns_text(text: &str, privacy: PushPrivacy, locale: &str) -> String {
        let message = message(text);
        notice(&message, &payload(&message), privacy, locale).apns()
    }

    fn fcm(text: &str, privacy: PushPrivacy, locale: &str) -> Map<String, Value> {
        let message = message(text);
        notice(&message, &payload(&message), privacy, locale).fcm()
    }

    #[test]
    fn a_request_says_what_is_asked_for_and_why_in_the_language_of_the_phone() {
        let mut message = message("the driver is near");
        message.parts.push(serde_json::from_str(r#"{"type":"request","for":"place"}"#).unwrap());
        let said = |locale| preview(&message, Language::of(Some(locale))).unwrap();
        assert_eq!(said("de"), "Please share where you are: the driver is near");
        assert_eq!(said("fr-CH"), "Merci d’indiquer où vous êtes : the driver is near");
        // Who wants nothing said on the lock screen has nothing said of requests either.
        let generic = notice(&message, &payload(&message), PushPrivacy::Generic, "en").apns();
        assert!(generic.contains("New message") && !generic.contains("driver"), "{generic}");
    }

    #[test]
    fn an_app_that_does_not_want_to_be_woken_has_the_system_show_it() {
        let long = "é".repeat(5_000);
        let message = message(&long);
        let payload = payload(&message);
        let options = PushOptions {
            fcm_form: FcmForm::Notification,
            interruption_level: InterruptionLevel::TimeSensitive,
            ..PushOptions::PLAIN
        };
        let shown = Notice { options: &options, ..notice(&message, &payload, PushPrivacy::Preview, "en") };
        let notification = shown.fcm_notification().unwrap();
        assert_eq!(notification["title"], "Léa");
        assert!(notification["body"].as_str().unwrap().ends_with(ELLIPSIS));
        let data = shown.fcm();
        assert_eq!(data.keys().collect::<Vec<_>>(), ["tidings"]);
        let bytes = Value::Object(notification).to_string().len() + Value::Object(data).to_string().len();
        assert!((4_000..=PAYLOAD_BYTES).contains(&bytes), "{bytes}");
        assert!(shown.apns().contains("\"interruption-level\":\"time-sensitive\""));
        // What is opaque, and what shows nothing, is for the app.
        assert!(Notice { privacy: PushPrivacy::Opaque, ..shown }.fcm_notification().is_none());
        let clear = PushPayload { kind: PushKind::Clear, ..payload.clone() };
        assert!(Notice { payload: &clear, ..shown }.fcm_notification().is_none());
        assert!(notice(&message, &payload, PushPrivacy::Preview, "en").fcm_notification().is_none());
    }

    #[test]
    fn a_mention_says_who_and_nothing_of_the_note() {
        let message = message("secret");
        let payload = payload(&message);
        let mention = |privacy, locale| {
            let shown = Notice {
                about: About::Mention { by: "Léa" },
                ..notice(&message, &payload, privacy, locale)
            };
            serde_json::from_str::<Value>(&shown.web()).unwrap()
        };
        let english = mention(PushPrivacy::Preview, "en");
        assert_eq!(
            (&english["title"], &english["body"]),
            (&json!("Shop"), &json!("Léa mentioned you in a note"))
        );
        assert_eq!(mention(PushPrivacy::Generic, "fr")["body"], "Léa vous a mentionné dans une note");
        assert!(mention(PushPrivacy::Opaque, "en").get("body").is_none());
    }

    fn apns(text: &str, privacy: PushPrivacy, locale: &str) -> Value {
        serde_json::from_str(&apns_text(text, privacy, locale)).unwrap()
    }

    #[test]
    fn apns_has_the_sdk_s_payload_and_what_the_phone_shows() {
        let body = apns("Hello", PushPrivacy::Preview, "en");
        let message = message("Hello");
        assert_eq!(
            body["aps"],
            json!({
                "alert": { "title": "Léa", "body": "Hello" },
                "badge": 3,
                "sound": "default",
                "thread-id": message.conversation_id,
                "mutable-content": 1,
                "content-available": 1,
                "category": "tidings_message",
                "interruption-level": "active",
            })
        );
        assert_eq!(
            serde_json::from_value::<PushPayload>(body["tidings"].clone()).unwrap(),
            payload(&message)
        );
    }

    #[test]
    fn generic_says_the_app_s_name_in_the_device_s_language() {
        for (locale, words) in [
            ("en-GB", "New message"),
            ("fr", "Nouveau message"),
            ("FR_ch", "Nouveau message"),
            ("fro", "New message"),
            ("ja-JP", "New message"),
        ] {
            let body = apns("my secret", PushPrivacy::Generic, locale);
            assert_eq!(body["aps"]["alert"], json!({ "title": "Shop", "body": words }), "{locale}");
        }
    }

    #[test]
    fn a_summary_counts_and_a_clear_shows_nothing() {
        let message = message("my secret");
        let mut payload = payload(&message);
        (payload.kind, payload.count) = (PushKind::Summary, Some(7));
        for (privacy, locale, words) in [
            (PushPrivacy::Preview, "en", "7 new messages"),
            (PushPrivacy::Generic, "fr", "7 nouveaux messages"),
            (PushPrivacy::Opaque, "fr", "7 nouveaux messages"),
        ] {
            let body: Value =
                serde_json::from_str(&notice(&message, &payload, privacy, locale).apns()).unwrap();
            assert_eq!(body["aps"]["alert"]["body"], words);
        }
        (payload.kind, payload.count) = (PushKind::Clear, None);
        let clear = notice(&message, &payload, PushPrivacy::Preview, "en");
        let body: Value = serde_json::from_str(&clear.apns()).unwrap();
        assert_eq!(body["aps"], json!({ "badge": 3, "content-available": 1 }));
        assert_eq!(body["tidings"]["kind"], "clear");
        assert_eq!(clear.fcm().keys().collect::<Vec<_>>(), ["tidings"]);
    }

    #[test]
    fn opaque_does_not_depend_on_the_content() {
        let opaque = PushPrivacy::Opaque;
        let bytes = |text| {
            let message = message(text);
            let payload = payload(&message);
            let notice = notice(&message, &payload, opaque, "en");
            [notice.apns(), notice.web(), notice.data().to_string()]
        };
        assert_eq!(bytes("my secret"), bytes("another thing entirely"));
        let data = fcm("my secret", opaque, "en");
        assert_eq!(data, fcm("another", opaque, "en"));
        assert_eq!(data.keys().collect::<Vec<_>>(), ["tidings"]);
    }

    #[test]
    fn fcm_data_is_strings_and_the_payload_is_json_inside_one() {
        let data = fcm("Hello", PushPrivacy::Preview, "en");
        assert_eq!((data["title"].as_str(), data["body"].as_str()), (Some("Léa"), Some("Hello")));
        let inside: PushPayload = serde_json::from_str(data["tidings"].as_str().unwrap()).unwrap();
        assert_eq!(inside, payload(&message("Hello")));
    }

    #[test]
    fn long_texts_are_cut_between_characters_to_exactly_what_fits() {
        for character in ["x", "é", "\u{1f600}", "\"", "\n", "\u{1}", "漢"] {
            let text = format!("start{}", character.repeat(16_000 / character.len()));
            let body = apns_text(&text, PushPrivacy::Preview, "en");
            let longest = PAYLOAD_BYTES - escaped_bytes(character.chars().next().unwrap());
            // White space at the cut is dropped, so a text of line breaks becomes shorter still.
            assert!(
                body.len() <= PAYLOAD_BYTES && (character == "\n" || body.len() > longest),
                "{character:?}"
            );
            let shown = serde_json::from_str::<Value>(&body).unwrap()["aps"]["alert"]["body"].clone();
            let shown = shown.as_str().unwrap().strip_suffix('…').unwrap().to_owned();
            assert!(text.starts_with(&shown), "{character:?}");

            let message = message(&text);
            let web = notice(&message, &payload(&message), PushPrivacy::Preview, "en").web();
            assert!(web.len() <= super::super::web::CLEAR_BYTES && web.contains('…'), "{character:?}");
            let data = fcm(&text, PushPrivacy::Preview, "en");
            let bytes: usize =
                data.iter().map(|(key, value)| key.len() + value.as_str().unwrap().len()).sum();
            assert!(bytes <= PAYLOAD_BYTES && data["body"].as_str().unwrap().ends_with('…'), "{character:?}");
        }
    }

    #[test]
    fn marks_of_agents_are_taken_away_and_words_of_users_stay_as_they_were_typed() {
        let typed = "- **Order** _4711_\n- [track it](https://parcels.example/x)";
        let body = apns(typed, PushPrivacy::Preview, "en");
        let plain = "- Order 4711\n- track it (parcels.example)";
        assert_eq!(body["aps"]["alert"]["body"], plain);
        let mut said = message(typed);
        assert_eq!(preview(&said, Language::English).as_deref(), Some(plain));
        let followed = "- Order 4711\n- track it (https://parcels.example/x)";
        assert_eq!(preview_with_addresses(&said, Language::English).as_deref(), Some(followed));
        said.author = Author::User { id: UserId::from_parts(1, [4; 10]) };
        assert_eq!(preview(&said, Language::English).as_deref(), Some(typed));
        // What is cut is what is shown, not what was typed.
        let long = apns_text(&"**x** ".repeat(2_600), PushPrivacy::Preview, "en");
        assert!(
            (PAYLOAD_BYTES - 2..=PAYLOAD_BYTES).contains(&long.len()) && !long.contains('*'),
            "{}",
            long.len()
        );
    }

    #[test]
    fn a_message_without_words_is_named_by_what_it_holds() {
        let mut photo = message("x");
        let part = json!({
            "type": "attachment",
            "attachment_id": "att_01h2xcejqtf2nbrexx3vqjhp41",
            "media_type": "image/jpeg",
            "bytes": 1,
        });
        photo.parts = vec![serde_json::from_value(part).unwrap()];
        let payload = payload(&photo);
        let privacy = PushPrivacy::Preview;
        assert_eq!(notice(&photo, &payload, privacy, "fr").preview(), "Photo");
        photo.parts = vec![serde_json::from_value(json!({ "type": "hologram" })).unwrap()];
        assert_eq!(notice(&photo, &payload, privacy, "fr").preview(), "Nouveau message");
    }
}
