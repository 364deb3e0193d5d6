//! What an e-mail says about a message that did not arrive, and its form (RFC 5322). Pure.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::time::Timestamp;

use super::link::OPEN_DAYS;
use crate::push::words::Language;

/// What is quoted of a message, in characters.
const QUOTED: usize = 1_000;
/// What a name may take of a subject, in characters.
const NAMED: usize = 80;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody whose telephone a message has not reached.
    User,
    /// An agent, for whom a message waits in the inbox.
    Agent,
    /// An agent whom a colleague mentions in a note; of the note nothing is said.
    Mentioned,
}

/// What an e-mail is made of.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// Who reads it.
    pub reader: Reader,
    /// To whom.
    pub to: &'a str,
    /// From whom.
    pub from: &'a Mailbox,
    /// One for each message that it tells of: a repeat carries the same.
    pub id: &'a str,
    /// The app's name.
    pub app_name: &'a str,
    /// How much may be said.
    pub privacy: PushPrivacy,
    /// Who wrote the newest message.
    pub author: Option<&'a str>,
    /// What it says, or a word for what it holds.
    pub text: &'a str,
    /// How many messages there are.
    pub count: i64,
    /// In which language.
    pub language: Language,
    /// Where the conversation opens.
    pub link: Option<&'a str>,
    /// Where e-mails are stopped.
    pub stop: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// An e-mail, ready to be handed over.
pub struct Sealed {
    /// From where to where.
    pub envelope: Envelope,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

/// Why there can be no e-mail. Says nothing of the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The address is not one that mail can be sent to.
    #[error("the user's e-mail address cannot be written to")]
    Address,
    /// A header cannot be written.
    #[error("the e-mail cannot be written: {0}")]
    Form(String),
}

