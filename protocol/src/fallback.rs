//! What is done for a message that no device of its user has after a while.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::time::Timestamp;

/// `GET` and `PUT /admin/v1/apps/{id}/fallback`: tells somebody of a message in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fallback {
    /// In which way.
    pub way: FallbackWay,
    /// So many minutes after the message was stored, if no device of the user has it by then: 1 to 10,080.
    pub after_minutes: FallbackMinutes,
    /// At least so many minutes between two for the same user; what came meanwhile is told of together: 1 to 10,080.
    #[serde(default = "FallbackMinutes::hour")]
    pub pause_minutes: FallbackMinutes,
    /// Where the link leads; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkAddress>,
}

/// In which way somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FallbackWay {
    /// By an e-mail to the address that the user is known by.
    Email,
    /// The app's push webhook is called, with the type `fallback`.
    Webhook,
}

/// Minutes of a fallback: 1 to 10,080, which is a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 1, maximum = 10080))]
pub struct FallbackMinutes(i64);

/// Why a number of minutes is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be from 1 to {max} minutes, is {0}", max = limits::FALLBACK_MINUTES)]
pub struct OutOfBounds(i64);

impl FallbackMinutes {
    /// An hour.
    pub const fn hour() -> Self {
        Self(60)
    }

    /// In milliseconds.
    pub const fn as_ms(self) -> i64 {
        self.0 * 60_000
    }
}

impl TryFrom<i64> for FallbackMinutes {
    type Error = OutOfBounds;

    fn try_from(minutes: i64) -> Result<Self, OutOfBounds> {
        if (1..=limits::FALLBACK_MINUTES).contains(&minutes) {
            Ok(Self(minutes))
        } else {
            Err(OutOfBounds(minutes))
        }
    }
}

impl From<FallbackMinutes> for i64 {
    fn from(minutes: FallbackMinutes) -> Self {
        minutes.0
    }
}

/// An address of the app: `https://…`, or one of a scheme of its own such as `shop://…`. `{conversation_id}` and
/// `{message_id}` in it are filled in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 2048))]
pub struct LinkAddress(String);

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an address such as https://app.example.com/messages/{{conversation_id}} or shop://messages"
)]
pub struct InvalidLink;

/// Schemes that make a browser do something else than open an app.
const REFUSED_SCHEMES: [&str; 9] =
    ["http", "javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem"];

impl LinkAddress {
    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address for a message.
    pub fn to(&self, conversation_id: &str, message_id: &str) -> String {
        self.0.replace("{conversation_id}", conversation_id).replace("{message_id}", message_id)
    }
}

impl TryFrom<String> for LinkAddress {
    type Error = InvalidLink;

    fn try_from(text: String) -> Result<Self, InvalidLink> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidLink)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b));
        let is_plain = rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`|".contains(&b));
        let has_host = scheme != "https" || rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        let good =
            is_scheme && is_plain && has_host && !rest.is_empty() && text.len() <= limits::WEB_ADDRESS_BYTES;
        if good && !REFUSED_SCHEMES.contains(&scheme) { Ok(Self(text)) } else { Err(InvalidLink) }
    }
}

impl From<LinkAddress> for String {
    fn from(link: LinkAddress) -> Self {
        link.0
    }
}

impl fmt::Debug for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An attempt to tell somebody of a message in another way, as its ledger says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerFallback {
    /// In which way.
    pub way: FallbackWay,
    /// Whether the mail server, or the company's service, took it.
    pub accepted: bool,
    /// What it said, or why nothing was sent.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_have_bounds() {
        for (minutes, good) in [(0, false), (1, true), (10_080, true), (10_081, false), (-1, false)] {
            assert_eq!(FallbackMinutes::try_from(minutes).is_ok(), good, "{minutes}");
        }
    }

    #[test]
    fn a_link_opens_an_app_and_nothing_else() {
        for good in [
            "https://app.example.com/m/{conversation_id}?at={message_id}",
            "shop://messages",
            "https://[::1]",
        ] {
            let is_good = LinkAddress::try_from(good.to_owned()).is_ok();
            assert_eq!(is_good, good != "https://[::1]", "{good}");
        }
        for bad in [
            "http://app.example.com",
            "javascript://app/%0aalert(1)",
            "data://text/html,x",
            "https://",
            "https:///path",
            "shop:messages",
            "https://a.example/\"><script>",
            "https://a.example/a b",
            "https://a.example/\r\nX: y",
            "HTTPS://a.example",
        ] {
            assert!(LinkAddress::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        let link = LinkAddress::try_from("shop://m/{conversation_id}/{message_id}".to_owned()).unwrap();
        assert_eq!(link.to("cnv_1", "msg_2"), "shop://m/cnv_1/msg_2");
    }
}
