//! Bytes that this installation gives away and knows again: in base 64 (URL alphabet), with a tag that only it can make.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use tidings_store::Db;
use tidings_store::secrets::EnsureSecret;
use tokio::sync::OnceCell;

use crate::clock::Clock;

/// A tag of SHA-256, cut as RFC 2104 allows (section 5).
const TAG_BYTES: usize = 16;

/// Signs for one purpose, with a secret of the installation of its own, which the nodes share and a backup does not carry.
pub struct Signer {
    secret: &'static str,
    key: OnceCell<hmac::Key>,
}

impl Signer {
    /// With the secret of this name; it is read when it is first needed, and made if there is none.
    pub const fn new(secret: &'static str) -> Self {
        Self { secret, key: OnceCell::const_new() }
    }

    async fn key(&self, db: &Db, clock: &Clock) -> tidings_store::Result<&hmac::Key> {
        let make = async {
            let secret = db.write(EnsureSecret::new(self.secret, clock.random())).await?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
        };
        self.key.get_or_try_init(|| make).await
    }

    /// The text that says these bytes.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn sign(&self, bytes: Vec<u8>, db: &Db, clock: &Clock) -> tidings_store::Result<String> {
        Ok(sign(self.key(db, clock).await?, bytes))
    }

    /// What a text says that was signed here; none for everything else.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn read(&self, text: &str, db: &Db, clock: &Clock) -> tidings_store::Result<Option<Vec<u8>>> {
        Ok(read(self.key(db, clock).await?, text))
    }
}

fn sign(key: &hmac::Key, mut bytes: Vec<u8>) -> String {
    let tag = hmac::sign(key, &bytes);
    bytes.extend(&tag.as_ref()[..TAG_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read(key: &hmac::Key, text: &str) -> Option<Vec<u8>> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let tag = bytes.split_off(bytes.len().checked_sub(TAG_BYTES)?);
    let expected = hmac::sign(key, &bytes);
    // Each byte is compared, however early one differs: the time tells nothing.
    let same = expected.as_ref().iter().zip(&tag).fold(0, |differs, (one, other)| differs | (one ^ other));
    (same == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_what_was_signed_here_is_read() {
        let [key, other] = [[1; 32], [2; 32]].map(|secret| hmac::Key::new(hmac::HMAC_SHA256, &secret));
        let text = sign(&key, b"some words".to_vec());
        assert_eq!(read(&key, &text).as_deref(), Some(&b"some words"[..]));
        assert_eq!(read(&other, &text), None);
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(changed == text || read(&key, &changed).is_none(), "{place}");
        }
        for bad in ["", "A", "AQ", "no base 64!", &"A".repeat(1000)] {
            assert_eq!(read(&key, bad), None, "{bad}");
        }
    }
}
