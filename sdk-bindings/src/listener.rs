//! Whom the core tells of changes. Calls come one at a time, from one thread that the core guards: what a listener throws
//! ends that call and nothing else.

use tidings_sdk_core::Subscription;

use crate::appearance::CoreAppearance;
use crate::list::{CoreConversationStep, CoreMessageStep};
use crate::state::{CoreAnswering, CoreSyncState};

/// Is told how the client stands to the server.
#[uniffi::export(foreign)]
pub trait CoreSyncStateListener: Send + Sync {
    /// It is now, or has become, this.
    fn on_state(&self, state: CoreSyncState);
}

/// Is told the number of unread messages in all conversations.
#[uniffi::export(foreign)]
pub trait CoreUnreadListener: Send + Sync {
    /// It is now, or has become, this.
    fn on_unread(&self, unread: i64);
}

/// Is told who answers, and how soon.
#[uniffi::export(foreign)]
pub trait CoreAnsweringListener: Send + Sync {
    /// It is now, or has become, this.
    fn on_answering(&self, answering: CoreAnswering);
}

/// Is told how the company wants the app to look.
#[uniffi::export(foreign)]
pub trait CoreAppearanceListener: Send + Sync {
    /// It is now, or has become, this.
    fn on_appearance(&self, appearance: CoreAppearance);
}

/// Keeps a list of conversations.
#[uniffi::export(foreign)]
pub trait CoreConversationsListener: Send + Sync {
    /// Apply these steps, in order.
    fn on_steps(&self, steps: Vec<CoreConversationStep>);
}

/// Keeps a list of messages.
#[uniffi::export(foreign)]
pub trait CoreMessagesListener: Send + Sync {
    /// Apply these steps, in order.
    fn on_steps(&self, steps: Vec<CoreMessageStep>);
}

/// Is told who is writing.
#[uniffi::export(foreign)]
pub trait CoreTypingListener: Send + Sync {
    /// This agent is; absent: nobody.
    fn on_typing(&self, agent_name: Option<String>);
}

/// A listener that is being told things. Dropping it ends that.
#[derive(Debug, uniffi::Object)]
pub struct CoreSubscription(Subscription);

impl From<Subscription> for CoreSubscription {
    fn from(subscription: Subscription) -> Self {
        Self(subscription)
    }
}

#[uniffi::export]
impl CoreSubscription {
    /// Ends it. A call that is running is waited for; none comes afterwards. May be called again.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}
