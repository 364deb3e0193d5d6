//! A server in memory that keeps the protocol's promises, with a network that can be told to fail. It stands where the
//! real transport would, so time can be a test's own.

#[path = "depot.rs"]
mod depot;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ring::digest;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tidings_sdk_core::protocol::Seq;
use tidings_sdk_core::protocol::app::{
    Bootstrap, Me, MessageList, MoveReceipt, OpenConversation, PushReceipt, SendMessage, SignIn, SignedIn,
    UpdateDevice,
};
use tidings_sdk_core::protocol::appearance::Appearance;
use tidings_sdk_core::protocol::change::{Catchup, Change, ChangeKind, ChangePage};
use tidings_sdk_core::protocol::context::{Context, Fields, SetFields};
use tidings_sdk_core::protocol::conversation::{Conversation, ConversationState, Receipts};
use tidings_sdk_core::protocol::cursor::{Cursor, Epoch};
use tidings_sdk_core::protocol::frame::{AppFrame, AppServerFrame, Hello, ReconnectWindow, UserSideTyping};
use tidings_sdk_core::protocol::id::{AgentId, ConversationId, DeviceId, MessageId, UserId};
use tidings_sdk_core::protocol::message::{
    Author, EditMessage, KnownPart, LivePlace, Message, MoveLivePlace, Part, Parts,
};
use tidings_sdk_core::protocol::text::{Name, Text};
use tidings_sdk_core::protocol::time::Timestamp;
use tidings_sdk_core::protocol::upload::Sha256;
use tidings_sdk_core::transport::{
    Answer, BoxFuture, Incoming, Method, Request, Socket, Transport, TransportError,
};
use tidings_sdk_core::{Answering, Clock as _, SystemClock};
use tokio::sync::mpsc;

use depot::Depot;

/// What the network does to the next request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It never arrives.
    Lost,
    /// It arrives; the answer does not.
    AnswerLost,
    /// It arrives; the answer takes this long.
    AnswerLate(Duration),
    /// Somebody else answers.
    Portal,
    /// The phone's own code fails.
    Panic,
    /// The server asks to be left alone for so long.
    Busy(Duration),
    /// The server answers with this problem and does nothing.
    Problem(u16, &'static str),
}

#[derive(Clone, Default)]
pub(crate) struct User {
    id: Option<UserId>,
    pub(crate) threads: BTreeMap<ConversationId, Thread>,
    /// What the app said of them.
    pub(crate) fields: Fields,
    changes: Vec<(ChangeKind, ConversationId, Option<MessageId>)>,
}

#[derive(Clone)]
pub(crate) struct Thread {
    pub(crate) title: Option<tidings_sdk_core::protocol::text::Title>,
    pub(crate) messages: Vec<Message>,
    pub(crate) receipts: Receipts,
    /// What came with its opening and with its messages, when it differed from the last one.
    pub(crate) trail: Vec<(Option<MessageId>, Context)>,
    pub(crate) fields: Fields,
    created_at: Timestamp,
}

impl Thread {
    /// As the real one: what came with the same message, and what is as the last one was, are no news.
    fn keep(&mut self, message: Option<MessageId>, context: Option<Box<Context>>) {
        let Some(context) = context else { return };
        let is_first = self.trail.is_empty();
        let is_known = self.trail.iter().any(|(known, _)| *known == message);
        let is_last = self.trail.last().is_some_and(|(_, last)| *last == *context);
        if is_first || (message.is_some() && !is_known && !is_last) {
            self.trail.push((message, *context));
        }
    }
}

#[derive(Clone)]
pub(crate) struct State {
    online: bool,
    /// Whether sockets get through.
    sockets_pass: bool,
    epoch: u64,
    /// For requests whose path begins so.
    faults: VecDeque<(String, Fault)>,
    pub(crate) users: BTreeMap<String, User>,
    /// Token to user.
    pub(crate) sessions: BTreeMap<String, String>,
    pub(crate) sockets: Vec<(String, mpsc::Sender<Incoming>)>,
    log: Vec<String>,
    /// Bytes in a second that the line upwards carries, and when it is free again.
    line: Option<(usize, tokio::time::Instant)>,
    /// Bytes that phones sent, whether they arrived or not.
    sent: usize,
    /// Requests that phones made, whether they arrived or not.
    tried: Vec<String>,
    device: Option<UpdateDevice>,
    /// What phones said of pushes: for which message, and whether it was shown.
    arrivals: Vec<(MessageId, bool)>,
    pub(crate) depot: Depot,
    made: u64,
    /// Whether it is of a version that knows of contexts and fields.
    takes_context: bool,
    /// Bodies that brought a context.
    contexts: usize,
    /// What users may expect.
    answering: Option<Answering>,
    /// How the app looks, its logo, and how often that was fetched.
    appearance: Option<Appearance>,
    logo: Option<Vec<u8>>,
    logos_fetched: usize,
}

