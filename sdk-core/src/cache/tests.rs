//! The store: the protocol's laws replayed, what waits is never lost, a damaged file is survived.

mod damage;
mod laws;
mod outbox;
mod property;
mod shares;
mod stretches;

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use tidings_protocol::Seq;
use tidings_protocol::app::{Bootstrap, Me, MessageList};
use tidings_protocol::change::UserChangePage;
use tidings_protocol::conversation::{Conversation, ConversationState, Receipts};
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::id::{AgentId, MessageId, UserId};
use tidings_protocol::message::{Author, Message, Part, Parts};
use tidings_protocol::text::{Name, Text};
use tidings_protocol::time::Timestamp;

use super::apply::apply_page;
use super::*;
use crate::error::{Error, ErrorCode, Refusal};
use crate::item::{Discarded, SendState};

fn cache(folder: &Path) -> Cache {
    Cache::new(folder.join("user.sqlite"), Dispatcher::default())
}

fn thread() -> ConversationId {
    ConversationId::from_parts(1, [1; 10])
}

fn id(number: u64) -> MessageId {
    MessageId::from_parts(number, [2; 10])
}

fn said(parts: Parts) -> Said {
    Said { parts, quote: None, context: None }
}

fn words(number: u64) -> Parts {
    Parts::text(Text::try_from(format!("message {number}")).unwrap())
}

#[derive(Clone, Copy)]
enum By {
    User,
    Agent,
}

fn message(number: u64, seq: Seq, by: By) -> Message {
    let author = match by {
        By::User => Author::User { id: UserId::from_parts(1, [0; 10]) },
        By::Agent => {
            Author::Agent { id: AgentId::from_parts(1, [0; 10]), name: Name::try_from("Ana").unwrap() }
        }
    };
    Message {
        id: id(number),
        conversation_id: thread(),
        seq,
        author,
        parts: words(number).into(),
        sent_at: Timestamp::from_unix_ms(seq * 1000),
        quote: None,
        edited_at: None,
        deleted_at: None,
    }
}

fn header(last: Option<Message>) -> Conversation {
    Conversation {
        id: thread(),
        title: None,
        state: ConversationState::Open,
        last_seq: last.as_ref().map_or(0, |message| message.seq),
        receipts: Receipts::default(),
        unread: 0,
        created_at: Timestamp::from_unix_ms(1),
        active_at: last.as_ref().map_or(Timestamp::from_unix_ms(1), |message| message.sent_at),
        merged_into: None,
        last_message: last,
    }
}

fn bootstrap(conversations: Vec<Conversation>, seq: Seq) -> Bootstrap {
    Bootstrap {
        version: 1,
        user: Me { id: UserId::from_parts(1, [0; 10]), anonymous: true, name: None },
        unread: conversations.iter().map(|header| header.unread).sum(),
        conversations,
        next: None,
        cursor: Cursor { epoch: Epoch::from_bits(7), seq },
    }
}

fn write<T>(cache: &Cache, work: impl FnOnce(&mut Write<'_>) -> Result<T, Fault>) -> T {
    cache.write(Durability::Power, work).unwrap()
}

fn items(cache: &Cache) -> Vec<crate::item::MessageItem> {
    cache.read(|c| window(c, thread(), Span::default(), 50, &BTreeSet::new())).unwrap().items
}

fn states(cache: &Cache) -> Vec<(MessageId, Option<Seq>, SendState)> {
    items(cache).into_iter().filter_map(|item| Some((item.id, item.seq, item.state?))).collect()
}

#[test]
fn an_echo_becomes_the_message_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(9, 1, By::Agent)))], 1)));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 5_000));
    assert_eq!(states(&cache), [(id(1), None, SendState::Waiting)]);
    assert_eq!(items(&cache).iter().map(|item| item.id).collect::<Vec<_>>(), [id(9), id(1)]);

    let page = UserChangePage {
        changes: vec![change(2, message(1, 2, By::User))],
        conversations: vec![header(Some(message(1, 2, By::User)))],
        cursor: Cursor { epoch: Epoch::from_bits(7), seq: 2 },
        more: false,
    };
    write(&cache, |w| apply_page(w, &page));
    assert_eq!(states(&cache), [(id(1), Some(2), SendState::Sent)]);
    assert!(cache.read(load_outbox).unwrap().is_empty(), "whoever brings it, the outbox knows");
    // The answer to the posting comes late and changes nothing.
    write(&cache, |w| confirm(w, &message(1, 2, By::User)));
    assert_eq!(items(&cache).len(), 2);
}

fn change(seq: Seq, message: Message) -> tidings_protocol::change::Change {
    tidings_protocol::change::Change {
        seq,
        kind: tidings_protocol::change::ChangeKind::MessageAdded,
        conversation_id: message.conversation_id,
        message: Some(message),
        note: None,
    }
}

#[test]
fn a_message_confirmed_ahead_of_the_feed_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::Agent)))], 1)));
    write(&cache, |w| enqueue_message(w, thread(), id(3), said(words(3)), 5_000));
    // An agent wrote number 2, which is still on its way here.
    write(&cache, |w| confirm(w, &message(3, 3, By::User)));
    let seqs: Vec<_> = items(&cache).iter().map(|item| item.seq).collect();
    assert_eq!(seqs, [Some(1), Some(3)]);
    write(&cache, |w| mark_read(w, thread()));
    let receipt = cache.read(pending_receipts).unwrap().remove(0);
    assert_eq!(receipt.read_seq, 1, "what stands in the hole was not seen");
}

