//! What e-mails say, in the languages we speak: pure, and without form.

use tidings_protocol::push::PushPrivacy;
use tidings_protocol::webhooks::WebhookOff;

use super::link::OPEN_DAYS;
use crate::push::words::Language;

/// What is quoted of a message, in characters.
const QUOTED: usize = 1_000;
/// What a name may take of a subject, in characters.
const NAMED: usize = 80;

/// What an e-mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In which language.
    pub language: Language,
    /// The subject, in one line.
    pub subject: String,
    /// What is to be read, in one sentence.
    pub lead: String,
    /// Who wrote, and their own words.
    pub quoted: Option<(String, String)>,
    /// What stands on the link.
    pub open: &'static str,
    /// Why somebody gets this e-mail.
    pub foot: Vec<String>,
}

/// Who reads of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody whose telephone a message has not reached.
    User,
    /// An agent, for whom a message waits in the inbox.
    Agent,
    /// An agent whom a colleague mentions in a note; of the note nothing is said.
    Mentioned,
}

/// What an e-mail tells of a message or a note.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    /// Who reads it.
    pub reader: Reader,
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
    /// Whether there is a link, which works for a while.
    pub has_link: bool,
}

impl News<'_> {
    /// Puts it in words.
    pub fn said(&self) -> Said {
        Said {
            language: self.language,
            subject: self.subject(),
            lead: self.lead(),
            quoted: self.quoted(),
            open: self.open(),
            foot: self.foot(),
        }
    }

    fn subject(&self) -> String {
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
        if self.has_link {
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
}

/// Tells whoever administers a company that one of its webhooks was switched off. Of its address only the host is named:
/// the rest may be a secret.
pub fn webhook_off(host: &str, why: WebhookOff, language: Language) -> Said {
    let host = one_line(host, NAMED);
    let (subject, lead, open, foot) = match language {
        Language::English => (
            format!("A webhook was switched off: {host}"),
            match why {
                WebhookOff::Gone => format!(
                    "The webhook to {host} was switched off: its receiver answered 410, it wants no more."
                ),
                WebhookOff::Failing | WebhookOff::Chosen => format!(
                    "The webhook to {host} was switched off: nothing has got through to it for days. What waits is told once it is switched on again; what happens until then is not."
                ),
            },
            "Open the webhooks",
            "You get this e-mail because you administer the inbox. Please do not answer it.",
        ),
        Language::French => (
            format!("Un webhook a été désactivé : {host}"),
            match why {
                WebhookOff::Gone => format!(
                    "Le webhook vers {host} a été désactivé : son destinataire a répondu 410, il n’en veut plus."
                ),
                WebhookOff::Failing | WebhookOff::Chosen => format!(
                    "Le webhook vers {host} a été désactivé : plus rien n’y arrive depuis des jours. Ce qui attend sera envoyé dès qu’il sera réactivé ; ce qui se passe d’ici là ne le sera pas."
                ),
            },
            "Ouvrir les webhooks",
            "Vous recevez cet e-mail parce que vous administrez la messagerie. Merci de ne pas y répondre.",
        ),
    };
    Said { language, subject, lead, quoted: None, open, foot: vec![foot.to_owned()] }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn news<'a>(privacy: PushPrivacy, author: &'a str, text: &'a str) -> News<'a> {
        News {
            reader: Reader::User,
            app_name: "Fjord Shop",
            privacy,
            author: Some(author),
            text,
            count: 1,
            language: Language::English,
            has_link: true,
        }
    }

    #[test]
    fn an_opaque_one_does_not_depend_on_who_wrote_what_in_which_app() {
        let one = news(PushPrivacy::Opaque, "Léa", "your parcel").said();
        let other =
            News { app_name: "Other", ..news(PushPrivacy::Opaque, "Jonas", "another thing entirely") }.said();
        assert_eq!(one, other);
        assert_eq!(one.subject, "New message");
    }

    #[test]
    fn generic_names_the_app_and_preview_quotes() {
        let generic = news(PushPrivacy::Generic, "Léa", "my secret").said();
        assert_eq!((generic.subject.as_str(), generic.quoted), ("Fjord Shop: New message", None));
        let preview = news(PushPrivacy::Preview, "Léa", "one\ntwo");
        assert_eq!(preview.said().subject, "Fjord Shop: New message from Léa");
        assert_eq!(preview.said().quoted, Some(("Léa".to_owned(), "one\ntwo".to_owned())));
        let french = News { language: Language::French, count: 3, ..preview }.said();
        assert_eq!(french.subject, "Fjord Shop : 3 nouveaux messages de Léa");
        assert_eq!(french.lead, "Vous avez 3 nouveaux messages dans Fjord Shop.");
    }

    #[test]
    fn names_stay_in_their_line_and_long_words_are_cut() {
        let evil = news(PushPrivacy::Preview, "Léa\r\nBcc: all@example.org\u{202e}", "x").said();
        assert_eq!(evil.subject, "Fjord Shop: New message from Léa Bcc: all@example.org");
        let long = "é".repeat(5_000);
        let (author, words) = news(PushPrivacy::Preview, &long, &long).said().quoted.unwrap();
        assert_eq!((author.matches('é').count(), words.matches('é').count()), (NAMED, QUOTED));
    }

    #[test]
    fn a_webhook_that_went_off_says_why_in_both_languages() {
        for language in [Language::English, Language::French] {
            let gone = webhook_off("hooks.example.com", WebhookOff::Gone, language);
            let failing = webhook_off("hooks.example.com", WebhookOff::Failing, language);
            assert!(gone.subject.contains("hooks.example.com") && gone.lead.contains("410"), "{gone:?}");
            assert_ne!(gone.lead, failing.lead);
        }
    }
}
