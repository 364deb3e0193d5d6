//! ID tokens that are wrong in one place each; the rest of the way is played against a stand-in, beside the endpoints.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use tidings_protocol::single_sign_on::IdentityProvider;
use tidings_protocol::time::Timestamp;

use super::address::{GOOGLE, Lacking, counting, shown_name};
use super::token::{Expected, Identity, Wrong, claimed_by, keys_of, verify};
use super::{Attempt, form};
use crate::auth::webauthn::soft::SoftKey;

const NOW: i64 = 1_795_253_400;

fn provider() -> IdentityProvider {
    IdentityProvider {
        label: "Acme ID".try_into().unwrap(),
        issuer: "https://id.example.com".try_into().unwrap(),
        client_id: "tidings".try_into().unwrap(),
        domains: Vec::new(),
        trusts_addresses: false,
        new_agents: None,
        only: false,
        emergency_agent_id: None,
        set_at: Timestamp::from_unix_ms(0),
    }
}

fn expected() -> Expected<'static> {
    static PROVIDER: std::sync::LazyLock<IdentityProvider> = std::sync::LazyLock::new(provider);
    Expected {
        provider: &PROVIDER,
        nonce: "the nonce",
        looked_since: None,
        now: Timestamp::from_unix_ms(NOW * 1_000),
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example.com", "aud": "tidings", "sub": "1234", "nonce": "the nonce", "iat": NOW,
        "exp": NOW + 300, "email": "ana@example.org", "email_verified": true, "name": "Ana",
    })
}

fn token(key: &SoftKey, header: &Value, claims: &Value) -> String {
    let text = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", text(header), text(claims));
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(key.sign_jws(message.as_bytes())))
}

fn keys(keys: &[(&str, &SoftKey)]) -> Vec<super::token::ProviderKey> {
    let keys: Vec<_> = keys.iter().map(|(kid, key)| key.jwk(kid)).collect();
    keys_of(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn check(change: impl FnOnce(&mut Value)) -> Result<Identity, Wrong> {
    let key = SoftKey::new(-8);
    let mut said = claims();
    change(&mut said);
    verify(&token(&key, &json!({ "alg": "EdDSA", "kid": "a" }), &said), &keys(&[("a", &key)]), &expected())
}

#[test]
fn a_token_of_each_algorithm_is_read() {
    for (number, name) in [(-7, "ES256"), (-8, "EdDSA"), (-257, "RS256")] {
        let (key, other) = (SoftKey::new(number), SoftKey::new(-8));
        let keys = keys(&[("old", &other), ("a", &key)]);
        let identity =
            verify(&token(&key, &json!({ "alg": name, "kid": "a" }), &claims()), &keys, &expected());
        let identity = identity.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(identity.subject, "1234");
        assert_eq!(counting(&provider(), &identity).unwrap().as_str(), "ana@example.org");
        let nameless = verify(&token(&key, &json!({ "alg": name }), &claims()), &keys, &expected());
        assert!(nameless.is_ok(), "without `kid` each key of the kind is tried");
    }
}

#[test]
fn each_claim_is_held_to_what_it_must_be() {
    let changed = |name: &'static str, value: Value| check(move |claims| claims[name] = value);
    for (name, value, why) in [
        ("iss", json!("https://id.example.com/"), Wrong::Issuer),
        ("aud", json!("other"), Wrong::Audience),
        ("aud", json!(["other"]), Wrong::Audience),
        ("aud", json!(["tidings", "other"]), Wrong::Audience),
        ("azp", json!("other"), Wrong::Audience),
        ("exp", json!(NOW - 61), Wrong::Expired),
        ("iat", json!(NOW + 61), Wrong::Early),
        ("nbf", json!(NOW + 61), Wrong::Early),
        ("nonce", json!("another"), Wrong::Nonce),
        ("nonce", Value::Null, Wrong::Nonce),
    ] {
        assert_eq!(changed(name, value.clone()), Err(why), "{name} {value}");
    }
    for (name, value) in [
        ("exp", json!("1795253700")),
        ("exp", Value::Null),
        ("iat", json!(1.5)),
        ("sub", json!(1234)),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("aud", json!({})),
        ("email_verified", json!(1)),
        ("nbf", json!("soon")),
    ] {
        assert!(matches!(changed(name, value.clone()), Err(Wrong::Claims(_))), "{name} {value}");
    }
    assert!(changed("aud", json!(["tidings"])).is_ok());
    let several = check(|claims| {
        claims["aud"] = json!(["other", "tidings"]);
        claims["azp"] = json!("tidings");
    });
    assert!(several.is_ok());
    assert!(changed("exp", json!(NOW - 59)).is_ok(), "clocks differ");
}

#[test]
fn an_address_counts_when_it_was_verified() {
    for (said, counts) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("TRUE"), false),
        (Value::Null, false),
    ] {
        let identity = check(|claims| claims["email_verified"] = said.clone()).unwrap();
        assert_eq!(counting(&provider(), &identity).is_ok(), counts, "{said}");
    }
    let without = check(|claims| drop(claims.as_object_mut().unwrap().remove("email_verified"))).unwrap();
    assert_eq!(counting(&provider(), &without), Err(Lacking::Verification));
}

