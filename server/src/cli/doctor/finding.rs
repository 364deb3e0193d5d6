//! What the doctor says about one thing.

use serde::Serialize;

/// How bad it is. The order is that of gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Notice,
    /// It will hurt one day.
    Warning,
    /// It hurts now, or what is acknowledged may be lost.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// Its name, which never changes.
    pub(super) check: &'static str,
    /// How bad.
    pub(super) level: Level,
    /// What was seen.
    pub(super) what: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, what: what.into(), fix: None }
    }

    pub(super) fn new(
        check: &'static str,
        level: Level,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { check, level, what: what.into(), fix: Some(fix.into()) }
    }
}
