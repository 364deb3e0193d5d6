//! Places that are shared for a while: who moves and ends them, and what is left of them.

use tidings_protocol::message::{KnownPart, LiveLocation, Message, MoveLivePlace, Part, Parts};
use tidings_protocol::time::Timestamp;
use tidings_store::archive::{Backup, Existing, Restore, backup, restore};
use tidings_store::jobs::{ClaimJobs, Job, JobPayload};
use tidings_store::live_places::{EndOwnPlace, EndPlace, MovePlace};
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::scrub::Depth;
use tidings_store::{Actor, Created, DatabaseUrl, Error};

use crate::amend::delete;
use crate::trial::{Trial, World};

/// Digits that stand nowhere else in a database.
const DIGITS: &str = "948091337";

pub(crate) fn parts(for_s: i64) -> Parts {
    vec![Part::Known(KnownPart::LiveLocation(LiveLocation::for_seconds(for_s)))].try_into().unwrap()
}

pub(crate) async fn share(t: &Trial, w: &World) -> Message {
    let id = t.open_conversation(w.user).await.id;
    let share = AppendMessage { parts: parts(900), ..t.message(id, w.user(), "x") };
    t.db.write(share).await.unwrap().value
}

pub(crate) fn moves(message: &Message, actor: Actor, number: i64, now: Timestamp) -> MovePlace {
    let place = MoveLivePlace {
        number,
        latitude: 46.948_091_337,
        longitude: 7.0 + 0.001 * f64::from(i32::try_from(number).unwrap()),
        accuracy_m: Some(12.5),
        measured_at: None,
    };
    MovePlace { conversation_id: message.conversation_id, id: message.id, actor, place, now }
}

pub(crate) fn end(message: &Message, actor: Actor, now: Timestamp) -> EndOwnPlace {
    EndOwnPlace { conversation_id: message.conversation_id, id: message.id, actor, now }
}

fn live(message: &Message) -> &LiveLocation {
    match message.parts.as_slice() {
        [Part::Known(KnownPart::LiveLocation(live))] => live,
        other => panic!("{other:?}"),
    }
}

fn number(message: &Message) -> Option<i64> {
    live(message).last.as_ref().map(|last| last.number)
}

async fn stored(t: &Trial, message: &Message) -> Message {
    t.db.messages(message.conversation_id, Range::Newest, 1).await.unwrap().messages.remove(0)
}

async fn due(t: &Trial, now: Timestamp) -> Vec<Job> {
    let under_way = std::collections::HashMap::default();
    t.db.write(ClaimJobs { limit: 10, of_one_app: 10, under_way, lease_ms: 60_000, now }).await.unwrap()
}

