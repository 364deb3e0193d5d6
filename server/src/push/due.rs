//! What people left to the server for later: jobs whose time has come, done by the same hands as pushes.

use tidings_protocol::Seq;
use tidings_protocol::id::ConversationId;
use tidings_protocol::time::Timestamp;
use tidings_store::scrub::Depth;
use tidings_store::{live_places, snooze};

use super::dispatch::{Dispatcher, Outcome};

/// The pause before the end of a live place is tried again.
const AGAIN_MS: i64 = 1_000;

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

    /// Ends a place that was shared until now: nobody has it from then on. It is tried until it is done, for a place must
    /// not stay because the database was away.
    pub async fn end_live_place(
        &self,
        conversation_id: ConversationId,
        seq: Seq,
        until: Timestamp,
    ) -> Outcome {
        let now = self.clock.now();
        match self.db.write(live_places::EndPlace { conversation_id, seq, until, now }).await {
            // Also when its author ended it before: then its bytes go now.
            Ok(_) => {
                if let Err(error) = self.db.scrub(Depth::Places).await {
                    tracing::warn!(%error, "the bytes of live places that ended go with the next one");
                }
                Outcome::Done
            }
            Err(error) => {
                tracing::warn!(%conversation_id, %error, "a live place could not be ended yet");
                Outcome::RetryAt { at: self.clock.now().plus_ms(AGAIN_MS), error: error.to_string() }
            }
        }
    }
}
