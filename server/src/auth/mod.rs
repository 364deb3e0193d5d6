//! Who is asking: three kinds of principals, each an extractor that a handler names and cannot forget.
//!
//! | extractor | who | proves it by |
//! |---|---|---|
//! | [`user::User`] | an end user on one device | a session token, for which an [identity token](identity) was exchanged |
//! | [`agent::Agent`] | an agent in the inbox | a cookie, for which a [password], a [passkey] or what the company's [provider] says was exchanged, and the same origin |
//! | [`key::Backend`] | a company's backend | a server key |
//!
//! Tokens are 32 random bytes; only their SHA-256 is stored, so a stolen database opens nothing.

pub mod agent;
pub mod identity;
pub mod key;
pub mod known;
pub mod material;
pub mod oidc;
pub mod passkey;
pub mod password;
pub mod percent;
pub mod provider;
pub mod role;
pub mod second_factor;
pub mod user;
pub mod webauthn;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::problem::Problem;

/// SHA-256 of a token's text.
pub type TokenHash = [u8; 32];

/// What stands before the random part of a user's session token.
pub const SESSION_PREFIX: &str = "tds_";
/// What stands before the random part of a server key.
pub const SERVER_KEY_PREFIX: &str = "tdk_";
/// Characters of 32 bytes in base 64 without padding.
const SECRET_CHARACTERS: usize = 43;

/// How a token is known to the store.
pub fn token_hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}

/// A new token: the prefix and 32 random bytes.
pub fn new_token(clock: &Clock, prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(clock.random::<32>()))
}

/// The hash of the token in `Authorization: Bearer …`, if it has the form of one with this prefix. Anything else
/// is the same "nobody": the store is not asked for it.
fn bearer(headers: &HeaderMap, prefix: &str) -> Result<TokenHash, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::unauthenticated());
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    });
    match token {
        Some(token) if is_token(token, prefix) => Ok(token_hash(token)),
        _ => Err(Problem::unauthenticated()),
    }
}

fn is_token(token: &str, prefix: &str) -> bool {
    token.strip_prefix(prefix).is_some_and(|secret| {
        secret.len() == SECRET_CHARACTERS
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(values: &[&str]) -> Result<TokenHash, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers, SESSION_PREFIX)
    }

    #[test]
    fn only_one_token_of_the_right_form_is_looked_up() {
        let token = new_token(&Clock::system(), SESSION_PREFIX);
        assert_eq!(hash_of(&[&format!("Bearer {token}")]).unwrap(), token_hash(&token));
        assert_eq!(hash_of(&[&format!("bearer {token}")]).unwrap(), token_hash(&token));
        let server_key = new_token(&Clock::system(), SERVER_KEY_PREFIX);
        for values in [
            vec![],
            vec![token.clone()],
            vec![format!("Basic {token}")],
            vec![format!("Bearer {server_key}")],
            vec![format!("Bearer {token}x")],
            vec![format!("Bearer  {token}")],
            vec![format!("Bearer {token}"), format!("Bearer {token}")],
        ] {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            assert!(hash_of(&values).is_err(), "{values:?}");
        }
    }
}
