//! Who uses the app, and how the app vouches for them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Who signs in.
#[derive(Clone)]
pub enum User {
    /// Nobody the app knows. Each installation has one anonymous user; it stays the same until it signs out with
    /// [`SignOut::Erase`].
    Anonymous,
    /// Somebody signed in to the host app.
    Identified {
        /// A stable key of this person on this phone, such as the company's own user id; 1 to 256 bytes. It stays on the
        /// phone and tells whose store to open, offline too.
        key: String,
        /// Where to get identity tokens for them.
        tokens: Arc<dyn TokenProvider>,
    },
}

/// Keys and tokens never reach a log.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Identified { .. } => "Identified",
        })
    }
}

/// Where identity tokens come from: the app's own backend.
///
/// A request comes on the listeners' thread; answer it later, from anywhere. There is at most one at a time, it is
/// asked only when a session must be made, and it fails by itself after 60 seconds.
pub trait TokenProvider: Send + Sync {
    /// Get a fresh token, then call [`TokenRequest::resolve`] or [`TokenRequest::fail`].
    fn request(&self, request: TokenRequest);
}

impl<F: Fn(TokenRequest) + Send + Sync> TokenProvider for F {
    fn request(&self, request: TokenRequest) {
        self(request);
    }
}

/// A question for an identity token. The first answer counts; dropping it without one is
/// [`TokenFailure::Temporary`].
pub struct TokenRequest {
    answer: Mutex<Option<oneshot::Sender<Result<String, TokenFailure>>>>,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFailure {
    /// The app's backend could not be reached: asked again after a while.
    Temporary,
    /// The person is not signed in any more: not asked again until [`Client::sign_in`](crate::Client::sign_in) or
    /// until the app comes to the screen.
    Refused,
}

impl TokenRequest {
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<String, TokenFailure>>) {
        let (sender, receiver) = oneshot::channel();
        (Self { answer: Mutex::new(Some(sender)) }, receiver)
    }

    /// Here is a token: a JWT signed by the app's backend, at most 4 KiB.
    pub fn resolve(&self, token: impl Into<String>) {
        self.answer(Ok(token.into()));
    }

    /// There is none.
    pub fn fail(&self, failure: TokenFailure) {
        self.answer(Err(failure));
    }

    fn answer(&self, answer: Result<String, TokenFailure>) {
        let sender = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // Nobody waits any more: timed out, or signed out.
            drop(sender.send(answer));
        }
    }
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenRequest")
    }
}

/// What becomes of a user's store when they sign out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOut {
    /// It is erased from the phone, with what was not sent yet.
    Erase,
    /// It is closed and hidden, and there again when the same user signs in on this phone; what was not sent yet is
    /// sent then.
    Keep,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whether no backend vouches for them.
    pub anonymous: bool,
    /// Their id at the server; `None` until the first contact.
    pub user_id: Option<tidings_protocol::id::UserId>,
}
