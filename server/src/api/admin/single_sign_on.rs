//! `GET`, `PUT` and `DELETE /admin/v1/single_sign_on`, `POST /admin/v1/single_sign_on/trial`.
//!
//! Whoever names the provider decides who is whom: so only owners do, and not with a server key, which any administrator makes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::push::PushProvider;
use tidings_protocol::single_sign_on::{
    IdentityProvider, ProviderFault, SetSingleSignOn, SingleSignOn, SingleSignOnTrial, TrySingleSignOn,
};
use tidings_protocol::text::Name;
use tidings_store::single_sign_on::{RemoveProvider, SetProvider, StoredProvider};

use crate::api::admin::seal;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::auth::oidc::address::GOOGLE;
use crate::auth::oidc::{Refused, sealed_for};
use crate::auth::passkey::Here;
use crate::auth::provider::Back;
use crate::problem::Problem;
use crate::push::seal::Seals;
use crate::request::Body;

/// Domains of one provider.
const DOMAINS: usize = 50;

/// The company's own identity provider, and where it sends agents back to.
#[utoipa::path(
    get, path = "/admin/v1/single_sign_on", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = SingleSignOn), Problems)
)]
pub(crate) async fn get_single_sign_on(
    State(app): State<App>,
    backend: Backend,
    back: Back,
) -> Result<Json<SingleSignOn>, Problem> {
    let provider = app.db.identity_provider(backend.workspace_id).await?.map(|stored| stored.provider);
    Ok(Json(SingleSignOn { provider, return_address: back.0 }))
}

/// Sets the provider: agents sign in there from now on, besides their password or in its place. Only owners may, in the inbox.
#[utoipa::path(
    put, path = "/admin/v1/single_sign_on", tag = "admin", security(("server_key" = [])),
    request_body = SetSingleSignOn, responses((status = 200, body = SingleSignOn), Problems)
)]
pub(crate) async fn set_single_sign_on(
    State(app): State<App>,
    backend: Backend,
    back: Back,
    here: Here,
    Body(asked): Body<SetSingleSignOn>,
) -> Result<Json<SingleSignOn>, Problem> {
    backend.as_owner()?;
    let domains = check(&app, &asked)?;
    let before = app.db.identity_provider(backend.workspace_id).await?;
    let client_secret = match &asked.client_secret {
        Some(secret) => seal(&app, sealed_for(backend.workspace_id), PushProvider::Webhook, secret.as_str())?,
        // A secret is shown to nobody but to whom it belongs.
        None => match before {
            Some(before) if before.provider.issuer == asked.issuer => before.client_secret,
            _ => return Err(Problem::invalid("/client_secret", "expected the secret of this provider")),
        },
    };
    let by = backend.by(&app);
    let provider = IdentityProvider {
        label: asked.label,
        issuer: asked.issuer,
        client_id: asked.client_id,
        domains,
        trusts_addresses: asked.trusts_addresses,
        new_agents: asked.new_agents,
        only: asked.only,
        emergency_agent_id: asked.emergency_agent_id,
        set_at: by.at,
    };
    let stored =
        StoredProvider { workspace_id: backend.workspace_id, provider: provider.clone(), client_secret };
    let rp_id = here.0.map(|party| party.rp_id);
    app.db.write(SetProvider { provider: stored, rp_id, by }).await?;
    Ok(Json(SingleSignOn { provider: Some(provider), return_address: back.0 }))
}

