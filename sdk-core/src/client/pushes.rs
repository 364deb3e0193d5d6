//! Waking the phone, and what a push asks for.

use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::push::PushTarget;

use super::Client;
use crate::cache::{self, Durability};
use crate::error::{Error, Fault};
use crate::push::{self, PushContent, PushDeed};

impl Client {
    /// Does what a push asks for, and says what the app is to do: the message is fetched, the server learns that the push
    /// arrived, and what was read meanwhile, on whichever device, is not shown any more. Returns at the latest after
    /// `at_most`; a message that could not be fetched by then is shown without its words.
    ///
    /// With nobody signed in, or somebody else, there is [nothing](PushDeed::Nothing) to do.
    ///
    /// # Errors
    /// `storage_full`, `storage`.
    pub async fn handle_push(&self, push: &PushContent, at_most: Duration) -> Result<PushDeed, Error> {
        let (session, visibility) = {
            let present = self.shared.present();
            (present.session.clone(), present.visibility)
        };
        let Some(session) = session else { return Ok(PushDeed::Nothing) };
        let deed = push::handle(&session, visibility, push, at_most).await?;
        // Another person may have come meanwhile: it is none of theirs.
        let is_here = self.shared.present().session.as_ref().is_some_and(|now| Arc::ptr_eq(now, &session));
        Ok(if is_here { deed } else { PushDeed::Nothing })
    }

    /// The notification of a push was shown: agents see it on their message, and the push makes no noise again. The server
    /// is told within `at_most`, or the next time.
    ///
    /// # Errors
    /// `not_signed_in`; `storage_full`, `storage`.
    pub async fn push_shown(&self, push: &PushContent, at_most: Duration) -> Result<(), Error> {
        Ok(push::shown(self.shared.session()?, push.message_id, at_most).await?)
    }

    /// How to wake this phone; `None` to leave it alone. To be said whenever the system gives an address, before anybody has
    /// signed in too: it is kept for this phone, across restarts, and the server is told for whoever is signed in, or signs
    /// in later, when it can be reached. Signing out ends it there for the user who leaves.
    ///
    /// # Errors
    /// `closed`; `storage_full`, `storage`.
    pub async fn set_push_target(&self, target: Option<PushTarget>) -> Result<(), Error> {
        if self.shared.present().closed {
            return Err(Error::from(Fault::Closed));
        }
        let (accounts, kept) = (Arc::clone(&self.shared.around.accounts), target.clone());
        self.shared.around.host.disk(move || accounts.set_push_target(kept.as_ref())).await?;
        // Looked at afterwards: whoever signs in from now on finds it there.
        let session = self.shared.present().session.clone();
        let Some(session) = session else { return Ok(()) };
        let told = session
            .disk(move |session| {
                session.cache.write(Durability::Power, |write| cache::set_push_target(write, target.as_ref()))
            })
            .await;
        match told {
            // They left meanwhile; it is kept for who comes next.
            Err(Fault::Closed) => return Ok(()),
            told => told?,
        };
        session.ask(|asked| asked.chores = true);
        Ok(())
    }
}
