//! `PUT /inbox/v1/account/password`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::account::ChangePassword;
use tidings_store::agent_sessions;

use super::proof::check_password;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::password;
use crate::problem::Problem;
use crate::request::Body;

/// Gives the agent another password; all their other sessions end.
#[utoipa::path(
    put, path = "/inbox/v1/account/password", tag = "inbox", security(("cookie" = [])), request_body = ChangePassword,
    responses((status = 204, description = "Changed"), Problems)
)]
pub(crate) async fn change_password(
    State(app): State<App>,
    me: SignedIn,
    Body(asked): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    password::check(&asked.new).map_err(|unfit| Problem::invalid("/new", unfit.to_string()))?;
    check_password(&app, &me, asked.current).await?;
    let password_hash = app.passwords.hash(asked.new, app.clock.random()).await?;
    let (agent_id, own, now) = (me.session.agent.id, me.session.token_hash, app.clock.now());
    app.db.write(agent_sessions::ChangePassword { agent_id, own, password_hash, now }).await?;
    app.rates.forgive_code(agent_id);
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Harness};

    #[tokio::test]
    async fn whoever_knew_the_old_password_is_out() {
        let harness = Harness::start().await;
        let (here, elsewhere) = (harness.agent_cookie().await, harness.agent_cookie().await);
        let path = "/inbox/v1/account/password";
        let change = |current: &str, new: &str| {
            harness.put(path, &json!({ "current": current, "new": new })).cookie(&here).same_origin()
        };
        assert_eq!(change("not it", "a new long one").await.code(), "wrong_credentials");
        let short = change(AGENT_PASSWORD, "short").await;
        assert_eq!((short.code().as_str(), short.json()["pointer"].as_str()), ("invalid_body", Some("/new")));
        assert_eq!(change(AGENT_PASSWORD, "a new long one").await.status, 204);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&here).await.status, 200);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&elsewhere).await.code(), "unauthenticated");
        let sign_in = |password: &str| {
            let body = json!({ "email": AGENT_EMAIL, "password": password });
            harness.post("/inbox/v1/session", &body).same_origin()
        };
        assert_eq!(sign_in(AGENT_PASSWORD).await.code(), "wrong_credentials");
        assert_eq!(sign_in("a new long one").await.status, 201);
    }
}
