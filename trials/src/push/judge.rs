//! Holds the stand-ins' books against what was said and read: pure.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use tidings_protocol::id::MessageId;
use tidings_protocol::push::PushKind;

use super::books::{Arrival, History, Owner, Said};

/// A push that was on its way when somebody read, in milliseconds: whether it is needed is asked before it is sent.
const UNDER_WAY_MS: i64 = 1_500;

/// What must be zero, and what is told besides.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Messages that a live phone was not told of, and that were not read.
    pub missed: usize,
    /// Pushes of one message to one phone beyond the first, unless the answer to the one before it was lost.
    pub twice: usize,
    /// Pushes that were sent after their message had been read.
    pub after_read: usize,
    /// Whether exactly the dead tokens are gone, of all that there were.
    pub dead_exact: bool,
    /// Jobs that were given up.
    pub given_up: usize,
    /// Repeats after a lost answer; each takes the place of the first on the screen.
    repeated: usize,
    /// Of those, repeats because the server was killed before it had written the answer down.
    repeated_after_kill: usize,
    /// Messages told of together.
    summaries: usize,
    pushes: usize,
    /// The first of what is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<String>,
}

impl Verdict {
    /// Whether everything is as it must be.
    pub const fn kept(&self) -> bool {
        self.missed == 0 && self.twice == 0 && self.after_read == 0 && self.given_up == 0 && self.dead_exact
    }
}

impl History {
    /// How many messages live phones were not told of yet.
    pub(super) fn missed(&self) -> usize {
        self.not_told().len()
    }

    pub(super) fn judge(&self) -> Verdict {
        let mut verdict = Verdict {
            missed: self.missed(),
            twice: 0,
            after_read: 0,
            dead_exact: false,
            given_up: self.given_up,
            repeated: 0,
            repeated_after_kill: 0,
            summaries: 0,
            pushes: 0,
            examples: self.not_told(),
        };
        for phone in &self.phones {
            self.judge_repeats(phone, &mut verdict);
            for thread in &phone.threads {
                self.judge_reads(phone, *thread, &mut verdict);
            }
        }
        let held: BTreeSet<_> = self.tokens.iter().map(String::as_str).collect();
        let live = self.phones.iter().filter(|phone| phone.is_live).map(|phone| phone.token.as_str());
        let live: BTreeSet<_> = live.chain(self.others.iter().map(String::as_str)).collect();
        verdict.dead_exact = held == live && held.len() == self.tokens.len();
        verdict.examples.extend(live.symmetric_difference(&held).map(|token| {
            let is_live = live.contains(token);
            format!("{token} is {}", if is_live { "live and was forgotten" } else { "dead and was kept" })
        }));
        verdict.examples.truncate(10);
        verdict
    }

