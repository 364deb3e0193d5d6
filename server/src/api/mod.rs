//! The route table. Each endpoint is a file: who asks (an extractor), what is asked (a parsed body), one command or
//! query, the answer; its tests stand at its end.

pub mod admin;
pub mod app;
pub mod fetch_file;
pub mod inbox;
mod logo;
pub mod mail;
pub mod openapi;
#[cfg(test)]
mod principals;
pub mod settings;
pub mod status;
#[cfg(test)]
mod table;
mod uploads;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use tidings_store::Created;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::live::socket::{app_socket, inbox_socket};

/// What the SDK calls. Principal: a session token, except to get one.
fn app_routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(app::sign_in::sign_in))
        .routes(routes!(app::sign_out::sign_out))
        .routes(routes!(app::answering::answering))
        .routes(routes!(app::appearance::appearance))
        .routes(routes!(app::appearance::logo))
        .routes(routes!(app::bootstrap::bootstrap))
        .routes(routes!(app::changes::changes))
        .routes(routes!(
            app::list_conversations::list_conversations,
            app::open_conversation::open_conversation
        ))
        .routes(routes!(app::get_conversation::get_conversation))
        .routes(routes!(app::list_messages::list_messages, app::send_message::send_message))
        .routes(routes!(app::edit_message::edit_message, app::delete_message::delete_message))
        .routes(routes!(app::live_place::move_live_place, app::live_place::end_live_place))
        .routes(routes!(app::move_receipt::move_receipt))
        .routes(routes!(app::update_device::update_device))
        .routes(routes!(app::fields::set_conversation_fields))
        .routes(routes!(app::fields::set_user_fields))
        .routes(routes!(app::notifications::get_notifications, app::notifications::set_notifications))
        .routes(routes!(app::push_receipt::note_push_receipt))
        .routes(routes!(app::push_receipt::note_push_arrived))
        .routes(routes!(app::devices::list_devices))
        .routes(routes!(app::devices::revoke_device))
        .routes(routes!(app::search::search))
        .routes(routes!(app::uploads::upload_options, app::uploads::begin_upload))
        .routes(routes!(
            app::uploads::upload_offset,
            app::uploads::get_upload,
            app::uploads::append_to_upload,
            app::uploads::give_up_upload
        ))
        .routes(routes!(app::attachment_addresses::attachment_addresses))
        .route("/app/v1/socket", get(app_socket))
}

