//! A list that a listener keeps true.

use tidings_sdk_core::ListDiff;

/// Applies steps to a list, in order.
pub(crate) fn apply<T>(list: &mut Vec<T>, steps: Vec<ListDiff<T>>) {
    for step in steps {
        match step {
            ListDiff::Reset { items } => *list = items,
            ListDiff::Insert { index, item } => list.insert(index, item),
            ListDiff::Update { index, item } => list[index] = item,
            ListDiff::Remove { index } => drop(list.remove(index)),
            ListDiff::Move { from, to } => {
                let item = list.remove(from);
                list.insert(to, item);
            }
        }
    }
}
