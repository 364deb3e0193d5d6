//! What a trial leaves behind: a file from which the report is made, and one line for whoever runs it.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock;

/// Where results lie: where `TIDINGS_ARTEFACTS` says, or `artefacts/`, in `trials/`.
pub fn folder() -> PathBuf {
    std::env::var_os("TIDINGS_ARTEFACTS")
        .map_or_else(|| PathBuf::from("artefacts"), PathBuf::from)
        .join("trials")
}

/// Writes a result with what is needed to repeat it, and gives it as one line of JSON.
pub fn write(name: &str, result: &impl Serialize) -> anyhow::Result<String> {
    let mut value = serde_json::to_value(result)?;
    let object = value.as_object_mut().context("a result is an object")?;
    let command = std::env::var("TIDINGS_TRIAL_COMMAND")
        .unwrap_or_else(|_| std::env::args().skip(1).collect::<Vec<_>>().join(" "));
    let commit = std::env::var("TIDINGS_TRIAL_COMMIT").unwrap_or_default();
    let line = Value::Object(object.clone()).to_string();
    object.insert("command".to_owned(), json!(command));
    object.insert("commit".to_owned(), json!(commit));
    // A program whose own time is not the world's is told the date.
    let date = std::env::var("TIDINGS_TRIAL_DATE").map_or_else(|_| json!(clock::now()), |date| json!(date));
    object.insert("date".to_owned(), date);
    let folder = folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, serde_json::to_string_pretty(&value)? + "\n")
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(line)
}
