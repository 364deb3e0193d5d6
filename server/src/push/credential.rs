//! The keys with which an app's pushes are signed, parsed once.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tidings_protocol::admin::{ApnsCredential, FcmCredential};
use tidings_protocol::push::{PushEnvironment, PushProvider};

use super::hook::StoredHook;
use super::jwt;
use super::seal::CannotOpen;
use super::web::StoredVapid;

/// Why a credential cannot be used. Never says anything of the key itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCredential {
    /// The key's text is not PEM with a PKCS #8 key.
    #[error("expected a private key in PEM (PKCS #8: `BEGIN PRIVATE KEY`)")]
    Pem,
    /// The key is of another kind.
    #[error("expected {0}")]
    Key(&'static str),
    /// A field becomes part of a header or a path, and holds what may not stand there.
    #[error("{0} may hold letters, digits, `.`, `-`, `_` and `:` only")]
    Field(&'static str),
    /// The service account's file is not what Google offers for download.
    #[error("the service account's file lacks `{0}`")]
    Lacks(&'static str),
    /// The service account's file has another form.
    #[error("expected the JSON file of a service account, as it was downloaded")]
    Account,
    /// The stored text cannot be read.
    #[error("the stored credential cannot be read")]
    Stored,
    /// The stored text is sealed and cannot be opened.
    #[error("{0}")]
    Sealed(#[from] CannotOpen),
}

/// What is wrong with a credential in a request, and where in its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// After RFC 6901.
    pub pointer: String,
    /// What is wrong.
    pub reason: InvalidCredential,
}

impl Refused {
    fn new(root: &str, key: &str, reason: InvalidCredential) -> Self {
        let pointer = match reason {
            InvalidCredential::Pem | InvalidCredential::Key(_) => format!("{root}/{key}"),
            InvalidCredential::Field(field) | InvalidCredential::Lacks(field) => format!("{root}/{field}"),
            InvalidCredential::Account | InvalidCredential::Stored | InvalidCredential::Sealed(_) => {
                root.to_owned()
            }
        };
        Self { pointer, reason }
    }
}

/// Checks a key for APNs as far as that can be done without Apple.
pub fn check_apns(credential: &ApnsCredential) -> Result<(), Refused> {
    ApnsKey::parse(credential).map(drop).map_err(|reason| Refused::new("", "private_key_pem", reason))
}

/// Checks a service account as far as that can be done without Google.
pub fn check_fcm(credential: &FcmCredential) -> Result<(), Refused> {
    let parsed = ServiceAccount::parse(credential).map(drop);
    parsed.map_err(|reason| Refused::new("/service_account", "private_key", reason))
}

/// Checks a stored credential, opened, as far as that can be done without the service.
pub fn check_stored(provider: PushProvider, text: &str) -> Result<(), InvalidCredential> {
    match provider {
        PushProvider::Apns => ApnsKey::from_stored(text).map(drop),
        PushProvider::Fcm => ServiceAccount::from_stored(text).map(drop),
        PushProvider::WebPush => {
            let stored: StoredVapid = serde_json::from_str(text).map_err(|_| InvalidCredential::Stored)?;
            stored.public_key().map(drop)
        }
        PushProvider::Webhook => {
            serde_json::from_str::<StoredHook>(text).map(drop).map_err(|_| InvalidCredential::Stored)
        }
    }
}

/// A key for APNs.
pub struct ApnsKey {
    key_id: String,
    team_id: String,
    topic: String,
    environment: PushEnvironment,
    pair: EcdsaKeyPair,
}

impl ApnsKey {
    /// Reads the `.p8` file and checks what goes into headers.
    pub fn parse(credential: &ApnsCredential) -> Result<Self, InvalidCredential> {
        let der = pkcs8(&credential.private_key_pem)?;
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            der.secret_pkcs8_der(),
            &SystemRandom::new(),
        );
        Ok(Self {
            key_id: plain("key_id", &credential.key_id)?,
            team_id: plain("team_id", &credential.team_id)?,
            topic: plain("topic", &credential.topic)?,
            environment: credential.environment,
            pair: pair
                .map_err(|_| InvalidCredential::Key("a key for ECDSA on P-256, as Apple makes them"))?,
        })
    }

    /// Reads what [`SetPushCredential`](tidings_store::push_credentials::SetPushCredential) stored.
    pub fn from_stored(config: &str) -> Result<Self, InvalidCredential> {
        Self::parse(&serde_json::from_str(config).map_err(|_| InvalidCredential::Stored)?)
    }

    /// The app's bundle id.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Which service a device's token belongs to. Production is what a device says that says nothing, so the
    /// sandbox is meant if either the device or the credential says so.
    pub fn environment(&self, device: PushEnvironment) -> PushEnvironment {
        if device == PushEnvironment::Sandbox { device } else { self.environment }
    }

    /// A provider token of this time, in unix seconds.
    pub(super) fn sign(&self, issued_at: i64) -> Result<String, InvalidCredential> {
        let header = json!({ "alg": "ES256", "kid": self.key_id });
        let input = jwt::signing_input(&header, &json!({ "iss": self.team_id, "iat": issued_at }));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes());
        let signature = signature.map_err(|_| InvalidCredential::Key("a key that can sign"))?;
        Ok(jwt::token(&input, signature.as_ref()))
    }
}

