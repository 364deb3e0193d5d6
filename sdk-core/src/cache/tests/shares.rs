//! Places that move: the last one alone waits, and nothing of one is left after its time.

use tidings_protocol::message::{KnownPart, LiveLocation, LivePlace, Location, MoveLivePlace};

use super::*;

/// Digits that stand nowhere else in a store.
const LATITUDE: f64 = 46.948_091_337;
const DIGITS: &str = "948091337";

fn live(until_ms: i64) -> LiveLocation {
    let until = Some(Timestamp::from_unix_ms(until_ms));
    LiveLocation { until, ..LiveLocation::for_seconds(900) }
}

fn parts(live: LiveLocation) -> Vec<Part> {
    vec![Part::Known(KnownPart::LiveLocation(live))]
}

fn sharing() -> Said {
    said(parts(LiveLocation::for_seconds(900)).try_into().unwrap())
}

fn here(longitude: f64) -> MoveLivePlace {
    MoveLivePlace { number: 1, latitude: LATITUDE, longitude, accuracy_m: None, measured_at: None }
}

/// What the server says of the message that shares.
fn told(number: u64, seq: Seq, last: Option<f64>) -> Message {
    let last = last.map(|longitude| LivePlace {
        number: 1,
        received_at: Timestamp::from_unix_ms(2_000),
        location: Location {
            latitude: LATITUDE,
            longitude,
            accuracy_m: None,
            label: None,
            measured_at: None,
        },
    });
    let edited_at = last.as_ref().map(|last| last.received_at);
    Message {
        parts: parts(LiveLocation { last, ..live(900_000) }),
        edited_at,
        ..message(number, seq, By::User)
    }
}

fn shown(cache: &Cache) -> LiveLocation {
    let item = items(cache).remove(0);
    assert_eq!(item.edited_at_ms, None, "a place that moves is not edited");
    let [Part::Known(KnownPart::LiveLocation(live))] = item.parts.as_slice() else { panic!("{item:?}") };
    live.clone()
}

fn errand(cache: &Cache, now_ms: i64) -> Result<ShareErrand, Option<i64>> {
    cache.read(|c| next_share_errand(c, now_ms)).unwrap()
}

/// The bytes of the store, closed.
fn bytes(cache: &Cache, folder: &Path) -> Vec<u8> {
    cache.set_between(Between::Close);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.is_file()).flat_map(|file| std::fs::read(file).unwrap()).collect()
}

fn has_digits(bytes: &[u8]) -> bool {
    bytes.windows(DIGITS.len()).any(|window| window == DIGITS.as_bytes())
}

/// A thread in which this phone shares its place.
fn shared(cache: &Cache) {
    write(cache, |w| {
        apply_bootstrap(w, &bootstrap(vec![header(None)], 1))?;
        enqueue_message(w, thread(), id(1), sharing(), 0)?;
        begin_share(w, thread(), id(1), 900_000)
    });
}

#[test]
fn of_a_journey_without_a_network_the_last_place_alone_waits() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    shared(&cache);
    for step in 0..10_u8 {
        let running = write(&cache, |w| move_shares(w, here(7.0 + f64::from(step)), 1_000));
        assert_eq!(running, 1);
    }
    assert_eq!(write(&cache, |w| move_shares(w, here(16.0), 1_000)), 1, "the same place again");
    assert_eq!(errand(&cache, 1_000), Err(None), "its message is not sent");
    write(&cache, |w| confirm(w, &told(1, 1, None)));
    let found = errand(&cache, 1_000).unwrap();
    assert_eq!(found.news, ShareNews::Place(MoveLivePlace { number: 10, ..here(16.0) }));
    write(&cache, |w| share_told(w, &found, 1_000));
    assert_eq!(errand(&cache, 1_000), Err(None));
    write(&cache, |w| move_shares(w, here(17.0), 2_000));
    assert_eq!(errand(&cache, 2_000), Err(Some(6_000)), "one in five seconds");
    assert!(errand(&cache, 6_000).is_ok());
    assert!(errand(&cache, -50_000).is_ok(), "a clock that was set back holds nothing up");
}

