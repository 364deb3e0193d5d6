//! Each law, kept once and broken once.

use serde_json::{Value, json};
use tidings_protocol::cursor::{Cursor, Epoch};

use super::*;
use crate::history::Header;
use tidings_protocol::Seq;
use tidings_protocol::id::MessageId;

fn message_id(number: u8) -> MessageId {
    MessageId::from_parts(0, [number; 10])
}

fn thread() -> ConversationId {
    ConversationId::from_parts(0, [1; 10])
}

fn cursor(seq: Seq) -> Cursor {
    Cursor { epoch: Epoch::from_bits(7), seq }
}

fn seen(number: u8, seq: Seq) -> Seen {
    Seen { seq, id: message_id(number), by: Side::User, text: text(number) }
}

fn text(number: u8) -> String {
    format!("w/u/{number}")
}

fn told(seq: Seq, number: u8, message_seq: Seq) -> Told {
    let message = Some(seen(number, message_seq));
    Told { seq, kind: "message_added".to_owned(), conversation: thread(), message, note: None }
}

/// A history that is written down in a test.
#[derive(Default)]
struct Story(Vec<Event>);

impl Story {
    fn line(mut self, client: &str, stage: Stage, what: What) -> Self {
        let op = self.0.len() as u64;
        if !self.0.iter().any(|event| event.client == client) {
            let side = if client.starts_with('a') { Side::Team } else { Side::User };
            let marker = if side == Side::User { "w/u/" } else { "w/" }.to_owned();
            let what = What::Client { side, marker };
            self.0.push(Event { at: 0, client: client.to_owned(), op, stage: Stage::Info, what });
        }
        self.0.push(Event { at: 0, client: client.to_owned(), op, stage, what });
        self
    }

    fn send(self, stage: Stage, number: u8, seq: Option<Seq>) -> Self {
        let (conversation, id, text) = (thread(), message_id(number), text(number));
        self.line("u1", stage, What::Send { conversation, id, text, seq })
    }

    fn sent(self, number: u8, seq: Seq) -> Self {
        self.send(Stage::Invoke, number, None).send(Stage::Ok, number, Some(seq))
    }

    fn accept(self, stage: Stage, number: u8) -> Self {
        let (conversation, id, text) = (thread(), message_id(number), text(number));
        self.line("u1", stage, What::Accept { conversation, id, text })
    }

    fn page(self, client: &str, after: Seq, upto: Seq, told: Vec<Told>) -> Self {
        let (feed, after, cursor) = ("f".to_owned(), cursor(after), cursor(upto));
        self.line(client, Stage::Ok, What::Page { feed, after, cursor, told, headers: Vec::new() })
    }

    fn header(self, last_seq: Seq, read_seq: Seq, unread: i64) -> Self {
        let headers = vec![Header { conversation: thread(), last_seq, read_seq, unread }];
        let feed = "f".to_owned();
        self.line("a1", Stage::Ok, What::Snapshot { feed, cursor: cursor(0), headers })
    }

    fn log(self, messages: &[(u8, Seq)]) -> Self {
        let messages = messages.iter().map(|(number, seq)| seen(*number, *seq)).collect();
        self.line("u1", Stage::Ok, What::Log { conversation: thread(), messages })
    }

    fn view(self, messages: &[(u8, Seq)], waiting: &[u8]) -> Self {
        let messages = messages.iter().map(|(number, seq)| seen(*number, *seq)).collect();
        let waiting = waiting.iter().map(|number| message_id(*number)).collect();
        self.line("u1", Stage::Ok, What::View { conversation: thread(), messages, waiting })
    }

    /// Through the form on paper, as another program would read it.
    fn verdict(&self) -> Verdict {
        let lines: Vec<String> = self.0.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        check(lines.join("\n").as_bytes()).unwrap()
    }

    #[track_caller]
    fn breaks(&self, law: Law) {
        let verdict = self.verdict();
        assert!(verdict.count(law) > 0, "{law:?} was not found: {verdict:?}");
    }

    #[track_caller]
    fn holds(&self) {
        self.verdict().kept().unwrap();
    }
}

fn two() -> Story {
    Story::default().sent(1, 1).sent(2, 2)
}

