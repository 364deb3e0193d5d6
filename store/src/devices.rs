//! Devices: what the server knows of an installation, and how it can be woken.

use sha2::{Digest, Sha256};
use tidings_protocol::app;
use tidings_protocol::id::DeviceId;
use tidings_protocol::push::{PushEnvironment, PushTarget};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::words::word;
use crate::{Command, Tx};

/// Replaces what is known of a device. A push token belongs to one device: registering it here takes it from
/// wherever it was, because a phone that changed hands keeps its token.
#[derive(Debug, Clone)]
pub struct UpdateDevice {
    /// Which.
    pub device_id: DeviceId,
    /// What is true now.
    pub update: app::UpdateDevice,
    /// Now.
    pub now: Timestamp,
}

impl Command for UpdateDevice {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE devices SET locale = $2, app_version = $3, seen_at = $4, push_provider = $5, push_token = $6,
                push_token_hash = $7, push_environment = $8, push_registered_at = $9,
                push_keys = $10, push_proven = CASE WHEN push_token = $6 THEN push_proven END,
                push_strikes = 0, push_struck_at = NULL
            WHERE id = $1";
        let push = self.update.push.as_ref();
        if let Some(push) = push {
            take_from_others(&mut tx.conn, self.device_id, push).await?;
        }
        let (locale, version) = (self.update.locale.as_deref(), self.update.app_version.as_deref());
        let now = self.now.unix_ms();
        let keys = push.and_then(|push| push.keys.as_ref()).map(serde_json::to_string).transpose();
        let keys = keys.map_err(|error| Error::stored("push_keys", error))?;
        let updated = execute!(
            &mut tx.conn,
            SQL,
            self.device_id.uuid(),
            locale,
            version,
            now,
            push.map(|push| word(&push.provider)),
            push.map(|push| push.token.as_str()),
            push.map(|push| hash(&push.token)),
            push.map(|push| word(&push.environment)),
            push.map(|_| now),
            keys,
        )?;
        if updated == 0 { Err(Error::NotFound) } else { Ok(()) }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.device_id.uuid())
    }
}

/// How many strikes end a token, if the first is at least a day old.
pub(crate) const STRIKES: i64 = 3;
pub(crate) const STRIKES_MS: i64 = 24 * 60 * 60 * 1000;

/// The service said that a device's token does not fit the app's credential. Either may be at fault, so the token goes
/// only after three such answers in a row over at least a day.
#[derive(Debug, Clone)]
pub struct StrikePushToken {
    /// Of which device.
    pub device_id: DeviceId,
    /// The token that was sent to.
    pub token: String,
    /// Now.
    pub now: Timestamp,
}

impl Command for StrikePushToken {
    /// Whether the token is gone now.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            UPDATE devices SET push_strikes = push_strikes + 1, push_struck_at = COALESCE(push_struck_at, $3)
            WHERE id = $1 AND push_token = $2 RETURNING push_strikes, push_struck_at";
        let now = self.now.unix_ms();
        let found: Option<(i64, i64)> =
            one!(&mut tx.conn, struck, SQL, self.device_id.uuid(), self.token.as_str(), now)?;
        match found {
            Some((strikes, since)) if strikes >= STRIKES && now - since >= STRIKES_MS => {
                let (device_id, token) = (self.device_id, self.token.clone());
                DropPushToken { device_id, token, registered_before: None, now: self.now }.apply(tx).await
            }
            _ => Ok(false),
        }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.device_id.uuid())
    }
}

/// The service took a push for a token: strikes are forgotten, and of Apple's two services the one that took it is kept.
#[derive(Debug, Clone)]
pub struct ProvePushToken {
    /// Of which device.
    pub device_id: DeviceId,
    /// The token that was sent to.
    pub token: String,
    /// Apple's service; none with other providers.
    pub environment: Option<PushEnvironment>,
}

impl Command for ProvePushToken {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE devices SET push_strikes = 0, push_struck_at = NULL, push_proven = $3
            WHERE id = $1 AND push_token = $2";
        let environment = self.environment.as_ref().map(word);
        execute!(&mut tx.conn, SQL, self.device_id.uuid(), self.token.as_str(), environment)?;
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.device_id.uuid())
    }
}

fn struck(row: &impl Columns) -> Result<(i64, i64)> {
    Ok((row.get("push_strikes")?, row.get("push_struck_at")?))
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

async fn take_from_others(conn: &mut Conn<'_>, id: DeviceId, push: &PushTarget) -> Result<()> {
    const SQL: &str = "
        UPDATE devices SET push_provider = NULL, push_token = NULL, push_token_hash = NULL,
            push_environment = NULL, push_registered_at = NULL
        WHERE push_provider = $1 AND push_token_hash = $2 AND id <> $3";
    execute!(conn, SQL, word(&push.provider), hash(&push.token), id.uuid())?;
    Ok(())
}

/// Forgets a push token that its provider no longer knows, if the device still has it and registered it before the
/// given time: a provider may report late, after the app came back with the same token.
#[derive(Debug, Clone)]
pub struct DropPushToken {
    /// Of which device.
    pub device_id: DeviceId,
    /// The token.
    pub token: String,
    /// Since when the provider says it is worth nothing; none: whenever it was registered.
    pub registered_before: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

impl Command for DropPushToken {
    /// Whether it was forgotten.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            UPDATE devices SET push_provider = NULL, push_token = NULL, push_token_hash = NULL,
                push_environment = NULL, push_registered_at = NULL
            WHERE id = $1 AND push_token = $2 AND push_registered_at < $3";
        let before = self.registered_before.map_or(i64::MAX, Timestamp::unix_ms);
        let dropped = execute!(&mut tx.conn, SQL, self.device_id.uuid(), self.token.as_str(), before)?;
        Ok(dropped > 0)
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.device_id.uuid())
    }
}
