//! The store: the protocol's laws replayed, what waits is never lost, a damaged file is survived.

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
    Said { parts, quote: None }
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

#[derive(Deserialize)]
struct Law {
    before: Snapshot,
    changes: Vec<UserChangePage>,
    after: Snapshot,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Snapshot {
    conversations: Vec<Conversation>,
    messages: BTreeMap<ConversationId, Vec<Message>>,
    cursor: Cursor,
}

/// What the store holds, as the server writes it.
fn snapshot(cache: &Cache, like: &Snapshot) -> Snapshot {
    cache
        .read(|connection| {
            let listed = list(connection, &BTreeSet::new())?;
            let headers = listed.iter().map(|item| super::header(connection, item.id).map(Option::unwrap));
            let mut messages = BTreeMap::new();
            for id in like.messages.keys() {
                let mut statement = connection.prepare(
                    "SELECT id, seq, author, parts, sent_ms, edited_ms, deleted_ms, quote FROM messages
                     WHERE conversation = ?1 ORDER BY seq",
                )?;
                let rows = statement.query_map([id.to_string()], |row| {
                    Ok(Message {
                        id: row.get::<_, String>(0)?.parse().unwrap(),
                        conversation_id: *id,
                        seq: row.get(1)?,
                        author: serde_json::from_str(&row.get::<_, String>(2)?).unwrap(),
                        parts: serde_json::from_str(&row.get::<_, String>(3)?).unwrap(),
                        sent_at: Timestamp::from_unix_ms(row.get(4)?),
                        quote: row.get::<_, Option<String>>(7)?.map(|id| id.parse().unwrap()),
                        edited_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_unix_ms),
                        deleted_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_unix_ms),
                    })
                })?;
                messages.insert(*id, rows.collect::<Result<_, _>>()?);
            }
            Ok(Snapshot {
                conversations: headers.collect::<Result<_, _>>()?,
                messages,
                cursor: cursor(connection)?.unwrap(),
            })
        })
        .unwrap()
}

/// The same as the phone keeps it: where somebody is, their message alone says.
fn on_the_phone(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        conversations: snapshot
            .conversations
            .iter()
            .map(|one| conversations::kept(one).into_owned())
            .collect(),
        messages: snapshot.messages.clone(),
        cursor: snapshot.cursor,
    }
}

fn load(cache: &Cache, snapshot: &Snapshot) {
    let start = Bootstrap { cursor: snapshot.cursor, ..bootstrap(snapshot.conversations.clone(), 0) };
    write(cache, |write| {
        apply_bootstrap(write, &start)?;
        for (id, messages) in &snapshot.messages {
            let list = MessageList { messages: messages.clone(), more: false };
            apply_messages(write, *id, &list)?;
        }
        Ok(())
    });
}

#[test]
fn state_and_changes_make_the_next_state_for_every_law() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/fixtures/laws");
    let mut laws = 0;
    for entry in std::fs::read_dir(&folder).expect("the laws lie in protocol/fixtures/laws") {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".user.json") {
            continue;
        }
        let law: Law = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let store = tempfile::tempdir().unwrap();
        let cache = cache(store.path());
        load(&cache, &law.before);
        assert_eq!(snapshot(&cache, &law.before), on_the_phone(&law.before), "{}: before", path.display());
        // Twice: a page that comes again changes nothing.
        for page in law.changes.iter().chain(&law.changes) {
            write(&cache, |write| apply_page(write, page));
        }
        assert_eq!(snapshot(&cache, &law.after), on_the_phone(&law.after), "{}: after", path.display());
        laws += 1;
    }
    assert!(laws >= 5, "only {laws} laws in {}", folder.display());
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
fn beginning_again_keeps_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let other = ConversationId::from_parts(2, [9; 10]);
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::Agent)))], 1)));
    write(&cache, |w| enqueue_message(w, thread(), id(2), said(words(2)), 5_000));
    write(&cache, |w| enqueue_open(w, other, None, 6_000));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), 3)));
    let waiting: Vec<_> = cache.read(load_outbox).unwrap().iter().map(|item| item.conversation).collect();
    assert_eq!(waiting, [thread(), other]);
    assert_eq!(states(&cache), [(id(2), None, SendState::Waiting)]);
    assert_eq!(items(&cache).len(), 1, "the server's messages are of another history");
}

