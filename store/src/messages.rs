//! Messages: appending one, and reading them.

use tidings_protocol::Seq;
use tidings_protocol::app::MessageList;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::{AgentId, ConversationId, JobId, MessageId, TeamId, UserId};
use tidings_protocol::inbox::Thread;
use tidings_protocol::limits;
use tidings_protocol::message::{Author, Message, Parts};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::conversations::team_conversation;
use crate::db::{Columns, Conn};
use crate::error::{Error, Result};
use crate::headers::{message, message_columns};
use crate::jobs::{JobPayload, NewJob};
use crate::notes::notes_among;
use crate::open::{cut, in_time, page};
use crate::tx::Change;
use crate::words;
use crate::{Actor, Command, Created, Db, Tx};

/// Sends a message: numbers it, stores it, tells both feeds, and for an agent's message enqueues the push.
///
/// The same id by the same author with the same parts gives the first result. A user's message opens a closed
/// conversation again.
#[derive(Debug, Clone)]
pub struct AppendMessage {
    /// Made by the sender.
    pub id: MessageId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Who writes.
    pub actor: Actor,
    /// What it says.
    pub parts: Parts,
    /// The last message that an agent saw. If the user or a colleague wrote after it, the answer is
    /// [`Error::Moved`] and nothing is sent; none: send anyway.
    pub seen_seq: Option<Seq>,
    /// Now.
    pub now: Timestamp,
    /// The id of the push job, used for an agent's message.
    pub job_id: JobId,
}

/// A conversation whose row this transaction has locked by numbering a message in it.
struct Numbered {
    seq: Seq,
    user_count: i64,
    state: ConversationState,
    user_id: UserId,
    team_id: TeamId,
}

fn numbered(row: &impl Columns) -> Result<Numbered> {
    Ok(Numbered {
        seq: row.get("last_seq")?,
        user_count: row.get("user_count")?,
        state: words::get(row, "state")?,
        user_id: row.id("user_id")?,
        team_id: row.id("team_id")?,
    })
}

impl Command for AppendMessage {
    type Output = Created<Message>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created<Message>> {
        // Taking the number locks the conversation until the commit: numbers become visible in order.
        let Some(numbered) = self.number(&mut tx.conn).await? else {
            let value = self.first_result(&mut tx.conn).await?;
            return Ok(Created { value, is_new: false });
        };
        self.check_seen(&mut tx.conn).await?;
        let value = self.insert(&mut tx.conn, &numbered).await?;
        self.reopen(tx, &numbered).await?;
        let added = Change::of(ChangeKind::MessageAdded, self.conversation_id, self.now);
        tx.record_for_both(numbered.user_id, numbered.team_id, added.with_message(numbered.seq));
        self.enqueue_push(tx, &numbered);
        Ok(Created { value, is_new: true })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl AppendMessage {
    /// None when there is no such conversation for this author, or the id is taken.
    async fn number(&self, conn: &mut Conn<'_>) -> Result<Option<Numbered>> {
        const USER: &str = "
            UPDATE conversations
            SET last_seq = last_seq + 1, user_count = user_count + 1, active_at = $4,
                waiting_since = COALESCE(waiting_since, $4)
            WHERE id = $1 AND user_id = $2 AND NOT EXISTS (SELECT 1 FROM messages WHERE id = $3)
            RETURNING last_seq, user_count, state, user_id, team_id";
        // What the author saw, the team has read; a number from the future is moved to the last message.
        const AGENT: &str = "
            UPDATE conversations
            SET last_seq = last_seq + 1, active_at = $4, waiting_since = NULL,
                team_read_seq = CASE
                    WHEN $5 <= team_read_seq THEN team_read_seq
                    WHEN $5 > last_seq THEN last_seq
                    ELSE $5 END
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM messages WHERE id = $3)
                AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = conversations.team_id AND t.agent_id = $2)
            RETURNING last_seq, user_count, state, user_id, team_id";
        let (conversation, id, now) = (self.conversation_id.uuid(), self.id.uuid(), self.now.unix_ms());
        match self.actor {
            Actor::User { user_id, .. } => one!(conn, numbered, USER, conversation, user_id.uuid(), id, now),
            Actor::Agent { agent_id } => {
                let seen = self.seen_seq.unwrap_or_default();
                one!(conn, numbered, AGENT, conversation, agent_id.uuid(), id, now, seen)
            }
        }
    }

