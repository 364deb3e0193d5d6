//! Passkeys at the door: challenges that hold once, and what somebody shows who has one.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tidings_protocol::passkeys::{PasskeyBytes, PasskeyRef, ShownPasskey};
use tidings_protocol::problem::ProblemCode;
use tidings_store::challenges::{ChallengePurpose, MakeChallenge, TakeChallenge};
use tidings_store::passkeys::{OwnedPasskey, PasskeyUse, StoredPasskey};

use super::webauthn::{Ceremony, CheckedClient, ClientData, Known, Party, Wrong, asserted};
use super::{TokenHash, new_token, token_hash};
use crate::app::App;
use crate::problem::Problem;

/// Under which name the server is reached, if it has one to which passkeys can be bound.
pub struct Here(pub Option<Party>);

impl Here {
    /// The name.
    ///
    /// # Errors
    /// [`ProblemCode::PasskeysUnavailable`].
    pub fn party(self) -> Result<Party, Problem> {
        self.0.ok_or_else(|| Problem::new(ProblemCode::PasskeysUnavailable))
    }

    /// Those of some passkeys that work here.
    pub fn usable<'p>(&self, passkeys: &'p [StoredPasskey]) -> impl Iterator<Item = &'p StoredPasskey> {
        let rp_id = self.0.as_ref().map(|party| party.rp_id.clone());
        passkeys.iter().filter(move |passkey| Some(&passkey.rp_id) == rp_id.as_ref())
    }
}

impl FromRequestParts<App> for Here {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        Ok(Self(Party::of(app.config.public_url.as_ref(), host)))
    }
}

/// Somebody showed a passkey of an agent's. Only [`shown`] makes one.
pub struct VerifiedPasskey(PasskeyUse);

impl VerifiedPasskey {
    /// What its authenticator says, for the transaction of what it opens.
    pub const fn used(&self) -> PasskeyUse {
        self.0
    }
}

/// Why a passkey does not count.
pub fn refused(why: Wrong) -> Problem {
    Problem::new(ProblemCode::PasskeyRefused).detail(why.to_string())
}

/// The counter of a passkey went back.
pub fn went_back() -> Problem {
    refused(Wrong::Counter)
}

/// A passkey as a browser finds it.
pub fn reference(passkey: &StoredPasskey) -> PasskeyRef {
    let id = BASE64_URL_SAFE_NO_PAD.encode(&passkey.credential_id);
    PasskeyRef { id, transports: passkey.transports.clone() }
}

/// Makes a challenge: 32 random bytes, in base 64.
///
/// # Errors
/// When the store cannot keep it.
pub async fn challenge(app: &App, holder: TokenHash, purpose: ChallengePurpose) -> Result<String, Problem> {
    let text = new_token(&app.clock, "");
    let (challenge, now) = (token_hash(&text), app.clock.now());
    app.db.write(MakeChallenge { challenge, holder, purpose, now }).await?;
    Ok(text)
}

/// Bytes that came as text.
///
/// # Errors
/// Names the place in the body.
pub fn bytes(text: &PasskeyBytes, pointer: &str) -> Result<Vec<u8>, Problem> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    decoded.map_err(|_| Problem::invalid(pointer, "expected base 64 for addresses"))
}

/// Uses up the challenge that a browser names, and checks what the browser vouches for.
///
/// # Errors
/// [`ProblemCode::PasskeyRefused`], with what is wrong.
pub async fn client(
    app: &App,
    party: &Party,
    holder: TokenHash,
    ceremony: (ChallengePurpose, Ceremony),
    json: &[u8],
) -> Result<CheckedClient, Problem> {
    let (purpose, ceremony) = ceremony;
    let said = ClientData::read(json).map_err(refused)?;
    let (challenge, now) = (token_hash(said.challenge()), app.clock.now());
    if !app.db.write(TakeChallenge { challenge, holder, purpose, now }).await? {
        return Err(refused(Wrong::Challenge));
    }
    said.check(ceremony, party).map_err(refused)
}

/// Whose passkey was shown, if everything about it is right.
///
/// # Errors
/// [`ProblemCode::PasskeyUnknown`], or [`ProblemCode::PasskeyRefused`] with what is wrong.
pub async fn shown(
    app: &App,
    party: &Party,
    holder: TokenHash,
    purpose: ChallengePurpose,
    shown: &ShownPasskey,
) -> Result<(OwnedPasskey, VerifiedPasskey), Problem> {
    let json = bytes(&shown.client_data, "/client_data")?;
    let id = bytes(&shown.id, "/id")?;
    let data = bytes(&shown.authenticator_data, "/authenticator_data")?;
    let signature = bytes(&shown.signature, "/signature")?;
    let handle = shown.user_handle.as_ref().map(|text| bytes(text, "/user_handle")).transpose()?;
    let client = client(app, party, holder, (purpose, Ceremony::Get), &json).await?;
    let owned = app.db.passkey(&id).await?.ok_or_else(|| Problem::new(ProblemCode::PasskeyUnknown))?;
    // Whoever did not say who they are is known by the handle alone, so it must be there.
    let is_owner = handle.map_or(purpose != ChallengePurpose::SignIn, |handle| handle == owned.handle);
    if !is_owner {
        return Err(refused(Wrong::UserHandle));
    }
    let known =
        Known { public_key: &owned.passkey.public_key, backup_eligible: owned.passkey.backup_eligible };
    let asserted = asserted(&client, known, &data, &signature).map_err(refused)?;
    let used = PasskeyUse {
        id: owned.passkey.id,
        sign_count: asserted.sign_count.into(),
        backed_up: asserted.backed_up,
    };
    Ok((owned, VerifiedPasskey(used)))
}
