//! A company's identity provider: `OpenID` Connect by the code flow, which checks what a real one checks, and can be told to
//! misbehave.

mod forms;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use self::forms::{fields, page, percent};
use crate::service::{Action, Handle, Service};
use crate::{Authority, Clock, Error, Result};

/// What the provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    /// The token has another sign-in's nonce.
    WrongNonce,
    /// The token is for another client.
    WrongAudience,
    /// The token is for us and others, and does not say who asked.
    ManyAudiences,
    /// The token is another issuer's.
    WrongIssuer,
    /// The token's time is over.
    Expired,
    /// The token is of tomorrow.
    Early,
    /// The token is not signed, and says so.
    AlgNone,
    /// The token is signed with the public key as a shared secret.
    HmacWithPublicKey,
    /// The token is signed with a key that is not in the set, under the name of one that is.
    OtherKey,
    /// A claim is of the wrong type.
    WordForTime,
    /// Who signs in is not asked again, although that was demanded.
    NotAskedAgain,
    /// The agent comes back with the name of another issuer.
    ReturnsOther,
    /// The agent comes back without the name of the issuer, although that was promised.
    ReturnsNone,
    /// It says of itself that it is somebody else.
    SaysOther,
    /// It offers no PKCE with S256.
    NoPkce,
    /// Its endpoint for tokens fails.
    Broken,
    /// It takes longer than anybody waits.
    Slow,
    /// The token does not say when it looked who it is, as Google's does not.
    NoTime,
    /// The token names an address and does not say whether it was verified, as Entra's does not.
    SaysNothingOfAddress,
    /// The token names no address; it is told by the endpoint for it, as Authelia does.
    AddressBesides,
    /// The same, and that endpoint tells of somebody else.
    AddressOfOther,
    /// It takes the client's secret among the fields only.
    SecretInBody,
    /// It takes no secret of a client.
    NoSecret,
    /// It says that its keys lie inside the network of whoever asks.
    KeysInside,
    /// It refuses every code without saying that the code was wrong.
    RefusesAll,
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them.
    pub subject: String,
    /// Their address.
    pub email: String,
    /// Whether the provider has verified it.
    pub is_verified: bool,
    /// Their name.
    pub name: String,
}

impl Person {
    /// Somebody whose address is verified; what the provider calls them comes from it.
    pub fn of(email: &str) -> Self {
        let name = email.split('@').next().unwrap_or_default();
        Self {
            subject: format!("subject of {email}"),
            email: email.to_owned(),
            is_verified: true,
            name: name.to_owned(),
        }
    }
}

#[derive(Clone)]
struct Grant {
    person: Person,
    address: String,
    challenge: String,
    nonce: String,
    looked_at: i64,
}

enum Pair {
    Es256(Box<EcdsaKeyPair>),
    Eddsa(Box<Ed25519KeyPair>),
}

struct Inner {
    mischief: Option<Mischief>,
    grants: HashMap<String, Grant>,
    /// Who signed in, by what opens more about them.
    opened: HashMap<String, Person>,
    pair: Arc<Pair>,
    number: u32,
}

struct State {
    clock: Clock,
    client: (String, String),
    issuer: Mutex<String>,
    inner: Mutex<Inner>,
}

/// The service; it ends when it is dropped.
pub struct Oidc {
    service: Service,
    state: Arc<State>,
}

impl Oidc {
    /// The id by which it knows its client.
    pub const CLIENT_ID: &str = "tidings & co";
    /// The client's secret.
    pub const CLIENT_SECRET: &str = "a secret: with + and %";

    /// Starts the service.
    pub async fn start(authority: &Authority, port: u16, clock: Clock) -> Result<Self> {
        let (grants, opened) = (HashMap::new(), HashMap::new());
        let inner = Inner { mischief: None, grants, opened, pair: Arc::new(pair(0)?), number: 0 };
        let state = Arc::new(State {
            clock,
            client: (Self::CLIENT_ID.to_owned(), Self::CLIENT_SECRET.to_owned()),
            issuer: Mutex::default(),
            inner: Mutex::new(inner),
        });
        let service = Service::start(authority, port, state.clone()).await?;
        service.url().clone_into(&mut state.issuer.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Self { service, state })
    }

