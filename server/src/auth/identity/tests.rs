//! Vectors of tokens that must and must not be accepted.

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;
use tidings_protocol::id::IdentityKeyId;

use super::*;
use crate::auth::material::{self, KeyPair};

const NOW: i64 = 1_795_253_400;
const SECRET: &[u8] = &[7; 32];

fn app() -> AppId {
    AppId::from_parts(1, [1; 10])
}

fn es256() -> KeyPair {
    KeyPair::generate_es256().unwrap()
}

fn key(algorithm: IdentityAlgorithm, kid: Option<&str>, material: &[u8]) -> IdentityKeyRow {
    let id = IdentityKeyId::from_parts(1, [1; 10]);
    IdentityKeyRow { id, algorithm, kid: kid.map(str::to_owned), material: material.to_vec() }
}

fn hs256() -> Vec<IdentityKeyRow> {
    vec![key(IdentityAlgorithm::Hs256, None, SECRET)]
}

fn claims() -> serde_json::Value {
    json!({ "sub": "user-1", "aud": app().to_string(), "iat": NOW, "exp": NOW + 900, "name": "Ana", "email": "Ana@X" })
}

fn encode(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn sign(algorithm: Algorithm, key: &EncodingKey, header: &str, claims: &str) -> String {
    let message = encode(header, claims);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn hmac(header: &str, claims: &str) -> String {
    sign(Algorithm::HS256, &EncodingKey::from_secret(SECRET), header, claims)
}

fn check(token: &str, keys: &[IdentityKeyRow]) -> Result<VouchedFor, Refused> {
    verify(token, app(), keys, Timestamp::from_unix_ms(NOW * 1_000))
}

const HS: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ES: &str = r#"{"alg":"ES256","typ":"JWT"}"#;

#[test]
fn a_good_token_vouches_for_its_user() {
    let vouched = check(&hmac(HS, &claims().to_string()), &hs256()).unwrap();
    assert_eq!(vouched.external_id.as_str(), "user-1");
    assert_eq!(vouched.name.unwrap().as_str(), "Ana");
    assert_eq!(vouched.email.unwrap().as_str(), "ana@x");
}

#[test]
fn es256_and_eddsa_work_and_another_apps_key_does_not() {
    let (ours, theirs) = (es256(), es256());
    let keys = [key(IdentityAlgorithm::Es256, None, &ours.public)];
    let token = |pair: &KeyPair| {
        let private = EncodingKey::from_ec_pem(pair.private_pem.as_bytes()).unwrap();
        sign(Algorithm::ES256, &private, ES, &claims().to_string())
    };
    assert!(check(&token(&ours), &keys).is_ok());
    assert_eq!(check(&token(&theirs), &keys), Err(Refused::Signature));

    let ed = KeyPair::generate_eddsa().unwrap();
    let private = EncodingKey::from_ed_pem(ed.private_pem.as_bytes()).unwrap();
    let signed = sign(Algorithm::EdDSA, &private, r#"{"alg":"EdDSA"}"#, &claims().to_string());
    assert!(check(&signed, &[key(IdentityAlgorithm::EdDsa, None, &ed.public)]).is_ok());
    assert_eq!(check(&signed, &keys), Err(Refused::NoKey));
}

#[test]
fn the_header_cannot_choose_the_algorithm() {
    let pair = es256();
    let keys = [key(IdentityAlgorithm::Es256, None, &pair.public)];
    let claims = claims().to_string();
    // The public key, known to everybody, as an HMAC secret.
    for secret in [pair.public.clone(), material::public_pem(&pair.public).into_bytes()] {
        let confused = sign(Algorithm::HS256, &EncodingKey::from_secret(&secret), HS, &claims);
        assert_eq!(check(&confused, &keys), Err(Refused::NoKey));
        let signature = confused.rsplit_once('.').unwrap().1;
        let relabelled = format!("{}.{signature}", encode(ES, &claims));
        assert_eq!(check(&relabelled, &keys), Err(Refused::Signature));
    }
    for alg in ["none", "None", "NONE", "nOnE", "RS256", "HS384", "ES384", "hs256", ""] {
        let unsigned = encode(&json!({ "alg": alg }).to_string(), &claims);
        for token in [format!("{unsigned}."), format!("{unsigned}.AAAA")] {
            assert_eq!(check(&token, &hs256()), Err(Refused::NoKey), "{alg}");
        }
    }
    let unsigned = format!("{}.", encode(HS, &claims));
    assert_eq!(check(&unsigned, &hs256()), Err(Refused::Signature));
}

#[test]
fn kid_picks_among_the_apps_own_keys() {
    let keys = [
        key(IdentityAlgorithm::Hs256, Some("old"), &[1; 32]),
        key(IdentityAlgorithm::Hs256, Some("new"), SECRET),
    ];
    let with_kid =
        |kid: &str| hmac(&json!({ "alg": "HS256", "kid": kid }).to_string(), &claims().to_string());
    assert!(check(&with_kid("new"), &keys).is_ok());
    assert_eq!(check(&with_kid("old"), &keys), Err(Refused::Signature));
    assert_eq!(check(&with_kid("theirs"), &keys), Err(Refused::NoKey));
    assert_eq!(check(&with_kid("../../dev/null"), &keys), Err(Refused::NoKey));
    assert!(check(&hmac(HS, &claims().to_string()), &keys).is_ok());
    assert_eq!(check(&hmac(HS, &claims().to_string()), &[]), Err(Refused::NoKey));
}

#[test]
fn headers_that_bring_a_key_along_are_refused() {
    for header in [
        r#"{"alg":"HS256","jku":"https://evil.example/keys"}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#,
        r#"{"alg":"HS256","x5u":"https://evil.example/x"}"#,
        r#"{"alg":"HS256","x5c":["AAAA"]}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","jku":null}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":256}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"["HS256"]"#,
        "{}",
        "",
    ] {
        let refused = check(&hmac(header, &claims().to_string()), &hs256()).unwrap_err();
        assert!(matches!(refused, Refused::Header(_)), "{header}: {refused}");
    }
}

#[test]
fn claims_that_are_missing_or_of_the_wrong_type_are_refused() {
    for name in ["sub", "aud", "iat", "exp"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        let refused = check(&hmac(HS, &claims.to_string()), &hs256()).unwrap_err();
        assert!(matches!(refused, Refused::Claims(_)), "{name}: {refused}");
    }
    for (name, value) in [
        ("exp", json!((NOW + 900).to_string())),
        ("exp", json!(null)),
        ("exp", json!(1e300)),
        ("exp", json!(true)),
        ("exp", json!([NOW + 900])),
        ("iat", json!("now")),
        ("iat", json!(1.5)),
        ("nbf", json!("now")),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("  ")),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("x".repeat(257))),
        ("aud", json!(7)),
        ("aud", json!({})),
        ("name", json!(7)),
        ("name", json!("x".repeat(257))),
        ("email", json!("nobody")),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        let refused = check(&hmac(HS, &claims.to_string()), &hs256()).unwrap_err();
        assert!(matches!(refused, Refused::Claims(_)), "{name} {value}: {refused}");
    }
}

#[test]
fn a_claim_that_stands_twice_is_refused() {
    let app = app();
    for twice in [r#""sub":"a","sub":"b""#, r#""sub":"a","exp":1,"exp":99"#, r#""sub":"a","aud":"x""#] {
        let claims = format!(r#"{{"aud":"{app}","iat":{NOW},"exp":{},{twice}}}"#, NOW + 900);
        assert!(matches!(check(&hmac(HS, &claims), &hs256()), Err(Refused::Claims(_))), "{twice}");
    }
}

#[test]
fn times_and_audience_are_checked_with_a_minute_of_leeway() {
    let other = AppId::from_parts(2, [2; 10]).to_string();
    for (change, expected) in [
        (json!({ "aud": other }), Some(Refused::Audience)),
        (json!({ "aud": [] }), Some(Refused::Audience)),
        (json!({ "aud": [other] }), Some(Refused::Audience)),
        (json!({ "aud": [other, app().to_string()] }), None),
        (json!({ "iat": NOW - 900, "exp": NOW - 59 }), None),
        (json!({ "iat": NOW - 900, "exp": NOW - 61 }), Some(Refused::Expired)),
        (json!({ "iat": -90_000, "exp": -86_000 }), Some(Refused::Expired)),
        (json!({ "iat": NOW + 59 }), None),
        (json!({ "iat": NOW + 61 }), Some(Refused::Early)),
        (json!({ "nbf": NOW + 61 }), Some(Refused::Early)),
        (json!({ "nbf": NOW - 5 }), None),
        (json!({ "exp": NOW + 86_400 }), None),
        (json!({ "exp": NOW + 86_401 }), Some(Refused::Lifetime)),
        (json!({ "exp": NOW }), Some(Refused::Lifetime)),
        (json!({ "exp": i64::MAX }), Some(Refused::Lifetime)),
        (json!({ "iat": i64::MIN }), Some(Refused::Lifetime)),
    ] {
        let mut claims = claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        assert_eq!(check(&hmac(HS, &claims.to_string()), &hs256()).err(), expected, "{change}");
    }
}

#[test]
fn only_canonical_base_64_in_three_parts_is_read() {
    let good = hmac(HS, &claims().to_string());
    let (message, signature) = good.rsplit_once('.').unwrap();
    // 32 bytes leave two unused bits in the last character: all four texts decode to the same bytes in a lax reader.
    let last = signature.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let sloppy = format!("{message}.{}{next}", &signature[..signature.len() - 1]);
    let nested = format!("{}.{good}", encode(HS, &good));
    for token in [
        sloppy,
        format!("{good}="),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}\n"),
        good.replace('.', ""),
        format!("{good}.{signature}"),
        nested,
        "..".to_owned(),
        String::new(),
        "é.é.é".to_owned(),
    ] {
        let refused = check(&token, &hs256()).unwrap_err();
        let expected = matches!(refused, Refused::Malformed | Refused::Header(_) | Refused::Signature);
        assert!(expected, "{token}: {refused}");
    }
    assert_eq!(check(&"a".repeat(10 << 20), &hs256()), Err(Refused::TooLong));
}

#[test]
fn every_changed_character_breaks_the_signature() {
    let good = hmac(HS, &claims().to_string());
    for place in 0..good.len() {
        let mut token = good.clone().into_bytes();
        token[place] = if token[place] == b'A' { b'B' } else { b'A' };
        let token = String::from_utf8(token).unwrap();
        assert!(token == good || check(&token, &hs256()).is_err(), "{place}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_invented_token_is_accepted(header in ".{0,80}", claims in ".{0,80}", signature in "[A-Za-z0-9_-]{0,60}") {
            let token = format!("{}.{signature}", encode(&header, &claims));
            prop_assert!(check(&token, &hs256()).is_err());
            let raw = format!("{header}.{claims}.{signature}");
            prop_assert!(check(&raw, &hs256()).is_err());
        }

        #[test]
        fn signed_nonsense_is_refused_without_a_crash(header in any::<i64>(), claims in ".{0,200}") {
            let nested = serde_json::json!({ "alg": "HS256", "typ": header }).to_string();
            prop_assert!(check(&hmac(&nested, &claims), &hs256()).is_err());
        }
    }
}
