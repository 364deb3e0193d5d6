//! The log of the library, handed to the app. It says what happened in ids, counts and codes; never what anybody wrote, is
//! called or proves themselves with.

use std::fmt::{Debug, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::error::{Error, ErrorCode};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: LogLevel,
    /// The part of the library that says it.
    pub target: &'static str,
    /// What it says, and what about, as `key=value`.
    pub message: String,
}

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Something is broken and somebody should look.
    Error,
    /// Something went wrong that mends itself or that the person sees.
    Warning,
    /// What happens, now and then.
    Info,
    /// Every step.
    Debug,
}

/// Hands every line from now on that is at least as important to the app; once in the life of a process, before the client
/// is opened. The sink is called from any thread, while work waits: it should be quick.
///
/// # Errors
/// `invalid_config` when the process already has a sink, or a `tracing` subscriber of its own, which gets the lines then.
pub fn set_log_sink(least: LogLevel, sink: impl Fn(LogLine) + Send + Sync + 'static) -> Result<(), Error> {
    let installed = tracing::subscriber::set_global_default(Sink { least, sink: Box::new(sink) });
    installed.map_err(|_| Error::new(ErrorCode::InvalidConfig, "this process already has a log sink"))
}

struct Sink {
    least: LogLevel,
    sink: Box<dyn Fn(LogLine) + Send + Sync>,
}

impl Sink {
    fn wants(&self, metadata: &Metadata<'_>) -> Option<LogLevel> {
        let level = match *metadata.level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warning,
            Level::INFO => LogLevel::Info,
            Level::DEBUG => LogLevel::Debug,
            Level::TRACE => return None,
        };
        // What libraries below us say has not been read for contents.
        (level <= self.least && metadata.target().starts_with("tidings_")).then_some(level)
    }
}

impl Subscriber for Sink {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata).is_some()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let Some(level) = self.wants(event.metadata()) else { return };
        let mut words = Words::default();
        event.record(&mut words);
        let line = LogLine { level, target: event.metadata().target(), message: words.text() };
        // A sink that fails must not take the engine with it; there is nowhere to say so.
        drop(catch_unwind(AssertUnwindSafe(|| (self.sink)(line))));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Words {
    message: String,
    fields: String,
}

impl Words {
    fn text(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}