/// The server; clones are the same.
#[derive(Clone)]
pub(crate) struct Server(pub(crate) Arc<Mutex<State>>);

impl Server {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            online: true,
            sockets_pass: true,
            epoch: 1,
            faults: VecDeque::new(),
            users: BTreeMap::new(),
            sessions: BTreeMap::new(),
            sockets: Vec::new(),
            log: Vec::new(),
            line: None,
            sent: 0,
            tried: Vec::new(),
            device: None,
            arrivals: Vec::new(),
            depot: Depot::default(),
            made: 0,
            takes_context: true,
            contexts: 0,
            answering: None,
            appearance: None,
            logo: None,
            logos_fetched: 0,
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// What users are told with their next connection.
    pub(crate) fn set_answering(&self, answering: Answering) {
        self.state().answering = Some(answering);
    }

    /// How the app looks from now on: users who are connected are told at once, the others with their next connection.
    pub(crate) fn set_appearance(&self, look: Appearance, logo: Option<&[u8]>) {
        let sum = |content: &[u8]| {
            let sum = digest::digest(&digest::SHA256, content);
            Sha256::from_bytes(sum.as_ref().try_into().unwrap())
        };
        let mut state = self.state();
        let look = Appearance { logo: logo.map(sum), ..look };
        let frame = serde_json::to_string(&AppServerFrame::Appearance(look.clone())).unwrap();
        for (_, to_app) in &state.sockets {
            drop(to_app.try_send(Incoming::Text(frame.clone())));
        }
        (state.appearance, state.logo) = (Some(look), logo.map(<[u8]>::to_vec));
    }

    /// How often the logo was handed out.
    pub(crate) fn logos_fetched(&self) -> usize {
        self.state().logos_fetched
    }

    /// The messages of a thread, whoever's it is.
    pub(crate) fn messages_of_anybody(&self, id: ConversationId) -> Vec<Message> {
        let state = self.state();
        let thread = state.users.values().find_map(|user| user.threads.get(&id));
        thread.map(|thread| thread.messages.clone()).unwrap_or_default()
    }

    /// An agent writes these parts.
    pub(crate) fn ask_anybody(&self, id: ConversationId, parts: Parts) {
        let mut state = self.state();
        let owner = state.users.iter().find(|(_, user)| user.threads.contains_key(&id));
        let owner = owner.map(|(key, _)| key.clone()).unwrap();
        state.made += 1;
        let made = MessageId::from_parts(state.made, [78; 10]);
        let author =
            Author::Agent { id: AgentId::from_parts(1, [1; 10]), name: Name::try_from("Ana").unwrap() };
        state.append(&owner, id, made, author, (parts, None));
    }

    /// It is of an earlier version, which refuses what it does not know.
    pub(crate) fn take_no_context(&self) {
        self.state().takes_context = false;
    }

    /// How many bodies brought a context.
    pub(crate) fn bodies_with_context(&self) -> usize {
        self.state().contexts
    }

    /// Pulls or puts back the plug.
    pub(crate) fn set_online(&self, online: bool) {
        let mut state = self.state();
        state.online = online;
        if !online {
            for (_, socket) in state.sockets.drain(..) {
                drop(socket.try_send(Incoming::Closed(None)));
            }
        }
    }

    /// Puts a proxy in between that knows no sockets, or takes it away.
    pub(crate) fn block_sockets(&self, blocked: bool) {
        let mut state = self.state();
        state.sockets_pass = !blocked;
        if blocked {
            for (_, socket) in state.sockets.drain(..) {
                drop(socket.try_send(Incoming::Closed(None)));
            }
        }
    }

    /// The next request with this method and path meets a fault.
    pub(crate) fn fail(&self, which: &str, fault: Fault) {
        self.state().faults.push_back((which.to_owned(), fault));
    }

    /// Ends every session.
    pub(crate) fn revoke(&self) {
        let mut state = self.state();
        state.sessions.clear();
        for (_, socket) in state.sockets.drain(..) {
            drop(socket.try_send(Incoming::Closed(Some(4102))));
        }
    }

    /// A backup was restored: another history.
    pub(crate) fn restore(&self) {
        let mut state = self.state();
        state.epoch += 1;
        for (_, socket) in state.sockets.drain(..) {
            drop(socket.try_send(Incoming::Closed(Some(4104))));
        }
    }