/// What agents call. Principal: the cookie, except to get one; whatever changes something asks for the same origin.
fn inbox_routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(
            inbox::session::start_session,
            inbox::session::get_session,
            inbox::session::end_session
        ))
        .routes(routes!(inbox::join::show_invitation))
        .routes(routes!(inbox::join::accept_invitation))
        .routes(routes!(inbox::join::set_password))
        .routes(routes!(inbox::passkey_session::passkey_challenge))
        .routes(routes!(inbox::passkey_session::start_session_by_passkey))
        .routes(routes!(inbox::provider_session::sign_in_ways))
        .routes(routes!(inbox::provider_session::provider_address))
        .routes(routes!(inbox::provider_session::start_session_by_provider))
        .routes(routes!(inbox::account::proof::proof_address))
        .routes(routes!(inbox::account::provider::connect_address))
        .routes(routes!(inbox::account::provider::connect_provider))
        .routes(routes!(inbox::account::proof::prove))
        .routes(routes!(inbox::account::proof::proof_challenge))
        .routes(routes!(inbox::account::passkeys::list_passkeys, inbox::account::passkeys::add_passkey))
        .routes(routes!(inbox::account::passkeys::new_passkey))
        .routes(routes!(inbox::account::passkeys::name_passkey))
        .routes(routes!(inbox::account::passkeys::remove_passkey))
        .routes(routes!(inbox::account::get_account::get_account))
        .routes(routes!(
            inbox::account::second_factor::begin_second_factor,
            inbox::account::second_factor::confirm_second_factor,
            inbox::account::second_factor::remove_second_factor
        ))
        .routes(routes!(inbox::account::second_factor::make_recovery_codes))
        .routes(routes!(inbox::account::password::change_password))
        .routes(routes!(
            inbox::account::sessions::list_sessions,
            inbox::account::sessions::end_other_sessions
        ))
        .routes(routes!(inbox::account::sessions::end_one_session))
        .routes(routes!(inbox::bootstrap::inbox_bootstrap))
        .routes(routes!(inbox::changes::team_changes))
        .routes(routes!(inbox::list_conversations::list_inbox_conversations))
        .routes(routes!(inbox::get_conversation::get_inbox_conversation))
        .routes(routes!(inbox::thread::thread))
        .routes(routes!(inbox::reply::reply))
        .routes(routes!(inbox::held_replies::hold_reply))
        .routes(routes!(inbox::held_replies::withdraw_reply))
        .routes(routes!(inbox::held_replies::set_send_time))
        .routes(routes!(inbox::held_replies::release_reply))
        .routes(routes!(inbox::held_replies::return_reply))
        .routes(routes!(inbox::drafts::list_drafts))
        .routes(routes!(inbox::drafts::put_draft))
        .routes(routes!(inbox::edit_reply::edit_reply, inbox::delete_reply::delete_reply))
        .routes(routes!(inbox::write_note::write_note))
        .routes(routes!(inbox::read_mention::read_mention))
        .routes(routes!(inbox::assign::assign))
        .routes(routes!(inbox::availability::list_away, inbox::availability::set_availability))
        .routes(routes!(inbox::availability::hand_over))
        .routes(routes!(inbox::set_state::set_state))
        .routes(routes!(inbox::snooze::snooze))
        .routes(routes!(inbox::merge::merge))
        .routes(routes!(inbox::set_priority::set_priority))
        .routes(routes!(inbox::tags::change_tags))
        .routes(routes!(inbox::tags::list_tags))
        .routes(routes!(inbox::apps::list_inbox_apps))
        .routes(routes!(inbox::saved_replies::list_saved_replies))
        .routes(routes!(inbox::saved_replies::put_saved_reply, inbox::saved_replies::delete_saved_reply))
        .routes(routes!(inbox::saved_views::list_saved_views))
        .routes(routes!(inbox::saved_views::put_saved_view, inbox::saved_views::delete_saved_view))
        .routes(routes!(inbox::move_team_receipt::move_team_receipt))
        .routes(routes!(inbox::ledger::ledger))
        .routes(routes!(inbox::user_card::user_card))
        .routes(routes!(inbox::reports::get_report))
        .routes(routes!(inbox::reports::get_report_table))
        .routes(routes!(inbox::cards::company_cards))
        .routes(routes!(inbox::expected::expected))
        .routes(routes!(inbox::expected::due_answers))
        .routes(routes!(
            inbox::notifications::get_agent_notifications,
            inbox::notifications::set_agent_notifications
        ))
        .routes(routes!(inbox::push_subscription::agent_push_key))
        .routes(routes!(
            inbox::push_subscription::subscribe_browser,
            inbox::push_subscription::unsubscribe_browser
        ))
        .routes(routes!(inbox::search::inbox_search))
        .routes(routes!(inbox::uploads::inbox_upload_options, inbox::uploads::inbox_begin_upload))
        .routes(routes!(
            inbox::uploads::inbox_upload_offset,
            inbox::uploads::inbox_get_upload,
            inbox::uploads::inbox_append_to_upload,
            inbox::uploads::inbox_give_up_upload
        ))
        .routes(routes!(inbox::attachment_addresses::inbox_attachment_addresses))
        .route("/inbox/v1/socket", get(inbox_socket))
}

