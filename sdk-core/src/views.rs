//! How listeners are fed: read how things are, compare with what the listener knows, tell the difference.

use crate::error::Fault;
use crate::live::{Keyed, ListDiff, Step, diff};

impl Keyed for crate::item::ConversationItem {
    type Key = tidings_protocol::id::ConversationId;
    fn key(&self) -> Self::Key {
        self.id
    }
}

impl Keyed for crate::item::MessageItem {
    type Key = tidings_protocol::id::MessageId;
    fn key(&self) -> Self::Key {
        self.id
    }
}

/// A list, and whose it is.
pub(crate) struct Listing<T> {
    /// Lists of different owners are never compared: a reset comes between.
    pub(crate) owner: u64,
    pub(crate) items: Vec<T>,
}

/// Feeds a listener with steps of a list.
pub(crate) fn of_list<T: Keyed>(
    mut read: impl FnMut() -> Result<Listing<T>, Fault> + Send + 'static,
    listener: impl Fn(Vec<ListDiff<T>>) + Send + 'static,
) -> Step {
    let mut told: Option<Listing<T>> = None;
    Box::new(move || {
        let now = match read() {
            Ok(now) => now,
            Err(fault) => {
                // The listener keeps what it has; the next change brings it up to date.
                tracing::warn!(%fault, "a list could not be read");
                return;
            }
        };
        // Taken out while the listener runs: if it panics halfway, it gets a reset next time.
        let steps = match told.take() {
            Some(told) if told.owner == now.owner => diff(&told.items, &now.items),
            _ => vec![ListDiff::Reset { items: now.items.clone() }],
        };
        if !steps.is_empty() {
            listener(steps);
        }
        told = Some(now);
    })
}

/// Feeds a listener with a value.
pub(crate) fn of_value<T: PartialEq + Clone + Send + 'static>(
    mut read: impl FnMut() -> Result<T, Fault> + Send + 'static,
    listener: impl Fn(T) + Send + 'static,
) -> Step {
    let mut told: Option<T> = None;
    Box::new(move || match read() {
        Ok(now) if told.as_ref() == Some(&now) => {}
        Ok(now) => {
            told = None;
            listener(now.clone());
            told = Some(now);
        }
        Err(fault) => tracing::warn!(%fault, "a value could not be read"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{ConversationItem, ConversationState, Opening};
    use std::sync::{Arc, Mutex};
    use tidings_protocol::id::ConversationId;

    fn thread(number: u64) -> ConversationItem {
        ConversationItem {
            id: ConversationId::from_parts(number, [0; 10]),
            title: None,
            state: ConversationState::Open,
            unread: 0,
            last_message: None,
            draft: None,
            active_at_ms: 0,
            opening: Opening::Open,
            merged_into: None,
        }
    }

    #[test]
    fn another_owner_is_a_reset_even_with_equal_items() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (log, mut turn) = (Arc::clone(&told), 0);
        let read = move || {
            turn += 1;
            Ok(Listing { owner: turn / 3, items: vec![thread(1)] })
        };
        let mut step = of_list(read, move |steps| log.lock().unwrap().push(steps));
        (0..4).for_each(|_| step());
        let reset = vec![ListDiff::Reset { items: vec![thread(1)] }];
        assert_eq!(*told.lock().unwrap(), [reset.clone(), reset]);
    }

    #[test]
    fn an_error_leaves_the_listener_with_what_it_has() {
        let told = Arc::new(Mutex::new(0));
        let (log, mut turn) = (Arc::clone(&told), 0);
        let read = move || {
            turn += 1;
            if turn == 2 { Err(Fault::Closed) } else { Ok(Listing { owner: 0, items: vec![thread(1)] }) }
        };
        let mut step = of_list(read, move |_| *log.lock().unwrap() += 1);
        (0..3).for_each(|_| step());
        assert_eq!(*told.lock().unwrap(), 1);
    }
}
