//! Law 5: state before + changes = state after, for every command.
//!
//! Each command leaves its proof in `protocol/fixtures/laws/` - one for the user's side, one for the team's - and
//! clients replay the same files. `UPDATE_FIXTURES=1` writes them; without it they must be what is produced.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::change::{Catchup, Change, ChangeKind, ChangePage, Note};
use tidings_protocol::conversation::{Conversation, ConversationState, InboxConversation, Priority};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::held::HoldUntil;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::inbox::{HandOverNote, SeenAssignee, View};
use tidings_protocol::message::{Message, Parts};
use tidings_protocol::time::Timestamp;
use tidings_store::assigning::ReturnFromAway;
use tidings_store::availability::HandOver;
use tidings_store::conversations::{Assign, HandTo, OpenConversation, SetState};
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::held::{Hands, HoldReply, ReturnReply, SendHeld, SetSendTime, WithdrawReply};
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::notes::AppendNote;
use tidings_store::priority::SetPriority;
use tidings_store::receipts::{MoveTeamReceipt, MoveUserReceipt};
use tidings_store::snooze::WakeConversation;
use tidings_store::tags::ChangeTags;
use tidings_store::users::{Identity, UpsertUser};

use crate::amend::{delete, edit};
use crate::live_places::{end, moves, parts};
use crate::shifts::back;
use crate::trial::{Trial, World, name};

/// Everything that one side knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State<C> {
    conversations: Vec<C>,
    messages: BTreeMap<String, Vec<Message>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<BTreeMap<String, Vec<Note>>>,
    cursor: Cursor,
}

/// A proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Law<C> {
    before: State<C>,
    changes: Vec<ChangePage<C>>,
    after: State<C>,
}

/// What a list sorts headers by.
trait Header: Clone {
    fn id(&self) -> ConversationId;
    fn active_at(&self) -> Timestamp;
}

impl Header for Conversation {
    fn id(&self) -> ConversationId {
        self.id
    }

    fn active_at(&self) -> Timestamp {
        self.active_at
    }
}

impl Header for InboxConversation {
    fn id(&self) -> ConversationId {
        self.id
    }

    fn active_at(&self) -> Timestamp {
        self.active_at
    }
}

/// A client in a few lines: what `docs/protocol.md` says of applying a page.
fn apply<C: Header>(state: &mut State<C>, page: &ChangePage<C>) {
    for change in &page.changes {
        apply_change(state, change);
    }
    for header in &page.conversations {
        state.conversations.retain(|known| known.id() != header.id());
        state.conversations.push(header.clone());
        state.messages.entry(header.id().to_string()).or_default();
        if let Some(notes) = &mut state.notes {
            notes.entry(header.id().to_string()).or_default();
        }
    }
    state.conversations.sort_by_key(|header| std::cmp::Reverse((header.active_at(), header.id())));
    state.cursor = page.cursor;
}

fn apply_change<C: Header>(state: &mut State<C>, change: &Change) {
    let thread = change.conversation_id.to_string();
    if change.kind == ChangeKind::ConversationErased {
        state.conversations.retain(|known| known.id() != change.conversation_id);
        state.messages.remove(&thread);
        state.notes.iter_mut().for_each(|notes| drop(notes.remove(&thread)));
        return;
    }
    if let Some(message) = &change.message {
        let messages = state.messages.entry(thread.clone()).or_default();
        messages.retain(|known| known.id != message.id);
        messages.push(message.clone());
        messages.sort_by_key(|message| message.seq);
    }
    if let (Some(note), Some(notes)) = (&change.note, &mut state.notes) {
        let notes = notes.entry(thread).or_default();
        notes.retain(|known| known.id != note.id);
        notes.push(note.clone());
        notes.sort_by_key(|note| (note.after_seq, note.id));
    }
}

async fn user_state(t: &Trial, w: &World) -> State<Conversation> {
    let snapshot = t.db.user_bootstrap(w.user, 100).await.unwrap();
    let mut messages = BTreeMap::new();
    for conversation in &snapshot.conversations {
        let list = t.db.messages(conversation.id, Range::After(0), 100).await.unwrap();
        messages.insert(conversation.id.to_string(), list.messages);
    }
    State { conversations: snapshot.conversations, messages, notes: None, cursor: snapshot.cursor }
}

