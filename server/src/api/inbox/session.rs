//! `POST`, `GET` and `DELETE /inbox/v1/session`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tidings_protocol::inbox::{self, AgentSignIn};
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_store::agent_sessions::{SignInAgent, Whereabouts};
use tidings_store::agents::{AgentCredential, EndAgentSession, RefuseAgent, StartAgentSession};
use tidings_store::second_factors::Factor;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::{SameOrigin, SignedIn, set_cookie, whereabouts};
use crate::auth::passkey::{VerifiedPasskey, went_back};
use crate::auth::password::VerifiedPassword;
use crate::auth::provider::VouchedAgent;
use crate::auth::second_factor::{shown, wrong};
use crate::auth::{new_token, token_hash};
use crate::edge::ClientAddress;
use crate::problem::Problem;
use crate::request::Body;

/// Signs an agent in; the answer sets the cookie.
#[utoipa::path(
    post, path = "/inbox/v1/session", tag = "inbox", request_body = AgentSignIn,
    responses((status = 201, body = inbox::Agent), Problems)
)]
pub(crate) async fn start_session(
    State(app): State<App>,
    address: ClientAddress,
    _: SameOrigin,
    headers: HeaderMap,
    Body(asked): Body<AgentSignIn>,
) -> Result<Response, Problem> {
    app.rates.agent_sign_in(&asked.email, address.0)?;
    let code = asked.code.clone();
    let (credential, verified) = check(&app, asked).await?;
    let factor = shown(&app, credential.agent.id, code.as_deref()).await?;
    if factor == Factor::None {
        need_no_passkey(&app, &credential).await?;
    }
    let way = Way::Password(credential.agent, verified, factor);
    start(&app, way, whereabouts(address.0, &headers)).await
}

/// Whoever knows the password is told that it takes a passkey: the workspace demands a second factor, and theirs is one.
async fn need_no_passkey(app: &App, credential: &AgentCredential) -> Result<(), Problem> {
    let required = app.db.second_factor_required(credential.workspace_id).await?;
    if required && !app.db.passkeys(credential.agent.id).await?.is_empty() {
        return Err(Problem::new(ProblemCode::PasskeyNeeded));
    }
    Ok(())
}

/// The same answer after the same work, whether the agent or the password is wrong.
async fn check(app: &App, asked: AgentSignIn) -> Result<(AgentCredential, VerifiedPassword), Problem> {
    let wrong = || Problem::new(ProblemCode::WrongCredentials);
    if asked.password.len() > limits::PASSWORD_BYTES {
        return Err(wrong());
    }
    let credential = app.db.agent_by_email(&asked.email).await?;
    let agent_id = credential.as_ref().map(|credential| credential.agent.id);
    let stored = credential.as_ref().map(|credential| credential.password_hash.clone());
    let verified = app.passwords.verify(asked.password, stored).await?;
    if let (Some(credential), Some(verified)) = (credential, verified) {
        return Ok((credential, verified));
    }
    if let Some(agent_id) = agent_id {
        app.db.write(RefuseAgent { agent_id, now: app.clock.now() }).await?;
    }
    tracing::info!("an agent could not sign in");
    Err(wrong())
}

/// How somebody proved that they are an agent: none can be made without having checked it.
pub(super) enum Way {
    /// They know the password, and showed this besides.
    Password(inbox::Agent, VerifiedPassword, Factor),
    /// They have a passkey.
    Passkey(inbox::Agent, VerifiedPasskey),
    /// The company's provider vouches for them.
    Provider(VouchedAgent),
}

/// Starts a session of an agent who proved who they are; the answer sets the cookie.
pub(super) async fn start(app: &App, way: Way, place: Whereabouts) -> Result<Response, Problem> {
    let (agent, factor, refused): (_, _, fn() -> Problem) = match way {
        Way::Password(agent, _, factor) => (agent, factor, wrong),
        Way::Passkey(agent, passkey) => (agent, Factor::Passkey(passkey.used()), went_back),
        Way::Provider(vouched) => {
            let (agent, looked_at) = vouched.into_parts();
            (agent, Factor::Provider { looked_at }, disconnected)
        }
    };
    let (token, now) = (new_token(&app.clock, ""), app.clock.now());
    let seconds = i64::from(app.config.sessions.agent_hours) * 60 * 60;
    let start = StartAgentSession {
        agent_id: agent.id,
        token_hash: token_hash(&token),
        expires_at: now.plus_ms(seconds * 1_000),
        now,
    };
    if !app.db.write(SignInAgent { start, factor, place }).await? {
        return Err(refused());
    }
    app.rates.forgive_code(agent.id);
    tracing::info!(agent = %agent.id, "an agent signed in");
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie(&token, seconds)?)], Json(agent)).into_response())
}

