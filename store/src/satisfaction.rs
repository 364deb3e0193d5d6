//! Asking users what they think after a conversation was closed, and what they answer. Question and answer are messages, and
//! change nothing else: whose the conversation is, that it is closed, that nobody waits.

use std::collections::{BTreeMap, HashMap};

use tidings_protocol::audit::AuditAct;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AppId, ConversationId, JobId, MessageId, TeamId, UserId};
use tidings_protocol::inbox::UserRatings;
use tidings_protocol::message::{Author, KnownPart, Message, Part, Parts};
use tidings_protocol::satisfaction::{LastRating, Satisfaction, score_of};
use tidings_protocol::time::Timestamp;
use tidings_protocol::{Seq, limits};
use uuid::Uuid;

use crate::append::NewMessage;
use crate::apps::app;
use crate::audit::{By, Line};
use crate::columns::{Columns, Ids};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::jobs::{JobPayload, NewJob};
use crate::messages::AppendMessage;
use crate::open::in_time;
use crate::same::same_id;
use crate::thread::{Opening, lock};
use crate::tx::Change;
use crate::{Actor, Command, Db, Tx};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Says whether and how users of an app are asked.
#[derive(Debug, Clone)]
pub struct SetSatisfaction {
    /// Of which app.
    pub app_id: AppId,
    /// How; none: nobody is asked.
    pub satisfaction: Option<Satisfaction>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetSatisfaction {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE apps SET satisfaction = $2 WHERE id = $1";
        let stored = self.satisfaction.as_ref().map(serde_json::to_string).transpose();
        let stored = stored.map_err(|error| Error::stored("satisfaction", error))?;
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        execute!(&mut tx.conn, SQL, self.app_id.uuid(), stored)?;
        let line = Line::new(workspace_id, self.by, AuditAct::SatisfactionSet).target(self.app_id);
        let minutes = self.satisfaction.as_ref().map(|set| i64::from(set.after_minutes).to_string());
        tx.audit(line.detail("after_minutes", minutes.unwrap_or_else(|| "off".to_owned())));
        Ok(())
    }
}

/// The column `satisfaction` of a row.
pub(crate) fn satisfaction(row: &impl Columns) -> Result<Option<Satisfaction>> {
    let text: Option<String> = row.get("satisfaction")?;
    let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
    parsed.map_err(|error| Error::stored("satisfaction", error))
}

/// Has the user asked later, of a conversation that is closed now.
pub(crate) fn ask_later(
    tx: &mut Tx<'_>,
    wish: &Satisfaction,
    user: UserId,
    id: ConversationId,
    now: Timestamp,
) {
    let payload = JobPayload::AskSatisfaction { user_id: user, conversation_id: id, closed_at: now };
    let (job, _) = ids(id, now);
    tx.enqueue(NewJob { id: job, payload, now: now.plus_ms(wish.after_minutes.as_ms()) });
}

/// The job and the question of a closing: the same whoever asks for them, so that nobody is asked twice.
fn ids(id: ConversationId, closed_at: Timestamp) -> (JobId, MessageId) {
    let of = id.uuid();
    let job: &[&[u8]] = &[b"ask satisfaction", of.as_bytes()];
    let question: &[&[u8]] = &[b"satisfaction question", of.as_bytes()];
    (same_id(closed_at, job), same_id(closed_at, question))
}

/// Asks a user what they think of a conversation.
///
/// Nothing happens when it is not closed any more, or was closed again since; when no agent wrote in it; when this user was
/// asked within the last 14 days.
#[derive(Debug, Clone)]
pub struct AskSatisfaction {
    /// Which.
    pub conversation_id: ConversationId,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// The question and its choices.
    pub parts: Parts,
    /// Now.
    pub now: Timestamp,
    /// The job that wakes the user's devices.
    pub job_id: JobId,
}

