//! An end user on one device: `Authorization: Bearer tds_…`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidings_store::Actor;
use tidings_store::users::SessionRow;

use super::{SESSION_PREFIX, bearer};
use crate::app::App;
use crate::problem::Problem;

/// A signed-in user, within their rates.
pub struct User {
    /// The session: who, on which device, of which app.
    pub session: SessionRow,
}

impl User {
    /// The user as the author of a command.
    pub fn actor(&self) -> Actor {
        Actor::User { user_id: self.session.user_id, device_id: self.session.device_id }
    }
}

impl FromRequestParts<App> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token_hash = bearer(&parts.headers, SESSION_PREFIX)?;
        let session =
            app.db.session(token_hash, app.clock.now()).await?.ok_or_else(Problem::unauthenticated)?;
        // Only after the look-up: made-up tokens must not fill the table of sessions.
        app.rates.session(token_hash)?;
        app.rates.app(session.app_id)?;
        Ok(Self { session })
    }
}