async fn team_state(t: &Trial, w: &World) -> State<InboxConversation> {
    let snapshot = t.db.agent_bootstrap(w.ana, 100).await.unwrap();
    let mut conversations = snapshot.conversations;
    for view in [View::Snoozed, View::Closed] {
        conversations.extend(t.db.team_conversations(w.ana, view, None, 100).await.unwrap().0);
    }
    conversations.sort_by_key(|header| std::cmp::Reverse((header.active_at, header.id)));
    let (mut messages, mut notes) = (BTreeMap::new(), BTreeMap::new());
    for conversation in &conversations {
        let thread = t.db.thread(w.ana, conversation.id, Range::After(0), 100).await.unwrap().unwrap();
        messages.insert(conversation.id.to_string(), thread.messages);
        notes.insert(conversation.id.to_string(), thread.notes);
    }
    State { conversations, messages, notes: Some(notes), cursor: snapshot.teams[0].cursor }
}

async fn user_changes(t: &Trial, w: &World, mut after: Cursor) -> Vec<ChangePage<Conversation>> {
    let mut pages = Vec::new();
    loop {
        // Small pages, so that headers are ahead of them.
        let Catchup::Changes(page) = t.db.user_changes(w.user, after, 1).await.unwrap() else {
            panic!("reset")
        };
        after = page.cursor;
        let more = page.more;
        pages.push(page);
        if !more {
            return pages;
        }
    }
}

async fn team_changes(t: &Trial, w: &World, mut after: Cursor) -> Vec<ChangePage<InboxConversation>> {
    let mut pages = Vec::new();
    loop {
        let Catchup::Changes(page) = t.db.team_changes(w.team, after, 1).await.unwrap() else {
            panic!("reset")
        };
        after = page.cursor;
        let more = page.more;
        pages.push(page);
        if !more {
            return pages;
        }
    }
}

fn check<C: Header + PartialEq + std::fmt::Debug>(law: &Law<C>, name: &str) {
    let mut state = law.before.clone();
    for page in &law.changes {
        apply(&mut state, page);
    }
    assert_eq!(state, law.after, "{name}: state + changes = state");
    for page in &law.changes {
        apply(&mut state, page);
    }
    assert_eq!(state, law.after, "{name}: applying twice ends the same");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../protocol/fixtures/laws")
}

fn keep<C: Serialize>(law: &Law<C>, name: &str) {
    let path = folder().join(name);
    let text = serde_json::to_string_pretty(law).unwrap() + "\n";
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run the tests with UPDATE_FIXTURES=1", path.display()));
    assert!(
        kept == text,
        "{} is not what the store produces; run with UPDATE_FIXTURES=1\n{text}",
        path.display()
    );
}

/// A conversation in which both sides and a colleague have written.
async fn conversation(t: &Trial, w: &World) -> ConversationId {
    let id = t.open_conversation(w.user).await.id;
    t.send(id, w.user(), "Where is my order?").await;
    t.send(id, w.ana(), "On its way.").await;
    t.note(id, w.ben, "Shipped on Friday.").await;
    t.send(id, w.user(), "Thanks!").await;
    // What happens elsewhere must not show.
    let other = t.open_conversation(w.other_user).await.id;
    t.send(other, w.other_user(), "Somebody else's.").await;
    id
}

async fn message(t: &Trial, id: ConversationId, seq: Seq) -> Message {
    t.db.messages(id, Range::After(seq - 1), 1).await.unwrap().messages.remove(0)
}

fn sharing(t: &Trial, w: &World, id: ConversationId) -> AppendMessage {
    AppendMessage { parts: parts(900), ..t.message(id, w.user(), "x") }
}

async fn share_and_move(t: &Trial, w: &World, id: ConversationId) {
    let sent = t.db.write(sharing(t, w, id)).await.unwrap().value;
    t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
}

/// The reply that is held.
fn held_id() -> MessageId {
    MessageId::from_parts(7, [7; 10])
}

fn assigned(t: &Trial, w: &World, id: ConversationId) -> Assign {
    Assign { actor: w.ana(), conversation_id: id, assignee: Some(w.ben), now: t.now() }
}

/// The user's other conversation.
async fn second(t: &Trial, w: &World, id: ConversationId) -> ConversationId {
    let all = t.db.user_conversations(w.user, None, 10).await.unwrap().0;
    all.iter().map(|row| row.id).find(|known| *known != id).unwrap()
}

async fn close(t: &Trial, w: &World, id: ConversationId) {
    let state = ConversationState::Closed;
    t.db.write(SetState { actor: w.ana(), conversation_id: id, state, now: t.now() }).await.unwrap();
}

