//! Files: what is known of one, who may see it, which message names it, and that its bytes must go. The bytes themselves
//! are elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{AgentId, AttachmentId, ConversationId, MessageId, UserId, WorkspaceId};
use tidings_protocol::message::{Attachment, Message, Parts};
use tidings_protocol::text::{FileName, Label, MediaType};
use tidings_protocol::time::Timestamp;
use tidings_protocol::upload::{Sha256, Variant};
use uuid::Uuid;

use crate::columns::{Columns, Ids};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time_option;
use crate::messages::AppendMessage;
use crate::open::in_time;
use crate::{Actor, Db, words};

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Bytes are missing.
    Receiving,
    /// All bytes are here, and nobody has looked at them yet.
    Processing,
    /// A message may name it.
    Complete,
    /// It never will be a file.
    Refused,
    /// Its bytes go, and then its row.
    Doomed,
}

/// What was found out about a complete file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// By its content.
    pub media_type: MediaType,
    /// Of its original form.
    pub bytes: i64,
    /// Pixels of a picture's original form.
    pub size: Option<(u32, u32)>,
    /// A picture's placeholder.
    pub thumbhash: Option<Label>,
    /// The forms that there are.
    pub variants: Vec<VariantFacts>,
}

/// One form of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantFacts {
    /// Which.
    pub variant: Variant,
    /// What it is.
    pub media_type: MediaType,
    /// How much it is.
    pub bytes: i64,
    /// What it is, bit for bit. Absent of files that were settled before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Pixels, for a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<(u32, u32)>,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Which.
    pub id: AttachmentId,
    /// Whose workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// How far it is.
    pub state: FileState,
    /// The name that it had where it came from.
    pub name: Option<FileName>,
    /// Bytes that were announced.
    pub length: i64,
    /// The SHA-256 that was announced.
    pub sha256: [u8; 32],
    /// Bytes that are here.
    pub received: i64,
    /// Why it was refused.
    pub refused: Option<String>,
    /// What was found out, once it is complete.
    pub facts: Option<Facts>,
    /// When it goes unless something happens.
    pub expires_at: Option<Timestamp>,
    pub(crate) owner: Owner,
    pub(crate) message_id: Option<MessageId>,
}

impl FileRow {
    /// The part of a message that stands for it, once it is complete.
    pub fn attachment(&self) -> Option<Attachment> {
        let facts = self.facts.as_ref()?;
        Some(Attachment {
            attachment_id: self.id,
            media_type: facts.media_type.clone(),
            name: self.name.clone(),
            bytes: facts.bytes,
            width: facts.size.map(|(width, _)| width),
            height: facts.size.map(|(_, height)| height),
            thumbhash: facts.thumbhash.clone(),
        })
    }
}

/// Who uploaded a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    User(UserId),
    Agent(AgentId),
}

impl Owner {
    pub(crate) const fn of(actor: Actor) -> Self {
        match actor {
            Actor::User { user_id, .. } => Self::User(user_id),
            Actor::Agent { agent_id } => Self::Agent(agent_id),
        }
    }

    pub(crate) const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Agent(id) => id.uuid(),
        }
    }

    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Agent(_) => "agent",
        }
    }

    fn read(row: &impl Columns) -> Result<Self> {
        match row.str("owner_kind")? {
            "user" => Ok(Self::User(row.id("owner_id")?)),
            "agent" => Ok(Self::Agent(row.id("owner_id")?)),
            other => Err(Error::stored("owner_kind", other)),
        }
    }
}

/// The columns of a file `f`, for [`file`].
macro_rules! file_columns {
    () => {
        "f.id, f.workspace_id, f.owner_kind, f.owner_id, f.state, f.name, f.length, f.sha256, f.received, f.refused,
         f.media_type, f.bytes, f.width, f.height, f.thumbhash, f.variants, f.message_id, f.expires_at"
    };
}

pub(crate) use file_columns;

pub(crate) fn file(row: &impl Columns) -> Result<FileRow> {
    let sha256: Vec<u8> = row.get("sha256")?;
    Ok(FileRow {
        id: row.id("id")?,
        workspace_id: row.id("workspace_id")?,
        state: words::get(row, "state")?,
        name: row.text_option("name")?,
        length: row.get("length")?,
        sha256: sha256.try_into().map_err(|_| Error::stored("sha256", "not 32 bytes"))?,
        received: row.get("received")?,
        refused: row.get("refused")?,
        facts: facts(row)?,
        expires_at: time_option(row, "expires_at")?,
        owner: Owner::read(row)?,
        message_id: row.id_option("message_id")?,
    })
}

