//! End users, their devices' first sign of life, and their sessions.

use tidings_protocol::admin::AdminUser;
use tidings_protocol::app::Platform;
use tidings_protocol::change::ChangeKind;
use tidings_protocol::id::{AppId, ConversationId, DeviceId, IdentityKeyId, TeamId, UserId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::text::{Email, ExternalId, Label, Name};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::apps::{app, insert_feed};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::tx::{Change, Feed};
use crate::words::word;
use crate::{Command, Db, EndedSession, TokenHash, Tx};

/// Who signs in.
#[derive(Debug, Clone)]
pub enum Identity {
    /// Somebody the app's backend vouches for.
    Known {
        /// Their id in the company's own system.
        external_id: ExternalId,
        /// Their name; none keeps what is known.
        name: Option<Name>,
        /// Their address; none keeps what is known.
        email: Option<Email>,
        /// The key that vouches for them; none: the session does not end with any key.
        key_id: Option<IdentityKeyId>,
    },
    /// Whoever holds the device.
    Anonymous,
}

/// The installation that signs in.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Made by the installation.
    pub id: DeviceId,
    /// The SHA-256 of its secret.
    pub secret_hash: TokenHash,
    /// What it runs on.
    pub platform: Platform,
    /// A language tag.
    pub locale: Option<Label>,
    /// The version of the app.
    pub app_version: Option<Label>,
}

/// The session that starts.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Signs a device in. The same device gives the same user; its earlier session ends.
///
/// A device that was used with another secret or by another user is [`Error::IdConflict`]. When the user has more
/// than [`limits::DEVICES_PER_USER`] devices signed in, the least recently seen is signed out.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Into which app; unknown is [`Error::NotFound`].
    pub app_id: AppId,
    /// The id of the user if they are new.
    pub user_id: UserId,
    /// Who.
    pub identity: Identity,
    /// On what.
    pub device: NewDevice,
    /// The new session.
    pub session: NewSession,
    /// Now.
    pub now: Timestamp,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Which.
    pub id: UserId,
    /// Of which app.
    pub app_id: AppId,
    /// Their id in the company's own system; none for an anonymous user.
    pub external_id: Option<ExternalId>,
    /// Whether no backend vouches for them.
    pub anonymous: bool,
    /// Their name.
    pub name: Option<Name>,
    /// Their address.
    pub email: Option<Email>,
}

fn user_row(row: &impl Columns) -> Result<UserRow> {
    let external_id: Option<ExternalId> = row.text_option("external_id")?;
    Ok(UserRow {
        id: row.id("id")?,
        app_id: row.id("app_id")?,
        anonymous: external_id.is_none(),
        external_id,
        name: row.text_option("name")?,
        email: row.text_option("email")?,
    })
}

/// A device's owner and secret, as they are known.
struct KnownDevice {
    user_id: UserId,
    secret_hash: Vec<u8>,
}

fn known_device(row: &impl Columns) -> Result<KnownDevice> {
    Ok(KnownDevice { user_id: row.id("user_id")?, secret_hash: row.get("secret_hash")? })
}

impl Command for SignIn {
    type Output = UserRow;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<UserRow> {
        const DEVICE: &str = "SELECT user_id, secret_hash FROM devices WHERE id = $1";
        app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?;
        let device = one!(&mut tx.conn, known_device, DEVICE, self.device.id.uuid())?;
        if device.as_ref().is_some_and(|device| device.secret_hash != self.device.secret_hash) {
            return Err(Error::IdConflict);
        }
        let user = self.user(tx, device.as_ref().map(|device| device.user_id)).await?;
        if device.is_some_and(|device| device.user_id != user.id) {
            return Err(Error::IdConflict);
        }
        self.check_access(&mut tx.conn, user.id).await?;
        self.put_device(&mut tx.conn, user.id).await?;
        end_session_of(tx, self.device.id).await?;
        self.start_session(&mut tx.conn).await?;
        sign_out_the_oldest(tx, user.id, self.device.id).await?;
        Ok(user)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.device.id.uuid())
    }
}

