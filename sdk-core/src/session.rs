//! One signed-in user: their store, what the app wants, and what is shown that lies in no store. The engine
//! (`sync/engine.rs`) works on it; handles of the app read from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidings_protocol::app::DeviceInfo;
use tidings_protocol::id::{AppId, ConversationId, MessageId, UserId};
use tidings_protocol::text::Label;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use crate::accounts::{Accounts, Record};
use crate::cache::Cache;
use crate::client::{Network, Visibility};
use crate::config::{Locations, Platform};
use crate::context::Whereabouts;
use crate::error::Fault;
use crate::files::Files;
use crate::identity::TokenProvider;
use crate::item::SyncState;
use crate::live::{Dispatcher, Topic};
use crate::runtime::Host;
use crate::sync::backoff::Wait;
use crate::transport::Api;

/// What the app says about itself, checked.
#[derive(Debug, Clone)]
pub(crate) struct AppInfo {
    pub(crate) app_id: AppId,
    pub(crate) platform: Platform,
    pub(crate) locale: Option<Label>,
    pub(crate) app_version: Option<Label>,
    pub(crate) locations: Locations,
    pub(crate) file_cache_bytes: u64,
}

/// What the client lends to each session.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) host: Host,
    pub(crate) api: Api,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) app: AppInfo,
    pub(crate) whereabouts: Arc<Whereabouts>,
}

/// Whether there is nothing left to do at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Left,
    AllDone,
}

/// One signed-in user.
pub(crate) struct Session {
    pub(crate) record: Record,
    pub(crate) cache: Cache,
    pub(crate) files: Files,
    pub(crate) around: Surroundings,
    tokens: Mutex<Option<Arc<dyn TokenProvider>>>,
    asking: Mutex<Asking>,
    wake: Notify,
    shown: Mutex<Shown>,
    work: watch::Sender<Work>,
    engine: Mutex<Option<AbortHandle>>,
    /// Of conversations of which older messages are on their way, or did not come. Kept for all timelines of one together.
    paging: Mutex<BTreeMap<ConversationId, Paging>>,
}

/// What the app asked for since the engine last looked. Repetitions fall together, so this never grows.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) visibility: Visibility,
    pub(crate) network: Network,
    /// Visits to the server from the background that are under way.
    pub(crate) visits: u32,
    /// Good news: try at once.
    pub(crate) nudge: bool,
    /// Rows of the outbox changed.
    pub(crate) outbox: bool,
    /// There may be a receipt or a push target to tell.
    pub(crate) chores: bool,
    /// Timelines that want more messages than the phone has.
    pub(crate) fill: BTreeSet<ConversationId>,
    /// Where the person is writing.
    pub(crate) typing: BTreeSet<ConversationId>,
}

/// [`Asked`], and whether the engine is still to look at it.
struct Asking {
    asked: Asked,
    is_news: bool,
}

/// How it stands with fetching older messages of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) under_way: u32,
    /// In a row.
    pub(crate) failures: u32,
    pub(crate) wait: Option<Wait>,
}

/// What is shown and lies in no store.
struct Shown {
    state: SyncState,
    user_id: Option<UserId>,
    token: Option<String>,
    sending: BTreeSet<MessageId>,
    /// Who writes, and until when that holds.
    typing: BTreeMap<ConversationId, (String, u64)>,
    /// How often the engine had to be started again.
    falls: u32,
}

