//! Who is away: nothing new is assigned to them, and they can give away what is theirs.

use tidings_protocol::availability::{AwayAgent, HandedOver};
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AgentId, ConversationId, TeamId, WorkspaceId};
use tidings_protocol::text::Text;
use tidings_protocol::time::Timestamp;
use tidings_protocol::{Seq, limits};
use uuid::Uuid;

use crate::agents::teams_of;
use crate::assigning::json;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::hand::by_hand;
use crate::headers::{time, time_option};
use crate::mentions::Telling;
use crate::notes::AppendNote;
use crate::open::in_time;
use crate::same::same_id;
use crate::tx::{Change, Feed};
use crate::{Command, Db, Tx};

/// Conversations that one step gives away: a batch stays short for all who wait behind it.
const STEP: i64 = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether an agent of a row of `agents` is away; the name of the table, and the place of the time of now.
macro_rules! away {
    ($agent:literal, $now:literal) => {
        concat!(
            "(",
            $agent,
            ".away_since IS NOT NULL AND (",
            $agent,
            ".away_until IS NULL OR ",
            $agent,
            ".away_until > ",
            $now,
            "))"
        )
    };
}

pub(crate) use away;

/// Whether an agent is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// They are.
    Available,
    /// They are not.
    Away {
        /// When they are there again by themselves; none: when they say so.
        until: Option<Timestamp>,
    },
}

/// Says whether an agent is there. Said again, it changes until when, and not since when.
///
/// [`Error::Refused`] for a time that is not to come, or too far away.
#[derive(Debug, Clone, Copy)]
pub struct SetAvailability {
    /// Who.
    pub agent_id: AgentId,
    /// Whether they are.
    pub availability: Availability,
    /// Now.
    pub now: Timestamp,
}

impl Command for SetAvailability {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const BACK: &str = "UPDATE agents SET away_since = NULL, away_until = NULL WHERE id = $1";
        const AWAY: &str = "
            UPDATE agents SET away_until = $2,
                away_since = CASE WHEN away_since IS NULL OR away_until <= $3 THEN $3 ELSE away_since END
            WHERE id = $1";
        let (id, now) = (self.agent_id.uuid(), self.now);
        let changed = match self.availability {
            Availability::Available => execute!(&mut tx.conn, BACK, id)?,
            Availability::Away { until } => {
                if until.is_some_and(|until| until <= now || until > now.plus_ms(limits::AWAY_DAYS * DAY_MS))
                {
                    return Err(Error::Refused("expected a time to come, at most 366 days away"));
                }
                execute!(&mut tx.conn, AWAY, id, until.map(Timestamp::unix_ms), now.unix_ms())?
            }
        };
        if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.agent_id.uuid())
    }
}

/// Gives away some of what is assigned to an agent and not closed.
///
/// [`Error::Refused`] when nobody can have it: the agent themself, or one whom they share no team with; [`Error::Away`]
/// when the colleague is away.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// Whose.
    pub agent_id: AgentId,
    /// To whom; what is of a team that they are not in goes back to that team, and without anybody everything does.
    pub to: Option<AgentId>,
    /// A note that goes into each of them; it mentions the colleague in those that they get, and wakes them once.
    pub note: Option<Text>,
    /// Whether the colleague was woken by an earlier step.
    pub told: bool,
    /// Now.
    pub now: Timestamp,
}

/// What a step of [`HandOver`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// What became of it.
    pub over: HandedOver,
    /// Whether there may be more.
    pub more: bool,
}

