//! What agents call: `/inbox/v1`.

pub mod account;
pub mod assign;
pub mod attachment_addresses;
pub mod bootstrap;
pub mod changes;
pub mod delete_reply;
pub mod edit_reply;
pub mod get_conversation;
pub mod join;
pub mod ledger;
pub mod list_conversations;
pub mod move_team_receipt;
pub mod notifications;
pub mod push_subscription;
pub mod reply;
pub mod saved_replies;
pub mod search;
pub mod session;
pub mod set_priority;
pub mod set_state;
pub mod snooze;
pub mod tags;
pub mod thread;
pub mod uploads;
pub mod user_card;
pub mod write_note;
