//! What is known of one user, read in pages: for whoever asks for their data.

use serde::Serialize;
use tidings_protocol::admin::AdminUser;
use tidings_protocol::app::Platform;
use tidings_protocol::change::Note;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::{ConversationId, DeviceId, NoteId, UserId, WorkspaceId};
use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::Db;
use crate::columns::Columns;
use crate::error::Result;
use crate::headers::{conversation, time, user_headers};
use crate::notes::{note, note_columns};
use crate::open::{in_time, page};
use crate::words;

/// A user and their devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub user: AdminUser,
    /// Since when.
    pub created_at: Timestamp,
    /// Whether they want no e-mail.
    pub is_mail_stopped: bool,
    /// On what they sign in.
    pub devices: Vec<PersonDevice>,
}

/// A device of a user, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonDevice {
    /// Which.
    pub id: DeviceId,
    /// What it runs on.
    pub platform: Platform,
    /// Its language tag.
    pub locale: Option<String>,
    /// The version of the app.
    pub app_version: Option<String>,
    /// Through whom it is woken.
    pub push_provider: Option<PushProvider>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was seen last.
    pub seen_at: Timestamp,
}

fn person(row: &impl Columns) -> Result<Person> {
    Ok(Person {
        workspace_id: row.id("workspace_id")?,
        user: AdminUser {
            id: row.id("id")?,
            external_id: row.text_option("external_id")?,
            name: row.text_option("name")?,
            email: row.text_option("email")?,
        },
        created_at: time(row, "created_at")?,
        is_mail_stopped: row.get("is_mail_stopped")?,
        devices: Vec::new(),
    })
}

fn device(row: &impl Columns) -> Result<PersonDevice> {
    let provider: Option<String> = row.get("push_provider")?;
    Ok(PersonDevice {
        id: row.id("id")?,
        platform: words::get(row, "platform")?,
        locale: row.get("locale")?,
        app_version: row.get("app_version")?,
        push_provider: provider.map(|word| words::parse("push_provider", &word)).transpose()?,
        created_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
    })
}

impl Db {
    /// A user and their devices.
    pub async fn person(&self, id: UserId) -> Result<Option<Person>> {
        const PERSON: &str = "
            SELECT a.workspace_id, u.id, u.external_id, u.name, u.email, u.created_at,
                u.no_mail_since IS NOT NULL AS is_mail_stopped
            FROM users u JOIN apps a ON a.id = u.app_id WHERE u.id = $1";
        const DEVICES: &str = "
            SELECT id, platform, locale, app_version, push_provider, created_at, seen_at
            FROM devices WHERE user_id = $1 ORDER BY id";
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let Some(found) = one!(conn, person, PERSON, id.uuid())? else { return Ok(None) };
            let devices = all!(conn, device, DEVICES, id.uuid())?;
            Ok(Some(Person { devices, ..found }))
        })
        .await
    }

    /// Conversations of a user after one of them, in the order of their ids.
    pub async fn conversations_after(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        const SQL: &str = user_headers!("c.user_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3");
        let after = after.map_or(Uuid::nil(), ConversationId::uuid);
        in_time(async {
            all!(self.single().await?.conn(), conversation, SQL, user.uuid(), after, page(limit))
        })
        .await
    }

    /// Notes of a conversation after one of them, in the order of their ids.
    pub async fn notes_after(
        &self,
        id: ConversationId,
        after: Option<NoteId>,
        limit: i64,
    ) -> Result<Vec<Note>> {
        const SQL: &str = concat!(
            "SELECT ",
            note_columns!(),
            " FROM notes n WHERE n.conversation_id = $1 AND n.id > $2 ORDER BY n.id LIMIT $3"
        );
        let after = after.map_or(Uuid::nil(), NoteId::uuid);
        in_time(async { all!(self.single().await?.conn(), note, SQL, id.uuid(), after, page(limit)) }).await
    }
}
