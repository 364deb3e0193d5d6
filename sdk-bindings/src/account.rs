//! Who uses the app, and how the app vouches for them.

use std::sync::Arc;

use tidings_sdk_core::{Account, SignOut, TokenFailure, TokenProvider, TokenRequest};

/// Where identity tokens come from: the app's own backend.
#[uniffi::export(foreign)]
pub trait CoreTokenProvider: Send + Sync {
    /// Get a fresh token and answer the request, later and from anywhere. Called on the listeners' thread.
    fn request(&self, request: Arc<CoreTokenRequest>);
}

/// A question for an identity token. The first answer counts; dropping it without one counts as a temporary failure.
#[derive(Debug, uniffi::Object)]
pub struct CoreTokenRequest(TokenRequest);

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreTokenFailure {
    /// The app's backend could not be reached: asked again after a while.
    Temporary,
    /// The person is not signed in any more: not asked again for now.
    Refused,
}

#[uniffi::export]
impl CoreTokenRequest {
    /// Here is a token: a JWT signed by the app's backend, at most 4 KiB.
    pub fn resolve(&self, token: String) {
        self.0.resolve(token);
    }

    /// There is none.
    pub fn fail(&self, failure: CoreTokenFailure) {
        self.0.fail(match failure {
            CoreTokenFailure::Temporary => TokenFailure::Temporary,
            CoreTokenFailure::Refused => TokenFailure::Refused,
        });
    }
}

/// Hands the core's questions to the app's provider.
pub(crate) struct Asking(pub(crate) Arc<dyn CoreTokenProvider>);

impl TokenProvider for Asking {
    fn request(&self, request: TokenRequest) {
        self.0.request(Arc::new(CoreTokenRequest(request)));
    }
}

/// What becomes of a user's store when they sign out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreSignOut {
    /// It is erased from the phone, with what was not sent yet.
    Erase,
    /// It is closed and hidden, and there again when the same user signs in on this phone.
    Keep,
}

impl From<CoreSignOut> for SignOut {
    fn from(store: CoreSignOut) -> Self {
        match store {
            CoreSignOut::Erase => Self::Erase,
            CoreSignOut::Keep => Self::Keep,
        }
    }
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreAccount {
    /// Whether no backend vouches for them.
    pub anonymous: bool,
    /// Their id at the server; absent until the first contact.
    pub user_id: Option<String>,
}

impl From<Account> for CoreAccount {
    fn from(account: Account) -> Self {
        let Account { anonymous, user_id } = account;
        Self { anonymous, user_id: user_id.map(|id| id.to_string()) }
    }
}
