//! The client: what a host app holds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tidings_protocol::hours::Answering;
use tidings_protocol::id::{AttachmentId, ConversationId};
use tidings_protocol::limits;
use tidings_protocol::push::PushTarget;
use tidings_protocol::text::Title;
use tidings_protocol::upload::Variant;

use crate::accounts::{Accounts, Record};
use crate::cache::{self, Durability};
use crate::clock::ten;
use crate::config::Config;
use crate::conversation::{Conversation, call};
use crate::diagnosis::{self, Diagnosis, Facts};
use crate::error::{Error, ErrorCode, Fault};
use crate::farewell::Farewells;
use crate::files::{self, LocalFile};
use crate::identity::{Account, SignOut, TokenProvider, User};
use crate::item::{ConversationItem, MessageItem, SyncState, Visit};
use crate::live::{Dispatcher, ListDiff, Subscription, Topic};
use crate::push::{self, PushContent, PushDeed};
use crate::runtime::{Host, start_dispatcher};
use crate::session::{AppInfo, Session, Surroundings};
use crate::transport::{Address, Api, RealTransport, Transport};
use crate::views::{Listing, of_list, of_value};
use crate::visit::visit;

/// The SDK, opened once in the life of a process. Cheap to clone; clones are the same client.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// Whether the app is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It is: connect and stay connected.
    Foreground,
    /// It is not: finish what is under way, at most 5 seconds, then close everything. How a client starts.
    Background,
}

/// Whether the phone has a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It has, or nobody knows. How a client starts.
    Available,
    /// It has none: nothing is tried.
    Unavailable,
}

/// What becomes of the anonymous user of this phone when somebody else signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anonymous {
    Stays,
    Merges,
}

struct Shared {
    around: Surroundings,
    farewells: Farewells,
    present: Mutex<Present>,
    /// One change of user at a time.
    changing: tokio::sync::Mutex<()>,
}

struct Present {
    session: Option<Arc<Session>>,
    /// Grows with each change of user, so that lists of two users are never compared.
    owner: u64,
    visibility: Visibility,
    network: Network,
    closed: bool,
}

impl Shared {
    fn present(&self) -> MutexGuard<'_, Present> {
        // Plain values only; a panic leaves them whole.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self) -> Result<Arc<Session>, Error> {
        let present = self.present();
        if present.closed {
            return Err(Error::from(Fault::Closed));
        }
        let session = present.session.clone();
        session.ok_or_else(|| Error::new(ErrorCode::NotSignedIn, "nobody is signed in"))
    }

    fn owner(&self) -> (u64, Option<Arc<Session>>) {
        let present = self.present();
        (present.owner, present.session.clone())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(session) = self.present().session.take() {
            session.end();
        }
        self.around.dispatcher.stop();
    }
}

