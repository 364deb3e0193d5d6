//! What agents do with their own account: how they prove who they are, and where they are signed in. These are the only
//! routes besides the session's own that an agent reaches who lacks a second factor that is required.

pub mod get_account;
pub mod passkeys;
pub mod password;
pub mod proof;
pub mod provider;
pub mod second_factor;
pub mod sessions;
