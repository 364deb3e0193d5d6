//! Each thing that somebody could forge, and random bytes.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::soft::{self, GOOD_FLAGS, SoftKey, bytes, client_data, map, number, text};
use super::*;

const RP_ID: &str = "support.example.com";
const ORIGIN: &str = "https://support.example.com";
const CHALLENGE: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";

fn party() -> Party {
    Party { rp_id: RP_ID.to_owned(), origin: ORIGIN.to_owned() }
}

fn made(json: &[u8], attestation: &[u8]) -> Result<Registered, Wrong> {
    registered(&ClientData::read(json)?.check(Ceremony::Create, &party())?, attestation)
}

fn said(kind: &str) -> Vec<u8> {
    client_data(kind, CHALLENGE, ORIGIN)
}

/// What a browser sends of a passkey that was shown.
#[derive(Clone)]
struct Shown {
    json: Vec<u8>,
    data: Vec<u8>,
    signature: Vec<u8>,
}

impl Shown {
    fn of(key: &SoftKey) -> Self {
        Self { json: said("webauthn.get"), data: key.data(RP_ID), signature: Vec::new() }.signed(key)
    }

    fn signed(mut self, key: &SoftKey) -> Self {
        self.signature = key.signature(&self.data, &self.json);
        self
    }

    fn check(&self, key: &SoftKey) -> Result<Asserted, Wrong> {
        let client = ClientData::read(&self.json)?.check(Ceremony::Get, &party())?;
        let (cose, backup_eligible) = (key.cose(), GOOD_FLAGS & 8 != 0);
        asserted(&client, Known { public_key: &cose, backup_eligible }, &self.data, &self.signature)
    }
}

#[test]
fn a_passkey_of_each_algorithm_is_made_and_shown() {
    for algorithm in ALGORITHMS {
        let key = SoftKey::new(algorithm);
        let kept = made(&said("webauthn.create"), &key.attestation(RP_ID)).unwrap();
        assert_eq!((kept.credential_id, kept.public_key), (key.id.clone(), key.cose()));
        assert_eq!((kept.sign_count, kept.backup_eligible, kept.backed_up), (1, true, false));
        let shown = Shown::of(&key).check(&key);
        assert_eq!(shown, Ok(Asserted { sign_count: 1, backed_up: false }), "{algorithm}");
    }
}

#[test]
fn extensions_are_borne_and_a_self_attestation_is_checked() {
    let key = SoftKey::new(-7);
    let mut data = key.new_data(RP_ID);
    data[32] |= 0x80;
    data.extend(map(&[(text("credProtect"), number(2))]));
    let json = said("webauthn.create");
    assert!(made(&json, &soft::attestation("none", map(&[]), &data)).is_ok());
    let own = |algorithm, signature: &[u8]| {
        let statement = map(&[(text("alg"), number(algorithm)), (text("sig"), bytes(signature))]);
        made(&json, &soft::attestation("packed", statement, &data))
    };
    let right = key.signature(&data, &json);
    assert!(own(-7, &right).is_ok());
    assert_eq!(own(-8, &right), Err(Wrong::Attestation));
    assert_eq!(own(-7, &SoftKey::new(-7).signature(&data, &json)), Err(Wrong::Attestation));
}

