//! Links in e-mails. A link opens a conversation in the app, or stops e-mails to a user; it gives no right to read: who
//! follows it must be signed in in the app.

use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::time::Timestamp;
use tidings_store::Db;
use uuid::Uuid;

use crate::clock::Clock;
use crate::signed::Signer;

/// For how many days a link opens a conversation.
pub const OPEN_DAYS: i64 = 7;
/// For how many days a link stops e-mails: who finds an old one can still use it.
const STOP_DAYS: i64 = 365;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
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

/// Signs links.
pub struct Links(Signer);

impl Default for Links {
    fn default() -> Self {
        Self(Signer::new("mail_links"))
    }
}

impl Links {
    /// The text of a link.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn token(&self, link: &Link, db: &Db, clock: &Clock) -> tidings_store::Result<String> {
        self.0.sign(encode(link, clock.now()), db, clock).await
    }

    /// What a text says that was signed here and holds; none for everything else.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn read(&self, token: &str, db: &Db, clock: &Clock) -> tidings_store::Result<Option<Link>> {
        let said = self.0.read(token, db, clock).await?;
        Ok(said.and_then(|said| decode(&said, clock.now())))
    }
}

fn encode(link: &Link, now: Timestamp) -> Vec<u8> {
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
    bytes
}

fn decode(said: &[u8], now: Timestamp) -> Option<Link> {
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
    fn a_link_holds_for_its_time() {
        for (link, days) in [(open(), OPEN_DAYS), (Link { purpose: Purpose::Stop, ..open() }, STOP_DAYS)] {
            let said = encode(&link, NOW);
            assert_eq!(decode(&said, NOW), Some(link));
            assert_eq!(decode(&said, NOW.plus_ms(days * DAY_MS - 1)), Some(link));
            assert_eq!(decode(&said, NOW.plus_ms(days * DAY_MS)), None);
            assert_eq!(decode(&said[..said.len() - 1], NOW), None);
        }
        assert_eq!(decode(&[], NOW), None);
    }
}
