//! Webhooks: a company's own systems are told of what happens in conversations.
//!
//! | file | what it holds |
//! |---|---|
//! | `standard` | secrets and signed requests, after Standard Webhooks; pushes through a company's service use them too |
//! | `tell` | one delivery: what it says, where it goes, what the answer means |
//!
//! Which deliveries there are is decided by the store (`tidings_store::webhooks`), when they are told by
//! `upkeep::webhooks`.

pub mod standard;
pub mod tell;
