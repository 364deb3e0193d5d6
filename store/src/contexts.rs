//! What is known of who writes, beside what they say: the trail of a conversation, and custom fields.
//!
//! None of it is in a header or a feed: it is read when an agent looks. A plain message costs nothing here, because the
//! phone leaves out a context that has not changed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::context::{Context, FieldKey, Fields, TrailEntry, UserField};
use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Keeps what came with the opening of a conversation or with a message: it is for after that was stored. What came before
/// with the same message, and a context that is as the last one was, are no news.
#[derive(Debug, Clone)]
pub struct KeepContext {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose it must be; else it is [`Error::NotFound`].
    pub user_id: UserId,
    /// With which message; none: with the opening.
    pub message_id: Option<MessageId>,
    /// What was so.
    pub context: Context,
    /// Now.
    pub now: Timestamp,
}

/// The newest entry of a trail.
struct Newest {
    number: i64,
    context: String,
    /// Whether the same message has brought one.
    is_known: bool,
}

impl Command for KeepContext {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const NEWEST: &str = "
            SELECT number, context, EXISTS (SELECT 1 FROM contexts o
                WHERE o.conversation_id = $1 AND o.message_id = $2) AS is_known
            FROM contexts WHERE conversation_id = $1 ORDER BY number DESC LIMIT 1";
        const INSERT: &str = "
            INSERT INTO contexts (conversation_id, number, message_id, told_at, context)
            VALUES ($1, $2, $3, $4, $5)";
        const TRIM: &str = "DELETE FROM contexts WHERE conversation_id = $1 AND number <= $2";
        lock(&mut tx.conn, self.conversation_id, self.user_id).await?;
        let (id, message) = (self.conversation_id.uuid(), self.message_id.map(MessageId::uuid));
        let newest = one!(&mut tx.conn, newest, NEWEST, id, message)?;
        let context = text("context", &self.context)?;
        // An opening comes first, so one that finds something is a repeat.
        let is_repeat =
            |newest: &Newest| newest.is_known || newest.context == context || self.message_id.is_none();
        if newest.as_ref().is_some_and(is_repeat) {
            return Ok(());
        }
        let number = newest.map_or(0, |newest| newest.number) + 1;
        let now = self.now.unix_ms();
        execute!(&mut tx.conn, INSERT, id, number, message, now, context.as_str())?;
        execute!(&mut tx.conn, TRIM, id, number - limits::TRAIL)?;
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

fn newest(row: &impl Columns) -> Result<Newest> {
    Ok(Newest { number: row.get("number")?, context: row.get("context")?, is_known: row.get("is_known")? })
}

/// Replaces the custom fields of a conversation.
#[derive(Debug, Clone)]
pub struct SetConversationFields {
    /// Which.
    pub conversation_id: ConversationId,
    /// Whose it must be; else it is [`Error::NotFound`].
    pub user_id: UserId,
    /// All of them.
    pub fields: Fields,
    /// Now.
    pub now: Timestamp,
}

impl Command for SetConversationFields {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SET: &str = "
            INSERT INTO conversation_fields (conversation_id, fields, set_at) VALUES ($1, $2, $3)
            ON CONFLICT (conversation_id) DO UPDATE SET fields = excluded.fields, set_at = excluded.set_at";
        const REMOVE: &str = "DELETE FROM conversation_fields WHERE conversation_id = $1";
        lock(&mut tx.conn, self.conversation_id, self.user_id).await?;
        let id = self.conversation_id.uuid();
        if self.fields.is_empty() {
            execute!(&mut tx.conn, REMOVE, id)?;
        } else {
            let fields = text("fields", &self.fields)?;
            execute!(&mut tx.conn, SET, id, fields.as_str(), self.now.unix_ms())?;
        }
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.conversation_id.uuid())
    }
}

/// Locks a conversation, if it is of this user.
async fn lock(conn: &mut Conn<'_>, id: ConversationId, user: UserId) -> Result<()> {
    const SQLITE: &str = "SELECT id FROM conversations WHERE id = $1 AND user_id = $2";
    const POSTGRES: &str = "SELECT id FROM conversations WHERE id = $1 AND user_id = $2 FOR UPDATE";
    let sql = conn.picks(SQLITE, POSTGRES);
    let found: Option<ConversationId> =
        one!(conn, |row| Columns::id(row, "id"), sql, id.uuid(), user.uuid())?;
    found.map(|_| ()).ok_or(Error::NotFound)
}

/// Who says something of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldSource {
    /// The app, for which nobody vouches.
    App,
    /// An identity token.
    Token,
    /// The company's backend.
    Backend,
}

impl FieldSource {
    const fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Token => "token",
            Self::Backend => "backend",
        }
    }
}

/// Replaces what one source says of a user. What another says stays as it is.
#[derive(Debug, Clone)]
pub struct SetUserFields {
    /// Of whom.
    pub user_id: UserId,
    /// Who says it.
    pub source: FieldSource,
    /// All that it says.
    pub fields: Fields,
    /// Now.
    pub now: Timestamp,
}

