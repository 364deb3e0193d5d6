//! Where the cards of an app's users come from: a system of the company's own.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::cards::CardSource;
use tidings_protocol::id::AppId;
use tidings_protocol::text::WebAddress;
use tidings_protocol::time::Timestamp;
use tidings_protocol::webhooks::OLD_SECRET_MS;

use crate::apps::app;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Says where the cards of an app's users come from. Requests are signed with the new secret, and for a day with the one
/// before, too.
#[derive(Clone)]
pub struct SetCardSource {
    /// Of which app.
    pub app_id: AppId,
    /// Where.
    pub url: WebAddress,
    /// Sealed.
    pub secret: String,
    /// Who does it, and when.
    pub by: By,
}

/// A secret never reaches a log.
impl std::fmt::Debug for SetCardSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetCardSource").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl Command for SetCardSource {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO card_sources (app_id, url, secret, set_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (app_id) DO UPDATE SET url = excluded.url, secret = excluded.secret,
                old_secret = card_sources.secret, old_secret_until = $5, set_at = excluded.set_at";
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        let (now, until) = (self.by.at.unix_ms(), self.by.at.plus_ms(OLD_SECRET_MS).unix_ms());
        let (url, secret) = (self.url.as_str(), self.secret.as_str());
        execute!(&mut tx.conn, SQL, self.app_id.uuid(), url, secret, now, until)?;
        let line = Line::new(workspace_id, self.by, AuditAct::CardSourceSet).target(self.app_id);
        tx.audit(line.detail("source", "set"));
        Ok(())
    }
}

/// Has no more cards fetched for an app.
#[derive(Debug, Clone, Copy)]
pub struct RemoveCardSource {
    /// Of which app.
    pub app_id: AppId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RemoveCardSource {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM card_sources WHERE app_id = $1";
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        if execute!(&mut tx.conn, SQL, self.app_id.uuid())? > 0 {
            let line = Line::new(workspace_id, self.by, AuditAct::CardSourceSet).target(self.app_id);
            tx.audit(line.detail("source", "removed"));
        }
        Ok(())
    }
}

/// A source of cards, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCardSource {
    /// Of which app.
    pub app_id: AppId,
    /// Where, and since when.
    pub source: CardSource,
    /// Sealed.
    pub secret: String,
    /// The one before it; sealed.
    pub old_secret: Option<String>,
    /// Until when the one before it counts.
    pub old_secret_until: Option<Timestamp>,
}

/// A secret never reaches a log.
impl std::fmt::Debug for StoredCardSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredCardSource").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// Puts the same secrets in their place, sealed anew. Those that were changed meanwhile stay.
#[derive(Debug, Clone)]
pub struct ResealCardSource {
    /// As it was read.
    pub before: StoredCardSource,
    /// The secret of now, sealed anew.
    pub secret: String,
    /// The one before it.
    pub old_secret: Option<String>,
}

impl Command for ResealCardSource {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str =
            "UPDATE card_sources SET secret = $3, old_secret = $4 WHERE app_id = $1 AND secret = $2";
        let (before, after) = (self.before.secret.as_str(), self.secret.as_str());
        execute!(&mut tx.conn, SQL, self.before.app_id.uuid(), before, after, self.old_secret.as_deref())?;
        Ok(())
    }
}

fn stored(row: &impl Columns) -> Result<StoredCardSource> {
    let until: Option<i64> = row.get("old_secret_until")?;
    Ok(StoredCardSource {
        app_id: row.id("app_id")?,
        source: CardSource { url: row.text("url")?, set_at: time(row, "set_at")? },
        secret: row.get("secret")?,
        old_secret: row.get("old_secret")?,
        old_secret_until: until.map(Timestamp::from_unix_ms),
    })
}

impl Db {
    /// Where the cards of an app's users come from.
    pub async fn card_source(&self, id: AppId) -> Result<Option<StoredCardSource>> {
        const SQL: &str = "
            SELECT app_id, url, secret, old_secret, old_secret_until, set_at FROM card_sources WHERE app_id = $1";
        in_time(async { one!(self.single().await?.conn(), stored, SQL, id.uuid()) }).await
    }

    /// All sources of cards of the installation.
    pub async fn card_sources(&self) -> Result<Vec<StoredCardSource>> {
        const SQL: &str = "
            SELECT app_id, url, secret, old_secret, old_secret_until, set_at FROM card_sources ORDER BY app_id";
        in_time(async { all!(self.single().await?.conn(), stored, SQL) }).await
    }
}
