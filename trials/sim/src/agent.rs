//! An agent, as the inbox calls the server: a cookie, one socket that follows the team's feed, and requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::header::{COOKIE, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode};
use serde::Serialize;
use tidings_protocol::Seq;
use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{InboxFrame, InboxServerFrame, TeamCursor};
use tidings_protocol::id::{ConversationId, MessageId, NoteId};
use tidings_protocol::inbox::{Assign, InboxBootstrap, MoveTeamReceipt, Reply, SetState, WriteNote};
use tidings_protocol::merging::Merge;
use tidings_protocol::message::{Message, Parts};
use tidings_server::auth::agent::COOKIE as COOKIE_NAME;
use tidings_trials::history::{self, Header, Side, Stage, What, Witness};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::clock::{true_ms, until};
use crate::dice::Dice;
use crate::net::{Balancer, call, connect};
use crate::node::{agent_id, agent_token, team_id};
use crate::phone::marker;
use crate::plan::AgentAct;
use crate::world::{World, lock};

/// How long a socket may be silent before it is given up: the server pings more often.
const SILENCE: Duration = Duration::from_mins(1);
const RETRY: Duration = Duration::from_secs(1);

/// What an agent sees.
#[derive(Default)]
pub(crate) struct AgentState {
    pub(crate) cursor: Option<Cursor>,
    pub(crate) headers: BTreeMap<ConversationId, InboxConversation>,
    /// What they wanted to do and did; then nothing of theirs is on its way.
    pub(crate) acted: bool,
    pub(crate) witness: Option<Witness>,
}

/// An agent's whole life.
pub(crate) async fn run(world: Arc<World>, number: usize) -> turmoil::Result {
    let witness = world.witness(&format!("agent{number}"), Side::Team, "w1/");
    lock(&world.agents[number]).witness = Some(witness);
    let reader = Desk::new(&world, number, "reader")?;
    let writer = Desk::new(&world, number, "writer")?;
    tokio::join!(reader.follow(), writer.act());
    Ok(())
}

struct Desk {
    world: Arc<World>,
    number: usize,
    balancer: Balancer,
    headers: HeaderMap,
    dice: Dice,
}

