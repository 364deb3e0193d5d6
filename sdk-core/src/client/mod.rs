//! The client: what a host app holds. What it offers by subject: who the user is (`user.rs`), what is read and watched
//! (`reading.rs`), where they are and what is said of them (`telling.rs`), pushes (`pushes.rs`), what is wrong (`diagnosing.rs`),
//! what is taken of the phone's storage (`storage.rs`).

mod diagnosing;
mod pushes;
mod reading;
mod storage;
mod telling;
mod user;

pub use storage::StorageUsage;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_protocol::id::{AttachmentId, ConversationId};
use tidings_protocol::text::Title;
use tidings_protocol::upload::Variant;

use crate::accounts::Accounts;
use crate::cache::{self, Durability, Owner};
use crate::clock::ten;
use crate::compose::Point;
use crate::config::Config;
use crate::context::{self, Field, Whereabouts};
use crate::conversation::Conversation;
use crate::error::{Error, ErrorCode, Fault};
use crate::farewell::Farewells;
use crate::files::{self, LocalFile};
use crate::item::Visit;
use crate::live::Dispatcher;
use crate::live_place::{self, LiveShare};
use crate::runtime::{Host, start_dispatcher};
use crate::session::{AppInfo, Session, Surroundings};
use crate::transport::{Address, Api, RealTransport, Transport};
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
        let whereabouts =
            Arc::new(Whereabouts::new(config.context, app.locale.as_ref(), app.app_version.as_ref()));
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
        let around = Surroundings {
            host,
            api: Api::new(transport),
            dispatcher,
            accounts: Arc::new(accounts),
            app,
            whereabouts,
        };
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
        self.shared.farewells.set_visibility(visibility);
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
        let session = self.shared.session()?;
        self.shared.farewells.hurry();
        Ok(visit(session, at_most).await)
    }

    /// Starts a conversation; works without a network. It reaches the server before its first message does.
    ///
    /// # Errors
    /// `not_signed_in`; `invalid_input` for a title that is blank or longer than 256 bytes; `storage`.
    pub async fn start_conversation(&self, title: Option<String>) -> Result<Conversation, Error> {
        self.start_conversation_with(title, Vec::new()).await
    }

    /// Starts a conversation with custom fields, which agents see; else as
    /// [`start_conversation`](Self::start_conversation). They can be [changed](Conversation::set_fields) later.
    ///
    /// # Errors
    /// As `start_conversation`; `invalid_input` names a field and what is wrong with it.
    pub async fn start_conversation_with(
        &self,
        title: Option<String>,
        fields: Vec<Field>,
    ) -> Result<Conversation, Error> {
        let fields = context::fields(fields)?;
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
                    let context = session.around.whereabouts.context();
                    cache::enqueue_open(write, id, title.as_ref(), context, now_ms)?;
                    if !fields.is_empty() {
                        cache::set_fields(write, Owner::Conversation(id), &fields)?;
                    }
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

    /// The person is here now: every live share of this phone moves there. Of several positions the last one counts; the
    /// server is told at most every five seconds, and only when they moved. Answers how many shares run: with 0 the app
    /// has nothing to measure any more.
    ///
    /// In the background nothing is connected: follow it with a [`visit`](Self::visit).
    ///
    /// # Errors
    /// `switched_off` unless the app has live locations switched on; `invalid_input` for coordinates that are none;
    /// `not_signed_in`, `storage_full`, `storage`.
    pub async fn move_live_place(&self, point: Point, measured_at_ms: Option<i64>) -> Result<usize, Error> {
        live_place::feed(&self.shared.session()?, point, measured_at_ms).await
    }

    /// The live shares of this phone that run, the first to end first. After a restart nothing measures by itself: an app
    /// that finds some here asks the person, or goes on measuring.
    ///
    /// # Errors
    /// `not_signed_in`; `storage`.
    pub async fn live_shares(&self) -> Result<Vec<LiveShare>, Error> {
        live_place::running(&self.shared.session()?).await
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

fn wrong(field: &str, why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfig, format!("{field} {why}"))
}

fn label(field: &str, text: Option<String>) -> Result<Option<tidings_protocol::text::Label>, Error> {
    let label = text.map(tidings_protocol::text::Label::try_from).transpose();
    label.map_err(|why| wrong(field, &why.to_string()))
}
