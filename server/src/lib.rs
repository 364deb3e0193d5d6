//! The server of Tidings: everything that runs.
//!
//! | module | what it holds |
//! |---|---|
//! | [`api`] | the route table; one endpoint a file |
//! | [`auth`] | who is asking |
//! | [`edge`], [`request`], [`problem`], [`rates`] | what happens to every request, before and after its handler |
//! | [`live`] | sockets |
//! | [`bus`] | hints between nodes |
//! | [`jobs`], [`push`] | work that outlives a crash; waking phones |
//! | [`files`] | the bytes of files: in, made anew, out |
//! | [`export`] | everything about one user, as a stream |
//! | [`upkeep`] | what keeps an installation in order in the background |
//! | [`inbox`] | the embedded files of the agents' inbox |
//! | [`cli`], [`config`] | what operators touch |
//! | [`lifecycle`], [`clock`], [`telemetry`], [`metrics`], [`listen`] | the process |

pub mod answering;
pub mod api;
pub mod app;
pub mod assigning;
pub mod auth;
pub mod bus;
pub mod cards;
pub mod cli;
pub mod clock;
pub mod config;
pub mod edge;
pub mod export;
pub mod files;
pub mod hours;
pub mod inbox;
pub mod jobs;
pub mod lifecycle;
pub mod listen;
pub mod live;
pub mod looks;
pub mod mail;
pub mod metrics;
mod planted;
pub mod problem;
pub mod push;
pub mod rates;
pub mod reports;
pub mod request;
pub mod signed;
pub mod telemetry;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_uploads;
pub mod tiles;
pub mod upkeep;
pub mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tidings_store::notices::Notices;
use tidings_store::{Db, Faults, Options};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::answering::Expectations;
use crate::app::{App, Parts};
use crate::auth::oidc::Oidc;
use crate::auth::password::Passwords;
use crate::bus::given::Exchange;
use crate::bus::{Bus, Ways};
use crate::cards::Cards;
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Files;
use crate::lifecycle::{Ending, Lifecycle};
use crate::live::Hub;
use crate::looks::Looks;
use crate::mail::link::Links;
use crate::mail::smtp::Mailer;
use crate::push::Dispatcher;
use crate::push::fallback::Besides;
use crate::push::receipt::Receipts;
use crate::push::seal::Seals;
use crate::rates::Rates;

/// A message and a push are made by one thread and freed by another. The system's allocator locks the first
/// thread's memory for that. Here, and not in the program alone, so that benches measure what is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers smaller than this are not worth compressing.
const COMPRESS_BYTES: u64 = 1_024;
/// How often those who stopped asking are forgotten.
const TIDY: Duration = Duration::from_mins(1);

/// Runs the server until it is asked to end, or cannot go on.
///
/// # Errors
/// When it cannot start.
pub async fn run(config: Config) -> anyhow::Result<Ending> {
    telemetry::start(&config.log)?;
    let lifecycle = Lifecycle::new();
    lifecycle.heed_signals().context("signals")?;
    let wake = Arc::new(Notify::new());
    let app = assemble(config, Ground::system(), lifecycle.clone(), &wake).await?;

    metrics::start(&app);
    start(&app, wake)?;

    let listener = bind(app.config.listen).await?;
    if let Some(address) = app.config.metrics.listen {
        let (listener, router, life) =
            (bind(address).await?, metrics::router(app.clone()), lifecycle.clone());
        let http = app.config.http.clone();
        lifecycle.spawn(async move { listen::serve(listener, router, &http, &life).await });
    }
    tracing::info!(address = %listener.local_addr()?, database = app.db.backend(), "Tidings is listening");
    advise(&app).await;
    listen::serve(listener, router(app.clone()), &app.config.http, &lifecycle).await;

    let ending = lifecycle.wait().await;
    app.bus.farewell().await;
    app.db.clone().close().await;
    tracing::info!("Tidings has stopped");
    Ok(ending)
}

/// Starts what works by itself, beside requests and sockets. `wake` is the one that the app was assembled with.
///
/// # Errors
/// When the configuration of push cannot be used.
pub fn start(app: &App, wake: Arc<Notify>) -> anyhow::Result<()> {
    spawn_tidying(app);
    bus::sweep::spawn(app);
    bus::settle::spawn(app);
    upkeep::spawn(app)?;
    spawn_jobs(app, wake)
}

/// What a node stands on.
pub struct Ground {
    /// The time and randomness.
    pub clock: Clock,
    /// Only in a simulation: the database is a SQLite file that is used in place, and these are its failures.
    pub in_place: Option<Faults>,
    /// Only in a simulation: what stands in the place of Redis.
    pub exchange: Option<Arc<dyn Exchange>>,
}

impl Ground {
    /// The operating system, the real database.
    pub fn system() -> Self {
        Self::with(Clock::system())
    }

    /// The same with another clock.
    pub fn with(clock: Clock) -> Self {
        Self { clock, in_place: None, exchange: None }
    }
}

