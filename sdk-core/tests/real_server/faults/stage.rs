//! A user with a phone and a thread, and a network of their own to meddle with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidings_sdk_core::protocol::id::MessageId;
use tidings_sdk_core::{Client, Conversation, MessageItem, Network, Older, User, Visibility};

use super::behaviours::Behaviour;
use crate::meddler::{Meddler, Mischief};
use crate::server::{Agent, Server, said};
use crate::{phone_at, user};

/// See the [module](self).
pub(super) struct Stage<'a> {
    pub(super) server: &'a Server,
    pub(super) agent: &'a Agent<'a>,
    pub(super) user: String,
    pub(super) phone: Client,
    pub(super) thread: Conversation,
    pub(super) first: MessageId,
    pub(super) question: Option<MessageId>,
    pub(super) second: Option<Client>,
    meddler: Meddler,
    folders: tempfile::TempDir,
}

impl<'a> Stage<'a> {
    /// A phone whose thread has one message, before anything goes wrong.
    pub(super) async fn set(
        server: &'a Server,
        agent: &'a Agent<'a>,
        number: usize,
        behaviour: Behaviour,
    ) -> Self {
        let meddler = Meddler::at_rest(server.port()).await;
        let (folders, name) = (tempfile::tempdir().unwrap(), format!("user-{number}"));
        let phone = phone_at(&meddler.url(), server, &folders.path().join("first")).await;
        let who = if behaviour.begins_anonymously() { User::Anonymous } else { user(server, &name) };
        phone.sign_in(who).await.unwrap();
        phone.set_visibility(Visibility::Foreground);
        let thread = phone.start_conversation(Some("Parcel".to_owned())).await.unwrap();
        let first = thread.send_text("first").await.unwrap();
        let mut stage = Self {
            server,
            agent,
            user: name,
            phone,
            thread,
            first,
            question: None,
            second: None,
            meddler,
            folders,
        };
        stage.all_told().await;
        crate::live(&stage.phone).await;
        stage.prepare(behaviour).await;
        stage
    }

    /// Plays a story while the network does this to the first so many requests or sockets.
    pub(super) async fn play(mut self, behaviour: Behaviour, fault: Mischief, times: u32) {
        let story = async {
            self.meddler.aim(fault, times);
            let texts = self.act(behaviour).await;
            self.until_read("the fault", async |stage| {
                if fault == Mischief::SocketCut {
                    // A socket that nobody needed was not opened.
                    stage.phone.set_visibility(Visibility::Background);
                    stage.phone.set_visibility(Visibility::Foreground);
                }
                stage.meddler.done().contains_key(&fault)
            })
            .await;
            self.meddler.behave();
            if behaviour != Behaviour::SignOut {
                self.all_told().await;
                self.until_read("the phone shows it", async |stage| stage.on_screen().await == texts).await;
            }
            assert_eq!(self.agent.said(&self.thread.id().to_string()).await, texts);
            self.phone.close().await;
        };
        let told = tokio::time::timeout(Duration::from_mins(2), story).await;
        assert!(told.is_ok(), "{} under {fault:?} came to no end", behaviour.name());
    }

    pub(super) async fn shown(&self) -> Vec<MessageItem> {
        self.thread.timeline().messages().await.unwrap()
    }

    /// What the phone shows of the whole thread.
    async fn on_screen(&self) -> Vec<String> {
        let timeline = self.thread.timeline();
        while !matches!(timeline.load_older().await, Ok(Older::Start)) {}
        let line = |item: MessageItem| {
            said(&serde_json::to_value(&item.parts).unwrap(), item.quote.is_some(), item.deleted)
        };
        timeline.messages().await.unwrap().into_iter().map(line).collect()
    }

    /// Waits like somebody who wants it: says again and again that there is a network.
    pub(super) async fn until_read(&self, what: &str, mut holds: impl AsyncFnMut(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !holds(self).await {
            let state = self.phone.sync_state();
            assert!(Instant::now() < deadline, "{}: it never came to this: {what}; {state:?}", self.user);
            self.phone.set_network(Network::Available);
            if let Some(second) = &self.second {
                second.set_network(Network::Available);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        self.until_read(what, async |stage| holds(stage)).await;
    }

    pub(super) async fn until_header(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        let id = self.thread.id().to_string();
        self.until_read(what, async |stage| holds(&stage.agent.header(&id).await)).await;
    }

    /// Waits until the server has everything that was written in the thread.
    pub(super) async fn all_told(&self) {
        let told = |item: &MessageItem| item.seq.is_some() && item.amending.is_none();
        self.until_read("all told", async |stage| stage.shown().await.iter().all(told)).await;
    }

    /// An agent writes.
    pub(super) async fn agent_says(&self, text: &str) -> MessageId {
        self.agent_writes(json!([{"type": "text", "text": text}])).await
    }

    async fn agent_writes(&self, parts: Value) -> MessageId {
        // Ids are unique in an installation.
        static WRITTEN: AtomicU64 = AtomicU64::new(1);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        self.agent.reply_with(&self.thread.id().to_string(), number, parts).await
    }

    /// An agent asks something, and the phone has it.
    pub(super) async fn ask(&mut self, parts: Value) {
        let question = self.agent_writes(parts).await;
        self.until_read("the question", async |stage| stage.thread.message(question).await.is_ok()).await;
        self.question = Some(question);
    }

    /// A phone on which nobody is signed in.
    pub(super) async fn closed_phone(&self, name: &str) -> Client {
        phone_at(&self.meddler.url(), self.server, &self.folders.path().join(name)).await
    }

    /// Another phone of the same user, which comes up.
    pub(super) async fn signed_in_phone(&self) -> Client {
        let phone = self.closed_phone("second").await;
        phone.sign_in(user(self.server, &self.user)).await.unwrap();
        phone.set_visibility(Visibility::Foreground);
        phone
    }

    /// The same, with everything.
    pub(super) async fn second_phone(&self) -> Client {
        let phone = self.signed_in_phone().await;
        crate::live(&phone).await;
        phone
    }
}
