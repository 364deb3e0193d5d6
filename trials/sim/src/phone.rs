//! A phone with the SDK in it, on a simulated network, with files that outlive its crashes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tidings_protocol::id::{ConversationId, MessageId, UserId};
use tidings_protocol::message::{KnownPart, Location, Parts};
use tidings_sdk_core::transport::over;
use tidings_sdk_core::{
    Author, Client, Config, DiskWork, Host, Listeners, MessageItem, Network, Older, Part, PlainHttp,
    Platform, SendState, SignOut, SyncState, TokenRequest, User, Visibility, Visit,
};
use tidings_trials::history::{Seen, Side, Stage, What, Witness};

use crate::clock::{Senses, Skew, true_ms, until};
use crate::dice::Dice;
use crate::net::Balancer;
use crate::node::{SECRET, app_id};
use crate::plan::{PhoneAct, Switched};
use crate::world::{World, lock};

/// What outlives a crash of a phone.
pub(crate) struct Phone {
    number: usize,
    pub(crate) skew: Skew,
    state: Mutex<State>,
    pub(crate) shown: Mutex<BTreeMap<usize, Shown>>,
}

struct State {
    /// The next thing that its person does.
    next: usize,
    lives: u64,
    user: Option<usize>,
    /// Everybody who ever had this phone.
    users: BTreeSet<usize>,
    drained: bool,
    texts: u64,
    witnesses: BTreeMap<usize, Witness>,
    /// Messages that the server refused for good, so that each is told once.
    refused: BTreeSet<MessageId>,
}

/// What one person sees on this phone when all is over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) user_id: Option<UserId>,
    pub(crate) state: SyncState,
    pub(crate) threads: BTreeMap<ConversationId, Thread>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thread {
    pub(crate) unread: i64,
    pub(crate) messages: Vec<Seen>,
    pub(crate) waiting: Vec<MessageId>,
}

impl Phone {
    pub(crate) fn new(number: usize, user: usize) -> Self {
        let state = State {
            next: 0,
            lives: 0,
            user: Some(user),
            users: BTreeSet::from([user]),
            drained: false,
            texts: 0,
            witnesses: BTreeMap::new(),
            refused: BTreeSet::new(),
        };
        Self { number, skew: Skew::default(), state: Mutex::new(state), shown: Mutex::default() }
    }

    /// Writes in the history as the person who has the phone.
    fn write<T>(&self, world: &World, user: usize, write: impl FnOnce(&mut Witness) -> T) -> T {
        let mut state = lock(&self.state);
        let witness = state.witnesses.entry(user).or_insert_with(|| {
            let name = format!("phone{}/u{user}", self.number);
            world.witness(&name, Side::User, &marker(user))
        });
        write(witness)
    }
}

/// With this begins each text in a thread of this user.
pub(crate) fn marker(user: usize) -> String {
    format!("w1/u{user}/")
}