    /// A backup was restored that is older than this thread.
    pub(crate) fn restore_without(&self, user: &str, id: ConversationId) {
        self.state().users.get_mut(user).unwrap().threads.remove(&id);
        self.restore();
    }

    /// Requests that arrived, as `METHOD /path`.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    /// The line upwards carries so many bytes in a second from now on.
    pub(crate) fn slow_down(&self, rate: usize) {
        self.state().line = Some((rate, tokio::time::Instant::now()));
    }

    /// Bytes that phones sent, whether they arrived or not.
    pub(crate) fn sent(&self) -> usize {
        self.state().sent
    }

    /// Lets the bytes of a request through the line, one request after the other. Answers whether they were through in time.
    async fn carry(&self, bytes: usize) -> bool {
        let now = tokio::time::Instant::now();
        let through = {
            let mut state = self.state();
            state.sent += bytes;
            let Some((rate, free)) = &mut state.line else { return true };
            *free = (*free).max(now)
                + Duration::from_secs_f64(
                    f64::from(u32::try_from(bytes).unwrap()) / f64::from(u32::try_from(*rate).unwrap()),
                );
            *free
        };
        let time = now + tidings_sdk_core::transport::allowance(bytes);
        tokio::time::sleep_until(through.min(time)).await;
        through <= time
    }

    /// How many requests phones made that begin so, whether they arrived or not.
    pub(crate) fn tried(&self, which: &str) -> usize {
        self.state().tried.iter().filter(|line| line.starts_with(which)).count()
    }

    pub(crate) fn sessions(&self) -> usize {
        self.state().sessions.len()
    }

    /// What phones said of pushes: for which message, and whether it was shown.
    pub(crate) fn arrivals(&self) -> Vec<(MessageId, bool)> {
        self.state().arrivals.clone()
    }

    pub(crate) fn device(&self) -> Option<UpdateDevice> {
        self.state().device.clone()
    }

    /// What the server has of its files, complete or not.
    pub(crate) fn files(&self) -> Vec<Vec<u8>> {
        self.state().depot.files.values().map(|file| file.bytes.clone()).collect()
    }

    /// Files that no message names and that rested for too long are gone.
    pub(crate) fn expire_files(&self) {
        self.state().depot.files.clear();
    }

    /// Whether files that arrive from now on are refused.
    pub(crate) fn refuse_files(&self, refuses: bool) {
        self.state().depot.refuses = refuses;
    }

    /// So many parts of files are changed on their way to a phone.
    pub(crate) fn spoil_files(&self, times: u32) {
        self.state().depot.spoils = times;
    }

    /// Addresses that were handed out before are worth nothing any more.
    /// Whether every fault has been met.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().faults.is_empty()
    }

    pub(crate) fn next_day(&self) {
        self.state().depot.day += 1;
    }

    /// The texts of a user's messages in one thread, in order.
    pub(crate) fn texts(&self, user: &str, id: ConversationId) -> Vec<String> {
        let state = self.state();
        let thread = state.users.get(user).and_then(|user| user.threads.get(&id));
        let text =
            |message: &Message| message.parts.first().and_then(Part::as_text).unwrap_or_default().to_owned();
        thread.map(|thread| thread.messages.iter().map(text).collect()).unwrap_or_default()
    }

    /// The same, whoever's the thread is.
    pub(crate) fn texts_of_anybody(&self, id: ConversationId) -> Vec<String> {
        let users: Vec<String> = self.state().users.keys().cloned().collect();
        users.iter().flat_map(|user| self.texts(user, id)).collect()
    }

    pub(crate) fn receipts(&self, user: &str, id: ConversationId) -> Receipts {
        self.state().users[user].threads[&id].receipts
    }

    /// An agent answers.
    pub(crate) fn reply(&self, user: &str, id: ConversationId, text: &str) {
        let mut state = self.state();
        state.made += 1;
        let made = MessageId::from_parts(state.made, [77; 10]);
        let author =
            Author::Agent { id: AgentId::from_parts(1, [1; 10]), name: Name::try_from("Ana").unwrap() };
        state.append(user, id, made, author, (Parts::text(Text::try_from(text).unwrap()), None));
    }

    /// An agent answers, if the thread has reached the server.
    pub(crate) fn reply_to_anybody(&self, id: ConversationId, text: &str) {
        let owner = self
            .state()
            .users
            .iter()
            .find(|(_, user)| user.threads.contains_key(&id))
            .map(|(key, _)| key.clone());
        if let Some(owner) = owner {
            self.reply(&owner, id, text);
        }
    }

    /// The person reads everything on another device.
    pub(crate) fn read_elsewhere(&self, id: ConversationId) {
        let mut state = self.state();
        let owner = state.users.iter().find(|(_, user)| user.threads.contains_key(&id));
        let owner = owner.map(|(key, _)| key.clone()).unwrap();
        let read_seq = Seq::try_from(state.users[&owner].threads[&id].messages.len()).unwrap();
        state.receipt(&owner, id, &MoveReceipt { delivered_seq: read_seq, read_seq });
    }

    /// An agent has seen everything.
    pub(crate) fn team_reads(&self, user: &str, id: ConversationId) {
        let mut state = self.state();
        let thread = state.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap();
        thread.receipts.team_read_seq = Seq::try_from(thread.messages.len()).unwrap();
        state.change(user, ChangeKind::ReceiptMoved, id, None);
    }

    /// An agent is writing.
    pub(crate) fn team_types(&self, id: ConversationId) {
        let typing = UserSideTyping { conversation_id: id, agent_name: Name::try_from("Ana").unwrap() };
        let frame = AppServerFrame::Typing(typing);
        for (_, socket) in &self.state().sockets {
            drop(socket.try_send(Incoming::Text(serde_json::to_string(&frame).unwrap())));
        }
    }
}

