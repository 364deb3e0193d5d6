//! Load: a generator that costs little beside what it measures, and shows that.

pub mod answering;
pub mod beside;
pub mod catchup;
pub mod contest;
pub mod crowd;
pub mod delivery;
pub mod figures;
pub mod fill;
pub mod floor;
pub mod histogram;
pub mod history;
pub mod idle;
pub mod options;
pub mod page;
pub mod pgbench;
pub mod proc;
pub mod scale;
pub mod sends;
pub mod sluggish;
pub mod soak;
pub mod stand;
pub mod trial;
pub mod verdict;
pub mod work;