    /// Where it listens, and who it says that it is: `https://localhost:PORT`.
    pub fn url(&self) -> String {
        self.service.url()
    }

    /// What it does wrong from now on.
    pub fn misbehave(&self, mischief: Option<Mischief>) {
        self.state.inner().mischief = mischief;
    }

    /// Signs with a new key from now on; the old one is not in the set any more.
    ///
    /// # Errors
    /// When no random bytes can be had.
    pub fn rotate(&self) -> Result<()> {
        let number = self.state.inner().number + 1;
        let pair = Arc::new(pair(number)?);
        let mut inner = self.state.inner();
        (inner.pair, inner.number) = (pair, number);
        Ok(())
    }

    /// Somebody signs in at the address to which they were sent: answers where they are sent back to, or why they are not.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn sign_in(&self, address: &str, person: Person) -> std::result::Result<String, &'static str> {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        self.state.grant(&fields(query), person)
    }
}

fn pair(number: u32) -> Result<Pair> {
    let random = SystemRandom::new();
    let bad = |_| Error::Key("new key");
    if number.is_multiple_of(2) {
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(bad)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random);
        return Ok(Pair::Es256(Box::new(pair.map_err(|_| Error::Key("new key"))?)));
    }
    let der = Ed25519KeyPair::generate_pkcs8(&random).map_err(bad)?;
    Ok(Pair::Eddsa(Box::new(Ed25519KeyPair::from_pkcs8(der.as_ref()).map_err(|_| Error::Key("new key"))?)))
}