impl State {
    fn change(&mut self, user: &str, kind: ChangeKind, id: ConversationId, message: Option<MessageId>) {
        let changes = &mut self.users.get_mut(user).unwrap().changes;
        let before = Seq::try_from(changes.len()).unwrap();
        changes.push((kind, id, message));
        let page = self.page(user, before);
        let text = serde_json::to_string(&AppServerFrame::Changes(page)).unwrap();
        self.sockets
            .retain(|(to, socket)| to != user || socket.try_send(Incoming::Text(text.clone())).is_ok());
    }

    fn append(
        &mut self,
        user: &str,
        id: ConversationId,
        made: MessageId,
        author: Author,
        (parts, quote): (Parts, Option<MessageId>),
    ) -> Message {
        let thread = self.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap();
        let seq = Seq::try_from(thread.messages.len()).unwrap() + 1;
        let message = Message {
            id: made,
            conversation_id: id,
            seq,
            author,
            parts: begun(parts),
            sent_at: Timestamp::from_unix_ms(1_795_000_000_000 + seq * 1000),
            quote,
            edited_at: None,
            deleted_at: None,
        };
        thread.messages.push(message.clone());
        self.change(user, ChangeKind::MessageAdded, id, Some(made));
        message
    }

    fn header(&self, user: &str, id: ConversationId) -> Conversation {
        let thread = &self.users[user].threads[&id];
        let unread = |message: &&Message| {
            message.seq > thread.receipts.user_read_seq && !matches!(message.author, Author::User { .. })
        };
        Conversation {
            id,
            title: thread.title.clone(),
            state: ConversationState::Open,
            last_seq: Seq::try_from(thread.messages.len()).unwrap(),
            receipts: thread.receipts,
            unread: i64::try_from(thread.messages.iter().filter(unread).count()).unwrap(),
            merged_into: None,
            last_message: thread.messages.last().cloned(),
            created_at: thread.created_at,
            active_at: thread.messages.last().map_or(thread.created_at, |message| message.sent_at),
        }
    }

    fn cursor(&self, seq: Seq) -> Cursor {
        Cursor { epoch: Epoch::from_bits(self.epoch), seq }
    }

    fn page(&self, user: &str, after: Seq) -> ChangePage<Conversation> {
        let them = &self.users[user];
        let start = usize::try_from(after).unwrap();
        let mut changes = Vec::new();
        for (at, (kind, id, message)) in them.changes.iter().enumerate().skip(start).take(10) {
            let all = &them.threads[id].messages;
            let message = message.and_then(|made| all.iter().find(|message| message.id == made).cloned());
            let seq = Seq::try_from(at).unwrap() + 1;
            changes.push(Change { seq, kind: *kind, conversation_id: *id, message, note: None });
        }
        let mut ids: Vec<_> = changes.iter().map(|change| change.conversation_id).collect();
        ids.sort();
        ids.dedup();
        let last = changes.last().map_or(after, |change| change.seq);
        ChangePage {
            conversations: ids.into_iter().map(|id| self.header(user, id)).collect(),
            cursor: self.cursor(last),
            more: usize::try_from(last).unwrap() < them.changes.len(),
            changes,
        }
    }