#[test]
fn receipts_are_told_once_and_only_grow() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let start = Conversation { unread: 1, ..header(Some(message(1, 1, By::Agent))) };
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![start], 1)));
    let receipt = cache.read(pending_receipts).unwrap().remove(0);
    assert_eq!((receipt.delivered_seq, receipt.read_seq), (1, 0), "stored, so delivered");
    assert_eq!(cache.read(unread_total).unwrap(), 1);
    write(&cache, |w| mark_read(w, thread()));
    assert_eq!(cache.read(unread_total).unwrap(), 0, "shown at once");
    let receipt = cache.read(pending_receipts).unwrap().remove(0);
    write(&cache, |w| receipt_told(w, receipt));
    write(&cache, |w| mark_read(w, thread()));
    assert!(cache.read(pending_receipts).unwrap().is_empty());
}

#[test]
fn one_s_own_message_is_no_news_while_the_receipt_is_on_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let start = Conversation { unread: 1, ..header(Some(message(1, 1, By::Agent))) };
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![start], 1)));
    write(&cache, |w| mark_read(w, thread()));
    // The server has the answer and not the receipt: it still counts the message that was answered.
    let answered = Conversation { unread: 1, ..header(Some(message(2, 2, By::User))) };
    write(&cache, |w| confirm(w, &message(2, 2, By::User)));
    write(&cache, |w| put_header(w, &answered, Trust::InOrder));
    let shown = || {
        let total = cache.read(unread_total).unwrap();
        (total, cache.read(|c| list(c, &BTreeSet::new())).unwrap()[0].unread)
    };
    assert_eq!(shown(), (0, 0));
    let more = Conversation { unread: 2, ..header(Some(message(3, 3, By::Agent))) };
    write(&cache, |w| put_header(w, &more, Trust::InOrder));
    assert_eq!(shown(), (1, 1));
}

#[test]
fn an_answer_takes_the_place_of_a_header_only_when_it_is_surely_newer() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let open = header(Some(message(1, 1, By::Agent)));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![open.clone()], 1)));
    let closed = Conversation { state: ConversationState::Closed, ..open.clone() };
    write(&cache, |w| put_header(w, &closed, Trust::InOrder));
    let state = || cache.read(|c| super::header(c, thread())).unwrap().unwrap().state;
    write(&cache, |w| put_header(w, &open, Trust::AnyTime));
    assert_eq!(state(), ConversationState::Closed, "an answer that was overtaken by the feed");
    let later = Conversation { last_seq: 2, ..open };
    write(&cache, |w| put_header(w, &later, Trust::AnyTime));
    assert_eq!(state(), ConversationState::Open);
    write(&cache, |w| put_header(w, &closed, Trust::AnyTime));
    assert_eq!(state(), ConversationState::Open, "an older answer");
}

#[test]
fn one_s_own_message_needs_no_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::User)))], 1)));
    assert!(cache.read(pending_receipts).unwrap().is_empty());
}

#[test]
fn the_newest_message_is_found_without_reading_the_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let plan = |rest: &str| {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT m.id FROM messages m LEFT JOIN outbox o ON o.message = m.id {rest}"
        );
        cache.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let lines = statement.query_map(["x"], |row| row.get::<_, String>(3))?;
            Ok(lines.collect::<Result<Vec<_>, _>>()?.join("; "))
        })
    };
    for (rest, bounds) in [
        (messages::LAST_WAITING, "(conversation=? AND seq=?)"),
        (messages::LAST_STORED, "(conversation=? AND seq>?)"),
    ] {
        let plan = plan(rest).unwrap();
        assert!(plan.contains("INDEX messages_in_order") && plan.contains(bounds), "{plan}");
    }
    assert!(!plan(messages::LAST_STORED).unwrap().contains("TEMP B-TREE"), "in the order of the index");
}

/// A page that was asked for before an edit may come after the feed has told of it.
#[test]
fn an_older_state_of_a_message_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let first = message(1, 1, By::Agent);
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(first.clone()))], 1)));
    let at = |ms| Some(Timestamp::from_unix_ms(ms));
    let once = Message { parts: words(2).into(), edited_at: at(5), ..first.clone() };
    let twice = Message { parts: words(3).into(), edited_at: at(6), ..first.clone() };
    let gone = Message { parts: Vec::new(), deleted_at: at(4), ..first.clone() };
    for (comes, stays) in [
        (&once, &once),
        (&first, &once),
        (&twice, &twice),
        (&once, &twice),
        (&first, &twice),
        (&gone, &gone),
        (&twice, &gone),
        (&first, &gone),
    ] {
        write(&cache, |w| confirm(w, comes));
        let item = items(&cache).remove(0);
        assert_eq!((item.parts, item.deleted), (stays.parts.clone(), stays.deleted_at.is_some()));
    }
}

#[test]
fn a_part_of_a_later_version_survives_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let mut strange = message(1, 1, By::Agent);
    strange.parts = serde_json::from_str::<Vec<Part>>(r#"[{"type":"hologram","metres":2}]"#).unwrap();
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(strange.clone()))], 1)));
    assert_eq!(items(&cache)[0].parts, strange.parts);
}
