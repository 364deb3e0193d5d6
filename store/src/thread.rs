//! A conversation as a batch of messages sees it: read and locked once, and then carried on in memory.

use tidings_protocol::Seq;
use tidings_protocol::assigning::Routed;
use tidings_protocol::conversation::{
    Conversation, Identified, InboxConversation, Mentioned, Priority, Receipts, UserSummary,
};
use tidings_protocol::held::HeldReply;
use tidings_protocol::id::{AgentId, AppId, ConversationId, TeamId};
use tidings_protocol::merging::{MergedInto, MergedThread};
use tidings_protocol::message::Message;
use tidings_protocol::text::{ExternalId, Tag, Title};
use tidings_protocol::time::Timestamp;

use crate::assigning::routed;
use crate::browsers::wakes_agents;
use crate::columns::{Columns, Ids};
use crate::db::Conn;
use crate::error::Result;
use crate::headers::{identified, receipts, time, time_option};
use crate::held::held;
use crate::mentions::mentioned;
use crate::merging::{merged, merged_into};
use crate::milestones::{Kind, Milestone};
use crate::priority::priority;
use crate::snooze::{Stage, stage};
use crate::tags::tags;

/// What is known of a conversation inside a transaction that has locked its row.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) id: ConversationId,
    pub(crate) team_id: TeamId,
    pub(crate) user: UserSummary,
    pub(crate) stage: Stage,
    pub(crate) last_seq: Seq,
    /// How many of its messages the user wrote.
    pub(crate) user_count: i64,
    pub(crate) receipts: Receipts,
    pub(crate) waiting_since: Option<Timestamp>,
    identified: Option<Identified>,
    routed: Option<Routed>,
    pub(crate) merged_into: Option<MergedInto>,
    merged: Vec<MergedThread>,
    pub(crate) active_at: Timestamp,
    /// The newest message, once one was appended.
    pub(crate) last_message: Option<Message>,
    /// The ends of its user's and its team's feed, where they cannot move: under the only lock of SQLite.
    pub(crate) heads: Option<(Seq, Seq)>,
    /// Whether a message of the user wakes an agent.
    pub(crate) wakes_agents: bool,
    app_id: AppId,
    pub(crate) assignee_id: Option<AgentId>,
    title: Option<Title>,
    snoozed_until: Option<Timestamp>,
    priority: Priority,
    tags: Vec<Tag>,
    held: Vec<HeldReply>,
    mentioned: Vec<Mentioned>,
    created_at: Timestamp,
    /// How many messages the user wrote up to what the user, and the team, has read. None when another transaction
    /// has moved the receipt while this one waited for the row.
    user_read_count: Option<i64>,
    team_read_count: Option<i64>,
}

/// The conversations of ids, with what their headers say; the text begins after `FROM`.
macro_rules! threads {
    ($begin:literal, $heads:literal, $taken:literal, $from:literal) => {
        concat!(
            $begin,
            "SELECT c.id, c.app_id, c.team_id, c.user_id, c.assignee_id, c.title, c.state, c.last_seq, c.user_count,
                c.user_delivered_seq, c.user_read_seq, c.team_read_seq, c.waiting_since, c.created_at, c.active_at,
                c.snoozed_until, c.priority, c.tags, c.held, c.mentioned, c.identified_at,
                c.identified_after, c.routed, c.merge_told, c.merged,
                u.name AS user_name, u.email AS user_email, u.external_id AS user_external_id,
                r.user_count AS user_read_count, t.user_count AS team_read_count, ",
            wakes_agents!(),
            ", ",
            $heads,
            ", (SELECT COUNT(*) FROM ",
            $taken,
            ") AS taken
            FROM ",
            $from,
            " JOIN users u ON u.id = c.user_id
            LEFT JOIN messages r ON r.conversation_id = c.id AND r.seq = c.user_read_seq
            LEFT JOIN messages t ON t.conversation_id = c.id AND t.seq = c.team_read_seq"
        )
    };
}

/// Whether a transaction is begun by the statement itself, which saves SQLite a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It was begun before.
    Begun,
    /// It begins with the statement; only on SQLite.
    Together,
}

