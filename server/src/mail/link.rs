//! Links in e-mails. A link opens a conversation in the app, or stops e-mails to a user; it gives no right to read: who
//! follows it must be signed in in the app.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use tidings_store::secrets::EnsureSecret;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::clock::Clock;

/// For how many days a link opens a conversation.
pub const OPEN_DAYS: i64 = 7;
/// For how many days a link stops e-mails: who finds an old one can still use it.
const STOP_DAYS: i64 = 365;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A tag of SHA-256, cut as RFC 2104 allows (section 5).
const TAG_BYTES: usize = 16;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Opens the conversation at a message.
    Open {
        /// The conversation.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
    },
    /// Stops e-mails to the user.
    Stop,
}

/// A link that is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Whose.
    pub user_id: UserId,
    /// What for.
    pub purpose: Purpose,
}

/// Signs links with a secret of the installation, which its nodes share and a backup does not carry.
#[derive(Default)]
pub struct Links(OnceCell<hmac::Key>);

impl Links {
    async fn key(&self, db: &Db, clock: &Clock) -> tidings_store::Result<&hmac::Key> {
        let make = async {
            let secret = db.write(EnsureSecret::new("mail_links", clock.random())).await?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
        };
        self.0.get_or_try_init(|| make).await
    }

    /// The text of a link.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn token(&self, link: &Link, db: &Db, clock: &Clock) -> tidings_store::Result<String> {
        Ok(sign(self.key(db, clock).await?, link, clock.now()))
    }

    /// What a text says that was signed here and holds; none for everything else.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn read(&self, token: &str, db: &Db, clock: &Clock) -> tidings_store::Result<Option<Link>> {
        Ok(verify(self.key(db, clock).await?, token, clock.now()))
    }
}

fn sign(key: &hmac::Key, link: &Link, now: Timestamp) -> String {
    let (kind, days) = match link.purpose {
        Purpose::Open { .. } => (1_u8, OPEN_DAYS),
        Purpose::Stop => (2, STOP_DAYS),
    };
    let mut bytes = vec![kind];
    bytes.extend((now.unix_ms() + days * DAY_MS).to_be_bytes());
    bytes.extend(link.user_id.uuid().as_bytes());
    if let Purpose::Open { conversation_id, message_id } = link.purpose {
        bytes.extend(conversation_id.uuid().as_bytes());
        bytes.extend(message_id.uuid().as_bytes());
    }
    let tag = hmac::sign(key, &bytes);
    bytes.extend(&tag.as_ref()[..TAG_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn verify(key: &hmac::Key, token: &str, now: Timestamp) -> Option<Link> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (said, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
    let expected = hmac::sign(key, said);
    let same = expected.as_ref().iter().zip(tag).fold(0, |differs, (one, other)| differs | (one ^ other));
    if same != 0 {
        return None;
    }
    let id = |place: usize| Uuid::from_slice(said.get(9 + place * 16..25 + place * 16)?).ok();
    let expires = i64::from_be_bytes(said.get(1..9)?.try_into().ok()?);
    if now.unix_ms() >= expires {
        return None;
    }
    let purpose = match (said.first()?, said.len()) {
        (1, 57) => Purpose::Open { conversation_id: id(1)?.into(), message_id: id(2)?.into() },
        (2, 25) => Purpose::Stop,
        _ => return None,
    };
    Some(Link { user_id: id(0)?.into(), purpose })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_795_253_400_000);

    fn open() -> Link {
        let conversation_id = ConversationId::from_parts(1, [2; 10]);
        let purpose = Purpose::Open { conversation_id, message_id: MessageId::from_parts(1, [3; 10]) };
        Link { user_id: UserId::from_parts(1, [1; 10]), purpose }
    }

    #[test]
    fn a_link_holds_for_its_time_and_its_key_and_unchanged() {
        let [key, other] = [[1; 32], [2; 32]].map(|secret| hmac::Key::new(hmac::HMAC_SHA256, &secret));
        for (link, days) in [(open(), OPEN_DAYS), (Link { purpose: Purpose::Stop, ..open() }, STOP_DAYS)] {
            let token = sign(&key, &link, NOW);
            assert_eq!(verify(&key, &token, NOW), Some(link));
            assert_eq!(verify(&key, &token, NOW.plus_ms(days * DAY_MS - 1)), Some(link));
            assert_eq!(verify(&key, &token, NOW.plus_ms(days * DAY_MS)), None);
            assert_eq!(verify(&other, &token, NOW), None);
            for place in 0..token.len() {
                let mut changed = token.clone().into_bytes();
                changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert!(changed == token || verify(&key, &changed, NOW).is_none(), "{place}");
            }
        }
        for bad in ["", "A", "AQ", "no base 64!", &"A".repeat(1000)] {
            assert_eq!(verify(&key, bad, NOW), None, "{bad}");
        }
    }
}