impl Command for AskSatisfaction {
    /// Whether they were asked now.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const USER: &str = "SELECT user_id AS id FROM conversations WHERE id = $1";
        // The user's row is locked before the conversation's, as everywhere.
        const LOCK_USER: &str = "
            UPDATE users SET conversation_count = conversation_count
            WHERE id = $1 AND (asked_at IS NULL OR asked_at <= $2) RETURNING id";
        const LOCK: &str = "
            UPDATE conversations SET last_seq = last_seq
            WHERE id = $1 AND user_id = $2 AND state = 'closed' AND closed_at = $3 AND merged_into IS NULL
            RETURNING id";
        const ASKED: &str = "UPDATE users SET asked_at = $2 WHERE id = $1";
        let (id, closed_at, now) = (self.conversation_id, self.closed_at.unix_ms(), self.now.unix_ms());
        let in_peace = now - limits::ASK_AGAIN_DAYS * DAY_MS;
        let Some(user) = one!(&mut tx.conn, row_id, USER, id.uuid())? else { return Ok(false) };
        if one!(&mut tx.conn, row_id, LOCK_USER, user, in_peace)?.is_none()
            || one!(&mut tx.conn, row_id, LOCK, id.uuid(), user, closed_at)?.is_none()
        {
            return Ok(false);
        }
        if !self.ask(tx).await? {
            return Ok(false);
        }
        execute!(&mut tx.conn, ASKED, user, now)?;
        Ok(true)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

fn row_id(row: &impl Columns) -> Result<Uuid> {
    row.get("id")
}

impl AskSatisfaction {
    /// Appends the question; false when no agent wrote in the conversation.
    async fn ask(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const KEEP: &str = "
            INSERT INTO ratings (question_id, conversation_id, team_id, agent_id, asked_at)
            SELECT $1, c.id, c.team_id, COALESCE(m.agent_id, c.assignee_id), $4
            FROM conversations c
            LEFT JOIN milestones m ON m.conversation_id = c.id AND m.kind = 'resolved' AND m.at = $3
            WHERE c.id = $2
            ON CONFLICT (question_id) DO NOTHING";
        const ANSWERED: &str = "
            SELECT conversation_id AS id FROM milestones WHERE conversation_id = $1 AND kind = 'answered' LIMIT 1";
        let (_, question) = ids(self.conversation_id, self.closed_at);
        let id = self.conversation_id.uuid();
        if one!(&mut tx.conn, row_id, ANSWERED, id)?.is_none() {
            return Ok(false);
        }
        let (closed_at, now) = (self.closed_at.unix_ms(), self.now.unix_ms());
        if execute!(&mut tx.conn, KEEP, question.uuid(), id, closed_at, now)? == 0 {
            return Ok(false);
        }
        let locked = lock(&mut tx.conn, Ids(&[id]), Ids(&[]), Opening::Begun).await?;
        let mut thread = locked.threads.into_iter().next().ok_or(Error::NotFound)?;
        let seq = thread.company_writes(self.now);
        let message = Message {
            id: question,
            conversation_id: self.conversation_id,
            seq,
            author: Author::System,
            parts: self.parts.as_slice().to_vec(),
            quote: None,
            sent_at: self.now,
            edited_at: None,
            deleted_at: None,
        };
        thread.last_message = Some(message.clone());
        let (user_id, team_id) = (thread.user.id, thread.team_id);
        let added = Change::of(ChangeKind::MessageAdded, self.conversation_id, self.now);
        tx.record_appended(user_id, team_id, added.with_message(seq));
        let payload =
            JobPayload::Push { user_id, conversation_id: self.conversation_id, message_id: question, seq };
        tx.enqueue(NewJob { id: self.job_id, payload, now: self.now });
        let new = NewMessage { message, user_count: thread.user_count };
        tx.collected.appended.take(vec![new], BTreeMap::from([(self.conversation_id, thread)]));
        tx.flush().await?;
        Ok(true)
    }
}

/// What a user answers to such a question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rated {
    question: MessageId,
    score: i64,
    at: Timestamp,
    seq: Seq,
}

/// Questions of a batch that are answered by it.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    known: HashMap<MessageId, ConversationId>,
    rated: Vec<Rated>,
}

/// The question that a message answers, and the score, as far as the message says.
fn said(command: &AppendMessage) -> Option<(MessageId, i64)> {
    let ([Part::Known(KnownPart::Choice(choice))], Actor::User { .. }) =
        (command.parts.as_slice(), command.actor)
    else {
        return None;
    };
    Some((choice.message_id, score_of(&choice.option_id)?))
}

impl Questions {
    /// Looks which messages answer a question that was asked. Nearly none looks as if it did: then nothing is read.
    pub(crate) async fn read(conn: &mut Conn<'_>, commands: &[&AppendMessage]) -> Result<Self> {
        const SQLITE: &str = "
            SELECT r.question_id, r.conversation_id
            FROM json_each($1) asked CROSS JOIN ratings r ON r.question_id = unhex(asked.value)";
        const POSTGRES: &str =
            "SELECT r.question_id, r.conversation_id FROM ratings r WHERE r.question_id = ANY($1)";
        let asked: Vec<Uuid> = commands.iter().filter_map(|one| said(one)).map(|(id, _)| id.uuid()).collect();
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let sql = conn.picks(SQLITE, POSTGRES);
        let known = all!(conn, question, sql, Ids(&asked))?.into_iter().collect();
        Ok(Self { known, rated: Vec::new() })
    }