#[test]
fn a_line_is_one_object() {
    let story = Story::default().sent(1, 1);
    let line: Value = serde_json::to_value(&story.0[2]).unwrap();
    let expected = json!({
        "at": 0, "client": "u1", "op": 2, "stage": "ok", "do": "send", "conversation": thread(),
        "id": message_id(1), "text": "w/u/1", "seq": 1,
    });
    // The first two lines are the introduction and the invocation; the third ends it.
    assert_eq!(line["do"], expected["do"]);
    assert_eq!(line["seq"], expected["seq"]);
    assert_eq!(line["stage"], expected["stage"]);
    assert!(check(&b"{\"at\":0}"[..]).is_err());
}

#[test]
fn what_keeps_the_laws_passes() {
    // The third was never acknowledged, so it may be missing; the fourth may be there.
    let story = two().send(Stage::Invoke, 3, None).send(Stage::Info, 3, None).send(Stage::Invoke, 4, None);
    let story = story.page("a1", 0, 2, vec![told(1, 1, 1), told(2, 2, 2)]).log(&[(1, 1), (2, 2), (4, 3)]);
    let story = story.page("a1", 2, 3, vec![told(3, 4, 3)]);
    let verdict = story.verdict();
    verdict.kept().unwrap();
    assert_eq!((verdict.sent, verdict.acknowledged, verdict.unknown), (4, 2, 1));
}

#[test]
fn acknowledged_and_gone_is_lost() {
    two().log(&[(1, 1)]).breaks(Law::Lost);
    // Lost, and its number given to another.
    two().send(Stage::Invoke, 3, None).log(&[(1, 1), (3, 2)]).breaks(Law::Lost);
}

#[test]
fn the_same_twice_is_duplicated() {
    two().log(&[(1, 1), (2, 2), (1, 3)]).breaks(Law::Duplicated);
    two().page("a1", 0, 2, vec![told(1, 1, 1), told(2, 1, 1)]).breaks(Law::Duplicated);
    let twice = two().send(Stage::Ok, 1, Some(3));
    twice.breaks(Law::Duplicated);
}

#[test]
fn two_orders_are_found() {
    two().page("a1", 0, 2, vec![told(1, 2, 1), told(2, 1, 2)]).log(&[(1, 1), (2, 2)]).breaks(Law::Reordered);
    // Sent after the other was acknowledged, and numbered before it.
    Story::default().sent(1, 2).sent(2, 1).breaks(Law::Reordered);
    let feeds = two().page("a1", 0, 1, vec![told(1, 1, 1)]).page("a2", 0, 1, vec![told(1, 2, 2)]);
    feeds.breaks(Law::Reordered);
}

#[test]
fn a_phone_sends_in_order() {
    let accept = |story: Story, number| story.accept(Stage::Invoke, number).accept(Stage::Ok, number);
    let both = accept(accept(Story::default(), 1), 2);
    both.log(&[(2, 1), (1, 2)]).breaks(Law::Reordered);
    let both = accept(accept(Story::default(), 1), 2);
    both.log(&[(1, 1), (2, 2)]).holds();
}

#[test]
fn a_hole_is_found() {
    two().log(&[(1, 1), (2, 3)]).breaks(Law::Gap);
    Story::default().send(Stage::Invoke, 1, None).log(&[(1, 2)]).breaks(Law::Gap);
}

#[test]
fn what_nobody_sent_is_a_phantom() {
    two().log(&[(1, 1), (2, 2), (9, 3)]).breaks(Law::Phantom);
}

#[test]
fn another_text_is_found() {
    let mut other = two();
    other.0.retain(|event| event.op < 1000);
    let conversation = thread();
    let messages = vec![Seen { text: "w/u/other".to_owned(), ..seen(1, 1) }, seen(2, 2)];
    other.line("u1", Stage::Ok, What::Log { conversation, messages }).breaks(Law::Altered);
}

#[test]
fn who_follows_is_told_everything() {
    two().page("a1", 0, 2, vec![told(2, 2, 2)]).breaks(Law::Skipped);
    two().page("a1", 0, 2, vec![told(1, 1, 1)]).breaks(Law::Skipped);
    two().page("a1", 0, 1, vec![told(1, 1, 1)]).page("a1", 2, 2, vec![]).breaks(Law::Skipped);
    two().page("a1", 0, 1, vec![told(1, 2, 2)]).breaks(Law::Skipped);
    let caught_up = |story: Story| story.line("a1", Stage::Info, What::CaughtUp { feed: "f".to_owned() });
    let half = two().page("a1", 0, 1, vec![told(1, 1, 1)]).log(&[(1, 1), (2, 2)]);
    half.holds();
    let half = two().page("a1", 0, 1, vec![told(1, 1, 1)]).log(&[(1, 1), (2, 2)]);
    caught_up(half).breaks(Law::Skipped);
    caught_up(two().log(&[(1, 1), (2, 2)])).breaks(Law::Unproven);
}

