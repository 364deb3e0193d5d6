//! Conversations of one user that are one matter. Messages never move, so order, numbers and receipts stay as they are: the
//! one conversation points to the other, is closed, and whoever looks at the other finds it there.
//!
//! While it is merged, agents do nothing in it. The other has taken over what presses: since when the user waits, the higher
//! priority, the tags, its place in the lists. All of that is had back when the merge ends: because an agent takes it back,
//! and nothing is left of it then; or because the user writes in it, and then both threads say so.

mod part;
mod side;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{InboxConversation, Priority};
use tidings_protocol::id::{AgentId, ConversationId, TeamId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::merging::{MergedInto, MergedThread};
use tidings_protocol::text::Tag;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

pub(crate) use part::part;

use self::side::{Side, lock_both};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::conversations::{agent, team_conversation, team_of};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::snooze::Stage;
use crate::tags::folded;
use crate::tx::{Change, Feed};
use crate::{Actor, Command, Tx};

/// What the conversation of a row was merged into.
pub(crate) fn merged_into(row: &impl Columns) -> Result<Option<MergedInto>> {
    match row.get::<Option<String>>("merge_told")? {
        None => Ok(None),
        Some(json) => {
            serde_json::from_str(&json).map(Some).map_err(|error| Error::stored("merge_told", error))
        }
    }
}

/// What was merged into the conversation of a row.
pub(crate) fn merged(row: &impl Columns) -> Result<Vec<MergedThread>> {
    match row.get::<Option<String>>("merged")? {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|error| Error::stored("merged", error)),
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::stored("merge", error))
}

/// How a conversation stood before it was merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Before {
    stage: Stage,
    snoozed_until: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    waiting_since: Option<Timestamp>,
    listed_at: Timestamp,
}

/// How a conversation stood before the first of those that are merged into it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Own {
    last_seq: Seq,
    waiting_since: Option<Timestamp>,
    priority: Priority,
    tags: Vec<Tag>,
    listed_at: Timestamp,
    /// When a merge opened it, because a user waited in what was merged: how it was then.
    opened: Option<Opened>,
}

/// How a conversation stood before a merge opened it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Opened {
    stage: Stage,
    snoozed_until: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    last_seq: Seq,
}

/// Merges a conversation into another of the same user and team, or has it back as it was. Only agents of the team may; being so
/// already is fine.
///
/// [`Error::Merged`] when one of them is merged into another one; [`Error::CannotMerge`] when they are not of one user and team,
/// another is merged into the one, or replies wait in it; [`Error::Limit`] when too many are merged into the other.
#[derive(Debug, Clone, Copy)]
pub struct MergeConversation {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub conversation_id: ConversationId,
    /// Into which; none: it stands by itself again.
    pub into: Option<ConversationId>,
    /// Now.
    pub now: Timestamp,
}

impl Command for MergeConversation {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let agent_id = agent(self.actor)?;
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, agent_id, id).await?;
        let done = if let Some(into) = self.into {
            team_of(&mut tx.conn, agent_id, into).await?;
            let is_new = self.merge(tx, agent_id, into).await?;
            is_new.then_some((AuditAct::ConversationMerged, into))
        } else {
            let from = part::undo(tx, id, self.now).await?;
            from.map(|from| (AuditAct::ConversationUnmerged, from))
        };
        if let Some((act, other)) = done {
            let by = By { who: AuditActor::Agent { id: agent_id }, at: self.now };
            let workspace = workspace_of(&mut tx.conn, team_id).await?;
            tx.audit(Line::new(workspace, by, act).target(id).detail("into", other));
        }
        team_conversation(&mut tx.conn, agent_id, id).await?.ok_or(Error::NotFound)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

async fn workspace_of(conn: &mut Conn<'_>, team: TeamId) -> Result<WorkspaceId> {
    const SQL: &str = "SELECT workspace_id FROM teams WHERE id = $1";
    one!(conn, |row| Columns::id(row, "workspace_id"), SQL, team.uuid())?.ok_or(Error::NotFound)
}

impl MergeConversation {
    /// False when it is merged into that one already.
    async fn merge(&self, tx: &mut Tx<'_>, agent_id: AgentId, into: ConversationId) -> Result<bool> {
        if into == self.conversation_id {
            return Err(Error::CannotMerge("a conversation is not merged into itself"));
        }
        let (one, other) = lock_both(&mut tx.conn, self.conversation_id, into).await?;
        let (Some(one), Some(other)) = (one, other) else { return Err(Error::NotFound) };
        if one.merged_into == Some(into) {
            return Ok(false);
        }
        check(&one, &other)?;
        self.point(&mut tx.conn, agent_id, &one, &other).await?;
        self.take_over(tx, agent_id, &one, &other).await?;
        let merged = Change::of(ChangeKind::ConversationMerged, one.id, self.now);
        tx.record_for_both(one.user_id, one.team_id, merged);
        let changed = Change::of(ChangeKind::MergesChanged, other.id, self.now);
        tx.record(Feed::Team(other.team_id), changed);
        Ok(true)
    }

