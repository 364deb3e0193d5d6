//! An end user on one device: `Authorization: Bearer tds_…`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidings_store::Actor;
use tidings_store::users::SessionRow;
use tokio::time::Instant;

use super::{SESSION_PREFIX, TokenHash, bearer};
use crate::app::App;
use crate::problem::Problem;

/// A signed-in user, within their rates.
pub struct User {
    /// The session: who, on which device, of which app. It may be three seconds old: the name may have changed since.
    pub session: SessionRow,
}

impl User {
    /// The user as the author of a command.
    pub fn actor(&self) -> Actor {
        Actor::User { user_id: self.session.user_id, device_id: self.session.device_id }
    }

    /// Rates are asked only for sessions that exist: made-up tokens must not fill the table of sessions.
    fn within_rates(app: &App, session: SessionRow) -> Result<Self, Problem> {
        app.rates.session(session.token_hash)?;
        app.rates.app(session.app_id)?;
        Ok(Self { session })
    }
}

/// The same, as the database has them now, for whoever shows what it says of them.
pub struct UserNow(pub User);

impl FromRequestParts<App> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers, SESSION_PREFIX)?;
        let known = app.hub.known_sessions().find(&token, app.clock.now(), Instant::now());
        let session = match known {
            Some(session) => session,
            None => ask(app, token).await?,
        };
        Self::within_rates(app, session)
    }
}

impl FromRequestParts<App> for UserNow {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers, SESSION_PREFIX)?;
        User::within_rates(app, ask(app, token).await?).map(Self)
    }
}

/// Asks the database, and [keeps](super::known) what it says for the next requests.
async fn ask(app: &App, token: TokenHash) -> Result<SessionRow, Problem> {
    let known = app.hub.known_sessions();
    let question = known.ask(Instant::now());
    let session = app.db.session(token, app.clock.now()).await?.ok_or_else(Problem::unauthenticated)?;
    known.keep(question, &session);
    Ok(session)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tidings_protocol::id::UserId;
    use tidings_store::access::{Access, EndUserSessions, SetAppAccess, SetUserAccess};
    use tidings_store::audit::By;
    use tidings_store::{Command, Db, Options};

    use crate::auth::known::TRUST;
    use crate::auth::token_hash;
    use crate::testing::Harness;

    /// Lets the timers, but not the clock on the wall, move on.
    async fn pass(time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }

    async fn status(harness: &Harness, token: &str) -> u16 {
        harness.get("/app/v1/conversations").bearer(token).await.status
    }

    /// What another process does to the same database, of which this one is told nothing.
    async fn elsewhere(harness: &Harness, command: impl Command) {
        let options = Options {
            url: harness.app.config.database_url.parse().unwrap(),
            epoch_bits: 1,
            on_commit: Arc::new(|_| {}),
            on_fatal: Arc::new(|error| panic!("{error}")),
        };
        let other = Db::open(options).await.unwrap();
        assert!(other.write(command).await.is_ok());
        other.close().await;
    }

    async fn user_of(harness: &Harness, token: &str) -> UserId {
        let session = harness.app.db.session(token_hash(token), harness.app.clock.now()).await;
        session.unwrap().unwrap().user_id
    }

    /// That a command of another process, of which nobody tells this one, shuts a user out within the bound.
    async fn law_9_shuts_out_unheard<C: Command>(command: impl Fn(&Harness, UserId) -> C) {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let user = user_of(&harness, &token).await;
        assert_eq!(status(&harness, &token).await, 200);
        elsewhere(&harness, command(&harness, user)).await;
        pass(TRUST).await;
        assert_eq!(status(&harness, &token).await, 401);
    }

    #[tokio::test]
    async fn law_9_a_user_blocked_on_another_node_is_out_without_a_bus() {
        law_9_shuts_out_unheard(|harness, user_id| SetUserAccess {
            workspace_id: harness.workspace_id,
            user_id,
            access: Access::Shut,
            by: By::command_line(harness.app.clock.now()),
        })
        .await;
    }

    #[tokio::test]
    async fn law_9_a_session_ended_on_another_node_is_out_without_a_bus() {
        law_9_shuts_out_unheard(|harness, user_id| EndUserSessions {
            workspace_id: harness.workspace_id,
            user_id,
            by: By::command_line(harness.app.clock.now()),
        })
        .await;
    }

    #[tokio::test]
    async fn law_9_an_app_disabled_on_another_node_is_shut_without_a_bus() {
        law_9_shuts_out_unheard(|harness, _| SetAppAccess {
            workspace_id: harness.workspace_id,
            app_id: harness.app_id,
            access: Access::Shut,
            by: By::command_line(harness.app.clock.now()),
        })
        .await;
    }

    #[tokio::test]
    async fn law_9_what_this_node_shuts_is_shut_at_once() {
        let harness = Harness::start().await;
        let (workspace_id, by) = (harness.workspace_id, By::command_line(harness.app.clock.now()));
        let (ana, ben) = (harness.user("ana").await, harness.user("ben").await);
        let user_id = user_of(&harness, &ana).await;
        assert_eq!((status(&harness, &ana).await, status(&harness, &ben).await), (200, 200));
        let block = SetUserAccess { workspace_id, user_id, access: Access::Shut, by };
        harness.app.db.write(block).await.unwrap();
        assert_eq!((status(&harness, &ana).await, status(&harness, &ben).await), (401, 200));
        let shut = SetAppAccess { workspace_id, app_id: harness.app_id, access: Access::Shut, by };
        harness.app.db.write(shut).await.unwrap();
        assert_eq!(status(&harness, &ben).await, 401);
    }

    #[tokio::test]
    async fn an_expired_session_is_over_though_it_was_asked_for_a_moment_ago() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        assert_eq!(status(&harness, &token).await, 200);
        harness.hand.advance_ms(400 * 24 * 60 * 60 * 1_000);
        assert_eq!(status(&harness, &token).await, 401);
    }
}