impl Session {
    pub(crate) fn new(
        record: Record,
        around: Surroundings,
        tokens: Option<Arc<dyn TokenProvider>>,
        visibility: Visibility,
        network: Network,
    ) -> Self {
        let shown = Shown {
            state: SyncState::Suspended,
            user_id: record.user_id,
            token: record.session_token.clone(),
            sending: BTreeSet::new(),
            typing: BTreeMap::new(),
            falls: 0,
        };
        let asked = Asked {
            visibility,
            network,
            visits: 0,
            nudge: false,
            outbox: true,
            chores: true,
            fill: BTreeSet::new(),
            typing: BTreeSet::new(),
        };
        Self {
            cache: Cache::new(record.file.clone(), around.dispatcher.clone()),
            files: Files::new(&record.file, around.app.file_cache_bytes),
            record,
            around,
            tokens: Mutex::new(tokens),
            asking: Mutex::new(Asking { asked, is_news: true }),
            wake: Notify::new(),
            shown: Mutex::new(shown),
            work: watch::Sender::new(Work::Left),
            engine: Mutex::default(),
            paging: Mutex::default(),
        }
    }

    /// Asks the engine for something.
    pub(crate) fn ask(&self, change: impl FnOnce(&mut Asked)) {
        {
            let mut asking = lock(&self.asking);
            change(&mut asking.asked);
            asking.is_news = true;
            // Whoever asks and then waits for the end must not be told of an end before that.
            self.work.send_replace(Work::Left);
        }
        self.wake.notify_one();
    }

    /// What was asked; momentary wishes are taken, lasting ones stay.
    pub(crate) fn take_asked(&self) -> Asked {
        let mut asking = lock(&self.asking);
        asking.is_news = false;
        let asked = &mut asking.asked;
        let taken = asked.clone();
        asked.nudge = false;
        asked.outbox = false;
        asked.chores = false;
        asked.fill.clear();
        asked.typing.clear();
        taken
    }

    /// Returns when something was asked since the last time.
    pub(crate) async fn asked(&self) {
        self.wake.notified().await;
    }