    /// Closes the one, and has it point to the other.
    async fn point(&self, conn: &mut Conn<'_>, agent_id: AgentId, one: &Side, other: &Side) -> Result<()> {
        const SQL: &str = "
            UPDATE conversations SET state = 'closed', waiting_since = NULL, snoozed_until = NULL, woke_at = NULL,
                closed_at = CASE WHEN state = 'closed' THEN closed_at ELSE $2 END,
                merged_into = $3, merge_told = $4, merge_before = $5
            WHERE id = $1";
        let told = MergedInto {
            conversation_id: other.id,
            title: other.title.clone(),
            at: self.now,
            after_seq: one.last_seq,
            agent_id,
            parted: None,
        };
        let before = Before {
            stage: one.stage,
            snoozed_until: one.snoozed_until,
            closed_at: one.closed_at,
            waiting_since: one.waiting_since,
            listed_at: one.listed_at,
        };
        let (told, before) = (json(&told)?, json(&before)?);
        let (id, now, into) = (one.id.uuid(), self.now.unix_ms(), other.id.uuid());
        execute!(conn, SQL, id, now, into, told.as_str(), before.as_str())?;
        Ok(())
    }

    /// Gives the other what presses in the one. Where a user waits, somebody must see it: then it is open.
    async fn take_over(&self, tx: &mut Tx<'_>, agent_id: AgentId, one: &Side, other: &Side) -> Result<()> {
        let mut own = if other.active().next().is_some() { other.own()? } else { None }.unwrap_or(Own {
            last_seq: other.last_seq,
            waiting_since: other.waiting_since,
            priority: other.priority,
            tags: other.tags.clone(),
            listed_at: other.listed_at,
            opened: None,
        });
        let mut after = other.clone();
        if one.waiting_since.is_some() && other.stage != Stage::Open {
            own.opened = Some(Opened {
                stage: other.stage,
                snoozed_until: other.snoozed_until,
                closed_at: other.closed_at,
                last_seq: other.last_seq,
            });
            after.stage = Stage::Open;
            after.snoozed_until = None;
        }
        after.waiting_since = earlier(one.waiting_since, other.waiting_since);
        after.priority = one.priority.max(other.priority);
        after.tags = union(&other.tags, &one.tags);
        after.listed_at = one.listed_at.max(other.listed_at);
        // One that was merged before and stood by itself since is told of once.
        after.merged.retain(|thread| thread.conversation_id != one.id);
        while after.merged.len() >= limits::MERGED {
            let Some(ended) = after.merged.iter().position(|thread| thread.parted.is_some()) else {
                return Err(Error::Limit("conversations merged into one"));
            };
            after.merged.remove(ended);
        }
        after.merged.push(MergedThread {
            conversation_id: one.id,
            title: one.title.clone(),
            at: self.now,
            after_seq: other.last_seq,
            messages: one.last_seq,
            agent_id,
            parted: None,
        });
        after.keep(&mut tx.conn, other, Some(&own), self.now).await?;
        after.tell_stage(tx, other.stage, self.now);
        Ok(())
    }
}

/// Refuses what cannot be merged.
fn check(one: &Side, other: &Side) -> Result<()> {
    if one.merged_into.is_some() || other.merged_into.is_some() {
        return Err(Error::Merged);
    }
    if one.user_id != other.user_id {
        return Err(Error::CannotMerge("they are of different users"));
    }
    if one.team_id != other.team_id {
        return Err(Error::CannotMerge("they are of different teams"));
    }
    if one.active().next().is_some() {
        return Err(Error::CannotMerge(
            "others are merged into it: merge the other way round, or have those back first",
        ));
    }
    if one.is_held {
        return Err(Error::CannotMerge("replies wait in it: send them, or take them back, first"));
    }
    Ok(())
}

/// The first of two times that may be none.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// The tags of both, as many as a conversation may have: its own first.
fn union(own: &[Tag], more: &[Tag]) -> Vec<Tag> {
    let mut all = folded(own.to_vec());
    for (key, tag) in folded(more.to_vec()) {
        if all.len() < limits::TAGS_PER_CONVERSATION {
            all.entry(key).or_insert(tag);
        }
    }
    in_order(all)
}

/// Tags as a header tells them.
fn in_order(tags: BTreeMap<String, Tag>) -> Vec<Tag> {
    tags.into_values().collect()
}