/// The threads that exist, and how many of the messages.
pub(crate) struct Locked {
    pub(crate) threads: Vec<Thread>,
    pub(crate) taken: i64,
}

/// Reads conversations and locks their rows in the order of their ids, and counts which ids of messages are taken.
pub(crate) async fn lock(
    conn: &mut Conn<'_>,
    ids: Ids<'_>,
    new: Ids<'_>,
    opening: Opening,
) -> Result<Locked> {
    let sql = match opening {
        Opening::Begun => conn.picks(SQLITE, POSTGRES),
        Opening::Together => SQLITE_FIRST,
    };
    let rows = all!(conn, locked, sql, ids, new)?;
    let taken = rows.first().map_or(0, |(_, taken)| *taken);
    Ok(Locked { threads: rows.into_iter().map(|(thread, _)| thread).collect(), taken })
}

/// On SQLite, with the word that begins a transaction or without.
macro_rules! sqlite_threads {
    ($begin:literal) => {
        threads!(
            $begin,
            "(SELECT last_seq FROM feeds WHERE id = c.user_id) AS user_head,
            (SELECT last_seq FROM feeds WHERE id = c.team_id) AS team_head",
            "json_each($2) new CROSS JOIN messages m ON m.id = unhex(new.value)",
            "json_each($1) asked CROSS JOIN conversations c ON c.id = unhex(asked.value)"
        )
    };
}

const SQLITE: &str = sqlite_threads!("");
const SQLITE_FIRST: &str = sqlite_threads!("BEGIN IMMEDIATE; ");
const POSTGRES: &str = threads!(
    "",
    "CAST(NULL AS BIGINT) AS user_head, CAST(NULL AS BIGINT) AS team_head",
    "messages m WHERE m.id = ANY($2)",
    "(SELECT * FROM conversations WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE) c"
);

fn locked(row: &impl Columns) -> Result<(Thread, i64)> {
    let external_id: Option<ExternalId> = row.text_option("user_external_id")?;
    let user_head: Option<Seq> = row.get("user_head")?;
    let team_head: Option<Seq> = row.get("team_head")?;
    let receipts = receipts(row)?;
    let read = |seq: Seq, column| match seq {
        0 => Ok(Some(0)),
        _ => row.get::<Option<i64>>(column),
    };
    let thread = Thread {
        id: row.id("id")?,
        app_id: row.id("app_id")?,
        team_id: row.id("team_id")?,
        user: UserSummary {
            id: row.id("user_id")?,
            name: row.text_option("user_name")?,
            email: row.get("user_email")?,
            verified: external_id.is_some(),
            external_id: external_id.map(String::from),
        },
        assignee_id: row.id_option("assignee_id")?,
        title: row.text_option("title")?,
        stage: stage(row)?,
        snoozed_until: time_option(row, "snoozed_until")?,
        priority: priority(row)?,
        tags: tags(row)?,
        held: held(row)?,
        mentioned: mentioned(row)?,
        last_seq: row.get("last_seq")?,
        user_count: row.get("user_count")?,
        user_read_count: read(receipts.user_read_seq, "user_read_count")?,
        team_read_count: read(receipts.team_read_seq, "team_read_count")?,
        receipts,
        waiting_since: time_option(row, "waiting_since")?,
        identified: identified(row)?,
        routed: routed(row)?,
        merged_into: merged_into(row)?,
        merged: merged(row)?,
        created_at: time(row, "created_at")?,
        active_at: time(row, "active_at")?,
        last_message: None,
        heads: user_head.zip(team_head),
        wakes_agents: row.get("wakes_agents")?,
    };
    Ok((thread, row.get("taken")?))
}

impl Thread {
    /// What it is merged into, as long as it is.
    pub(crate) fn merged(&self) -> Option<&MergedInto> {
        self.merged_into.as_ref().filter(|merged| merged.parted.is_none())
    }

    /// A message of the user is appended; answers its number.
    pub(crate) fn user_writes(&mut self, now: Timestamp) -> Seq {
        self.user_count += 1;
        self.waiting_since = self.waiting_since.or(Some(now));
        self.grow(now)
    }

