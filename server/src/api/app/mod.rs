//! What the SDK calls: `/app/v1`.

pub mod answering;
pub mod appearance;
pub mod attachment_addresses;
pub mod bootstrap;
pub mod changes;
pub mod delete_message;
pub mod devices;
pub mod edit_message;
pub mod fields;
pub mod get_conversation;
pub mod list_conversations;
pub mod list_messages;
pub mod live_place;
pub mod move_receipt;
pub mod notifications;
pub mod open_conversation;
pub mod push_receipt;
pub mod search;
pub mod send_message;
pub mod sign_in;
pub mod sign_out;
pub mod update_device;
pub mod uploads;

use tidings_protocol::app::Me;
use tidings_store::users::SessionRow;

fn me(session: &SessionRow) -> Me {
    Me { id: session.user_id, anonymous: session.anonymous, name: session.name.clone() }
}
