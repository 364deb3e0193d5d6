//! The only file here that reads the wall clock and the operating system's randomness.

use tidings_protocol::time::Timestamp;

/// The current time.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::Rng::fill(&mut rand::rng(), &mut bytes[..]);
    bytes
}

/// A new id of any kind: `new_id(MessageId::from_parts)`.
pub fn new_id<I>(from_parts: impl FnOnce(u64, [u8; 10]) -> I) -> I {
    from_parts(now().unix_ms().unsigned_abs(), random())
}