    /// The message that was stored under this id, if it is the same.
    async fn first_result(&self, conn: &mut Conn<'_>) -> Result<Message> {
        const SQL: &str = concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.id = $1");
        // Whoever may not write here learns nothing about ids.
        self.check_access(conn).await?;
        let first = one!(conn, message, SQL, self.id.uuid())?.ok_or(Error::NotFound)?;
        let same_author = match (&first.author, self.actor) {
            (Author::User { id }, Actor::User { user_id, .. }) => *id == user_id,
            (Author::Agent { id, .. }, Actor::Agent { agent_id }) => *id == agent_id,
            _ => false,
        };
        let same = same_author
            && first.conversation_id == self.conversation_id
            && first.parts == self.parts.as_slice();
        if same { Ok(first) } else { Err(Error::IdConflict) }
    }

    async fn check_access(&self, conn: &mut Conn<'_>) -> Result<()> {
        const USER: &str = "SELECT team_id FROM conversations WHERE id = $1 AND user_id = $2";
        let id = self.conversation_id;
        match self.actor {
            Actor::User { user_id, .. } => {
                let team: Option<TeamId> =
                    one!(conn, |row| Columns::id(row, "team_id"), USER, id.uuid(), user_id.uuid())?;
                team.map(|_| ()).ok_or(Error::NotFound)
            }
            Actor::Agent { agent_id } => crate::conversations::team_of(conn, agent_id, id).await.map(|_| ()),
        }
    }

    /// Refuses when the user or a colleague wrote after what the author saw.
    async fn check_seen(&self, conn: &mut Conn<'_>) -> Result<()> {
        const SQL: &str = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m
            WHERE m.conversation_id = $1 AND m.seq > $2
                AND (m.author_kind = 'user' OR (m.author_kind = 'agent' AND m.author_id <> $3))
            ORDER BY m.seq LIMIT $4"
        );
        let (Some(seen), Actor::Agent { agent_id }) = (self.seen_seq, self.actor) else {
            return Ok(());
        };
        let (conversation, me) = (self.conversation_id.uuid(), agent_id.uuid());
        let unseen = all!(conn, message, SQL, conversation, seen, me, limits::PAGE)?;
        if unseen.is_empty() { Ok(()) } else { Err(Error::Moved(unseen)) }
    }

    async fn insert(&self, conn: &mut Conn<'_>, numbered: &Numbered) -> Result<Message> {
        const SQL: &str = "
            INSERT INTO messages
                (conversation_id, seq, id, author_kind, author_id, author_name, parts, user_count, sent_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let author = self.author(conn).await?;
        let (kind, author_id, name) = match &author {
            Author::User { id } => ("user", Some(id.uuid()), None),
            Author::Agent { id, name } => ("agent", Some(id.uuid()), Some(name.as_str())),
            Author::System => ("system", None, None),
        };
        let parts = serde_json::to_string(&self.parts).map_err(|error| Error::stored("parts", error))?;
        let (conversation, id, now) = (self.conversation_id.uuid(), self.id.uuid(), self.now.unix_ms());
        let (seq, users) = (numbered.seq, numbered.user_count);
        execute!(conn, SQL, conversation, seq, id, kind, author_id, name, parts.as_str(), users, now)?;
        Ok(Message {
            id: self.id,
            conversation_id: self.conversation_id,
            seq,
            author,
            parts: self.parts.as_slice().to_vec(),
            sent_at: self.now,
            edited_at: None,
            deleted_at: None,
        })
    }

    /// The author with the name that stands on the message for ever.
    async fn author(&self, conn: &mut Conn<'_>) -> Result<Author> {
        match self.actor {
            Actor::User { user_id, .. } => Ok(Author::User { id: user_id }),
            Actor::Agent { agent_id } => {
                Ok(Author::Agent { id: agent_id, name: agent_name(conn, agent_id).await? })
            }
        }
    }

    async fn reopen(&self, tx: &mut Tx<'_>, numbered: &Numbered) -> Result<()> {
        const SQL: &str = "UPDATE conversations SET state = $2 WHERE id = $1";
        let by_user = matches!(self.actor, Actor::User { .. });
        if by_user && numbered.state == ConversationState::Closed {
            execute!(&mut tx.conn, SQL, self.conversation_id.uuid(), words::word(&ConversationState::Open))?;
            let reopened = Change::of(ChangeKind::ConversationReopened, self.conversation_id, self.now);
            tx.record_for_both(numbered.user_id, numbered.team_id, reopened);
        }
        Ok(())
    }

    fn enqueue_push(&self, tx: &mut Tx<'_>, numbered: &Numbered) {
        if let Actor::Agent { .. } = self.actor {
            let payload = JobPayload::Push {
                user_id: numbered.user_id,
                conversation_id: self.conversation_id,
                message_id: self.id,
                seq: numbered.seq,
            };
            tx.enqueue(NewJob { id: self.job_id, payload, now: self.now });
        }
    }
}

