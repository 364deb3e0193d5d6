//! `GET /inbox/v1/account`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::account::{Account, AccountProvider, SecondFactor};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::passkey::Here;
use crate::auth::provider::of_the_company;
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
    let provider = match of_the_company(&app).await? {
        Some(stored) => {
            let known = app.db.identity_of(me.session.agent.id, stored.provider.issuer.as_str()).await?;
            let proves = known.as_ref().is_some_and(|known| known.tells_time);
            Some(AccountProvider { label: stored.provider.label, is_connected: known.is_some(), proves })
        }
        None => None,
    };
    let has_password = app.db.has_password(me.session.agent.id).await?;
    let proved_until = me.proved_until();
    let agent = me.session.agent;
    Ok(Json(Account {
        agent,
        second_factor,
        passkeys,
        has_password,
        provider,
        second_factor_required,
        proved_until,
    }))
}