/// Answers the domains as they are compared.
fn check(app: &App, asked: &SetSingleSignOn) -> Result<Vec<Name>, Problem> {
    check_issuer(app, asked.issuer.as_str())?;
    if asked.domains.len() > DOMAINS {
        return Err(Problem::invalid("/domains", format!("at most {DOMAINS}")));
    }
    let is_domain = |domain: &str| {
        domain.contains('.')
            && !domain.starts_with('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    };
    let mut domains = Vec::with_capacity(asked.domains.len());
    for (place, domain) in asked.domains.iter().enumerate() {
        let lower = domain.as_str().trim().to_ascii_lowercase();
        let pointer = format!("/domains/{place}");
        if !is_domain(&lower) {
            return Err(Problem::invalid(&pointer, "expected a domain, such as example.com"));
        }
        domains.push(Name::try_from(lower).map_err(|error| Problem::invalid(&pointer, error.to_string()))?);
    }
    if let Some(new) = &asked.new_agents {
        if new.role == AgentRole::Owner {
            return Err(Problem::invalid("/new_agents/role", "nobody becomes an owner by coming in"));
        }
        if domains.is_empty() {
            return Err(Problem::invalid("/domains", "name the domains whose people may come in uninvited"));
        }
    }
    if domains.is_empty() && (asked.trusts_addresses || asked.issuer.as_str() == GOOGLE) {
        let detail = "name the domains whose addresses count: this provider may know others too";
        return Err(Problem::invalid("/domains", detail));
    }
    if asked.only && asked.emergency_agent_id.is_none() {
        let detail = "name the owner who may sign in with their password when the provider fails";
        return Err(Problem::invalid("/emergency_agent_id", detail));
    }
    Ok(domains)
}

fn check_issuer(app: &App, issuer: &str) -> Result<(), Problem> {
    let is_good = app.oidc.may_ask(issuer) && !issuer.contains(['?', '#']);
    let detail = "expected an address: https, a host name, the usual port, no `?` or `#`; for one inside this network the \
                  operator names its host in `sign_in.inside_hosts`";
    is_good.then_some(()).ok_or_else(|| Problem::invalid("/issuer", detail))
}

/// Takes the provider away: agents sign in with their password or a passkey again, and sessions that were begun there end. Only
/// owners may, in the inbox.
#[utoipa::path(
    delete, path = "/admin/v1/single_sign_on", tag = "admin", security(("server_key" = [])),
    responses((status = 204, description = "Removed"), Problems)
)]
pub(crate) async fn remove_single_sign_on(
    State(app): State<App>,
    backend: Backend,
) -> Result<StatusCode, Problem> {
    backend.as_owner()?;
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(RemoveProvider { workspace_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks whether a provider can be used, without setting it and without anybody signing in.
#[utoipa::path(
    post, path = "/admin/v1/single_sign_on/trial", tag = "admin", security(("server_key" = [])),
    request_body = TrySingleSignOn, responses((status = 200, body = SingleSignOnTrial), Problems)
)]
pub(crate) async fn try_single_sign_on(
    State(app): State<App>,
    backend: Backend,
    back: Back,
    Body(asked): Body<TrySingleSignOn>,
) -> Result<Json<SingleSignOnTrial>, Problem> {
    backend.as_owner()?;
    let issuer = asked.issuer.as_str();
    if check_issuer(&app, issuer).is_err() {
        return Ok(Json(SingleSignOnTrial { fault: Some(ProviderFault::Address), detail: None }));
    }
    let secret = match asked.client_secret {
        Some(secret) => secret.into_string(),
        None => stored_secret(&app, &backend, issuer).await?,
    };
    let (client_id, back) = (asked.client_id.as_str(), back.0.unwrap_or_default());
    let found = app.oidc.try_out(issuer, client_id, &secret, &back, app.clock.now()).await;
    Ok(Json(match found {
        Ok(()) => SingleSignOnTrial { fault: None, detail: None },
        Err(Refused::Provider(fault, why)) => SingleSignOnTrial { fault: Some(fault), detail: Some(why) },
        Err(other) => {
            SingleSignOnTrial { fault: Some(ProviderFault::Unsuitable), detail: Some(other.to_string()) }
        }
    }))
}

async fn stored_secret(app: &App, backend: &Backend, issuer: &str) -> Result<String, Problem> {
    let stored = app.db.identity_provider(backend.workspace_id).await?;
    let stored = stored.filter(|stored| stored.provider.issuer.as_str() == issuer);
    let stored =
        stored.ok_or_else(|| Problem::invalid("/client_secret", "expected the secret of this provider"))?;
    let broken = |error: &dyn std::fmt::Display| Problem::internal("a secret could not be opened", error);
    let seals = Seals::of(&app.config).map_err(|error| broken(&error))?;
    let owner = sealed_for(backend.workspace_id);
    let opened = seals.to_open().open(owner, PushProvider::Webhook, &stored.client_secret);
    opened.map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests;
