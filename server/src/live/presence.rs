//! Who has the app on the screen: pushes are held back for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use tidings_protocol::id::UserId;

use super::hub::{Hub, lock};

/// Which way a user went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The first of their sockets says that the app is on the screen.
    Entered,
    /// The last one says so no more.
    Left,
}

/// Who is told of moves.
type Teller = Box<dyn Fn(UserId, Move) + Send + Sync>;

/// For each user, how many of their sockets say that the app is on the screen.
#[derive(Default)]
pub(super) struct Presence {
    users: Mutex<HashMap<UserId, usize>>,
    teller: OnceLock<Teller>,
}

impl Presence {
    pub(super) fn is_foreground(&self, user: UserId) -> bool {
        lock(&self.users).contains_key(&user)
    }

    pub(super) fn everybody(&self) -> Vec<UserId> {
        lock(&self.users).keys().copied().collect()
    }

    /// Tells of each move from now on; whoever came first stays the one who is told.
    pub(super) fn tell(&self, teller: impl Fn(UserId, Move) + Send + Sync + 'static) {
        let _ = self.teller.set(Box::new(teller));
    }

    fn enter(&self, user: UserId) {
        let mut users = lock(&self.users);
        let count = users.entry(user).or_default();
        *count += 1;
        // Under the lock, so that moves are told in their order.
        if *count == 1 {
            self.moved(user, Move::Entered);
        }
    }

    fn leave(&self, user: UserId) {
        let mut users = lock(&self.users);
        if let Some(count) = users.get_mut(&user) {
            *count -= 1;
            if *count == 0 {
                users.remove(&user);
                self.moved(user, Move::Left);
            }
        }
    }

    fn moved(&self, user: UserId, to: Move) {
        if let Some(teller) = self.teller.get() {
            teller(user, to);
        }
    }
}

/// "The app is on the screen", until dropped.
pub struct Foreground {
    hub: Arc<Hub>,
    user: UserId,
}

impl Foreground {
    pub(super) fn enter(hub: Arc<Hub>, user: UserId) -> Self {
        hub.presence().enter(user);
        Self { hub, user }
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        self.hub.presence().leave(self.user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_socket_to_leave_ends_the_presence() {
        let hub = Hub::new();
        let user = UserId::from_parts(1, [1; 10]);
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
        let user = UserId::from_parts(1, [1; 10]);
        let (phone, tablet) = (hub.enter_foreground(user), hub.enter_foreground(user));
        assert_eq!(hub.in_front(), [user]);
        drop((phone, tablet));
        assert_eq!(*lock(&told), [Move::Entered, Move::Left]);
        assert!(hub.in_front().is_empty());
    }
}
