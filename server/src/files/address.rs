//! Where a file can be fetched for a while: an address that is worth nothing once it is changed or its time is over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use tidings_protocol::upload::{AttachmentAddresses, Sha256, Variant, VariantAddress};
use tidings_store::attachments::{Facts, FileRow};

/// Addresses of the same file are the same for so long, so that what was fetched under one can be kept.
const STEP_MS: i64 = 5 * 60 * 1_000;
const MINUTE_MS: i64 = 60 * 1_000;

/// Signs addresses.
pub struct AddressKey(hmac::Key);

impl AddressKey {
    /// From the installation's secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The addresses of all forms of a file.
    pub fn addresses(&self, file: &FileRow, facts: &Facts, now: Timestamp) -> AttachmentAddresses {
        let expires = (now.unix_ms() / STEP_MS) * STEP_MS + limits::ADDRESS_MINUTES * MINUTE_MS;
        let one = |variant: &tidings_store::attachments::VariantFacts| VariantAddress {
            variant: variant.variant,
            address: self.address(file.id, variant.variant, expires),
            media_type: variant.media_type.clone(),
            bytes: variant.bytes,
            // What is no picture is served as it came, and was compared with what was announced.
            sha256: variant
                .sha256
                .or_else(|| variant.size.is_none().then(|| Sha256::from_bytes(file.sha256))),
            width: variant.size.map(|(width, _)| width),
            height: variant.size.map(|(_, height)| height),
        };
        AttachmentAddresses {
            attachment_id: file.id,
            variants: facts.variants.iter().map(one).collect(),
            expires_at: Timestamp::from_unix_ms(expires),
        }
    }

    fn address(&self, id: AttachmentId, variant: Variant, expires: i64) -> String {
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, signed(id, variant, expires).as_bytes()));
        format!("/files/v1/{id}/{}?expires={expires}&signature={signature}", variant.as_str())
    }

    /// Whether an address is one of ours and holds.
    pub fn holds(
        &self,
        id: AttachmentId,
        variant: Variant,
        expires: i64,
        signature: &str,
        now: Timestamp,
    ) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let signed = signed(id, variant, expires);
        hmac::verify(&self.0, signed.as_bytes(), &signature).is_ok() && now.unix_ms() < expires
    }
}

/// What is signed.
fn signed(id: AttachmentId, variant: Variant, expires: i64) -> String {
    format!("tidings file 1\n{id}\n{}\n{expires}", variant.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_for_what_it_names_and_no_longer() {
        let (key, other) = (AddressKey::new(&[1; 32]), AddressKey::new(&[2; 32]));
        let (id, now) = (AttachmentId::from_parts(1, [1; 10]), Timestamp::from_unix_ms(1_000));
        let address = key.address(id, Variant::Screen, 2_000);
        let signature = address.rsplit_once('=').unwrap().1;
        assert!(key.holds(id, Variant::Screen, 2_000, signature, now));
        assert!(!other.holds(id, Variant::Screen, 2_000, signature, now));
        assert!(!key.holds(id, Variant::Original, 2_000, signature, now));
        assert!(!key.holds(AttachmentId::from_parts(1, [2; 10]), Variant::Screen, 2_000, signature, now));
        assert!(!key.holds(id, Variant::Screen, 2_001, signature, now));
        assert!(!key.holds(id, Variant::Screen, 2_000, "", now));
        assert!(!key.holds(id, Variant::Screen, 2_000, signature, Timestamp::from_unix_ms(2_000)));
    }
}