impl Pair {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Eddsa(_) => "EdDSA",
        }
    }

    fn public(&self) -> &[u8] {
        match self {
            Self::Es256(pair) => pair.public_key().as_ref(),
            Self::Eddsa(pair) => pair.public_key().as_ref(),
        }
    }

    fn jwk(&self, number: u32) -> Value {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let (kid, key) = (format!("key {number}"), self.public());
        match self {
            Self::Es256(_) => json!({
                "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
                "x": text(&key[1..33]), "y": text(&key[33..]),
            }),
            Self::Eddsa(_) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": text(key) })
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(pair) => {
                pair.sign(&SystemRandom::new(), message).map(|it| it.as_ref().to_vec()).unwrap_or_default()
            }
            Self::Eddsa(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// Nothing is remembered of a connection.
#[derive(Default)]
pub(crate) struct Connection;

impl Handle for State {
    type Connection = Connection;

    async fn handle(&self, _: u64, _: &Connection, request: Request<Bytes>) -> Action {
        if self.inner().mischief == Some(Mischief::Slow) {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        let query = request.uri().query().unwrap_or_default().to_owned();
        let answer = match (request.method(), request.uri().path()) {
            (&Method::GET, "/.well-known/openid-configuration") => data(200, &self.discovery()),
            (&Method::GET, "/keys") => data(200, &self.keys()),
            (&Method::GET, "/authorize") => page(&fields(&query), &query),
            (&Method::GET, "/continue") => self.go_back(&fields(&query)),
            (&Method::POST, "/token") => self.exchange(&request),
            (&Method::GET, "/userinfo") => self.user_info(&request),
            _ => data(404, &json!({ "error": "not_found" })),
        };
        Action::Answer(answer)
    }
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issuer(&self) -> String {
        self.issuer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn discovery(&self) -> Value {
        let (issuer, mischief) = (self.issuer(), self.inner().mischief);
        let says = if mischief == Some(Mischief::SaysOther) { "https://other.example" } else { &issuer };
        let methods = if mischief == Some(Mischief::NoPkce) { ["plain"] } else { ["S256"] };
        let shows = match mischief {
            Some(Mischief::SecretInBody) => "client_secret_post",
            Some(Mischief::NoSecret) => "private_key_jwt",
            _ => "client_secret_basic",
        };
        let keys = if mischief == Some(Mischief::KeysInside) { "https://10.0.0.1" } else { &issuer };
        json!({
            "issuer": says,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{keys}/keys"),
            "token_endpoint_auth_methods_supported": [shows],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "EdDSA"],
            "code_challenge_methods_supported": methods,
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn keys(&self) -> Value {
        let inner = self.inner();
        json!({ "keys": [{ "kty": "new", "kid": "of tomorrow" }, inner.pair.jwk(inner.number)] })
    }

    fn grant(
        &self,
        asked: &HashMap<String, String>,
        person: Person,
    ) -> std::result::Result<String, &'static str> {
        let of = |name: &str| asked.get(name).map_or("", String::as_str);
        let is = |name: &str, value: &str| of(name) == value;
        if !is("response_type", "code") || !is("client_id", &self.client.0) {
            return Err("another client, or another flow");
        }
        if !is("code_challenge_method", "S256") || of("code_challenge").len() != 43 {
            return Err("no PKCE");
        }
        if !of("scope").split(' ').any(|scope| scope == "openid") || of("nonce").is_empty() {
            return Err("not OpenID Connect");
        }
        let mut random = [0; 24];
        SystemRandom::new().fill(&mut random).map_err(|_| "no randomness")?;
        let code = BASE64_URL_SAFE_NO_PAD.encode(random);
        let now = self.clock.unix_ms() / 1_000;
        let mut inner = self.inner();
        let asks_again = is("prompt", "login") && inner.mischief != Some(Mischief::NotAskedAgain);
        let grant = Grant {
            person,
            address: of("redirect_uri").to_owned(),
            challenge: of("code_challenge").to_owned(),
            nonce: of("nonce").to_owned(),
            looked_at: if asks_again { now } else { now - 3_600 },
        };
        let issuer = match inner.mischief {
            Some(Mischief::ReturnsNone) => String::new(),
            Some(Mischief::ReturnsOther) => format!("&iss={}", percent("https://other.example")),
            _ => format!("&iss={}", percent(&self.issuer())),
        };
        let back = format!("{}?code={code}&state={}{issuer}", grant.address, percent(of("state")));
        inner.grants.insert(code, grant);
        Ok(back)
    }

    fn go_back(&self, asked: &HashMap<String, String>) -> Response<Full<Bytes>> {
        let back = if asked.contains_key("refuse") {
            let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
            Ok(format!("{}?error=access_denied&state={}", of("redirect_uri"), percent(&of("state"))))
        } else {
            self.grant(asked, Person::of(asked.get("email").map_or("", String::as_str)))
        };
        match back {
            Ok(back) => {
                let response = Response::builder().status(302).header(header::LOCATION, back);
                response.body(Full::default()).unwrap_or_default()
            }
            Err(why) => data(400, &json!({ "error": "invalid_request", "error_description": why })),
        }
    }

    fn exchange(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        let refuse = |word: &str| data(400, &json!({ "error": word }));
        if self.inner().mischief == Some(Mischief::Broken) {
            return data(500, &json!({ "error": "server_error" }));
        }
        if self.inner().mischief == Some(Mischief::RefusesAll) {
            return refuse("invalid_request");
        }
        let asked = fields(&String::from_utf8_lossy(request.body()));
        let of = |name: &str| asked.get(name).map_or("", String::as_str);
        let is_known = if self.inner().mischief == Some(Mischief::SecretInBody) {
            (of("client_id"), of("client_secret")) == (&*self.client.0, &*self.client.1)
        } else {
            let wanted = format!("{}:{}", percent(&self.client.0), percent(&self.client.1));
            let wanted = format!("Basic {}", BASE64_STANDARD.encode(wanted));
            let shown = request.headers().get(header::AUTHORIZATION);
            shown.is_some_and(|shown| shown.as_bytes() == wanted.as_bytes())
        };
        if !is_known {
            return data(401, &json!({ "error": "invalid_client" }));
        }
        let Some(grant) = self.inner().grants.remove(of("code")) else { return refuse("invalid_grant") };
        let shown = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, of("code_verifier").as_bytes()));
        if of("redirect_uri") != grant.address || shown != grant.challenge {
            return refuse("invalid_grant");
        }
        let token = self.token(&grant);
        let opens = format!("opens {}", of("code"));
        self.inner().opened.insert(opens.clone(), grant.person);
        data(
            200,
            &json!({ "access_token": opens, "token_type": "Bearer", "expires_in": 300, "id_token": token }),
        )
    }

    fn user_info(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        let shown = request.headers().get(header::AUTHORIZATION).and_then(|shown| shown.to_str().ok());
        let inner = self.inner();
        let person =
            shown.and_then(|shown| shown.strip_prefix("Bearer ")).and_then(|it| inner.opened.get(it));
        let Some(person) = person else { return data(401, &json!({ "error": "invalid_token" })) };
        let is_other = inner.mischief == Some(Mischief::AddressOfOther);
        let subject = if is_other { "somebody else" } else { &person.subject };
        data(
            200,
            &json!({ "sub": subject, "email": person.email, "email_verified": person.is_verified, "given_name": person.name }),
        )
    }

    fn token(&self, grant: &Grant) -> String {
        let (mischief, pair, number) = {
            let inner = self.inner();
            (inner.mischief, inner.pair.clone(), inner.number)
        };
        let now = self.clock.unix_ms() / 1_000;
        let mut claims = json!({
            "iss": self.issuer(),
            "aud": self.client.0,
            "sub": grant.person.subject,
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + 300,
            "auth_time": grant.looked_at,
            "email": grant.person.email,
            "email_verified": grant.person.is_verified,
            "name": grant.person.name,
        });
        match mischief {
            Some(Mischief::WrongNonce) => claims["nonce"] = json!("another"),
            Some(Mischief::WrongAudience) => claims["aud"] = json!("another"),
            Some(Mischief::ManyAudiences) => claims["aud"] = json!([self.client.0, "another"]),
            Some(Mischief::WrongIssuer) => claims["iss"] = json!("https://other.example"),
            Some(Mischief::Expired) => claims["exp"] = json!(now - 120),
            Some(Mischief::Early) => claims["iat"] = json!(now + 86_400),
            Some(Mischief::WordForTime) => claims["exp"] = json!("tomorrow"),
            Some(Mischief::NoTime) => without(&mut claims, &["auth_time"]),
            Some(Mischief::SaysNothingOfAddress) => without(&mut claims, &["email_verified"]),
            Some(Mischief::AddressBesides | Mischief::AddressOfOther) => {
                without(&mut claims, &["email", "email_verified", "name"]);
            }
            _ => {}
        }
        let algorithm = match mischief {
            Some(Mischief::AlgNone) => "none",
            Some(Mischief::HmacWithPublicKey) => "HS256",
            _ => pair.algorithm(),
        };
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": format!("key {number}") });
        let text = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", text(&head), text(&claims));
        let signature = match mischief {
            Some(Mischief::AlgNone) => Vec::new(),
            Some(Mischief::HmacWithPublicKey) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, pair.public());
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Some(Mischief::OtherKey) => {
                self::pair(number).map(|other| other.sign(message.as_bytes())).unwrap_or_default()
            }
            _ => pair.sign(message.as_bytes()),
        };
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn without(claims: &mut Value, names: &[&str]) {
    if let Some(claims) = claims.as_object_mut() {
        claims.retain(|name, _| !names.contains(&name.as_str()));
    }
}

fn data(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(Full::from(body.to_string())).unwrap_or_default()
}