impl Letter<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// When the address is none.
    pub fn seal(&self) -> Result<Sealed, Unwritable> {
        let form = |error: &dyn std::fmt::Display| Unwritable::Form(error.to_string());
        let to: lettre::Address = self.to.parse().map_err(|_| Unwritable::Address)?;
        let at = UNIX_EPOCH + Duration::from_millis(self.now.unix_ms().unsigned_abs());
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(at)
            .message_id(Some(format!("<{}@{}>", self.id, self.from.email.domain())))
            .subject(self.subject());
        // Nobody answers by itself what a machine wrote (RFC 3834).
        for (name, value) in self.headers() {
            let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| form(&error))?;
            builder = builder.raw_header(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
        }
        let both = MultiPart::alternative()
            .boundary(format!("=_{}", self.id))
            .singlepart(SinglePart::plain(self.plain()))
            .singlepart(SinglePart::html(self.html()));
        let message = builder.multipart(both).map_err(|error| form(&error))?;
        Ok(Sealed { envelope: message.envelope().clone(), bytes: message.formatted() })
    }

    /// Those with values of our own making.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("Auto-Submitted", "auto-generated".to_owned())];
        if let Some(stop) = self.stop {
            // RFC 2369 and RFC 8058: the mail program offers it as a button.
            headers.push(("List-Unsubscribe", format!("<{stop}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        headers
    }

    /// The subject.
    pub fn subject(&self) -> String {
        let (app, author) = (one_line(self.app_name, NAMED), self.author.map(|name| one_line(name, NAMED)));
        let what = if self.reader == Reader::Mentioned {
            self.mentioned()
        } else if self.count > 1 {
            self.language.new_messages(self.count)
        } else {
            self.language.new_message().to_owned()
        };
        match (self.privacy, author, self.language) {
            (PushPrivacy::Opaque, ..) => what,
            (PushPrivacy::Preview, Some(author), Language::English) if self.reader != Reader::Mentioned => {
                format!("{app}: {what} from {author}")
            }
            (PushPrivacy::Preview, Some(author), Language::French) if self.reader != Reader::Mentioned => {
                format!("{app} : {what} de {author}")
            }
            (_, _, Language::English) => format!("{app}: {what}"),
            (_, _, Language::French) => format!("{app} : {what}"),
        }
    }

    /// That somebody mentions the reader; by name where names may be said.
    fn mentioned(&self) -> String {
        let author = self.author.filter(|_| self.privacy != PushPrivacy::Opaque);
        match (author.map(|name| one_line(name, NAMED)), self.language) {
            (Some(author), language) => language.mentioned(&author),
            (None, Language::English) => "A colleague mentioned you in a note".to_owned(),
            (None, Language::French) => "Un collègue vous a mentionné dans une note".to_owned(),
        }
    }

    /// What is to be read, in one sentence.
    fn lead(&self) -> String {
        if self.reader == Reader::Mentioned {
            return format!("{}.", self.mentioned());
        }
        let app = (self.privacy != PushPrivacy::Opaque).then(|| one_line(self.app_name, NAMED));
        match (self.language, self.count, app) {
            (Language::English, 2.., Some(app)) => format!("You have {} new messages in {app}.", self.count),
            (Language::English, 2.., None) => format!("You have {} new messages.", self.count),
            (Language::English, _, Some(app)) => format!("You have a new message in {app}."),
            (Language::English, _, None) => "You have a new message.".to_owned(),
            (Language::French, 2.., Some(app)) => {
                format!("Vous avez {} nouveaux messages dans {app}.", self.count)
            }
            (Language::French, 2.., None) => format!("Vous avez {} nouveaux messages.", self.count),
            (Language::French, _, Some(app)) => format!("Vous avez un nouveau message dans {app}."),
            (Language::French, _, None) => "Vous avez un nouveau message.".to_owned(),
        }
    }

    /// The message's own words, if they may be told.
    fn quoted(&self) -> Option<(String, String)> {
        if self.privacy != PushPrivacy::Preview || self.reader == Reader::Mentioned {
            return None;
        }
        let author = one_line(self.author.unwrap_or(self.app_name), NAMED);
        Some((author, cut(self.text, QUOTED)))
    }

    fn open(&self) -> &'static str {
        match self.language {
            Language::English => "Open the conversation",
            Language::French => "Ouvrir la conversation",
        }
    }

    fn foot(&self) -> Vec<String> {
        if self.reader == Reader::Agent {
            let why = match self.language {
                Language::English => {
                    "You get this e-mail because you want one when a message waits for five minutes. You can change that \
                     in the inbox under “Notifications”. Please do not answer it."
                }
                Language::French => {
                    "Vous recevez cet e-mail parce que vous en souhaitez un quand un message attend cinq minutes. \
                     Vous pouvez le changer dans la messagerie, sous « Notifications ». Merci de ne pas y répondre."
                }
            };
            return vec![why.to_owned()];
        }
        if self.reader == Reader::Mentioned {
            let why = match self.language {
                Language::English => {
                    "You get this e-mail because you want one when a note mentions you. You can change that in the inbox \
                     under “Notifications”. Please do not answer it."
                }
                Language::French => {
                    "Vous recevez cet e-mail parce que vous en souhaitez un quand une note vous mentionne. Vous pouvez le \
                     changer dans la messagerie, sous « Notifications ». Merci de ne pas y répondre."
                }
            };
            return vec![why.to_owned()];
        }
        let mut lines = Vec::new();
        if self.link.is_some() {
            lines.push(match self.language {
                Language::English => format!("The link works for {OPEN_DAYS} days."),
                Language::French => format!("Le lien est valable {OPEN_DAYS} jours."),
            });
        }
        lines.push(
            match self.language {
                Language::English => {
                    "You get this e-mail because the message has not reached your phone. Please do not answer it."
                }
                Language::French => {
                    "Vous recevez cet e-mail parce que le message n’est pas arrivé sur votre téléphone. \
                     Merci de ne pas y répondre."
                }
            }
            .to_owned(),
        );
        lines
    }

    fn no_more(&self) -> &'static str {
        match self.language {
            Language::English => "No more of these e-mails",
            Language::French => "Ne plus recevoir ces e-mails",
        }
    }

    /// The body without any form.
    pub fn plain(&self) -> String {
        let mut text = vec![self.lead()];
        if let Some((author, words)) = self.quoted() {
            text.push(format!("\n\n{author}:\n"));
            for line in words.lines() {
                text.push(format!("> {line}\n"));
            }
        }
        if let Some(link) = self.link {
            text.push(format!("\n\n{}:\n{link}", self.open()));
        }
        text.push(format!("\n\n-- \n{}\n", self.foot().join("\n")));
        if let Some(stop) = self.stop {
            text.push(format!("{}: {stop}\n", self.no_more()));
        }
        text.concat()
    }

    /// The body as a page; whatever somebody wrote is escaped.
    pub fn html(&self) -> String {
        let language = if self.language == Language::French { "fr" } else { "en" };
        let mut body = vec![format!("<p>{}</p>", escaped(&self.lead()))];
        if let Some((author, words)) = self.quoted() {
            body.push(format!(
                "<p style=\"margin-bottom:4px\"><b>{}</b></p><blockquote style=\"margin:0;padding-left:12px;\
                 border-left:3px solid #ccc\">{}</blockquote>",
                escaped(&author),
                escaped(&words).replace('\n', "<br>")
            ));
        }
        if let Some(link) = self.link {
            body.push(format!(
                "<p><a href=\"{}\" style=\"display:inline-block;padding:10px 16px;border-radius:6px;\
                 background:#1f5fbf;color:#fff;text-decoration:none\">{}</a></p>",
                escaped(link),
                self.open()
            ));
        }
        let mut foot: Vec<_> = self.foot().iter().map(|line| escaped(line)).collect();
        if let Some(stop) = self.stop {
            foot.push(format!("<a href=\"{}\">{}</a>", escaped(stop), self.no_more()));
        }
        let (body, foot) = (body.concat(), foot.join("<br>"));
        format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"></head><body style=\"font-family:sans-serif;max-width:36em\">{body}\
             <p style=\"color:#666;font-size:13px\">{foot}</p></body></html>"
        )
    }
}

