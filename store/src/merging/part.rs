//! The end of a merge: both conversations are again what they were, with what happened in them since.

use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::Priority;
use tidings_protocol::id::ConversationId;
use tidings_protocol::merging::{MergedInto, Parted};
use tidings_protocol::text::Tag;
use tidings_protocol::time::Timestamp;

use super::side::{Side, lock, lock_both, merged_ones, target};
use super::{Before, Own, earlier, in_order, json};
use crate::Tx;
use crate::db::Conn;
use crate::error::Result;
use crate::headers::time;
use crate::snooze::Stage;
use crate::tags::folded;
use crate::tx::{Change, Feed};

/// Why a merge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// An agent takes it back: nothing is left of it.
    Undone,
    /// The user has written in it, after this message: both threads say so.
    Written { after_seq: Seq },
}

/// Ends a merge as an agent wants it; answers what the conversation was merged into, none when it stands by itself.
pub(super) async fn undo(
    tx: &mut Tx<'_>,
    id: ConversationId,
    now: Timestamp,
) -> Result<Option<ConversationId>> {
    let Some(into) = target(&mut tx.conn, id).await? else { return Ok(None) };
    let (one, other) = lock_both(&mut tx.conn, id, into).await?;
    let Some(one) = one.filter(|one| one.merged_into == Some(into)) else { return Ok(None) };
    end(tx, one, other, End::Undone, now).await?;
    Ok(Some(into))
}

/// Ends a merge because the user has written in what was merged, after the message with a number. Its row is locked, and the
/// message is in it.
pub(crate) async fn part(tx: &mut Tx<'_>, id: ConversationId, after_seq: Seq, now: Timestamp) -> Result<()> {
    let Some(one) = lock(&mut tx.conn, id).await? else { return Ok(()) };
    let Some(into) = one.merged_into else { return Ok(()) };
    let other = lock(&mut tx.conn, into).await?;
    end(tx, one, other, End::Written { after_seq }, now).await
}

async fn end(tx: &mut Tx<'_>, one: Side, other: Option<Side>, end: End, now: Timestamp) -> Result<()> {
    let before = one.before()?;
    // Whoever answered in the other has answered what was asked in the one.
    let still_waits = before.as_ref().and_then(|before| before.waiting_since).filter(|since| {
        other.as_ref().and_then(|other| other.waiting_since).is_some_and(|waits| waits <= *since)
    });
    restore(tx, &one, before.as_ref(), still_waits, end, now).await?;
    let parted = Change::of(ChangeKind::ConversationUnmerged, one.id, now);
    tx.record_for_both(one.user_id, one.team_id, parted);
    // Without it there is nobody to give back to.
    let Some(other) = other else { return Ok(()) };
    give_back(tx, &one, before.as_ref(), &other, end, now).await?;
    tx.record(Feed::Team(other.team_id), Change::of(ChangeKind::MergesChanged, other.id, now));
    Ok(())
}

/// What was merged stands as it did; if the user has written in it, it is open, as the message has left it.
async fn restore(
    tx: &mut Tx<'_>,
    one: &Side,
    before: Option<&Before>,
    still_waits: Option<Timestamp>,
    end: End,
    now: Timestamp,
) -> Result<()> {
    const UNDONE: &str = "
        UPDATE conversations SET state = $2, snoozed_until = $3, closed_at = $4, waiting_since = $5,
            merged_into = NULL, merge_told = NULL, merge_before = NULL
        WHERE id = $1";
    const WRITTEN: &str = "
        UPDATE conversations SET waiting_since = $2, merged_into = NULL, merge_told = $3, merge_before = NULL
        WHERE id = $1";
    let id = one.id.uuid();
    match end {
        End::Undone => {
            // The time until which it was put aside may have come meanwhile.
            let snoozed_until = before.and_then(|it| it.snoozed_until).filter(|until| *until > now);
            let stage = match before.map(|it| it.stage) {
                Some(Stage::Snoozed) if snoozed_until.is_none() => Stage::Open,
                Some(stage) => stage,
                None => Stage::Closed,
            };
            let closed_at = before.and_then(|it| it.closed_at).map(Timestamp::unix_ms);
            let (until, waits) = (snoozed_until.map(Timestamp::unix_ms), still_waits.map(Timestamp::unix_ms));
            execute!(&mut tx.conn, UNDONE, id, stage.word(), until, closed_at, waits)?;
        }
        End::Written { after_seq } => {
            let parted = Some(Parted { at: now, after_seq });
            let told = one.told.clone().map(|told| MergedInto { parted, ..told });
            let told = told.as_ref().map(json).transpose()?;
            let waits = still_waits.or(one.waiting_since).map(Timestamp::unix_ms);
            execute!(&mut tx.conn, WRITTEN, id, waits, told.as_deref())?;
        }
    }
    Ok(())
}