/// Proves the law for one command on both sides.
macro_rules! law_5 {
    ($($name:ident: |$t:ident, $w:ident, $id:ident| before $before:block command $command:expr;)*) => {
        both! {$(
            async fn $name($t) {
                let $w = $t.world().await;
                let $id = conversation($t, &$w).await;
                $before
                let user = user_state($t, &$w).await;
                let team = team_state($t, &$w).await;
                $t.db.write($command).await.unwrap();
                let word = stringify!($name).trim_start_matches("law_5_");
                let changes = user_changes($t, &$w, user.cursor).await;
                let law = Law { before: user, changes, after: user_state($t, &$w).await };
                check(&law, word);
                keep(&law, &format!("{word}.user.json"));
                let changes = team_changes($t, &$w, team.cursor).await;
                let law = Law { before: team, changes, after: team_state($t, &$w).await };
                check(&law, word);
                keep(&law, &format!("{word}.team.json"));
            }
        )*}
    };
}

law_5! {
    law_5_open_conversation: |t, w, _id| before {}
        command OpenConversation { id: t.id(), user_id: w.user, title: Some(name("Another")), now: t.now() };
    law_5_send_message: |t, w, id| before {}
        command t.message(id, w.user(), "One more question");
    law_5_send_message_into_closed: |t, w, id| before { close(t, &w, id).await; }
        command t.message(id, w.user(), "It is not solved");
    law_5_reply: |t, w, id| before {}
        command AppendMessage { seen_seq: Some(3), ..t.message(id, w.ana(), "You are welcome") };
    law_5_quote: |t, w, id| before {}
        command AppendMessage {
            quote: Some(message(t, id, 3).await.id), ..t.message(id, w.ana(), "You are welcome")
        };
    law_5_edit_message: |t, w, id| before {}
        command edit(t, &message(t, id, 3).await, w.user(), "Thank you!");
    law_5_edit_reply: |t, w, id| before {}
        command edit(t, &message(t, id, 2).await, w.ana(), "It left on Friday.");
    law_5_delete_message: |t, w, id| before {}
        command delete(t, &message(t, id, 3).await, w.user());
    law_5_delete_reply: |t, w, id| before {}
        command delete(t, &message(t, id, 2).await, w.ana());
    law_5_share_place: |t, w, id| before {}
        command sharing(t, &w, id);
    law_5_move_place: |t, w, id| before { t.db.write(sharing(t, &w, id)).await.unwrap(); }
        command moves(&message(t, id, 4).await, w.user(), 1, t.now());
    law_5_end_place: |t, w, id| before { share_and_move(t, &w, id).await; }
        command end(&message(t, id, 4).await, w.user(), t.now());
    law_5_write_note: |t, w, id| before {}
        command AppendNote {
            id: t.id(), conversation_id: id, agent_id: w.ana, text: name("A regular customer"), mentions: Vec::new(),
            now: t.now(),
        };
    law_5_mention_colleague: |t, w, id| before {}
        command t.mentioning(id, w.ana, &[w.ben]);
    law_5_read_mention: |t, w, id| before { t.db.write(t.mentioning(id, w.ana, &[w.ben])).await.unwrap(); }
        command t.read_mention(id, w.ben).await;
    law_5_assign: |t, w, id| before {}
        command assigned(t, &w, id);
    law_5_hand_over: |t, w, id| before { t.db.write(assigned(t, &w, id)).await.unwrap(); }
        command HandOver { agent_id: w.ben, to: Some(w.ana), note: None, told: false, now: t.now() };
    law_5_hand_over_with_a_note: |t, w, id| before { t.db.write(assigned(t, &w, id)).await.unwrap(); }
        command HandOver {
            agent_id: w.ben, to: Some(w.ana), note: Some(name("Back on Monday.")), told: false, now: t.now(),
        };
    law_5_hand_to_with_a_note: |t, w, id| before {}
        command HandTo {
            assign: assigned(t, &w, id), seen: Some(SeenAssignee { agent_id: None }),
            note: Some(HandOverNote { id: t.id(), text: name("She prefers to be called.") }),
        };
    law_5_assign_by_rule: |t, w, id| before {}
        command t.by_rule(id, w.ben);
    law_5_return_from_away: |t, w, id| before {
            t.send(id, w.user(), "Is anybody there?").await;
            t.db.write(assigned(t, &w, id)).await.unwrap();
            t.goes_away(w.ben, None).await;
        }
        command ReturnFromAway { conversation_id: id, agent_id: w.ben, now: t.now() };
    law_5_return_at_close: |t, w, id| before {
            t.send(id, w.user(), "Is anybody there?").await;
            t.db.write(assigned(t, &w, id)).await.unwrap();
        }
        command back(id, w.ben, t.now().plus_ms(3_600_000));
    law_5_close: |t, w, id| before {}
        command SetState {
            actor: w.ana(), conversation_id: id, state: ConversationState::Closed, now: t.now(),
        };
    law_5_reopen: |t, w, id| before { close(t, &w, id).await; }
        command SetState { actor: w.ben(), conversation_id: id, state: ConversationState::Open, now: t.now() };
    law_5_snooze: |t, w, id| before {}
        command t.snooze(id, w.ana(), Some(t.later(3_600_000)));
    law_5_snooze_again: |t, w, id| before { t.put_aside(id, w.ana()).await; }
        command t.snooze(id, w.ana(), Some(t.later(7_200_000)));
    law_5_unsnooze: |t, w, id| before { t.put_aside(id, w.ana()).await; }
        command t.snooze(id, w.ben(), None);
    law_5_wake: |t, w, id| before { t.put_aside(id, w.ana()).await; }
        command {
            let until = t.db.team_conversation(w.ana, id).await.unwrap().unwrap().snoozed_until.unwrap();
            WakeConversation { conversation_id: id, until, now: t.now() }
        };
    law_5_send_message_into_snoozed: |t, w, id| before { t.put_aside(id, w.ana()).await; }
        command t.message(id, w.user(), "It has come!");
    law_5_reply_into_snoozed: |t, w, id| before { t.put_aside(id, w.ana()).await; }
        command t.message(id, w.ana(), "Has it come?");
    law_5_close_snoozed: |t, w, id| before { t.put_aside(id, w.ana()).await; }
        command SetState {
            actor: w.ana(), conversation_id: id, state: ConversationState::Closed, now: t.now(),
        };
    law_5_merge: |t, w, id| before { t.open_conversation(w.user).await; }
        command t.merging(id, w.ana(), Some(second(t, &w, id).await));
    law_5_unmerge: |t, w, id| before {
            t.open_conversation(w.user).await;
            t.merge_into(&w, id, second(t, &w, id).await).await;
        }
        command t.merging(id, w.ben(), None);
    law_5_send_message_into_merged: |t, w, id| before {
            t.open_conversation(w.user).await;
            t.merge_into(&w, id, second(t, &w, id).await).await;
        }
        command t.message(id, w.user(), "One more question");
    law_5_hold_reply: |t, w, id| before {}
        command t.hold(id, w.ana, "You are welcome", HoldUntil::Seconds { seconds: 5 });
    law_5_withdraw_reply: |t, w, id| before {
            t.db.write(HoldReply { id: held_id(), ..t.hold(id, w.ana, "You are welcome", HoldUntil::Approval) }).await.unwrap();
        }
        command WithdrawReply {
            id: held_id(), conversation_id: id, agent_id: w.ben, hands: Hands::Any, now: t.now(),
        };
    law_5_set_send_time: |t, w, id| before {
            t.db.write(HoldReply { id: held_id(), ..t.hold(id, w.ana, "You are welcome", HoldUntil::Seconds { seconds: 5 }) }).await.unwrap();
        }
        command SetSendTime {
            id: held_id(), conversation_id: id, agent_id: w.ana, send_at: t.later(3_600_000), now: t.now(),
            job_id: t.id(),
        };
    law_5_release_reply: |t, w, id| before {
            let hold = t.hold(id, w.ana, "You are welcome", HoldUntil::Seconds { seconds: 5 });
            t.db.write(HoldReply { id: held_id(), then_close: true, ..hold }).await.unwrap();
        }
        command t.release(&w, id, held_id()).await;
    law_5_release_reply_that_was_overtaken: |t, w, id| before {
            let hold = t.hold(id, w.ana, "You are welcome", HoldUntil::Seconds { seconds: 5 });
            t.db.write(HoldReply { id: held_id(), ..hold }).await.unwrap();
            t.send(id, w.user(), "And the other one?").await;
        }
        command t.release(&w, id, held_id()).await;
    law_5_approve_reply: |t, w, id| before {
            t.db.write(HoldReply { id: held_id(), ..t.hold(id, w.ana, "You are welcome", HoldUntil::Approval) }).await.unwrap();
        }
        command SendHeld {
            conversation_id: id, id: held_id(), agent_id: w.ben, seen_seq: Some(3),
            parts: Some(Parts::text(name("With pleasure."))), now: t.now(), job_id: t.id(),
        };
    law_5_return_reply: |t, w, id| before {
            t.db.write(HoldReply { id: held_id(), ..t.hold(id, w.ana, "You are welcome", HoldUntil::Approval) }).await.unwrap();
        }
        command ReturnReply {
            id: held_id(), conversation_id: id, agent_id: w.ben, note: name("Warmer, please."), now: t.now(),
        };
    law_5_send_message_while_a_reply_waits: |t, w, id| before {
            t.db.write(HoldReply { id: held_id(), ..t.hold(id, w.ana, "You are welcome", HoldUntil::Seconds { seconds: 5 }) }).await.unwrap();
        }
        command t.message(id, w.user(), "One more question");
    law_5_set_priority: |t, w, id| before {}
        command SetPriority {
            actor: w.ana(), conversation_id: id, priority: Priority::Urgent, now: t.now(),
        };
    law_5_change_tags: |t, w, id| before { t.tag(id, w.ana(), &["Refund", "VIP"], &[]).await; }
        command ChangeTags {
            actor: w.ana(), conversation_id: id, add: vec![name("Réclamation")], remove: vec![name("refund")],
            now: t.now(),
        };
    law_5_move_receipt: |t, w, id| before {}
        command MoveUserReceipt {
            user_id: w.user, conversation_id: id, delivered_seq: 3, read_seq: 2, from: None,
            now: t.now(),
        };
    law_5_move_team_receipt: |t, w, id| before {}
        command MoveTeamReceipt { agent_id: w.ana, conversation_id: id, read_seq: 3, now: t.now() };
    law_5_upsert_user: |t, w, _id| before {}
        command UpsertUser {
            app_id: w.app, user_id: t.id(), external_id: name("customer-1"), name: Some(name("Zoé")),
            email: Some("zoe@example.org".parse().unwrap()), now: t.now(),
        };
    law_5_sign_in: |t, w, _id| before {}
        command t.sign_in(w.app, Identity::Known {
            external_id: name("customer-1"), name: Some(name("Zoé")), email: None, key_id: None,
        });
}