/// What a company's backend calls. Principal: a server key.
fn admin_routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(admin::app_access::rename_app))
        .routes(routes!(admin::create_app::create_app, admin::staff::list_apps))
        .routes(routes!(
            admin::add_identity_key::add_identity_key,
            admin::list_identity_keys::list_identity_keys
        ))
        .routes(routes!(admin::revoke_identity_key::revoke_identity_key))
        .routes(routes!(admin::revoke_server_key::revoke_server_key))
        .routes(routes!(admin::user_access::block_user, admin::user_access::unblock_user))
        .routes(routes!(admin::user_access::sign_out_user))
        .routes(routes!(admin::agent_access::disable_agent, admin::agent_access::enable_agent))
        .routes(routes!(admin::agent_access::sign_out_agent))
        .routes(routes!(admin::app_access::disable_app, admin::app_access::enable_app))
        .routes(routes!(admin::upsert_user::upsert_user, admin::erase_user::erase_user))
        .routes(routes!(admin::export_user::export_user))
        .routes(routes!(admin::set_apns::set_apns_credential))
        .routes(routes!(admin::set_fcm::set_fcm_credential))
        .routes(routes!(admin::set_web_push::set_web_push))
        .routes(routes!(admin::set_push_webhook::set_push_webhook))
        .routes(routes!(admin::dead_pushes::dead_pushes))
        .routes(routes!(admin::dead_pushes::retry_dead_push))
        .routes(routes!(
            admin::fallback::get_fallback,
            admin::fallback::set_fallback,
            admin::fallback::stop_fallback
        ))
        .routes(routes!(
            admin::satisfaction::get_satisfaction,
            admin::satisfaction::set_satisfaction,
            admin::satisfaction::stop_satisfaction
        ))
        .routes(routes!(admin::appearance::get_appearance, admin::appearance::set_appearance))
        .routes(routes!(
            admin::appearance::get_logo,
            admin::appearance::set_logo,
            admin::appearance::remove_logo
        ))
        .routes(routes!(admin::user_mail::stop_mail, admin::user_mail::allow_mail))
        .routes(routes!(admin::push_options::push_options, admin::push_options::set_push_options))
        .routes(routes!(admin::push_options::set_conversation_push_privacy))
        .routes(routes!(admin::push_test::test_push))
        .routes(routes!(admin::push_test::test_push_by_external_id))
        .routes(routes!(admin::user_devices::user_devices))
        .routes(routes!(admin::user_devices::revoke_device))
        .routes(routes!(admin::ledgers::message_ledger))
        .routes(routes!(admin::ledgers::user_ledger))
        .routes(routes!(admin::create_agent::create_agent, admin::staff::list_agents))
        .routes(routes!(admin::staff::set_role))
        .routes(routes!(admin::staff::reset_second_factor))
        .routes(routes!(admin::sign_in_rules::get_rules, admin::sign_in_rules::set_rules))
        .routes(routes!(
            admin::single_sign_on::get_single_sign_on,
            admin::single_sign_on::set_single_sign_on,
            admin::single_sign_on::remove_single_sign_on
        ))
        .routes(routes!(admin::single_sign_on::try_single_sign_on))
        .routes(routes!(admin::invitations::invite, admin::invitations::list_invitations))
        .routes(routes!(admin::invitations::revoke_invitation))
        .routes(routes!(admin::agent_door::unbind_identity))
        .routes(routes!(admin::agent_door::password_link))
        .routes(routes!(admin::team_hours::set_team_hours))
        .routes(routes!(admin::teams::create_team))
        .routes(routes!(admin::teams::rename_team))
        .routes(routes!(admin::teams::set_team_members))
        .routes(routes!(admin::tags::list_tag_uses, admin::tags::delete_tag))
        .routes(routes!(admin::tags::rename_tag))
        .routes(routes!(admin::tags::merge_tag))
        .routes(routes!(
            admin::assignment_rules::get_assignment_rules,
            admin::assignment_rules::set_assignment_rules
        ))
        .routes(routes!(admin::assignment_rules::try_assignment_rules))
        .routes(routes!(admin::assignment_rules::set_talents))
        .routes(routes!(admin::push_keys::list_push_keys))
        .routes(routes!(admin::server_keys::list_server_keys, admin::server_keys::create_server_key))
        .routes(routes!(
            admin::cards::get_card_source,
            admin::cards::set_card_source,
            admin::cards::remove_card_source
        ))
        .routes(routes!(admin::retention::get_retention, admin::retention::set_retention))
        .routes(routes!(admin::erasure::get_erasure))
        .routes(routes!(admin::export_user::export_user_by_id))
        .routes(routes!(admin::erase_user::erase_user_by_id))
        .routes(routes!(admin::webhooks::list_webhooks, admin::webhooks::add_webhook))
        .routes(routes!(admin::webhooks::change_webhook, admin::webhooks::remove_webhook))
        .routes(routes!(admin::webhooks::change_webhook_secret))
        .routes(routes!(admin::webhooks::test_webhook))
        .routes(routes!(admin::webhooks::webhook_deliveries))
        .routes(routes!(admin::webhooks::replay_delivery))
        .routes(routes!(admin::audit_log::audit_log))
}

/// What anybody may ask.
fn open_routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(status::health))
        .routes(routes!(status::ready))
        .routes(routes!(fetch_file::fetch_file))
        .routes(routes!(mail::open_link))
        .routes(routes!(mail::ask_to_stop, mail::stop_by_link))
        .route("/openapi.json", get(openapi::serve))
}

/// Every route, and the document that describes them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(app_routes())
        .merge(inbox_routes())
        .merge(admin_routes())
        .merge(open_routes())
}

/// 201 for what is new, 200 for the first result of a repeated request.
fn created<T: Serialize>(created: Created<T>) -> Response {
    let status = if created.is_new { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(created.value)).into_response()
}