#[test]
fn nothing_goes_back() {
    two().page("a1", 0, 2, vec![told(1, 1, 1), told(2, 2, 2)]).page("a1", 2, 1, vec![]).breaks(Law::WentBack);
    let end = |story: Story| {
        let story = story.log(&[(1, 1), (2, 2)]);
        story.line("a1", Stage::Info, What::CaughtUp { feed: "f".to_owned() })
    };
    end(two().header(2, 2, 0).header(2, 1, 1)).breaks(Law::WentBack);
    end(two().header(2, 1, 1).header(2, 2, 0)).holds();
    // Not for a moment either.
    end(two().header(2, 2, 0).header(1, 1, 0).header(2, 2, 0)).breaks(Law::WentBack);
    two().log(&[(1, 1), (2, 2)]).header(1, 2, 0).breaks(Law::WentBack);
}

#[test]
fn receipts_only_move_forward() {
    let receipt = |story: Story, asked, answered| {
        let what = |read_seq| What::Receipt { conversation: thread(), read_seq };
        let mut story = story.line("u1", Stage::Invoke, what(asked));
        let op = story.0.last().unwrap().op;
        story = story.line("u1", Stage::Ok, what(answered));
        story.0.last_mut().unwrap().op = op;
        story
    };
    // An old one that comes late changes nothing.
    receipt(receipt(Story::default(), 5, 5), 3, 5).holds();
    receipt(receipt(Story::default(), 5, 5), 3, 3).breaks(Law::WentBack);
}

#[test]
fn unread_is_counted_again() {
    two().log(&[(1, 1), (2, 2)]).header(2, 1, 1).holds();
    two().log(&[(1, 1), (2, 2)]).header(2, 1, 2).breaks(Law::Unread);
}

#[test]
fn nobody_sees_what_is_not_theirs() {
    let foreign = Seen { text: "w/other/1".to_owned(), ..seen(1, 1) };
    let log = |messages| What::Log { conversation: thread(), messages };
    two().line("u2", Stage::Ok, log(vec![foreign])).breaks(Law::Leaked);
    let note = |client: &str| {
        let note = Some("w/u/hm".to_owned());
        let told = Told { note, message: None, ..told(1, 1, 1) };
        Story::default().page(client, 0, 1, vec![told])
    };
    note("u1").breaks(Law::Leaked);
    note("a1").holds();
}

#[test]
fn what_a_phone_took_is_sent_or_refused() {
    let taken = || Story::default().accept(Stage::Invoke, 1).accept(Stage::Ok, 1);
    taken().log(&[]).breaks(Law::Unsent);
    taken().accept(Stage::Fail, 1).log(&[]).holds();
    taken().log(&[(1, 1)]).holds();
    taken().breaks(Law::Unproven);
}

#[test]
fn screens_end_alike() {
    let end = || two().log(&[(1, 1), (2, 2)]);
    end().view(&[(1, 1), (2, 2)], &[]).holds();
    end().view(&[(2, 2)], &[]).holds();
    end().view(&[(1, 1)], &[]).breaks(Law::Diverged);
    end().view(&[(1, 1), (2, 2)], &[3]).breaks(Law::Diverged);
    end().view(&[(1, 1), (2, 2)], &[2]).breaks(Law::Duplicated);
}

#[test]
fn a_restore_undoes_what_the_backup_does_not_know() {
    let restored = |kept: Seq| {
        // Only what was stored can be undone: 2, if the backup ends with 1.
        let undone = if kept < 2 { vec![message_id(2)] } else { Vec::new() };
        let what = What::Restored { kept: vec![(thread(), kept)], undone };
        two().line("trial", Stage::Info, what)
    };
    restored(1).log(&[(1, 1)]).holds();
    restored(2).log(&[(1, 1)]).breaks(Law::Lost);
    let none = What::Restored { kept: vec![(thread(), 1)], undone: Vec::new() };
    two().line("trial", Stage::Info, none).log(&[(1, 1)]).breaks(Law::Lost);
    // The number is given again, to another.
    restored(1).sent(3, 2).log(&[(1, 1), (3, 2)]).holds();
}

#[test]
fn nothing_is_proven_when_nobody_looks() {
    two().breaks(Law::Unproven);
}