#[test]
fn a_refused_conversation_goes_with_its_last_message() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    let opening = cache.read(load_outbox).unwrap()[0];
    let refusal = Refusal { code: "limit_reached".to_owned(), message: "too many".to_owned() };
    write(&cache, |w| refuse(w, opening, &refusal));
    assert_eq!(states(&cache), [(id(1), None, SendState::Failed(refusal))]);
    assert_eq!(write(&cache, |w| discard(w, thread(), id(1))), Discarded::Removed);
    assert!(cache.read(|c| list(c, &BTreeSet::new())).unwrap().is_empty());
    assert!(cache.read(load_outbox).unwrap().is_empty());
}

#[test]
fn a_new_message_asks_again_for_a_refused_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    let opening = cache.read(load_outbox).unwrap()[0];
    write(&cache, |w| refuse(w, opening, &Refusal { code: "x".to_owned(), message: String::new() }));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    assert!(cache.read(load_outbox).unwrap().iter().all(|item| item.state == OutboxState::Ready));
}

#[test]
fn a_message_whose_id_is_taken_is_sent_again_under_another() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(None)], 1)));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    let taken = Refusal { code: "id_conflict".to_owned(), message: String::new() };
    let item = cache.read(load_outbox).unwrap()[0];
    write(&cache, |w| refuse(w, item, &taken));
    assert_eq!(write(&cache, |w| retry(w, thread(), id(1), id(2))), id(2));
    assert_eq!(states(&cache), [(id(2), None, SendState::Waiting)]);
    let item = cache.read(load_outbox).unwrap()[0];
    assert_eq!(item.kind, OutboxKind::Message(id(2)));
    let kept = cache.read(|c| payload(c, item.op)).unwrap();
    assert_eq!(kept, Some(Payload::Message { id: id(2), conversation: thread(), said: said(words(1)) }));
}

#[test]
fn a_conversation_whose_id_is_taken_says_that_it_cannot_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    let opening = cache.read(load_outbox).unwrap()[0];
    write(&cache, |w| {
        refuse(w, opening, &Refusal { code: "id_conflict".to_owned(), message: String::new() })
    });
    let again = cache.write(Durability::Power, |w| retry(w, thread(), id(1), id(2)));
    assert_eq!(Error::from(again.unwrap_err()).code(), ErrorCode::Refused);
    assert!(matches!(states(&cache)[..], [(_, None, SendState::Failed(_))]), "it can still be discarded");
}

#[test]
fn what_was_sent_cannot_be_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(message(1, 1, By::User)))], 1)));
    assert_eq!(write(&cache, |w| discard(w, thread(), id(1))), Discarded::TooLate);
    let unknown = cache.write(Durability::Crash, |w| discard(w, thread(), id(7)));
    assert!(matches!(unknown, Err(Fault::NotFound(_))));
}

#[test]
fn nothing_is_written_into_a_conversation_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    let refused = cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    assert!(matches!(refused, Err(Fault::NotFound(_))));
    assert!(cache.read(load_outbox).unwrap().is_empty());
}

#[test]
fn an_ended_store_answers_closed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    cache.end();
    assert!(matches!(cache.read(load_outbox), Err(Fault::Closed)));
    assert!(matches!(cache.write(Durability::Crash, |_| Ok(())), Err(Fault::Closed)));
}

/// Overwrites everything but what the outbox's own pages hold.
fn damage(path: &Path) {
    let root: i64 = open::reader(path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'", [], |row| row.get(0))
        .unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let page = usize::try_from(root - 1).unwrap() * 4096;
    bytes[page..page + 4096].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_store_is_rebuilt_around_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    for number in 1..=3 {
        write(&cache, |w| enqueue_message(w, thread(), id(number), said(words(number)), 2));
    }
    write(&cache, |w| discard(w, thread(), id(1)));
    write(&cache, |w| set_draft(w, thread(), "begun", 3));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), 3)));
    write(&cache, |w| put_amendment(w, thread(), id(9), &Amend::TakeBack, 3));
    let before = cache.read(load_outbox).unwrap();
    damage(&folder.path().join("user.sqlite"));
    let broken = cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(4), said(words(4)), 3));
    assert!(broken.is_err(), "what was asked of the damaged store did not happen, and says so");
    assert_eq!(cache.read(load_outbox).unwrap(), before, "a posting that is under way still finds its row");
    assert_eq!(states(&cache).len(), 2, "echoes included");
    assert_eq!(cache.read(|c| draft(c, thread())).unwrap().as_deref(), Some("begun"));
    assert_eq!(cache.read(next_amendment).unwrap().map(|amendment| amendment.message), Some(id(9)));
    assert_eq!(cache.read(cursor).unwrap(), None, "the rest comes from the server again");
    write(&cache, |w| enqueue_message(w, thread(), id(4), said(words(4)), 3));
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