    /// What somebody saw or could have seen on this phone.
    fn visible<'h>(&'h self, phone: &Owner) -> impl Iterator<Item = &'h Arrival> + use<'h> {
        let arrivals = self.arrivals.get(&phone.token).map(Vec::as_slice).unwrap_or_default();
        arrivals.iter().filter(|arrival| arrival.payload.kind != PushKind::Clear)
    }

    fn not_told(&self) -> Vec<String> {
        let mut missed = Vec::new();
        for phone in self.phones.iter().filter(|phone| phone.is_live) {
            for thread in &phone.threads {
                let read = thread.read.map_or(0, |(seq, _)| seq);
                for seq in read + 1..=thread.last_seq {
                    let is_told = self.visible(phone).any(|arrival| {
                        let payload = &arrival.payload;
                        payload.conversation_id == thread.conversation
                            && (payload.seq == seq
                                || (payload.kind == PushKind::Summary && payload.seq > seq))
                    });
                    if !is_told {
                        missed.push(format!("{} {seq} never reached {}", thread.conversation, phone.token));
                    }
                }
            }
        }
        missed
    }

    fn judge_repeats(&self, phone: &Owner, verdict: &mut Verdict) {
        let mut before: HashMap<MessageId, &Arrival> = HashMap::new();
        for arrival in self.visible(phone) {
            verdict.pushes += 1;
            verdict.summaries += usize::from(arrival.payload.kind == PushKind::Summary);
            let Some(first) = before.insert(arrival.payload.message_id, arrival) else { continue };
            let was_killed = self.was_killed_between(phone, first, arrival);
            if first.answered_at.is_none() || was_killed {
                verdict.repeated += 1;
                verdict.repeated_after_kill += usize::from(was_killed);
            } else {
                verdict.twice += 1;
                let (token, seq) = (&phone.token, arrival.payload.seq);
                verdict.examples.push(format!("{token} {seq} twice: at {} and at {}", first.at, arrival.at));
            }
        }
    }

    /// Whether the server died between the two, and had not written the first down.
    fn was_killed_between(&self, phone: &Owner, first: &Arrival, second: &Arrival) -> bool {
        let push = (phone.token.clone(), first.payload.message_id);
        self.kills
            .iter()
            .any(|kill| (first.at..=second.at).contains(&kill.at) && !kill.written.contains(&push))
    }

    fn judge_reads(&self, phone: &Owner, thread: Said, verdict: &mut Verdict) {
        let Some((read_seq, read_at)) = thread.read else { return };
        for arrival in self.visible(phone) {
            let payload = &arrival.payload;
            let is_read = payload.conversation_id == thread.conversation && payload.seq <= read_seq;
            if is_read && arrival.at > read_at + UNDER_WAY_MS {
                verdict.after_read += 1;
                verdict.examples.push(format!("{} {} after it was read", phone.token, payload.seq));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::Seq;
    use tidings_protocol::id::{ConversationId, UserId};

    use super::super::books::Kill;
    use super::*;

    const READ_AT: i64 = 100_000;
    const KILLED_AT: i64 = 100_500;

    fn thread() -> ConversationId {
        ConversationId::from_parts(1, [1; 10])
    }

    fn push(seq: Seq, kind: PushKind, at: i64) -> Arrival {
        let number = u8::try_from(seq).unwrap();
        let payload = json!({
            "v": 1,
            "user_id": UserId::from_parts(1, [9; 10]),
            "conversation_id": thread(),
            "message_id": MessageId::from_parts(1, [number; 10]),
            "seq": seq,
            "badge": 1,
            "kind": kind,
        });
        Arrival { payload: serde_json::from_value(payload).unwrap(), at, answered_at: Some(at + 1) }
    }

    /// Two phones, of which one is dead; four messages, the first of which is read; a kill.
    fn history() -> History {
        let owner = |token: &str, is_live| Owner {
            token: token.to_owned(),
            is_live,
            threads: vec![Said { conversation: thread(), last_seq: 4, read: Some((1, READ_AT)) }],
        };
        let pushes = vec![
            push(1, PushKind::Message, READ_AT - 1_000),
            push(2, PushKind::Message, READ_AT - 500),
            push(3, PushKind::Message, READ_AT + 5_000),
            push(4, PushKind::Message, READ_AT + 5_500),
        ];
        History {
            phones: vec![owner("live", true), owner("dead", false)],
            arrivals: [("live".to_owned(), pushes)].into(),
            kills: vec![Kill { at: KILLED_AT, ..Kill::default() }],
            tokens: vec!["live".to_owned(), "probe".to_owned()],
            others: vec!["probe".to_owned()],
            given_up: 0,
        }
    }

    fn live(history: &mut History) -> &mut Vec<Arrival> {
        history.arrivals.get_mut("live").unwrap()
    }

    /// What is judged after something was put wrong.
    fn after(spoil: impl FnOnce(&mut History)) -> Verdict {
        let mut history = history();
        spoil(&mut history);
        live(&mut history).sort_by_key(|arrival| arrival.at);
        history.judge()
    }

    #[test]
    fn a_run_as_it_must_be_is_kept() {
        let verdict = after(|_| {});
        assert!(verdict.kept(), "{verdict:?}");
        assert_eq!((verdict.pushes, verdict.repeated, verdict.examples.len()), (4, 0, 0));
    }

    #[test]
    fn a_message_that_nobody_was_told_of_is_missed_unless_it_was_read_or_told_of_with_a_later_one() {
        let verdict = after(|history| live(history).retain(|arrival| arrival.payload.seq != 3));
        assert_eq!((verdict.missed, verdict.kept()), (1, false));
        assert!(after(|history| live(history).retain(|arrival| arrival.payload.seq != 1)).kept());
        let together = after(|history| {
            live(history).truncate(1);
            live(history).push(push(4, PushKind::Summary, READ_AT + 5_000));
        });
        assert!(together.kept());
        let cleared = after(|history| live(history)[3].payload.kind = PushKind::Clear);
        assert_eq!(cleared.missed, 1, "a clear tells nobody of anything");
    }

    #[test]
    fn a_push_that_is_not_checked_again_before_it_is_sent_comes_after_the_read() {
        // Claimed before the kill, sent when its lease had run out.
        let verdict = after(|history| live(history)[0].at = READ_AT + 60_000);
        assert_eq!((verdict.after_read, verdict.kept()), (1, false));
        let summary =
            after(|history| live(history)[0] = push(1, PushKind::Summary, READ_AT + UNDER_WAY_MS + 1));
        assert_eq!(summary.after_read, 1);
        assert_eq!(after(|history| live(history)[0].at = READ_AT + UNDER_WAY_MS).after_read, 0);
    }

    #[test]
    fn a_repeat_is_one_too_many_unless_its_answer_was_lost() {
        let again = |at| push(3, PushKind::Message, at);
        let verdict = after(|history| live(history).push(again(READ_AT + 6_000)));
        assert_eq!((verdict.twice, verdict.repeated, verdict.kept()), (1, 0, false));
        let lost = after(|history| {
            live(history)[2].answered_at = None;
            live(history).push(again(READ_AT + 6_000));
        });
        assert_eq!((lost.twice, lost.repeated, lost.kept()), (0, 1, true));
        // The first answer was lost; that of the repeat was not.
        let thrice = after(|history| {
            live(history)[2].answered_at = None;
            live(history).extend([again(READ_AT + 6_000), again(READ_AT + 7_000)]);
        });
        assert_eq!((thrice.twice, thrice.repeated), (1, 1));
    }

    #[test]
    fn a_kill_excuses_a_repeat_of_what_was_not_written_down_and_no_other() {
        let again = |seq, at| push(seq, PushKind::Message, at);
        let unwritten = after(|history| {
            live(history)[1] = again(2, KILLED_AT - 20);
            live(history).push(again(2, KILLED_AT + 60_000));
        });
        assert_eq!((unwritten.twice, unwritten.repeated_after_kill), (0, 1));
        let written = after(|history| {
            live(history)[1] = again(2, KILLED_AT - 20);
            live(history).push(again(2, KILLED_AT + 60_000));
            let push = ("live".to_owned(), live(history)[1].payload.message_id);
            history.kills[0].written.insert(push);
        });
        assert_eq!((written.twice, written.kept()), (1, false));
        let sent_twice_afterwards = after(|history| live(history).push(again(4, KILLED_AT + 60_000)));
        assert_eq!(sent_twice_afterwards.twice, 1);
        let twice_before = after(|history| live(history).push(again(2, KILLED_AT - 1)));
        assert_eq!(twice_before.twice, 1);
    }

    #[test]
    fn the_dead_are_exactly_those_that_are_gone() {
        let forgot_to_prune = after(|history| history.tokens.push("dead".to_owned()));
        assert!(!forgot_to_prune.dead_exact && !forgot_to_prune.kept());
        assert_eq!(forgot_to_prune.examples, ["dead is dead and was kept"]);
        let dropped_a_live_one = after(|history| history.tokens.retain(|token| token != "live"));
        assert_eq!(dropped_a_live_one.examples, ["live is live and was forgotten"]);
        assert!(!after(|history| history.tokens.retain(|token| token != "probe")).dead_exact);
        // As many as there should be, but others.
        let swapped = after(|history| history.tokens = vec!["live".to_owned(), "dead".to_owned()]);
        assert!(!swapped.dead_exact);
        let twice_held = after(|history| history.tokens.push("live".to_owned()));
        assert!(!twice_held.dead_exact);
    }

    #[test]
    fn what_was_given_up_is_not_kept() {
        assert!(!after(|history| history.given_up = 1).kept());
    }
}
