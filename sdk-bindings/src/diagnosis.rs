//! What is wrong, if anything, and the log.

use std::sync::Arc;

use tidings_sdk_core::{Diagnosis, Finding, LogLevel, LogLine, Severity, set_log_sink};

use crate::error::CoreError;

/// What a diagnosis found, the worst first; empty: all is well.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreDiagnosis {
    /// What is not as it should be.
    pub findings: Vec<CoreFinding>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreFinding {
    /// A stable word for it, such as `clock_skew`.
    pub code: String,
    /// How bad it is.
    pub severity: CoreSeverity,
    /// What was found, in English.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreSeverity {
    /// Nothing is sent or shown as long as it lasts.
    Error,
    /// It works, and not as well as it could.
    Warning,
    /// Worth knowing.
    Notice,
}

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreLogLevel {
    /// Something is broken and somebody should look.
    Error,
    /// Something went wrong that mends itself or that the person sees.
    Warning,
    /// What happens, now and then.
    Info,
    /// Every step.
    Debug,
}

/// Is handed the log. Called from any thread; should be quick.
#[uniffi::export(foreign)]
pub trait CoreLogSink: Send + Sync {
    /// A line.
    fn on_line(&self, level: CoreLogLevel, target: String, message: String);
}

/// Hands every line from now on that is at least as important to the sink; once in the life of a process.
#[uniffi::export]
pub fn install_log_sink(least: CoreLogLevel, sink: Arc<dyn CoreLogSink>) -> Result<(), CoreError> {
    let told = move |line: LogLine| {
        let LogLine { level, target, message } = line;
        sink.on_line(level.into(), target.to_owned(), message);
    };
    Ok(set_log_sink(least.into(), told)?)
}

impl From<Diagnosis> for CoreDiagnosis {
    fn from(diagnosis: Diagnosis) -> Self {
        // The facts are for `export_diagnostics`.
        let Diagnosis { findings, facts: _ } = diagnosis;
        Self { findings: findings.into_iter().map(Into::into).collect() }
    }
}

impl From<Finding> for CoreFinding {
    fn from(finding: Finding) -> Self {
        let Finding { code, severity, what, fix } = finding;
        let severity = match severity {
            Severity::Error => CoreSeverity::Error,
            Severity::Warning => CoreSeverity::Warning,
            Severity::Notice => CoreSeverity::Notice,
        };
        Self { code: code.to_owned(), severity, what, fix: fix.to_owned() }
    }
}

impl From<CoreLogLevel> for LogLevel {
    fn from(level: CoreLogLevel) -> Self {
        match level {
            CoreLogLevel::Error => Self::Error,
            CoreLogLevel::Warning => Self::Warning,
            CoreLogLevel::Info => Self::Info,
            CoreLogLevel::Debug => Self::Debug,
        }
    }
}

impl From<LogLevel> for CoreLogLevel {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::Error,
            LogLevel::Warning => Self::Warning,
            LogLevel::Info => Self::Info,
            LogLevel::Debug => Self::Debug,
        }
    }
}
