//! Messages: appending one, and reading them.

use tidings_protocol::Seq;
use tidings_protocol::app::MessageList;
use tidings_protocol::id::{AgentId, ConversationId, JobId, MessageId, UserId};
use tidings_protocol::inbox::Thread;
use tidings_protocol::message::{Message, Parts};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::append::append;
use crate::columns::Columns;
use crate::conversations::team_conversation;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{message, message_columns};
use crate::notes::notes_among;
use crate::open::{cut, in_time, page};
use crate::thread::Opening;
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
    /// The message of the same conversation that it answers; another is [`Error::Quote`].
    pub quote: Option<MessageId>,
    /// The last message that an agent saw. If the user or a colleague wrote after it, the answer is
    /// [`Error::Moved`] and nothing is sent; none: send anyway.
    pub seen_seq: Option<Seq>,
    /// Now.
    pub now: Timestamp,
    /// The id of the push job, used for an agent's message.
    pub job_id: JobId,
}

impl Command for AppendMessage {
    type Output = Created<Message>;

    /// Alone; the writer takes all messages of a batch together.
    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created<Message>> {
        let mut outcomes = append(tx, &[self], &[], Opening::Begun).await?;
        tx.flush().await?;
        outcomes.pop().unwrap_or(Err(Error::NotFound))
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
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
