//! Devices: what the server knows of an installation, and how it can be woken.

use sha2::{Digest, Sha256};
use tidings_protocol::app;
use tidings_protocol::id::DeviceId;
use tidings_protocol::push::PushTarget;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

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
                push_token_hash = $7, push_environment = $8, push_registered_at = $9
            WHERE id = $1";
        let push = self.update.push.as_ref();
        if let Some(push) = push {
            take_from_others(&mut tx.conn, self.device_id, push).await?;
        }
        let (locale, version) = (self.update.locale.as_deref(), self.update.app_version.as_deref());
        let now = self.now.unix_ms();
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
        )?;
        if updated == 0 { Err(Error::NotFound) } else { Ok(()) }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.device_id.uuid())
    }
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
