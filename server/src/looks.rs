//! How apps look, as their users' phones are told. It is read once for a crowd: after a restart ten thousand sockets ask at once,
//! and again when somebody changes it.

use std::collections::HashMap;

use tidings_protocol::appearance::Appearance;
use tidings_protocol::id::AppId;
use tidings_protocol::time::Timestamp;
use tidings_store::{Db, Error};
use tokio::sync::Mutex;

/// For so long what was read holds: milliseconds. A node that follows nobody of an app is not told of a change, and may be asked a
/// moment later.
const HOLDS_MS: i64 = 5_000;

/// How apps look. Whoever asks first reads, and the others wait for it.
#[derive(Default)]
pub struct Looks(Mutex<HashMap<AppId, Kept>>);

struct Kept {
    /// The number of changes that were known of before it was read.
    changes: u64,
    since: Timestamp,
    look: Appearance,
}

impl Looks {
    /// How an app looks; `changes` is the number of changes that this node knows of, so that nobody is told what was read before
    /// the last of them.
    ///
    /// # Errors
    /// When it cannot be read; [`Error::NotFound`] when there is no such app.
    pub async fn of_app(
        &self,
        db: &Db,
        app: AppId,
        changes: u64,
        now: Timestamp,
    ) -> Result<Appearance, Error> {
        let mut known = self.0.lock().await;
        known.retain(|_, kept| kept.changes >= changes && is_fresh(kept, now));
        if let Some(kept) = known.get(&app) {
            return Ok(kept.look.clone());
        }
        let look = db.appearance(app).await?;
        known.insert(app, Kept { changes, since: now, look: look.clone() });
        Ok(look)
    }
}

fn is_fresh(kept: &Kept, now: Timestamp) -> bool {
    (0..HOLDS_MS).contains(&(now.unix_ms() - kept.since.unix_ms()))
}
