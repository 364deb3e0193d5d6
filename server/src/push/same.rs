//! Ids that are the same at each attempt, after a crash too: whoever gets the same thing twice can tell.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The id of what is sent for a cause. The parts name the cause.
pub(super) fn same_id(cause: &[&[u8]]) -> Uuid {
    let hash = cause.iter().fold(Sha256::new(), Sha256::chain_update);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