    /// Work with the store, away from the runtime's own threads.
    pub(crate) async fn disk<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let session = Arc::clone(self);
        self.around.host.disk(move || work(&session)).await
    }

    pub(crate) fn set_tokens(&self, tokens: Option<Arc<dyn TokenProvider>>) {
        *lock(&self.tokens) = tokens;
        self.ask(|asked| asked.nudge = true);
    }

    pub(crate) fn tokens(&self) -> Option<Arc<dyn TokenProvider>> {
        lock(&self.tokens).clone()
    }

    pub(crate) fn state(&self) -> SyncState {
        lock(&self.shown).state.clone()
    }

    pub(crate) fn show_state(&self, state: SyncState) {
        let mut shown = lock(&self.shown);
        if shown.state != state {
            tracing::debug!(?state, "connection");
            shown.state = state;
            drop(shown);
            self.around.dispatcher.notify(&[Topic::Sync]);
        }
    }

    pub(crate) fn user_id(&self) -> Option<UserId> {
        lock(&self.shown).user_id
    }

    pub(crate) fn token(&self) -> Option<String> {
        lock(&self.shown).token.clone()
    }

    pub(crate) fn show_session(&self, user_id: UserId, token: String) {
        let mut shown = lock(&self.shown);
        shown.user_id = Some(user_id);
        shown.token = Some(token);
    }

    pub(crate) fn forget_token(&self) -> Option<String> {
        lock(&self.shown).token.take()
    }

    /// How often the engine had to be started again.
    pub(crate) fn falls(&self) -> u32 {
        lock(&self.shown).falls
    }

    /// Which messages are on their way at this moment.
    pub(crate) fn sending(&self) -> BTreeSet<MessageId> {
        lock(&self.shown).sending.clone()
    }

    /// A message is about to be posted, or no longer is.
    pub(crate) fn show_sending(&self, conversation: ConversationId, id: MessageId, sending: Sending) {
        let mut shown = lock(&self.shown);
        match sending {
            Sending::Begins => shown.sending.insert(id),
            Sending::Ends => shown.sending.remove(&id),
        };
        drop(shown);
        self.around.dispatcher.notify(&[Topic::Messages(conversation), Topic::Conversations]);
    }

    /// Runs `work` unless the message is on its way, and keeps it from setting off meanwhile.
    pub(crate) fn unless_sending<T>(&self, id: MessageId, work: impl FnOnce() -> T) -> Option<T> {
        let shown = lock(&self.shown);
        (!shown.sending.contains(&id)).then(work)
    }

    /// Looks at, or changes, how it stands with fetching older messages of a conversation.
    pub(crate) fn paging<T>(&self, id: ConversationId, look: impl FnOnce(&mut Paging) -> T) -> T {
        let mut all = lock(&self.paging);
        let mut paging = all.get(&id).copied().unwrap_or_default();
        let seen = look(&mut paging);
        if paging == Paging::default() {
            all.remove(&id);
        } else {
            all.insert(id, paging);
        }
        seen
    }

    pub(crate) fn typing(&self, id: ConversationId) -> Option<String> {
        lock(&self.shown).typing.get(&id).map(|(name, _)| name.clone())
    }

    /// Somebody writes; it holds until then.
    pub(crate) fn show_typing(&self, id: ConversationId, name: String, until: u64) {
        lock(&self.shown).typing.insert(id, (name, until));
        self.around.dispatcher.notify(&[Topic::Typing(id)]);
    }

    /// Whoever wrote has stopped.
    pub(crate) fn end_typing(&self, which: impl Fn(ConversationId, u64) -> bool) {
        let mut ended = Vec::new();
        lock(&self.shown).typing.retain(|id, (_, until)| {
            let ends = which(*id, *until);
            if ends {
                ended.push(Topic::Typing(*id));
            }
            !ends
        });
        if !ended.is_empty() {
            self.around.dispatcher.notify(&ended);
        }
    }

    pub(crate) fn typing_deadline(&self) -> Option<u64> {
        lock(&self.shown).typing.values().map(|(_, until)| *until).min()
    }

    pub(crate) fn show_work(&self, work: Work) {
        let asking = lock(&self.asking);
        let work = if asking.is_news { Work::Left } else { work };
        self.work.send_if_modified(|shown| std::mem::replace(shown, work) != work);
    }

    /// Returns when everything was fetched and sent.
    pub(crate) async fn all_done(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        drop(self.work.subscribe().wait_for(|work| *work == Work::AllDone).await);
    }

    pub(crate) fn device(&self) -> DeviceInfo {
        DeviceInfo {
            id: self.record.device_id,
            secret: self.record.device_secret.clone(),
            platform: self.around.app.platform,
            locale: self.around.app.locale.clone(),
            app_version: self.around.app.app_version.clone(),
        }
    }

    /// What the server should know of this installation, in one text that changes when any of it does.
    pub(crate) fn described(&self) -> String {
        let text = |label: &Option<Label>| {
            label.as_ref().map_or_else(String::new, |label| label.as_str().to_owned())
        };
        format!("{}\n{}", text(&self.around.app.locale), text(&self.around.app.app_version))
    }

    pub(crate) fn set_engine(&self, engine: AbortHandle) {
        *lock(&self.engine) = Some(engine);
    }

    /// The engine failed and starts again then: what it had under way is not, and is looked for anew.
    pub(crate) fn engine_fell(&self, retry_at_ms: i64) {
        let mut shown = lock(&self.shown);
        shown.sending.clear();
        shown.falls += 1;
        shown.state = SyncState::Waiting { retry_at_ms };
        drop(shown);
        self.end_typing(|_, _| true);
        self.show_work(Work::Left);
        self.ask(|asked| {
            asked.outbox = true;
            asked.chores = true;
        });
        self.around.dispatcher.notify_all();
    }

    /// Ends the session on this phone: no task runs on, the store is closed, handles answer `closed`. May wait for a
    /// write that is under way.
    pub(crate) fn end(&self) {
        if let Some(engine) = lock(&self.engine).take() {
            engine.abort();
        }
        self.cache.end();
        self.files.folder().end();
    }
}

/// Whether a message is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    Begins,
    Ends,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only plain values are moved under these locks; a panic leaves them whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
