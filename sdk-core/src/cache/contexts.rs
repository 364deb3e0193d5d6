//! What the server knows of where the person was, and custom fields that it is to be told. Of fields only the last word counts.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::context::{Context, Fields};
use tidings_protocol::id::ConversationId;

use super::Write;
use super::conversations::exists;
use super::messages::{json, parse};
use crate::error::Fault;

/// Whose fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    User,
    Conversation(ConversationId),
}

impl Owner {
    fn key(self) -> String {
        match self {
            Self::User => "user".to_owned(),
            Self::Conversation(id) => id.to_string(),
        }
    }
}

/// Fields that the server is to be told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PendingFields {
    pub(crate) owner: Owner,
    pub(crate) fields: Fields,
    /// Which setting of them.
    pub(crate) number: i64,
}

/// Whether the server has this context as the last one of the conversation.
pub(super) fn is_told(connection: &Connection, id: ConversationId, context: &Context) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached("SELECT context FROM contexts WHERE conversation = ?1")?;
    let known: Option<String> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    Ok(known.is_some_and(|known| json(context).is_ok_and(|context| context == known)))
}

/// The server has it.
pub(crate) fn context_told(write: &Write<'_>, id: ConversationId, context: &Context) -> Result<(), Fault> {
    write
        .prepare_cached(
            "INSERT INTO contexts (conversation, context) VALUES (?1, ?2)
             ON CONFLICT (conversation) DO UPDATE SET context = ?2",
        )?
        .execute((id.to_string(), json(context)?))?;
    Ok(())
}

/// Sets the fields of a conversation or of the user. What they are already is no news.
pub(crate) fn set_fields(write: &mut Write<'_>, owner: Owner, fields: &Fields) -> Result<(), Fault> {
    if let Owner::Conversation(id) = owner
        && !exists(write, id)?
    {
        return Err(Fault::NotFound("conversation"));
    }
    write
        .prepare_cached(
            "INSERT INTO fields (owner, fields, number) VALUES (?1, ?2, 1)
             ON CONFLICT (owner) DO UPDATE SET fields = ?2, number = number + 1 WHERE fields <> ?2",
        )?
        .execute((owner.key(), json(fields)?))?;
    Ok(())
}

/// Fields that the server does not know. Those of a conversation wait until it knows that one.
pub(crate) fn next_fields(connection: &Connection) -> Result<Option<PendingFields>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT owner, fields, number FROM fields f WHERE number > told AND (owner = 'user' OR EXISTS
             (SELECT 1 FROM conversations c WHERE c.id = f.owner AND c.header IS NOT NULL)) LIMIT 1",
    )?;
    found(statement.query_row([], columns).optional()?)
}

/// Fields that go with the opening of a conversation.
pub(super) fn with_opening(
    connection: &Connection,
    id: ConversationId,
) -> Result<Option<PendingFields>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT owner, fields, number FROM fields WHERE owner = ?1 AND number > told")?;
    found(statement.query_row([id.to_string()], columns).optional()?)
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(String, String, i64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn found(row: Option<(String, String, i64)>) -> Result<Option<PendingFields>, Fault> {
    let Some((owner, fields, number)) = row else { return Ok(None) };
    let owner = if owner == "user" {
        Owner::User
    } else {
        Owner::Conversation(owner.parse().map_err(|_| Fault::Stored("conversation id"))?)
    };
    Ok(Some(PendingFields { owner, fields: parse(&fields, "fields")?, number }))
}

/// The server has them; or refused them, which is no better the second time.
pub(crate) fn fields_told(write: &Write<'_>, told: &PendingFields) -> Result<(), Fault> {
    write
        .prepare_cached("UPDATE fields SET told = max(told, ?2) WHERE owner = ?1")?
        .execute((told.owner.key(), told.number))?;
    Ok(())
}

/// A conversation that the server never knew is gone.
pub(super) fn forget(write: &Write<'_>, id: ConversationId) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM contexts WHERE conversation = ?1")?.execute([id.to_string()])?;
    write.prepare_cached("DELETE FROM fields WHERE owner = ?1")?.execute([id.to_string()])?;
    Ok(())
}

/// The server has lost a conversation: it is told everything of it again.
pub(super) fn tell_again(write: &Write<'_>, id: ConversationId) -> Result<(), Fault> {
    write.prepare_cached("DELETE FROM contexts WHERE conversation = ?1")?.execute([id.to_string()])?;
    write.prepare_cached("UPDATE fields SET told = 0 WHERE owner = ?1")?.execute([id.to_string()])?;
    Ok(())
}