/// The name of an agent.
pub(crate) async fn agent_name(conn: &mut Conn<'_>, id: AgentId) -> Result<Name> {
    const SQL: &str = "SELECT name FROM agents WHERE id = $1";
    one!(conn, |row| Columns::text(row, "name"), SQL, id.uuid())?.ok_or(Error::NotFound)
}

/// A page of the messages of `$1`, if it is of the user `$4` or none is given.
macro_rules! page_of_messages {
    ($range:literal, $order:literal) => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation_id = $1 AND ",
            $range,
            " AND ($4 IS NULL OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = $1 AND c.user_id = $4))
            ORDER BY m.seq ",
            $order,
            " LIMIT $3"
        )
    };
}

/// Which messages of a conversation to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The last ones.
    Newest,
    /// The last ones before this number.
    Before(Seq),
    /// The first ones after this number.
    After(Seq),
}

/// Messages of a conversation, oldest first, whichever way was asked; with a user, only if it is theirs.
async fn messages(
    conn: &mut Conn<'_>,
    id: ConversationId,
    range: Range,
    limit: i64,
    of: Option<UserId>,
) -> Result<MessageList> {
    const BEFORE: &str = page_of_messages!("m.seq < $2", "DESC");
    const AFTER: &str = page_of_messages!("m.seq > $2", "ASC");
    let limit = page(limit);
    let before = |seq| (BEFORE, seq);
    let (sql, seq) = match range {
        Range::Newest => before(i64::MAX),
        Range::Before(seq) => before(seq),
        Range::After(seq) => (AFTER, seq),
    };
    let mut messages: Vec<Message> =
        all!(conn, message, sql, id.uuid(), seq, limit + 1, of.map(UserId::uuid))?;
    let more = cut(&mut messages, limit);
    if sql == BEFORE {
        messages.reverse();
    }
    Ok(MessageList { messages, more })
}

impl Db {
    /// Messages of a conversation. The caller has checked, through the header, that it may be read.
    pub async fn messages(&self, id: ConversationId, range: Range, limit: i64) -> Result<MessageList> {
        in_time(async { messages(&mut self.single().await?.conn(), id, range, limit, None).await }).await
    }

    /// Messages of a user's conversation; none when it is not theirs.
    pub async fn user_messages(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: i64,
    ) -> Result<Option<MessageList>> {
        const THEIRS: &str = "SELECT id FROM conversations WHERE id = $1 AND user_id = $2";
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let list = messages(&mut conn, id, range, limit, Some(user)).await?;
            if !list.messages.is_empty() {
                return Ok(Some(list));
            }
            let theirs: Option<Uuid> =
                one!(conn, |row| Columns::get(row, "id"), THEIRS, id.uuid(), user.uuid())?;
            Ok(theirs.map(|_| list))
        })
        .await
    }

    /// Messages of a conversation and the notes among them, if it is of one of the agent's teams.
    pub async fn thread(
        &self,
        agent: AgentId,
        id: ConversationId,
        range: Range,
        limit: i64,
    ) -> Result<Option<Thread>> {
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let Some(conversation) = team_conversation(&mut conn, agent, id).await? else {
                return Ok(None);
            };
            let MessageList { messages, more } = messages(&mut conn, id, range, limit, None).await?;
            let notes = notes_among(&mut conn, id, conversation.last_seq, &messages).await?;
            Ok(Some(Thread { conversation, messages, notes, more }))
        })
        .await
    }
}
