//! What random bytes are given to, and what must hold whatever they are. Nothing may panic; what is accepted must
//! come out again as it went in.
//!
//! This file is part of two programs: of the fuzz targets, which run on nightly, and of a test of the server, which
//! replays the corpora on stable.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{AppFrame, AppServerFrame, InboxFrame, InboxServerFrame};
use tidings_protocol::id::{AppId, IdentityKeyId, MessageId};
use tidings_protocol::limits;
use tidings_protocol::message::Parts;
use tidings_protocol::time::Timestamp;
use tidings_server::auth::identity;
use tidings_server::auth::webauthn::{self, Ceremony, ClientData, Known, Party};
use tidings_server::live::session::{ClientFrame, Session};
use tidings_store::conversations::Position;
use tidings_store::keys::{IdentityAlgorithm, IdentityKeyRow};
use tidings_store::search::SearchQuery;

/// Does something with bytes, and panics when they break a rule.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("token", token),
    ("signed_token", signed_token),
    ("app_frame", app_frame),
    ("inbox_frame", inbox_frame),
    ("parts", parts),
    ("cursor", cursor),
    ("position", position),
    ("id", id),
    ("search_query", search_query),
    ("passkey", passkey),
];

const NOW_MS: i64 = 1_795_253_400_000;
const SECRET: [u8; 32] = [7; 32];

fn app() -> AppId {
    AppId::from_parts(1, [1; 10])
}

fn key() -> IdentityKeyRow {
    IdentityKeyRow {
        id: IdentityKeyId::from_parts(1, [1; 10]),
        algorithm: IdentityAlgorithm::Hs256,
        kid: None,
        material: SECRET.to_vec(),
    }
}

/// A token as it stands: nobody who does not know the secret is vouched for.
fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let verdict = identity::verify(text, app(), &[key()], Timestamp::from_unix_ms(NOW_MS));
    assert!(verdict.is_err(), "a forged token is accepted: {text}");
}

/// What an authenticator says of a passkey that it made: what is accepted can be looked up by its id, and whoever cannot sign
/// does not come in with it.
fn passkey(bytes: &[u8]) {
    let party =
        Party { rp_id: "support.example.com".to_owned(), origin: "https://support.example.com".to_owned() };
    let client = |kind: &str, ceremony| {
        let said = serde_json::json!({ "type": kind, "challenge": "q83vEjRWeJA", "origin": party.origin });
        let said = ClientData::read(said.to_string().as_bytes()).expect("it is what a browser says");
        said.check(ceremony, &party).expect("it is of our page")
    };
    let Ok(made) = webauthn::registered(&client("webauthn.create", Ceremony::Create), bytes) else { return };
    assert!((1..=1_023).contains(&made.credential_id.len()), "an id of {} bytes", made.credential_id.len());
    assert!(made.backup_eligible || !made.backed_up, "copied although it cannot be");
    let known = Known { public_key: &made.public_key, backup_eligible: made.backup_eligible };
    let shown = webauthn::asserted(&client("webauthn.get", Ceremony::Get), known, bytes, bytes);
    assert!(shown.is_err(), "shown without a signature");
}

/// Header and claims with a line break between them, signed well: whoever is vouched for has a valid name, and the
/// token was for this app.
fn signed_token(bytes: &[u8]) {
    let Some((header, claims)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n'))
    else {
        return;
    };
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let secret = jsonwebtoken::EncodingKey::from_secret(&SECRET);
    let Ok(signature) =
        jsonwebtoken::crypto::sign(message.as_bytes(), &secret, jsonwebtoken::Algorithm::HS256)
    else {
        return;
    };
    let token = format!("{message}.{signature}");
    let verdict = identity::verify(&token, app(), &[key()], Timestamp::from_unix_ms(NOW_MS));
    if verdict.is_ok() {
        assert!(token.len() <= limits::IDENTITY_TOKEN_BYTES, "too long and accepted");
        let claims: serde_json::Value =
            serde_json::from_str(claims).expect("claims that were accepted are JSON");
        assert!(
            claims["aud"].to_string().contains(&app().to_string()),
            "for another app and accepted: {claims}"
        );
        let expires = claims["exp"].as_i64().expect("an accepted token has a number for its end");
        assert!(expires * 1000 > NOW_MS - 61_000, "over and accepted: {claims}");
        assert!(header.contains("HS256"), "another algorithm and accepted: {header}");
    }
}

/// A frame of a phone, as the first and as a later one; then what a phone reads of a server.
fn app_frame(bytes: &[u8]) {
    frame::<AppFrame>(bytes);
    again::<AppServerFrame>(bytes);
}

/// The same for the inbox.
fn inbox_frame(bytes: &[u8]) {
    frame::<InboxFrame>(bytes);
    again::<InboxServerFrame>(bytes);
}

fn frame<F: ClientFrame + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    again::<F>(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut session = Session::<F>::new();
    for second in 0..3 {
        let effect = session.on_text(text, Duration::from_secs(second));
        if let tidings_server::live::session::Effect::Close(closing) = effect {
            assert!(closing.reason.len() <= 123, "a close frame has no room for {:?}", closing.reason);
        }
    }
}

/// The parts of a message: what is accepted is within its limits, and is the same when it is stored and read.
fn parts(bytes: &[u8]) {
    again::<Parts>(bytes);
}

fn cursor(bytes: &[u8]) {
    text::<Cursor>(bytes);
}

fn position(bytes: &[u8]) {
    text::<Position>(bytes);
}

fn id(bytes: &[u8]) {
    text::<MessageId>(bytes);
}

/// What somebody types into the search field: whatever it is, the expressions hold its words in quotes and no operator of
/// its own.
fn search_query(bytes: &[u8]) {
    let Some(query) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<SearchQuery>().ok())
    else {
        return;
    };
    let scope = ["u1".to_owned()];
    for (expression, quote, scope) in [(query.fts5(&scope), '"', "u1"), (query.tsquery(&scope), '\'', "@u1")]
    {
        let mut pieces = expression.split(quote);
        for (outside, inside) in std::iter::from_fn(|| Some((pieces.next()?, pieces.next()))) {
            let ours = |character: char| "()&|<->:*+ ".contains(character) || character.is_ascii_alphabetic();
            assert!(outside.chars().all(ours), "an operator that is not ours: {expression}");
            let is_word = |word: &str| word.chars().all(char::is_alphanumeric);
            assert!(inside.is_none_or(|word| word == scope || is_word(word)), "no word: {expression}");
        }
    }
}

/// What is read from JSON is the same after it was written and read again.
fn again<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Ok(first) = serde_json::from_slice::<T>(bytes) else { return };
    let written = serde_json::to_vec(&first).expect("what was read can be written");
    let second: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(first, second);
}

/// What is read from text is the same after it was written and read again.
fn text<T: FromStr + Display + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Some(first) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<T>().ok()) else { return };
    let second = first.to_string().parse::<T>().ok();
    assert_eq!(Some(first), second);
}