/// As Entra ID, Authelia and Google write them.
#[test]
fn tokens_of_known_providers_are_judged_as_their_makers_mean_them() {
    let of_company = |domain: &str| IdentityProvider {
        domains: vec![domain.try_into().unwrap()],
        trusts_addresses: true,
        ..provider()
    };
    let entra = check(|claims| {
        claims.as_object_mut().unwrap().remove("email_verified");
        claims["preferred_username"] = json!("ana@example.org");
        claims["tid"] = json!("9122040d-6c67-4c5b-b112-36a304b66dad");
    });
    let entra = entra.unwrap();
    assert_eq!(counting(&provider(), &entra), Err(Lacking::Verification), "unless an owner says so");
    assert!(counting(&of_company("example.org"), &entra).is_ok());
    assert_eq!(counting(&of_company("other.example"), &entra), Err(Lacking::Domain));
    let nowhere = IdentityProvider { trusts_addresses: true, ..provider() };
    assert_eq!(counting(&nowhere, &entra), Err(Lacking::Verification), "of any domain nothing is trusted");
    let denied = check(|claims| claims["email_verified"] = json!(false)).unwrap();
    assert_eq!(counting(&of_company("example.org"), &denied), Err(Lacking::Verification));
    let authelia = check(|claims| {
        for name in ["email", "email_verified", "name"] {
            claims.as_object_mut().unwrap().remove(name);
        }
    });
    let authelia = authelia.unwrap();
    assert_eq!(counting(&provider(), &authelia), Err(Lacking::Address));
    let besides = br#"{"sub":"1234","email":"ana@example.org","email_verified":true,"name":"Ana"}"#;
    let (subject, besides) = claimed_by(besides).unwrap();
    assert_eq!(subject, "1234");
    assert!(counting(&provider(), &authelia.with(besides)).is_ok());
    let google = IdentityProvider {
        issuer: GOOGLE.try_into().unwrap(),
        trusts_addresses: false,
        ..of_company("example.org")
    };
    let private = check(|_| {}).unwrap();
    assert_eq!(
        counting(&google, &private),
        Err(Lacking::Domain),
        "a private account with the company's address"
    );
    let of_other = check(|claims| claims["hd"] = json!("other.example")).unwrap();
    assert_eq!(counting(&google, &of_other), Err(Lacking::Domain));
    let of_us = check(|claims| claims["hd"] = json!("example.org")).unwrap();
    assert!(counting(&google, &of_us).is_ok());
    let lookalike = check(|claims| claims["email"] = json!("an\u{430}@example.org")).unwrap();
    assert_eq!(counting(&provider(), &lookalike), Err(Lacking::Domain), "a Cyrillic letter");
}

#[test]
fn users_never_see_an_address_in_the_place_of_a_name() {
    let shown = |name: Value, given: Value| {
        let identity = check(|claims| {
            claims["name"] = name;
            claims["given_name"] = given;
        });
        shown_name(&identity.unwrap()).unwrap().into_string()
    };
    assert_eq!(shown(json!("Ana Moreau"), json!("Ana")), "Ana Moreau");
    assert_eq!(shown(Value::Null, json!("Ana")), "Ana");
    assert_eq!(shown(json!("ana@example.org"), json!("Ana")), "Ana");
    assert_eq!(shown(json!("ana@example.org"), Value::Null), "Agent");
}

#[test]
fn what_is_wrong_is_told_without_what_stands_there() {
    let wrong = check(|claims| claims["sub"] = json!({ "secret": "ana@example.org" })).unwrap_err();
    assert!(!wrong.to_string().contains("secret") && !wrong.to_string().contains("ana"), "{wrong}");
    let missing = check(|claims| drop(claims.as_object_mut().unwrap().remove("exp"))).unwrap_err();
    assert!(missing.to_string().contains("missing field `exp`"), "{missing}");
}

#[test]
fn when_the_provider_looked_is_never_later_than_now() {
    let looked = |said: Value| check(|claims| claims["auth_time"] = said).unwrap().looked_at;
    let at = |seconds: i64| Some(Timestamp::from_unix_ms(seconds * 1_000));
    assert_eq!(looked(Value::Null), None);
    assert_eq!(looked(json!(NOW - 3_600)), at(NOW - 3_600));
    assert_eq!(looked(json!(NOW + 3_600)), at(NOW));
    assert_eq!(looked(json!(i64::MAX)), at(NOW));
    assert_eq!(looked(json!(-5)), at(0));
}

