//! How an app looks to its users: what the company set, and the logo. The bytes of a logo lie in the database: they are few, and
//! so a backup, a copy and every node have them without a word.

use tidings_protocol::appearance::{self as wire, Appearance, AppearanceSettings};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::AppId;
use tidings_protocol::text::{MediaType, Name};
use tidings_protocol::upload::Sha256;

use crate::apps::app;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Sets name, colour and greetings of an app, in place of what was set before; the logo stays.
#[derive(Debug, Clone)]
pub struct SetAppearance {
    /// Of which app.
    pub app_id: AppId,
    /// How it is to look.
    pub appearance: wire::SetAppearance,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetAppearance {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE apps SET appearance = $2 WHERE id = $1";
        let set = (self.appearance != wire::SetAppearance::default()).then_some(&self.appearance);
        let stored = set.map(serde_json::to_string).transpose();
        let stored = stored.map_err(|error| Error::stored("appearance", error))?;
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        execute!(&mut tx.conn, SQL, self.app_id.uuid(), stored)?;
        let wire::SetAppearance { name, accent, greetings } = self.appearance.clone();
        let languages = Vec::from(greetings).into_iter().map(|one| one.language.to_string());
        let line = Line::new(workspace_id, self.by, AuditAct::AppearanceSet)
            .target(self.app_id)
            .detail("name", name.map_or_else(|| "as the app".to_owned(), String::from))
            .detail("accent", accent.map_or_else(|| "none".to_owned(), String::from))
            .detail("greetings", languages.collect::<Vec<_>>().join(", "));
        tx.audit(line);
        Ok(())
    }
}

/// A logo, as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Of the content.
    pub sha256: Sha256,
    /// What it is.
    pub media_type: MediaType,
    /// The picture.
    pub content: Vec<u8>,
}

/// Gives an app a logo, or takes it away.
#[derive(Debug, Clone)]
pub struct SetLogo {
    /// Which app.
    pub app_id: AppId,
    /// The logo; none: it has none any more.
    pub logo: Option<Logo>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetLogo {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const PUT: &str = "
            INSERT INTO logos (app_id, sha256, media_type, content) VALUES ($1, $2, $3, $4)
            ON CONFLICT (app_id) DO UPDATE SET sha256 = $2, media_type = $3, content = $4";
        const REMOVE: &str = "DELETE FROM logos WHERE app_id = $1";
        let id = self.app_id.uuid();
        let workspace_id = app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?.workspace_id;
        let how = if let Some(Logo { sha256, media_type, content }) = &self.logo {
            let (sum, kind) = (sha256.as_bytes().as_slice(), media_type.as_str());
            execute!(&mut tx.conn, PUT, id, sum, kind, content.as_slice())?;
            "set"
        } else if execute!(&mut tx.conn, REMOVE, id)? > 0 {
            "removed"
        } else {
            // There was none: nothing was done that a log could tell.
            return Ok(());
        };
        tx.audit(Line::new(workspace_id, self.by, AuditAct::LogoSet).target(self.app_id).detail("logo", how));
        Ok(())
    }
}

impl Db {
    /// What was set for an app.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such app.
    pub async fn appearance_settings(&self, id: AppId) -> Result<AppearanceSettings> {
        Ok(self.look(id).await?.settings)
    }

    /// How an app looks to its users.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such app.
    pub async fn appearance(&self, id: AppId) -> Result<Appearance> {
        let Look { name, settings } = self.look(id).await?;
        Ok(Appearance {
            name: settings.name.unwrap_or(name),
            accent: settings.accent,
            greetings: settings.greetings.into(),
            logo: settings.logo,
        })
    }

    async fn look(&self, id: AppId) -> Result<Look> {
        const SQL: &str = "
            SELECT a.name, a.appearance, l.sha256 FROM apps a LEFT JOIN logos l ON l.app_id = a.id
            WHERE a.id = $1";
        let found = in_time(async { one!(self.single().await?.conn(), look, SQL, id.uuid()) }).await?;
        found.ok_or(Error::NotFound)
    }

    /// The logo of an app; none when it has none.
    pub async fn logo(&self, id: AppId) -> Result<Option<Logo>> {
        const SQL: &str = "SELECT sha256, media_type, content FROM logos WHERE app_id = $1";
        in_time(async { one!(self.single().await?.conn(), logo, SQL, id.uuid()) }).await
    }
}

/// What is read of an app at once.
struct Look {
    name: Name,
    settings: AppearanceSettings,
}

fn look(row: &impl Columns) -> Result<Look> {
    let stored: Option<String> = row.get("appearance")?;
    let set = stored.map(|text| serde_json::from_str(&text)).transpose();
    let set: Option<wire::SetAppearance> = set.map_err(|error| Error::stored("appearance", error))?;
    let wire::SetAppearance { name, accent, greetings } = set.unwrap_or_default();
    let logo = row.get::<Option<Vec<u8>>>("sha256")?.map(sum).transpose()?;
    Ok(Look { name: row.text("name")?, settings: AppearanceSettings { name, accent, greetings, logo } })
}

fn logo(row: &impl Columns) -> Result<Logo> {
    Ok(Logo {
        sha256: sum(row.get("sha256")?)?,
        media_type: row.text("media_type")?,
        content: row.get("content")?,
    })
}

fn sum(bytes: Vec<u8>) -> Result<Sha256> {
    let bytes = bytes.try_into().map_err(|_| Error::stored("sha256", "not 32 bytes"))?;
    Ok(Sha256::from_bytes(bytes))
}
