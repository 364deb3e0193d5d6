//! `POST /inbox/v1/account/provider` and `…/address`: an agent connects their account at the company's identity provider. Who is an
//! owner, or has a factor of their own here, becomes known there in no other way: an e-mail address is not enough.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::single_sign_on::{ProviderAddress, ProviderReturn};
use tidings_store::challenges::ChallengePurpose;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::provider::{Back, begin, connect, held_by, of_the_company};
use crate::problem::Problem;
use crate::request::Body;

/// Where the agent signs in at the company's provider, to connect that account. Asks for a fresh proof.
#[utoipa::path(
    post, path = "/inbox/v1/account/provider/address", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = ProviderAddress), Problems)
)]
pub(crate) async fn connect_address(
    State(app): State<App>,
    me: SignedIn,
    back: Back,
) -> Result<Json<ProviderAddress>, Problem> {
    let stored = of_the_company(&app).await?.ok_or_else(Problem::not_found)?;
    me.proved(&app)?;
    let held = held_by(me.session.token_hash);
    Ok(Json(begin(&app, &stored.provider, &back, &held, ChallengePurpose::ConnectProvider).await?))
}

/// Connects the account with which the agent came back. They sign in with it from now on.
#[utoipa::path(
    post, path = "/inbox/v1/account/provider", tag = "inbox", security(("cookie" = [])), request_body = ProviderReturn,
    responses((status = 204, description = "Connected"), Problems)
)]
pub(crate) async fn connect_provider(
    State(app): State<App>,
    me: SignedIn,
    back: Back,
    Body(asked): Body<ProviderReturn>,
) -> Result<StatusCode, Problem> {
    let stored = of_the_company(&app).await?.ok_or_else(Problem::not_found)?;
    app.rates.agent_code(me.session.agent.id)?;
    let held = held_by(me.session.token_hash);
    // Whoever went has proved who they are: what comes back is bound to their session and fifteen minutes old at most.
    connect(&app, &stored, &back, (me.session.agent.id, &held), &asked).await?;
    app.rates.forgive_code(me.session.agent.id);
    Ok(StatusCode::NO_CONTENT)
}
