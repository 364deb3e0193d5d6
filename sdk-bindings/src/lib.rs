//! Placeholder.
uniffi::setup_scaffolding!();

/// Adds.
#[uniffi::export]
pub fn add(a: u32, b: u32) -> u32 { a + b }
