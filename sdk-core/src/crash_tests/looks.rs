//! Looking at everything that the server has, and making a second one that is as it is now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tidings_protocol::context::{Context, Fields};
use tidings_protocol::conversation::Receipts;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::message::Message;

use super::server::{Server, Thread, User};

/// A thread as the server has it.
pub(crate) struct ThreadThere {
    /// Whose: what the user's token says, or the secret of an anonymous one's device.
    pub(crate) owner: String,
    pub(crate) title: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) receipts: Receipts,
    /// From which screens of the app its user wrote.
    pub(crate) screens: Vec<String>,
    pub(crate) fields: Fields,
}

fn screen_of(context: &Context) -> String {
    context.screen.as_ref().map_or_else(|| "nowhere".to_owned(), |screen| screen.name.as_str().to_owned())
}

impl Server {
    /// A second one, as this one is now; what happens to one of them from now on does not happen to the other.
    pub(crate) fn twin(&self) -> Self {
        let mut twin = self.state().clone();
        twin.sockets.clear();
        Self(Arc::new(Mutex::new(twin)))
    }

    /// Every thread of everybody.
    pub(crate) fn threads(&self) -> Vec<ThreadThere> {
        let state = self.state();
        let of_user = |(owner, user): (&String, &User)| {
            let there = |thread: &Thread| ThreadThere {
                owner: owner.clone(),
                title: thread.title.as_ref().map(|title| title.as_str().to_owned()).unwrap_or_default(),
                messages: thread.messages.clone(),
                receipts: thread.receipts,
                screens: thread.trail.iter().map(|(_, context)| screen_of(context)).collect(),
                fields: thread.fields.clone(),
            };
            user.threads.values().map(there).collect::<Vec<_>>()
        };
        state.users.iter().flat_map(of_user).collect()
    }

    /// What has arrived of each file, and whether it is all of it.
    pub(crate) fn depot(&self) -> BTreeMap<AttachmentId, (Vec<u8>, bool)> {
        let state = self.state();
        let there = state.depot.files.iter();
        there.map(|(id, file)| (*id, (file.bytes.clone(), file.is_complete()))).collect()
    }

    /// What the app said of each user who is known by name.
    pub(crate) fn said_of(&self) -> Vec<(String, Fields)> {
        let state = self.state();
        let known = state.users.iter().filter(|(owner, user)| owner.len() <= 20 && !user.fields.is_empty());
        known.map(|(owner, user)| (owner.clone(), user.fields.clone())).collect()
    }

    /// The tokens that are good.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.state().sessions.keys().cloned().collect()
    }
}
