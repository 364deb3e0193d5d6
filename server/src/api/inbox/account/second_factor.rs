//! `POST`, `PUT` and `DELETE /inbox/v1/account/second_factor`, `POST /inbox/v1/account/recovery_codes`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::account::{ConfirmSecondFactor, NewSecondFactor, RecoveryCodes};
use tidings_protocol::audit::AuditActor;
use tidings_protocol::problem::ProblemCode;
use tidings_store::audit::By;
use tidings_store::second_factors::{
    self, BeginSecondFactor, RemoveSecondFactor, ReplaceRecoveryCodes, TotpSecret,
};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::auth::second_factor::{address, base_32, first_step, new_recovery_codes, picture};
use crate::problem::Problem;
use crate::request::Body;

/// Makes a secret for the agent's authenticator. Nothing is asked for until `PUT`; asked again, there is another secret.
#[utoipa::path(
    post, path = "/inbox/v1/account/second_factor", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = NewSecondFactor), Problems)
)]
pub(crate) async fn begin_second_factor(
    State(app): State<App>,
    me: SignedIn,
) -> Result<Json<NewSecondFactor>, Problem> {
    me.proved(&app)?;
    let secret: TotpSecret = app.clock.random();
    let agent = &me.session.agent;
    app.db.write(BeginSecondFactor { agent_id: agent.id, secret, now: app.clock.now() }).await?;
    let company = app.db.workspace().await?.map_or_else(|| "Tidings".to_owned(), |it| it.name.into_string());
    let secret = base_32(&secret);
    let address = address(&secret, &company, agent.email.as_str());
    let picture = picture(&address)?;
    Ok(Json(NewSecondFactor { secret, address, picture }))
}

/// The authenticator shows its first code: from now on one is asked for at each sign-in. Answers the recovery codes.
#[utoipa::path(
    put, path = "/inbox/v1/account/second_factor", tag = "inbox", security(("cookie" = [])),
    request_body = ConfirmSecondFactor, responses((status = 200, body = RecoveryCodes), Problems)
)]
pub(crate) async fn confirm_second_factor(
    State(app): State<App>,
    me: SignedIn,
    Body(asked): Body<ConfirmSecondFactor>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let agent_id = me.session.agent.id;
    let found = app.db.second_factor(agent_id).await?.filter(|factor| factor.confirmed_at.is_none());
    let factor = found.ok_or_else(Problem::not_found)?;
    let step = first_step(&app, agent_id, &factor, &asked.code)?;
    let (codes, recovery) = new_recovery_codes(&app.clock, agent_id);
    let now = app.clock.now();
    app.db.write(second_factors::ConfirmSecondFactor { agent_id, step, recovery, now }).await?;
    app.rates.forgive_code(agent_id);
    Ok(Json(RecoveryCodes { codes }))
}

