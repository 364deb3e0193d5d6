//! Tests of push: what one needs to know of a device, and whether the device has said that it arrived.

use tidings_protocol::id::{AppId, DeviceId, MessageId, UserId};
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;

use crate::columns::Columns;
use crate::error::Result;
use crate::feeds::unread;
use crate::ledger::{PushDevice, device_columns, push_device};
use crate::open::in_time;
use crate::{Command, Db, Tx, words};

/// Notes that a device is sent a test, so that its answer finds a place.
#[derive(Debug, Clone, Copy)]
pub struct BeginPushTest {
    /// The test: there is no message of this id.
    pub message_id: MessageId,
    /// The device.
    pub device_id: DeviceId,
}

impl Command for BeginPushTest {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO push_receipts (message_id, device_id) VALUES ($1, $2)
            ON CONFLICT (message_id, device_id) DO NOTHING";
        execute!(&mut tx.conn, SQL, self.message_id.uuid(), self.device_id.uuid())?;
        Ok(())
    }
}

/// A device, and what a test push to it needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Wakeable {
    /// Which.
    pub id: DeviceId,
    /// Whose.
    pub user_id: UserId,
    /// Of which app.
    pub app_id: AppId,
    /// What that is called.
    pub app_name: Name,
    /// How much a push may say.
    pub push_privacy: PushPrivacy,
    /// Whether somebody is signed in on it.
    pub is_signed_in: bool,
    /// Whether the user is shut out, or the app shut.
    pub is_blocked: bool,
    /// Unread messages of the user.
    pub unread: i64,
    /// Its push address, if it has told one.
    pub push: Option<PushDevice>,
}

fn wakeable(row: &impl Columns) -> Result<Wakeable> {
    let provider: Option<String> = row.get("push_provider")?;
    Ok(Wakeable {
        id: row.id("id")?,
        user_id: row.id("user_id")?,
        app_id: row.id("app_id")?,
        app_name: row.text("app_name")?,
        push_privacy: words::get(row, "push_privacy")?,
        is_signed_in: row.get("is_signed_in")?,
        is_blocked: row.get("is_blocked")?,
        unread: 0,
        push: provider.map(|_| push_device(row)).transpose()?,
    })
}

impl Db {
    /// A device and what a test push to it needs to know, read at one moment.
    pub async fn wakeable(&self, id: DeviceId, now: Timestamp) -> Result<Option<Wakeable>> {
        const SQL: &str = concat!(
            "SELECT ",
            device_columns!(),
            ", d.user_id, u.app_id, a.name AS app_name, a.push_privacy,
                EXISTS (SELECT 1 FROM sessions s WHERE s.device_id = d.id AND s.expires_at > $2) AS is_signed_in,
                (u.blocked_at IS NOT NULL OR a.disabled_at IS NOT NULL) AS is_blocked
            FROM devices d JOIN users u ON u.id = d.user_id JOIN apps a ON a.id = u.app_id WHERE d.id = $1"
        );
        in_time(async {
            let mut reading = self.snapshot().await?;
            let mut conn = reading.conn();
            let Some(found) = one!(conn, wakeable, SQL, id.uuid(), now.unix_ms())? else { return Ok(None) };
            Ok(Some(Wakeable { unread: unread(&mut conn, found.user_id).await?, ..found }))
        })
        .await
    }

    /// Whether a device has said that a push reached it.
    pub async fn push_test_arrived(&self, id: MessageId, device: DeviceId) -> Result<bool> {
        const SQL: &str = "
            SELECT message_id FROM push_receipts
            WHERE message_id = $1 AND device_id = $2 AND delivered_at IS NOT NULL";
        let found: Option<MessageId> = in_time(async {
            one!(
                self.single().await?.conn(),
                |row| Columns::id(row, "message_id"),
                SQL,
                id.uuid(),
                device.uuid()
            )
        })
        .await?;
        Ok(found.is_some())
    }
}
