//! Who has the app on the screen, or looks at the inbox: pushes are held back for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{AgentId, UserId};

use super::hub::{Hub, lock};

/// Somebody who may be looking. Their ids tell users and agents apart, on the bus too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Somebody {
    /// A user: the app is on the screen.
    User(UserId),
    /// An agent: a tab of the inbox has the focus.
    Agent(AgentId),
}

impl From<UserId> for Somebody {
    fn from(id: UserId) -> Self {
        Self::User(id)
    }
}

impl From<AgentId> for Somebody {
    fn from(id: AgentId) -> Self {
        Self::Agent(id)
    }
}

/// Which way somebody went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The first of their sockets says that the app is on the screen.
    Entered,
    /// The last one says so no more.
    Left,
}

/// Who is told of moves.
type Teller = Box<dyn Fn(Somebody, Move) + Send + Sync>;

/// For each, how many of their sockets say that the app is on the screen.
#[derive(Default)]
pub(super) struct Presence {
    people: Mutex<HashMap<Somebody, usize>>,
    teller: OnceLock<Teller>,
}

impl Presence {
    pub(super) fn is_foreground(&self, who: Somebody) -> bool {
        lock(&self.people).contains_key(&who)
    }

    pub(super) fn everybody(&self) -> Vec<Somebody> {
        lock(&self.people).keys().copied().collect()
    }

    /// Tells of each move from now on; whoever came first stays the one who is told.
    pub(super) fn tell(&self, teller: impl Fn(Somebody, Move) + Send + Sync + 'static) {
        let _ = self.teller.set(Box::new(teller));
    }

    fn enter(&self, who: Somebody) {
        let mut people = lock(&self.people);
        let count = people.entry(who).or_default();
        *count += 1;
        // Under the lock, so that moves are told in their order.
        if *count == 1 {
            self.moved(who, Move::Entered);
        }
    }

    fn leave(&self, who: Somebody) {
        let mut people = lock(&self.people);
        if let Some(count) = people.get_mut(&who) {
            *count -= 1;
            if *count == 0 {
                people.remove(&who);
                self.moved(who, Move::Left);
            }
        }
    }

    fn moved(&self, who: Somebody, to: Move) {
        if let Some(teller) = self.teller.get() {
            teller(who, to);
        }
    }
}

/// "The app is on the screen", until dropped.
pub struct Foreground {
    hub: Arc<Hub>,
    who: Somebody,
}

impl Foreground {
    pub(super) fn enter(hub: Arc<Hub>, who: Somebody) -> Self {
        hub.presence().enter(who);
        Self { hub, who }
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        self.hub.presence().leave(self.who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_socket_to_leave_ends_the_presence() {
        let hub = Hub::new();
        let user = Somebody::User(UserId::from_parts(1, [1; 10]));
        let (phone, tablet) = (hub.enter_foreground(user), hub.enter_foreground(user));
        drop(phone);
        assert!(hub.foreground(user));
        drop(tablet);
        assert!(!hub.foreground(user));
    }

    #[test]
    fn the_first_to_enter_and_the_last_to_leave_are_told_of() {
        let (hub, told) = (Hub::new(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&told);
        hub.tell_presence(move |_, to| lock(&seen).push(to));
        let user = Somebody::User(UserId::from_parts(1, [1; 10]));
        let (phone, tablet) = (hub.enter_foreground(user), hub.enter_foreground(user));
        assert_eq!(hub.in_front(), [user]);
        drop((phone, tablet));
        assert_eq!(*lock(&told), [Move::Entered, Move::Left]);
        assert!(hub.in_front().is_empty());
    }
}
