//! The file store: whether it can be used, and whether it has what the database says.

use tidings_protocol::id::AttachmentId;
use tidings_store::attachments::FileRow;
use tidings_store::{Db, Options};
use uuid::Uuid;

use super::finding::{Finding, Level};
use crate::clock::Clock;
use crate::config::Config;
use crate::files::depot::{Depot, DepotError, Key, Place};
use crate::files::{self, Files};

const CHECK: &str = "files";
/// Files whose objects are looked for: the newest.
const SAMPLE: i64 = 200;

pub(super) async fn look(config: &Config, clock: &Clock) -> Vec<Finding> {
    let fix = "see that `files.place` (TIDINGS_FILES) is right, and that the server may read, write and delete there";
    match files::place(config) {
        // The first start makes it; whoever only looks does not.
        Ok(Place::Folder(folder)) if !folder.exists() => {
            return vec![Finding::ok(CHECK, format!("{} is not there yet", folder.display()))];
        }
        Ok(_) => {}
        Err(error) => return vec![Finding::new(CHECK, Level::Error, format!("{error:#}"), fix)],
    }
    let files = match Files::open(config) {
        Ok(files) => files,
        Err(error) => return vec![Finding::new(CHECK, Level::Error, format!("{error:#}"), fix)],
    };
    let depot = files.depot();
    if let Err(error) = depot.probe(Uuid::from_bytes(clock.random())).await {
        let what = format!("nothing can be written in {}: {error}", depot.place());
        return vec![Finding::new(CHECK, Level::Error, what, fix)];
    }
    vec![shared(config, depot), sample(config, depot, clock).await]
}

/// A folder serves several nodes only when all of them have it.
fn shared(config: &Config, depot: &Depot) -> Finding {
    const PLACE: &str = "files.place";
    let several = config.database_url.starts_with("postgres") && config.files.place.is_none();
    if several && matches!(depot.place(), Place::Folder(_)) {
        let what = format!(
            "files lie in {}, a folder of this machine: another node does not see them",
            depot.place()
        );
        let fix = "with several nodes, set files.place (TIDINGS_FILES) to a bucket, or to a folder that all have mounted";
        return Finding::new(PLACE, Level::Notice, what, fix);
    }
    Finding::ok(PLACE, depot.place().to_string())
}

async fn sample(config: &Config, depot: &Depot, clock: &Clock) -> Finding {
    let fix = "restore them from the copy that was made with the backup of the database";
    match missing(config, depot, clock).await {
        Ok((_, missing)) if !missing.is_empty() => {
            let names: Vec<_> = missing.iter().take(5).map(AttachmentId::to_string).collect();
            let what = format!("the bytes of {} files are missing: {}", missing.len(), names.join(" "));
            Finding::new(CHECK, Level::Error, what, fix)
        }
        Ok((seen, _)) => Finding::ok(CHECK, format!("can be used; all of the newest {seen} files are there")),
        Err(error) => Finding::new(CHECK, Level::Error, format!("cannot be compared: {error:#}"), fix),
    }
}

/// How many files were looked for, and which of them are not there.
async fn missing(
    config: &Config,
    depot: &Depot,
    clock: &Clock,
) -> anyhow::Result<(usize, Vec<AttachmentId>)> {
    let Some(db) = opened(config, clock).await? else { return Ok((0, Vec::new())) };
    let files = db.newest_files(SAMPLE).await;
    db.close().await;
    let files = files?;
    let mut missing = Vec::new();
    for file in &files {
        if !is_whole(depot, file).await? {
            missing.push(file.id);
        }
    }
    Ok((files.len(), missing))
}

/// The database, unless it is missing or would be migrated by looking.
async fn opened(config: &Config, clock: &Clock) -> anyhow::Result<Option<Db>> {
    let url = config.database()?;
    let versions = tidings_store::migrate::versions(&url).await?;
    if versions.found != versions.known {
        return Ok(None);
    }
    let epoch_bits = u64::from_be_bytes(clock.random());
    let (on_commit, on_fatal) = (std::sync::Arc::new(|_: &_| {}), std::sync::Arc::new(|_: &str| {}));
    Ok(Some(Db::open(Options { url, epoch_bits, on_commit, on_fatal }).await?))
}

async fn is_whole(depot: &Depot, file: &FileRow) -> Result<bool, DepotError> {
    for form in file.facts.iter().flat_map(|facts| &facts.variants) {
        let key = Key::file(file.workspace_id, file.id, form.variant);
        if depot.bytes(&key).await? != Some(form.bytes.unsigned_abs()) {
            return Ok(false);
        }
    }
    Ok(true)
}
