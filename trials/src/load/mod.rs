//! Load: a generator that costs little beside what it measures, and shows that.

pub mod answering;
pub mod catchup;
pub mod delivery;
pub mod figures;
pub mod histogram;
pub mod history;
pub mod idle;
pub mod proc;
pub mod sends;
