//! Cards of a company's own systems: fetched when an agent opens the card of a person, kept for a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tidings_protocol::cards::{CardAnswer, CardFault, CardQuestion, CompanyCards};
use tidings_protocol::id::{AppId, ConversationId, UserId};
use tidings_protocol::limits;
use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;
use tidings_store::card_sources::StoredCardSource;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config::Config;
use crate::push::net::{Answer, Net, Reach, Speaks, Trust};
use crate::push::seal::Seals;
use crate::push::web::origin;
use crate::webhooks::standard::{Signer, request};

/// How long the company's system may take: somebody waits in front of a screen.
const PATIENCE: Duration = Duration::from_secs(5);
/// For so long an answer is shown again, in milliseconds.
const KEPT_MS: i64 = 60_000;
/// For so long a failure is: whoever mends it sees so soon.
const FAILED_MS: i64 = 10_000;
/// Answers that are kept.
const KEPT: usize = 1_000;
/// Requests to the system of one app at a time.
const HANDS: usize = 4;

/// Fetches cards.
pub struct Cards {
    net: Net,
    reach: Reach,
    seals: Seals,
    kept: Mutex<HashMap<(ConversationId, UserId), Kept>>,
    hands: Mutex<HashMap<AppId, Arc<Semaphore>>>,
}

#[derive(Clone)]
struct Kept {
    /// Of the source that answered: another one is asked anew.
    set_at: Timestamp,
    until: Timestamp,
    cards: CompanyCards,
}

impl Cards {
    /// A fetcher that connects when it is first used.
    ///
    /// # Errors
    /// When the configuration of push, whose ways out are used, cannot be used.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let push = &config.push;
        let trust = Trust::load(push.extra_ca.as_deref())?;
        Ok(Self {
            net: Net::to(&trust, push.reach(), Speaks::Either),
            reach: push.reach(),
            seals: Seals::of(config)?,
            kept: Mutex::default(),
            hands: Mutex::default(),
        })
    }

    /// What the company's system says of somebody, now or within the last minute.
    pub async fn of(&self, clock: &Clock, source: &StoredCardSource, question: CardQuestion) -> CompanyCards {
        let key = (question.conversation_id, question.user.id);
        if let Some(cards) = self.kept(&key, source, clock.now()) {
            return cards;
        }
        let hands = {
            let mut hands = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
            hands.entry(source.app_id).or_insert_with(|| Arc::new(Semaphore::new(HANDS))).clone()
        };
        let fetched = tokio::time::timeout(PATIENCE, async {
            let _hand = hands.acquire().await;
            self.fetch(clock, source, &question).await
        });
        let cards = fetched.await.unwrap_or_else(|_| {
            failed(CardFault::Unreachable, format!("no answer after {} s", PATIENCE.as_secs()))
        });
        self.keep(key, source, &cards, clock.now());
        cards
    }

    fn kept(
        &self,
        key: &(ConversationId, UserId),
        source: &StoredCardSource,
        now: Timestamp,
    ) -> Option<CompanyCards> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(key).filter(|kept| kept.until > now && kept.set_at == source.source.set_at);
        found.map(|kept| kept.cards.clone())
    }

    fn keep(
        &self,
        key: (ConversationId, UserId),
        source: &StoredCardSource,
        cards: &CompanyCards,
        now: Timestamp,
    ) {
        let for_ms = if matches!(cards, CompanyCards::Failed { .. }) { FAILED_MS } else { KEPT_MS };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, kept| kept.until > now);
        }
        if kept.len() < KEPT {
            let until = now.plus_ms(for_ms);
            kept.insert(key, Kept { set_at: source.source.set_at, until, cards: cards.clone() });
        }
    }

    async fn fetch(&self, clock: &Clock, source: &StoredCardSource, question: &CardQuestion) -> CompanyCards {
        let unusable = |why: String| failed(CardFault::Unusable, why);
        if origin(&source.source.url, self.reach).is_err() {
            return unusable("the address is not one that may be reached".to_owned());
        }
        let now = clock.now();
        let signers = match self.signers(source, now) {
            Ok(signers) => signers,
            Err(why) => return unusable(why),
        };
        let signers: Vec<_> = signers.iter().collect();
        let body = json!({ "type": "cards", "timestamp": now, "data": question }).to_string();
        let id = format!("crd_{}", uuid::Uuid::from_bytes(clock.random()).simple());
        let request = match request(&source.source.url, &signers, &id, body, now) {
            Ok(request) => request,
            Err(error) => return unusable(error.to_string()),
        };
        match self.net.send(request).await {
            Ok(answer) => read(&answer, clock.now()),
            Err(error) => failed(CardFault::Unreachable, error.to_string()),
        }
    }

    fn signers(&self, source: &StoredCardSource, now: Timestamp) -> Result<Vec<Signer>, String> {
        let seal = self.seals.to_open();
        let old =
            source.old_secret.iter().filter(|_| source.old_secret_until.is_some_and(|until| until > now));
        let texts = std::iter::once(&source.secret).chain(old);
        texts
            .map(|sealed| {
                let text = seal.open(sealed_for(source.app_id), PushProvider::Webhook, sealed);
                let text = text.map_err(|error| error.to_string())?;
                Signer::new(&text).ok_or_else(|| "the secret cannot be read".to_owned())
            })
            .collect()
    }
}

