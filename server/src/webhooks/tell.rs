//! One delivery: what it says is read now, it is posted, and the answer says what follows.

use std::time::Duration;

use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;
use tidings_protocol::webhooks::{WebhookBody, WebhookOff};
use tidings_store::Db;
use tidings_store::webhooks::{Claimed, DueWebhook, SettleDelivery, Settled};

use super::standard::{Signer, request};
use crate::clock::Clock;
use crate::push::net::{Answer, Net, NetError, Reach};
use crate::push::seal::Seals;
use crate::push::verdict::retry_after;
use crate::push::web::origin;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
/// Seconds until the next attempt, by how often it was tried: ten attempts in a little more than three days, as Standard
/// Webhooks advise.
const PAUSES: [i64; 9] =
    [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// A receiver cannot put us off for longer.
const LONGEST: Duration = Duration::from_hours(24);

/// Tells webhooks.
#[derive(Clone)]
pub struct Teller {
    /// Where deliveries are.
    pub db: Db,
    /// The time and randomness.
    pub clock: Clock,
    /// The way out.
    pub net: std::sync::Arc<Net>,
    /// Which addresses may be asked.
    pub reach: Reach,
    /// What opens secrets.
    pub seals: Seals,
}

impl Teller {
    /// Tells of one event, and writes down what came of it.
    ///
    /// # Errors
    /// When the database does not answer: it is told again when the claim is over.
    pub async fn tell(&self, webhook: &DueWebhook, claimed: Claimed) -> tidings_store::Result<()> {
        let Some(data) = self.db.webhook_data(&claimed).await? else {
            return self.settle(webhook, &claimed, Settled::Moot, String::new()).await;
        };
        let body = WebhookBody { event: claimed.event, timestamp: claimed.at, data };
        let (settled, answer) = match serde_json::to_string(&body) {
            Ok(body) => self.post(webhook, &claimed, body).await,
            Err(error) => (Settled::Failed, error.to_string()),
        };
        self.settle(webhook, &claimed, settled, answer).await
    }

    async fn post(&self, webhook: &DueWebhook, claimed: &Claimed, body: String) -> (Settled, String) {
        let (now, random) = (self.clock.now(), self.clock.random::<1>()[0]);
        let again = |why: String| (failed(claimed.attempt, None, now, random), why);
        // What the operator allows may be less than when the address was set.
        if origin(&webhook.url, self.reach).is_err() {
            return again("the address is not one that may be reached".to_owned());
        }
        let signers = match self.signers(webhook) {
            Ok(signers) => signers,
            Err(why) => return again(why),
        };
        let signers: Vec<_> = signers.iter().collect();
        let request = match request(&webhook.url, &signers, &claimed.id.to_string(), body, now) {
            Ok(request) => request,
            Err(error) => return again(error.to_string()),
        };
        let answered = self.net.send(request).await;
        judge(&answered, claimed.attempt, self.clock.now(), random)
    }

    fn signers(&self, webhook: &DueWebhook) -> Result<Vec<Signer>, String> {
        let seal = self.seals.to_open();
        let texts = std::iter::once(&webhook.secret).chain(&webhook.old_secret);
        texts
            .map(|sealed| {
                let text = seal.open(webhook.id, PushProvider::Webhook, sealed);
                let text = text.map_err(|error| error.to_string())?;
                Signer::new(&text).ok_or_else(|| "the secret cannot be read".to_owned())
            })
            .collect()
    }

    async fn settle(
        &self,
        webhook: &DueWebhook,
        claimed: &Claimed,
        settled: Settled,
        answer: String,
    ) -> tidings_store::Result<()> {
        metrics::counter!("tidings_webhook_deliveries_total", "outcome" => word(settled)).increment(1);
        tracing::debug!(webhook_id = %webhook.id, delivery_id = %claimed.id, outcome = word(settled), answer);
        let command = SettleDelivery {
            webhook_id: webhook.id,
            id: claimed.id,
            attempt: claimed.attempt,
            settled,
            answer,
            now: self.clock.now(),
        };
        if let Some(off) = self.db.write(command).await? {
            let why = match off {
                WebhookOff::Gone => "it answered that it wants no more",
                WebhookOff::Failing | WebhookOff::Chosen => "nothing got through for days",
            };
            tracing::warn!(webhook_id = %webhook.id, "a webhook was switched off: {why}");
        }
        Ok(())
    }
}

/// What an attempt came to, in metrics and logs.
const fn word(settled: Settled) -> &'static str {
    match settled {
        Settled::Delivered => "delivered",
        Settled::Again { .. } => "again",
        Settled::Failed => "failed",
        Settled::Gone => "gone",
        Settled::Moot => "moot",
    }
}

