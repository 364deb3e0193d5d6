//! What changed between two lists, by key.

use std::collections::HashSet;
use std::hash::Hash;

/// One step that leads from the list a listener has to the list as it is. Steps are applied in order; each index
/// counts in the list as the steps before left it.
#[derive(Debug, Clone, PartialEq)]
pub enum ListDiff<T> {
    /// Forget the list and take this one. Always the first that a listener gets.
    Reset {
        /// The whole list.
        items: Vec<T>,
    },
    /// Put this in.
    Insert {
        /// Its place from now on.
        index: usize,
        /// What.
        item: T,
    },
    /// Replace what has the same key.
    Update {
        /// Its place.
        index: usize,
        /// What it is now.
        item: T,
    },
    /// Take this out.
    Remove {
        /// Its place until now.
        index: usize,
    },
    /// Take it from one place and put it in another.
    Move {
        /// Its place until now.
        from: usize,
        /// Its place from now on, counted after it was taken out.
        to: usize,
    },
}

/// Something with an identity that outlives its changes.
pub(crate) trait Keyed: Clone + PartialEq + Send + 'static {
    type Key: Copy + Eq + Hash + Send;
    fn key(&self) -> Self::Key;
}

/// The steps from `old` to `new`, of which each holds every key at most once. More steps than items become one
/// reset: that is cheaper for whoever draws.
pub(crate) fn diff<T: Keyed>(old: &[T], new: &[T]) -> Vec<ListDiff<T>> {
    let kept: HashSet<T::Key> = new.iter().map(Keyed::key).collect();
    let mut steps = Vec::new();
    let mut working: Vec<&T> = Vec::with_capacity(old.len());
    for (index, item) in old.iter().enumerate().rev() {
        if kept.contains(&item.key()) {
            working.push(item);
        } else {
            steps.push(ListDiff::Remove { index });
        }
    }
    working.reverse();

    let known: HashSet<T::Key> = working.iter().map(|item| item.key()).collect();
    for (index, item) in new.iter().enumerate() {
        if !known.contains(&item.key()) {
            steps.push(ListDiff::Insert { index, item: item.clone() });
            working.insert(index, item);
            continue;
        }
        // What stands before `index` is settled, so a known key stands at `index` or after it.
        let from = working[index..].iter().position(|other| other.key() == item.key());
        let from = index + from.unwrap_or_default();
        let before = working.remove(from);
        working.insert(index, item);
        if from != index {
            steps.push(ListDiff::Move { from, to: index });
        }
        if before != item {
            steps.push(ListDiff::Update { index, item: item.clone() });
        }
        if steps.len() > new.len().max(8) {
            return vec![ListDiff::Reset { items: new.to_vec() }];
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Item = (u8, u8);

    impl Keyed for Item {
        type Key = u8;
        fn key(&self) -> u8 {
            self.0
        }
    }

    fn apply(list: &mut Vec<Item>, steps: Vec<ListDiff<Item>>) {
        for step in steps {
            match step {
                ListDiff::Reset { items } => *list = items,
                ListDiff::Insert { index, item } => list.insert(index, item),
                ListDiff::Update { index, item } => {
                    assert_eq!(list[index].0, item.0, "an update keeps the key");
                    list[index] = item;
                }
                ListDiff::Remove { index } => drop(list.remove(index)),
                ListDiff::Move { from, to } => {
                    let item = list.remove(from);
                    list.insert(to, item);
                }
            }
        }
    }

    fn unique(items: Vec<Item>) -> Vec<Item> {
        let mut seen = HashSet::new();
        items.into_iter().filter(|item| seen.insert(item.0)).collect()
    }

    proptest! {
        #[test]
        fn the_steps_lead_from_the_old_list_to_the_new(
            old in prop::collection::vec((0_u8..30, 0_u8..3), 0..30),
            new in prop::collection::vec((0_u8..30, 0_u8..3), 0..30),
        ) {
            let (old, new) = (unique(old), unique(new));
            let mut list = old.clone();
            apply(&mut list, diff(&old, &new));
            prop_assert_eq!(list, new);
        }
    }

    #[test]
    fn a_confirmed_message_is_one_update_in_place() {
        assert_eq!(diff(&[(1, 0), (2, 0)], &[(1, 0), (2, 1)]), [ListDiff::Update { index: 1, item: (2, 1) }]);
    }

    #[test]
    fn nothing_new_is_no_step() {
        assert_eq!(diff(&[(1, 0), (2, 0)], &[(1, 0), (2, 0)]), []);
    }

    #[test]
    fn a_thread_that_jumps_to_the_top_is_one_move() {
        let (old, new) = ([(1, 0), (2, 0), (3, 0)], [(3, 0), (1, 0), (2, 0)]);
        assert_eq!(diff(&old, &new), [ListDiff::Move { from: 2, to: 0 }]);
    }
}
