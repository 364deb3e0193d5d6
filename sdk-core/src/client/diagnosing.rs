//! What is wrong, and what to do about it.

use std::sync::Arc;

use super::{Client, Network, Visibility};
use crate::cache;
use crate::conversation::call;
use crate::diagnosis::{self, Diagnosis, Facts};
use crate::error::{Error, ErrorCode};
use crate::session::{Session, Surroundings};

impl Client {
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
