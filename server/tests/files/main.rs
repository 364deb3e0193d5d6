//! Files on both kinds of place: the depot itself, and two nodes that share PostgreSQL and a bucket.
//!
//! The store that speaks S3 is taken from `TIDINGS_TEST_S3`, PostgreSQL from `TIDINGS_TEST_POSTGRES`.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod depot;
mod nodes;

use tempfile::TempDir;
use tidings_server::clock::Clock;
use tidings_server::config::{Config, Secret};

/// A bucket with a prefix of its own.
pub(crate) fn bucket() -> Config {
    let endpoint = std::env::var("TIDINGS_TEST_S3").expect(
        "TIDINGS_TEST_S3 must hold the address of a store that speaks S3: see `cargo xtask services`",
    );
    let mut config = Config::defaults().unwrap();
    let prefix = u64::from_be_bytes(Clock::system().random());
    config.files.place = Some(format!("s3://trials/{prefix:016x}"));
    config.files.s3_endpoint = Some(endpoint);
    config.files.s3_access_key_id = Some("tidings".to_owned());
    config.files.s3_secret_access_key = Some(Secret::from("tidings-secret".to_owned()));
    config
}

/// A folder, which goes with its value.
pub(crate) fn folder() -> (Config, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::defaults().unwrap();
    config.files.place = Some(folder.path().join("deep/files").display().to_string());
    (config, folder)
}
