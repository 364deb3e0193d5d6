//! What an agent wants to be told of, by which means, and how their browsers are woken.

use serde::{Deserialize, Serialize};

use crate::notifications::QuietHours;
use crate::push::WebPushKeys;
use crate::text::{Label, PushToken};

/// `GET` and `PUT /inbox/v1/notifications`: replaces what was there, for all browsers of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentNotifications {
    /// For messages in conversations that are assigned to the agent.
    #[serde(default = "Means::assigned")]
    pub assigned: Means,
    /// For messages in conversations of their teams that nobody has taken.
    #[serde(default = "Means::unassigned")]
    pub unassigned: Means,
    /// For notes that mention the agent.
    #[serde(default = "Means::assigned")]
    pub mentioned: Means,
    /// When nothing rings, shows, is pushed or mailed; null or absent: never. Pushes and e-mails wait for its end.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// In which language e-mails are written; absent: English.
    #[serde(default)]
    pub language: InboxLanguage,
}

/// A language of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InboxLanguage {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// How an agent is told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a box that is ticked or not")]
pub struct Means {
    /// A quiet sound, while the inbox is open somewhere.
    pub sound: bool,
    /// A notification of the browser, while the inbox is open somewhere.
    pub desktop: bool,
    /// A push to the browsers that are set up for it, while no tab of the inbox is looked at.
    pub push: bool,
    /// An e-mail when the first of them has waited for five minutes; absent: none.
    #[serde(default)]
    pub mail: bool,
}

impl Means {
    /// Not at all.
    pub const NONE: Self = Self { sound: false, desktop: false, push: false, mail: false };

    /// Unless the agent chose otherwise: shown and pushed, without a sound.
    const fn assigned() -> Self {
        Self { sound: false, desktop: true, push: true, mail: false }
    }

    /// Unless the agent chose otherwise: shown.
    const fn unassigned() -> Self {
        Self { sound: false, desktop: true, push: false, mail: false }
    }
}

impl Default for AgentNotifications {
    fn default() -> Self {
        Self {
            assigned: Means::assigned(),
            unassigned: Means::unassigned(),
            mentioned: Means::assigned(),
            quiet_hours: None,
            language: InboxLanguage::En,
        }
    }
}

/// `PUT /inbox/v1/push/subscription`: how the browser of this session is woken. A browser has one subscription; the one
/// before is replaced. It ends with the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushSubscription {
    /// The address that the browser's push service gave; at most 4 KiB.
    pub endpoint: PushToken,
    /// With what pushes to it are encrypted.
    pub keys: WebPushKeys,
    /// The language of the inbox there, a tag after BCP 47; null or absent: English.
    #[serde(default)]
    pub locale: Option<Label>,
}

/// `GET /inbox/v1/push/key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentPushKey {
    /// The `applicationServerKey` with which a browser subscribes: a point of P-256, 65 bytes in base 64 (URL alphabet).
    pub public_key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_chose_nothing_is_told_without_a_sound() {
        let nothing: AgentNotifications = serde_json::from_str("{}").unwrap();
        assert_eq!(nothing, AgentNotifications::default());
        assert!(
            nothing.assigned.push
                && nothing.mentioned.push
                && !nothing.unassigned.push
                && !nothing.assigned.sound
        );
    }
}