fn facts(row: &impl Columns) -> Result<Option<Facts>> {
    let Some(variants) = row.get::<Option<String>>("variants")? else { return Ok(None) };
    let pixels = |column: &'static str| -> Result<Option<u32>> {
        let pixels: Option<i64> = row.get(column)?;
        pixels.map(u32::try_from).transpose().map_err(|error| Error::stored(column, error))
    };
    Ok(Some(Facts {
        media_type: row.text("media_type")?,
        bytes: row.get("bytes")?,
        size: pixels("width")?.zip(pixels("height")?),
        thumbhash: row.text_option("thumbhash")?,
        variants: serde_json::from_str(&variants).map_err(|error| Error::stored("variants", error))?,
    }))
}

/// The files that the messages of a batch name, locked.
#[derive(Default)]
pub(crate) struct Named {
    files: HashMap<AttachmentId, FileRow>,
    taken: Vec<Taken>,
}

/// A file that a message of this batch takes.
struct Taken {
    id: AttachmentId,
    conversation_id: ConversationId,
    message_id: MessageId,
    user_id: UserId,
}

impl Named {
    pub(crate) async fn read(conn: &mut Conn<'_>, commands: &[&AppendMessage]) -> Result<Self> {
        const SQLITE: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM json_each($1) asked CROSS JOIN attachments f ON f.id = unhex(asked.value)"
        );
        const POSTGRES: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.id = ANY($1) ORDER BY f.id FOR NO KEY UPDATE"
        );
        let mut ids: Vec<Uuid> = commands
            .iter()
            .flat_map(|command| command.parts.attachments().map(|part| part.attachment_id.uuid()))
            .collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        ids.sort_unstable();
        ids.dedup();
        let sql = conn.picks(SQLITE, POSTGRES);
        let files = all!(conn, file, sql, Ids(&ids))?;
        Ok(Self { files: files.into_iter().map(|file| (file.id, file)).collect(), taken: Vec::new() })
    }

    /// The parts of a message, with what is known of its files in the place of what its author said of them.
    pub(crate) fn parts<'c>(&self, command: &'c AppendMessage) -> Cow<'c, Parts> {
        if self.files.is_empty() || command.parts.attachments().next().is_none() {
            return Cow::Borrowed(&command.parts);
        }
        Cow::Owned(command.parts.clone().with_attachments(|id| self.files.get(&id)?.attachment()))
    }

    /// The first file that this message may not name.
    pub(crate) fn unusable(&self, command: &AppendMessage) -> Option<AttachmentId> {
        let owner = Owner::of(command.actor);
        let usable = |file: &FileRow| {
            file.owner == owner && file.state == FileState::Complete && file.message_id.is_none()
        };
        let mut named = command.parts.attachments().map(|part| part.attachment_id);
        named.find(|id| !self.files.get(id).is_some_and(usable))
    }

    /// From now on they are this message's.
    pub(crate) fn take(&mut self, message: &Message, user_id: UserId, parts: &Parts) {
        for part in parts.attachments() {
            if let Some(file) = self.files.get_mut(&part.attachment_id) {
                file.message_id = Some(message.id);
                self.taken.push(Taken {
                    id: file.id,
                    conversation_id: message.conversation_id,
                    message_id: message.id,
                    user_id,
                });
            }
        }
    }

    /// Writes down which message each belongs to.
    pub(crate) async fn link(&self, conn: &mut Conn<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE attachments SET message_id = $2, conversation_id = $3, user_id = $4, expires_at = NULL
            WHERE id = $1";
        for Taken { id, conversation_id, message_id, user_id } in &self.taken {
            execute!(conn, SQL, id.uuid(), message_id.uuid(), conversation_id.uuid(), user_id.uuid())?;
        }
        Ok(())
    }
}

/// A held reply names a file: it stays, and the team of the conversation sees it.
pub(crate) async fn keep_for(conn: &mut Conn<'_>, id: AttachmentId, of: ConversationId) -> Result<()> {
    const SQL: &str = "
        UPDATE attachments SET conversation_id = $2, expires_at = NULL WHERE id = $1 AND message_id IS NULL";
    execute!(conn, SQL, id.uuid(), of.uuid())?;
    Ok(())
}

/// A held reply names a file no more: unless a message does, it is an upload that rests from now on.
pub(crate) async fn let_go(conn: &mut Conn<'_>, id: AttachmentId, now: Timestamp) -> Result<()> {
    const SQL: &str = "
        UPDATE attachments SET conversation_id = NULL, expires_at = $2
        WHERE id = $1 AND message_id IS NULL AND state = 'complete'";
    execute!(conn, SQL, id.uuid(), crate::uploads::end(now))?;
    Ok(())
}

/// Files whose bytes must go: what they were called and looked like is forgotten at once. The text goes on after `WHERE`.
macro_rules! doom {
    ($which:literal) => {
        concat!(
            "UPDATE attachments SET state = 'doomed', expires_at = 0, name = NULL, thumbhash = NULL, refused = NULL,
                message_id = NULL, conversation_id = NULL WHERE state <> 'doomed' AND ",
            $which
        )
    };
}

