//! One of two conversations that are merged, or come apart: its row, locked.

use tidings_protocol::Seq;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::Priority;
use tidings_protocol::id::{ConversationId, TeamId, UserId};
use tidings_protocol::merging::{MergedInto, MergedThread};
use tidings_protocol::text::{Tag, Title};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use super::{Before, Own, json, merged, merged_into};
use crate::Tx;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::priority::{number, priority};
use crate::snooze::{Stage, stage};
use crate::tags::{folded, retag, tags};
use crate::tx::{Change, Feed};

/// A conversation, as far as merging is concerned.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) id: ConversationId,
    pub(super) user_id: UserId,
    pub(super) team_id: TeamId,
    pub(super) title: Option<Title>,
    pub(super) last_seq: Seq,
    pub(super) stage: Stage,
    pub(super) snoozed_until: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) waiting_since: Option<Timestamp>,
    pub(super) listed_at: Timestamp,
    pub(super) priority: Priority,
    pub(super) tags: Vec<Tag>,
    /// Whether replies wait in it.
    pub(super) is_held: bool,
    pub(super) merged_into: Option<ConversationId>,
    pub(super) told: Option<MergedInto>,
    pub(super) merged: Vec<MergedThread>,
    before: Option<String>,
}

/// Conversations for [`side`]; the text goes on after `WHERE`.
macro_rules! sides {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, team_id, title, last_seq, state, snoozed_until, closed_at, waiting_since, listed_at,
                priority, tags, held IS NOT NULL AS is_held, merged_into, merge_told, merged, merge_before
            FROM conversations WHERE ",
            $rest
        )
    };
}

fn side(row: &impl Columns) -> Result<Side> {
    Ok(Side {
        id: row.id("id")?,
        user_id: row.id("user_id")?,
        team_id: row.id("team_id")?,
        title: row.text_option("title")?,
        last_seq: row.get("last_seq")?,
        stage: stage(row)?,
        snoozed_until: time_option(row, "snoozed_until")?,
        closed_at: time_option(row, "closed_at")?,
        waiting_since: time_option(row, "waiting_since")?,
        listed_at: time(row, "listed_at")?,
        priority: priority(row)?,
        tags: tags(row)?,
        is_held: row.get("is_held")?,
        merged_into: row.id_option("merged_into")?,
        told: merged_into(row)?,
        merged: merged(row)?,
        before: row.get("merge_before")?,
    })
}

/// Locks a conversation.
pub(super) async fn lock(conn: &mut Conn<'_>, id: ConversationId) -> Result<Option<Side>> {
    const SQLITE: &str = sides!("id = $1");
    const POSTGRES: &str = sides!("id = $1 FOR NO KEY UPDATE");
    let sql = conn.picks(SQLITE, POSTGRES);
    one!(conn, side, sql, id.uuid())
}

/// Locks two conversations, in the order of their ids.
pub(super) async fn lock_both(
    conn: &mut Conn<'_>,
    one: ConversationId,
    other: ConversationId,
) -> Result<(Option<Side>, Option<Side>)> {
    if one < other {
        let first = lock(conn, one).await?;
        Ok((first, lock(conn, other).await?))
    } else {
        let first = lock(conn, other).await?;
        Ok((lock(conn, one).await?, first))
    }
}

/// The conversations that are merged into one.
pub(super) async fn merged_ones(conn: &mut Conn<'_>, into: ConversationId) -> Result<Vec<Side>> {
    const SQL: &str = sides!("merged_into = $1 ORDER BY id");
    all!(conn, side, SQL, into.uuid())
}

impl Side {
    /// Those that are merged into it now.
    pub(super) fn active(&self) -> impl Iterator<Item = &MergedThread> {
        self.merged.iter().filter(|thread| thread.parted.is_none())
    }

    /// How it stood before it was merged.
    pub(super) fn before(&self) -> Result<Option<Before>> {
        let parse = |json: &String| serde_json::from_str(json);
        self.before.as_ref().map(parse).transpose().map_err(|error| Error::stored("merge_before", error))
    }

    /// How it stood before others were merged into it.
    pub(super) fn own(&self) -> Result<Option<Own>> {
        let parse = |json: &String| serde_json::from_str(json);
        self.before.as_ref().map(parse).transpose().map_err(|error| Error::stored("merge_before", error))
    }

    /// Writes what others being merged into it changes. `was` is how it stands in the database.
    pub(super) async fn keep(
        &self,
        conn: &mut Conn<'_>,
        was: &Self,
        own: Option<&Own>,
        now: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "
            UPDATE conversations SET state = $2, snoozed_until = $3, closed_at = $4, waiting_since = $5,
                listed_at = $6, priority = $7, tags = $8, merged = $9, merge_before = $10
            WHERE id = $1";
        let after = folded(self.tags.clone());
        retag(conn, (self.id, self.team_id), &folded(was.tags.clone()), &after, now).await?;
        let tags = crate::tags::json(&after)?;
        let merged = if self.merged.is_empty() { None } else { Some(json(&self.merged)?) };
        let own = own.map(json).transpose()?;
        execute!(
            conn,
            SQL,
            self.id.uuid(),
            self.stage.word(),
            self.snoozed_until.map(Timestamp::unix_ms),
            self.closed_at.map(Timestamp::unix_ms),
            self.waiting_since.map(Timestamp::unix_ms),
            self.listed_at.unix_ms(),
            number(self.priority),
            tags.as_deref(),
            merged.as_deref(),
            own.as_deref()
        )?;
        Ok(())
    }

    /// Tells of it when it is open, closed or put aside now and was not before. Users do not know what is put aside.
    pub(super) fn tell_stage(&self, tx: &mut Tx<'_>, before: Stage, now: Timestamp) {
        let of = |kind| Change::of(kind, self.id, now);
        match (before, self.stage) {
            (Stage::Closed, Stage::Open) => {
                tx.record_for_both(self.user_id, self.team_id, of(ChangeKind::ConversationReopened));
            }
            (Stage::Open, Stage::Closed) => {
                tx.record_for_both(self.user_id, self.team_id, of(ChangeKind::ConversationClosed));
            }
            (Stage::Snoozed, Stage::Open) => {
                tx.record(Feed::Team(self.team_id), of(ChangeKind::ConversationWoken));
            }
            (Stage::Open, Stage::Snoozed) => {
                tx.record(Feed::Team(self.team_id), of(ChangeKind::ConversationSnoozed));
            }
            _ => {}
        }
    }
}

/// Where a conversation that was merged points to.
pub(super) async fn target(conn: &mut Conn<'_>, id: ConversationId) -> Result<Option<ConversationId>> {
    const SQL: &str = "SELECT merged_into FROM conversations WHERE id = $1";
    let found: Option<Option<Uuid>> = one!(conn, |row| Columns::get(row, "merged_into"), SQL, id.uuid())?;
    Ok(found.flatten().map(ConversationId::from))
}
