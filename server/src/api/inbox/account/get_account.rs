//! `GET /inbox/v1/account`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::account::{Account, SecondFactor};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::passkey::Here;
use crate::problem::Problem;

/// How the signed-in agent proves who they are.
#[utoipa::path(
    get, path = "/inbox/v1/account", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = Account), Problems)
)]
pub(crate) async fn get_account(
    State(app): State<App>,
    me: SignedIn,
    here: Here,
) -> Result<Json<Account>, Problem> {
    let found = app.db.second_factor(me.session.agent.id).await?;
    let second_factor = found.and_then(|factor| {
        let since = factor.confirmed_at?;
        Some(SecondFactor { since, recovery_codes: factor.recovery_codes })
    });
    let second_factor_required = app.db.second_factor_required(me.session.workspace_id).await?;
    let passkeys = app.db.passkeys(me.session.agent.id).await?;
    let passkeys = i64::try_from(here.usable(&passkeys).count()).unwrap_or(i64::MAX);
    let proved_until = me.proved_until();
    let agent = me.session.agent;
    Ok(Json(Account { agent, second_factor, passkeys, second_factor_required, proved_until }))
}
