//! The connection's machine: the way up, each way down, and that no order of frames skips a change.

use super::*;
use proptest::prelude::*;
use tidings_protocol::change::{Change, ChangeKind};
use tidings_protocol::cursor::Epoch;
use tidings_protocol::frame::Hello;
use tidings_protocol::id::ConversationId;

fn cursor(seq: i64) -> Cursor {
    Cursor { epoch: Epoch::from_bits(1), seq }
}

/// A page of the changes after `from` up to `to`.
fn page(from: i64, to: i64) -> UserChangePage {
    let change = |seq| Change {
        seq,
        kind: ChangeKind::ReceiptMoved,
        conversation_id: ConversationId::from_parts(1, [0; 10]),
        message: None,
        note: None,
    };
    UserChangePage {
        changes: (from + 1..=to).map(change).collect(),
        conversations: Vec::new(),
        cursor: cursor(to),
        more: false,
    }
}

const fn at(now: u64) -> Moment {
    Moment { now, roll: 500 }
}

const AWAKE: Wanted = Wanted { awake: true, network: true, foreground: true };

fn hello() -> AppServerFrame {
    AppServerFrame::Hello(Hello {
        version: 1,
        reconnect: ReconnectWindow { min_ms: 2_000, max_ms: 2_000 },
        ping_ms: 25_000,
    })
}

fn attempt(connection: &Connection) -> u64 {
    connection.attempt
}

/// A connection that is live at change 5, at time 0.
fn live() -> Connection {
    let mut connection = Connection::new(true, Some(cursor(5)));
    connection.step(Event::Want(AWAKE), at(0));
    missed_nothing(&mut connection, 5, 0);
    let attempt = attempt(&connection);
    connection.step(Event::Opened { attempt }, at(0));
    connection.step(Event::Frame { attempt, frame: hello() }, at(0));
    assert!(connection.is_live());
    connection
}

/// Answers the question for what was missed, at this change and time; what follows is a socket.
fn missed_nothing(connection: &mut Connection, seq: i64, now: u64) {
    let attempt = attempt(connection);
    let answer = Catchup::Changes(page(seq, seq));
    assert_eq!(connection.step(Event::Fetched { attempt, answer }, at(now)), [Effect::Open { attempt }]);
}

#[test]
fn an_answer_with_a_hole_begins_again_instead_of_asking_for_ever() {
    let mut connection = live();
    let attempt = self::attempt(&connection);
    let frame = AppServerFrame::Changes(page(7, 8));
    let effects = connection.step(Event::Frame { attempt, frame }, at(1));
    assert_eq!(effects, [Effect::Fetch { attempt, after: cursor(5) }]);
    let answer = Catchup::Changes(page(6, 8));
    let effects = connection.step(Event::Fetched { attempt, answer }, at(2));
    let attempt = self::attempt(&connection);
    assert_eq!(effects, [Effect::Close, Effect::Bootstrap { attempt }]);
}

#[test]
fn the_way_up_from_nothing() {
    let mut connection = Connection::new(false, None);
    assert_eq!(connection.step(Event::Want(AWAKE), at(0)), [Effect::SignIn]);
    let effects = connection.step(Event::SignedIn, at(1));
    let attempt = attempt(&connection);
    assert_eq!(effects, [Effect::Bootstrap { attempt }]);
    let effects = connection.step(Event::Bootstrapped { attempt, cursor: cursor(5) }, at(2));
    let attempt = self::attempt(&connection);
    assert_eq!(effects, [Effect::Open { attempt }]);
    assert_eq!(
        connection.step(Event::Opened { attempt }, at(3)),
        [Effect::Authenticate { cursor: cursor(5) }]
    );
    assert_eq!(connection.step(Event::Frame { attempt, frame: hello() }, at(4)), []);
    assert!(connection.is_live());
}