impl Command for SetUserFields {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        // Of somebody who is being erased nothing is written any more.
        const SET: &str = "
            INSERT INTO user_fields (user_id, source, fields, set_at)
            SELECT u.id, $2, $3, $4 FROM users u
            WHERE u.id = $1 AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = u.id)
            ON CONFLICT (user_id, source) DO UPDATE SET fields = excluded.fields, set_at = excluded.set_at
            WHERE user_fields.fields <> excluded.fields";
        const REMOVE: &str = "DELETE FROM user_fields WHERE user_id = $1 AND source = $2";
        let (id, source) = (self.user_id.uuid(), self.source.word());
        if self.fields.is_empty() {
            execute!(&mut tx.conn, REMOVE, id, source)?;
        } else {
            let fields = text("fields", &self.fields)?;
            execute!(&mut tx.conn, SET, id, source, fields.as_str(), self.now.unix_ms())?;
        }
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.user_id.uuid())
    }
}

fn text(what: &'static str, value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::stored(what, error))
}

fn parse<T: DeserializeOwned>(row: &impl Columns, column: &'static str) -> Result<T> {
    serde_json::from_str(row.str(column)?).map_err(|error| Error::stored(column, error))
}

/// What is known of a user, ordered by the keys. What a backend vouches for stands in the place of what the app says; of two
/// that vouch the later one counts.
pub(crate) async fn fields_of(conn: &mut Conn<'_>, user: UserId) -> Result<Vec<UserField>> {
    const SQL: &str = "
        SELECT source <> 'app' AS verified, fields FROM user_fields WHERE user_id = $1
        ORDER BY CASE source WHEN 'app' THEN 0 ELSE 1 END, set_at, source DESC";
    let said: Vec<(bool, Fields)> =
        all!(conn, |row| Ok((Columns::get(row, "verified")?, parse(row, "fields")?)), SQL, user.uuid())?;
    let mut fields: BTreeMap<FieldKey, UserField> = BTreeMap::new();
    for (verified, said) in said {
        for (key, value) in said.iter() {
            let field = UserField { key: key.clone(), value: value.clone(), verified };
            fields.insert(key.clone(), field);
        }
    }
    Ok(fields.into_values().collect())
}

/// The custom fields of a conversation.
pub(crate) async fn conversation_fields(conn: &mut Conn<'_>, id: ConversationId) -> Result<Fields> {
    const SQL: &str = "SELECT fields FROM conversation_fields WHERE conversation_id = $1";
    Ok(one!(conn, |row| parse(row, "fields"), SQL, id.uuid())?.unwrap_or_default())
}

/// From where in the app its user wrote, the newest first.
pub(crate) async fn trail(conn: &mut Conn<'_>, id: ConversationId) -> Result<Vec<TrailEntry>> {
    const SQL: &str = "
        SELECT message_id, told_at, context FROM contexts WHERE conversation_id = $1 ORDER BY number DESC";
    all!(conn, entry, SQL, id.uuid())
}

fn entry(row: &impl Columns) -> Result<TrailEntry> {
    let message: Option<Uuid> = row.get("message_id")?;
    Ok(TrailEntry {
        message_id: message.map(MessageId::from),
        at: time(row, "told_at")?,
        context: parse(row, "context")?,
    })
}

/// Forgets what is known of a conversation.
pub(crate) async fn forget_conversation(conn: &mut Conn<'_>, id: ConversationId) -> Result<()> {
    const TRAIL: &str = "DELETE FROM contexts WHERE conversation_id = $1";
    const FIELDS: &str = "DELETE FROM conversation_fields WHERE conversation_id = $1";
    execute!(conn, TRAIL, id.uuid())?;
    execute!(conn, FIELDS, id.uuid())?;
    Ok(())
}

/// Forgets what came with messages up to a number; they are still there.
pub(crate) async fn forget_messages(conn: &mut Conn<'_>, id: ConversationId, last: i64) -> Result<()> {
    const SQL: &str = "
        DELETE FROM contexts WHERE conversation_id = $1 AND (message_id IS NULL OR message_id IN
        (SELECT id FROM messages WHERE conversation_id = $1 AND seq <= $2))";
    execute!(conn, SQL, id.uuid(), last)?;
    Ok(())
}

/// Forgets what is said of a user.
pub(crate) async fn forget_user(conn: &mut Conn<'_>, id: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM user_fields WHERE user_id = $1";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// What the app said of an anonymous user holds for whom they turn out to be, unless it said something of them.
pub(crate) async fn merge_users(conn: &mut Conn<'_>, from: UserId, to: UserId) -> Result<()> {
    const MOVE: &str = "
        UPDATE user_fields SET user_id = $2 WHERE user_id = $1 AND source = 'app' AND NOT EXISTS
        (SELECT 1 FROM user_fields o WHERE o.user_id = $2 AND o.source = 'app')";
    execute!(conn, MOVE, from.uuid(), to.uuid())?;
    forget_user(conn, from).await
}

/// What is known of a conversation beside what was said in it: for whoever asks for their data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct About {
    /// Its custom fields.
    pub fields: Fields,
    /// From where in the app its user wrote, the newest first.
    pub trail: Vec<TrailEntry>,
}

impl Db {
    /// What is said of a user.
    pub async fn user_fields(&self, id: UserId) -> Result<Vec<UserField>> {
        in_time(async { fields_of(&mut self.single().await?.conn(), id).await }).await
    }

    /// What is known of a conversation beside what was said in it.
    pub async fn about_conversation(&self, id: ConversationId) -> Result<About> {
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let fields = conversation_fields(&mut conn, id).await?;
            Ok(About { fields, trail: trail(&mut conn, id).await? })
        })
        .await
    }
}