impl Desk {
    fn new(world: &Arc<World>, number: usize, part: &str) -> anyhow::Result<Self> {
        let purpose = format!("{part} of agent {number}");
        let dice = Dice::new(world.plan.seed, &purpose);
        let balancer =
            Balancer::new(&world.node_names(), Dice::new(world.plan.seed, &format!("way of {purpose}")));
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("tidings.test"));
        headers.insert(ORIGIN, HeaderValue::from_static("http://tidings.test"));
        headers.insert(COOKIE, format!("{COOKIE_NAME}={}", agent_token(number)).parse()?);
        Ok(Self { world: Arc::clone(world), number, balancer, headers, dice })
    }

    fn write<T>(&self, write: impl FnOnce(&mut Witness) -> T) -> Option<T> {
        lock(&self.world.agents[self.number]).witness.as_mut().map(write)
    }

    /// Follows the feed until the simulation ends.
    async fn follow(self) {
        loop {
            // Whatever broke: come back.
            drop(self.follow_once().await);
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn follow_once(&self) -> anyhow::Result<()> {
        let known = lock(&self.world.agents[self.number]).cursor;
        let mut cursor = match known {
            Some(cursor) => cursor,
            None => self.bootstrap().await?,
        };
        let mut request = "ws://tidings.test/inbox/v1/socket".into_client_request()?;
        for name in [ORIGIN, COOKIE] {
            if let Some(value) = self.headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let stream = connect(self.balancer.choose()).await?;
        let opening = tokio_tungstenite::client_async(request, stream);
        let (mut socket, _) = tokio::time::timeout(SILENCE, opening).await??;
        let follow = InboxFrame::Follow { teams: vec![TeamCursor { team_id: team_id(), cursor }] };
        socket.send(Frame::text(serde_json::to_string(&follow)?)).await?;
        loop {
            let Some(frame) = tokio::time::timeout(SILENCE, socket.next()).await? else { return Ok(()) };
            let Frame::Text(text) = frame? else { continue };
            match serde_json::from_str(&text)? {
                InboxServerFrame::Changes(changes) => {
                    let what = history::page(&team_id().to_string(), cursor, &changes.page);
                    self.write(|witness| witness.saw(what));
                    cursor = changes.page.cursor;
                    self.keep(cursor, changes.page.conversations);
                }
                InboxServerFrame::Reset { .. } => {
                    lock(&self.world.agents[self.number]).cursor = None;
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    async fn bootstrap(&self) -> anyhow::Result<Cursor> {
        let path = "/inbox/v1/bootstrap";
        let answer = call(self.balancer.choose(), Method::GET, path, &self.headers, Vec::new()).await?;
        let screen: InboxBootstrap = serde_json::from_slice(&answer.1)?;
        let team = screen.teams.iter().find(|team| team.id == team_id());
        let cursor = team.map(|team| team.cursor).ok_or_else(|| anyhow::anyhow!("not in the team"))?;
        let headers = screen.conversations.iter().map(Header::from).collect();
        let feed = team_id().to_string();
        self.write(|witness| witness.saw(What::Snapshot { feed, cursor, headers }));
        self.keep(cursor, screen.conversations);
        Ok(cursor)
    }

    fn keep(&self, cursor: Cursor, headers: Vec<InboxConversation>) {
        let mut state = lock(&self.world.agents[self.number]);
        state.cursor = Some(cursor);
        state.headers.extend(headers.into_iter().map(|header| (header.id, header)));
    }

    /// Does what the agent wants to do; what has no answer is repeated until it has one.
    async fn act(mut self) {
        for (at, act) in self.world.plan.agent_acts[self.number].clone() {
            until(at).await;
            let thread = self.thread(act);
            if let Some(header) = thread {
                self.perform(act, &header).await;
            }
        }
        lock(&self.world.agents[self.number]).acted = true;
    }

    fn thread(&self, act: AgentAct) -> Option<InboxConversation> {
        let (AgentAct::Reply(number)
        | AgentAct::ReplySeen(number)
        | AgentAct::Note(number)
        | AgentAct::Assign(number)
        | AgentAct::Close(number)
        | AgentAct::Read(number)
        | AgentAct::Merge(number)) = act;
        let state = lock(&self.world.agents[self.number]);
        let count = state.headers.len().max(1);
        state.headers.values().nth(number % count).cloned()
    }

    async fn perform(&mut self, act: AgentAct, header: &InboxConversation) {
        let id = header.id;
        match act {
            AgentAct::Reply(_) => self.reply(id, None).await,
            AgentAct::ReplySeen(_) => self.reply(id, Some(header.last_seq)).await,
            AgentAct::Note(_) => {
                let Some(text) = self.text(id, "note") else { return };
                let Ok(text) = text.try_into() else { return };
                let note = NoteId::from_parts(true_ms().unsigned_abs(), self.dice.bytes());
                self.insist(
                    Method::POST,
                    &path(id, "notes"),
                    &WriteNote { id: note, text, mentions: Vec::new() },
                )
                .await;
            }
            AgentAct::Assign(_) => {
                let agent = self.dice.chance(70).then(|| agent_id(self.number));
                self.insist(
                    Method::PUT,
                    &path(id, "assignee"),
                    &Assign { agent_id: agent, seen: None, note: None },
                )
                .await;
            }
            AgentAct::Close(_) => {
                let state = SetState { state: ConversationState::Closed };
                self.insist(Method::PUT, &path(id, "state"), &state).await;
            }
            AgentAct::Read(_) => {
                let read = MoveTeamReceipt { read_seq: header.last_seq };
                self.insist(Method::PUT, &path(id, "receipt"), &read).await;
            }
            AgentAct::Merge(_) => {
                let into = self.other_of_user(header);
                self.insist(Method::PUT, &path(id, "merge"), &Merge { into }).await;
            }
        }
    }

    /// Another conversation of the same user; none when there is none, or this one is merged already.
    fn other_of_user(&self, header: &InboxConversation) -> Option<ConversationId> {
        if header.merged_into.as_ref().is_some_and(|into| into.parted.is_none()) {
            return None;
        }
        let state = lock(&self.world.agents[self.number]);
        let mut others =
            state.headers.values().filter(|it| it.user.id == header.user.id && it.id != header.id);
        others.next().map(|other| other.id)
    }

    fn text(&mut self, id: ConversationId, what: &str) -> Option<String> {
        let owner = lock(&self.world.owners).get(&id).copied()?;
        Some(format!("{}agent{}-{what}-{:x}", marker(owner), self.number, self.dice.roll()))
    }

    async fn reply(&mut self, conversation: ConversationId, seen_seq: Option<Seq>) {
        let Some(text) = self.text(conversation, "reply") else { return };
        let Ok(parts) = text.clone().try_into().map(Parts::text) else { return };
        let id = MessageId::from_parts(true_ms().unsigned_abs(), self.dice.bytes());
        let what = |seq| What::Send { conversation, id, text: text.clone(), seq };
        let op = self.write(|witness| witness.invoke(what(None))).unwrap_or_default();
        let body = Reply { id, parts, quote: None, seen_seq };
        let (status, answer) = self.insist(Method::POST, &path(conversation, "replies"), &body).await;
        let stored = serde_json::from_slice::<Message>(&answer).ok();
        let (stage, seq) = match stored {
            Some(message) if status.is_success() => (Stage::Ok, Some(message.seq)),
            _ => (Stage::Fail, None),
        };
        self.write(|witness| witness.end(op, stage, what(seq)));
    }

    /// Repeats a request until the server has answered it for good.
    async fn insist(&self, method: Method, path: &str, body: &impl Serialize) -> (StatusCode, Vec<u8>) {
        let body = serde_json::to_vec(body).unwrap_or_default();
        loop {
            let node = self.balancer.choose();
            match call(node, method.clone(), path, &self.headers, body.clone()).await {
                Ok((status, answer)) if !is_temporary(status) => return (status, answer.to_vec()),
                _ => tokio::time::sleep(RETRY).await,
            }
        }
    }
}

/// An expired session is temporary here: a clock that is wrong is set right one day.
fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error()
        || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT, StatusCode::UNAUTHORIZED]
            .contains(&status)
}

fn path(conversation: ConversationId, rest: &str) -> String {
    format!("/inbox/v1/conversations/{conversation}/{rest}")
}