    /// A message of the company itself is appended, which asks nothing of the team; answers its number.
    pub(crate) fn company_writes(&mut self, now: Timestamp) -> Seq {
        self.grow(now)
    }

    /// The user says what they think: nobody has to do anything, and whoever had read all of theirs still has. Answers the
    /// number.
    pub(crate) fn user_rates(&mut self, now: Timestamp) -> Seq {
        let had_read_all = self.team_read_count == Some(self.user_count);
        self.user_count += 1;
        let seq = self.grow(now);
        if had_read_all {
            (self.receipts.team_read_seq, self.team_read_count) = (seq, Some(self.user_count));
        }
        seq
    }

    /// A message of an agent is appended, who has seen the messages up to `seen` and none of the user's after it
    /// is there; answers its number.
    pub(crate) fn agent_writes(&mut self, seen: Seq, now: Timestamp) -> Seq {
        // What the author saw, the team has read; a number from the future is moved to the last message.
        let read = seen.min(self.last_seq);
        if read > self.receipts.team_read_seq {
            self.receipts.team_read_seq = read;
            self.team_read_count = Some(self.user_count);
        }
        self.waiting_since = None;
        self.grow(now)
    }

    /// What reports count of it, nobody's and without a time.
    pub(crate) const fn milestone(&self, kind: Kind, at: Timestamp) -> Milestone {
        Milestone { conversation_id: self.id, kind, at, team_id: self.team_id, agent_id: None, ms: None }
    }

    /// What an answer by this agent is to reports: none unless it is the first that the user gets.
    pub(crate) fn first_answer(&self, agent: AgentId, now: Timestamp) -> Option<Milestone> {
        let since = self.waiting_since.filter(|_| self.last_seq == self.user_count)?;
        let ms = now.unix_ms() - since.unix_ms();
        Some(Milestone { agent_id: Some(agent), ms: Some(ms.max(0)), ..self.milestone(Kind::Answered, now) })
    }

    fn grow(&mut self, now: Timestamp) -> Seq {
        self.last_seq += 1;
        self.active_at = now;
        self.last_seq
    }

    /// The header as its user sees it; none when it is not known without reading.
    pub(crate) fn for_user(&self) -> Option<Conversation> {
        Some(Conversation {
            id: self.id,
            title: self.title.clone(),
            state: self.stage.state(),
            last_seq: self.last_seq,
            receipts: self.receipts,
            unread: (self.last_seq - self.user_count)
                - (self.receipts.user_read_seq - self.user_read_count?),
            merged_into: self.merged().map(|merged| merged.conversation_id),
            last_message: Some(self.last_message.clone()?),
            created_at: self.created_at,
            active_at: self.active_at,
        })
    }

    /// From now on nobody has it.
    pub(crate) fn leave_to_the_team(&mut self) {
        (self.assignee_id, self.routed) = (None, None);
    }

    /// The header as agents see it; none when it is not known without reading.
    pub(crate) fn for_team(&self) -> Option<InboxConversation> {
        Some(InboxConversation {
            id: self.id,
            app_id: self.app_id,
            team_id: self.team_id,
            user: self.user.clone(),
            assignee_id: self.assignee_id,
            title: self.title.clone(),
            state: self.stage.state(),
            snoozed_until: self.snoozed_until.filter(|_| self.stage == Stage::Snoozed),
            // A message has come since.
            woke_at: None,
            priority: self.priority,
            tags: self.tags.clone(),
            held: self.held.clone(),
            mentioned: self.mentioned.clone(),
            last_seq: self.last_seq,
            receipts: self.receipts,
            unread: self.user_count - self.team_read_count?,
            waiting_since: self.waiting_since,
            identified: self.identified,
            routed: self.routed.clone(),
            merged_into: self.merged_into.clone(),
            merged: self.merged.clone(),
            last_message: Some(self.last_message.clone()?),
            created_at: self.created_at,
            active_at: self.active_at,
        })
    }
}
