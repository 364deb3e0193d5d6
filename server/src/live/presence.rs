//! Who has the app on the screen: pushes are held back for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tidings_protocol::id::UserId;

use super::hub::{Hub, lock};

/// For each user, how many of their sockets say that the app is on the screen.
#[derive(Default)]
pub(super) struct Presence(Mutex<HashMap<UserId, usize>>);

impl Presence {
    pub(super) fn is_foreground(&self, user: UserId) -> bool {
        lock(&self.0).contains_key(&user)
    }

    fn enter(&self, user: UserId) {
        *lock(&self.0).entry(user).or_default() += 1;
    }

    fn leave(&self, user: UserId) {
        let mut users = lock(&self.0);
        if let Some(count) = users.get_mut(&user) {
            *count -= 1;
            if *count == 0 {
                users.remove(&user);
            }
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
}