#[test]
fn what_was_missed_is_fetched_before_a_socket_begins_where_it_ends() {
    let mut connection = Connection::new(true, Some(cursor(5)));
    let effects = connection.step(Event::Want(AWAKE), at(0));
    let attempt = attempt(&connection);
    assert_eq!(effects, [Effect::Fetch { attempt, after: cursor(5) }]);
    let first = UserChangePage { more: true, ..page(5, 7) };
    let effects = connection.step(Event::Fetched { attempt, answer: Catchup::Changes(first.clone()) }, at(1));
    assert_eq!(effects, [Effect::Apply(first), Effect::Fetch { attempt, after: cursor(7) }]);
    assert_eq!(connection.state(|_| 0), SyncState::CatchingUp);
    let effects = connection.step(Event::Fetched { attempt, answer: Catchup::Changes(page(7, 9)) }, at(2));
    assert_eq!(effects, [Effect::Apply(page(7, 9)), Effect::Open { attempt }]);
    let effects = connection.step(Event::Opened { attempt }, at(3));
    assert_eq!(effects, [Effect::Authenticate { cursor: cursor(9) }]);
    connection.step(Event::Frame { attempt, frame: hello() }, at(4));
    // What came between the answer and the socket.
    let effects =
        connection.step(Event::Frame { attempt, frame: AppServerFrame::Changes(page(9, 10)) }, at(5));
    assert_eq!(effects, [Effect::Apply(page(9, 10))]);
}

#[test]
fn how_a_live_connection_ends() {
    let waiting = |retry_at_ms| SyncState::Waiting { retry_at_ms };
    // The server's window is exactly 2 s.
    let table = [
        (None, waiting(2_000)),
        (Some(1012), waiting(2_000)),
        (Some(4000), waiting(2_000)),
        (Some(4001), waiting(2_000)),
        (Some(4002), waiting(5_500)),
        (Some(4003), waiting(2_000)),
        (Some(4050), waiting(2_000)),
        (Some(4100), SyncState::Refused { code: 4100 }),
        (Some(4101), SyncState::SigningIn),
        (Some(4102), SyncState::SigningIn),
        (Some(4103), SyncState::Refused { code: 4103 }),
        (Some(4104), SyncState::CatchingUp),
        (Some(4199), SyncState::Refused { code: 4199 }),
    ];
    for (code, state) in table {
        let mut connection = live();
        let attempt = attempt(&connection);
        let effects = connection.step(Event::Lost { attempt, code }, at(0));
        assert_eq!(
            effects.first(),
            if state == SyncState::SigningIn { Some(&Effect::ForgetSession) } else { Some(&Effect::Close) },
            "{code:?}"
        );
        let shown = connection.state(|until| i64::try_from(until).unwrap());
        assert_eq!(shown, state, "{code:?}");
    }
}

#[test]
fn the_servers_window_comes_first_and_back_off_after_it() {
    let mut connection = live();
    let lost = |connection: &Connection| Event::Lost { attempt: attempt(connection), code: None };
    let event = lost(&connection);
    connection.step(event, at(100));
    assert_eq!(connection.deadline(), Some(2_100));
    assert!(matches!(connection.step(Event::Tick, at(2_100))[..], [Effect::Fetch { .. }]));
    let failed = Event::Failed { attempt: attempt(&connection), retry_after_ms: None };
    connection.step(failed, at(2_200));
    assert_eq!(connection.deadline(), Some(2_700), "no window any more: a jittered second or two");
}

#[test]
fn good_news_ends_a_wait_and_background_ends_everything() {
    let mut connection = live();
    let lost = Event::Lost { attempt: attempt(&connection), code: None };
    connection.step(lost, at(0));
    assert!(matches!(connection.step(Event::Nudge, at(1))[..], [Effect::Fetch { .. }]));
    missed_nothing(&mut connection, 5, 1);
    let asleep = Wanted { awake: false, ..AWAKE };
    assert_eq!(connection.step(Event::Want(asleep), at(2)), [Effect::Close]);
    assert_eq!(connection.deadline(), None);
    assert_eq!(connection.step(Event::Nudge, at(3)), []);
}