    fn handle(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<&str> = path.trim_start_matches("/app/v1/").split('/').collect();
        if path == "/health" {
            let health = ok(200, &json!({"status": "ok"}));
            // A server whose clock is far behind any phone's.
            return Answer { date_ms: Some(0), ..health };
        }
        if (request.method, parts[0]) == (Method::Post, "sessions") {
            return self.sign_in(&body(request));
        }
        if path.starts_with("/files/v1/") {
            return self.depot.fetch(&request.path, request);
        }
        let token = request.bearer.clone().unwrap_or_default();
        let Some(user) = self.sessions.get(&token).cloned() else { return problem(401, "unauthenticated") };
        let user = user.as_str();
        let parameter = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, v)| v)
        };
        if let Some(refused) = self.refuse_context(&parts, request) {
            return refused;
        }
        match (request.method, &parts[..]) {
            (Method::Delete, ["sessions", "current"]) => {
                self.sessions.remove(&token);
                nothing()
            }
            (Method::Get, ["bootstrap"]) => self.bootstrap(user),
            (Method::Get, ["changes"]) => {
                let after: Cursor = parameter("after").unwrap().parse().unwrap();
                let reset = after.epoch != Epoch::from_bits(self.epoch);
                ok(200, &if reset { Catchup::Reset } else { Catchup::Changes(self.page(user, after.seq)) })
            }
            (_, ["uploads" | "attachments", ..]) => self.depot.handle(user, &parts[..], request),
            (Method::Post, ["conversations"]) => self.open(user, body(request)),
            (Method::Get, ["logo", sum]) => self.hand_out_logo(sum),
            (Method::Put, ["device"]) => {
                self.device = Some(body(request));
                nothing()
            }
            (Method::Put, ["fields"]) => {
                self.users.get_mut(user).unwrap().fields = body::<SetFields>(request).fields;
                nothing()
            }
            (Method::Put, ["push_receipts", message]) => {
                let receipt: PushReceipt = body(request);
                self.arrivals.push((message.parse().unwrap(), receipt.shown));
                nothing()
            }
            (_, ["conversations", id, rest @ ..]) => {
                let id: ConversationId = id.parse().unwrap();
                if !self.users[user].threads.contains_key(&id) {
                    return problem(404, "not_found");
                }
                match (request.method, rest) {
                    (Method::Get, []) => ok(200, &self.header(user, id)),
                    (Method::Get, ["messages"]) => {
                        let before = parameter("before").map_or(Seq::MAX, |before| before.parse().unwrap());
                        let limit: usize = parameter("limit").unwrap().parse().unwrap();
                        let all = &self.users[user].threads[&id].messages;
                        let mut found: Vec<_> = all
                            .iter()
                            .rev()
                            .filter(|message| message.seq < before)
                            .take(limit)
                            .cloned()
                            .collect();
                        found.reverse();
                        let more = found.first().is_some_and(|first| first.seq > 1);
                        ok(200, &MessageList { messages: found, more })
                    }
                    (Method::Post, ["messages"]) => self.send(user, id, body(request)),
                    (Method::Put, ["messages", message, "place"]) => {
                        self.place(user, id, message, Some(body(request)))
                    }
                    (Method::Delete, ["messages", message, "place"]) => self.place(user, id, message, None),
                    (Method::Patch, ["messages", message]) => {
                        self.amend(user, id, message, Some(body::<EditMessage>(request).text))
                    }
                    (Method::Delete, ["messages", message]) => self.amend(user, id, message, None),
                    (Method::Put, ["fields"]) => {
                        let thread = self.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap();
                        thread.fields = body::<SetFields>(request).fields;
                        nothing()
                    }
                    (Method::Put, ["receipt"]) => self.receipt(user, id, &body(request)),
                    _ => problem(404, "not_found"),
                }
            }
            _ => problem(404, "not_found"),
        }
    }

    /// Counts contexts; a server of an earlier version refuses what it does not know.
    fn refuse_context(&mut self, parts: &[&str], request: &Request) -> Option<Answer> {
        let brought = request.body.as_deref().and_then(|body| serde_json::from_slice::<Value>(body).ok());
        let brought = brought.unwrap_or_default();
        self.contexts += usize::from(brought["context"].is_object());
        if self.takes_context {
            return None;
        }
        if parts.last() == Some(&"fields") {
            return Some(problem(404, "not_found"));
        }
        let is_new = !brought["context"].is_null() || !brought["fields"].is_null();
        is_new.then(|| problem(400, "invalid_body"))
    }

    fn bootstrap(&self, user: &str) -> Answer {
        let mut conversations: Vec<_> =
            self.users[user].threads.keys().map(|id| self.header(user, *id)).collect();
        conversations.sort_by_key(|header| std::cmp::Reverse(header.active_at));
        let me = Me { id: self.users[user].id.unwrap(), anonymous: user.len() > 20, name: None };
        let unread = conversations.iter().map(|header| header.unread).sum();
        let cursor = self.cursor(Seq::try_from(self.users[user].changes.len()).unwrap());
        ok(200, &Bootstrap { version: 1, user: me, conversations, next: None, unread, cursor })
    }

    fn sign_in(&mut self, body: &SignIn) -> Answer {
        let user = match &body.identity_token {
            Some(token) if token == "bad" => return problem(401, "identity_refused"),
            Some(token) => token.clone(),
            None => body.device.secret.as_str().to_owned(),
        };
        self.made += 1;
        let id = UserId::from_parts(self.made, [5; 10]);
        let id = *self.users.entry(user.clone()).or_default().id.get_or_insert(id);
        if let Some(anonymous) = &body.merge {
            self.merge(anonymous.secret.as_str(), &user, id);
        }
        let token = format!("session-{}-{}", self.made, DeviceId::to_string(&body.device.id));
        self.sessions.insert(token.clone(), user);
        let user = Me { id, anonymous: body.identity_token.is_none(), name: None };
        ok(201, &SignedIn { user, session_token: token })
    }

    /// What an anonymous user has becomes another's; a second time there is nothing left.
    fn merge(&mut self, from: &str, to: &str, id: UserId) {
        let Some(anonymous) = self.users.get_mut(from) else { return };
        let threads = std::mem::take(&mut anonymous.threads);
        let fields = std::mem::take(&mut anonymous.fields);
        self.sessions.retain(|_, user| user != from);
        self.sockets.retain(|(user, _)| user != from);
        self.depot.give(from, to);
        let known = self.users.get_mut(to).unwrap();
        if known.fields.is_empty() {
            known.fields = fields;
        }
        for (thread_id, mut thread) in threads {
            for message in &mut thread.messages {
                if matches!(message.author, Author::User { .. }) {
                    message.author = Author::User { id };
                }
            }
            let messages: Vec<_> = thread.messages.iter().map(|message| message.id).collect();
            self.users.get_mut(to).unwrap().threads.insert(thread_id, thread);
            self.change(to, ChangeKind::ConversationOpened, thread_id, None);
            for message in messages {
                self.change(to, ChangeKind::MessageAdded, thread_id, Some(message));
            }
        }
    }

    fn open(&mut self, user: &str, body: OpenConversation) -> Answer {
        let known = self.users.values().any(|other| other.threads.contains_key(&body.id));
        if known && !self.users[user].threads.contains_key(&body.id) {
            return problem(409, "id_conflict");
        }
        if !known {
            let created_at = Timestamp::from_unix_ms(1_795_000_000_000);
            let thread = Thread {
                title: body.title,
                messages: Vec::new(),
                receipts: Receipts::default(),
                trail: Vec::new(),
                fields: Fields::default(),
                created_at,
            };
            self.users.get_mut(user).unwrap().threads.insert(body.id, thread);
            self.change(user, ChangeKind::ConversationOpened, body.id, None);
        }
        let thread = self.users.get_mut(user).unwrap().threads.get_mut(&body.id).unwrap();
        thread.keep(None, body.context);
        if let Some(fields) = body.fields {
            thread.fields = fields;
        }
        ok(if known { 200 } else { 201 }, &self.header(user, body.id))
    }

    fn send(&mut self, user: &str, id: ConversationId, mut body: SendMessage) -> Answer {
        let (message, context) = (body.id, body.context.take());
        let answer = self.say(user, id, body);
        if answer.status < 300 {
            let thread = self.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap();
            thread.keep(Some(message), context);
        }
        answer
    }

    fn say(&mut self, user: &str, id: ConversationId, body: SendMessage) -> Answer {
        let known = self.users[user].threads[&id].messages.iter().find(|message| message.id == body.id);
        if let Some(message) = known {
            let has_changed = message.edited_at.is_some() || message.deleted_at.is_some();
            let is_live = matches!(message.parts[..], [Part::Known(KnownPart::LiveLocation(_))]);
            let same = has_changed
                || is_live
                || (message.parts == body.parts.as_slice() && message.quote == body.quote);
            return if same { ok(200, message) } else { problem(409, "id_conflict") };
        }
        if body.parts.attachments().any(|said| self.depot.named(user, said).is_none()) {
            return problem(422, "attachment_unusable");
        }
        let all = &self.users[user].threads[&id].messages;
        if body.quote.is_some_and(|quote| !all.iter().any(|message| message.id == quote)) {
            return problem(422, "quote_unusable");
        }
        let author = Author::User { id: self.users[user].id.unwrap() };
        let message = self.append(user, id, body.id, author, (body.parts, body.quote));
        ok(201, &message)
    }

    fn hand_out_logo(&mut self, sum: &str) -> Answer {
        let has = self.appearance.as_ref().and_then(|look| look.logo).map(String::from);
        match self.logo.clone().filter(|_| has.as_deref() == Some(sum)) {
            Some(content) => {
                self.logos_fetched += 1;
                Answer { status: 200, body: content, ..nothing() }
            }
            None => problem(404, "not_found"),
        }
    }

    /// Other words for a user's own message, or none any more.
    fn amend(&mut self, user: &str, id: ConversationId, message: &str, text: Option<Text>) -> Answer {
        self.made += 1;
        let now = Some(Timestamp::from_unix_ms(1_796_000_000_000 + i64::try_from(self.made).unwrap()));
        let all = &mut self.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap().messages;
        let own =
            |one: &&mut Message| one.id.to_string() == message && matches!(one.author, Author::User { .. });
        let Some(found) = all.iter_mut().find(own) else { return problem(404, "not_found") };
        let before = found.clone();
        let kind = match text {
            Some(_) if found.deleted_at.is_some() => return problem(422, "not_editable"),
            Some(text) => {
                let Some(parts) = Parts::edited(&found.parts, text).unwrap() else {
                    return problem(422, "not_editable");
                };
                (found.parts, found.edited_at) = (parts, now);
                ChangeKind::MessageEdited
            }
            None => {
                (found.parts, found.quote, found.edited_at) = (Vec::new(), None, None);
                found.deleted_at = found.deleted_at.or(now);
                ChangeKind::MessageDeleted
            }
        };
        if found.parts == before.parts {
            *found = before.clone();
            return ok(200, &before);
        }
        let after = found.clone();
        self.change(user, kind, id, Some(after.id));
        ok(200, &after)
    }

    /// Moves a live place of the user's own, or ends it.
    fn place(&mut self, user: &str, id: ConversationId, message: &str, to: Option<MoveLivePlace>) -> Answer {
        let now = now();
        let all = &mut self.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap().messages;
        let Some(found) = all.iter_mut().find(|one| one.id.to_string() == message) else {
            return problem(404, "not_found");
        };
        let [Part::Known(KnownPart::LiveLocation(live))] = &mut found.parts[..] else {
            return problem(404, "not_found");
        };
        let before = live.clone();
        match to {
            None if !live.ended => *live = live.ended_at(now),
            Some(to) if !live.ended && live.last.as_ref().is_none_or(|last| last.number < to.number) => {
                live.last = Some(LivePlace { number: to.number, received_at: now, location: to.location() });
            }
            _ => {}
        }
        let has_changed = *live != before;
        found.edited_at = found.edited_at.max(has_changed.then_some(now));
        let after = found.clone();
        if has_changed {
            self.change(user, ChangeKind::MessageEdited, id, Some(after.id));
        }
        ok(200, &after)
    }

    fn receipt(&mut self, user: &str, id: ConversationId, body: &MoveReceipt) -> Answer {
        let receipts = &mut self.users.get_mut(user).unwrap().threads.get_mut(&id).unwrap().receipts;
        receipts.user_delivered_seq = receipts.user_delivered_seq.max(body.delivered_seq).max(body.read_seq);
        receipts.user_read_seq = receipts.user_read_seq.max(body.read_seq);
        self.change(user, ChangeKind::ReceiptMoved, id, None);
        ok(200, &self.header(user, id))
    }
}

