//! Signed requests after [Standard Webhooks](https://www.standardwebhooks.com): the headers `webhook-id`,
//! `webhook-timestamp` and `webhook-signature`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use ring::hmac;
use tidings_protocol::time::Timestamp;

use crate::clock::Clock;

const SECRET_PREFIX: &str = "whsec_";

/// A new secret: `whsec_` and 32 bytes in base 64.
pub fn new_secret(clock: &Clock) -> String {
    format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(clock.random::<32>()))
}

/// A secret that signs.
pub struct Signer(hmac::Key);

impl Signer {
    /// Of its text; none when it is not one.
    pub fn new(secret: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// A request with an id, which is the same for every attempt. With several secrets it has a signature of each, so that
/// its reader can take a new one over without a gap.
///
/// # Errors
/// When the address is none.
pub fn request(
    url: &str,
    signers: &[&Signer],
    id: &str,
    body: String,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let seconds = now.unix_ms() / 1000;
    let signed = format!("{id}.{seconds}.{body}");
    let signatures: Vec<_> = signers
        .iter()
        .map(|Signer(key)| format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(key, signed.as_bytes()))))
        .collect();
    Request::post(url)
        .header("content-type", "application/json")
        .header("user-agent", concat!("Tidings/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signatures.join(" "))
        .body(Full::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let signer = Signer::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let now = Timestamp::from_unix_ms(1_614_265_330_000);
        let body = r#"{"test": 2432232314}"#.to_owned();
        let request =
            request("https://example.com/", &[&signer], "msg_p5jXN8AQM9LWM0D4loKWxJek", body, now).unwrap();
        assert_eq!(request.headers()["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(request.headers()["webhook-timestamp"], "1614265330");
    }

    #[test]
    fn each_secret_signs() {
        let clock = Clock::system();
        let (old, new) = (new_secret(&clock), new_secret(&clock));
        let (old, new) = (Signer::new(&old).unwrap(), Signer::new(&new).unwrap());
        let sign = |signers: &[&Signer]| {
            let made = request("https://example.com/", signers, "id", String::new(), Timestamp::default());
            made.unwrap().headers()["webhook-signature"].to_str().unwrap().to_owned()
        };
        assert_eq!(sign(&[&new, &old]), format!("{} {}", sign(&[&new]), sign(&[&old])));
        assert!(Signer::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_none());
        assert!(Signer::new("whsec_not base 64").is_none());
    }
}
