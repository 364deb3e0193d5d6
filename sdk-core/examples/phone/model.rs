//! Messages and states in words.

use tidings_sdk_core::protocol::message::{KnownPart, RequestFor};
use tidings_sdk_core::{Author, ConversationItem, MessageItem, Opening, Part, SendState, SyncState};

/// Text from elsewhere, made safe for a terminal: no character of it can move the cursor or change colours.
pub(crate) fn plain(text: &str) -> String {
    let harmless = |c: char| {
        if c == '\n' || c == '\t' {
            ' '
        } else if c.is_control() {
            '\u{b7}'
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
}

/// What a thread is called.
pub(crate) fn title(item: &ConversationItem) -> String {
    let id = item.id.to_string();
    item.title.as_deref().map_or_else(|| format!("Conversation {}", &id[id.len() - 6..]), plain)
}

/// What a message says.
pub(crate) fn words(item: &MessageItem) -> String {
    let text = plain(&item.text());
    if item.deleted {
        "(deleted)".to_owned()
    } else if let Some(place) = live_place(item) {
        place
    } else if text.is_empty() {
        "(this version cannot show it)".to_owned()
    } else {
        match item.parts.iter().find_map(Part::as_request) {
            Some(RequestFor::Place) => format!("{text} (asks where you are)"),
            Some(RequestFor::Photo) => format!("{text} (asks for a photo)"),
            None => text,
        }
    }
}

/// A place that moves for a while, and where it is.
fn live_place(item: &MessageItem) -> Option<String> {
    let [Part::Known(KnownPart::LiveLocation(live))] = item.parts.as_slice() else { return None };
    Some(match &live.last {
        _ if live.ended => "(shared a live place, over)".to_owned(),
        None => "(shares a live place, none yet)".to_owned(),
        Some(last) => {
            format!("(shares a live place: {:.5}, {:.5})", last.location.latitude, last.location.longitude)
        }
    })
}

/// Who wrote it.
pub(crate) fn author(item: &MessageItem) -> String {
    match &item.author {
        Author::Me => "me".to_owned(),
        Author::Agent { name, .. } => plain(name),
        Author::System => "\u{2014}".to_owned(),
    }
}

/// How the message begins that this one answers; blank when it names none.
pub(crate) fn quote(item: &MessageItem) -> String {
    let Some(quote) = &item.quote else { return String::new() };
    let words = match &quote.head {
        None => "an earlier message".to_owned(),
        Some(head) if head.deleted => "(deleted)".to_owned(),
        Some(head) if head.text.is_empty() => "(a photo, file or place)".to_owned(),
        Some(head) => plain(&head.text),
    };
    format!("\u{201c}{words}\u{201d} ")
}

/// How far a message of one's own has come.
pub(crate) fn state(item: &MessageItem) -> String {
    match &item.state {
        None => String::new(),
        Some(SendState::Waiting) => "waiting".to_owned(),
        Some(SendState::Sending) => "sending".to_owned(),
        Some(SendState::Sent) => "sent".to_owned(),
        Some(SendState::Read) => "read".to_owned(),
        Some(SendState::Failed(why)) => format!("failed: {}", plain(&why.code)),
    }
}

/// How the phone stands to the server.
pub(crate) fn connection(state: &SyncState) -> &'static str {
    match state {
        SyncState::SignedOut => "signed out",
        SyncState::Suspended => "asleep",
        SyncState::Offline => "offline",
        SyncState::SigningIn => "signing in",
        SyncState::NeedsToken => "the server does not accept this user or app",
        SyncState::Connecting => "connecting",
        SyncState::CatchingUp => "catching up",
        SyncState::Live => "online",
        SyncState::Polling => "online, asking now and then",
        SyncState::Waiting { .. } => "no server, trying again",
        SyncState::Refused { .. } => "the server refuses this version",
    }
}

/// The last thing said in a thread.
pub(crate) fn preview(item: &ConversationItem) -> String {
    if let Opening::Failed(why) = &item.opening {
        return format!("refused: {}", plain(&why.code));
    }
    item.last_message.as_ref().map_or_else(String::new, |last| {
        let state = state(last);
        let state = if state.is_empty() { state } else { format!(" [{state}]") };
        format!("{}: {}{state}", author(last), words(last))
    })
}