#[test]
fn a_full_phone_refuses_what_it_cannot_keep_and_goes_on_reading() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    cache.set_between(Between::KeepOpen);
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    // No page more than there are.
    let full = |connection: &Connection| connection.execute_batch("PRAGMA max_page_count = 1").unwrap();
    full(cache.writer.lock().unwrap().as_ref().unwrap());
    let long = Parts::text(Text::try_from("x".repeat(16_000)).unwrap());
    let refused =
        cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(2), said(long.clone()), 3));
    let error = Error::from(refused.unwrap_err());
    assert_eq!((error.code(), error.retryable()), (ErrorCode::StorageFull, true));
    assert_eq!(states(&cache), [(id(1), None, SendState::Waiting)], "nothing of it was accepted");
    // There is space again.
    write(&cache, |w| enqueue_message(w, thread(), id(2), said(long), 3));
    assert_eq!(states(&cache).len(), 2);
}

#[test]
fn a_store_of_the_first_version_gets_its_words_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("user.sqlite");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema/0001_init.sql")).unwrap();
    old.execute_batch(
        "PRAGMA user_version = 1;
         INSERT INTO conversations (id, created_ms, active_ms) VALUES ('cnv_00000000010410410g2081040g', 1, 1);",
    )
    .unwrap();
    let row = message(1, 1, By::Agent);
    old.execute(
        "INSERT INTO messages (id, conversation, seq, author, parts, sent_ms) VALUES (?1, ?2, 1, ?3, ?4, 1)",
        (
            row.id.to_string(),
            row.conversation_id.to_string(),
            serde_json::to_string(&row.author).unwrap(),
            serde_json::to_string(&row.parts).unwrap(),
        ),
    )
    .unwrap();
    drop(old);
    let cache = cache(folder.path());
    let found = |words: &str| {
        cache
            .read(|c| search(c, words, None, 10, &BTreeSet::new()))
            .unwrap()
            .iter()
            .map(|item| item.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("MESS"), [id(1)]);
    // An edit changes what is found, an end takes it away.
    let edited = Message { parts: words(7).into(), ..message(1, 1, By::Agent) };
    write(&cache, |w| confirm(w, &edited));
    assert_eq!((found("1"), found("7")), (vec![], vec![id(1)]));
    let deleted = Message { parts: Vec::new(), deleted_at: Some(Timestamp::from_unix_ms(5)), ..edited };
    write(&cache, |w| confirm(w, &deleted));
    assert!(found("message").is_empty());
    // The first screen, and another history.
    for cursor in [3, 4] {
        write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), cursor)));
    }
    let left: i64 =
        cache.read(|c| Ok(c.query_row("SELECT count(*) FROM searchable", [], |row| row.get(0))?)).unwrap();
    assert_eq!(left, 0);
    write(&cache, |w| Ok(w.execute_batch("INSERT INTO words (words) VALUES ('integrity-check')")?));
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
fn in_the_background_a_store_is_closed_after_each_use() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    cache.set_between(Between::Close);
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    cache.read(load_outbox).unwrap();
    assert!(cache.writer.lock().unwrap().is_none() && cache.readers.lock().unwrap().is_empty());
    cache.set_between(Between::KeepOpen);
    cache.read(load_outbox).unwrap();
    assert!(cache.writer.lock().unwrap().is_some());
}

#[test]
fn a_file_that_is_no_store_at_all_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("user.sqlite"), vec![42; 9000]).unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, 1));
    assert_eq!(cache.read(load_outbox).unwrap().len(), 1);
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

