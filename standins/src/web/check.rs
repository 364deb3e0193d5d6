//! What a push service of browsers checks in a request, and what the receiver of a webhook does: the status of the
//! refusal.

use std::sync::PoisonError;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use ring::hmac;
use ring::signature::ECDSA_P256_SHA256_FIXED;

use super::decrypt::decrypt;
use super::{Hooked, State, WebPushed};
use crate::jws::Token;

/// The largest body that every service takes (RFC 8030, section 7.2).
const BODY_BYTES: usize = 4096;
/// The longest life of a token (RFC 8292, section 2), in seconds.
const TOKEN_SECONDS: i64 = 24 * 60 * 60;
/// How far the clocks of a webhook's sender and receiver may differ, in seconds.
const HOOK_SECONDS: i64 = 5 * 60;

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

impl State {
    pub(super) fn check_push(&self, id: &str, request: &Request<Bytes>) -> Result<WebPushed, u16> {
        let browser = self.browsers().get(id).cloned().ok_or(404_u16)?;
        let ttl = header(request, "ttl").and_then(|ttl| ttl.parse().ok()).ok_or(400_u16)?;
        let urgency = header(request, "urgency").unwrap_or("normal");
        let topic = header(request, "topic");
        let good_topic = topic.is_none_or(|topic| {
            let base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !topic.is_empty() && topic.len() <= 32 && topic.bytes().all(base64)
        });
        if !["very-low", "low", "normal", "high"].contains(&urgency) || !good_topic {
            return Err(400);
        }
        self.check_vapid(header(request, "authorization"), &browser.application_key)?;
        if header(request, "content-encoding") != Some("aes128gcm") {
            return Err(415);
        }
        if request.body().len() > BODY_BYTES {
            return Err(413);
        }
        let clear = decrypt(&browser.secret, &browser.auth, request.body()).ok_or(400_u16)?;
        Ok(WebPushed {
            id: id.to_owned(),
            ttl,
            urgency: urgency.to_owned(),
            topic: topic.map(str::to_owned),
            payload: serde_json::from_slice(&clear).map_err(|_| 400_u16)?,
            arrived_at: self.clock.unix_ms(),
        })
    }

    fn check_vapid(&self, authorization: Option<&str>, application_key: &str) -> Result<(), u16> {
        let parameters = authorization.and_then(|text| text.strip_prefix("vapid ")).ok_or(401_u16)?;
        let parameter = |name: &str| {
            let mut all = parameters.split(',').filter_map(|one| one.trim().split_once('='));
            all.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let (token, key) = (parameter("t").ok_or(401_u16)?, parameter("k").ok_or(401_u16)?);
        if key != application_key {
            return Err(403);
        }
        let key = BASE64_URL_SAFE_NO_PAD.decode(key).map_err(|_| 401_u16)?;
        let token = Token::parse(token).ok_or(401_u16)?;
        let now = self.clock.unix_ms() / 1000;
        let lives = token.seconds("exp").is_some_and(|exp| exp > now && exp <= now + TOKEN_SECONDS);
        let contact = token.text("sub").unwrap_or_default();
        let reachable = contact.starts_with("mailto:") || contact.starts_with("https://");
        let origin = self.origin.lock().unwrap_or_else(PoisonError::into_inner);
        let good = token.is_signed_by(&ECDSA_P256_SHA256_FIXED, &key)
            && token.text("aud") == Some(origin.as_str())
            && lives
            && reachable;
        if good { Ok(()) } else { Err(401) }
    }

    /// The token that the webhook is for, and the webhook.
    pub(super) fn check_hook(&self, request: &Request<Bytes>) -> Result<(String, Hooked), u16> {
        let id = header(request, "webhook-id").ok_or(400_u16)?;
        let seconds: i64 =
            header(request, "webhook-timestamp").and_then(|text| text.parse().ok()).ok_or(400_u16)?;
        let signatures = header(request, "webhook-signature").ok_or(400_u16)?;
        if (self.clock.unix_ms() / 1000 - seconds).abs() > HOOK_SECONDS {
            return Err(401);
        }
        let secret = self.hook_secret.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let signed = [format!("{id}.{seconds}.").as_bytes(), request.body()].concat();
        let is_signed = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).any(|text| {
            BASE64_STANDARD.decode(text).is_ok_and(|tag| hmac::verify(&key, &signed, &tag).is_ok())
        });
        if !is_signed {
            return Err(401);
        }
        let body: serde_json::Value = serde_json::from_slice(request.body()).map_err(|_| 400_u16)?;
        // A push is for a token; what a company's service is told of besides is for its user, or about a conversation.
        let whose = match body["type"].as_str().ok_or(422_u16)? {
            "push" => body["data"]["token"].as_str(),
            "fallback" => body["data"]["user_id"].as_str(),
            event => Some(event),
        };
        let token = whose.ok_or(422_u16)?.to_owned();
        Ok((token, Hooked { id: id.to_owned(), body }))
    }
}