/// The company has another provider by now, or the agent is not connected with it any more.
fn disconnected() -> Problem {
    Problem::new(ProblemCode::ProviderRefused)
        .detail("the agent was disconnected from the provider meanwhile")
}

pub(super) fn cookie(token: &str, seconds: i64) -> Result<HeaderValue, Problem> {
    set_cookie(token, seconds)
        .ok_or_else(|| Problem::internal("a cookie could not be made", &"bad header value"))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/inbox/v1/session", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = inbox::Agent), Problems)
)]
pub(crate) async fn get_session(agent: SignedIn) -> Json<inbox::Agent> {
    Json(agent.session.agent)
}

/// Signs out: the session ends, its sockets are closed, the cookie is taken away.
#[utoipa::path(
    delete, path = "/inbox/v1/session", tag = "inbox", security(("cookie" = [])),
    responses((status = 204, description = "Signed out"), Problems)
)]
pub(crate) async fn end_session(State(app): State<App>, agent: SignedIn) -> Result<Response, Problem> {
    app.db.write(EndAgentSession { token_hash: agent.session.token_hash, now: app.clock.now() }).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie("", 0)?)]).into_response())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Harness};

    #[tokio::test]
    async fn the_cookie_is_kept_from_scripts_and_other_sites() {
        let harness = Harness::start().await;
        let body = json!({ "email": AGENT_EMAIL, "password": AGENT_PASSWORD });
        let answer = harness.post("/inbox/v1/session", &body).same_origin().await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json()["email"], AGENT_EMAIL);
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-tidings="), "{cookie}");
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(cookie.split("; ").any(|one| one == attribute), "{attribute} in {cookie}");
        }
    }

    #[tokio::test]
    async fn a_wrong_password_and_an_unknown_agent_get_the_same_answer() {
        let harness = Harness::start().await;
        let sign_in = |email: &str, password: &str| {
            harness.post("/inbox/v1/session", &json!({ "email": email, "password": password })).same_origin()
        };
        let wrong = sign_in(AGENT_EMAIL, "wrong").await;
        let unknown = sign_in("nobody@example.org", AGENT_PASSWORD).await;
        let long = sign_in(AGENT_EMAIL, &"x".repeat(2_000)).await;
        assert_eq!((wrong.status, wrong.code().as_str()), (401, "wrong_credentials"));
        assert_eq!(wrong.json(), unknown.json());
        assert_eq!(wrong.json(), long.json());
    }

    #[tokio::test]
    async fn another_site_cannot_sign_anybody_in() {
        let harness = Harness::start().await;
        let body = json!({ "email": AGENT_EMAIL, "password": AGENT_PASSWORD });
        assert_eq!(harness.post("/inbox/v1/session", &body).await.code(), "forbidden");
    }

    #[tokio::test]
    async fn attempts_are_limited() {
        let harness = Harness::start_with(|config| {
            config.rates.enabled = true;
            config.rates.agent_sign_ins_per_minute = 1;
        })
        .await;
        let body = json!({ "email": "ben@example.org", "password": "wrong wrong" });
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(harness.post("/inbox/v1/session", &body).same_origin().await.code());
        }
        assert_eq!(codes, ["wrong_credentials", "wrong_credentials", "rate_limited", "rate_limited"]);
    }

    #[tokio::test]
    async fn a_session_ends_when_the_agent_signs_out() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.json()["email"], AGENT_EMAIL);
        let answer = harness.delete("/inbox/v1/session").cookie(&cookie).same_origin().await;
        assert_eq!(answer.status, 204);
        assert!(answer.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.code(), "unauthenticated");
    }

    #[tokio::test]
    async fn a_session_ends_by_itself() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        harness.hand.advance_ms(169 * 60 * 60 * 1_000);
        assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.code(), "unauthenticated");
    }
}