#[test]
fn a_wait_that_the_server_asked_for_is_not_cut_short() {
    let mut connection = Connection::new(true, None);
    connection.step(Event::Want(AWAKE), at(0));
    let failed = Event::Failed { attempt: attempt(&connection), retry_after_ms: Some(9_000) };
    connection.step(failed, at(0));
    assert_eq!(connection.step(Event::Nudge, at(1)), []);
    assert_eq!(connection.deadline(), Some(9_500));
}

#[test]
fn a_wait_that_the_server_asked_for_outlives_the_app_s_coming_and_going() {
    let mut connection = Connection::new(true, None);
    connection.step(Event::Want(AWAKE), at(0));
    let failed = Event::Failed { attempt: attempt(&connection), retry_after_ms: Some(9_000) };
    connection.step(failed, at(0));
    for away in [Wanted { network: false, ..AWAKE }, Wanted { awake: false, ..AWAKE }] {
        assert_eq!(connection.step(Event::Want(away), at(1)), []);
        assert_eq!(connection.step(Event::Want(AWAKE), at(2)), []);
        assert_eq!(connection.step(Event::Nudge, at(3)), []);
        assert_eq!(connection.deadline(), Some(9_500));
    }
    assert!(matches!(connection.step(Event::Tick, at(9_500))[..], [Effect::Bootstrap { .. }]));
}

/// A connection on whose way no socket comes up, after three of them.
fn without_sockets() -> Connection {
    let mut connection = Connection::new(true, Some(cursor(5)));
    connection.step(Event::Want(AWAKE), at(0));
    missed_nothing(&mut connection, 5, 0);
    for _ in 0..2 {
        let attempt = attempt(&connection);
        assert_eq!(connection.step(Event::NotOpened { attempt }, at(0)), [Effect::Close]);
        assert!(matches!(connection.step(Event::Tick, at(10_000))[..], [Effect::Fetch { .. }]));
        missed_nothing(&mut connection, 5, 0);
    }
    // The third is opened and says nothing, as behind a proxy that swallows frames.
    let attempt = attempt(&connection);
    connection.step(Event::Opened { attempt }, at(0));
    connection
}

#[test]
fn where_no_socket_gets_through_changes_are_asked_for() {
    let mut connection = without_sockets();
    let effects = connection.step(Event::Tick, at(15_000));
    let attempt = attempt(&connection);
    assert_eq!(effects, [Effect::Close, Effect::Fetch { attempt, after: cursor(5) }]);
    let answer = Catchup::Changes(page(5, 7));
    assert_eq!(connection.step(Event::Fetched { attempt, answer }, at(16_000)), [Effect::Apply(page(5, 7))]);
    assert_eq!(connection.state(|_| 0), SyncState::Polling);
    assert!(connection.is_caught_up() && !connection.is_live());
    assert_eq!(connection.deadline(), Some(31_500));
    let effects = connection.step(Event::Tick, at(31_500));
    let attempt = self::attempt(&connection);
    assert_eq!(effects, [Effect::Fetch { attempt, after: cursor(7) }]);
    connection.step(Event::Fetched { attempt, answer: Catchup::Changes(page(7, 7)) }, at(32_000));
    // Half a minute after the last socket the next one is tried; a failure leads back at once.
    assert!(matches!(connection.step(Event::Tick, at(47_500))[..], [Effect::Fetch { .. }]));
    missed_nothing(&mut connection, 7, 47_500);
    let attempt = self::attempt(&connection);
    let effects = connection.step(Event::NotOpened { attempt }, at(48_000));
    assert!(matches!(effects[..], [Effect::Close, Effect::Fetch { .. }]), "{effects:?}");
    let attempt = self::attempt(&connection);
    connection.step(Event::Fetched { attempt, answer: Catchup::Changes(page(7, 7)) }, at(48_000));
    // Another network: a socket first.
    assert!(matches!(connection.step(Event::Nudge, at(49_000))[..], [Effect::Fetch { .. }]));
    missed_nothing(&mut connection, 7, 49_000);
}