    /// The score that a message gives, if it answers a question of its conversation.
    pub(crate) fn answered(&self, command: &AppendMessage) -> Option<(MessageId, i64)> {
        let (question, score) = said(command)?;
        let here = self.known.get(&question) == Some(&command.conversation_id);
        here.then_some((question, score))
    }

    /// Takes an answer, to be written down.
    pub(crate) fn rate(&mut self, (question, score): (MessageId, i64), at: Timestamp, seq: Seq) {
        self.rated.push(Rated { question, score, at, seq });
    }

    /// Writes the answers down. Who answers again means the last one.
    pub(crate) async fn write(&self, conn: &mut Conn<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE ratings SET score = $2, answered_at = $3, answer_seq = $4 WHERE question_id = $1";
        for Rated { question, score, at, seq } in &self.rated {
            execute!(conn, SQL, question.uuid(), *score, at.unix_ms(), *seq)?;
        }
        Ok(())
    }
}

fn question(row: &impl Columns) -> Result<(MessageId, ConversationId)> {
    Ok((row.id("question_id")?, row.id("conversation_id")?))
}

/// What was asked in a conversation, and answered, goes with it.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const SQL: &str = "DELETE FROM ratings WHERE conversation_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// What a user thought of the conversations that an agent may see.
pub(crate) async fn of_user(conn: &mut Conn<'_>, teams: &[TeamId], user: UserId) -> Result<UserRatings> {
    const SQLITE: &str = "
        SELECT r.score, r.answered_at, r.conversation_id
        FROM conversations c JOIN ratings r ON r.conversation_id = c.id
        WHERE c.user_id = $1 AND c.team_id IN (SELECT unhex(value) FROM json_each($2)) AND r.score IS NOT NULL
        ORDER BY r.answered_at DESC";
    const POSTGRES: &str = "
        SELECT r.score, r.answered_at, r.conversation_id
        FROM conversations c JOIN ratings r ON r.conversation_id = c.id
        WHERE c.user_id = $1 AND c.team_id = ANY($2) AND r.score IS NOT NULL ORDER BY r.answered_at DESC";
    let teams: Vec<Uuid> = teams.iter().map(|team| team.uuid()).collect();
    let sql = conn.picks(SQLITE, POSTGRES);
    let found = all!(conn, last, sql, user.uuid(), Ids(&teams))?;
    let sum = found.iter().map(|rating| rating.score).sum();
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    Ok(UserRatings { count, sum, last: found.into_iter().next() })
}

fn last(row: &impl Columns) -> Result<LastRating> {
    Ok(LastRating {
        score: row.get("score")?,
        at: time(row, "answered_at")?,
        conversation_id: row.id("conversation_id")?,
    })
}

/// How the user of a conversation is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedHow {
    /// As their app says.
    pub satisfaction: Satisfaction,
    /// The language of the device that they used last, as it said.
    pub locale: Option<String>,
}

impl Db {
    /// Whether and how users of an app are asked.
    pub async fn satisfaction(&self, id: AppId) -> Result<Option<Satisfaction>> {
        const SQL: &str = "SELECT satisfaction FROM apps WHERE id = $1";
        let found =
            in_time(async { one!(self.single().await?.conn(), satisfaction, SQL, id.uuid()) }).await?;
        Ok(found.flatten())
    }

    /// How the user of a conversation is to be asked; none when nobody is, or it is not there.
    pub async fn asked_how(&self, id: ConversationId) -> Result<Option<AskedHow>> {
        const SQL: &str = "
            SELECT a.satisfaction, (SELECT d.locale FROM devices d WHERE d.user_id = c.user_id
                ORDER BY d.seen_at DESC LIMIT 1) AS locale
            FROM conversations c JOIN apps a ON a.id = c.app_id WHERE c.id = $1";
        let found = in_time(async { one!(self.single().await?.conn(), how, SQL, id.uuid()) }).await?;
        Ok(found.flatten())
    }
}

fn how(row: &impl Columns) -> Result<Option<AskedHow>> {
    let locale = row.get("locale")?;
    Ok(satisfaction(row)?.map(|satisfaction| AskedHow { satisfaction, locale }))
}
