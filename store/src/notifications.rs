//! What users want to be told of.

use tidings_protocol::id::UserId;
use tidings_protocol::notifications::Notifications;
use uuid::Uuid;

use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Replaces what a user wants to be told of.
#[derive(Debug, Clone)]
pub struct SetNotifications {
    /// Who.
    pub user_id: UserId,
    /// What.
    pub wishes: Notifications,
}

impl Command for SetNotifications {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE users SET notifications = $2 WHERE id = $1";
        let wishes = serde_json::to_string(&self.wishes);
        let wishes = wishes.map_err(|error| Error::stored("notifications", error))?;
        let set = execute!(&mut tx.conn, SQL, self.user_id.uuid(), wishes.as_str())?;
        if set == 0 { Err(Error::NotFound) } else { Ok(()) }
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.user_id.uuid())
    }
}

/// The column `notifications` of a row.
pub(crate) fn wishes(row: &impl Columns) -> Result<Notifications> {
    match row.get::<Option<String>>("notifications")? {
        Some(text) => serde_json::from_str(&text).map_err(|error| Error::stored("notifications", error)),
        None => Ok(Notifications::default()),
    }
}

impl Db {
    /// What a user wants to be told of.
    pub async fn notifications(&self, id: UserId) -> Result<Notifications> {
        const SQL: &str = "SELECT notifications FROM users WHERE id = $1";
        in_time(async { one!(self.single().await?.conn(), wishes, SQL, id.uuid())?.ok_or(Error::NotFound) })
            .await
    }
}