/// By the clock of the machine: live places end by it.
fn now() -> Timestamp {
    Timestamp::from_unix_ms(SystemClock::default().wall_ms())
}

/// A live place begins when it is stored.
fn begun(parts: Parts) -> Vec<Part> {
    let begin = |part| match part {
        Part::Known(KnownPart::LiveLocation(live)) => {
            Part::Known(KnownPart::LiveLocation(live.begun_at(now())))
        }
        other => other,
    };
    Vec::from(parts).into_iter().map(begin).collect()
}

fn body<T: DeserializeOwned>(request: &Request) -> T {
    serde_json::from_slice(request.body.as_deref().unwrap()).expect("a body that the protocol allows")
}

fn ok(status: u16, value: &impl serde::Serialize) -> Answer {
    Answer {
        status,
        retry_after: None,
        date_ms: None,
        upload_offset: None,
        body: serde_json::to_vec(value).unwrap(),
    }
}

fn nothing() -> Answer {
    Answer { status: 204, retry_after: None, date_ms: None, upload_offset: None, body: Vec::new() }
}

fn problem(status: u16, code: &str) -> Answer {
    let body = json!({"type": "https://x/", "status": status, "code": code, "title": code});
    ok(status, &Value::from(body.as_object().unwrap().clone()))
}

