//! What a company's backend calls: `/admin/v1`.

pub mod add_identity_key;
pub mod agent_access;
pub mod agent_door;
pub mod app_access;
pub mod appearance;
pub mod assignment_rules;
pub mod audit_log;
pub mod cards;
pub mod create_agent;
pub mod create_app;
pub mod dead_pushes;
pub mod erase_user;
pub mod erasure;
pub mod export_user;
pub mod fallback;
pub mod invitations;
pub mod ledgers;
pub mod list_identity_keys;
pub mod push_keys;
pub mod push_options;
pub mod push_test;
pub mod retention;
pub mod revoke_identity_key;
pub mod revoke_server_key;
pub mod satisfaction;
pub mod server_keys;
pub mod set_apns;
pub mod set_fcm;
pub mod set_push_webhook;
pub mod set_web_push;
pub mod sign_in_rules;
pub mod single_sign_on;
pub mod staff;
pub mod tags;
pub mod team_hours;
pub mod teams;
pub mod upsert_user;
pub mod user_access;
pub mod user_devices;
pub mod user_mail;
pub mod webhooks;

use std::fmt::Display;

use tidings_protocol::id::AppId;
use tidings_protocol::push::PushProvider;

use crate::app::App;
use crate::problem::Problem;
use crate::push::seal::Seals;

/// Seals a push credential of an app, or a secret of something else with an id, before it is stored.
fn seal(app: &App, id: impl Display, provider: PushProvider, config: &str) -> Result<String, Problem> {
    let seal = Seals::of(&app.config).and_then(|seals| seals.to_seal(&app.clock));
    let seal = seal.map_err(|error| Problem::internal("a push credential could not be sealed", &error))?;
    Ok(seal.seal(id, provider, config, &app.clock))
}

/// Opens a stored push credential.
fn opened(app: &App, id: AppId, provider: PushProvider, stored: &str) -> Result<String, Problem> {
    let broken =
        |error: &dyn std::fmt::Display| Problem::internal("a push credential could not be opened", error);
    let seals = Seals::of(&app.config).map_err(|error| broken(&error))?;
    seals.to_open().open(id, provider, stored).map_err(|error| broken(&error))
}