/// Opens the database and puts the parts together. `wake` is notified after each commit that wrote a job.
///
/// # Errors
/// When the database cannot be opened or the configuration cannot be used.
pub async fn assemble(
    config: Config,
    ground: Ground,
    lifecycle: Lifecycle,
    wake: &Arc<Notify>,
) -> anyhow::Result<App> {
    let Ground { clock, in_place, exchange } = ground;
    let hub = Hub::new();
    let ways = Ways {
        redis_url: config.redis_url.clone(),
        notices: Notices::of(&config.database()?)?,
        given: exchange,
    };
    let bus = Bus::start(ways, &hub, &clock).context("redis_url (REDIS_URL)")?;
    let db = open(&config, &clock, in_place, Told { hub: &hub, bus: &bus, wake }, &lifecycle).await?;
    let passwords = Passwords::new();
    let rates = Rates::new(&config.rates);
    let files = Files::open(&config)?;
    let cards = Cards::new(&config)?;
    let oidc = Oidc::new(&config)?;
    let (links, receipts) = (Arc::new(Links::default()), Receipts::default());
    let expectations = Expectations::default();
    Ok(App::new(Parts {
        db,
        clock,
        hub,
        bus,
        files,
        cards,
        oidc,
        links,
        receipts,
        config,
        expectations,
        looks: Looks::default(),
        reports: tokio::sync::Mutex::default(),
        rates,
        passwords,
        lifecycle,
    }))
}

/// Who is told of each commit.
struct Told<'a> {
    hub: &'a Arc<Hub>,
    bus: &'a Bus,
    wake: &'a Arc<Notify>,
}

async fn open(
    config: &Config,
    clock: &Clock,
    in_place: Option<Faults>,
    told: Told<'_>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Db> {
    let (hub, bus, wake) = (told.hub.clone(), told.bus.clone(), told.wake.clone());
    let life = lifecycle.clone();
    let options = Options {
        url: config.database()?,
        epoch_bits: u64::from_be_bytes(clock.random()),
        on_commit: Arc::new(move |committed| {
            bus.committed(&hub, committed);
            if committed.jobs {
                wake.notify_one();
            }
        }),
        on_fatal: Arc::new(move |why| life.fail(why)),
    };
    Ok(match in_place {
        None => Db::open(options).await?,
        Some(faults) => Db::open_in_place(options, faults).await?,
    })
}

/// Every route, with what happens to every request.
pub fn router(app: App) -> Router {
    let (mut routes, _) = api::routes().split_for_parts();
    if app.config.metrics.listen.is_none() {
        routes = routes.route("/metrics", get(metrics::render));
    }
    let worth_it = SizeAbove::new(COMPRESS_BYTES).and(NotForContentType::IMAGES).and(NotForFiles);
    let served = routes
        .fallback(inbox::serve)
        .layer(CompressionLayer::new().compress_when(worth_it))
        .layer(from_fn_with_state(app.clone(), edge::around))
        .with_state(app);
    // Before a route is looked for.
    Router::new().fallback_service(api::settings::Lead(served))
}

/// What can be fetched in ranges is sent as it is: a range of something compressed is another one.
#[derive(Clone, Copy)]
struct NotForFiles;

impl Predicate for NotForFiles {
    fn should_compress<B: hyper::body::Body>(&self, response: &http::Response<B>) -> bool {
        !response.headers().contains_key(http::header::ACCEPT_RANGES)
    }
}

fn spawn_jobs(app: &App, wake: Arc<Notify>) -> anyhow::Result<()> {
    let (hub, bus) = (app.hub.clone(), app.bus.clone());
    let foreground = Arc::new(move |who| hub.foreground(who) || bus.is_in_front_elsewhere(who));
    let seals = Seals::of(&app.config)?;
    let dispatcher = Dispatcher::new(&app.config.push, seals, app.db.clone(), app.clock.clone(), foreground)?;
    let dispatcher = dispatcher.with(besides(app)?);
    jobs::spawn(app.db.clone(), dispatcher, wake, app.clock.clone(), &app.lifecycle);
    jobs::sessions::spawn(app.db.clone(), app.clock.clone(), &app.lifecycle);
    Ok(())
}

/// The ways beside push.
fn besides(app: &App) -> anyhow::Result<Besides> {
    let public_url = app.config.public_url.as_ref();
    let host = public_url.map(config::PublicUrl::host);
    let mailer =
        app.config.mail.checked()?.map(|chosen| Mailer::new(chosen, host, app.clock.clone())).transpose()?;
    Ok(Besides {
        mailer: mailer.map(Arc::new),
        links: app.links.clone(),
        public_url: public_url.map(|url| url.origin().to_owned()),
    })
}

fn spawn_tidying(app: &App) {
    let parts = app.clone();
    app.lifecycle.spawn(async move {
        let mut tidy = tokio::time::interval(TIDY);
        loop {
            tokio::select! {
                () = parts.lifecycle.soft().cancelled() => return,
                _ = tidy.tick() => {
                    parts.rates.tidy();
                    parts.hub.tidy();
                }
            }
        }
    });
}

async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// What a new operator should do next.
async fn advise(app: &App) {
    if !app.is_set_up().await {
        tracing::warn!("nothing is set up yet: run `tidings init` with the same configuration");
    }
}