#[test]
fn a_forged_passkey_is_not_kept() {
    let key = SoftKey::new(-7);
    let good = said("webauthn.create");
    let attested = |data: &[u8]| soft::attestation("none", map(&[]), data);
    let flags = |flags: u8| SoftKey { flags, ..SoftKey::new(-7) }.attestation(RP_ID);
    let with_key = |cose: Vec<u8>| {
        let data = key.new_data(RP_ID);
        attested(&[&data[..data.len() - key.cose().len()], &cose].concat())
    };
    let (x, y) = (bytes(&[1; 32]), bytes(&[2; 32]));
    let ec = |kind, algorithm, curve, x: &[u8], y: &[u8]| {
        map(&[
            (number(1), number(kind)),
            (number(3), number(algorithm)),
            (number(-1), number(curve)),
            (number(-2), x.to_vec()),
            (number(-3), y.to_vec()),
        ])
    };
    let trailing = |mut bytes: Vec<u8>| {
        bytes.push(0);
        bytes
    };
    let no_id = SoftKey { id: Vec::new(), ..SoftKey::new(-7) }.attestation(RP_ID);
    let long_id = SoftKey { id: vec![1; 1_024], ..SoftKey::new(-7) }.attestation(RP_ID);
    for (what, json, attestation, why) in [
        ("shown, not made", said("webauthn.get"), key.attestation(RP_ID), Wrong::Type),
        (
            "another origin",
            client_data("webauthn.create", CHALLENGE, "https://evil.example"),
            key.attestation(RP_ID),
            Wrong::Origin,
        ),
        (
            "another port",
            client_data("webauthn.create", CHALLENGE, "https://support.example.com:8443"),
            key.attestation(RP_ID),
            Wrong::Origin,
        ),
        (
            "without TLS",
            client_data("webauthn.create", CHALLENGE, "http://support.example.com"),
            key.attestation(RP_ID),
            Wrong::Origin,
        ),
        ("no JSON", b"{".to_vec(), key.attestation(RP_ID), Wrong::ClientData),
        ("another host", good.clone(), key.attestation("evil.example"), Wrong::RpId),
        ("the host above", good.clone(), key.attestation("example.com"), Wrong::RpId),
        ("nobody there", good.clone(), flags(0x04), Wrong::NotPresent),
        ("nobody looked at", good.clone(), flags(0x01), Wrong::NotVerified),
        ("copied, though it may not be", good.clone(), flags(0x01 | 0x04 | 0x10), Wrong::Backup),
        ("nothing made", good.clone(), attested(&key.data(RP_ID)), Wrong::NoCredential),
        ("no id", good.clone(), no_id, Wrong::NoCredential),
        ("an endless id", good.clone(), long_id, Wrong::NoCredential),
        (
            "another format",
            good.clone(),
            soft::attestation("fido-u2f", map(&[]), &key.new_data(RP_ID)),
            Wrong::Attestation,
        ),
        (
            "a statement of none",
            good.clone(),
            soft::attestation("none", map(&[(text("x"), number(1))]), &key.new_data(RP_ID)),
            Wrong::Attestation,
        ),
        (
            "with a certificate",
            good.clone(),
            soft::attestation("packed", map(&[(text("x5c"), number(1))]), &key.new_data(RP_ID)),
            Wrong::Attestation,
        ),
        ("more behind it", good.clone(), trailing(key.attestation(RP_ID)), Wrong::Data),
        ("more in it", good.clone(), attested(&trailing(key.new_data(RP_ID))), Wrong::Data),
        ("cut off", good.clone(), attested(&key.new_data(RP_ID)[..60]), Wrong::Data),
        ("no map", good.clone(), number(1), Wrong::Data),
        ("another algorithm", good.clone(), with_key(ec(2, -35, 1, &x, &y)), Wrong::Key),
        ("another kind", good.clone(), with_key(ec(1, -7, 1, &x, &y)), Wrong::Key),
        ("another curve", good.clone(), with_key(ec(2, -7, 2, &x, &y)), Wrong::Key),
        ("a short coordinate", good.clone(), with_key(ec(2, -7, 1, &bytes(&[1; 31]), &y)), Wrong::Key),
        ("a sign for a coordinate", good.clone(), with_key(ec(2, -7, 1, &x, &[0xf5])), Wrong::Key),
        (
            "a small RSA key",
            good.clone(),
            with_key(map(&[
                (number(1), number(3)),
                (number(3), number(-257)),
                (number(-1), bytes(&[0xff; 128])),
                (number(-2), bytes(&[1, 0, 1])),
            ])),
            Wrong::Key,
        ),
    ] {
        assert_eq!(made(&json, &attestation).unwrap_err(), why, "{what}");
    }
}