#[test]
fn a_share_that_is_over_takes_no_place_and_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    shared(&cache);
    write(&cache, |w| move_shares(w, here(7.0), 1_000));
    write(&cache, |w| confirm(w, &told(1, 1, Some(7.0))));
    assert_eq!(cache.read(|c| shares(c, 1_000)).unwrap()[0].ends_at_ms, 900_000);
    assert!(write(&cache, |w| stop_share(w, thread(), id(1), 2_000)));
    assert_eq!((shown(&cache).ended, shown(&cache).last), (true, None), "at once");
    assert!(cache.read(|c| shares(c, 2_000)).unwrap().is_empty());
    assert_eq!(write(&cache, |w| move_shares(w, here(8.0), 3_000)), 0);
    let found = errand(&cache, 3_000).unwrap();
    assert_eq!(found.news, ShareNews::Over);
    write(&cache, |w| share_told(w, &found, 3_000));
    assert_eq!(errand(&cache, 60_000), Err(None));
    assert!(write(&cache, |w| stop_share(w, thread(), id(1), 4_000)), "again changes nothing");
    assert_eq!(errand(&cache, 60_000), Err(None));
    assert!(!write(&cache, |w| stop_share(w, thread(), id(9), 4_000)), "no such share");
    assert!(!has_digits(&bytes(&cache, folder.path())));
}

#[test]
fn a_place_is_forgotten_at_its_time_without_a_network_too() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    shared(&cache);
    write(&cache, |w| move_shares(w, here(7.0), 1_000));
    let moving = told(1, 1, Some(7.0));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(vec![header(Some(moving.clone()))], 2)));
    write(&cache, |w| confirm(w, &moving));
    assert!(shown(&cache).last.is_some());
    assert!(has_digits(&bytes(&cache, folder.path())));
    assert_eq!(cache.read(next_end).unwrap(), Some(900_000));
    assert_eq!(write(&cache, |w| forget_places(w, 899_999)), []);
    assert!(shown(&cache).last.is_some(), "not before its time");
    assert_eq!(write(&cache, |w| forget_places(w, 900_000)), []);
    assert_eq!((shown(&cache).ended, shown(&cache).last), (true, None));
    assert_eq!(cache.read(next_end).unwrap(), None);
    assert!(!has_digits(&bytes(&cache, folder.path())), "neither in a row nor in what rows leave");
}

#[test]
fn a_share_that_never_left_the_phone_by_its_end_is_not_needed_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    shared(&cache);
    write(&cache, |w| move_shares(w, here(7.0), 1_000));
    assert_eq!(write(&cache, |w| forget_places(w, 900_000)), [(thread(), id(1))]);
    assert_eq!(write(&cache, |w| discard(w, thread(), id(1))), Discarded::Removed);
    write(&cache, |w| share_over(w, id(1)));
    assert!(items(&cache).is_empty());
    assert!(!has_digits(&bytes(&cache, folder.path())));
}

#[test]
fn the_end_on_another_device_ends_it_here() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    shared(&cache);
    write(&cache, |w| confirm(w, &told(1, 1, Some(7.0))));
    let ended = live(900_000).ended_at(Timestamp::from_unix_ms(3_000));
    let edited_at = Some(Timestamp::from_unix_ms(3_000));
    let over = Message { parts: parts(ended), edited_at, ..told(1, 1, None) };
    write(&cache, |w| confirm(w, &over));
    // An answer that was on its way for long.
    write(&cache, |w| confirm(w, &told(1, 1, Some(7.0))));
    assert_eq!((shown(&cache).ended, shown(&cache).last), (true, None));
    assert!(cache.read(|c| shares(c, 1_000)).unwrap().is_empty());
}
