//! `GET` and `POST /inbox/v1/account/passkeys`, `POST …/challenge`, `PUT …/{id}/name`, `DELETE …/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tidings_protocol::id::PasskeyId;
use tidings_protocol::limits;
use tidings_protocol::passkeys::{AddPasskey, NamePasskey, NewPasskey, PasskeyInfo, PasskeyList};
use tidings_protocol::problem::ProblemCode;
use tidings_store::Error;
use tidings_store::challenges::ChallengePurpose;
use tidings_store::passkeys::{self, EnsurePasskeyHandle, RemovePasskey, StoredPasskey};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::passkey::{Here, bytes, challenge, client, reference, refused};
use crate::auth::webauthn::{ALGORITHMS, Ceremony, registered};
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Ways to reach a passkey that are kept of what a browser says.
const TRANSPORTS: usize = 8;

fn info(passkey: StoredPasskey, here: &Here) -> PasskeyInfo {
    PasskeyInfo {
        id: passkey.id,
        name: passkey.name,
        made_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
        is_backed_up: passkey.backed_up,
        works_here: here.0.as_ref().is_some_and(|party| party.rp_id == passkey.rp_id),
        rp_id: passkey.rp_id,
    }
}

/// The agent's passkeys.
#[utoipa::path(
    get, path = "/inbox/v1/account/passkeys", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = PasskeyList), Problems)
)]
pub(crate) async fn list_passkeys(
    State(app): State<App>,
    me: SignedIn,
    here: Here,
) -> Result<Json<PasskeyList>, Problem> {
    let found = app.db.passkeys(me.session.agent.id).await?;
    let passkeys = found.into_iter().map(|passkey| info(passkey, &here)).collect();
    Ok(Json(PasskeyList { passkeys, can_add: here.0.is_some() }))
}

/// What a browser needs to make a passkey.
#[utoipa::path(
    post, path = "/inbox/v1/account/passkeys/challenge", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = NewPasskey), Problems)
)]
pub(crate) async fn new_passkey(
    State(app): State<App>,
    me: SignedIn,
    here: Here,
) -> Result<Json<NewPasskey>, Problem> {
    may_add(&app, &me).await?;
    let agent = &me.session.agent;
    let found = app.db.passkeys(agent.id).await?;
    let existing = here.usable(&found).map(reference).collect();
    let rp_id = here.party()?.rp_id;
    if i64::try_from(found.len()).is_ok_and(|count| count >= limits::PASSKEYS) {
        return Err(Error::Limit("passkeys of one agent").into());
    }
    let fresh = app.clock.random();
    let handle = app.db.write(EnsurePasskeyHandle { agent_id: agent.id, fresh }).await?;
    let company = app.db.workspace().await?.map_or_else(|| "Tidings".to_owned(), |it| it.name.into_string());
    let challenge = challenge(&app, me.session.token_hash, ChallengePurpose::Register).await?;
    Ok(Json(NewPasskey {
        challenge,
        rp_id,
        rp_name: company,
        user_handle: BASE64_URL_SAFE_NO_PAD.encode(handle),
        user_name: agent.email.as_str().to_owned(),
        display_name: agent.name.as_str().to_owned(),
        algorithms: ALGORITHMS.to_vec(),
        existing,
    }))
}

