//! What the app tells of where its person is, and of who they are.

use super::Client;
use crate::cache::{self, Durability, Owner};
use crate::context::{self, Field, NetworkKind, Screen};
use crate::error::Error;

impl Client {
    /// The person is on this screen now, or on none. It goes with what they write next, so that an agent sees from where
    /// they wrote. Kept in memory alone, with the last five before it; somebody else who signs in begins without any.
    ///
    /// # Errors
    /// `invalid_input` for a name that is blank or longer than 64 bytes, and for a longer title or detail than 256; then
    /// nothing changes.
    pub fn set_screen(&self, screen: Option<Screen>) -> Result<(), Error> {
        self.shared.around.whereabouts.set_screen(screen)
    }

    /// The phone is in this time zone now (IANA), such as `Europe/Lisbon`. Never fails.
    pub fn set_time_zone(&self, name: Option<String>) {
        self.shared.around.whereabouts.set_time_zone(name);
    }

    /// By what the phone reaches the network now, if that is known. Never fails.
    pub fn set_network_kind(&self, kind: Option<NetworkKind>) {
        self.shared.around.whereabouts.set_network_kind(kind);
    }

    /// Says something of the signed-in user, in the place of all that the app said of them before; works without a
    /// network. Agents see it marked as something that nobody vouches for: what the company's backend says of the same key
    /// stands in its place.
    ///
    /// # Errors
    /// `invalid_input` names the field and what is wrong; `not_signed_in`, `storage_full`, `storage`.
    pub async fn set_user_fields(&self, fields: Vec<Field>) -> Result<(), Error> {
        let fields = context::fields(fields)?;
        let session = self.shared.session()?;
        session
            .disk(move |session| {
                session.cache.write(Durability::Power, |write| cache::set_fields(write, Owner::User, &fields))
            })
            .await?;
        session.ask(|asked| asked.chores = true);
        Ok(())
    }
}
