//! `POST /inbox/v1/session/proof`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::account::Proof;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_store::agent_sessions::ProveAgentSession;
use tidings_store::second_factors::Factor;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::second_factor::{shown, wrong};
use crate::problem::Problem;
use crate::request::Body;

/// Proves again who the agent is, by their password or a code; for ten minutes they may then do what is dangerous.
#[utoipa::path(
    post, path = "/inbox/v1/session/proof", tag = "inbox", security(("cookie" = [])), request_body = Proof,
    responses((status = 204, description = "Proved"), Problems)
)]
pub(crate) async fn prove(
    State(app): State<App>,
    me: SignedIn,
    Body(proof): Body<Proof>,
) -> Result<StatusCode, Problem> {
    let agent_id = me.session.agent.id;
    let factor = match (proof.password, proof.code) {
        (Some(password), None) => {
            check_password(&app, &me, password).await?;
            None
        }
        (None, Some(code)) => match shown(&app, agent_id, Some(&code)).await? {
            Factor::None => return Err(wrong()),
            factor => Some(factor),
        },
        _ => return Err(Problem::invalid("", "expected either `password` or `code`")),
    };
    let (token_hash, now) = (me.session.token_hash, app.clock.now());
    if !app.db.write(ProveAgentSession { agent_id, token_hash, factor, now }).await? {
        return Err(wrong());
    }
    app.rates.forgive_code(agent_id);
    Ok(StatusCode::NO_CONTENT)
}

/// Compares a password with that of the agent who asks.
pub(super) async fn check_password(app: &App, me: &SignedIn, password: String) -> Result<(), Problem> {
    let wrong = || Problem::new(ProblemCode::WrongCredentials);
    app.rates.agent_code(me.session.agent.id)?;
    if password.len() > limits::PASSWORD_BYTES {
        return Err(wrong());
    }
    let stored = app.db.agent_by_email(&me.session.agent.email).await?;
    let stored = stored.map(|credential| credential.password_hash);
    app.passwords.verify(password, stored).await?.map(|_| ()).ok_or_else(wrong)
}
