//! The browser's side of RFC 8291: one record of `aes128gcm`.

use p256::PublicKey;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Option<[u8; N]> {
    let mut key = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(info, Length(N)).ok()?.fill(&mut key).ok()?;
    Some(key)
}

/// The clear text; none when anything about the body is wrong.
pub(super) fn decrypt(secret: &p256::SecretKey, auth: &[u8; 16], body: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = body.split_at_checked(16)?;
    let (record_size, rest) = rest.split_first_chunk::<4>()?;
    let (&id_length, rest) = rest.split_first()?;
    let (sender, sealed) = rest.split_at_checked(usize::from(id_length))?;
    // RFC 8291, section 4: one record, and the size says so.
    if u32::from_be_bytes(*record_size) as usize <= sealed.len() {
        return None;
    }
    let sender_key = PublicKey::from_sec1_bytes(sender).ok()?;
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), sender_key.as_affine());
    let own = p256::EncodedPoint::from(secret.public_key());
    let info: [&[u8]; 3] = [b"WebPush: info\0", own.as_bytes(), sender];
    let ikm: [u8; 32] = expand(auth, shared.raw_secret_bytes(), &info)?;
    let key: [u8; 16] = expand(salt, &ikm, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(salt, &ikm, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    let mut sealed = sealed.to_vec();
    let clear = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed).ok()?;
    let end = clear.iter().rposition(|byte| *byte != 0)?;
    (clear[end] == 2).then(|| clear[..end].to_vec())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    /// RFC 8291, appendix A.
    #[test]
    fn the_example_of_the_rfc_is_read() {
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        let secret = p256::SecretKey::from_slice(&decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"));
        let auth = decode("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap();
        let body = decode(concat!(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml",
            "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT",
            "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        ));
        let secret = secret.unwrap();
        assert_eq!(decrypt(&secret, &auth, &body).unwrap(), b"When I grow up, I want to be a watermelon");
        let mut changed = body;
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(decrypt(&secret, &auth, &changed), None);
    }
}
