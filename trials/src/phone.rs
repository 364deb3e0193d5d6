//! The app API as a phone calls it, without the SDK between: for load and for kill loops, where each request's fate
//! must be seen. Stories use the SDK itself.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::{Method, StatusCode};
use tidings_protocol::Seq;
use tidings_protocol::app::{
    Bootstrap, DeviceInfo, DeviceSecret, MessageList, OpenConversation, Platform, SendMessage, SignIn,
    SignedIn,
};
use tidings_protocol::change::{Catchup, ChangePage};
use tidings_protocol::conversation::Conversation;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{AppFrame, AppServerFrame};
use tidings_protocol::id::{AppId, ConversationId, DeviceId, MessageId, UserId};
use tidings_protocol::message::{Message, Parts};

use crate::clock;
use crate::http::{Answer, Connection};
use crate::socket::Socket;

/// A signed-in device.
pub struct Phone {
    connection: Connection,
    token: String,
    /// Whose it is.
    pub user_id: UserId,
}

/// What became of a send.
#[derive(Debug, PartialEq)]
pub enum Sent {
    /// Stored, now or at an earlier attempt.
    Acknowledged(Box<Message>),
    /// Nobody knows: repeat it with the same id.
    Unknown,
}

impl Phone {
    /// Signs in a new anonymous user.
    pub async fn anonymous(address: SocketAddr, app_id: AppId) -> anyhow::Result<Self> {
        Self::sign_in(address, app_id, None).await
    }

    /// Signs in on a new device.
    pub async fn sign_in(address: SocketAddr, app_id: AppId, token: Option<String>) -> anyhow::Result<Self> {
        let device = DeviceInfo {
            id: clock::new_id(DeviceId::from_parts),
            secret: secret()?,
            platform: Platform::Other,
            locale: None,
            app_version: None,
        };
        let mut connection = Connection::new(address, HeaderMap::new())?;
        let body = SignIn { app_id, identity_token: token, device, merge: None };
        let SignedIn { user, session_token } =
            connection.send(Method::POST, "/app/v1/sessions", &body).await?;
        connection.headers().insert(AUTHORIZATION, format!("Bearer {session_token}").parse()?);
        Ok(Self { connection, token: session_token, user_id: user.id })
    }

    /// As many bytes in its requests as another phone, and no session.
    pub fn without_session(address: SocketAddr) -> anyhow::Result<Self> {
        let token = format!("tds_{}", "0".repeat(43));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse()?);
        let user_id = clock::new_id(UserId::from_parts);
        Ok(Self { connection: Connection::new(address, headers)?, token, user_id })
    }

    /// The same session on a connection of its own, perhaps to another node.
    pub fn beside(&mut self, address: SocketAddr) -> anyhow::Result<Self> {
        let connection = Connection::new(address, self.connection.headers().clone())?;
        Ok(Self { connection, token: self.token.clone(), user_id: self.user_id })
    }

    /// Opens a thread.
    pub async fn open_conversation(&mut self, title: Option<&str>) -> anyhow::Result<ConversationId> {
        let id = clock::new_id(ConversationId::from_parts);
        let title = title.map(|title| title.to_owned().try_into()).transpose().context("not a title")?;
        let body = OpenConversation { id, title, context: None, fields: None };
        let opened: Conversation = self.connection.send(Method::POST, "/app/v1/conversations", &body).await?;
        Ok(opened.id)
    }

    /// Sends a message; an answer of the server that no repetition changes is an error.
    pub async fn send(
        &mut self,
        conversation: ConversationId,
        id: MessageId,
        text: &str,
    ) -> anyhow::Result<Sent> {
        match self.send_raw(&messages_path(conversation), message_body(id, text)?).await {
            Ok(answer) if answer.status.is_success() => Ok(Sent::Acknowledged(Box::new(answer.json()?))),
            Ok(answer)
                if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS =>
            {
                Ok(Sent::Unknown)
            }
            Ok(answer) => bail!("refused: {}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
            Err(_) => Ok(Sent::Unknown),
        }
    }

    /// Sends a body that is ready, and gives the answer as it came.
    pub async fn send_raw(&mut self, path: &str, body: Bytes) -> anyhow::Result<Answer> {
        self.connection.call(Method::POST, path, body).await
    }

    /// The first screen.
    pub async fn bootstrap(&mut self) -> anyhow::Result<Bootstrap> {
        self.connection.get("/app/v1/bootstrap").await
    }

    /// One page of what came after a cursor.
    pub async fn changes(&mut self, after: Cursor) -> anyhow::Result<ChangePage<Conversation>> {
        match self.connection.get(&format!("/app/v1/changes?after={after}&limit=100")).await? {
            Catchup::Changes(page) => Ok(page),
            Catchup::Reset => bail!("the cursor {after} is of another history"),
        }
    }

    /// Every message of a thread, fetched by page from the first.
    pub async fn all_messages(&mut self, conversation: ConversationId) -> anyhow::Result<Vec<Message>> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let after: Seq = all.last().map_or(0, |message| message.seq);
            let path = format!("{}?after={after}&limit=100", messages_path(conversation));
            let page: MessageList = self.connection.get(&path).await?;
            all.extend(page.messages);
            if !page.more {
                return Ok(all);
            }
        }
    }

    /// Opens a live socket and waits until it is live.
    pub async fn socket(&mut self, cursor: Cursor, foreground: bool) -> anyhow::Result<Socket> {
        let mut socket = Socket::open(self.connection.address(), "/app/v1/socket", &HeaderMap::new()).await?;
        socket.send(&AppFrame::Authenticate { token: self.token.clone(), cursor, foreground }).await?;
        match socket.frame().await? {
            AppServerFrame::Hello(_) => Ok(socket),
            other => bail!("the first frame is not `hello`: {other:?}"),
        }
    }

    /// The connection alone, for who sends nothing but what is ready.
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// The connection itself, for requests that have no name here.
    pub const fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

/// Where messages of a thread are sent to and read from.
pub fn messages_path(conversation: ConversationId) -> String {
    format!("/app/v1/conversations/{conversation}/messages")
}

/// The body of a message that is one text.
pub fn message_body(id: MessageId, text: &str) -> anyhow::Result<Bytes> {
    Ok(serde_json::to_vec(&SendMessage { id, parts: text_parts(text)?, quote: None, context: None })?.into())
}

/// A message that is one text.
pub fn text_parts(text: &str) -> anyhow::Result<Parts> {
    let parts = serde_json::json!([{ "type": "text", "text": text }]);
    serde_json::from_value(parts).context("not a text")
}

fn secret() -> anyhow::Result<DeviceSecret> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let random: [u8; 43] = clock::random();
    // 43 characters carry 258 bits; the last one's two spare bits are zero, as 32 bytes leave them.
    let text = random.iter().enumerate().map(|(place, byte)| {
        let bits = byte & if place == 42 { 0b11_1100 } else { 0b11_1111 };
        char::from(ALPHABET[usize::from(bits)])
    });
    Ok(DeviceSecret::try_from(text.collect::<String>())?)
}