impl SignIn {
    async fn check_access(&self, conn: &mut Conn<'_>, id: UserId) -> Result<()> {
        const SQL: &str = "
            SELECT u.id FROM users u JOIN apps a ON a.id = u.app_id
            WHERE u.id = $1 AND u.blocked_at IS NULL AND a.disabled_at IS NULL";
        let found: Option<UserId> = one!(conn, |row| Columns::id(row, "id"), SQL, id.uuid())?;
        found.map(|_| ()).ok_or(Error::ShutOut)
    }

    async fn user(&self, tx: &mut Tx<'_>, of_device: Option<UserId>) -> Result<UserRow> {
        match &self.identity {
            Identity::Known { external_id, name, email, .. } => {
                let known =
                    Known { app_id: self.app_id, external_id, name: name.as_ref(), email: email.as_ref() };
                put_known(tx, self.user_id, &known, Absent::Keeps, self.now).await
            }
            Identity::Anonymous => match of_device {
                Some(id) => anonymous(&mut tx.conn, self.app_id, id).await?.ok_or(Error::IdConflict),
                None => self.new_anonymous(tx).await,
            },
        }
    }

    async fn new_anonymous(&self, tx: &mut Tx<'_>) -> Result<UserRow> {
        const INSERT: &str = "
            INSERT INTO users (id, app_id, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO NOTHING
            RETURNING id, app_id, external_id, name, email";
        let (id, app_id) = (self.user_id.uuid(), self.app_id.uuid());
        let user = one!(&mut tx.conn, user_row, INSERT, id, app_id, self.now.unix_ms())?;
        let user = user.ok_or(Error::IdConflict)?;
        insert_feed(&mut tx.conn, id).await?;
        Ok(user)
    }

    async fn put_device(&self, conn: &mut Conn<'_>, user_id: UserId) -> Result<()> {
        // The secret is in the condition: a device that another node stored meanwhile must be this one.
        const SQL: &str = "
            INSERT INTO devices (id, user_id, secret_hash, platform, locale, app_version, created_at, seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            ON CONFLICT (id) DO UPDATE SET
                platform = excluded.platform, locale = excluded.locale,
                app_version = excluded.app_version, seen_at = excluded.seen_at
            WHERE devices.user_id = excluded.user_id AND devices.secret_hash = excluded.secret_hash";
        let device = &self.device;
        let (id, user_id, hash) = (device.id.uuid(), user_id.uuid(), device.secret_hash.as_slice());
        let (locale, version) = (device.locale.as_deref(), device.app_version.as_deref());
        let (platform, now) = (word(&device.platform), self.now.unix_ms());
        let put = execute!(conn, SQL, id, user_id, hash, platform, locale, version, now)?;
        if put == 0 { Err(Error::IdConflict) } else { Ok(()) }
    }

    async fn start_session(&self, conn: &mut Conn<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO sessions (token_hash, device_id, created_at, expires_at, identity_key_id)
            VALUES ($1, $2, $3, $4, $5)";
        let (hash, device) = (self.session.token_hash.as_slice(), self.device.id.uuid());
        let key = match &self.identity {
            Identity::Known { key_id, .. } => key_id.map(IdentityKeyId::uuid),
            Identity::Anonymous => None,
        };
        execute!(conn, SQL, hash, device, self.now.unix_ms(), self.session.expires_at.unix_ms(), key)?;
        Ok(())
    }
}

/// What a backend says of a user.
struct Known<'k> {
    app_id: AppId,
    external_id: &'k ExternalId,
    name: Option<&'k Name>,
    email: Option<&'k Email>,
}

/// What an absent name or address means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Keeps,
    Clears,
}

