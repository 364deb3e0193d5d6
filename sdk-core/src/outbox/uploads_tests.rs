//! The uploads' machine: a table of what each answer leads to, and its promises against a server that keeps what it
//! said it has.

use super::*;
use proptest::prelude::*;

const BYTES: u64 = 10;
const NO_ANSWER: Came = Came::Unclear { retry_after_ms: None };

/// What was answered before, what is answered now, what is done at once, what is done after the wait.
type Row = (&'static [Came], Came, Option<Errand>, Option<Errand>);

fn file(number: u8) -> UploadItem {
    let id = AttachmentId::from_parts(u64::from(number), [number; 10]);
    UploadItem { id, bytes: BYTES, aim: Aim::Sent, attempts: 0 }
}

const fn at(now: u64) -> Moment {
    Moment { now, roll: 1_000 }
}

fn open_with(items: Vec<UploadItem>) -> (Uploads, Vec<Effect>) {
    let mut uploads = Uploads::new();
    let mut effects = uploads.step(Event::Loaded(items), at(0));
    effects.extend(uploads.step(Event::Gate(Gate::Open), at(0)));
    (uploads, effects)
}

fn errands(effects: &[Effect]) -> Vec<Errand> {
    let errand = |effect: &Effect| match effect {
        Effect::Make { errand, .. } => Some(*errand),
        Effect::Attempted { .. } => None,
    };
    effects.iter().filter_map(errand).collect()
}

fn came(uploads: &mut Uploads, came: Came) -> Vec<Errand> {
    errands(&uploads.step(Event::Came { id: file(1).id, came }, at(0)))
}

#[test]
fn what_each_answer_leads_to() {
    let unclear = |retry_after_ms| Came::Unclear { retry_after_ms };
    let table: [Row; 12] = [
        (&[], Came::At(0), Some(Errand::Send(0)), None),
        (&[], Came::At(7), Some(Errand::Send(7)), None),
        (&[], Came::At(10), Some(Errand::Ask), None),
        (&[], unclear(None), None, Some(Errand::Announce)),
        (&[Came::At(0)], Came::At(4), Some(Errand::Send(4)), None),
        (&[Came::At(4)], Came::Over, None, None),
        (&[Came::At(4)], Came::Astray, Some(Errand::Ask), None),
        (&[Came::At(4)], unclear(None), None, Some(Errand::Ask)),
        (&[Came::At(4)], unclear(Some(7_000)), None, Some(Errand::Ask)),
        (&[Came::At(4)], Came::Unknown, None, Some(Errand::Announce)),
        (&[Came::At(10)], Came::Processing, None, Some(Errand::Ask)),
        (&[Came::At(4), NO_ANSWER], Came::At(6), Some(Errand::Send(6)), None),
    ];
    for (before, now, at_once, later) in table {
        let (mut uploads, first) = open_with(vec![file(1)]);
        assert_eq!(errands(&first), [Errand::Announce]);
        for answer in before {
            came(&mut uploads, *answer);
        }
        assert_eq!(came(&mut uploads, now).first().copied(), at_once, "{before:?}, {now:?}");
        assert_eq!(uploads.deadline().is_some(), later.is_some(), "{before:?}, {now:?}");
        let woken = uploads.step(Event::Gate(Gate::Open), at(8_000));
        assert_eq!(errands(&woken).first().copied(), later, "{before:?}, {now:?}");
    }
}

#[test]
fn nothing_is_asked_behind_a_shut_gate() {
    let mut uploads = Uploads::new();
    assert_eq!(uploads.step(Event::Loaded(vec![file(1)]), at(0)), []);
    assert_eq!(errands(&uploads.step(Event::Gate(Gate::Open), at(0))), [Errand::Announce]);
    assert_eq!(came(&mut uploads, Came::Unauthenticated), []);
    assert_eq!(
        errands(&uploads.step(Event::Gate(Gate::Open), at(0))),
        [Errand::Announce],
        "it did not count"
    );
}

#[test]
fn good_news_ends_our_own_wait_and_not_the_servers() {
    for (retry_after_ms, made) in [(None, vec![Errand::Announce]), (Some(60_000), vec![])] {
        let (mut uploads, _) = open_with(vec![file(1)]);
        came(&mut uploads, Came::Unclear { retry_after_ms });
        assert_eq!(errands(&uploads.step(Event::Hurry, at(1))), made);
    }
}

#[test]
fn two_travel_at_once_in_order() {
    let (mut uploads, effects) = open_with((1..=3).map(file).collect());
    assert_eq!(errands(&effects), [Errand::Announce; 2]);
    assert_eq!(came(&mut uploads, Came::Over), [Errand::Announce], "the third one's turn");
}

#[test]
fn one_that_is_thrown_away_on_its_way_is_given_up_after_the_answer() {
    let (mut uploads, _) = open_with(vec![file(1)]);
    came(&mut uploads, Came::At(0));
    let gone = UploadItem { aim: Aim::GivenUp, ..file(1) };
    assert_eq!(uploads.step(Event::Loaded(vec![gone]), at(0)), [], "one request at a time");
    assert_eq!(came(&mut uploads, Came::At(4)), [Errand::GiveUp]);
    assert!(!uploads.is_done());
    came(&mut uploads, Came::Over);
    assert!(uploads.is_done());
}

#[test]
fn one_that_is_thrown_away_while_it_waits_is_given_up_at_once() {
    let (mut uploads, _) = open_with(vec![file(1)]);
    came(&mut uploads, Came::Unclear { retry_after_ms: Some(60_000) });
    let gone = UploadItem { aim: Aim::GivenUp, ..file(1) };
    assert_eq!(errands(&uploads.step(Event::Loaded(vec![gone]), at(0))), [Errand::GiveUp]);
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Answered,
    /// The server took it, and its answer is lost.
    Unheard,
    /// It never arrives.
    Lost,
    /// The process dies: nothing is left but the rows.
    Dies,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Answered), 1 => Just(Fate::Unheard), 1 => Just(Fate::Lost), 1 => Just(Fate::Dies),
    ]
}

