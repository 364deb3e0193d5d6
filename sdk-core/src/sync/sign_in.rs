//! Getting a session: an identity token from the app, then the exchange with the server.

use std::sync::Arc;

use tidings_protocol::app::{AnonymousDevice, SignIn};
use tidings_protocol::limits;

use super::event::SignInFailure;
use crate::cache::{self, Durability};
use crate::identity::{TokenFailure, TokenRequest};
use crate::session::Session;
use crate::transport::CallError;

/// How long the app may take to get a token.
const TOKEN_MS: u64 = 60_000;

/// Signs in and keeps the session. If an anonymous user has become this one, the server is told in the same request: before
/// that, nothing of theirs could be sent.
pub(super) async fn sign_in(session: Arc<Session>) -> Result<(), SignInFailure> {
    let to_tell = |session: &Session| session.around.accounts.merge_to_tell(session.record.id);
    loop {
        let merge = session.disk(to_tell).await.map_err(|fault| {
            tracing::warn!(%fault, "what is to be told when signing in could not be read");
            SignInFailure::Unclear { retry_after_ms: None }
        })?;
        let is_last = merge.is_none();
        once(&session, merge).await?;
        // Who was told of one may have to be told of another; whoever had nothing to tell is done.
        if is_last || session.disk(to_tell).await.is_ok_and(|left| left.is_none()) {
            return Ok(());
        }
    }
}

async fn once(session: &Arc<Session>, merge: Option<AnonymousDevice>) -> Result<(), SignInFailure> {
    let identity_token = if session.record.anonymous { None } else { Some(token(session).await?) };
    let merged = merge.as_ref().map(|device| device.id);
    let body = SignIn { app_id: session.around.app.app_id, identity_token, device: session.device(), merge };
    let signed_in = session.around.api.sign_in(&body).await.map_err(|error| failure(&error))?;
    let user_id = signed_in.user.id;
    if session.user_id().is_some_and(|known| known != user_id) {
        // Showing one person's messages to another is worse than showing none.
        tracing::error!("the token is for another user than this one's last; refusing it");
        return Err(SignInFailure::Refused);
    }
    let token = signed_in.session_token.clone();
    let kept = session
        .disk(move |session| {
            session.around.accounts.set_session(session.record.id, user_id, &token, merged)?;
            session.cache.write(Durability::Crash, |write| cache::forget_push_told(write))
        })
        .await;
    // A session that cannot be written down still serves until the process ends.
    if let Err(fault) = kept {
        tracing::warn!(%fault, "the session could not be stored");
    }
    session.show_session(user_id, signed_in.session_token);
    Ok(())
}

async fn token(session: &Session) -> Result<String, SignInFailure> {
    let provider = session.tokens().ok_or(SignInFailure::Refused)?;
    let (request, answer) = TokenRequest::new();
    session.around.dispatcher.run(move || provider.request(request));
    let clock = &session.around.host.clock;
    let unclear = SignInFailure::Unclear { retry_after_ms: None };
    let answer = tokio::select! {
        answer = answer => answer,
        () = clock.sleep_until(clock.steady_ms() + TOKEN_MS) => {
            tracing::warn!("the app gave no identity token in time");
            return Err(unclear);
        }
    };
    match answer {
        Ok(Ok(token)) if token.is_empty() || token.len() > limits::IDENTITY_TOKEN_BYTES => {
            tracing::error!("the app gave an identity token that is empty or too long");
            Err(SignInFailure::Refused)
        }
        Ok(Ok(token)) => Ok(token),
        Ok(Err(TokenFailure::Refused)) => Err(SignInFailure::Refused),
        Ok(Err(TokenFailure::Temporary)) | Err(_) => Err(unclear),
    }
}

fn failure(error: &CallError) -> SignInFailure {
    match error {
        CallError::Unclear { why, .. } => {
            tracing::info!(why, "not signed in yet");
            SignInFailure::Unclear { retry_after_ms: error.retry_after_ms() }
        }
        CallError::Refused(refusal) | CallError::Unauthenticated { refusal, .. } => {
            tracing::error!(code = refusal.code, reason = refusal.message, "the server refuses to sign in");
            SignInFailure::Refused
        }
    }
}