/// Finds the user by their external id, makes them if they are new, and stores what is said of them.
async fn put_known(
    tx: &mut Tx<'_>,
    new_id: UserId,
    known: &Known<'_>,
    absent: Absent,
    now: Timestamp,
) -> Result<UserRow> {
    const INSERT: &str = "
        INSERT INTO users (id, app_id, external_id, name, email, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING
        RETURNING id, app_id, external_id, name, email";
    const FIND: &str = "
        SELECT id, app_id, external_id, name, email FROM users WHERE app_id = $1 AND external_id = $2";
    let (id, app_id, external_id) = (new_id.uuid(), known.app_id.uuid(), known.external_id.as_str());
    let (name, email) = (known.name.map(Name::as_str), known.email.map(Email::as_str));
    let Some(first) = one!(&mut tx.conn, user_row, FIND, app_id, external_id)? else {
        let new = one!(&mut tx.conn, user_row, INSERT, id, app_id, external_id, name, email, now.unix_ms())?;
        if let Some(user) = new {
            insert_feed(&mut tx.conn, id).await?;
            return Ok(user);
        }
        // Another node was faster, or the new id is taken.
        let user = one!(&mut tx.conn, user_row, FIND, app_id, external_id)?.ok_or(Error::IdConflict)?;
        return update_known(tx, user, known, absent, now).await;
    };
    update_known(tx, first, known, absent, now).await
}

async fn update_known(
    tx: &mut Tx<'_>,
    user: UserRow,
    known: &Known<'_>,
    absent: Absent,
    now: Timestamp,
) -> Result<UserRow> {
    const UPDATE: &str = "UPDATE users SET name = $2, email = $3 WHERE id = $1";
    let keeps = absent == Absent::Keeps;
    let updated = UserRow {
        name: known.name.cloned().or_else(|| user.name.clone().filter(|_| keeps)),
        email: known.email.cloned().or_else(|| user.email.clone().filter(|_| keeps)),
        ..user.clone()
    };
    if updated != user {
        let (name, email) = (updated.name.as_deref(), updated.email.as_ref().map(Email::as_str));
        execute!(&mut tx.conn, UPDATE, user.id.uuid(), name, email)?;
        record_user_changed(tx, user.id, now).await?;
    }
    Ok(updated)
}

/// The headers that agents see carry the user's name and address, so each of the user's threads has changed.
async fn record_user_changed(tx: &mut Tx<'_>, id: UserId, now: Timestamp) -> Result<()> {
    const SQL: &str = "SELECT id, team_id FROM conversations WHERE user_id = $1 ORDER BY id";
    let threads: Vec<(ConversationId, TeamId)> = all!(
        &mut tx.conn,
        |row| Ok((Columns::id(row, "id")?, Columns::id(row, "team_id")?)),
        SQL,
        id.uuid()
    )?;
    for (conversation_id, team_id) in threads {
        tx.record(Feed::Team(team_id), Change::of(ChangeKind::UserChanged, conversation_id, now));
    }
    Ok(())
}

async fn anonymous(conn: &mut Conn<'_>, app_id: AppId, id: UserId) -> Result<Option<UserRow>> {
    const SQL: &str = "
        SELECT id, app_id, external_id, name, email FROM users
        WHERE id = $1 AND app_id = $2 AND external_id IS NULL";
    one!(conn, user_row, SQL, id.uuid(), app_id.uuid())
}

async fn end_session_of(tx: &mut Tx<'_>, id: DeviceId) -> Result<()> {
    const SQL: &str = "DELETE FROM sessions WHERE device_id = $1 RETURNING token_hash";
    if let Some(hash) = one!(&mut tx.conn, token_hash, SQL, id.uuid())? {
        tx.end_session(EndedSession::App(hash));
    }
    Ok(())
}

pub(crate) fn token_hash(row: &impl Columns) -> Result<TokenHash> {
    let bytes: Vec<u8> = row.get("token_hash")?;
    bytes.try_into().map_err(|_| Error::stored("token_hash", "it has not 32 bytes"))
}

/// The device that signs in stays, whatever the clock said when the others were seen.
async fn sign_out_the_oldest(tx: &mut Tx<'_>, id: UserId, stays: DeviceId) -> Result<()> {
    const SQL: &str = "
        SELECT d.id FROM devices d JOIN sessions s ON s.device_id = d.id
        WHERE d.user_id = $1 AND d.id <> $2
        ORDER BY d.seen_at DESC, s.created_at DESC, d.id DESC
        LIMIT 100 OFFSET $3";
    let others = limits::DEVICES_PER_USER - 1;
    let too_many: Vec<DeviceId> =
        all!(&mut tx.conn, |row| Columns::id(row, "id"), SQL, id.uuid(), stays.uuid(), others)?;
    for device in too_many {
        end_session_of(tx, device).await?;
        forget_push(&mut tx.conn, device).await?;
    }
    Ok(())
}

async fn forget_push(conn: &mut Conn<'_>, id: DeviceId) -> Result<()> {
    const SQL: &str = "
        UPDATE devices SET push_provider = NULL, push_token = NULL, push_token_hash = NULL,
            push_environment = NULL, push_registered_at = NULL
        WHERE id = $1 AND push_token IS NOT NULL";
    execute!(conn, SQL, id.uuid())?;
    Ok(())
}

/// Ends a session and stops pushes to its device. One that has ended already is fine.
#[derive(Debug, Clone, Copy)]
pub struct SignOut {
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// Now.
    pub now: Timestamp,
}

impl Command for SignOut {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM sessions WHERE token_hash = $1 RETURNING device_id";
        let hash = self.token_hash.as_slice();
        let device = one!(&mut tx.conn, |row| Columns::id(row, "device_id"), SQL, hash)?;
        if let Some(device) = device {
            forget_push(&mut tx.conn, device).await?;
            tx.end_session(EndedSession::App(self.token_hash));
        }
        Ok(())
    }
}

