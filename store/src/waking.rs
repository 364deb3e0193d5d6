//! What a push to an agent needs to know, as it is when its turn has come.

use tidings_protocol::Seq;
use tidings_protocol::alerts::{AgentNotifications, InboxLanguage, Means};
use tidings_protocol::id::{AgentId, AppId, ConversationId, WorkspaceId};
use tidings_protocol::message::Message;
use tidings_protocol::notifications::QuietHours;
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::text::{Email, Name};
use tidings_protocol::time::Timestamp;

use crate::alerts::agent_wishes;
use crate::browsers::browsers;
use crate::columns::Columns;
use crate::error::Result;
use crate::headers::{message, message_columns};
use crate::ledger::PushDevice;
use crate::open::in_time;
use crate::words;
use crate::{Command, Db, Tx};

/// What telling an agent of anything in a conversation needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentReach {
    /// The app of the user.
    pub app_id: AppId,
    /// What it is called.
    pub app_name: Name,
    /// How much a push may say.
    pub push_privacy: PushPrivacy,
    /// Whose key signs.
    pub workspace_id: WorkspaceId,
    /// Where they get e-mails.
    pub email: Email,
    /// In which language.
    pub language: InboxLanguage,
    /// When they want to be left in peace.
    pub quiet_hours: Option<QuietHours>,
    /// Open conversations of theirs in which the user waits for an answer: the badge.
    pub waiting: i64,
    /// Their browsers that can be woken.
    pub browsers: Vec<PushDevice>,
}

/// The columns of an [`AgentReach`]: of an app `a`, a conversation `c` and an agent `g`.
macro_rules! reach_columns {
    () => {
        "a.id AS app_id, a.name AS app_name, COALESCE(c.push_privacy, a.push_privacy) AS push_privacy,
            a.workspace_id, g.notifications, g.email,
            (SELECT COUNT(*) FROM conversations w WHERE w.assignee_id = g.id AND w.state = 'open'
                AND w.waiting_since IS NOT NULL) AS waiting"
    };
}

/// Who can be told of something in a conversation `c`: an agent `g` of its team who is there, of an app `a` that is on.
macro_rules! reachable {
    ($agent:literal, $now:literal) => {
        concat!(
            "JOIN apps a ON a.id = c.app_id AND a.disabled_at IS NULL
            JOIN agents g ON g.id = ",
            $agent,
            " AND g.disabled_at IS NULL AND NOT ",
            $crate::availability::away!("g", $now),
            " JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = g.id"
        )
    };
}

pub(crate) use {reach_columns, reachable};

/// The reach of a row with [`reach_columns!`], without browsers, and what the agent wants to be told of.
pub(crate) fn reach(row: &impl Columns) -> Result<(AgentReach, AgentNotifications)> {
    let wishes = agent_wishes(row)?;
    let reach = AgentReach {
        app_id: row.id("app_id")?,
        app_name: row.text("app_name")?,
        push_privacy: words::get(row, "push_privacy")?,
        workspace_id: row.id("workspace_id")?,
        email: row.text("email")?,
        language: wishes.language,
        quiet_hours: wishes.quiet_hours,
        waiting: row.get("waiting")?,
        browsers: Vec::new(),
    };
    Ok((reach, wishes))
}

/// What a push to an agent for a user's message needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentPushContext {
    /// The message.
    pub message: Message,
    /// What the user is called.
    pub user_name: Option<Name>,
    /// Messages of the user in this conversation that the team has not read.
    pub unread_here: i64,
    /// Whether it still waits for somebody.
    pub standing: Standing,
    /// Whether the user has written after it.
    pub is_followed: bool,
    /// Whether it is the first of what the team has not read.
    pub is_first: bool,
    /// By which means the agent still wants to be told: it is theirs, or nobody's and they look after those.
    pub means: Means,
    /// How they are told.
    pub reach: AgentReach,
}

/// How far the team has come with a user's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has looked at it.
    Unread,
    /// Somebody has read it.
    Read,
    /// An agent has written after it, or closed the conversation.
    Answered,
}

