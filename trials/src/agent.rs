//! The inbox API as a browser calls it: a cookie, and an origin with each request.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use hyper::Method;
use hyper::header::{COOKIE, HOST, HeaderMap, HeaderValue, ORIGIN, SET_COOKIE};
use tidings_protocol::Seq;
use tidings_protocol::change::{Catchup, Change, ChangePage, Note};
use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{InboxFrame, InboxServerFrame, TeamCursor};
use tidings_protocol::held::{HoldReply, HoldUntil};
use tidings_protocol::id::{AgentId, ConversationId, MessageId, NoteId, TeamId};
use tidings_protocol::inbox::{
    self, AgentSignIn, Assign, InboxBootstrap, Ledger, MoveTeamReceipt, Reply, SetState, Thread, WriteNote,
};
use tidings_protocol::message::Message;
use tokio::net::TcpStream;

use crate::clock;
use crate::http::Connection;
use crate::phone::text_parts;
use crate::socket::Socket;

/// A signed-in agent.
pub struct Agent {
    connection: Connection,
    /// Who.
    pub me: inbox::Agent,
}

impl Agent {
    /// Signs in with e-mail and password.
    pub async fn sign_in(address: SocketAddr, email: &str, password: &str) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_str(&format!("http://{address}"))?);
        let mut connection = Connection::new(address, headers)?;
        let email = email.to_owned().try_into().context("not an e-mail address")?;
        let body = serde_json::to_vec(&AgentSignIn { email, password: password.to_owned(), code: None })?;
        let answer = connection.call(Method::POST, "/inbox/v1/session", body.into()).await?;
        let cookies = answer.headers.get_all(SET_COOKIE).iter();
        let cookie = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|cookie| cookie.starts_with("__Host-tidings="))
            .map(HeaderValue::from_str)
            .transpose()?;
        let me = answer.json().context("signing in")?;
        connection.headers().insert(COOKIE, cookie.context("signing in set no cookie")?);
        Ok(Self { connection, me })
    }

    /// The same session on a connection of its own, perhaps to another node.
    pub fn beside(&mut self, address: SocketAddr) -> anyhow::Result<Self> {
        let mut headers = self.connection.headers().clone();
        headers.insert(ORIGIN, HeaderValue::from_str(&format!("http://{address}"))?);
        Ok(Self { connection: Connection::new(address, headers)?, me: self.me.clone() })
    }

    /// The first screen.
    pub async fn bootstrap(&mut self) -> anyhow::Result<InboxBootstrap> {
        self.connection.get("/inbox/v1/bootstrap").await
    }

    /// One page of what came after a cursor in a team's feed.
    pub async fn changes(
        &mut self,
        team: TeamId,
        after: Cursor,
    ) -> anyhow::Result<ChangePage<InboxConversation>> {
        match self.connection.get(&format!("/inbox/v1/teams/{team}/changes?after={after}&limit=100")).await? {
            Catchup::Changes(page) => Ok(page),
            Catchup::Reset => bail!("the cursor {after} is of another history"),
        }
    }

    /// The report of the last week.
    pub async fn report(&mut self) -> anyhow::Result<serde_json::Value> {
        self.connection.get("/inbox/v1/reports?days=7").await
    }

    /// The newest page of a thread.
    pub async fn thread(&mut self, conversation: ConversationId) -> anyhow::Result<Thread> {
        self.connection.get(&path(conversation, "/thread")).await
    }

    /// The header of a thread.
    pub async fn conversation(&mut self, conversation: ConversationId) -> anyhow::Result<InboxConversation> {
        self.connection.get(&path(conversation, "")).await
    }

    /// Answers the user.
    pub async fn reply(&mut self, conversation: ConversationId, text: &str) -> anyhow::Result<Message> {
        let body = Reply {
            id: clock::new_id(MessageId::from_parts),
            parts: text_parts(text)?,
            quote: None,
            seen_seq: None,
        };
        self.connection.send(Method::POST, &path(conversation, "/replies"), &body).await
    }

    /// Writes an internal note.
    pub async fn note(&mut self, conversation: ConversationId, text: &str) -> anyhow::Result<Note> {
        let text = text.to_owned().try_into().context("not a text")?;
        let body = WriteNote { id: clock::new_id(NoteId::from_parts), text, mentions: Vec::new() };
        self.connection.send(Method::POST, &path(conversation, "/notes"), &body).await
    }

    /// Leaves a reply with the server; answers its id.
    pub async fn hold(
        &mut self,
        conversation: ConversationId,
        text: &str,
        until: HoldUntil,
    ) -> anyhow::Result<MessageId> {
        let id = clock::new_id(MessageId::from_parts);
        let parts = text_parts(text)?;
        let body = HoldReply { id, parts, quote: None, seen_seq: None, until, then_close: false };
        let _: InboxConversation =
            self.connection.send(Method::POST, &path(conversation, "/held_replies"), &body).await?;
        Ok(id)
    }

    /// Takes a reply back that the server holds.
    pub async fn take_back(
        &mut self,
        conversation: ConversationId,
        held: MessageId,
    ) -> anyhow::Result<InboxConversation> {
        let path = path(conversation, &format!("/held_replies/{held}"));
        self.connection.call(Method::DELETE, &path, Bytes::new()).await?.success()?.json()
    }

    /// Hands a thread to somebody.
    pub async fn assign(
        &mut self,
        conversation: ConversationId,
        agent_id: Option<AgentId>,
    ) -> anyhow::Result<InboxConversation> {
        self.connection
            .send(Method::PUT, &path(conversation, "/assignee"), &Assign { agent_id, seen: None, note: None })
            .await
    }

    /// Closes or reopens.
    pub async fn set_state(
        &mut self,
        conversation: ConversationId,
        state: ConversationState,
    ) -> anyhow::Result<InboxConversation> {
        self.connection.send(Method::PUT, &path(conversation, "/state"), &SetState { state }).await
    }

    /// Has read up to here.
    pub async fn read(
        &mut self,
        conversation: ConversationId,
        read_seq: Seq,
    ) -> anyhow::Result<InboxConversation> {
        self.connection
            .send(Method::PUT, &path(conversation, "/receipt"), &MoveTeamReceipt { read_seq })
            .await
    }

    /// What became of a message.
    pub async fn ledger(
        &mut self,
        conversation: ConversationId,
        message: MessageId,
    ) -> anyhow::Result<Ledger> {
        self.connection.get(&path(conversation, &format!("/messages/{message}/ledger"))).await
    }

    /// The newest change of each team's feed.
    pub async fn cursors(&mut self) -> anyhow::Result<Vec<TeamCursor>> {
        let teams = self.bootstrap().await?.teams;
        Ok(teams.into_iter().map(|team| TeamCursor { team_id: team.id, cursor: team.cursor }).collect())
    }

    /// Opens a live socket on all teams, from their newest change on.
    pub async fn socket(&mut self) -> anyhow::Result<Socket> {
        let teams = self.cursors().await?;
        self.socket_from(teams).await
    }

    /// Opens a live socket from these places on, and waits until it is live.
    pub async fn socket_from(&mut self, teams: Vec<TeamCursor>) -> anyhow::Result<Socket> {
        let address = self.connection.address();
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        self.socket_over(stream, teams).await
    }

    /// The same on a connection that exists.
    pub async fn socket_over(&mut self, stream: TcpStream, teams: Vec<TeamCursor>) -> anyhow::Result<Socket> {
        let mut headers = self.connection.headers().clone();
        headers.remove(HOST);
        let address = self.connection.address();
        let mut socket = Socket::over(stream, address, "/inbox/v1/socket", &headers).await?;
        socket.send(&InboxFrame::Follow { teams }).await?;
        match socket.frame().await? {
            InboxServerFrame::Hello(_) => Ok(socket),
            other => bail!("the first frame is not `hello`: {other:?}"),
        }
    }

    /// The same session on another connection to the same server.
    pub fn another(&self) -> anyhow::Result<Self> {
        let connection = self.connection.another()?;
        Ok(Self { connection, me: self.me.clone() })
    }

    /// The connection alone, for who sends nothing but what is ready.
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// Which server it talks to.
    pub const fn address(&self) -> SocketAddr {
        self.connection.address()
    }

    /// Sends a body that is ready; for load.
    pub async fn send_raw(&mut self, path: &str, body: Bytes) -> anyhow::Result<crate::http::Answer> {
        self.connection.call(Method::POST, path, body).await
    }
}

/// The changes in a frame, if it has some.
pub fn changes(frame: InboxServerFrame) -> Vec<(Change, Vec<InboxConversation>)> {
    match frame {
        InboxServerFrame::Changes(changes) => {
            let headers = changes.page.conversations;
            changes.page.changes.into_iter().map(|change| (change, headers.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// A path of the inbox API below a thread.
pub fn path(conversation: ConversationId, rest: &str) -> String {
    format!("/inbox/v1/conversations/{conversation}{rest}")
}
