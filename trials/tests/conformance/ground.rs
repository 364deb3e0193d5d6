//! A server at an address, and the people who use it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tidings_protocol::change::Change;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::AppServerFrame;
use tidings_protocol::id::{AppId, ConversationId, MessageId};
use tidings_trials::agent::Agent;
use tidings_trials::phone::{self, Phone};
use tidings_trials::scene::Scene;
use tidings_trials::socket::Socket;
use tidings_trials::{clock, furnish, wait};

use crate::client::Client;

/// Within this a client that comes back again and again has been served.
const SOON: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_secs(2);

/// Where the promises are tried.
pub(crate) struct Ground {
    address: SocketAddr,
    app_id: AppId,
    email: String,
}

impl Ground {
    pub(crate) fn at(address: SocketAddr, scene: &Scene) -> Self {
        Self { address, app_id: scene.app_id(), email: scene.installation.email.clone() }
    }

    /// A new user of the app.
    pub(crate) async fn user(&self) -> anyhow::Result<User> {
        let sign_in = || async { Ok(Phone::anonymous(self.address, self.app_id).await.ok()) };
        let mut phone = wait::until("a session", SOON, sign_in).await?;
        let http = Client::new(phone.connection().another()?);
        Ok(User { http, phone })
    }

    /// The agent, in a browser of her own.
    pub(crate) async fn agent(&self) -> anyhow::Result<Client> {
        Ok(Client::new(self.agent_with_sockets().await?.into_connection()))
    }

    /// The same, for her sockets.
    pub(crate) async fn agent_with_sockets(&self) -> anyhow::Result<Agent> {
        let sign_in =
            || async { Ok(Agent::sign_in(self.address, &self.email, furnish::PASSWORD).await.ok()) };
        wait::until("an agent's session", SOON, sign_in).await
    }
}

/// A user on a phone.
pub(crate) struct User {
    pub(crate) http: Client,
    phone: Phone,
}

impl User {
    /// Opens a thread.
    pub(crate) async fn open(&mut self) -> anyhow::Result<ConversationId> {
        let id = clock::new_id(ConversationId::from_parts);
        self.http.post("/app/v1/conversations", &json!({ "id": id })).await?;
        Ok(id)
    }

    /// Says something; the message as it was stored.
    pub(crate) async fn say(&mut self, conversation: ConversationId, text: &str) -> anyhow::Result<Value> {
        self.http.post(&phone::messages_path(conversation), &message(text)).await
    }

    /// The newest change of the user's feed.
    pub(crate) async fn cursor(&mut self) -> anyhow::Result<Cursor> {
        let screen = self.http.get("/app/v1/bootstrap").await?;
        serde_json::from_value(screen["cursor"].clone()).context("a cursor")
    }

    /// Everything after a cursor, by request.
    pub(crate) async fn changes(&mut self, mut cursor: Cursor) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        loop {
            let page = self.http.get(&format!("/app/v1/changes?after={cursor}&limit=7")).await?;
            ensure!(page["status"] == "changes", "not a page of changes: {page}");
            all.extend(page["changes"].as_array().context("changes")?.iter().cloned());
            cursor = serde_json::from_value(page["cursor"].clone())?;
            if page["more"] == false {
                return Ok(all);
            }
        }
    }

    /// Opens a live socket, as often as it takes.
    pub(crate) async fn socket(&mut self, cursor: Cursor) -> anyhow::Result<Socket> {
        let deadline = tokio::time::Instant::now() + SOON;
        loop {
            match self.phone.socket(cursor, true).await {
                Ok(socket) => return Ok(socket),
                Err(error) if tokio::time::Instant::now() > deadline => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Follows live until this many changes came: a socket that breaks is opened again from the last cursor.
    pub(crate) async fn follow(&mut self, mut cursor: Cursor, count: usize) -> anyhow::Result<Vec<Change>> {
        let mut seen: Vec<Change> = Vec::new();
        while seen.len() < count {
            let mut socket = self.socket(cursor).await?;
            // Silence is not trusted either: the other end may be gone without a word.
            while let Ok(Ok(frame)) = tokio::time::timeout(SILENCE, socket.frame()).await {
                match frame {
                    AppServerFrame::Changes(page) => {
                        cursor = page.cursor;
                        seen.extend(page.changes);
                    }
                    AppServerFrame::Reset => bail!("{cursor} is of another history"),
                    _ => {}
                }
                if seen.len() >= count {
                    break;
                }
            }
        }
        Ok(seen)
    }
}

/// A message that is one text, under a new id.
pub(crate) fn message(text: &str) -> Value {
    let id = clock::new_id(MessageId::from_parts);
    json!({ "id": id, "parts": [{ "type": "text", "text": text }] })
}