impl Command for HandOver {
    type Output = Handed;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Handed> {
        const SQL: &str = "
            SELECT id, team_id, last_seq FROM conversations WHERE assignee_id = $1 AND state IN ('open', 'snoozed')
            ORDER BY listed_at, id LIMIT $2";
        const GIVE: &str =
            "UPDATE conversations SET assignee_id = $3, routed = $4 WHERE id = $1 AND assignee_id = $2";
        let teams = self.teams_of_receiver(&mut tx.conn).await?;
        let agent = self.agent_id.uuid();
        let found: Vec<(ConversationId, TeamId, Seq)> = all!(&mut tx.conn, of_team, SQL, agent, STEP)?;
        let mut over = HandedOver { assigned: 0, unassigned: 0 };
        for &(id, team_id, last_seq) in &found {
            let to = self.to.filter(|_| teams.contains(&team_id));
            let routed = json(&by_hand(self.now, last_seq, self.agent_id, Some(self.agent_id)))?;
            let to_uuid = to.map(AgentId::uuid);
            if execute!(&mut tx.conn, GIVE, id.uuid(), agent, to_uuid, routed.as_str())? == 0 {
                continue;
            }
            tx.record(Feed::Team(team_id), Change::of(ChangeKind::ConversationAssigned, id, self.now));
            self.write_note(tx, id, to, over.assigned == 0).await?;
            *(if to.is_some() { &mut over.assigned } else { &mut over.unassigned }) += 1;
        }
        Ok(Handed { over, more: i64::try_from(found.len()).is_ok_and(|found| found == STEP) })
    }
}

impl HandOver {
    /// Leaves the note in a conversation. Whoever gets a hundred of them is woken for the first.
    async fn write_note(
        &self,
        tx: &mut Tx<'_>,
        conversation_id: ConversationId,
        to: Option<AgentId>,
        is_first: bool,
    ) -> Result<()> {
        let Some(text) = self.note.clone() else { return Ok(()) };
        let (agent_id, now) = (self.agent_id, self.now);
        // The same in a repeated batch: a step that is tried again writes the same note.
        let id = same_id(now, &[b"hand over", conversation_id.uuid().as_bytes()]);
        let note =
            AppendNote { id, conversation_id, agent_id, text, mentions: to.into_iter().collect(), now };
        let telling = if is_first && !self.told { Telling::Everybody } else { Telling::Nobody };
        note.append(tx, telling).await.map(drop)
    }

    /// The teams in which both are; none when everything goes back to its team.
    async fn teams_of_receiver(&self, conn: &mut Conn<'_>) -> Result<Vec<TeamId>> {
        const SQL: &str = "SELECT id FROM agents WHERE id = $1 AND disabled_at IS NULL";
        let Some(to) = self.to else { return Ok(Vec::new()) };
        let own = teams_of(conn, self.agent_id).await?;
        let mut shared = teams_of(conn, to).await?;
        shared.retain(|team| own.contains(team));
        let found: Option<AgentId> = one!(conn, |row| Columns::id(row, "id"), SQL, to.uuid())?;
        if to == self.agent_id || found.is_none() || shared.is_empty() {
            return Err(Error::Refused("expected a colleague of one of your teams"));
        }
        if is_away(conn, to, self.now).await? {
            return Err(Error::Away);
        }
        Ok(shared)
    }
}

fn of_team(row: &impl Columns) -> Result<(ConversationId, TeamId, Seq)> {
    Ok((row.id("id")?, row.id("team_id")?, row.get("last_seq")?))
}

/// Whether an agent is away.
pub(crate) async fn is_away(conn: &mut Conn<'_>, id: AgentId, now: Timestamp) -> Result<bool> {
    const SQL: &str = concat!("SELECT a.id FROM agents a WHERE a.id = $1 AND ", away!("a", "$2"));
    let away: Option<AgentId> = one!(conn, |row| Columns::id(row, "id"), SQL, id.uuid(), now.unix_ms())?;
    Ok(away.is_some())
}

fn away_agent(row: &impl Columns) -> Result<AwayAgent> {
    Ok(AwayAgent {
        agent_id: row.id("id")?,
        since: time(row, "away_since")?,
        until: time_option(row, "away_until")?,
    })
}

impl Db {
    /// Which agents of a workspace are away, the one first who is for longest.
    pub async fn who_is_away(&self, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<AwayAgent>> {
        const SQL: &str = concat!(
            "SELECT a.id, a.away_since, a.away_until FROM agents a
            WHERE a.workspace_id = $1 AND a.disabled_at IS NULL AND ",
            away!("a", "$2"),
            " ORDER BY a.away_since, a.id"
        );
        let (workspace, now) = (workspace.uuid(), now.unix_ms());
        in_time(async { all!(self.single().await?.conn(), away_agent, SQL, workspace, now) }).await
    }
}
