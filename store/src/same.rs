//! Ids that are the same whoever makes them, so that what two nodes do for one cause is done once.

use sha2::{Digest, Sha256};
use tidings_protocol::time::Timestamp;
use uuid::{Builder, Uuid};

/// The id of what is done for a cause at a time. The parts name the cause; each but the first has one length.
pub(crate) fn same_id<Id: From<Uuid>>(at: Timestamp, cause: &[&[u8]]) -> Id {
    let hash = cause.iter().fold(Sha256::new(), Sha256::chain_update);
    let mut random = [0; 10];
    random.copy_from_slice(&hash.finalize()[..10]);
    Id::from(Builder::from_unix_timestamp_millis(at.unix_ms().unsigned_abs(), &random).into_uuid())
}