/// To what a secret is bound: an app's push webhook has another.
pub fn sealed_for(app: AppId) -> String {
    format!("{app} cards")
}

fn failed(why: CardFault, detail: String) -> CompanyCards {
    CompanyCards::Failed { why, detail }
}

/// What an answer says.
fn read(answer: &Answer, now: Timestamp) -> CompanyCards {
    let status = answer.status.as_u16();
    match status {
        // Nobody whom the company knows.
        204 | 404 => CompanyCards::Here { cards: Vec::new(), fetched_at: now },
        200..=299 => match parse(&answer.body) {
            Ok(answer) => CompanyCards::Here { cards: answer.cards, fetched_at: now },
            Err(why) => failed(CardFault::Unreadable, why),
        },
        _ => failed(CardFault::Refused, format!("HTTP {status}")),
    }
}

fn parse(body: &[u8]) -> Result<CardAnswer, String> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let answer: CardAnswer =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| error.to_string())?;
    if answer.cards.len() > limits::CARDS {
        return Err(format!("more than {} cards", limits::CARDS));
    }
    if answer.cards.iter().any(|card| card.rows.len() > limits::CARD_ROWS) {
        return Err(format!("a card of more than {} rows", limits::CARD_ROWS));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use serde_json::Value;

    use super::*;

    fn answered(status: u16, body: &Value) -> CompanyCards {
        let status = StatusCode::from_u16(status).unwrap();
        read(
            &Answer { status, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) },
            Timestamp::default(),
        )
    }

    fn fault(cards: CompanyCards) -> (CardFault, String) {
        let CompanyCards::Failed { why, detail } = cards else { panic!("{cards:?}") };
        (why, detail)
    }

    #[test]
    fn what_is_no_card_is_refused_in_words() {
        let row = json!({ "label": "Plan", "value": "Gold" });
        let good = json!({ "cards": [{ "title": "Customer", "rows": [row], "colour": "red" }], "more": 1 });
        assert!(matches!(answered(200, &good), CompanyCards::Here { cards, .. } if cards.len() == 1));
        for nobody in [204, 404] {
            let found = answered(nobody, &Value::Null);
            assert!(matches!(found, CompanyCards::Here { cards, .. } if cards.is_empty()));
        }
        let card = |rows: Vec<Value>| json!({ "title": "Customer", "rows": rows });
        let many = json!({ "cards": vec![card(Vec::new()); 5] });
        assert_eq!(fault(answered(200, &many)), (CardFault::Unreadable, "more than 4 cards".to_owned()));
        let long = json!({ "cards": [card(vec![row; 21])] });
        assert_eq!(fault(answered(200, &long)).1, "a card of more than 20 rows");
        let link = json!({ "label": "Plan", "value": "Gold", "url": "javascript:alert(1)" });
        let (why, detail) = fault(answered(200, &json!({ "cards": [card(vec![link])] })));
        assert_eq!(why, CardFault::Unreadable);
        assert!(detail.contains("cards[0].rows[0].url") && detail.contains("https"), "{detail}");
        assert_eq!(fault(answered(200, &json!("<html>"))).0, CardFault::Unreadable);
        assert_eq!(fault(answered(500, &Value::Null)), (CardFault::Refused, "HTTP 500".to_owned()));
        assert_eq!(fault(answered(302, &Value::Null)).0, CardFault::Refused);
    }
}