/// Takes from the other what the one had brought, as far as nobody has changed it since and none of those that stay brings it.
async fn give_back(
    tx: &mut Tx<'_>,
    one: &Side,
    before: Option<&Before>,
    other: &Side,
    end: End,
    now: Timestamp,
) -> Result<()> {
    let mut after = other.clone();
    match end {
        End::Undone => after.merged.retain(|thread| thread.conversation_id != one.id),
        End::Written { .. } => {
            let parted = Parted { at: now, after_seq: other.last_seq };
            for thread in after.merged.iter_mut().filter(|thread| thread.conversation_id == one.id) {
                thread.parted = Some(parted);
            }
        }
    }
    let stay = merged_ones(&mut tx.conn, other.id).await?;
    let mut own = other.own()?;
    if let Some(own) = &mut own {
        let held = stay.iter().map(|side| Ok(side.before()?.map(|before| (side, before))));
        let held: Vec<_> = held.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        let rest = Rest::of(own, &held);
        let brought = before.and_then(|before| before.waiting_since);
        if other.waiting_since.is_some() && other.waiting_since == earlier(rest.waiting_since, brought) {
            let wrote = first_since(&mut tx.conn, other.id, own.last_seq).await?;
            after.waiting_since = earlier(rest.waiting_since, wrote);
        }
        if other.priority == rest.priority.max(one.priority) {
            after.priority = rest.priority;
        }
        let kept = folded(rest.tags);
        let theirs = folded(one.tags.clone());
        let mut tags = folded(other.tags.clone());
        tags.retain(|key, _| kept.contains_key(key) || !theirs.contains_key(key));
        after.tags = in_order(tags);
        let place = before.map_or(rest.listed_at, |before| rest.listed_at.max(before.listed_at));
        if other.listed_at == place && other.last_seq == own.last_seq {
            after.listed_at = rest.listed_at;
        }
        let nobody_waits = held.iter().all(|(_, before)| before.waiting_since.is_none());
        if nobody_waits && let Some(opened) = own.opened.take() {
            // Only what nobody has touched since is closed again, or put aside.
            let is_due =
                opened.stage == Stage::Snoozed && opened.snoozed_until.is_none_or(|until| until <= now);
            if other.stage == Stage::Open && other.last_seq == opened.last_seq && !is_due {
                after.stage = opened.stage;
                after.snoozed_until = opened.snoozed_until;
                after.closed_at = opened.closed_at;
                after.waiting_since = own.waiting_since;
            }
        }
    }
    let own = own.filter(|_| !stay.is_empty());
    after.keep(&mut tx.conn, other, own.as_ref(), now).await?;
    after.tell_stage(tx, other.stage, now);
    Ok(())
}

/// What a conversation has of its own, and of those that stay merged into it.
struct Rest {
    waiting_since: Option<Timestamp>,
    priority: Priority,
    tags: Vec<Tag>,
    listed_at: Timestamp,
}

impl Rest {
    fn of(own: &Own, stay: &[(&Side, Before)]) -> Self {
        let mut rest = Self {
            waiting_since: own.waiting_since,
            priority: own.priority,
            tags: own.tags.clone(),
            listed_at: own.listed_at,
        };
        for (side, before) in stay {
            rest.waiting_since = earlier(rest.waiting_since, before.waiting_since);
            rest.priority = rest.priority.max(side.priority);
            rest.tags.extend(side.tags.iter().cloned());
            rest.listed_at = rest.listed_at.max(before.listed_at);
        }
        rest
    }
}

/// When the user first wrote in a conversation after a message.
async fn first_since(conn: &mut Conn<'_>, id: ConversationId, seq: Seq) -> Result<Option<Timestamp>> {
    const SQL: &str = "
        SELECT sent_at FROM messages WHERE conversation_id = $1 AND seq > $2 AND author_kind = 'user'
        ORDER BY seq LIMIT 1";
    one!(conn, |row| time(row, "sent_at"), SQL, id.uuid(), seq)
}
