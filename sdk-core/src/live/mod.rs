//! Lists that stay true: a listener first gets everything, and from then on what changed.

mod diff;
mod dispatcher;
mod subscription;

pub use diff::ListDiff;
pub(crate) use diff::{Keyed, diff};
pub(crate) use dispatcher::{Dispatcher, Step, Topic};
pub use subscription::Subscription;
