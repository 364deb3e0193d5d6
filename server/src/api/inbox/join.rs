//! `POST /inbox/v1/invitation`, `/inbox/v1/invitation/accepted` and `/inbox/v1/invitation/password`.
//!
//! What opens the door travels in bodies only: the link carries it behind `#`, which no browser sends and no log keeps.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tidings_protocol::id::AgentId;
use tidings_protocol::inbox;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::staff::{AcceptInvitation, InvitationCard, SetPassword, ShowInvitation};
use tidings_store::agent_sessions::SignInAgent;
use tidings_store::agents::StartAgentSession;
use tidings_store::invitations;
use tidings_store::second_factors::Factor;

use super::session::cookie;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::{SameOrigin, whereabouts};
use crate::auth::provider::of_the_company;
use crate::auth::{TokenHash, new_token, password, token_hash};
use crate::edge::ClientAddress;
use crate::problem::Problem;
use crate::request::Body;

/// What an invitation is to.
#[utoipa::path(
    post, path = "/inbox/v1/invitation", tag = "inbox", request_body = ShowInvitation,
    responses((status = 200, body = InvitationCard), Problems)
)]
pub(crate) async fn show_invitation(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    Body(asked): Body<ShowInvitation>,
) -> Result<Json<InvitationCard>, Problem> {
    app.rates.sign_in(address.0)?;
    let found = app.db.invitation(token_hash(&asked.token), app.clock.now()).await?;
    found.map(Json).ok_or_else(Problem::not_found)
}

/// Follows an invitation: makes the agent and signs them in; the answer sets the cookie.
#[utoipa::path(
    post, path = "/inbox/v1/invitation/accepted", tag = "inbox", request_body = AcceptInvitation,
    responses((status = 201, body = inbox::Agent), Problems)
)]
pub(crate) async fn accept_invitation(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    headers: HeaderMap,
    Body(asked): Body<AcceptInvitation>,
) -> Result<Response, Problem> {
    app.rates.sign_in(address.0)?;
    password::check(&asked.password).map_err(|unfit| Problem::invalid("/password", unfit.to_string()))?;
    let (invitation, now) = (token_hash(&asked.token), app.clock.now());
    // By the provider they come in with the same invitation, once it has said that the address is theirs.
    if of_the_company(&app).await?.is_some_and(|stored| stored.provider.only) {
        return Err(Problem::new(ProblemCode::OnlyProvider));
    }
    // Hashing costs a tenth of a second: only for who has something that opens.
    opened(&app, invitation, false).await?;
    let password_hash = app.passwords.hash(asked.password, app.clock.random()).await?;
    let agent_id = AgentId::from_parts(app.clock.unix_ms(), app.clock.random());
    let command = invitations::AcceptInvitation {
        token_hash: invitation,
        agent_id,
        name: asked.name,
        password_hash,
        now,
    };
    let agent = app.db.write(command).await?;
    let (token, seconds) = (new_token(&app.clock, ""), i64::from(app.config.sessions.agent_hours) * 60 * 60);
    let start = StartAgentSession {
        agent_id,
        token_hash: token_hash(&token),
        expires_at: now.plus_ms(seconds * 1_000),
        now,
    };
    let place = whereabouts(address.0, &headers);
    app.db.write(SignInAgent { start, factor: Factor::None, place }).await?;
    let cookie = cookie(&token, seconds)?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(agent)).into_response())
}

/// An agent sets a password with the link that somebody made for them: all their sessions end, second factors and passkeys stay.
#[utoipa::path(
    post, path = "/inbox/v1/invitation/password", tag = "inbox", request_body = SetPassword,
    responses((status = 204, description = "Set; sign in with it"), Problems)
)]
pub(crate) async fn set_password(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    Body(asked): Body<SetPassword>,
) -> Result<StatusCode, Problem> {
    app.rates.sign_in(address.0)?;
    password::check(&asked.password).map_err(|unfit| Problem::invalid("/password", unfit.to_string()))?;
    let link = token_hash(&asked.token);
    opened(&app, link, true).await?;
    let password_hash = app.passwords.hash(asked.password, app.clock.random()).await?;
    let now = app.clock.now();
    app.db.write(invitations::SetPassword { token_hash: link, password_hash, now }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses what opens nothing, or something else.
async fn opened(app: &App, token: TokenHash, sets_password: bool) -> Result<(), Problem> {
    let card = app.db.invitation(token, app.clock.now()).await?;
    card.filter(|card| card.sets_password == sets_password).map(|_| ()).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Harness;

    async fn invite(harness: &Harness, email: &str, role: &str) -> Value {
        let body = json!({ "email": email, "role": role });
        let answer = harness.post("/admin/v1/invitations", &body).bearer(&harness.server_key).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    #[tokio::test]
    async fn an_invitation_makes_one_agent_with_its_role_and_signs_them_in() {
        let harness = Harness::start().await;
        let made = invite(&harness, "Cleo@example.org", "trainee").await;
        let token = made["token"].as_str().unwrap();
        let card =
            harness.post("/inbox/v1/invitation", &json!({ "token": token })).same_origin().await.json();
        assert_eq!((&card["company"], &card["email"]), (&json!("Acme"), &made["invitation"]["email"]));
        let accept = |password: &str| {
            let body = json!({ "token": token, "name": "Cleo", "password": password });
            harness.post("/inbox/v1/invitation/accepted", &body).same_origin()
        };
        assert_eq!(accept("short").await.json()["pointer"], "/password");
        let joined = accept("correct horse").await;
        assert_eq!((joined.status, joined.json()["role"].as_str()), (201, Some("trainee")));
        let cookie = joined.header("set-cookie");
        let cookie = cookie.split(['=', ';']).nth(1).unwrap();
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(cookie).await.status, 200);
        assert_eq!(accept("correct horse").await.code(), "not_found");
        let again = json!({ "email": "cleo@example.org", "role": "agent" });
        let again = harness.post("/admin/v1/invitations", &again).bearer(&harness.server_key).await;
        assert_eq!(again.code(), "already_exists");
    }

    #[tokio::test]
    async fn an_invitation_ends_with_its_time_its_revocation_or_another() {
        let harness = Harness::start().await;
        let show = async |made: &Value| {
            let body = json!({ "token": made["token"] });
            harness.post("/inbox/v1/invitation", &body).same_origin().await.status
        };
        let first = invite(&harness, "dan@example.org", "agent").await;
        let second = invite(&harness, "dan@example.org", "viewer").await;
        assert_eq!((show(&first).await, show(&second).await), (404, 200));
        let listed = harness.get("/admin/v1/invitations").bearer(&harness.server_key).await.json();
        assert_eq!(listed["invitations"].as_array().unwrap().len(), 1);
        let path = format!("/admin/v1/invitations/{}", second["invitation"]["id"].as_str().unwrap());
        assert_eq!(harness.delete(&path).bearer(&harness.server_key).await.status, 204);
        assert_eq!(show(&second).await, 404);
        let third = invite(&harness, "dan@example.org", "agent").await;
        harness.hand.advance_ms(7 * 24 * 60 * 60 * 1_000);
        assert_eq!(show(&third).await, 404);
    }
}
