//! What agents left to the server for later: jobs whose time has come, done by the same hands as pushes.

use tidings_protocol::id::ConversationId;
use tidings_protocol::time::Timestamp;
use tidings_store::snooze;

use super::dispatch::{Dispatcher, Outcome};

/// A conversation whose time may have come.
#[derive(Debug, Clone, Copy)]
pub struct WakeJob {
    /// Which.
    pub conversation_id: ConversationId,
    /// Until when it was put aside.
    pub until: Timestamp,
    /// How often it was tried, with this time.
    pub attempt: i64,
}

impl Dispatcher {
    /// Brings a conversation back that was put aside until now. One that was changed meanwhile stays as it is.
    pub async fn wake_conversation(&self, job: WakeJob) -> Outcome {
        let WakeJob { conversation_id, until, attempt } = job;
        let now = self.clock.now();
        match self.db.write(snooze::WakeConversation { conversation_id, until, now }).await {
            Ok(_) => Outcome::Done,
            Err(error) => self.after_fault(conversation_id, attempt, &error),
        }
    }
}
