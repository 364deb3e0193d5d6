//! Conversations that are put aside until a time. They come back by a job, and at once when their user writes; the user
//! never learns of it.

use serde::{Deserialize, Serialize};
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::id::{ConversationId, JobId, UserId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::conversations::{agent, team_conversation, team_of};
use crate::error::{Error, Result};
use crate::jobs::{JobPayload, NewJob};
use crate::tx::{Change, Feed};
use crate::words;
use crate::{Actor, Command, Tx};

/// The state of a conversation as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Open,
    Snoozed,
    Closed,
}

impl Stage {
    /// As it is told: what is put aside is open to everybody.
    pub(crate) const fn state(self) -> ConversationState {
        match self {
            Self::Open | Self::Snoozed => ConversationState::Open,
            Self::Closed => ConversationState::Closed,
        }
    }

    /// As it is stored; there are several in each batch.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }
}

/// The stage of a row with `state`.
pub(crate) fn stage(row: &impl Columns) -> Result<Stage> {
    words::get(row, "state")
}

/// Puts an open conversation aside, or brings one back. Only agents may; the same again is fine.
///
/// [`Error::Refused`] when it is closed, or the time is not to come or too far away.
#[derive(Debug, Clone, Copy)]
pub struct Snooze {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub conversation_id: ConversationId,
    /// Until when; none: it comes back now.
    pub until: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
    /// The job that will bring it back.
    pub job_id: JobId,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Command for Snooze {
    type Output = InboxConversation;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<InboxConversation> {
        let agent_id = agent(self.actor)?;
        let id = self.conversation_id;
        let team_id = team_of(&mut tx.conn, agent_id, id).await?;
        let told = match self.until {
            Some(until) => self.put_aside(tx, until).await?.then_some(ChangeKind::ConversationSnoozed),
            None => self.bring_back(tx).await?.then_some(ChangeKind::ConversationWoken),
        };
        if let Some(kind) = told {
            tx.record(Feed::Team(team_id), Change::of(kind, id, self.now));
        }
        let header = team_conversation(&mut tx.conn, agent_id, id).await?.ok_or(Error::NotFound)?;
        match header.state {
            ConversationState::Closed if self.until.is_some() => {
                Err(Error::Refused("a closed conversation cannot be put aside"))
            }
            _ => Ok(header),
        }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl Snooze {
    async fn put_aside(&self, tx: &mut Tx<'_>, until: Timestamp) -> Result<bool> {
        const SQL: &str = "
            UPDATE conversations SET state = 'snoozed', snoozed_until = $2, woke_at = NULL
            WHERE id = $1 AND state <> 'closed' AND snoozed_until IS DISTINCT FROM $2
            RETURNING user_id";
        if until <= self.now {
            return Err(Error::Refused("the time is not to come"));
        }
        if until > self.now.plus_ms(limits::SNOOZE_DAYS * DAY_MS) {
            return Err(Error::Refused("the time is more than 366 days away"));
        }
        let (id, until_ms) = (self.conversation_id.uuid(), until.unix_ms());
        let user: Option<UserId> = one!(&mut tx.conn, |row| Columns::id(row, "user_id"), SQL, id, until_ms)?;
        let Some(user_id) = user else { return Ok(false) };
        let payload = JobPayload::WakeConversation { user_id, conversation_id: self.conversation_id, until };
        tx.enqueue(NewJob { id: self.job_id, payload, now: until });
        Ok(true)
    }

    async fn bring_back(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "UPDATE conversations SET state = 'open', snoozed_until = NULL WHERE id = $1 AND state = 'snoozed'";
        Ok(execute!(&mut tx.conn, SQL, self.conversation_id.uuid())? > 0)
    }
}

/// Brings a conversation back whose time has come, on top of its lists.
#[derive(Debug, Clone, Copy)]
pub struct WakeConversation {
    /// Which.
    pub conversation_id: ConversationId,
    /// Until when it was put aside; if that was changed since, nothing happens.
    pub until: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Command for WakeConversation {
    /// False when it is not put aside until then any more.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            UPDATE conversations SET state = 'open', snoozed_until = NULL, woke_at = $3, listed_at = $3
            WHERE id = $1 AND state = 'snoozed' AND snoozed_until = $2
            RETURNING team_id";
        let (id, until, now) = (self.conversation_id, self.until.unix_ms(), self.now.unix_ms());
        let team = one!(&mut tx.conn, |row| Columns::id(row, "team_id"), SQL, id.uuid(), until, now)?;
        let Some(team_id) = team else { return Ok(false) };
        tx.record(Feed::Team(team_id), Change::of(ChangeKind::ConversationWoken, id, self.now));
        Ok(true)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}
