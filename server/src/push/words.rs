//! The few words that a push says by itself, in the languages we speak.

use tidings_protocol::message::{KnownPart, RequestFor};

/// A language that pushes can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, and for everybody whose language we do not speak.
    English,
    /// French.
    French,
}

impl Language {
    /// The language of a device's locale, a tag after BCP 47 such as `fr-CH`.
    pub fn of(locale: Option<&str>) -> Self {
        let primary = locale.and_then(|tag| tag.split(['-', '_']).next()).unwrap_or_default();
        if primary.eq_ignore_ascii_case("fr") { Self::French } else { Self::English }
    }

    /// Its tag after BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Says that there is a message, and nothing of it.
    pub fn new_message(self) -> &'static str {
        match self {
            Self::English => "New message",
            Self::French => "Nouveau message",
        }
    }

    /// Says how many messages there are.
    pub fn new_messages(self, count: i64) -> String {
        match self {
            Self::English => format!("{count} new messages"),
            Self::French => format!("{count} nouveaux messages"),
        }
    }

    /// Says that a colleague mentions the reader.
    pub fn mentioned(self, by: &str) -> String {
        match self {
            Self::English => format!("{by} mentioned you in a note"),
            Self::French => format!("{by} vous a mentionné dans une note"),
        }
    }

    /// Asks what somebody thinks of a conversation that is over.
    pub fn how_was_it(self) -> &'static str {
        match self {
            Self::English => "How was this conversation?",
            Self::French => "Comment s’est passé cet échange ?",
        }
    }

    /// What somebody may answer to it, the best first.
    pub fn scores(self) -> [&'static str; 5] {
        match self {
            Self::English => ["Very good", "Good", "So-so", "Bad", "Very bad"],
            Self::French => ["Très bien", "Bien", "Moyen", "Mal", "Très mal"],
        }
    }

    /// Asks for something; `purpose` says what it is for.
    pub fn asks(self, what: RequestFor, purpose: &str) -> String {
        match (self, what) {
            (Self::English, RequestFor::Place) => format!("Please share where you are: {purpose}"),
            (Self::English, RequestFor::Photo) => format!("Please send a photo: {purpose}"),
            (Self::French, RequestFor::Place) => format!("Merci d’indiquer où vous êtes : {purpose}"),
            (Self::French, RequestFor::Photo) => format!("Merci d’envoyer une photo : {purpose}"),
        }
    }

    /// Says that somebody tries whether pushes arrive.
    pub fn test(self) -> &'static str {
        match self {
            Self::English => "This is a test: push notifications arrive.",
            Self::French => "Ceci est un test : les notifications arrivent.",
        }
    }

    /// Names a part that has no words of its own; nothing for parts that do not count as content.
    pub fn part(self, part: &KnownPart) -> Option<&'static str> {
        let (english, french) = match part {
            KnownPart::Attachment(file) if file.media_type.starts_with("image/") => ("Photo", "Photo"),
            KnownPart::Attachment(file) if file.media_type.starts_with("video/") => ("Video", "Vidéo"),
            KnownPart::Attachment(_) => ("File", "Fichier"),
            KnownPart::Location(_) => ("Location", "Position"),
            KnownPart::LiveLocation(_) => ("Live location", "Position en direct"),
            KnownPart::Form(_) => ("Form", "Formulaire"),
            KnownPart::Text(_)
            | KnownPart::QuickReplies(_)
            | KnownPart::Choice(_)
            | KnownPart::Answers(_)
            | KnownPart::Request(_)
            | KnownPart::System(_) => return None,
        };
        Some(match self {
            Self::English => english,
            Self::French => french,
        })
    }
}