/// Tells us of a user, or replaces what we know: an absent name or address is cleared.
#[derive(Debug, Clone)]
pub struct UpsertUser {
    /// Of which app; unknown is [`Error::NotFound`].
    pub app_id: AppId,
    /// The id of the user if they are new.
    pub user_id: UserId,
    /// Who, in the company's own system.
    pub external_id: ExternalId,
    /// Their name.
    pub name: Option<Name>,
    /// Their address.
    pub email: Option<Email>,
    /// Now.
    pub now: Timestamp,
}

impl Command for UpsertUser {
    type Output = AdminUser;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<AdminUser> {
        app(&mut tx.conn, self.app_id).await?.ok_or(Error::NotFound)?;
        let known = Known {
            app_id: self.app_id,
            external_id: &self.external_id,
            name: self.name.as_ref(),
            email: self.email.as_ref(),
        };
        let user = put_known(tx, self.user_id, &known, Absent::Clears, self.now).await?;
        Ok(AdminUser { id: user.id, external_id: user.external_id, name: user.name, email: user.email })
    }
}

/// A live session of a device, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// Who.
    pub user_id: UserId,
    /// On what.
    pub device_id: DeviceId,
    /// In which app.
    pub app_id: AppId,
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Whether no backend vouches for them.
    pub anonymous: bool,
    /// Their name.
    pub name: Option<Name>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

fn session_row(row: &impl Columns) -> Result<SessionRow> {
    Ok(SessionRow {
        token_hash: token_hash(row)?,
        user_id: row.id("user_id")?,
        device_id: row.id("device_id")?,
        app_id: row.id("app_id")?,
        workspace_id: row.id("workspace_id")?,
        anonymous: row.get::<Option<String>>("external_id")?.is_none(),
        name: row.text_option("name")?,
        expires_at: time(row, "expires_at")?,
    })
}

impl Db {
    /// The session of a token, unless it has ended.
    pub async fn session(&self, token_hash: TokenHash, now: Timestamp) -> Result<Option<SessionRow>> {
        const SQL: &str = "
            SELECT s.token_hash, s.device_id, s.expires_at, u.id AS user_id, u.app_id, u.external_id, u.name,
                a.workspace_id
            FROM sessions s
            JOIN devices d ON d.id = s.device_id
            JOIN users u ON u.id = d.user_id
            JOIN apps a ON a.id = u.app_id
            LEFT JOIN identity_keys k ON k.id = s.identity_key_id
            WHERE s.token_hash = $1 AND s.expires_at > $2
                AND u.blocked_at IS NULL AND a.disabled_at IS NULL AND k.sessions_ended_at IS NULL";
        let hash = token_hash.as_slice();
        in_time(async { one!(self.single().await?.conn(), session_row, SQL, hash, now.unix_ms()) }).await
    }
}