impl Client {
    /// Opens the client in its folder. Signs nobody in, connects nowhere.
    ///
    /// # Errors
    /// `invalid_config` names the field; `storage` when the folder cannot be used.
    pub async fn open(config: Config, host: Host) -> Result<Self, Error> {
        let address =
            Address::parse(&config.server_url, config.plain_http).map_err(|why| wrong("server_url", why))?;
        let app = AppInfo {
            app_id: config.app_id,
            platform: config.platform,
            locale: label("locale", config.locale)?,
            app_version: label("app_version", config.app_version)?,
            locations: config.locations,
            file_cache_bytes: config.file_cache_bytes,
        };
        let (folder, server) = (config.data_dir, address.as_str().to_owned());
        let transport = host.transport.clone();
        let transport: Arc<dyn Transport> = if let Some(transport) = transport {
            transport
        } else {
            let real = RealTransport::new(address, config.extra_root_certificates_pem.as_deref());
            Arc::new(real.map_err(|why| wrong("extra_root_certificates_pem", &why))?)
        };
        let app_id = app.app_id;
        let accounts = host.disk(move || Accounts::open(&folder, &server, app_id)).await?;
        let dispatcher = Dispatcher::default();
        start_dispatcher(&host, &dispatcher)?;
        let around =
            Surroundings { host, api: Api::new(transport), dispatcher, accounts: Arc::new(accounts), app };
        let present = Present {
            session: None,
            owner: 0,
            visibility: Visibility::Background,
            network: Network::Available,
            closed: false,
        };
        let shared = Shared {
            farewells: Farewells::start(around.clone()),
            around,
            present: Mutex::new(present),
            changing: tokio::sync::Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Makes this the user of the client; works without a network. To be called at each start of the app and whenever
    /// its own user changes; again with the same user changes nothing but the token provider.
    ///
    /// The store of any other user is closed and hidden before this returns, and their session ends at the
    /// server as soon as it can be reached.
    ///
    /// # Errors
    /// `invalid_input` for an empty or too long key; `storage`.
    pub async fn sign_in(&self, user: User) -> Result<(), Error> {
        self.change_user(user, Anonymous::Stays).await
    }

    /// Signs in somebody who has used the app anonymously so far: what the anonymous user of this phone has - conversations,
    /// what waits to be sent, drafts, what was read - becomes theirs. Works without a network: it is shown as theirs at once,
    /// and the server moves it when it is reached, before anything of it is sent. Without an anonymous user it is
    /// [`sign_in`](Self::sign_in), so an app can call it at each start.
    ///
    /// It cannot be undone. Whoever uses the app anonymously on this phone afterwards is somebody new.
    ///
    /// # Errors
    /// As `sign_in`; `invalid_input` for [`User::Anonymous`]. After `storage_full` it goes on with the next sign-in.
    pub async fn sign_in_merging(&self, user: User) -> Result<(), Error> {
        if matches!(user, User::Anonymous) {
            return Err(Error::new(ErrorCode::InvalidInput, "nobody is merged into an anonymous user"));
        }
        self.change_user(user, Anonymous::Merges).await
    }

    async fn change_user(&self, user: User, anonymous: Anonymous) -> Result<(), Error> {
        let (key, tokens) = match user {
            User::Anonymous => (None, None),
            User::Identified { key, tokens } if key.is_empty() || key.len() > limits::EXTERNAL_ID_BYTES => {
                drop(tokens);
                return Err(Error::new(ErrorCode::InvalidInput, "a user's key has 1 to 256 bytes"));
            }
            User::Identified { key, tokens } => (Some(key), Some(tokens)),
        };
        let _changing = self.shared.changing.lock().await;
        if self.shared.present().closed {
            return Err(Error::from(Fault::Closed));
        }
        let record = self.record(key.clone()).await?;
        let accounts = Arc::clone(&self.shared.around.accounts);
        let merges = anonymous == Anonymous::Merges
            && self.shared.around.host.disk(move || accounts.has_anonymous()).await?;
        let current = self.shared.present().session.clone();
        match current {
            Some(session) if session.record.id == record.id && !merges => {
                session.set_tokens(tokens);
                return Ok(());
            }
            Some(session) => self.leave(session, SignOut::Keep).await?,
            None => {}
        }
        // Nobody has a store open now.
        let record = if merges { self.merge(record, key).await? } else { record };
        self.begin(record, tokens);
        Ok(())
    }

    /// The record of a user. What a crash left of a merge is finished first, while their stores are closed.
    async fn record(&self, key: Option<String>) -> Result<Record, Error> {
        let around = self.shared.around.clone();
        let is_idle = self.shared.present().session.is_none();
        let host = around.host.clone();
        let entered = host.disk(move || {
            if is_idle {
                around.accounts.finish_merges()?;
            }
            around.accounts.enter(key.as_deref(), around.host.clock.as_ref(), around.host.random.as_ref())
        });
        Ok(entered.await?)
    }

    async fn merge(&self, into: Record, key: Option<String>) -> Result<Record, Error> {
        let accounts = Arc::clone(&self.shared.around.accounts);
        self.shared.around.host.disk(move || accounts.begin_merge(&into)).await?;
        self.shared.farewells.hurry();
        self.record(key).await
    }

    fn begin(&self, record: Record, tokens: Option<Arc<dyn TokenProvider>>) {
        let around = self.shared.around.clone();
        let mut present = self.shared.present();
        let session =
            Arc::new(Session::new(record, around.clone(), tokens, present.visibility, present.network));
        session.set_engine(around.host.spawn(crate::sync::run(Arc::clone(&session))));
        present.session = Some(session);
        present.owner += 1;
        drop(present);
        around.dispatcher.notify_all();
    }

    /// Signs out; works without a network. The store is hidden before this returns, and erased or kept as
    /// `store` says. The session and the push registration end at the server as soon as it can be reached, after a
    /// restart of the app too. With nobody signed in it does nothing.
    ///
    /// # Errors
    /// `storage`.
    pub async fn sign_out(&self, store: SignOut) -> Result<(), Error> {
        let _changing = self.shared.changing.lock().await;
        let current = self.shared.present().session.clone();
        match current {
            Some(session) => self.leave(session, store).await,
            None => Ok(()),
        }
    }

    /// Hides first, so that nothing of this user is shown whatever happens next.
    async fn leave(&self, session: Arc<Session>, store: SignOut) -> Result<(), Error> {
        {
            let mut present = self.shared.present();
            present.session = None;
            present.owner += 1;
        }
        let left = session
            .disk(move |session| {
                session.end();
                session.around.accounts.leave(&session.record, store)
            })
            .await;
        self.shared.around.dispatcher.notify_all();
        self.shared.farewells.hurry();
        Ok(left?)
    }

    /// Who is signed in.
    pub fn account(&self) -> Option<Account> {
        let session = self.shared.present().session.clone()?;
        Some(Account { anonymous: session.record.anonymous, user_id: session.user_id() })
    }

    /// The app came to the screen or left it. Never fails, never blocks; only the latest call counts.
    pub fn set_visibility(&self, visibility: Visibility) {
        let session = {
            let mut present = self.shared.present();
            present.visibility = visibility;
            present.session.clone()
        };
        if let Some(session) = session {
            session.ask(|asked| asked.visibility = visibility);
        }
        if visibility == Visibility::Foreground {
            self.shared.farewells.hurry();
        }
    }

    /// The phone got or lost its network, or moved to another one (then `Available` again). Never fails, never blocks;
    /// only the latest call counts.
    pub fn set_network(&self, network: Network) {
        let session = {
            let mut present = self.shared.present();
            present.network = network;
            present.session.clone()
        };
        if let Some(session) = session {
            session.ask(|asked| {
                asked.network = network;
                asked.nudge |= network == Network::Available;
            });
        }
        self.shared.farewells.set_network(network);
    }

    /// Connects while the app is in the background, for a push or a scheduled task: fetches everything, sends
    /// everything, closes again. Returns at the latest after `at_most`.
    ///
    /// # Errors
    /// `not_signed_in`.
    pub async fn visit(&self, at_most: Duration) -> Result<Visit, Error> {
        Ok(visit(self.shared.session()?, at_most).await)
    }

    /// Does what a push asks for, and says what the app is to do: the message is fetched, the server learns that the push
    /// arrived, and what was read meanwhile, on whichever device, is not shown any more. Returns at the latest after
    /// `at_most`; a message that could not be fetched by then is shown without its words.
    ///
    /// With nobody signed in, or somebody else, there is [nothing](PushDeed::Nothing) to do.
    ///
    /// # Errors
    /// `storage_full`, `storage`.
    pub async fn handle_push(&self, push: &PushContent, at_most: Duration) -> Result<PushDeed, Error> {
        let (session, visibility) = {
            let present = self.shared.present();
            (present.session.clone(), present.visibility)
        };
        let Some(session) = session else { return Ok(PushDeed::Nothing) };
        let deed = push::handle(&session, visibility, push, at_most).await?;
        // Another person may have come meanwhile: it is none of theirs.
        let is_here = self.shared.present().session.as_ref().is_some_and(|now| Arc::ptr_eq(now, &session));
        Ok(if is_here { deed } else { PushDeed::Nothing })
    }

    /// The notification of a push was shown: agents see it on their message, and the push makes no noise again. The server
    /// is told within `at_most`, or the next time.
    ///
    /// # Errors
    /// `not_signed_in`; `storage_full`, `storage`.
    pub async fn push_shown(&self, push: &PushContent, at_most: Duration) -> Result<(), Error> {
        Ok(push::shown(self.shared.session()?, push.message_id, at_most).await?)
    }

    /// How the client stands to the server.
    pub fn sync_state(&self) -> SyncState {
        let session = self.shared.present().session.clone();
        session.map_or(SyncState::SignedOut, |session| session.state())
    }

    /// Tells the listener the state now and whenever it changes. A quick back and forth may be left out.
    pub fn observe_sync_state(&self, listener: impl Fn(SyncState) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let read = move || {
            let session = shared.upgrade().and_then(|shared| shared.owner().1);
            Ok(session.map_or(SyncState::SignedOut, |session| session.state()))
        };
        self.shared.around.dispatcher.watch(vec![Topic::Sync], of_value(read, listener))
    }

    /// The user's conversations, newest first; empty with nobody signed in.
    ///
    /// # Errors
    /// `storage`.
    pub async fn conversations(&self) -> Result<Vec<ConversationItem>, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || conversations(&shared)).await?.items)
    }

    /// Keeps the listener's list of conversations true, newest first. The first steps are one `Reset`; another
    /// user or none is a `Reset` too.
    pub fn observe_conversations(
        &self,
        listener: impl Fn(Vec<ListDiff<ConversationItem>>) + Send + 'static,
    ) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_list(move || conversations(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Conversations], step)
    }

    /// Unread messages in all conversations.
    ///
    /// # Errors
    /// `storage`.
    pub async fn unread(&self) -> Result<i64, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || unread(&shared)).await?)
    }

    /// Tells the listener the number of unread messages in all conversations, now and whenever it changes.
    pub fn observe_unread(&self, listener: impl Fn(i64) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_value(move || unread(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Conversations], step)
    }

    /// Who answers, how soon they usually do, and when they are back: what the server said when the phone was last
    /// connected. Each part may be unknown; a [`back_at`](Answering::back_at) that has passed says nothing any more.
    ///
    /// # Errors
    /// `storage`.
    pub async fn answering(&self) -> Result<Answering, Error> {
        let shared = Arc::downgrade(&self.shared);
        Ok(self.shared.around.host.disk(move || answering(&shared)).await?)
    }

    /// Tells the listener who answers and how soon, now and whenever that changes.
    pub fn observe_answering(&self, listener: impl Fn(Answering) + Send + 'static) -> Subscription {
        let shared = Arc::downgrade(&self.shared);
        let step = of_value(move || answering(&shared), listener);
        self.shared.around.dispatcher.watch(vec![Topic::Answering], step)
    }

    /// Messages on the phone that hold all these words, newest first, at most `limit`: those that wait to be sent, then those
    /// of the server. The beginning of a word is enough; accents and case do not matter.
    ///
    /// # Errors
    /// `not_signed_in`; `storage`.
    pub async fn search(
        &self,
        words: impl Into<String> + Send,
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<MessageItem>, Error> {
        let (session, words) = (self.shared.session()?, words.into());
        let found = session.disk(move |session| {
            let sending = session.sending();
            session.cache.read(|connection| cache::search(connection, &words, within, limit, &sending))
        });
        Ok(found.await?)
    }

    /// Starts a conversation; works without a network. It reaches the server before its first message does.
    ///
    /// # Errors
    /// `not_signed_in`; `invalid_input` for a title that is blank or longer than 256 bytes; `storage`.
    pub async fn start_conversation(&self, title: Option<String>) -> Result<Conversation, Error> {
        let session = self.shared.session()?;
        let title = title.map(Title::try_from).transpose();
        let title = title.map_err(|why| Error::new(ErrorCode::InvalidInput, format!("the title {why}")))?;
        let id = session
            .disk(move |session| {
                let host = &session.around.host;
                session.cache.write(Durability::Power, |write| {
                    let now_ms = host.clock.wall_ms();
                    let stamp = u64::try_from(now_ms).unwrap_or_default();
                    let id = ConversationId::from_parts(stamp, ten(host.random.as_ref()));
                    cache::enqueue_open(write, id, title.as_ref(), now_ms)?;
                    Ok(id)
                })
            })
            .await?;
        session.ask(|asked| asked.outbox = true);
        Ok(Conversation::new(session, id))
    }

    /// A conversation by its id, for instance from a push. Whether it exists is known when it is used.
    ///
    /// # Errors
    /// `not_signed_in`.
    pub fn conversation(&self, id: ConversationId) -> Result<Conversation, Error> {
        Ok(Conversation::new(self.shared.session()?, id))
    }

    /// A form of a photo or another file, as a file on the phone: fetched if it is not there, and kept for a while. Called
    /// several times at once for the same, it is fetched once; after an error it goes on where it was.
    ///
    /// A larger form does when it is on the phone already, and a file that is no picture has `Original` alone.
    ///
    /// # Errors
    /// `not_signed_in`; `not_found`; `network`, `storage_full`, `storage`.
    pub async fn file(&self, id: AttachmentId, variant: Variant) -> Result<LocalFile, Error> {
        files::fetch(&self.shared.session()?, id, variant).await
    }

    /// How to wake this phone for the user who is signed in; `None` to leave it alone. Kept, and told to the server when
    /// it can be reached; for another user, say it again.
    ///
    /// # Errors
    /// `not_signed_in`; `storage`.
    pub async fn set_push_target(&self, target: Option<PushTarget>) -> Result<(), Error> {
        let session = self.shared.session()?;
        session
            .disk(move |session| {
                session.cache.write(Durability::Power, |write| cache::set_push_target(write, target.as_ref()))
            })
            .await?;
        session.ask(|asked| asked.chores = true);
        Ok(())
    }

    /// Looks at everything that may be wrong - the server, the clocks, the session, the outbox, the storage - and says what
    /// was found and what to do about it. Asks the server one question, for at most half a minute.
    pub async fn diagnose(&self) -> Diagnosis {
        let around = &self.shared.around;
        let server = reach(around).await;
        let (session, visibility, network) = {
            let present = self.shared.present();
            (present.session.clone(), present.visibility, present.network)
        };
        let state = self.sync_state();
        let stock = take_stock(around, session.clone()).await;
        let text = |label: &Option<tidings_protocol::text::Label>| {
            label.as_ref().map(|label| label.as_str().to_owned())
        };
        let facts = Facts {
            sdk_version: env!("CARGO_PKG_VERSION"),
            app_version: text(&around.app.app_version),
            locale: text(&around.app.locale),
            at_ms: around.host.clock.wall_ms(),
            in_foreground: visibility == Visibility::Foreground,
            network_available: network == Network::Available,
            sync_state: diagnosis::word(&state),
            signed_in: session.is_some(),
            server,
            outbox: stock.outbox,
            storage: stock.storage,
            engine_falls: session.map_or(0, |session| session.falls()),
            push_address_told: stock.push_address_told,
        };
        diagnosis::judge(facts, &state)
    }

    /// A [diagnosis](Self::diagnose) as a JSON text, for a person to send to whoever helps them: counts, times, codes and
    /// versions, and nothing of what anybody wrote or is called.
    ///
    /// # Errors
    /// `internal`.
    pub async fn export_diagnostics(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(&self.diagnose().await);
        text.map_err(|_| Error::new(ErrorCode::Internal, "a diagnosis could not be written down"))
    }

    /// Closes the client: ends its tasks, closes its files. Everything that was accepted stays in the outbox. Handles
    /// made from it answer `closed`.
    pub async fn close(&self) {
        let _changing = self.shared.changing.lock().await;
        let session = {
            let mut present = self.shared.present();
            present.closed = true;
            present.owner += 1;
            present.session.take()
        };
        self.shared.farewells.end();
        if let Some(session) = session {
            // Ending cannot fail; a panic in it would have been logged where it happened.
            drop(
                session
                    .disk(|session| {
                        session.end();
                        Ok(())
                    })
                    .await,
            );
        }
        self.shared.around.dispatcher.stop();
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// What a diagnosis finds on the disk.
#[derive(Default)]
struct Stock {
    outbox: diagnosis::Queue,
    storage: diagnosis::Storage,
    push_address_told: Option<bool>,
}

async fn take_stock(around: &Surroundings, session: Option<Arc<Session>>) -> Stock {
    let (accounts, now_ms) = (Arc::clone(&around.accounts), around.host.clock.wall_ms());
    let read = around.host.disk(move || {
        let mut stock = Stock::default();
        stock.storage.bytes = accounts.bytes()?;
        if let Some(session) = session {
            session.cache.read(|connection| {
                stock.outbox = cache::queue(connection, now_ms)?;
                (stock.storage.conversations, stock.storage.messages) = cache::size(connection)?;
                let (target, told) = cache::push_target(connection)?;
                stock.push_address_told = target.map(|_| told == cache::PushTold::Yes);
                Ok(())
            })?;
        }
        Ok(stock)
    });
    read.await.unwrap_or_else(|fault| {
        let fault = Error::from(fault).code().as_str().to_owned();
        Stock {
            storage: diagnosis::Storage { fault: Some(fault), ..diagnosis::Storage::default() },
            ..Stock::default()
        }
    })
}

async fn reach(around: &Surroundings) -> diagnosis::Reach {
    let clock = &around.host.clock;
    let asked = clock.steady_ms();
    let answer = around.api.health().await;
    let took_ms = clock.steady_ms() - asked;
    match answer {
        Ok(date_ms) => diagnosis::Reach {
            reached: true,
            detail: String::new(),
            took_ms,
            clock_ahead_ms: date_ms.map(|date| clock.wall_ms() - date),
        },
        Err(error) => {
            let detail = call(&error).message().to_owned();
            diagnosis::Reach { reached: false, detail, took_ms, clock_ahead_ms: None }
        }
    }
}

fn conversations(shared: &Weak<Shared>) -> Result<Listing<ConversationItem>, Fault> {
    let (owner, session) = shared.upgrade().map_or((0, None), |shared| shared.owner());
    let items = match session {
        None => Vec::new(),
        Some(session) => {
            let sending = session.sending();
            session.cache.read(|connection| cache::list(connection, &sending))?
        }
    };
    Ok(Listing { owner, items })
}

fn unread(shared: &Weak<Shared>) -> Result<i64, Fault> {
    match shared.upgrade().and_then(|shared| shared.owner().1) {
        Some(session) => session.cache.read(cache::unread_total),
        None => Ok(0),
    }
}

fn answering(shared: &Weak<Shared>) -> Result<Answering, Fault> {
    match shared.upgrade().and_then(|shared| shared.owner().1) {
        Some(session) => session.cache.read(cache::answering),
        None => Ok(Answering::default()),
    }
}

fn wrong(field: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfig, format!("{field} {why}"))
}

fn label(field: &str, text: Option<String>) -> Result<Option<tidings_protocol::text::Label>, Error> {
    let label = text.map(tidings_protocol::text::Label::try_from).transpose();
    label.map_err(|why| wrong(field, &why.to_string()))
}
