//! How conversations come to agents by themselves: what the rules need to know, and what they have decided. Who is chosen is
//! decided elsewhere, because hours are told by a clock.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::assigning::{AssignmentRules, Routed, Talents};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::hours::TeamHours;
use tidings_protocol::id::{AgentId, AppId, ConversationId, JobId, TeamId, WorkspaceId};
use tidings_protocol::text::{Name, Tag};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::access::check_agent;
use crate::audit::{By, Line};
use crate::availability::away;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::hours::team_hours;
use crate::open::in_time;
use crate::same::same_id;
use crate::tags::tags;
use crate::tx::{Change, Feed};
use crate::{Command, Db, Tx};

/// Open conversations of an agent are counted up to this.
const COUNTED: i64 = 1_000;
/// A draft that was changed within this is being written.
pub(crate) const WRITING_MS: i64 = 10 * 60_000;

/// Whether the agent `a` is not writing in a conversation `c` since a time, nor has written what waits to go out.
macro_rules! is_not_writing {
    ($since:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM drafts d WHERE d.conversation_id = c.id AND d.agent_id = a.id
                AND d.text <> '' AND d.written_at > ",
            $since,
            ")
            AND NOT EXISTS (SELECT 1 FROM held_replies h WHERE h.conversation_id = c.id AND h.agent_id = a.id)"
        )
    };
}

pub(crate) use is_not_writing;

/// Whether a conversation `c` goes back from its agent `a`: a user waits in it, the agent is away and is not writing.
macro_rules! returns {
    ($now:literal, $writing:literal) => {
        concat!(
            "c.state = 'open' AND c.waiting_since IS NOT NULL AND ",
            away!("a", $now),
            " AND ",
            is_not_writing!($writing)
        )
    };
}

/// Says by which rules conversations are assigned.
#[derive(Debug, Clone)]
pub struct SetAssignmentRules {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// The rules.
    pub rules: AssignmentRules,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetAssignmentRules {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE workspaces SET assignment = $2, return_after = $3 WHERE id = $1";
        let is_empty = self.rules == AssignmentRules::default();
        let text = if is_empty { None } else { Some(json(&self.rules)?) };
        let return_after = self.rules.return_after.map(i64::from);
        let id = self.workspace_id.uuid();
        if execute!(&mut tx.conn, SQL, id, text.as_deref(), return_after)? == 0 {
            return Err(Error::NotFound);
        }
        let line = Line::new(self.workspace_id, self.by, AuditAct::AssignmentRulesSet);
        tx.audit(line.detail("rules", self.rules.rules.len().to_string()));
        Ok(())
    }
}

/// Says what an agent can, and how much they take.
#[derive(Debug, Clone)]
pub struct SetTalents {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// What.
    pub talents: Talents,
    /// Who says so, and when.
    pub by: By,
}

impl Command for SetTalents {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE agents SET talents = $2 WHERE id = $1";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        execute!(&mut tx.conn, SQL, self.agent_id.uuid(), json(&self.talents)?.as_str())?;
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::AgentTalentsSet).target(self.agent_id));
        Ok(())
    }
}

/// Gives a conversation that nobody has to an agent whom a rule has chosen.
#[derive(Debug, Clone)]
pub struct AssignByRule {
    /// Which.
    pub conversation_id: ConversationId,
    /// To whom.
    pub agent_id: AgentId,
    /// The rule.
    pub rule: Name,
    /// Now.
    pub now: Timestamp,
}

