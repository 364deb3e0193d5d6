//! What a company's backend calls: `/admin/v1`.

pub mod add_identity_key;
pub mod agent_access;
pub mod app_access;
pub mod audit_log;
pub mod create_agent;
pub mod create_app;
pub mod erase_user;
pub mod export_user;
pub mod revoke_identity_key;
pub mod revoke_server_key;
pub mod set_apns;
pub mod set_fcm;
pub mod upsert_user;
pub mod user_access;