#[test]
fn when_requests_fail_too_it_is_not_the_socket() {
    let mut connection = without_sockets();
    connection.step(Event::Tick, at(15_000));
    let attempt = attempt(&connection);
    connection.step(Event::Failed { attempt, retry_after_ms: None }, at(16_000));
    assert!(matches!(connection.state(|_| 0), SyncState::Waiting { .. }));
    assert!(matches!(connection.step(Event::Tick, at(60_000))[..], [Effect::Fetch { .. }]));
    missed_nothing(&mut connection, 5, 60_000);
}

#[test]
fn silence_is_asked_about_and_then_believed() {
    let mut connection = live();
    assert_eq!(connection.deadline(), Some(25_000));
    assert_eq!(connection.step(Event::Tick, at(25_000)), [Effect::Ping]);
    assert_eq!(connection.deadline(), Some(35_000));
    let attempt = attempt(&connection);
    let mut answered = connection.clone();
    answered.step(Event::Heard { attempt }, at(30_000));
    assert_eq!(answered.deadline(), Some(55_000));
    assert_eq!(connection.step(Event::Tick, at(35_000)), [Effect::Close]);
}

#[test]
fn coming_back_to_the_screen_asks_at_once() {
    let mut connection = live();
    let hidden = Wanted { foreground: false, ..AWAKE };
    assert_eq!(connection.step(Event::Want(hidden), at(0)), [Effect::TellForeground(false)]);
    let effects = connection.step(Event::Want(AWAKE), at(1_000));
    assert_eq!(effects, [Effect::TellForeground(true), Effect::Ping]);
    assert_eq!(connection.deadline(), Some(4_000));
}

#[test]
fn another_network_makes_a_live_connection_prove_itself() {
    let mut connection = live();
    assert_eq!(connection.step(Event::Nudge, at(0)), [Effect::Ping]);
    assert_eq!(connection.step(Event::Nudge, at(1)), [], "asked once");
    assert_eq!(connection.deadline(), Some(3_000));
    assert_eq!(connection.step(Event::Tick, at(3_000)), [Effect::Close]);
}

#[test]
fn an_app_that_never_stops_telling_of_networks_does_not_flood_the_server() {
    let mut connection = live();
    let mut asked = 0;
    for now in (0..10_000).step_by(20) {
        let tick = connection.deadline().is_some_and(|deadline| deadline <= now);
        let mut effects = if tick { connection.step(Event::Tick, at(now)) } else { Vec::new() };
        effects.extend(connection.step(Event::Nudge, at(now)));
        for effect in effects {
            assert_eq!(effect, Effect::Ping);
            asked += 1;
            let attempt = attempt(&connection);
            connection.step(Event::Heard { attempt }, at(now + 1));
        }
    }
    assert_eq!(asked, 10, "once a second");
}

#[test]
fn a_fresh_session_that_is_refused_does_not_spin() {
    let mut connection = Connection::new(false, Some(cursor(1)));
    connection.step(Event::Want(AWAKE), at(0));
    connection.step(Event::SignedIn, at(10));
    let effects = connection.step(Event::SessionEnded, at(20));
    assert!(!effects.contains(&Effect::SignIn), "{effects:?}");
    assert!(connection.deadline().is_some());
}

#[test]
fn a_session_that_comes_after_the_app_left_is_kept() {
    let mut connection = Connection::new(false, Some(cursor(1)));
    connection.step(Event::Want(AWAKE), at(0));
    connection.step(Event::Want(Wanted { awake: false, ..AWAKE }), at(1));
    assert_eq!(connection.step(Event::SignedIn, at(2)), []);
    assert!(matches!(connection.step(Event::Want(AWAKE), at(3))[..], [Effect::Fetch { .. }]));
}

#[test]
fn a_refused_token_is_not_asked_for_again_by_itself() {
    let mut connection = Connection::new(false, None);
    connection.step(Event::Want(AWAKE), at(0));
    connection.step(Event::SignInFailed(SignInFailure::Refused), at(1));
    assert_eq!(connection.deadline(), None);
    assert_eq!(connection.step(Event::Tick, at(1_000_000)), []);
    assert_eq!(connection.step(Event::Nudge, at(1_000_001)), [Effect::SignIn]);
}