/// A name as it may stand in a header or a sentence: without what could begin another line.
fn one_line(name: &str, characters: usize) -> String {
    let words: Vec<&str> =
        name.split(|c: char| c.is_whitespace() || is_hidden(c)).filter(|word| !word.is_empty()).collect();
    cut(&words.join(" "), characters)
}

/// Controls, and what turns the direction of writing around.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// For text and for attributes in quotation marks (HTML, section 13.1.2.3). Shared with the pages that links open.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter<'a>(from: &'a Mailbox, privacy: PushPrivacy, author: &'a str, text: &'a str) -> Letter<'a> {
        Letter {
            reader: Reader::User,
            to: "maya@example.org",
            from,
            id: "0192",
            app_name: "Fjord Shop",
            privacy,
            author: Some(author),
            text,
            count: 1,
            language: Language::English,
            link: Some("https://support.example.com/mail/v1/open/abc"),
            stop: Some("https://support.example.com/mail/v1/stop/def"),
            now: Timestamp::from_unix_ms(1_795_253_400_000),
        }
    }

    fn from() -> Mailbox {
        "Fjord Shop <no-reply@example.com>".parse().unwrap()
    }

    fn text(letter: &Letter<'_>) -> String {
        String::from_utf8(letter.seal().unwrap().bytes).unwrap()
    }

    #[test]
    fn an_opaque_one_does_not_depend_on_who_wrote_what_in_which_app() {
        let from = from();
        let one = letter(&from, PushPrivacy::Opaque, "Léa", "your parcel");
        let other = Letter {
            app_name: "Other",
            ..letter(&from, PushPrivacy::Opaque, "Jonas", "another thing entirely")
        };
        assert_eq!(text(&one), text(&other));
        assert_eq!(one.subject(), "New message");
    }

    #[test]
    fn generic_names_the_app_and_preview_quotes() {
        let from = from();
        let generic = letter(&from, PushPrivacy::Generic, "Léa", "my secret");
        assert_eq!(generic.subject(), "Fjord Shop: New message");
        assert!(!generic.plain().contains("secret") && !generic.html().contains("Léa"));
        let preview = letter(&from, PushPrivacy::Preview, "Léa", "one\ntwo");
        assert_eq!(preview.subject(), "Fjord Shop: New message from Léa");
        assert!(preview.plain().contains("Léa:\n> one\n> two\n"), "{}", preview.plain());
        assert!(preview.html().contains("one<br>two"));
        let french = Letter { language: Language::French, count: 3, ..preview };
        assert_eq!(french.subject(), "Fjord Shop : 3 nouveaux messages de Léa");
        assert!(french.plain().contains("Vous avez 3 nouveaux messages dans Fjord Shop."));
    }

    #[test]
    fn a_name_makes_no_header_and_no_markup() {
        let from = from();
        let evil = "Léa\r\nBcc: everybody@example.org\r\n\r\n<script>alert(1)</script>";
        let hidden = "<img src=x onerror=\"alert('1')\">\u{202e}&";
        let letter =
            Letter { app_name: hidden, ..letter(&from, PushPrivacy::Preview, evil, "</blockquote><b>x") };
        let sealed = text(&letter);
        let head = sealed.split("\r\n\r\n").next().unwrap();
        let names: Vec<_> = head
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split(':').next())
            .collect();
        let expected = [
            "From",
            "To",
            "Date",
            "Message-ID",
            "Subject",
            "Auto-Submitted",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "{head}");
        let html = letter.html();
        for tag in ["<script", "<img", "</blockquote><b>", "\u{202e}"] {
            assert!(!html.contains(tag), "{tag}: {html}");
        }
        assert!(html.contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;"), "{html}");
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_long_words_are_cut() {
        let from = from();
        let nowhere = Letter { to: "maya@exa mple", ..letter(&from, PushPrivacy::Generic, "Léa", "x") };
        assert_eq!(nowhere.seal().map(drop).unwrap_err(), Unwritable::Address);
        let long = "é".repeat(5_000);
        let preview = letter(&from, PushPrivacy::Preview, &long, &long);
        assert_eq!(preview.plain().matches('é').count(), QUOTED + NAMED);
        assert!(text(&preview).lines().all(|line| line.len() <= 998));
    }
}
