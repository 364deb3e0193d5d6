//! What the pushes of an app, or of one conversation, say and look like.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AppId, ConversationId, WorkspaceId};
use tidings_protocol::push::{PushOptions, PushPrivacy};

use crate::apps::app;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::words::{self, word};
use crate::{Command, Db, Tx};

/// Sets what the pushes of an app say and look like.
#[derive(Debug, Clone)]
pub struct SetPushOptions {
    /// Of which app.
    pub app_id: AppId,
    /// How.
    pub options: PushOptions,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetPushOptions {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE apps SET push_options = $2, push_privacy = $3 WHERE id = $1";
        let stored = serde_json::to_string(&self.options);
        let stored = stored.map_err(|error| Error::stored("push options", error))?;
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        let privacy = word(&self.options.privacy);
        execute!(&mut tx.conn, SQL, self.app_id.uuid(), stored, privacy.as_str())?;
        let line = Line::new(workspace_id, self.by, AuditAct::PushOptionsSet).target(self.app_id);
        tx.audit(line.detail("privacy", privacy));
        Ok(())
    }
}

/// Sets how much the pushes of one conversation may say.
#[derive(Debug, Clone, Copy)]
pub struct SetConversationPrivacy {
    /// Of which workspace the conversation must be.
    pub workspace_id: WorkspaceId,
    /// Which.
    pub conversation_id: ConversationId,
    /// None: as much as the app's.
    pub privacy: Option<PushPrivacy>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetConversationPrivacy {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE conversations SET push_privacy = $3
            WHERE id = $1 AND app_id IN (SELECT a.id FROM apps a WHERE a.workspace_id = $2)";
        let privacy = self.privacy.map(|privacy| word(&privacy));
        let (id, workspace_id) = (self.conversation_id.uuid(), self.workspace_id.uuid());
        if execute!(&mut tx.conn, SQL, id, workspace_id, privacy.as_deref())? == 0 {
            return Err(Error::NotFound);
        }
        let line =
            Line::new(self.workspace_id, self.by, AuditAct::PushOptionsSet).target(self.conversation_id);
        tx.audit(line.detail("privacy", privacy.unwrap_or_else(|| "as_app".to_owned())));
        Ok(())
    }
}

impl Db {
    /// What the pushes of an app say and look like; none: no such app.
    pub async fn push_options(&self, app_id: AppId) -> Result<Option<PushOptions>> {
        const SQL: &str = "SELECT push_options, push_privacy FROM apps WHERE id = $1";
        in_time(async {
            let mut reading = self.snapshot().await?;
            one!(&mut reading.conn(), options, SQL, app_id.uuid())
        })
        .await
    }
}

/// The columns `push_options` and `push_privacy` of a row.
pub(crate) fn options(row: &impl Columns) -> Result<PushOptions> {
    let stored = row.get::<Option<String>>("push_options")?;
    let stored = stored.map(|text| serde_json::from_str(&text));
    let options = stored.transpose().map_err(|error| Error::stored("push options", error))?;
    // The column is what a conversation may say otherwise.
    Ok(PushOptions { privacy: words::get(row, "push_privacy")?, ..options.unwrap_or_default() })
}
