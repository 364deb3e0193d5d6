//! What people left to the server for later: jobs whose time has come, done by the same hands as pushes.

use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, JobId, MessageId};
use tidings_protocol::message::{KnownPart, Part, Parts, QuickReplies, QuickReply};
use tidings_protocol::satisfaction::OPTION;
use tidings_protocol::time::Timestamp;
use tidings_store::held::{ReleaseReply, Released};
use tidings_store::satisfaction::{AskSatisfaction, AskedHow};
use tidings_store::scrub::Depth;
use tidings_store::{live_places, snooze};

use super::dispatch::{Dispatcher, Outcome};
use super::words::Language;
use crate::assigning::assign;

/// The pause before the end of a live place is tried again.
const AGAIN_MS: i64 = 1_000;
/// The pause after a held reply could not be sent, times the number of its attempts, of which thirty count.
const PAUSE_MS: i64 = 2_000;

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

/// A held reply whose time may have come.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseJob {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
    /// Until when it was held.
    pub send_at: Timestamp,
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

    /// Assigns a conversation that was opened, or opened again, as the rules of its company say.
    pub async fn assign_by_rules(&self, conversation_id: ConversationId, attempt: i64) -> Outcome {
        match assign(&self.db, conversation_id, self.clock.now()).await {
            Ok(()) => Outcome::Done,
            Err(error) => self.after_fault(conversation_id, attempt, &error),
        }
    }

    /// Asks a user what they think of a conversation that was closed then, in the language of the device that they used last.
    pub async fn ask_satisfaction(
        &self,
        conversation_id: ConversationId,
        closed_at: Timestamp,
        attempt: i64,
    ) -> Outcome {
        let job_id = JobId::from_parts(self.clock.unix_ms(), self.clock.random());
        let asking = async {
            let Some(how) = self.db.asked_how(conversation_id).await? else { return Ok(false) };
            let Some(parts) = question(&how) else { return Ok(false) };
            let now = self.clock.now();
            self.db.write(AskSatisfaction { conversation_id, closed_at, parts, now, job_id }).await
        };
        match asking.await {
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

    /// Sends a reply that was held until now. That it was sent, and that it is not held any more, is one transaction: done
    /// once more, there is nothing left to do.
    pub async fn release_reply(&self, job: ReleaseJob) -> Outcome {
        let ReleaseJob { conversation_id, message_id: id, send_at, attempt } = job;
        let now = self.clock.now();
        let job_id = JobId::from_parts(self.clock.unix_ms(), self.clock.random());
        match self.db.write(ReleaseReply { conversation_id, id, send_at, now, job_id }).await {
            Ok(released) => {
                let what = match released {
                    Released::Sent(_) => "sent",
                    Released::Returned(_) => "returned",
                    Released::Nothing => "changed",
                };
                metrics::counter!("tidings_held_replies_total", "outcome" => what).increment(1);
                Outcome::Done
            }
            Err(error) => {
                // Somebody counts on it: it is tried until the database is in order, and never given up.
                tracing::warn!(message_id = %id, %error, "a held reply cannot be sent yet");
                let pause =
                    (attempt.clamp(1, 30) * PAUSE_MS).saturating_add(i64::from(self.clock.random::<1>()[0]));
                Outcome::RetryAt { at: self.clock.now().plus_ms(pause), error: error.to_string() }
            }
        }
    }
}

/// What a user is asked, and what they may choose; none when the words do not fit into a message, which they do.
fn question(how: &AskedHow) -> Option<Parts> {
    let locale = how.locale.as_deref();
    let language = Language::of(locale);
    let own = how.satisfaction.questions.for_locale(locale.unwrap_or(language.tag()));
    let text = own.map_or(language.how_was_it(), |text| text.as_str());
    let option = |(place, label): (usize, &str)| {
        let id = format!("{OPTION}{}", 5 - place).try_into().ok()?;
        Some(QuickReply { id, label: label.try_into().ok()? })
    };
    let options: Option<Vec<_>> = language.scores().into_iter().enumerate().map(option).collect();
    let replies = Part::Known(KnownPart::QuickReplies(QuickReplies { options: options? }));
    vec![Part::text(text.try_into().ok()?), replies].try_into().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn asked(locale: Option<&str>, questions: &Value) -> Value {
        let set = json!({ "after_minutes": 0, "questions": questions });
        let satisfaction = serde_json::from_value(set).unwrap();
        let parts = question(&AskedHow { satisfaction, locale: locale.map(str::to_owned) }).unwrap();
        serde_json::to_value(parts).unwrap()
    }

    #[test]
    fn users_are_asked_in_their_language_with_words_of_the_company_or_ours() {
        let none = json!([]);
        let french = asked(Some("fr-CH"), &none);
        assert_eq!(french[0]["text"], Language::French.how_was_it());
        assert_eq!(french[1]["options"][0], json!({ "id": "satisfaction_5", "label": "Très bien" }));
        assert_eq!(french[1]["options"][4], json!({ "id": "satisfaction_1", "label": "Très mal" }));
        let german = json!([{ "language": "de", "text": "Wie war es?" }]);
        assert_eq!(asked(Some("de-AT"), &german)[0]["text"], "Wie war es?");
        assert_eq!(asked(None, &german)[0]["text"], Language::English.how_was_it());
        let english = json!([{ "language": "en", "text": "How did we do?" }]);
        assert_eq!(asked(None, &english)[0]["text"], "How did we do?", "of whom no language is known");
    }
}
