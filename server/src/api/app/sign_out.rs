//! `DELETE /app/v1/sessions/current`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_store::users::SignOut;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;

/// Signs out: the session ends, its sockets are closed, the device is no longer pushed to.
#[utoipa::path(
    delete, path = "/app/v1/sessions/current", tag = "app", security(("session" = [])),
    responses((status = 204, description = "Signed out"), Problems)
)]
pub(crate) async fn sign_out(State(app): State<App>, user: User) -> Result<StatusCode, Problem> {
    app.db.write(SignOut { token_hash: user.session.token_hash, now: app.clock.now() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn a_token_is_worth_nothing_after_signing_out() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        assert_eq!(harness.delete("/app/v1/sessions/current").bearer(&token).await.status, 204);
        assert_eq!(harness.delete("/app/v1/sessions/current").bearer(&token).await.code(), "unauthenticated");
    }
}