/// Takes the agent's second factor away, unless their workspace requires one.
#[utoipa::path(
    delete, path = "/inbox/v1/account/second_factor", tag = "inbox", security(("cookie" = [])),
    responses((status = 204, description = "There is none any more"), Problems)
)]
pub(crate) async fn remove_second_factor(
    State(app): State<App>,
    me: SignedIn,
) -> Result<StatusCode, Problem> {
    me.proved(&app)?;
    let (workspace_id, agent_id) = (me.session.workspace_id, me.session.agent.id);
    if app.db.second_factor_required(workspace_id).await? && app.db.passkeys(agent_id).await?.is_empty() {
        let detail =
            "the workspace requires a second factor: add a passkey before, or have an administrator reset it";
        return Err(Problem::new(ProblemCode::Forbidden).detail(detail));
    }
    let by = By { who: AuditActor::Agent { id: agent_id }, at: app.clock.now() };
    app.db.write(RemoveSecondFactor { workspace_id, agent_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes; the old ones work no more.
#[utoipa::path(
    post, path = "/inbox/v1/account/recovery_codes", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = RecoveryCodes), Problems)
)]
pub(crate) async fn make_recovery_codes(
    State(app): State<App>,
    me: SignedIn,
) -> Result<Json<RecoveryCodes>, Problem> {
    me.proved(&app)?;
    let agent_id = me.session.agent.id;
    let (codes, recovery) = new_recovery_codes(&app.clock, agent_id);
    app.db.write(ReplaceRecoveryCodes { agent_id, recovery, now: app.clock.now() }).await?;
    Ok(Json(RecoveryCodes { codes }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_store::audit::By;
    use tidings_store::second_factors::{RequireSecondFactor, Required};

    use crate::auth::second_factor::code_now;
    use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Answer, Harness};

    const PATH: &str = "/inbox/v1/account/second_factor";

    async fn code(harness: &Harness) -> String {
        let factor = harness.app.db.second_factor(harness.agent_id).await.unwrap().unwrap();
        code_now(&factor, harness.app.clock.now())
    }

    /// Sets it up; answers the recovery codes.
    async fn set_up(harness: &Harness, cookie: &str) -> Vec<String> {
        let begun = harness.post(PATH, &Value::Null).cookie(cookie).same_origin().await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        assert_eq!(begun.json()["secret"].as_str().unwrap().len(), 32);
        let body = json!({ "code": code(harness).await });
        let answer = harness.put(PATH, &body).cookie(cookie).same_origin().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_value(answer.json()["codes"].clone()).unwrap()
    }

    async fn sign_in(harness: &Harness, code: Option<&str>) -> Answer {
        let mut body = json!({ "email": AGENT_EMAIL, "password": AGENT_PASSWORD });
        if let Some(code) = code {
            body["code"] = json!(code);
        }
        harness.post("/inbox/v1/session", &body).same_origin().await
    }

    #[tokio::test]
    async fn a_code_is_asked_for_once_it_is_set_up_and_works_once() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        harness.post(PATH, &Value::Null).cookie(&cookie).same_origin().await;
        assert_eq!(sign_in(&harness, None).await.status, 201, "it was not confirmed yet");
        let wrong = harness.put(PATH, &json!({ "code": "000000" })).cookie(&cookie).same_origin().await;
        assert_eq!((wrong.status, wrong.code().as_str()), (401, "wrong_code"));
        set_up(&harness, &cookie).await;
        assert_eq!(
            harness.post(PATH, &Value::Null).cookie(&cookie).same_origin().await.code(),
            "already_exists"
        );
        assert_eq!(sign_in(&harness, None).await.code(), "second_factor_needed");
        let first = code(&harness).await;
        assert_eq!(sign_in(&harness, Some(&first)).await.code(), "wrong_code", "it was used to set it up");
        harness.hand.advance_ms(30_000);
        let next = code(&harness).await;
        assert_eq!(sign_in(&harness, Some(&next)).await.status, 201);
        assert_eq!(sign_in(&harness, Some(&next)).await.code(), "wrong_code");
        let body = json!({ "email": AGENT_EMAIL, "password": "wrong", "code": next });
        let wrong = harness.post("/inbox/v1/session", &body).same_origin().await;
        assert_eq!(
            wrong.code(),
            "wrong_credentials",
            "whether there is a second factor is told after the password"
        );
    }

    #[tokio::test]
    async fn a_recovery_code_opens_once_and_new_ones_end_the_old() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let codes = set_up(&harness, &cookie).await;
        assert_eq!(codes.len(), 10);
        assert_eq!(sign_in(&harness, Some(&codes[0])).await.status, 201);
        assert_eq!(sign_in(&harness, Some(&codes[0])).await.code(), "wrong_code");
        let account = harness.get("/inbox/v1/account").cookie(&cookie).await.json();
        assert_eq!(account["second_factor"]["recovery_codes"], 9);
        let made =
            harness.post("/inbox/v1/account/recovery_codes", &Value::Null).cookie(&cookie).same_origin();
        let new: Vec<String> = serde_json::from_value(made.await.json()["codes"].clone()).unwrap();
        assert_eq!(sign_in(&harness, Some(&codes[1])).await.code(), "wrong_code");
        assert_eq!(sign_in(&harness, Some(&new[1])).await.status, 201);
    }

    #[tokio::test]
    async fn what_is_dangerous_wants_a_fresh_proof() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        set_up(&harness, &cookie).await;
        let remove = || harness.delete(PATH).cookie(&cookie).same_origin();
        let prove =
            |body: Value| harness.post("/inbox/v1/session/proof", &body).cookie(&cookie).same_origin();
        harness.hand.advance_ms(10 * 60_000);
        assert_eq!(remove().await.code(), "proof_needed");
        assert_eq!(prove(json!({ "password": "wrong" })).await.code(), "wrong_credentials");
        assert_eq!(prove(json!({ "code": "000000" })).await.code(), "wrong_code");
        assert_eq!(prove(json!({})).await.code(), "invalid_body");
        assert_eq!(remove().await.code(), "proof_needed");
        assert_eq!(prove(json!({ "password": AGENT_PASSWORD })).await.status, 204);
        assert_eq!(remove().await.status, 204);
        assert_eq!(sign_in(&harness, None).await.status, 201);
        set_up(&harness, &cookie).await;
        harness.hand.advance_ms(11 * 60_000);
        let code = code(&harness).await;
        assert_eq!(prove(json!({ "code": code })).await.status, 204);
        assert_eq!(prove(json!({ "code": code })).await.code(), "wrong_code");
        assert_eq!(remove().await.status, 204);
    }

    #[tokio::test]
    async fn where_it_is_required_nothing_else_works_without() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let (workspace_id, by) = (harness.workspace_id, By::command_line(harness.app.clock.now()));
        let required = Required::Yes;
        harness.app.db.write(RequireSecondFactor { workspace_id, required, by }).await.unwrap();
        let answer = harness.get("/inbox/v1/bootstrap").cookie(&cookie).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "second_factor_required"));
        let account = harness.get("/inbox/v1/account").cookie(&cookie).await.json();
        assert_eq!(account["second_factor_required"], true);
        set_up(&harness, &cookie).await;
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.status, 200);
        let removed = harness.delete(PATH).cookie(&cookie).same_origin().await;
        assert_eq!(removed.code(), "forbidden");
    }

    #[tokio::test]
    async fn codes_cannot_be_tried_one_after_the_other() {
        let harness = Harness::start_with(|config| {
            config.rates.enabled = true;
            config.rates.agent_sign_ins_per_minute = 1_000;
        })
        .await;
        let cookie = harness.agent_cookie().await;
        set_up(&harness, &cookie).await;
        let mut codes = Vec::new();
        for _ in 0..12 {
            codes.push(sign_in(&harness, Some("000000")).await.code());
        }
        assert_eq!(codes[9], "wrong_code");
        assert_eq!(codes[10], "rate_limited");
    }
}
