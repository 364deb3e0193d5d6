//! Leases: background work that one node does at a time. A lease saves work; it is no lock, so what is done under one
//! must be right when two do it.

use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::error::Result;
use crate::{Command, Tx};

/// Takes a lease, or takes it on.
#[derive(Debug, Clone, Copy)]
pub struct TakeLease {
    /// Of which work.
    pub name: &'static str,
    /// Who takes it: one id for each process.
    pub holder: Uuid,
    /// Until when, unless it is taken on.
    pub until: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Command for TakeLease {
    /// False when somebody else has it.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE leases.holder = excluded.holder OR leases.expires_at <= $4";
        let (until, now) = (self.until.unix_ms(), self.now.unix_ms());
        Ok(execute!(&mut tx.conn, SQL, self.name, self.holder, until, now)? > 0)
    }
}

/// Gives a lease back before its time, so that another node need not wait for its end. One that somebody else has by now
/// stays theirs.
#[derive(Debug, Clone, Copy)]
pub struct GiveBackLease {
    /// Of which work.
    pub name: &'static str,
    /// Who gives it back.
    pub holder: Uuid,
}

impl Command for GiveBackLease {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        execute!(&mut tx.conn, SQL, self.name, self.holder)?;
        Ok(())
    }
}
