//! Ids: a newtype for each kind of thing, so that a message's id cannot be taken for a conversation's.
//!
//! The value is a UUIDv7 (RFC 9562); the text is a [TypeID](https://github.com/jetify-com/typeid/tree/main/spec)
//! (specification 0.3): a prefix, an underscore and 26 characters of Crockford's base 32 in lower case. Clients
//! make the ids of what they create, so that a repeated request is recognised for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Why a text is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form `{prefix}_` followed by 26 characters of base 32")]
pub struct InvalidId {
    prefix: &'static str,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ENCODED_LENGTH: usize = 26;

/// The 26 digits of an id, in memory of their own: each message that is sent has three ids.
struct Digits([u8; ENCODED_LENGTH]);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).map_err(|_| fmt::Error)?)
    }
}

fn encode(uuid: Uuid) -> Digits {
    let mut rest = uuid.as_u128();
    let mut digits = [0; ENCODED_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[usize::from(rest.to_le_bytes()[0] & 31)];
        rest >>= 5;
    }
    Digits(digits)
}

fn decode(text: &str) -> Option<Uuid> {
    // 26 digits hold 130 bits: a first digit above 7 would overflow.
    if text.len() != ENCODED_LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
            Some((value << 5) | u128::try_from(digit).ok()?)
        })
        .map(Uuid::from_u128)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the underscore of the text form.
            pub const PREFIX: &'static str = $prefix;

            /// Makes a new id (a UUIDv7) of a time in unix milliseconds and ten random bytes.
            ///
            /// Both are parameters so that a simulation can repeat itself.
            pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }

            /// The id as it is stored.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                fmt::Display::fmt(&encode(self.0), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(InvalidId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

ids! {
    /// A company that runs Tidings.
    WorkspaceId = "wsp";
    /// One mobile app of a workspace: it has identity keys and push credentials.
    AppId = "app";
    /// An end user of an app.
    UserId = "usr";
    /// One installation of the SDK.
    DeviceId = "dev";
    /// Somebody who answers.
    AgentId = "agt";
    /// An invitation of somebody who is to answer.
    InvitationId = "inv";
    /// A session of an agent, as they see it.
    AgentSessionId = "ags";
    /// A passkey of an agent.
    PasskeyId = "pky";
    /// A group of agents; each conversation belongs to one.
    TeamId = "team";
    /// A thread between a user and a company.
    ConversationId = "cnv";
    /// A message; made by the device that sends it.
    MessageId = "msg";
    /// An internal note; users never see one.
    NoteId = "note";
    /// Words that agents use often; made by the inbox.
    SavedReplyId = "rpl";
    /// A list of conversations that agents keep; made by the inbox.
    SavedViewId = "view";
    /// A file that messages refer to.
    AttachmentId = "att";
    /// An ordered log of changes, for one user or one team.
    FeedId = "feed";
    /// A unit of work that outlives a crash, such as a push.
    JobId = "job";
    /// A key with which an app's backend signs identity tokens.
    IdentityKeyId = "idk";
    /// A key with which a backend calls the admin API.
    ServerKeyId = "skey";
    /// An address of a company's that is told of events.
    WebhookId = "whk";
    /// One event on its way to a webhook.
    DeliveryId = "dlv";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_follows_the_typeid_specification() {
        // The pair is one of the specification's own examples.
        let uuid = Uuid::parse_str("0188bac7-4afa-78aa-bc3b-bd1eef28d881").unwrap();
        assert_eq!(MessageId::from(uuid).to_string(), "msg_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!("msg_01h2xcejqtf2nbrexx3vqjhp41".parse(), Ok(MessageId::from(uuid)));
    }

    #[test]
    fn other_prefixes_and_broken_texts_are_refused() {
        for text in [
            "",
            "msg_",
            "cnv_01h2xcejqtf2nbrexx3vqjhp41",
            "msg_01h2xcejqtf2nbrexx3vqjhp4",
            "msg_01h2xcejqtf2nbrexx3vqjhp411",
            "msg_81h2xcejqtf2nbrexx3vqjhp41",
            "msg_01h2xcejqtf2nbrexx3vqjhpu1",
            "msg_01H2XCEJQTF2NBREXX3VQJHP41",
            "msg_é1h2xcejqtf2nbrexx3vqjhp4",
        ] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_made_later_sort_later() {
        let early = MessageId::from_parts(1, [255; 10]);
        let late = MessageId::from_parts(2, [0; 10]);
        assert!(early < late && early.to_string() < late.to_string());
    }
}