#[test]
fn the_algorithm_is_one_of_three_and_that_of_the_key() {
    let key = SoftKey::new(-7);
    let known = keys(&[("a", &key)]);
    for (header, why) in [
        (json!({ "alg": "none", "kid": "a" }), Wrong::Algorithm("none".to_owned())),
        (json!({ "alg": "None", "kid": "a" }), Wrong::Algorithm("None".to_owned())),
        (json!({ "alg": "HS256", "kid": "a" }), Wrong::Algorithm("HS256".to_owned())),
        (json!({ "alg": "another", "kid": "a" }), Wrong::Algorithm("another".to_owned())),
        (json!({ "alg": "EdDSA", "kid": "a" }), Wrong::NoKey),
        (json!({ "alg": "ES256", "kid": "b" }), Wrong::NoKey),
        (json!({ "alg": "ES256", "kid": "a", "crit": ["x"] }), Wrong::Critical),
        (json!({ "kid": "a" }), Wrong::Malformed),
        (json!(["ES256"]), Wrong::Malformed),
    ] {
        assert_eq!(verify(&token(&key, &header, &claims()), &known, &expected()), Err(why), "{header}");
    }
    let mut nameless = key.jwk("a");
    nameless.as_object_mut().unwrap().remove("kid");
    let nameless = keys_of(json!({ "keys": [nameless] }).to_string().as_bytes()).unwrap();
    let named = token(&key, &json!({ "alg": "ES256", "kid": "b" }), &claims());
    assert!(
        verify(&named, &nameless, &expected()).is_ok(),
        "a key without a name fits any token of its kind"
    );
    let stranger = token(&SoftKey::new(-7), &json!({ "alg": "ES256", "kid": "a" }), &claims());
    assert_eq!(verify(&stranger, &known, &expected()), Err(Wrong::Signature));
}

#[test]
fn keys_for_something_else_are_left_out() {
    let key = SoftKey::new(-7);
    let with = |name: &str, value: Value| {
        let mut jwk = key.jwk("a");
        jwk[name] = value;
        keys_of(json!({ "keys": [jwk, { "kty": "of tomorrow" }, 7] }).to_string().as_bytes()).unwrap().len()
    };
    assert_eq!(with("use", json!("sig")), 1);
    assert_eq!(with("use", json!("enc")), 0);
    assert_eq!(with("alg", json!("ES384")), 0);
    assert!(keys_of(b"[]").is_err());
}

#[test]
fn a_fresh_sign_in_is_one_that_was_asked_for() {
    let since = Expected { looked_since: Some(Timestamp::from_unix_ms(NOW * 1_000)), ..expected() };
    let key = SoftKey::new(-8);
    let check = |looked: Value| {
        let mut said = claims();
        said["auth_time"] = looked;
        let token = token(&key, &json!({ "alg": "EdDSA" }), &said);
        verify(&token, &keys(&[("a", &key)]), &since).map(drop)
    };
    assert_eq!(check(json!(NOW)), Ok(()));
    assert_eq!(check(json!(NOW - 61)), Err(Wrong::Stale));
    assert_eq!(check(Value::Null), Err(Wrong::Timeless));
}

#[test]
fn an_attempt_is_bound_to_its_state_and_to_who_holds_it() {
    let provider = provider();
    let of = |state: &str, held: &str| Attempt::of(state, held, &provider);
    let (one, same) = (of("state", "held"), of("state", "held"));
    assert_eq!((&one.nonce, &one.verifier), (&same.nonce, &same.verifier));
    let changed = IdentityProvider { client_id: "other".try_into().unwrap(), ..provider.clone() };
    let elsewhere = Attempt::of("state", "held", &changed);
    for other in [of("state", "other"), of("other", "held"), of("stateh", "eld"), elsewhere] {
        assert_ne!(one.nonce, other.nonce);
        assert_ne!(one.verifier, other.verifier);
    }
    assert_ne!(one.nonce, one.verifier, "what the provider is told does not open");
    assert_eq!(one.verifier.len(), 43);
    assert_eq!(form(&[("a", "b c&d=é".to_owned()), ("e", String::new())]), "a=b%20c%26d%3D%C3%A9&e=");
}

proptest! {
    #[test]
    fn random_texts_are_refused(noise in "\\PC{0,200}") {
        let known = keys(&[("a", &SoftKey::new(-8))]);
        prop_assert!(verify(&noise, &known, &expected()).is_err());
        let dotted = format!("{noise}.{noise}.{noise}");
        prop_assert!(verify(&dotted, &known, &expected()).is_err());
        let _ = keys_of(noise.as_bytes());
    }
}