#[test]
fn a_forged_signature_opens_nothing() {
    let key = SoftKey::new(-7);
    let good = Shown::of(&key);
    let json =
        |kind: &str, origin: &str| Shown { json: client_data(kind, CHALLENGE, origin), ..good.clone() };
    let inside = br#"{"type":"webauthn.get","challenge":"x","origin":"https://support.example.com","crossOrigin":true}"#;
    let under = br#"{"type":"webauthn.get","challenge":"x","origin":"https://support.example.com","topOrigin":"https://evil.example"}"#;
    let twice =
        br#"{"type":"webauthn.get","challenge":"x","challenge":"y","origin":"https://support.example.com"}"#;
    let data = |change: fn(&mut Vec<u8>)| {
        let mut shown = good.clone();
        change(&mut shown.data);
        shown.signed(&key)
    };
    let with_credential = Shown { data: key.new_data(RP_ID), ..good.clone() };
    for (what, shown, why) in [
        ("made, not shown", json("webauthn.create", ORIGIN).signed(&key), Wrong::Type),
        ("for another origin", json("webauthn.get", "https://evil.example").signed(&key), Wrong::Origin),
        (
            "inside another page",
            Shown { json: inside.to_vec(), ..good.clone() }.signed(&key),
            Wrong::CrossOrigin,
        ),
        (
            "under another page",
            Shown { json: under.to_vec(), ..good.clone() }.signed(&key),
            Wrong::CrossOrigin,
        ),
        ("two challenges", Shown { json: twice.to_vec(), ..good.clone() }.signed(&key), Wrong::ClientData),
        (
            "another challenge",
            Shown { json: client_data("webauthn.get", "other", ORIGIN), ..good.clone() },
            Wrong::Signature,
        ),
        (
            "for another host",
            Shown { data: key.data("evil.example"), ..good.clone() }.signed(&key),
            Wrong::RpId,
        ),
        ("nobody there", data(|data| data[32] = 0x04 | 0x08), Wrong::NotPresent),
        ("nobody looked at", data(|data| data[32] = 0x01 | 0x08), Wrong::NotVerified),
        ("may be copied no more", data(|data| data[32] = 0x01 | 0x04), Wrong::Backup),
        ("copied, though it may not be", data(|data| data[32] = 0x01 | 0x04 | 0x10), Wrong::Backup),
        ("a passkey in it", with_credential.signed(&key), Wrong::Data),
        ("too short", data(|data| data.truncate(36)), Wrong::Data),
        ("more behind it", data(|data| data.push(0)), Wrong::Data),
        (
            "another counter",
            {
                let mut shown = good.clone();
                shown.data[36] += 1;
                shown
            },
            Wrong::Signature,
        ),
        ("another's signature", Shown::of(&key).signed(&SoftKey::new(-7)), Wrong::Signature),
        ("a signature of another kind", Shown::of(&key).signed(&SoftKey::new(-8)), Wrong::Signature),
        ("no signature", Shown { signature: Vec::new(), ..good.clone() }, Wrong::Signature),
        ("the message alone", Shown { signature: key.sign(&good.data), ..good.clone() }, Wrong::Signature),
    ] {
        assert_eq!(shown.check(&key).unwrap_err(), why, "{what}");
    }
    assert!(good.check(&key).is_ok());
}

#[test]
fn what_was_checked_for_one_ceremony_does_not_serve_the_other() {
    let key = SoftKey::new(-7);
    let get = ClientData::read(&said("webauthn.get")).unwrap().check(Ceremony::Get, &party()).unwrap();
    assert_eq!(registered(&get, &key.attestation(RP_ID)), Err(Wrong::Type));
    let create =
        ClientData::read(&said("webauthn.create")).unwrap().check(Ceremony::Create, &party()).unwrap();
    let shown = Shown::of(&key);
    let cose = key.cose();
    let known = Known { public_key: &cose, backup_eligible: true };
    assert_eq!(asserted(&create, known, &shown.data, &shown.signature), Err(Wrong::Type));
}