/// Erasing takes several commands.
mod erasing {
    use super::*;

    both! {
        /// Of the user nothing is left, so there is a team's side only.
        async fn law_5_erase_user(t) {
            let w = t.world().await;
            conversation(t, &w).await;
            let before = team_state(t, &w).await;
            t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
            while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
            let changes = team_changes(t, &w, before.cursor).await;
            let law = Law { before, changes, after: team_state(t, &w).await };
            check(&law, "erase_user");
            keep(&law, "erase_user.team.json");
        }
    }
}

/// Merging needs two users.
mod merging {
    use super::*;

    both! {
        async fn law_5_merge_user(t) {
            let w = t.world().await;
            conversation(t, &w).await;
            let anonymous = crate::merge::Anonymous::begin(t, &w).await;
            let (user, team) = (user_state(t, &w).await, team_state(t, &w).await);
            t.db.write(anonymous.merge(t, &w)).await.unwrap();
            let changes = user_changes(t, &w, user.cursor).await;
            let law = Law { before: user, changes, after: user_state(t, &w).await };
            check(&law, "merge_user");
            keep(&law, "merge_user.user.json");
            let changes = team_changes(t, &w, team.cursor).await;
            let law = Law { before: team, changes, after: team_state(t, &w).await };
            check(&law, "merge_user");
            keep(&law, "merge_user.team.json");
        }
    }
}

#[test]
fn law_5_every_kind_of_change_has_a_proof() {
    let mut kinds = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("protocol/fixtures/laws; run with UPDATE_FIXTURES=1") {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let law: serde_json::Value = serde_json::from_str(&text).unwrap();
        let pages = law["changes"].as_array().unwrap();
        let changes = pages.iter().flat_map(|page| page["changes"].as_array().unwrap());
        kinds.extend(
            changes.map(|change| serde_json::from_value::<ChangeKind>(change["kind"].clone()).unwrap()),
        );
    }
    for kind in ChangeKind::ALL {
        assert!(kinds.contains(&kind), "no fixture shows {kind:?}");
    }
}