/// One life of a phone.
pub(crate) async fn run(world: Arc<World>, number: usize) -> turmoil::Result {
    let phone = Arc::clone(&world.phones[number]);
    let life = {
        let mut state = lock(&phone.state);
        state.lives += 1;
        state.lives
    };
    let mut life = Life { client: open(&world, &phone, life).await?, world, phone };
    life.act().await?;
    life.drain().await?;
    loop {
        life.show().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn open(world: &World, phone: &Phone, life: u64) -> anyhow::Result<Client> {
    let seed = world.plan.seed;
    let name = format!("phone {}", phone.number);
    let senses = Arc::new(Senses::new(seed, &name, life, &phone.skew));
    let balancer =
        Balancer::new(&world.node_names(), Dice::new(seed, &format!("balancer of {name} in life {life}")));
    let transport = over("http://tidings.test", balancer).map_err(|error| anyhow::anyhow!(error))?;
    let host = Host {
        runtime: tokio::runtime::Handle::current(),
        clock: senses.clone(),
        random: senses,
        transport: Some(transport),
        disk: DiskWork::InPlace,
        listeners: Listeners::Task,
    };
    let config = Config {
        server_url: "http://tidings.test".to_owned(),
        app_id: app_id(),
        data_dir: world.phone_folder(phone.number),
        platform: Platform::Ios,
        locale: Some("en".to_owned()),
        app_version: None,
        extra_root_certificates_pem: None,
        plain_http: PlainHttp::Anywhere,
        locations: tidings_sdk_core::Locations::Allowed,
        file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
        context: tidings_sdk_core::ContextOptions::default(),
    };
    Ok(Client::open(config, host).await?)
}

/// A user whom the backend vouches for; its clock is right.
fn identified(user: usize) -> User {
    let tokens = move |request: TokenRequest| {
        let now = true_ms() / 1_000;
        let claims = serde_json::json!({
            "sub": format!("u{user}"), "aud": app_id().to_string(), "iat": now, "exp": now + 900,
        });
        let key = EncodingKey::from_secret(&SECRET);
        if let Ok(token) = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key) {
            request.resolve(token);
        }
    };
    User::Identified { key: format!("u{user}"), tokens: Arc::new(tokens) }
}

struct Life {
    world: Arc<World>,
    phone: Arc<Phone>,
    client: Client,
}

impl Life {
    /// Does what the person does, from where the last life ended.
    async fn act(&mut self) -> anyhow::Result<()> {
        let user = lock(&self.phone.state).user;
        if let Some(user) = user {
            self.client.sign_in(identified(user)).await?;
        }
        self.client.set_visibility(Visibility::Foreground);
        while let Some((at, act)) = self.next() {
            until(at).await;
            // Before it is done: a crash in the middle of it does not make the person do it again.
            lock(&self.phone.state).next += 1;
            self.renew().await?;
            self.perform(act).await?;
        }
        until(self.world.plan.end_ms).await;
        while !self.world.is_healing() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    fn next(&self) -> Option<(u64, PhoneAct)> {
        let next = lock(&self.phone.state).next;
        self.world.plan.phones[self.phone.number].acts.get(next).copied()
    }

    /// A token that was refused, because a clock was wrong, is asked for again as an app does.
    async fn renew(&self) -> anyhow::Result<()> {
        let user = lock(&self.phone.state).user;
        if let (Some(user), SyncState::NeedsToken) = (user, self.client.sync_state()) {
            self.client.sign_in(identified(user)).await?;
        }
        Ok(())
    }

    async fn perform(&mut self, act: PhoneAct) -> anyhow::Result<()> {
        let user = lock(&self.phone.state).user;
        let Some(user) = user else {
            if let PhoneAct::Switch(to) = act {
                self.switch(to).await?;
            }
            return Ok(());
        };
        match act {
            PhoneAct::Open => {
                let conversation = self.client.start_conversation(None).await?;
                lock(&self.world.owners).insert(conversation.id(), user);
                self.say(user, conversation.id(), Kind::Text).await?;
            }
            PhoneAct::Send(thread) | PhoneAct::Place(thread) => {
                let kind = if matches!(act, PhoneAct::Place(_)) { Kind::Place } else { Kind::Text };
                if let Some(id) = self.thread(thread).await? {
                    self.say(user, id, kind).await?;
                }
            }
            PhoneAct::Read(thread) => {
                if let Some(id) = self.thread(thread).await? {
                    self.client.conversation(id)?.mark_read().await?;
                }
            }
            PhoneAct::Typing(thread) => {
                if let Some(id) = self.thread(thread).await? {
                    self.client.conversation(id)?.typing();
                }
            }
            PhoneAct::Switch(to) => self.switch(to).await?,
            PhoneAct::SignOut => {
                self.client.sign_out(SignOut::Keep).await?;
                lock(&self.phone.state).user = None;
            }
            PhoneAct::Airplane(switched) => self.client.set_network(match switched {
                Switched::On => Network::Unavailable,
                Switched::Off => Network::Available,
            }),
            PhoneAct::Screen(switched) => self.client.set_visibility(match switched {
                Switched::On => Visibility::Foreground,
                Switched::Off => Visibility::Background,
            }),
        }
        Ok(())
    }

    async fn switch(&self, to: usize) -> anyhow::Result<()> {
        {
            let mut state = lock(&self.phone.state);
            state.user = Some(to);
            state.users.insert(to);
        }
        Ok(self.client.sign_in(identified(to)).await?)
    }

    async fn thread(&self, number: usize) -> anyhow::Result<Option<ConversationId>> {
        let mut threads: Vec<_> = self.client.conversations().await?.iter().map(|item| item.id).collect();
        threads.sort_unstable();
        let count = threads.len().max(1);
        Ok(threads.get(number % count).copied())
    }

    async fn say(&self, user: usize, conversation: ConversationId, kind: Kind) -> anyhow::Result<()> {
        let number = {
            let mut state = lock(&self.phone.state);
            state.texts += 1;
            state.texts
        };
        let text = format!("{}phone{}-{number}", marker(user), self.phone.number);
        let parts = match kind {
            Kind::Text => Parts::text(text.clone().try_into()?),
            Kind::Place => place(&text)?,
        };
        // The SDK makes the id; nothing happens between its making and here, since disks answer in place.
        let id = self.client.conversation(conversation)?.send(parts).await?;
        self.phone.write(&self.world, user, |witness| {
            let accept = || What::Accept { conversation, id, text: text.clone() };
            let op = witness.invoke(accept());
            witness.end(op, Stage::Ok, accept());
        });
        Ok(())
    }

    /// Sends what waits, for each person who ever had the phone.
    async fn drain(&mut self) -> anyhow::Result<()> {
        self.client.set_network(Network::Available);
        self.client.set_visibility(Visibility::Foreground);
        let users = lock(&self.phone.state).users.clone();
        if !lock(&self.phone.state).drained {
            for user in &users {
                self.settle(*user).await?;
            }
            lock(&self.phone.state).drained = true;
            self.world.drained.fetch_add(1, Ordering::Relaxed);
        }
        while !self.world.is_drained() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Signs in as this person and waits until there is nothing left to send or to fetch.
    async fn settle(&self, user: usize) -> anyhow::Result<()> {
        self.client.sign_in(identified(user)).await?;
        while self.client.visit(Duration::from_secs(2)).await? == Visit::TimeUp {
            if self.client.sync_state() == SyncState::NeedsToken {
                self.client.sign_in(identified(user)).await?;
            }
        }
        Ok(())
    }

    /// Publishes what each person sees.
    async fn show(&self) -> anyhow::Result<()> {
        let users = lock(&self.phone.state).users.clone();
        for user in users {
            self.settle(user).await?;
            let shown = self.look(user).await?;
            lock(&self.phone.shown).insert(user, shown);
        }
        Ok(())
    }

    async fn look(&self, user: usize) -> anyhow::Result<Shown> {
        let mut threads = BTreeMap::new();
        for item in self.client.conversations().await? {
            let timeline = self.client.conversation(item.id)?.timeline();
            // What is older than the phone has is fetched when somebody scrolls up to it.
            while !begins(&timeline.messages().await?)
                && timeline.load_older().await.is_ok_and(|older| older == Older::More)
            {}
            let messages = timeline.messages().await?;
            let mut thread = Thread { unread: item.unread, messages: Vec::new(), waiting: Vec::new() };
            for message in messages {
                self.sort(user, &message, &mut thread);
            }
            threads.insert(item.id, thread);
        }
        let user_id = self.client.account().and_then(|account| account.user_id);
        Ok(Shown { user_id, state: self.client.sync_state(), threads })
    }

    fn sort(&self, user: usize, message: &MessageItem, thread: &mut Thread) {
        match (&message.state, message.seq) {
            (Some(SendState::Failed(_)), _) => {
                if lock(&self.phone.state).refused.insert(message.id) {
                    let what = What::Accept {
                        conversation: message.conversation_id,
                        id: message.id,
                        text: message.text(),
                    };
                    self.phone.write(&self.world, user, |witness| {
                        let op = witness.invoke(what.clone());
                        witness.end(op, Stage::Fail, what);
                    });
                }
            }
            (_, Some(seq)) => {
                let by = if message.author == Author::Me { Side::User } else { Side::Team };
                thread.messages.push(Seen { seq, id: message.id, by, text: message.text() });
            }
            (_, None) => thread.waiting.push(message.id),
        }
    }
}

/// Writes what a person sees on a phone into the history.
pub(crate) fn record(world: &World, phone: &Phone) {
    for (user, shown) in lock(&phone.shown).iter() {
        for (conversation, thread) in &shown.threads {
            let view = What::View {
                conversation: *conversation,
                messages: thread.messages.clone(),
                waiting: thread.waiting.clone(),
            };
            phone.write(world, *user, |witness| witness.saw(view));
        }
    }
}

/// Whether the first message is among them, or none was stored yet.
fn begins(messages: &[MessageItem]) -> bool {
    messages.first().is_none_or(|first| first.seq.is_none_or(|seq| seq == 1))
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Place,
}

fn place(text: &str) -> anyhow::Result<Parts> {
    let location =
        Location { latitude: 48.85, longitude: 2.35, accuracy_m: Some(12.0), label: None, measured_at: None };
    let text = Part::text(text.to_owned().try_into()?);
    Ok(vec![text, Part::Known(KnownPart::Location(location))].try_into()?)
}
