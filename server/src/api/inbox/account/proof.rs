//! `POST /inbox/v1/session/proof`, and for it `…/challenge` and `…/address`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::account::Proof;
use tidings_protocol::limits;
use tidings_protocol::passkeys::{PasskeyChallenge, ShownPasskey};
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::single_sign_on::{ProviderAddress, ProviderReturn};
use tidings_store::agent_sessions::ProveAgentSession;
use tidings_store::challenges::ChallengePurpose;
use tidings_store::second_factors::Factor;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::passkey::{self, Here, challenge, reference, went_back};
use crate::auth::provider::{Back, begin, held_by, is_still, of_the_company};
use crate::auth::second_factor::{shown, wrong};
use crate::problem::Problem;
use crate::request::Body;

/// What a passkey of the agent is to sign, to prove again who they are.
#[utoipa::path(
    post, path = "/inbox/v1/session/proof/challenge", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = PasskeyChallenge), Problems)
)]
pub(crate) async fn proof_challenge(
    State(app): State<App>,
    me: SignedIn,
    here: Here,
) -> Result<Json<PasskeyChallenge>, Problem> {
    let passkeys = app.db.passkeys(me.session.agent.id).await?;
    let allowed: Vec<_> = here.usable(&passkeys).map(reference).collect();
    let rp_id = here.party()?.rp_id;
    if allowed.is_empty() {
        return Err(Problem::not_found().detail("you have no passkey that works here"));
    }
    let challenge = challenge(&app, me.session.token_hash, ChallengePurpose::Prove).await?;
    Ok(Json(PasskeyChallenge { challenge, rp_id, allowed }))
}

/// Where the agent signs in anew at the company's provider, to prove again who they are.
#[utoipa::path(
    post, path = "/inbox/v1/session/proof/address", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = ProviderAddress), Problems)
)]
pub(crate) async fn proof_address(
    State(app): State<App>,
    me: SignedIn,
    back: Back,
) -> Result<Json<ProviderAddress>, Problem> {
    let stored = of_the_company(&app).await?.ok_or_else(Problem::not_found)?;
    let issuer = stored.provider.issuer.as_str();
    if app.db.identity_of(me.session.agent.id, issuer).await?.is_none() {
        return Err(Problem::not_found().detail("you have not signed in at the company's provider yet"));
    }
    let held = held_by(me.session.token_hash);
    let purpose = ChallengePurpose::ProveByProvider;
    Ok(Json(begin(&app, &stored.provider, &back, &held, purpose).await?))
}

async fn check_provider(
    app: &App,
    me: &SignedIn,
    back: &Back,
    asked: &ProviderReturn,
) -> Result<Factor, Problem> {
    app.rates.agent_code(me.session.agent.id)?;
    let stored = of_the_company(app).await?.ok_or_else(Problem::not_found)?;
    let held = held_by(me.session.token_hash);
    let looked_at = is_still(app, &stored, back, (me.session.agent.id, &held), asked).await?;
    Ok(Factor::Provider { looked_at })
}

/// Proves again who the agent is, by their password, a code, a passkey or a fresh sign-in at the company's provider; for ten
/// minutes they may then do what is dangerous.
#[utoipa::path(
    post, path = "/inbox/v1/session/proof", tag = "inbox", security(("cookie" = [])), request_body = Proof,
    responses((status = 204, description = "Proved"), Problems)
)]
pub(crate) async fn prove(
    State(app): State<App>,
    me: SignedIn,
    here: Here,
    back: Back,
    Body(proof): Body<Proof>,
) -> Result<StatusCode, Problem> {
    let agent_id = me.session.agent.id;
    let factor = match (proof.password, proof.code, proof.passkey, proof.provider) {
        (Some(password), None, None, None) => {
            check_password(&app, &me, password).await?;
            None
        }
        (None, Some(code), None, None) => match shown(&app, agent_id, Some(&code)).await? {
            Factor::None => return Err(wrong()),
            factor => Some(factor),
        },
        (None, None, Some(passkey), None) => Some(check_passkey(&app, &me, here, &passkey).await?),
        (None, None, None, Some(provider)) => Some(check_provider(&app, &me, &back, &provider).await?),
        _ => {
            let detail = "expected either `password`, `code`, `passkey` or `provider`";
            return Err(Problem::invalid("", detail));
        }
    };
    let (token_hash, now) = (me.session.token_hash, app.clock.now());
    if !app.db.write(ProveAgentSession { agent_id, token_hash, factor, now }).await? {
        return Err(if matches!(factor, Some(Factor::Passkey(_))) { went_back() } else { wrong() });
    }
    app.rates.forgive_code(agent_id);
    Ok(StatusCode::NO_CONTENT)
}

async fn check_passkey(
    app: &App,
    me: &SignedIn,
    here: Here,
    asked: &ShownPasskey,
) -> Result<Factor, Problem> {
    app.rates.agent_code(me.session.agent.id)?;
    let (party, holder) = (here.party()?, me.session.token_hash);
    let (owned, verified) = passkey::shown(app, &party, holder, ChallengePurpose::Prove, asked).await?;
    if owned.agent.id != me.session.agent.id {
        return Err(Problem::new(ProblemCode::PasskeyUnknown).detail("the passkey is another agent's"));
    }
    Ok(Factor::Passkey(verified.used()))
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