#[test]
fn the_name_of_the_server_comes_from_its_address() {
    for (url, host, expected) in [
        (
            Some("https://support.example.com"),
            None,
            Some(("support.example.com", "https://support.example.com")),
        ),
        (
            Some("https://Support.Example.com:443/"),
            None,
            Some(("support.example.com", "https://support.example.com")),
        ),
        (
            Some("https://support.example.com:8443"),
            None,
            Some(("support.example.com", "https://support.example.com:8443")),
        ),
        (Some("http://localhost:8080"), None, Some(("localhost", "http://localhost:8080"))),
        (Some("http://support.example.com"), None, None),
        (Some("https://192.0.2.7"), None, None),
        (Some("https://[2001:db8::1]:8443"), None, None),
        (
            Some("https://support.example.com"),
            Some("localhost:8080"),
            Some(("support.example.com", "https://support.example.com")),
        ),
        (None, Some("localhost:8080"), Some(("localhost", "http://localhost:8080"))),
        (None, Some("LOCALHOST"), Some(("localhost", "http://localhost"))),
        (None, Some("localhost:80@evil"), None),
        (None, Some("localhost.evil.example"), None),
        (None, Some("support.example.com"), None),
        (None, None, None),
    ] {
        let url = url.map(|url| PublicUrl::try_from(url.to_owned()).unwrap());
        let found = Party::of(url.as_ref(), host);
        let found = found.as_ref().map(|party| (party.rp_id.as_str(), party.origin.as_str()));
        assert_eq!(found, expected, "{url:?} {host:?}");
    }
}

proptest! {
    #[test]
    fn random_bytes_are_refused_and_harm_nothing(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(ClientData::read(&noise).is_err());
        prop_assert!(made(&said("webauthn.create"), &noise).is_err());
        let attested = soft::attestation("none", map(&[]), &noise);
        prop_assert!(made(&said("webauthn.create"), &attested).is_err());
        let key = SoftKey::new(-8);
        let shown = Shown { json: said("webauthn.get"), data: noise.clone(), signature: noise };
        prop_assert!(shown.check(&key).is_err());
    }

    #[test]
    fn one_bit_that_is_changed_spoils_it(place in 0_usize..10_000, bit in 0_u8..8) {
        let key = SoftKey::new(-8);
        let good = Shown::of(&key);
        let (mut json, mut data, mut signature) = (good.json.clone(), good.data.clone(), good.signature.clone());
        let all = json.len() + data.len() + signature.len();
        let place = place % all;
        let hit = if place < json.len() {
            &mut json[place]
        } else if place < json.len() + data.len() {
            &mut data[place - good.json.len()]
        } else {
            &mut signature[place - good.json.len() - good.data.len()]
        };
        *hit ^= 1 << bit;
        let spoilt = Shown { json, data, signature };
        prop_assert!(spoilt.check(&key).is_err());
    }

    #[test]
    fn whatever_the_authenticator_counts_is_told(count in any::<u32>(), backed_up in any::<bool>()) {
        let flags = if backed_up { GOOD_FLAGS | 0x10 } else { GOOD_FLAGS };
        let key = SoftKey { count, flags, ..SoftKey::new(-8) };
        prop_assert_eq!(Shown::of(&key).check(&key), Ok(Asserted { sign_count: count, backed_up }));
        let kept = made(&said("webauthn.create"), &key.attestation(RP_ID)).unwrap();
        prop_assert_eq!((kept.sign_count, kept.backed_up), (count, backed_up));
    }
}

/// The hash in the data is that of the host, and nothing else is compared with it.
#[test]
fn the_hash_of_the_host_is_compared_whole() {
    let key = SoftKey::new(-7);
    for place in 0..32 {
        let mut shown = Shown::of(&key);
        shown.data[place] ^= 1;
        assert_eq!(shown.signed(&key).check(&key), Err(Wrong::RpId), "{place}");
    }
    assert_eq!(Shown::of(&key).data[..32], Sha256::digest(RP_ID)[..]);
}
