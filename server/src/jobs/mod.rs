//! Work that outlives a crash: written with the message that causes it, claimed, done, and if need be repeated.

pub mod runner;
pub mod sessions;
mod work;

pub use runner::spawn;