/// One thing that happens to a phone and its server.
#[derive(Debug, Clone, Copy)]
enum Step {
    Write,
    /// The server takes the first waiting row; the phone may or may not hear of it.
    Take {
        heard: bool,
    },
    Refuse,
    /// The feed brings everything that the server has.
    Feed,
    Retry,
    Discard,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Write),
        3 => any::<bool>().prop_map(|heard| Step::Take { heard }),
        1 => Just(Step::Refuse),
        2 => Just(Step::Feed),
        1 => Just(Step::Retry),
        1 => Just(Step::Discard),
    ]
}

/// A phone that dies after every step, and its server.
struct World {
    folder: tempfile::TempDir,
    server: Vec<Message>,
    opened: bool,
    written: Vec<MessageId>,
    discarded: Vec<MessageId>,
}

impl World {
    fn first(&self, cache: &Cache, state: OutboxState) -> Option<OutboxItem> {
        let _ = self;
        cache.read(load_outbox).unwrap().into_iter().find(|item| item.state == state)
    }

    fn take(&mut self, step: Step) {
        let cache = cache(self.folder.path());
        match step {
            Step::Write => {
                let number = u64::try_from(self.written.len()).unwrap() + 1;
                if number == 1 {
                    write(&cache, |w| enqueue_open(w, thread(), None, 1));
                }
                write(&cache, |w| enqueue_message(w, thread(), id(number), said(words(number)), 1));
                self.written.push(id(number));
            }
            Step::Take { heard } => {
                let Some(item) = self.first(&cache, OutboxState::Ready) else { return };
                match cache.read(|c| payload(c, item.op)).unwrap().unwrap() {
                    Payload::Open { .. } => self.opened = true,
                    Payload::Message { id, said: Said { parts, .. }, .. } => {
                        assert!(self.opened, "a message came before its conversation");
                        if self.server.iter().all(|message| message.id != id) {
                            let seq = Seq::try_from(self.server.len()).unwrap() + 1;
                            let sent = Message { id, parts: parts.into(), ..message(0, seq, By::User) };
                            self.server.push(sent);
                        }
                        let sent = self.server.iter().find(|message| message.id == id).unwrap();
                        if heard {
                            write(&cache, |w| confirm(w, sent));
                        }
                        return;
                    }
                }
                if heard {
                    write(&cache, |w| {
                        put_header(w, &super::tests::header(self.server.last().cloned()), Trust::AnyTime)?;
                        remove(w, item.op)
                    });
                }
            }
            Step::Refuse => {
                let Some(item) = self.first(&cache, OutboxState::Ready) else { return };
                write(&cache, |w| refuse(w, item, &Refusal { code: "x".to_owned(), message: String::new() }));
            }
            Step::Feed => {
                if !self.opened {
                    return;
                }
                let changes =
                    self.server.iter().map(|message| change(message.seq, message.clone())).collect();
                let page = UserChangePage {
                    changes,
                    conversations: vec![header(self.server.last().cloned())],
                    cursor: Cursor { epoch: Epoch::from_bits(7), seq: 1 },
                    more: false,
                };
                write(&cache, |w| apply_page(w, &page));
            }
            Step::Retry | Step::Discard => {
                let Some(item) = self.first(&cache, OutboxState::Failed) else { return };
                let OutboxKind::Message(id) = item.kind else { return };
                if matches!(step, Step::Retry) {
                    assert_eq!(write(&cache, |w| retry(w, thread(), id, super::tests::id(999))), id);
                } else if self.written.len() > 1 {
                    write(&cache, |w| discard(w, thread(), id));
                    self.discarded.push(id);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_phone_that_dies_after_every_step_loses_and_doubles_nothing(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut world =
            World { folder, server: Vec::new(), opened: false, written: Vec::new(), discarded: Vec::new() };
        for step in steps {
            world.take(step);
            let cache = cache(world.folder.path());
            let queued: Vec<_> = cache.read(load_outbox).unwrap().into_iter().collect();
            let shown = items(&cache);
            let mut unique: Vec<_> = shown.iter().map(|item| item.id).collect();
            unique.sort();
            unique.dedup();
            prop_assert_eq!(unique.len(), shown.len(), "a message stands twice");
            for id in &world.written {
                let in_outbox = queued.iter().any(|item| item.kind == OutboxKind::Message(*id));
                let confirmed = shown.iter().any(|item| item.id == *id && item.seq.is_some());
                let gone = world.discarded.contains(id);
                prop_assert!(gone || (in_outbox != confirmed), "{id}: outbox {in_outbox}, confirmed {confirmed}");
            }
        }
    }
}