#[test]
fn what_belongs_to_an_earlier_attempt_is_ignored() {
    let mut connection = live();
    let old = attempt(&connection);
    connection.step(Event::Lost { attempt: old, code: None }, at(0));
    let before = connection.clone();
    for event in [
        Event::Frame { attempt: old, frame: AppServerFrame::Changes(page(5, 6)) },
        Event::Frame { attempt: old, frame: AppServerFrame::Reset },
        Event::Fetched { attempt: old, answer: Catchup::Reset },
        Event::Lost { attempt: old, code: Some(4102) },
        Event::Opened { attempt: old },
    ] {
        assert_eq!(connection.step(event, at(1)), []);
        assert_eq!(connection, before);
    }
}

/// What reaches a phone that is catching up, in any order the network may produce.
#[derive(Debug, Clone)]
enum Arrival {
    /// The server's socket sends what follows what it sent last.
    Frame(i64),
    /// A page repeats or leaves something out.
    Stray(i64, i64),
    /// The request for changes is answered with this many.
    Answer(i64),
}

fn arrival() -> impl Strategy<Value = Arrival> {
    prop_oneof![
        4 => (0_i64..4).prop_map(Arrival::Frame),
        1 => (0_i64..40, 0_i64..8).prop_map(|(from, length)| Arrival::Stray(from, length)),
        3 => (0_i64..6).prop_map(Arrival::Answer),
    ]
}

proptest! {
    #[test]
    fn changes_are_applied_once_in_order_and_without_a_hole(arrivals in prop::collection::vec(arrival(), 0..60)) {
        let mut connection = Connection::new(true, Some(cursor(0)));
        connection.step(Event::Want(AWAKE), at(0));
        missed_nothing(&mut connection, 0, 0);
        let attempt = attempt(&connection);
        connection.step(Event::Opened { attempt }, at(0));
        let mut applied = 0;
        // The server's newest change, as far as anybody was told.
        let mut newest = 0;
        // Requests under way: after what, and what was the newest when they were made.
        let mut asked: Vec<(i64, i64)> = Vec::new();
        let mut take = |effects: Vec<Effect>, newest: i64, asked: &mut Vec<(i64, i64)>| {
            for effect in effects {
                match effect {
                    Effect::Fetch { after, .. } => asked.push((after.seq, newest)),
                    Effect::Apply(page) => {
                        let first = page.changes.first().map_or(page.cursor.seq + 1, |change| change.seq);
                        assert!(first <= applied + 1, "a hole before {first}, after {applied}");
                        assert!(page.cursor.seq > applied, "nothing new in a page");
                        applied = page.cursor.seq;
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        let answer = |after: i64, to: i64, at_least: i64| {
            let answer = UserChangePage { more: to < at_least, ..page(after, to) };
            Event::Fetched { attempt, answer: Catchup::Changes(answer) }
        };
        take(connection.step(Event::Frame { attempt, frame: hello() }, at(0)), newest, &mut asked);
        for arrival in arrivals {
            let event = match arrival {
                Arrival::Frame(length) => {
                    let page = page(newest, newest + length);
                    newest += length;
                    Event::Frame { attempt, frame: AppServerFrame::Changes(page) }
                }
                Arrival::Stray(from, length) => {
                    newest = newest.max(from + length);
                    Event::Frame { attempt, frame: AppServerFrame::Changes(page(from, from + length)) }
                }
                Arrival::Answer(length) => {
                    let Some((after, at_least)) = asked.pop() else { continue };
                    newest = newest.max(after + length);
                    answer(after, after + length, at_least)
                }
            };
            take(connection.step(event, at(0)), newest, &mut asked);
        }
        // In the end the server answers with all there is.
        while let Some((after, at_least)) = asked.pop() {
            take(connection.step(answer(after, newest.max(after), at_least), at(0)), newest, &mut asked);
        }
        prop_assert!(connection.is_live());
        prop_assert_eq!(applied, newest);
    }
}