/// A server: what it has of the file, if it knows of it.
fn serve(has: &mut Option<u64>, errand: Errand) -> Came {
    match (errand, *has) {
        (Errand::Announce, known) => Came::At(*has.insert(known.unwrap_or(0))),
        (_, None) => Came::Unknown,
        (Errand::Ask, Some(BYTES)) => Came::Over,
        (Errand::Ask, Some(offset)) => Came::At(offset),
        (Errand::Send(offset), Some(there)) if offset != there => Came::Astray,
        (Errand::Send(offset), Some(_)) => {
            *has = Some(offset + 2);
            if offset + 2 == BYTES { Came::Over } else { Came::At(offset + 2) }
        }
        (Errand::GiveUp, Some(_)) => {
            *has = None;
            Came::Over
        }
    }
}

proptest! {
    #[test]
    fn every_file_arrives_whatever_happens_to_requests(fates in prop::collection::vec(fate(), 0..60)) {
        let (mut uploads, mut effects) = open_with(vec![file(1)]);
        let (mut has, mut now, mut sent) = (None, 0, 0);
        let mut fates = fates.into_iter();
        for _ in 0..300 {
            if uploads.is_done() {
                break;
            }
            let errand = errands(&effects).first().copied();
            let Some(errand) = errand else {
                now += 100_000;
                effects = uploads.step(Event::Gate(Gate::Open), at(now));
                continue;
            };
            let fate = fates.next().unwrap_or(Fate::Answered);
            let answer = if matches!(fate, Fate::Lost) { None } else { Some(serve(&mut has, errand)) };
            sent += u32::from(matches!((errand, answer), (Errand::Send(_), Some(Came::At(_) | Came::Over))));
            effects = match (fate, answer) {
                (Fate::Answered, Some(came)) => uploads.step(Event::Came { id: file(1).id, came }, at(now)),
                (Fate::Dies, _) => {
                    uploads = Uploads::new();
                    uploads.step(Event::Gate(Gate::Open), at(now));
                    uploads.step(Event::Loaded(vec![file(1)]), at(now))
                }
                _ => {
                    let came = Came::Unclear { retry_after_ms: None };
                    uploads.step(Event::Came { id: file(1).id, came }, at(now))
                }
            };
        }
        prop_assert!(uploads.is_done(), "it never comes to an end");
        prop_assert_eq!(has, Some(BYTES));
        prop_assert_eq!(sent, 5, "no chunk is taken twice, none is left out");
    }
}