fn context(row: &impl Columns, agent: AgentId) -> Result<AgentPushContext> {
    let (reach, wishes) = reach(row)?;
    let means = match row.id_option::<AgentId>("assignee_id")? {
        None => wishes.unassigned,
        Some(assignee) if assignee == agent => wishes.assigned,
        Some(_) => Means::NONE,
    };
    let standing = match (row.get("is_answered")?, row.get("is_read")?) {
        (true, _) => Standing::Answered,
        (false, true) => Standing::Read,
        (false, false) => Standing::Unread,
    };
    Ok(AgentPushContext {
        message: message(row)?,
        user_name: row.text_option("user_name")?,
        unread_here: row.get("unread_here")?,
        standing,
        is_followed: row.get("is_followed")?,
        is_first: row.get("is_first")?,
        means,
        reach,
    })
}

impl Db {
    /// What a push to an agent needs to know, read at one moment; none when it is not there, or
    /// not for them any more, or they are away.
    pub async fn agent_push_context(
        &self,
        agent: AgentId,
        conversation: ConversationId,
        seq: Seq,
        now: Timestamp,
    ) -> Result<Option<AgentPushContext>> {
        const SQL: &str = concat!(
            "SELECT u.name AS user_name, c.assignee_id,
                m.user_count - COALESCE((SELECT r.user_count FROM messages r
                    WHERE r.conversation_id = c.id AND r.seq = c.team_read_seq), 0) = 1 AS is_first, c.team_read_seq >= m.seq AS is_read,
                c.user_count - COALESCE((SELECT r.user_count FROM messages r
                    WHERE r.conversation_id = c.id AND r.seq = c.team_read_seq), 0) AS unread_here,
                (c.state = 'closed' OR EXISTS (SELECT 1 FROM messages n
                    WHERE n.conversation_id = c.id AND n.seq > m.seq AND n.author_kind = 'agent')) AS is_answered,
                EXISTS (SELECT 1 FROM messages n
                    WHERE n.conversation_id = c.id AND n.seq > m.seq AND n.author_kind = 'user') AS is_followed, ",
            reach_columns!(),
            ", ",
            message_columns!(),
            " FROM conversations c ",
            reachable!("$2", "$4"),
            " JOIN users u ON u.id = c.user_id JOIN messages m ON m.conversation_id = c.id
            WHERE c.id = $1 AND m.seq = $3"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let (thread, id) = (conversation.uuid(), agent.uuid());
            let found = one!(conn, |row| context(row, agent), SQL, thread, id, seq, now.unix_ms())?;
            let Some(mut found) = found else { return Ok(None) };
            found.reach.browsers = browsers(&mut conn, agent, now).await?;
            Ok(Some(found))
        })
        .await
    }
}

/// Between two e-mails to one agent, at least. Those of other conversations follow one by one, as far as they still wait.
const AGENT_MAIL_PAUSE_MS: i64 = 5 * 60 * 1000;

/// Takes the right to write to an agent now.
#[derive(Debug, Clone, Copy)]
pub struct HoldAgentMail {
    /// Whom.
    pub agent_id: AgentId,
    /// Now.
    pub now: Timestamp,
}

impl Command for HoldAgentMail {
    /// None: it is ours. Otherwise when to ask again.
    type Output = Option<Timestamp>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
        const TAKE: &str = "
            UPDATE agents SET mailed_at = $2 WHERE id = $1 AND (mailed_at IS NULL OR mailed_at <= $3)";
        let free = self.now.plus_ms(-AGENT_MAIL_PAUSE_MS).unix_ms();
        if execute!(&mut tx.conn, TAKE, self.agent_id.uuid(), self.now.unix_ms(), free)? > 0 {
            return Ok(None);
        }
        Ok(Some(self.now.plus_ms(AGENT_MAIL_PAUSE_MS)))
    }

    fn lane(&self) -> Option<uuid::Uuid> {
        Some(self.agent_id.uuid())
    }
}
