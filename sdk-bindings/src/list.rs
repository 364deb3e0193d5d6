//! The steps that keep a listener's list true.

use tidings_sdk_core::{ConversationItem, ListDiff, MessageItem};

use crate::message::{CoreConversationItem, CoreMessageItem};

// uniffi knows no generic types, so there is one such enum for each kind of item.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident of $item:ident from $core:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, uniffi::Enum)]
        pub enum $name {
            /// Forget the list and take this one. Always the first that a listener gets.
            Reset {
                /// The whole list.
                items: Vec<$item>,
            },
            /// Put this in.
            Insert {
                /// Its place from now on.
                index: u32,
                /// What.
                item: $item,
            },
            /// Replace what has the same key.
            Update {
                /// Its place.
                index: u32,
                /// What it is now.
                item: $item,
            },
            /// Take this out.
            Remove {
                /// Its place until now.
                index: u32,
            },
            /// Take it from one place and put it in another.
            Move {
                /// Its place until now.
                from: u32,
                /// Its place from now on, counted after it was taken out.
                to: u32,
            },
        }

        impl From<ListDiff<$core>> for $name {
            fn from(step: ListDiff<$core>) -> Self {
                match step {
                    ListDiff::Reset { items } => {
                        Self::Reset { items: items.into_iter().map(Into::into).collect() }
                    }
                    ListDiff::Insert { index, item } => {
                        Self::Insert { index: place(index), item: item.into() }
                    }
                    ListDiff::Update { index, item } => {
                        Self::Update { index: place(index), item: item.into() }
                    }
                    ListDiff::Remove { index } => Self::Remove { index: place(index) },
                    ListDiff::Move { from, to } => Self::Move { from: place(from), to: place(to) },
                }
            }
        }
    )*};
}

steps! {
    /// One step of a list of conversations. Steps are applied in order.
    CoreConversationStep of CoreConversationItem from ConversationItem;
    /// One step of a list of messages. Steps are applied in order.
    CoreMessageStep of CoreMessageItem from MessageItem;
}

fn place(index: usize) -> u32 {
    u32::try_from(index).expect("a list on a phone has fewer than four billion entries")
}
