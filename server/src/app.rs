//! What every request, socket and job shares.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tidings_store::Db;

use crate::answering::Expectations;
use crate::auth::oidc::Oidc;
use crate::auth::password::Passwords;
use crate::bus::Bus;
use crate::cards::Cards;
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Files;
use crate::lifecycle::Lifecycle;
use crate::live::Hub;
use crate::looks::Looks;
use crate::mail::link::Links;
use crate::push::receipt::Receipts;
use crate::rates::Rates;

/// The state of the server; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    parts: Parts,
    /// Whether `tidings init` was seen to have run: it is not undone.
    set_up: AtomicBool,
}

/// What an [`App`] holds.
pub struct Parts {
    /// The message store.
    pub db: Db,
    /// The time and randomness.
    pub clock: Clock,
    /// The sockets of this node.
    pub hub: Arc<Hub>,
    /// The way to the other nodes.
    pub bus: Bus,
    /// The bytes of files.
    pub files: Files,
    /// What a company's own systems say of users.
    pub cards: Cards,
    /// What companies' identity providers say of agents.
    pub oidc: Oidc,
    /// Links in e-mails.
    pub links: Arc<Links>,
    /// What pushes bring along for notification extensions.
    pub receipts: Receipts,
    /// What the operator chose.
    pub config: Config,
    /// What users may expect.
    pub expectations: Expectations,
    /// How apps look.
    pub looks: Looks,
    /// Who asked how often.
    pub rates: Rates,
    /// Held by who counts a report.
    pub reports: tokio::sync::Mutex<()>,
    /// The hashing of passwords, a few at a time.
    pub passwords: Passwords,
    /// How the process ends.
    pub lifecycle: Lifecycle,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared { parts, set_up: AtomicBool::new(false) }))
    }

    /// Whether there is a workspace. While the database is out of reach, yes: the inbox itself says so better.
    pub async fn is_set_up(&self) -> bool {
        if !self.0.set_up.load(Ordering::Relaxed) {
            match self.db.workspace().await {
                Ok(None) => return false,
                Ok(Some(_)) => self.0.set_up.store(true, Ordering::Relaxed),
                Err(error) => tracing::debug!(%error, "whether anything is set up is not known"),
            }
        }
        true
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