impl Command for AssignByRule {
    /// False when that cannot be any more: somebody has taken it, it is not open, or the agent is away or has enough.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            SELECT team_id, last_seq, routed FROM conversations
            WHERE id = $1 AND assignee_id IS NULL AND state = 'open'";
        const ASSIGN: &str = "
            UPDATE conversations SET assignee_id = $2, routed = $3 WHERE id = $1 AND assignee_id IS NULL AND state = 'open'";
        let id = self.conversation_id;
        let Some((team_id, after_seq, before)) = one!(&mut tx.conn, waiting, SQL, id.uuid())? else {
            return Ok(false);
        };
        let candidates = candidates(&mut tx.conn, team_id, self.now).await?;
        let chosen = candidates.iter().find(|candidate| candidate.agent_id == self.agent_id);
        if !chosen.is_some_and(Candidate::takes_more) {
            return Ok(false);
        }
        let before = before.filter(|before| before.after_seq == after_seq);
        let (away_agent_id, off_agent_id) =
            before.map_or((None, None), |before| (before.away_agent_id, before.off_agent_id));
        let routed = Routed {
            at: self.now,
            after_seq,
            rule: Some(self.rule.clone()),
            away_agent_id,
            off_agent_id,
            by_agent_id: None,
            from_agent_id: None,
        };
        let routed = json(&routed)?;
        if execute!(&mut tx.conn, ASSIGN, id.uuid(), self.agent_id.uuid(), routed.as_str())? == 0 {
            return Ok(false);
        }
        tx.record(Feed::Team(team_id), Change::of(ChangeKind::ConversationAssigned, id, self.now));
        Ok(true)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Takes a conversation in which a user waits from an agent who is away, and gives it back to the team.
#[derive(Debug, Clone, Copy)]
pub struct ReturnFromAway {
    /// Which.
    pub conversation_id: ConversationId,
    /// From whom.
    pub agent_id: AgentId,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReturnFromAway {
    /// False when it is not so any more, or the agent is writing in it.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = concat!(
            "SELECT c.team_id, c.last_seq, c.routed FROM conversations c JOIN agents a ON a.id = c.assignee_id
            WHERE c.id = $1 AND c.assignee_id = $2 AND ",
            returns!("$3", "$4")
        );
        const FREE: &str =
            "UPDATE conversations SET assignee_id = NULL, routed = $3 WHERE id = $1 AND assignee_id = $2";
        let (id, agent) = (self.conversation_id.uuid(), self.agent_id.uuid());
        let (now, writing) = (self.now.unix_ms(), self.now.plus_ms(-WRITING_MS).unix_ms());
        let Some((team_id, after_seq, _)) = one!(&mut tx.conn, waiting, SQL, id, agent, now, writing)? else {
            return Ok(false);
        };
        let routed = Routed {
            at: self.now,
            after_seq,
            rule: None,
            away_agent_id: Some(self.agent_id),
            off_agent_id: None,
            by_agent_id: None,
            from_agent_id: None,
        };
        execute!(&mut tx.conn, FREE, id, agent, json(&routed)?.as_str())?;
        let change = Change::of(ChangeKind::ConversationAssigned, self.conversation_id, self.now);
        tx.record(Feed::Team(team_id), change);
        Ok(true)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// What the rules decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which conversation.
    pub id: ConversationId,
    /// Of which app.
    pub app_id: AppId,
    /// Of which team.
    pub team_id: TeamId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// What its user is called.
    pub user_name: Option<Name>,
    /// The language of the device on which its user was seen last.
    pub language: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The hours of its team.
    pub hours: Option<TeamHours>,
}

/// Somebody who might get a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent_id: AgentId,
    /// What they can.
    pub talents: Talents,
    /// How many open conversations they have, at most 1,000.
    pub load: i64,
    /// Whether they are away.
    pub is_away: bool,
}

impl Candidate {
    /// Whether they take one more.
    pub fn takes_more(&self) -> bool {
        !self.is_away && self.talents.at_most.is_none_or(|most| self.load < i64::from(most))
    }
}

/// What is needed to assign one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// The rules of its company.
    pub rules: AssignmentRules,
    /// The conversation.
    pub case: Case,
    /// Those of its team who answer.
    pub candidates: Vec<Candidate>,
}

/// The id of the job that assigns a conversation that was opened, or opened again, at a time.
pub(crate) fn job_id(id: ConversationId, now: Timestamp) -> JobId {
    same_id(now, &[b"assign", id.uuid().as_bytes()])
}

/// The column `routed` of a row of `conversations`.
pub(crate) fn routed(row: &impl Columns) -> Result<Option<Routed>> {
    optional(row, "routed")
}

/// The column `talents` of a row of `agents`.
pub(crate) fn talents(row: &impl Columns) -> Result<Talents> {
    Ok(optional(row, "talents")?.unwrap_or_default())
}

fn optional<T: DeserializeOwned>(row: &impl Columns, column: &'static str) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Error::stored(column, error))).transpose()
}

pub(crate) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::stored("assignment", error))
}

fn waiting(row: &impl Columns) -> Result<(TeamId, i64, Option<Routed>)> {
    Ok((row.id("team_id")?, row.get("last_seq")?, routed(row)?))
}

fn rules(row: &impl Columns) -> Result<AssignmentRules> {
    Ok(optional(row, "assignment")?.unwrap_or_default())
}

fn ruled(row: &impl Columns) -> Result<(AssignmentRules, Case)> {
    Ok((rules(row)?, case(row)?))
}

fn owned(row: &impl Columns) -> Result<(ConversationId, AgentId)> {
    Ok((row.id("id")?, row.id("agent_id")?))
}

fn case(row: &impl Columns) -> Result<Case> {
    Ok(Case {
        id: row.id("id")?,
        app_id: row.id("app_id")?,
        team_id: row.id("team_id")?,
        opened_at: time(row, "created_at")?,
        user_name: row.text_option("user_name")?,
        language: row.get("language")?,
        tags: tags(row)?,
        hours: team_hours(row)?,
    })
}

