//! What is sent to a provider and what comes back: the code for tokens, an access token for what the provider knows of
//! somebody.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use serde::Deserialize;
use tidings_protocol::single_sign_on::ProviderFault;

use super::discovery::{Discovery, Shows};
use super::reach::Paths;
use super::token::{Claimed, Wrong, claimed_by};
use super::{Refused, fault};
use crate::auth::percent::percent;
use crate::push::net::Answer;

/// The client, as the provider knows it.
#[derive(Clone, Copy)]
pub(super) struct Client<'c> {
    pub(super) id: &'c str,
    pub(super) secret: &'c str,
}

/// What the provider gives for a code.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    /// Opens what the provider knows of who signed in.
    access_token: Option<String>,
}

pub(super) async fn get(paths: &Paths, address: &str, bearer: Option<&str>) -> Result<Bytes, Refused> {
    if !paths.may_ask(address) {
        return fault(ProviderFault::Address, format!("{address} may not be reached"));
    }
    let mut request = Request::get(address).header(header::ACCEPT, "application/json");
    if let Some(token) = bearer {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = send(paths, request.body(Full::default())).await?;
    if !answer.status.is_success() {
        let why = format!("{address} answered HTTP {}", answer.status.as_u16());
        return fault(ProviderFault::Unreachable, why);
    }
    Ok(answer.body)
}

/// Shows a code to the provider.
pub(super) async fn exchange(
    paths: &Paths,
    discovery: &Discovery,
    client: Client<'_>,
    fields: &[(&str, String)],
) -> Result<Answer, Refused> {
    let mut request = Request::post(&discovery.token_endpoint)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let mut fields = fields.to_vec();
    if discovery.shows() == Some(Shows::Body) {
        fields.extend([("client_id", client.id.to_owned()), ("client_secret", client.secret.to_owned())]);
    } else {
        let pair = format!("{}:{}", percent(client.id), percent(client.secret));
        request = request.header(header::AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(pair)));
    }
    send(paths, request.body(Full::from(form(&fields)))).await
}

async fn send(paths: &Paths, request: http::Result<Request<Full<Bytes>>>) -> Result<Answer, Refused> {
    let Ok(request) = request else { return fault(ProviderFault::Address, "the address is none") };
    paths.send(request).await.or_else(|error| fault(ProviderFault::Unreachable, error.to_string()))
}

/// What the provider knows of somebody besides their token (section 5.3), if it says that it is the same person.
pub(super) async fn user_info(
    paths: &Paths,
    discovery: &Discovery,
    tokens: &Tokens,
    subject: &str,
) -> Result<Option<Claimed>, Refused> {
    let (Some(address), Some(token)) = (&discovery.userinfo_endpoint, &tokens.access_token) else {
        return Ok(None);
    };
    let body = get(paths, address, Some(token)).await?;
    let (said, claimed) = claimed_by(&body)?;
    // Section 5.3.2: without this, somebody else's answer could be put in its place.
    if said == subject { Ok(Some(claimed)) } else { Err(Wrong::OtherSubject.into()) }
}

/// The tokens in an answer.
pub(super) fn tokens_in(answer: &Answer) -> Result<Tokens, Refused> {
    if !answer.status.is_success() {
        let said = error_in(answer);
        if matches!(&*said, "invalid_client" | "unauthorized_client") {
            return fault(ProviderFault::Client, "it does not take the client's secret");
        }
        if answer.status.is_server_error() {
            return fault(ProviderFault::Unreachable, format!("it answered HTTP {}", answer.status.as_u16()));
        }
        return Err(Refused::Code(said));
    }
    let missing = |_| Refused::Code("there is no ID token in its answer".to_owned());
    serde_json::from_slice(&answer.body).map_err(missing)
}

/// `error` of an answer (RFC 6749, section 5.2); never more of it, which could be anything.
pub(super) fn error_in(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Said {
        error: String,
    }
    let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
    let word = said.map(|said| said.error).filter(|word| {
        word.len() <= 60 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    });
    word.unwrap_or_else(|| format!("HTTP {}", answer.status.as_u16()))
}

/// `application/x-www-form-urlencoded`.
pub(super) fn form(fields: &[(&str, String)]) -> String {
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    pairs.join("&")
}
