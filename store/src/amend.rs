//! What becomes of a message that was said: its author gives it other words, or takes it back.
//!
//! The row stays and keeps its number, so nobody finds a hole. What was said before is not kept anywhere: it goes with
//! the same commit, out of the search index too.

use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{ConversationId, MessageId, TeamId, UserId};
use tidings_protocol::message::{Author, Message, Parts};
use tidings_protocol::text::Text;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{message, message_columns};
use crate::tx::Change;
use crate::{Actor, Command, Tx};

/// Gives a message other words; only its author may. The words that it has already change nothing.
///
/// [`Error::NotEditable`] when it was deleted, or has no words, or would have too many.
#[derive(Debug, Clone)]
pub struct EditMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub id: MessageId,
    /// Who does it.
    pub actor: Actor,
    /// The words that take the place of all its text.
    pub text: Text,
    /// Now.
    pub now: Timestamp,
}

/// Takes a message back; only its author may. One that was deleted already stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct DeleteMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub id: MessageId,
    /// Who does it.
    pub actor: Actor,
    /// Now.
    pub now: Timestamp,
}

/// A message whose conversation is locked.
pub(crate) struct Held {
    pub(crate) message: Message,
    pub(crate) user_id: UserId,
    pub(crate) team_id: TeamId,
}

impl Held {
    /// Locks the conversation and reads the message; whoever is not its author learns nothing of it.
    pub(crate) async fn by(
        conn: &mut Conn<'_>,
        conversation: ConversationId,
        id: MessageId,
        actor: Actor,
    ) -> Result<Self> {
        const OF_USER: &str = "
            UPDATE conversations SET last_seq = last_seq WHERE id = $1 AND user_id = $2
            RETURNING user_id, team_id";
        const OF_AGENT: &str = "
            UPDATE conversations SET last_seq = last_seq
            WHERE id = $1
                AND EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = conversations.team_id AND t.agent_id = $2)
            RETURNING user_id, team_id";
        const MESSAGE: &str = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.id = $1 AND m.conversation_id = $2"
        );
        let (lock, who) = match actor {
            Actor::User { user_id, .. } => (OF_USER, user_id.uuid()),
            Actor::Agent { agent_id } => (OF_AGENT, agent_id.uuid()),
        };
        let (user_id, team_id) =
            one!(conn, owners, lock, conversation.uuid(), who)?.ok_or(Error::NotFound)?;
        let message = one!(conn, message, MESSAGE, id.uuid(), conversation.uuid())?;
        let message = message.filter(|message| is_author(&message.author, actor)).ok_or(Error::NotFound)?;
        Ok(Self { message, user_id, team_id })
    }

    /// Writes what it says now, and tells both sides. It shares no place from then on.
    pub(crate) async fn write(self, tx: &mut Tx<'_>, kind: ChangeKind, now: Timestamp) -> Result<Message> {
        const SQL: &str = "
            UPDATE messages SET parts = $3, edited_at = $4, deleted_at = $5, quote = $6, live_until = NULL
            WHERE conversation_id = $1 AND seq = $2";
        let Self { message, user_id, team_id } = self;
        let (id, seq) = (message.conversation_id, message.seq);
        let parts = serde_json::to_string(&message.parts).map_err(|error| Error::stored("parts", error))?;
        let edited = message.edited_at.map(Timestamp::unix_ms);
        let deleted = message.deleted_at.map(Timestamp::unix_ms);
        let quote = message.quote.map(MessageId::uuid);
        execute!(&mut tx.conn, SQL, id.uuid(), seq, parts, edited, deleted, quote)?;
        // The indexer puts the new words in when it comes to the change.
        crate::search::forget_message(&mut tx.conn, user_id, id, seq).await?;
        tx.record_for_both(user_id, team_id, Change::of(kind, id, now).with_message(seq));
        Ok(message)
    }
}

/// The time of the next state of a message. Readers may meet an older one late and tell it by this; the clocks of nodes
/// differ.
pub(crate) fn next_state(message: &Message, now: Timestamp) -> Timestamp {
    message.edited_at.map_or(now, |last| now.max(last.plus_ms(1)))
}

pub(crate) fn owners(row: &impl Columns) -> Result<(UserId, TeamId)> {
    Ok((row.id("user_id")?, row.id("team_id")?))
}

/// Whether somebody wrote what this author did.
pub(crate) fn is_author(author: &Author, actor: Actor) -> bool {
    match (author, actor) {
        (Author::User { id }, Actor::User { user_id, .. }) => *id == user_id,
        (Author::Agent { id, .. }, Actor::Agent { agent_id }) => *id == agent_id,
        _ => false,
    }
}

impl Command for EditMessage {
    type Output = Message;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Message> {
        let held = Held::by(&mut tx.conn, self.conversation_id, self.id, self.actor).await?;
        if held.message.deleted_at.is_some() {
            return Err(Error::NotEditable("it was deleted"));
        }
        let parts = Parts::edited(&held.message.parts, self.text.clone())
            .map_err(|_| Error::NotEditable("with these words it is too long"))?
            .ok_or(Error::NotEditable("it has no words"))?;
        if parts == held.message.parts {
            return Ok(held.message);
        }
        let message = Message { parts, edited_at: Some(next_state(&held.message, self.now)), ..held.message };
        Held { message, ..held }.write(tx, ChangeKind::MessageEdited, self.now).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

impl Command for DeleteMessage {
    type Output = Message;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Message> {
        let held = Held::by(&mut tx.conn, self.conversation_id, self.id, self.actor).await?;
        if held.message.deleted_at.is_some() {
            return Ok(held.message);
        }
        crate::attachments::doom_message(&mut tx.conn, self.id).await?;
        crate::live_places::forget(&mut tx.conn, self.conversation_id, held.message.seq).await?;
        let message = Message {
            parts: Vec::new(),
            quote: None,
            edited_at: None,
            deleted_at: Some(self.now),
            ..held.message
        };
        Held { message, ..held }.write(tx, ChangeKind::MessageDeleted, self.now).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}