/// What follows from an answer.
fn judge(answered: &Result<Answer, NetError>, attempt: i64, now: Timestamp, random: u8) -> (Settled, String) {
    match answered {
        Ok(answer) => {
            let status = answer.status.as_u16();
            let settled = match status {
                200..=299 => Settled::Delivered,
                410 => Settled::Gone,
                _ => failed(attempt, retry_after(&answer.headers, now), now, random),
            };
            (settled, format!("HTTP {status}"))
        }
        Err(error) => (failed(attempt, None, now, random), error.to_string()),
    }
}

/// When it is tried again: a fifth earlier or later than planned, so that what failed together does not come back
/// together; not before the receiver wants it.
fn failed(attempt: i64, wanted: Option<Duration>, now: Timestamp, random: u8) -> Settled {
    let tried = usize::try_from(attempt).unwrap_or_default().max(1);
    let Some(pause) = PAUSES.get(tried - 1) else { return Settled::Failed };
    let jittered = pause * 1000 * (800 + 400 * i64::from(random) / 255) / 1000;
    let wanted =
        wanted.map_or(0, |wanted| i64::try_from(wanted.min(LONGEST).as_millis()).unwrap_or_default());
    Settled::Again { at: now.plus_ms(jittered.max(wanted)) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn answer(status: u16, headers: HeaderMap) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::new() }
    }

    #[test]
    fn each_answer_has_its_meaning() {
        let kind = |status| judge(&Ok(answer(status, HeaderMap::new())), 1, NOW, 0);
        assert_eq!(kind(200), (Settled::Delivered, "HTTP 200".to_owned()));
        assert_eq!(kind(204).0, Settled::Delivered);
        assert_eq!(kind(410).0, Settled::Gone);
        for status in [301, 400, 401, 404, 429, 500, 503] {
            assert_eq!(word(kind(status).0), "again", "{status}");
        }
        let lost = judge(&Err(NetError::Unreachable("refused".to_owned())), 1, NOW, 0);
        assert_eq!((word(lost.0), lost.1.as_str()), ("again", "cannot connect: refused"));
    }

    #[test]
    fn it_is_tried_ten_times_in_three_days_and_never_in_step() {
        let pause = |attempt, random| match failed(attempt, None, NOW, random) {
            Settled::Again { at } => at.unix_ms() - NOW.unix_ms(),
            _ => 0,
        };
        assert_eq!((pause(1, 0), pause(1, 255)), (4_000, 6_000));
        let all: i64 = (1..=9).map(|attempt| pause(attempt, 128)).sum();
        assert!((3 * 86_400_000..4 * 86_400_000).contains(&all), "{all}");
        assert_eq!(failed(10, None, NOW, 0), Settled::Failed);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_and_not_for_ever() {
        let headers: HeaderMap =
            [("retry-after".parse().unwrap(), "600".parse().unwrap())].into_iter().collect();
        let (settled, _) = judge(&Ok(answer(503, headers)), 1, NOW, 0);
        assert_eq!(settled, Settled::Again { at: NOW.plus_ms(600_000) });
        let long = failed(1, Some(Duration::from_hours(1_000)), NOW, 0);
        assert_eq!(long, Settled::Again { at: NOW.plus_ms(86_400_000) });
    }
}
