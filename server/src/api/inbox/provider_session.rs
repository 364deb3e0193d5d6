//! `GET /inbox/v1/session/ways`, `POST /inbox/v1/session/provider` and `/inbox/v1/session/provider/address`: signing in at the
//! company's own identity provider.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tidings_protocol::inbox;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::single_sign_on::{ProviderAddress, ProviderReturn, SignInWays};
use tidings_store::challenges::ChallengePurpose;

use super::session::{Way, start};
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::{ATTEMPT, SameOrigin, attempt, token_in, whereabouts};
use crate::auth::provider::{Back, arrived, begin, of_the_company};
use crate::edge::ClientAddress;
use crate::problem::Problem;
use crate::request::Body;

/// How one can sign in here.
#[utoipa::path(
    get, path = "/inbox/v1/session/ways", tag = "inbox", responses((status = 200, body = SignInWays), Problems)
)]
pub(crate) async fn sign_in_ways(State(app): State<App>) -> Result<Json<SignInWays>, Problem> {
    let provider = of_the_company(&app).await?.map(|stored| stored.provider);
    let only_provider = provider.as_ref().is_some_and(|provider| provider.only);
    Ok(Json(SignInWays { provider: provider.map(|provider| provider.label), only_provider }))
}

/// Where an agent signs in at the company's provider. The answer sets a cookie by which this browser is known again for fifteen
/// minutes.
#[utoipa::path(
    post, path = "/inbox/v1/session/provider/address", tag = "inbox",
    responses((status = 200, body = ProviderAddress), Problems)
)]
pub(crate) async fn provider_address(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    back: Back,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.rates.sign_in(address.0)?;
    let stored = of_the_company(&app).await?.ok_or_else(Problem::not_found)?;
    let (attempt, cookie) = attempt(&app, &headers)?;
    let begun = begin(&app, &stored.provider, &back, &attempt, ChallengePurpose::SignInByProvider).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(begun)).into_response())
}

/// Signs in the agent for whom the company's provider vouches; the answer sets the cookie.
#[utoipa::path(
    post, path = "/inbox/v1/session/provider", tag = "inbox", request_body = ProviderReturn,
    responses((status = 201, body = inbox::Agent), Problems)
)]
pub(crate) async fn start_session_by_provider(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    back: Back,
    headers: HeaderMap,
    Body(asked): Body<ProviderReturn>,
) -> Result<Response, Problem> {
    app.rates.agent_attempt(address.0)?;
    let stored = of_the_company(&app).await?.ok_or_else(Problem::not_found)?;
    let attempt = token_in(&headers, ATTEMPT).ok_or_else(|| {
        let detail = "the sign-in is over, or another browser began it";
        Problem::new(ProblemCode::ProviderRefused).detail(detail)
    })?;
    let vouched = arrived(&app, &stored, &back, attempt, &asked).await?;
    start(&app, Way::Provider(vouched), whereabouts(address.0, &headers)).await
}