both! {
    async fn the_newest_place_stands_in_the_message_and_nobody_counts_it(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        assert_eq!(live(&sent).until, Some(sent.sent_at.plus_ms(900_000)));
        assert_eq!(stored(t, &sent).await, sent);
        let before = t.db.agent_bootstrap(w.ana, 10).await.unwrap();
        let jobs = t.number("SELECT COUNT(*) FROM jobs").await;
        let first = t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
        assert_eq!((number(&first), first.edited_at > sent.edited_at), (Some(1), true));
        let later = t.later(60_000);
        let second = t.db.write(moves(&sent, w.user(), 4, later)).await.unwrap();
        assert_eq!((number(&second), second.edited_at > first.edited_at), (Some(4), true));
        assert_eq!(stored(t, &sent).await, second);
        assert_eq!(t.db.write(moves(&sent, w.user(), 3, later.plus_ms(60_000))).await.unwrap(), second, "late");
        let after = t.db.agent_bootstrap(w.ana, 10).await.unwrap();
        let (old, new) = (&before.conversations[0], &after.conversations[0]);
        assert_eq!((new.unread, new.last_seq, new.active_at), (old.unread, old.last_seq, old.active_at));
        assert_eq!(new.last_message.as_ref(), Some(&second));
        assert_eq!(after.teams[0].cursor.seq, before.teams[0].cursor.seq + 2, "two moves, two changes");
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs").await, jobs, "nobody is woken");
    }

    async fn law_2_a_share_is_begun_once(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let draft = AppendMessage { parts: parts(900), ..t.message(id, w.user(), "x") };
        let sent = t.db.write(draft.clone()).await.unwrap().value;
        assert_eq!(t.db.write(draft.clone()).await.unwrap(), Created { value: sent.clone(), is_new: false });
        let longer = AppendMessage { parts: parts(3_600), ..draft.clone() };
        assert!(matches!(t.db.write(longer).await, Err(Error::IdConflict)));
        let moved = t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
        assert_eq!(t.db.write(draft.clone()).await.unwrap(), Created { value: moved, is_new: false });
        let ended = t.db.write(end(&sent, w.user(), t.now())).await.unwrap();
        assert_eq!(t.db.write(draft).await.unwrap(), Created { value: ended, is_new: false });
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%end_live_place%'").await, 1);
    }

    async fn law_9_only_the_author_moves_and_ends_it_and_agents_share_none(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        for actor in [w.other_user(), w.ana(), w.stranger()] {
            assert!(matches!(t.db.write(moves(&sent, actor, 1, t.now())).await, Err(Error::NotFound)));
            assert!(matches!(t.db.write(end(&sent, actor, t.now())).await, Err(Error::NotFound)));
        }
        let reply = AppendMessage { parts: parts(900), ..t.message(sent.conversation_id, w.ana(), "x") };
        assert!(matches!(t.db.write(reply).await, Err(Error::Refused(_))));
        assert_eq!(stored(t, &sent).await, sent);
    }

    async fn places_that_come_too_fast_are_told_when_to_come_again(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        let now = t.now();
        let first = t.db.write(moves(&sent, w.user(), 1, now)).await.unwrap();
        for (after, seconds) in [(0, 4), (3_001, 1), (3_999, 1)] {
            let soon = t.db.write(moves(&sent, w.user(), 2, now.plus_ms(after))).await;
            assert!(matches!(soon, Err(Error::TooSoon { seconds: s }) if s == seconds), "{soon:?}");
        }
        assert_eq!(stored(t, &sent).await, first);
        assert!(t.db.write(moves(&sent, w.user(), 2, now.plus_ms(4_000))).await.is_ok());
    }

    async fn its_end_comes_by_a_job_of_its_time_once(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        let until = live(&sent).until.unwrap();
        t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
        assert_eq!(due(t, until.plus_ms(-1)).await, []);
        let jobs = due(t, until).await;
        let (conversation_id, seq) = (sent.conversation_id, sent.seq);
        let payload = JobPayload::EndLivePlace { user_id: w.user, conversation_id, seq, until };
        assert_eq!(jobs.iter().map(|job| &job.payload).collect::<Vec<_>>(), [&payload]);
        let late = t.db.write(moves(&sent, w.user(), 2, until)).await;
        assert!(matches!(late, Err(Error::NotEditable(_))), "its time is over, whenever the job comes");
        let cursor = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor.seq;
        let end = EndPlace { conversation_id, seq, until, now: until.plus_ms(40) };
        assert!(t.db.write(end).await.unwrap());
        assert!(!t.db.write(end).await.unwrap(), "once");
        let after = stored(t, &sent).await;
        assert_eq!((live(&after).ended, live(&after).until, number(&after)), (true, Some(until), None));
        assert_eq!(t.db.user_bootstrap(w.user, 10).await.unwrap().cursor.seq, cursor + 1, "both are told");
        assert_eq!(t.number("SELECT COUNT(*) FROM live_places").await, 0);
        assert_eq!(t.number("SELECT COUNT(*) FROM messages WHERE live_until IS NOT NULL").await, 0);
    }

    async fn whoever_ends_it_early_ends_it(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        let until = live(&sent).until.unwrap();
        t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
        let now = t.now();
        let ended = t.db.write(end(&sent, w.user(), now)).await.unwrap();
        assert_eq!((live(&ended).ended, live(&ended).until, number(&ended)), (true, Some(now), None));
        assert_eq!(t.db.write(end(&sent, w.user(), t.now())).await.unwrap(), ended, "again: nothing");
        let late = t.db.write(moves(&sent, w.user(), 2, t.later(10_000))).await;
        assert!(matches!(late, Err(Error::NotEditable(_))));
        let job = EndPlace { conversation_id: sent.conversation_id, seq: sent.seq, until, now: until };
        assert!(!t.db.write(job).await.unwrap(), "the job finds nothing to do");
        assert_eq!(stored(t, &sent).await, ended);
        let words = t.send(sent.conversation_id, w.user(), "hello").await;
        assert!(matches!(t.db.write(end(&words, w.user(), t.now())).await, Err(Error::NotEditable(_))));
    }

    async fn a_deleted_share_shares_nothing(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
        let gone = t.db.write(delete(t, &sent, w.user())).await.unwrap();
        assert!(gone.parts.is_empty());
        assert_eq!(t.number("SELECT COUNT(*) FROM live_places").await, 0);
        let late = t.db.write(moves(&sent, w.user(), 2, t.later(10_000))).await;
        assert!(matches!(late, Err(Error::NotEditable(_))));
        assert_eq!(stored(t, &sent).await, gone);
    }

    /// A backup is a file that outlives the end of every share in it.
    async fn a_backup_has_no_place_and_what_it_restores_goes_on_and_ends(t) {
        let w = t.world().await;
        let sent = share(t, &w).await;
        let until = live(&sent).until.unwrap();
        t.db.write(moves(&sent, w.user(), 1, t.now())).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backup.tidings");
        let told: tidings_store::archive::OnProgress = std::sync::Arc::new(|_| {});
        let made = Backup { from: t.url.clone(), to: file.clone(), now: t.now(), told: told.clone() };
        backup(made).await.unwrap();
        let other = match t.url {
            DatabaseUrl::Sqlite(_) => Trial::sqlite().await,
            DatabaseUrl::Postgres(_) => Trial::postgres().await,
        };
        let place = other.shut().await;
        let (to, now) = (place.url.clone(), place.now());
        restore(Restore { from: file, to, existing: Existing::Keep, epoch_bits: 0xabc, now, told }).await.unwrap();
        let place = place.reopen().await;
        let back = stored(&place, &sent).await;
        assert_eq!((live(&back).until, live(&back).ended, number(&back)), (Some(until), false, None));
        assert_eq!(place.number("SELECT COUNT(*) FROM live_places").await, 0);
        let moved = place.db.write(moves(&sent, w.user(), 2, place.later(10_000))).await.unwrap();
        assert_eq!(number(&moved), Some(2), "the phone goes on");
        let jobs = due(&place, until).await;
        assert!(jobs.iter().any(|job| matches!(job.payload, JobPayload::EndLivePlace { .. })), "{jobs:?}");
        place.end().await;
    }

    /// Neither in a row of any table nor in the bytes below it, whether its time was over or its author ended it.
    async fn law_11_a_place_that_was_shared_leaves_no_bytes(t) {
        let w = t.world().await;
        let has = |bytes: &[u8]| bytes.windows(DIGITS.len()).any(|window| window == DIGITS.as_bytes());
        let (timed, early) = (share(t, &w).await, share(t, &w).await);
        let until = live(&timed).until.unwrap();
        for (n, at) in (1..=20_i64).map(|n| (n, t.later(n * 10_000))) {
            t.db.write(moves(&timed, w.user(), n, at)).await.unwrap();
            t.db.write(moves(&early, w.user(), n, at)).await.unwrap();
        }
        t.send(timed.conversation_id, w.user(), "pearwords stay").await;
        assert!(has(&t.raw().await));
        t.db.write(end(&early, w.user(), t.now())).await.unwrap();
        let (conversation_id, seq) = (timed.conversation_id, timed.seq);
        assert!(t.db.write(EndPlace { conversation_id, seq, until, now: until }).await.unwrap());
        let depth = if t.db.backend() == "sqlite" { Depth::Places } else { Depth::Rewrite };
        t.db.scrub(depth).await.unwrap();
        t.db.scrub(Depth::Places).await.unwrap();
        let after = t.raw().await;
        assert!(!has(&after), "a place is left");
        assert!(after.windows(14).any(|window| window == b"pearwords stay"));
    }
}