fn broken() -> TransportError {
    TransportError::Unreachable("no network".to_owned())
}

impl Transport for Server {
    fn request(&self, request: Request) -> BoxFuture<Result<Answer, TransportError>> {
        let server = self.clone();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !server.carry(request.body.as_ref().map_or(0, Vec::len)).await {
                return Err(broken());
            }
            let (answer, delay) = server.answer(&request);
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            answer
        })
    }

    fn open_socket(&self) -> BoxFuture<Result<Socket, TransportError>> {
        let server = self.clone();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let passes = server.state().online && server.state().sockets_pass;
            if !passes {
                return Err(broken());
            }
            let (outgoing, mut from_app) = mpsc::channel::<String>(32);
            let (to_app, incoming) = mpsc::channel(256);
            let pump = async move {
                while let Some(text) = from_app.recv().await {
                    let frame: AppFrame =
                        serde_json::from_str(&text).expect("a frame that the protocol allows");
                    server.frame(frame, &to_app);
                }
            };
            Ok(Socket { outgoing, incoming, pump: Box::pin(pump) })
        })
    }
}

impl Server {
    /// What the network makes of a request: the answer, and how long it is on its way.
    fn answer(&self, request: &Request) -> (Result<Answer, TransportError>, Option<Duration>) {
        let mut state = self.state();
        let line = format!("{} {}", format!("{:?}", request.method).to_uppercase(), request.path);
        state.tried.push(line.clone());
        if !state.online {
            return (Err(broken()), None);
        }
        let at = state.faults.iter().position(|(which, _)| line.starts_with(which));
        let fault = at.and_then(|at| state.faults.remove(at)).map(|(_, fault)| fault);
        let arrives = matches!(fault, None | Some(Fault::AnswerLost | Fault::AnswerLate(_)));
        let answer = arrives.then(|| {
            state.log.push(line);
            state.handle(request)
        });
        match (fault, answer) {
            (Some(Fault::AnswerLate(delay)), Some(answer)) => (Ok(answer), Some(delay)),
            (None, Some(answer)) => (Ok(answer), None),
            (Some(Fault::Portal), _) => {
                let body = b"<html>Welcome to the hotel</html>".to_vec();
                (
                    Ok(Answer { status: 200, retry_after: None, date_ms: None, upload_offset: None, body }),
                    None,
                )
            }
            (Some(Fault::Panic), _) => {
                drop(state);
                panic!("on purpose")
            }
            (Some(Fault::Busy(time)), _) => {
                (Ok(Answer { retry_after: Some(time), ..problem(429, "rate_limited") }), None)
            }
            (Some(Fault::Problem(status, code)), _) => (Ok(problem(status, code)), None),
            _ => (Err(broken()), None),
        }
    }