/// A service account that may send through FCM.
pub struct ServiceAccount {
    project_id: String,
    client_email: String,
    key_id: Option<String>,
    pair: RsaKeyPair,
}

/// The fields of the file that are used. It has more.
#[derive(Deserialize)]
struct AccountFile {
    project_id: Option<String>,
    client_email: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<String>,
}

impl ServiceAccount {
    /// Reads the file.
    pub fn parse(credential: &FcmCredential) -> Result<Self, InvalidCredential> {
        let file = AccountFile::deserialize(&credential.service_account);
        let file = file.map_err(|_| InvalidCredential::Account)?;
        let lacks = InvalidCredential::Lacks;
        let project_id = file.project_id.ok_or(lacks("project_id"))?;
        let private_key = file.private_key.ok_or(lacks("private_key"))?;
        let client_email = file.client_email.ok_or(lacks("client_email"))?;
        let project_id = plain("project_id", &project_id)?;
        let pair = RsaKeyPair::from_pkcs8(pkcs8(&private_key)?.secret_pkcs8_der());
        Ok(Self {
            project_id,
            client_email,
            key_id: file.private_key_id,
            pair: pair.map_err(|_| InvalidCredential::Key("an RSA key of 2048 to 4096 bits"))?,
        })
    }

    /// Reads what [`SetPushCredential`](tidings_store::push_credentials::SetPushCredential) stored.
    pub fn from_stored(config: &str) -> Result<Self, InvalidCredential> {
        Self::parse(&serde_json::from_str(config).map_err(|_| InvalidCredential::Stored)?)
    }

    /// The Firebase project.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// A signed request for an access token (RFC 7523), valid for an hour from this time in unix seconds.
    pub(super) fn grant(&self, audience: &str, issued_at: i64) -> Result<String, InvalidCredential> {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(key_id) = &self.key_id {
            header["kid"] = Value::from(key_id.as_str());
        }
        let claims = json!({
            "iss": self.client_email,
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": audience,
            "iat": issued_at,
            "exp": issued_at + 60 * 60,
        });
        let input = jwt::signing_input(&header, &claims);
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
            .map_err(|_| InvalidCredential::Key("a key that can sign"))?;
        Ok(jwt::token(&input, &signature))
    }
}

fn pkcs8(pem: &str) -> Result<PrivatePkcs8KeyDer<'static>, InvalidCredential> {
    PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidCredential::Pem)
}

fn plain(field: &'static str, text: &str) -> Result<String, InvalidCredential> {
    let text = text.trim();
    let good = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
    if good { Ok(text.to_owned()) } else { Err(InvalidCredential::Field(field)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt`.
    const P256_KEY: &str = include_str!("testdata/p256.pem");
    const P384_KEY: &str = include_str!("testdata/p384.pem");

    fn apns(private_key_pem: &str, topic: &str) -> ApnsCredential {
        let fields = json!({
            "key_id": "KEY1234567", "team_id": "TEAM123456", "topic": topic, "private_key_pem": private_key_pem,
        });
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_key_from_the_developer_account_is_taken() {
        assert_eq!(check_apns(&apns(P256_KEY, "com.example.app")), Ok(()));
    }

    #[test]
    fn what_is_wrong_with_a_credential_is_said_without_showing_it() {
        let wrong_key = InvalidCredential::Key("a key for ECDSA on P-256, as Apple makes them");
        for (credential, pointer, reason) in [
            (apns("secret", "com.example.app"), "/private_key_pem", InvalidCredential::Pem),
            (apns(P384_KEY, "com.example.app"), "/private_key_pem", wrong_key),
            (apns(P256_KEY, "com.example\r\nx: y"), "/topic", InvalidCredential::Field("topic")),
        ] {
            assert_eq!(check_apns(&credential), Err(Refused { pointer: pointer.to_owned(), reason }));
        }
        let not_rsa = InvalidCredential::Key("an RSA key of 2048 to 4096 bits");
        let file = |project_id: &str, private_key: &str| json!({ "project_id": project_id, "private_key": private_key, "client_email": "b" });
        for (file, pointer, reason) in [
            (json!("text"), "/service_account", InvalidCredential::Account),
            (json!({}), "/service_account/project_id", InvalidCredential::Lacks("project_id")),
            (file("a", "x"), "/service_account/private_key", InvalidCredential::Pem),
            (file("a", P256_KEY), "/service_account/private_key", not_rsa),
            (file("a/../b", P256_KEY), "/service_account/project_id", InvalidCredential::Field("project_id")),
        ] {
            let refused = check_fcm(&FcmCredential { service_account: file });
            assert_eq!(refused, Err(Refused { pointer: pointer.to_owned(), reason }));
        }
    }
}