/// Keeps the passkey that the browser made. It signs in by itself, and counts as a second factor.
#[utoipa::path(
    post, path = "/inbox/v1/account/passkeys", tag = "inbox", security(("cookie" = [])),
    request_body = AddPasskey, responses((status = 201, body = PasskeyInfo), Problems)
)]
pub(crate) async fn add_passkey(
    State(app): State<App>,
    me: SignedIn,
    here: Here,
    Body(asked): Body<AddPasskey>,
) -> Result<(StatusCode, Json<PasskeyInfo>), Problem> {
    may_add(&app, &me).await?;
    let party = here.0.as_ref().ok_or_else(|| Problem::new(ProblemCode::PasskeysUnavailable))?;
    if asked.transports.len() > TRANSPORTS {
        return Err(Problem::invalid("/transports", format!("at most {TRANSPORTS}")));
    }
    let json = bytes(&asked.client_data, "/client_data")?;
    let attestation = bytes(&asked.attestation, "/attestation")?;
    let ceremony = (ChallengePurpose::Register, Ceremony::Create);
    let client = client(&app, party, me.session.token_hash, ceremony, &json).await?;
    let made = registered(&client, &attestation).map_err(refused)?;
    let passkey = StoredPasskey {
        id: PasskeyId::from_parts(app.clock.unix_ms(), app.clock.random()),
        name: asked.name,
        credential_id: made.credential_id,
        rp_id: party.rp_id.clone(),
        public_key: made.public_key,
        sign_count: made.sign_count.into(),
        backup_eligible: made.backup_eligible,
        backed_up: made.backed_up,
        transports: asked.transports.iter().map(|word| word.as_str().to_owned()).collect(),
        created_at: app.clock.now(),
        last_used_at: None,
    };
    let agent_id = me.session.agent.id;
    app.db.write(passkeys::AddPasskey { agent_id, passkey: passkey.clone() }).await?;
    Ok((StatusCode::CREATED, Json(info(passkey, &here))))
}

/// Refuses who has not just proved who they are. Whoever came by the company's provider and has nothing else - no password, no
/// authenticator, no passkey - could not do so at a provider that does not say when it looked: for their first passkey it is
/// enough that they have just signed in.
async fn may_add(app: &App, me: &SignedIn) -> Result<(), Problem> {
    let Err(unproved) = me.proved(app) else { return Ok(()) };
    let (session, agent_id) = (&me.session, me.session.agent.id);
    let is_young = app.clock.now() < session.started_at.plus_ms(limits::PROOF_SECONDS * 1_000);
    if !session.by_provider || !is_young {
        return Err(unproved);
    }
    let authenticator = app.db.second_factor(agent_id).await?;
    let has_other = authenticator.is_some_and(|factor| factor.confirmed_at.is_some())
        || app.db.has_password(agent_id).await?
        || !app.db.passkeys(agent_id).await?.is_empty();
    if has_other { Err(unproved) } else { Ok(()) }
}

/// Gives a passkey another name.
#[utoipa::path(
    put, path = "/inbox/v1/account/passkeys/{id}/name", tag = "inbox", security(("cookie" = [])),
    params(("id" = PasskeyId, Path)), request_body = NamePasskey,
    responses((status = 204, description = "Named"), Problems)
)]
pub(crate) async fn name_passkey(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<PasskeyId>,
    Body(asked): Body<NamePasskey>,
) -> Result<StatusCode, Problem> {
    let agent_id = me.session.agent.id;
    app.db.write(passkeys::NamePasskey { agent_id, id, name: asked.name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a passkey away: it opens nothing from now on. Where a second factor is demanded, the last one stays.
#[utoipa::path(
    delete, path = "/inbox/v1/account/passkeys/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = PasskeyId, Path)), responses((status = 204, description = "Removed"), Problems)
)]
pub(crate) async fn remove_passkey(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<PasskeyId>,
) -> Result<StatusCode, Problem> {
    me.proved(&app)?;
    let agent_id = me.session.agent.id;
    let others = app.db.passkeys(agent_id).await?.into_iter().any(|passkey| passkey.id != id);
    let authenticator = app.db.second_factor(agent_id).await?;
    let has_another = others || authenticator.is_some_and(|factor| factor.confirmed_at.is_some());
    if !has_another && app.db.second_factor_required(me.session.workspace_id).await? {
        let detail = "the workspace requires a second factor: add another passkey or an authenticator before";
        return Err(Problem::new(ProblemCode::Forbidden).detail(detail));
    }
    app.db.write(RemovePasskey { agent_id, id, now: app.clock.now() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests;