    fn frame(&self, frame: AppFrame, to_app: &mpsc::Sender<Incoming>) {
        let mut state = self.state();
        let say = |frame: &AppServerFrame| {
            drop(to_app.try_send(Incoming::Text(serde_json::to_string(frame).unwrap())));
        };
        match frame {
            AppFrame::Ping {} => say(&AppServerFrame::Pong),
            AppFrame::Authenticate { token, cursor, .. } => {
                let Some(user) = state.sessions.get(&token).cloned() else {
                    drop(to_app.try_send(Incoming::Closed(Some(4101))));
                    return;
                };
                if cursor.epoch != Epoch::from_bits(state.epoch) {
                    say(&AppServerFrame::Reset);
                    return;
                }
                let reconnect = ReconnectWindow { min_ms: 100, max_ms: 1_000 };
                say(&AppServerFrame::Hello(Hello { version: 1, reconnect, ping_ms: 25_000 }));
                if let Some(answering) = &state.answering {
                    say(&AppServerFrame::Answering(answering.clone()));
                }
                if let Some(look) = &state.appearance {
                    say(&AppServerFrame::Appearance(look.clone()));
                }
                let page = state.page(&user, cursor.seq);
                if !page.changes.is_empty() {
                    say(&AppServerFrame::Changes(page));
                }
                state.sockets.push((user, to_app.clone()));
            }
            AppFrame::Typing { .. } => state.log.push("TYPING".to_owned()),
            AppFrame::Foreground { .. } => {}
        }
    }
}
