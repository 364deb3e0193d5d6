//! Listens to the drivers: the statements that are executed, and what PostgreSQL remarks.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};

use tokio::sync::MutexGuard;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber};

const STATEMENTS: &str = "sqlx::query";
const NOTICES: &str = "sqlx::postgres::notice";

/// Who said it, and what.
type Heard = Mutex<BTreeSet<(&'static str, String)>>;

static HEARD: Heard = Heard::new(BTreeSet::new());

/// What is heard belongs to whoever holds this: one day at a time.
pub(crate) struct Record {
    _turn: MutexGuard<'static, ()>,
    heard: &'static Heard,
}

/// Waits for its turn and begins to listen.
pub(crate) async fn begin() -> Record {
    static TURN: OnceLock<tokio::sync::Mutex<()>> = OnceLock::new();
    let turn = TURN.get_or_init(|| {
        tracing::subscriber::set_global_default(Listener).unwrap();
        tokio::sync::Mutex::new(())
    });
    Record { _turn: turn.lock().await, heard: &HEARD }
}

impl Record {
    /// Forgets what was heard so far.
    pub(crate) fn clear(&self) {
        self.heard.lock().unwrap().clear();
    }

    /// The texts that were executed, each once.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.of(STATEMENTS)
    }

    /// What PostgreSQL said beside its answers.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.of(NOTICES)
    }

    fn of(&self, target: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(of, _)| *of == target).map(|(_, text)| text.clone()).collect()
    }
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        [STATEMENTS, NOTICES].contains(&metadata.target())
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        let target = if event.metadata().target() == NOTICES { NOTICES } else { STATEMENTS };
        // A short statement is its own summary.
        let text = [said.statement, said.message, said.summary].into_iter().find(|text| !text.is_empty());
        HEARD.lock().unwrap().insert((target, text.unwrap_or_default().trim().to_owned()));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Values<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Said {
    statement: String,
    summary: String,
    message: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "db.statement" => value.clone_into(&mut self.statement),
            "summary" => value.clone_into(&mut self.summary),
            "message" => value.clone_into(&mut self.message),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
