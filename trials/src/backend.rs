//! A company's own backend: it holds a server key, and vouches for its users.

use std::net::SocketAddr;

use anyhow::Context as _;
use bytes::Bytes;
use hyper::Method;
use hyper::header::{AUTHORIZATION, HeaderMap};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::json;
use tidings_protocol::admin::{self, AdminUser, ApnsCredential, FcmCredential, IdentityKeys};
use tidings_protocol::id::AppId;
use tidings_standins::{Apns, Fcm};

use crate::clock;
use crate::http::Connection;

/// The backend of one app.
pub struct Backend {
    connection: Connection,
    app_id: AppId,
}

/// Signs identity tokens in simple mode; cheap to clone.
#[derive(Clone)]
pub struct Identity {
    key: EncodingKey,
    app_id: AppId,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    aud: String,
    iat: i64,
    exp: i64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

impl Backend {
    /// Of this app.
    pub fn new(address: SocketAddr, server_key: &str, app_id: AppId) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {server_key}").parse()?);
        Ok(Self { connection: Connection::new(address, headers)?, app_id })
    }

    /// Makes a secret with which users are vouched for.
    pub async fn identity(&mut self) -> anyhow::Result<Identity> {
        let path = format!("/admin/v1/apps/{}/identity_keys", self.app_id);
        let keys: IdentityKeys =
            self.connection.send(Method::POST, &path, &json!({ "algorithm": "HS256" })).await?;
        let secret = keys.keys.into_iter().find_map(|key| key.secret).context("no secret was answered")?;
        // `EncodingKey::from_base64_secret` wants another alphabet than the URL's.
        let secret = secret.replace('-', "+").replace('_', "/") + "=";
        Ok(Identity { key: EncodingKey::from_base64_secret(&secret)?, app_id: self.app_id })
    }

    /// Tells of a user.
    pub async fn upsert_user(
        &mut self,
        external_id: &str,
        name: &str,
        email: &str,
    ) -> anyhow::Result<AdminUser> {
        let path = format!("/admin/v1/apps/{}/users/{external_id}", self.app_id);
        self.connection.send(Method::PUT, &path, &json!({ "name": name, "email": email })).await
    }

    /// Adds a colleague.
    pub async fn create_agent(&mut self, name: &str, email: &str, password: &str) -> anyhow::Result<()> {
        let body = json!({ "name": name, "email": email, "password": password, "role": "agent" });
        let body = serde_json::to_vec(&body)?.into();
        self.connection.call(Method::POST, "/admin/v1/agents", body).await?.success().map(drop)
    }

    /// Pushes of this app go to these stand-ins' accounts.
    pub async fn set_push(&mut self, apns: &Apns, fcm: &Fcm) -> anyhow::Result<()> {
        let options = apns.options();
        let label = |text: &String| text.clone().try_into().context("not a label");
        let credential = ApnsCredential {
            key_id: label(&options.key_id)?,
            team_id: label(&options.team_id)?,
            topic: label(&options.topics[0])?,
            private_key_pem: apns.private_key_pem().to_owned(),
            environment: tidings_protocol::push::PushEnvironment::Production,
        };
        self.put("push/apns", &credential).await?;
        self.put("push/fcm", &FcmCredential { service_account: fcm.service_account() }).await
    }

    /// Has users of this app asked what they think, so many minutes after a conversation was closed.
    pub async fn ask_what_users_think(&mut self, after_minutes: i64) -> anyhow::Result<()> {
        self.put("satisfaction", &json!({ "after_minutes": after_minutes })).await
    }

    /// Makes another app of the same company.
    pub async fn create_app(&mut self, name: &str) -> anyhow::Result<admin::App> {
        self.connection.send(Method::POST, "/admin/v1/apps", &json!({ "name": name })).await
    }

    /// Pushes that were given up.
    pub async fn dead_pushes(&mut self) -> anyhow::Result<admin::DeadPushes> {
        self.connection.get("/admin/v1/push/dead?limit=100").await
    }

    async fn put(&mut self, rest: &str, body: &impl Serialize) -> anyhow::Result<()> {
        let path = format!("/admin/v1/apps/{}/{rest}", self.app_id);
        let body = Bytes::from(serde_json::to_vec(body)?);
        let answer = self.connection.call(Method::PUT, &path, body).await?;
        answer.success().map(drop).with_context(|| format!("PUT {path}"))
    }
}

impl Identity {
    /// A token that says who this is, for 15 minutes.
    pub fn token(&self, external_id: &str, name: &str) -> anyhow::Result<String> {
        self.sign(external_id, name, None)
    }

    /// The same with an e-mail address.
    pub fn token_with_email(&self, external_id: &str, name: &str, email: &str) -> anyhow::Result<String> {
        self.sign(external_id, name, Some(email))
    }

    fn sign(&self, external_id: &str, name: &str, email: Option<&str>) -> anyhow::Result<String> {
        let now = clock::now().unix_ms() / 1000;
        let claims =
            Claims { sub: external_id, aud: self.app_id.to_string(), iat: now, exp: now + 900, name, email };
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key)?)
    }
}
