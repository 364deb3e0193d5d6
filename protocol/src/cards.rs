//! Cards of a company's own systems, beside who writes: their orders, their plan, where their parcel is.

use serde::{Deserialize, Serialize};

use crate::conversation::UserSummary;
use crate::id::ConversationId;
use crate::limits;
use crate::text::{Bounded, Label, WebAddress};
use crate::time::Timestamp;

/// What a row says.
pub type CardValue = Bounded<{ limits::CARD_VALUE_BYTES }>;

/// `PUT /admin/v1/apps/{id}/cards`: where the cards of an app's users come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetCardSource {
    /// `https`, at a public address.
    pub url: WebAddress,
}

/// `GET /admin/v1/apps/{id}/cards`: where the cards of an app's users come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardSource {
    /// Where.
    pub url: WebAddress,
    /// When it was set.
    pub set_at: Timestamp,
}

/// The answer to [`SetCardSource`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCardSource {
    /// Where the cards come from.
    pub source: CardSource,
    /// With which requests are signed from now on: `whsec_` and 32 bytes in base 64. It is answered once.
    pub secret: String,
}

/// A secret never reaches a log.
impl std::fmt::Debug for NewCardSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCardSource").field("source", &self.source).finish_non_exhaustive()
    }
}

/// What is posted to the company's system, in the `data` of a body whose `type` is `cards`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardQuestion {
    /// Who writes. `external_id` is there only when the app's backend has vouched for them.
    pub user: UserSummary,
    /// Where.
    pub conversation_id: ConversationId,
}

/// What the company's system answers. What it says beside is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardAnswer {
    /// At most 4.
    pub cards: Vec<CompanyCard>,
}

/// A card: a title and rows of text. It is shown as text, never as HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompanyCard {
    /// What it is about.
    pub title: Label,
    /// At most 20.
    #[serde(default)]
    pub rows: Vec<CardRow>,
    /// Where there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<CardLink>,
}

/// A row of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardRow {
    /// What it tells.
    pub label: Label,
    /// What it says.
    pub value: CardValue,
    /// Where the value leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<CardAddress>,
}

/// A link below a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardLink {
    /// What it is called.
    pub label: Label,
    /// Where it leads.
    pub url: CardAddress,
}

/// Where a link of a card leads: `https` and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WebAddress", into = "WebAddress")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 2048))]
pub struct CardAddress(WebAddress);

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address that begins with https://")]
pub struct InvalidAddress;

impl TryFrom<WebAddress> for CardAddress {
    type Error = InvalidAddress;

    fn try_from(address: WebAddress) -> Result<Self, InvalidAddress> {
        let rest = address.as_str().strip_prefix("https://").ok_or(InvalidAddress)?;
        let has_host = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        let is_plain = rest.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"\"'<>\\`".contains(c));
        // What stands before an @ looks like a host and is none.
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if has_host && is_plain && !authority.contains('@') { Ok(Self(address)) } else { Err(InvalidAddress) }
    }
}

impl From<CardAddress> for WebAddress {
    fn from(address: CardAddress) -> Self {
        address.0
    }
}

/// `GET /inbox/v1/conversations/{id}/cards`: what the company's own systems say of who writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CompanyCards {
    /// The app has no source of cards.
    None,
    /// This.
    Here {
        /// The cards, perhaps none.
        cards: Vec<CompanyCard>,
        /// When they were fetched; they are kept for a minute.
        fetched_at: Timestamp,
    },
    /// They could not be fetched.
    Failed {
        /// Why.
        why: CardFault,
        /// More, for who keeps the company's system.
        detail: String,
    },
}

/// Why cards could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CardFault {
    /// There was no answer within five seconds, or no connection.
    Unreachable,
    /// The answer was not one of 200 to 299, nor 404.
    Refused,
    /// The answer is not what it should be.
    Unreadable,
    /// The address or the secret cannot be used on this server.
    Unusable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_https_and_nowhere_else() {
        let read = |text: &str| serde_json::from_value::<CardAddress>(text.into());
        for good in ["https://crm.example.com/c/4711?tab=orders#last", "https://[2001:db8::1]/"] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in [
            "http://crm.example.com/",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://crm.example.com@evil.example/",
            "https://a.example/\"onclick=\"",
            "https://a.example/a b",
            "//crm.example.com/",
            "HTTPS://a.example",
            "data:text/html,x",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