fn candidate(row: &impl Columns) -> Result<Candidate> {
    Ok(Candidate {
        agent_id: row.id("id")?,
        talents: talents(row)?,
        load: row.get("load")?,
        is_away: row.get("is_away")?,
    })
}

/// Conversations as the rules see them; the text goes on after `WHERE`.
macro_rules! cases {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.app_id, c.team_id, c.created_at, c.tags, u.name AS user_name, t.hours, w.assignment,
                (SELECT d.locale FROM devices d WHERE d.user_id = c.user_id AND d.locale IS NOT NULL
                    ORDER BY d.seen_at DESC LIMIT 1) AS language
            FROM conversations c JOIN users u ON u.id = c.user_id JOIN teams t ON t.id = c.team_id
            JOIN workspaces w ON w.id = t.workspace_id
            WHERE ",
            $rest
        )
    };
}

async fn candidates(conn: &mut Conn<'_>, team: TeamId, now: Timestamp) -> Result<Vec<Candidate>> {
    const SQL: &str = concat!(
        "SELECT a.id, a.talents, CASE WHEN ",
        away!("a", "$2"),
        " THEN TRUE ELSE FALSE END AS is_away,
            (SELECT COUNT(*) FROM (SELECT 1 FROM conversations c WHERE c.assignee_id = a.id AND c.state = 'open'
                ORDER BY c.listed_at LIMIT $3) counted) AS load
        FROM team_members m JOIN agents a ON a.id = m.agent_id
        WHERE m.team_id = $1 AND a.disabled_at IS NULL AND a.role IN ('owner', 'admin', 'agent')
        ORDER BY a.id"
    );
    all!(conn, candidate, SQL, team.uuid(), now.unix_ms(), COUNTED)
}

impl Db {
    /// The rules by which a workspace assigns conversations.
    pub async fn assignment_rules(&self, workspace: WorkspaceId) -> Result<AssignmentRules> {
        const SQL: &str = "SELECT assignment FROM workspaces WHERE id = $1";
        in_time(async { one!(self.single().await?.conn(), rules, SQL, workspace.uuid()) })
            .await
            .map(Option::unwrap_or_default)
    }

    /// What is needed to assign a conversation, read at one moment; none when it is not open, or somebody has it.
    pub async fn routing(&self, id: ConversationId, now: Timestamp) -> Result<Option<Routing>> {
        const SQL: &str = cases!("c.id = $1 AND c.state = 'open' AND c.assignee_id IS NULL");
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let Some((rules, case)) = one!(&mut conn, ruled, SQL, id.uuid())? else { return Ok(None) };
            let candidates = candidates(&mut conn, case.team_id, now).await?;
            Ok(Some(Routing { rules, case, candidates }))
        })
        .await
    }

    /// The conversations of a team that were active last, as the rules see them, and those of the team who answer.
    pub async fn latest_cases(
        &self,
        team: TeamId,
        limit: i64,
        now: Timestamp,
    ) -> Result<(Vec<Case>, Vec<Candidate>)> {
        const SQL: &str = cases!(
            "c.id IN (
                SELECT id FROM (SELECT id FROM conversations WHERE team_id = $1 AND state = 'open'
                    ORDER BY listed_at DESC, id DESC LIMIT $2) opened
                UNION ALL
                SELECT id FROM (SELECT id FROM conversations WHERE team_id = $1 AND state = 'closed'
                    ORDER BY listed_at DESC, id DESC LIMIT $2) closed)"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let cases = all!(&mut conn, case, SQL, team.uuid(), limit)?;
            Ok((cases, candidates(&mut conn, team, now).await?))
        })
        .await
    }

    /// Conversations in which a user waits for an agent who has been away for too long, as the rules of the company say.
    pub async fn left_behind(&self, limit: i64, now: Timestamp) -> Result<Vec<(ConversationId, AgentId)>> {
        // CROSS: SQLite begins with the few who are away, and not with all that is assigned.
        const SQL: &str = concat!(
            "SELECT c.id, a.id AS agent_id FROM agents a JOIN workspaces w ON w.id = a.workspace_id
            CROSS JOIN conversations c
            WHERE c.assignee_id = a.id AND a.away_since <= $1 - w.return_after * 60000 AND ",
            returns!("$1", "$2"),
            " LIMIT $3"
        );
        let writing = now.plus_ms(-WRITING_MS).unix_ms();
        in_time(async { all!(self.single().await?.conn(), owned, SQL, now.unix_ms(), writing, limit) }).await
    }
}