pub(crate) use doom;

/// Dooms the files of a conversation's messages up to a number; to be called before the messages go.
pub(crate) async fn doom_messages(conn: &mut Conn<'_>, id: ConversationId, last: i64) -> Result<u64> {
    const SQL: &str = doom!(
        "message_id IN (SELECT id FROM messages WHERE conversation_id = $1 AND seq <= $2 AND parts LIKE '%\"attachment\"%')"
    );
    Ok(execute!(conn, SQL, id.uuid(), last)?)
}

/// Dooms the files of one message.
pub(crate) async fn doom_message(conn: &mut Conn<'_>, id: MessageId) -> Result<u64> {
    const SQL: &str = doom!("message_id = $1");
    Ok(execute!(conn, SQL, id.uuid())?)
}

/// Dooms all that a user uploaded, and what is about them.
pub(crate) async fn doom_user(conn: &mut Conn<'_>, id: UserId) -> Result<u64> {
    const SQL: &str = doom!("user_id = $1");
    Ok(execute!(conn, SQL, id.uuid())?)
}

/// Whether rows of files about a user are left.
pub(crate) async fn has_files(conn: &mut Conn<'_>, id: UserId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM attachments WHERE user_id = $1 LIMIT 1";
    let one: Option<Uuid> = one!(conn, |row| Columns::get(row, "id"), SQL, id.uuid())?;
    Ok(one.is_some())
}

impl Db {
    /// A file that somebody uploaded themselves, however far it is.
    pub async fn own_file(&self, actor: Actor, id: AttachmentId) -> Result<Option<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.id = $1 AND f.owner_kind = $2 AND f.owner_id = $3 AND f.state <> 'doomed'"
        );
        let owner = Owner::of(actor);
        in_time(async { one!(self.single().await?.conn(), file, SQL, id.uuid(), owner.kind(), owner.uuid()) })
            .await
    }

    /// A complete file that somebody may see: their own, or one in a conversation that they may read.
    pub async fn visible_file(&self, actor: Actor, id: AttachmentId) -> Result<Option<FileRow>> {
        const USER: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.id = $1 AND f.state = 'complete' AND f.user_id = $2"
        );
        const AGENT: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.id = $1 AND f.state = 'complete' AND (
                (f.owner_kind = 'agent' AND f.owner_id = $2 AND f.message_id IS NULL) OR EXISTS (
                    SELECT 1 FROM conversations c JOIN team_members t ON t.team_id = c.team_id
                    WHERE c.id = f.conversation_id AND t.agent_id = $2))"
        );
        let (sql, who) = match actor {
            Actor::User { user_id, .. } => (USER, user_id.uuid()),
            Actor::Agent { agent_id } => (AGENT, agent_id.uuid()),
        };
        in_time(async { one!(self.single().await?.conn(), file, sql, id.uuid(), who) }).await
    }

    /// A complete file, for whoever has its address.
    pub async fn complete_file(&self, id: AttachmentId) -> Result<Option<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.id = $1 AND f.state = 'complete'"
        );
        in_time(async { one!(self.single().await?.conn(), file, SQL, id.uuid()) }).await
    }

    /// Complete files about a user, after one of them, in the order of their ids.
    pub async fn files_of_user(
        &self,
        user: UserId,
        after: Option<AttachmentId>,
        limit: i64,
    ) -> Result<Vec<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.user_id = $1 AND f.id > $2 AND f.state = 'complete'
            ORDER BY f.id LIMIT $3"
        );
        let after = after.map_or(Uuid::nil(), AttachmentId::uuid);
        in_time(async { all!(self.single().await?.conn(), file, SQL, user.uuid(), after, limit) }).await
    }

    /// The newest complete files, by their ids.
    pub async fn newest_files(&self, limit: i64) -> Result<Vec<FileRow>> {
        const SQL: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM attachments f WHERE f.state = 'complete' ORDER BY f.id DESC LIMIT $1"
        );
        in_time(async { all!(self.single().await?.conn(), file, SQL, limit) }).await
    }

    /// Which of these are files or uploads that still have bytes to keep.
    pub async fn kept_files(&self, ids: &[AttachmentId]) -> Result<Vec<FileRow>> {
        const SQLITE: &str = concat!(
            "SELECT ",
            file_columns!(),
            " FROM json_each($1) asked CROSS JOIN attachments f ON f.id = unhex(asked.value)"
        );
        const POSTGRES: &str =
            concat!("SELECT ", file_columns!(), " FROM attachments f WHERE f.id = ANY($1)");
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let sql = conn.picks(SQLITE, POSTGRES);
            all!(conn, file, sql, Ids(&ids))
        })
        .await
    }
}
