//! A client that does what the protocol asks of one: it repeats what was not answered.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::Value;
use tidings_trials::http::{Answer, Connection};

/// A node that was killed in the middle of an answer says nothing for ever.
const ATTEMPT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// Asks one server, as somebody.
pub(crate) struct Client {
    connection: Connection,
}

impl Client {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Another connection of the same session.
    pub(crate) fn another(&self) -> anyhow::Result<Self> {
        Ok(Self { connection: self.connection.another()? })
    }

    /// What the server says in the end; a node that is going, or one that cannot for the moment, is asked again.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: Bytes) -> anyhow::Result<Answer> {
        let begun = Instant::now();
        loop {
            let call = self.connection.call(method.clone(), path, body.clone());
            let told = match tokio::time::timeout(ATTEMPT, call).await {
                Ok(Ok(answer)) if !passes(answer.status) => return Ok(answer),
                Ok(Ok(answer)) => answer.status.to_string(),
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => "no answer".to_owned(),
            };
            ensure!(begun.elapsed() < PATIENCE, "{method} {path}: {told}, for {PATIENCE:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, Bytes::new()).await?.json().with_context(|| format!("GET {path}"))
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn put(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::PUT, path, body).await
    }

    async fn send(&mut self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.ask(method.clone(), path, body.to_string().into()).await?;
        answer.json().with_context(|| format!("{method} {path}"))
    }

    /// The problem that this is refused with; `code` must be this one.
    pub(crate) async fn refused(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
        code: &str,
    ) -> anyhow::Result<Value> {
        let answer = self.ask(method.clone(), path, body.into()).await?;
        let (status, kind) = (answer.status, answer.headers.get("content-type").cloned());
        if status.is_success() {
            bail!("{method} {path} was not refused but answered with {status}");
        }
        ensure!(
            kind.is_some_and(|kind| kind == "application/problem+json"),
            "{method} {path}: {status} without a problem"
        );
        let problem: Value = serde_json::from_slice(&answer.body).context("a problem is JSON")?;
        ensure!(problem["code"] == code, "{method} {path} should be refused with `{code}`: {problem}");
        Ok(problem)
    }
}

/// An answer that says "ask again".
fn passes(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}
