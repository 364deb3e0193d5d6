//! What commands print.

use std::fmt::Display;
use std::io::Write as _;

use serde::Serialize;
use serde_json::json;

/// For people, or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// Text.
    Text,
    /// One JSON object.
    Json,
}

/// Refused because of what is there already or is not there: exit code 3.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

impl Output {
    pub(super) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Prints what a command made.
    pub(super) fn print(self, made: &(impl Serialize + Display)) -> anyhow::Result<()> {
        match self {
            Self::Text => text(&made.to_string()),
            Self::Json => text(&format!("{}\n", serde_json::to_string_pretty(made)?)),
        }
    }
}

/// Prints as it is. A reader that has gone away, such as `head`, is nobody's mistake.
pub(super) fn text(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says how far something is, on the line that says so.
pub(super) fn progress(line: &str) {
    // There is nowhere else to say it.
    let _ = write!(std::io::stderr(), "\r{line}\u{1b}[K");
}

/// An error and its causes; a cause that was told already is not told again.
fn chain(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| {
        if told.is_empty() {
            cause
        } else if told.contains(&cause) {
            told
        } else {
            format!("{told}: {cause}")
        }
    })
}

/// Prints why a command failed.
pub(super) fn error(json: bool, error: &anyhow::Error) {
    let why = chain(error);
    let line = if json { json!({ "error": why }).to_string() } else { format!("tidings: {why}") };
    // There is nowhere else to say it.
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error =
            anyhow::anyhow!("no such file").context("cannot open: no such file").context("cannot start");
        assert_eq!(chain(&error), "cannot start: cannot open: no such file");
    }
}
