//! `POST /inbox/v1/session/passkey` and `/inbox/v1/session/passkey/challenge`: signing in with a passkey, without saying who.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tidings_protocol::inbox;
use tidings_protocol::passkeys::{PasskeyChallenge, ShownPasskey};
use tidings_store::challenges::ChallengePurpose;

use super::session::{Way, start};
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::{ATTEMPT, SameOrigin, attempt, token_in, whereabouts};
use crate::auth::passkey::{Here, challenge, refused, shown};
use crate::auth::token_hash;
use crate::auth::webauthn::Wrong;
use crate::edge::ClientAddress;
use crate::problem::Problem;
use crate::request::Body;

/// What a passkey is to sign, to sign in. The answer sets a cookie by which this browser is known again.
#[utoipa::path(
    post, path = "/inbox/v1/session/passkey/challenge", tag = "inbox",
    responses((status = 200, body = PasskeyChallenge), Problems)
)]
pub(crate) async fn passkey_challenge(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    here: Here,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.rates.sign_in(address.0)?;
    let rp_id = here.party()?.rp_id;
    let (attempt, cookie) = attempt(&app, &headers)?;
    let challenge = challenge(&app, token_hash(&attempt), ChallengePurpose::SignIn).await?;
    let body = Json(PasskeyChallenge { challenge, rp_id, allowed: Vec::new() });
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

/// Signs an agent in by their passkey, which is both factors; the answer sets the cookie.
#[utoipa::path(
    post, path = "/inbox/v1/session/passkey", tag = "inbox", request_body = ShownPasskey,
    responses((status = 201, body = inbox::Agent), Problems)
)]
pub(crate) async fn start_session_by_passkey(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    here: Here,
    headers: HeaderMap,
    Body(asked): Body<ShownPasskey>,
) -> Result<Response, Problem> {
    app.rates.agent_attempt(address.0)?;
    let party = here.party()?;
    let attempt = token_in(&headers, ATTEMPT).ok_or_else(|| refused(Wrong::Attempt))?;
    let (owned, verified) =
        shown(&app, &party, token_hash(attempt), ChallengePurpose::SignIn, &asked).await?;
    start(&app, Way::Passkey(owned.agent, verified), whereabouts(address.0, &headers)).await
}
