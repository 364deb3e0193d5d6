//! Looking for what a person left, in the raw bytes of files.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use serde::Serialize;
use tidings_protocol::limits;
use tidings_protocol::message::Author;
use tidings_protocol::upload::Variant;
use tidings_store::export::Person;
use tidings_store::messages::Range;
use tidings_store::scrub::RawFile;
use tidings_store::{DatabaseUrl, Db};

use crate::config::Config;
use crate::files::Files;
use crate::files::depot::{Key, Place};

/// Shorter ones would be found in anybody's words.
const SHORTEST: usize = 6;
/// Bytes of a message by which it is recognised.
const EXCERPT: usize = 48;
/// Excerpts that are looked for: the longest ones, from all conversations.
const EXCERPTS: usize = 64;
/// Bytes read at a time.
const BLOCK: usize = 1 << 20;
/// The same, through PostgreSQL.
const TABLE_BLOCK: i64 = 8 << 20;

/// Something that only this person left.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    /// What it is, without saying it.
    pub(super) what: &'static str,
    bytes: Vec<u8>,
}

/// A trace that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Sighting {
    /// In which file or table.
    pub(super) place: String,
    /// What was found there.
    pub(super) what: &'static str,
    /// How often.
    pub(super) times: usize,
}

/// What was looked for and found, before and after.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    /// How many traces were looked for.
    looked_for: usize,
    /// Where, before the erasure.
    before: Vec<Sighting>,
    /// Where they still are.
    after: Vec<Sighting>,
}

impl Proof {
    pub(super) fn new(before: Vec<Sighting>, after: Vec<Sighting>, traces: &[Trace]) -> Self {
        Self { looked_for: traces.len(), before, after }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.after.is_empty()
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Looked for {} traces.", self.looked_for)?;
        for (when, sightings) in [("before", &self.before), ("after", &self.after)] {
            writeln!(f, "Found {when}:")?;
            for one in sightings {
                writeln!(f, "  {}: {} ({} times)", one.place, one.what, one.times)?;
            }
            if sightings.is_empty() {
                writeln!(f, "  nothing")?;
            }
        }
        Ok(())
    }
}

/// What this person left: ids, names, the longest things they said. Texts that are short or could be anybody's are not
/// looked for.
pub(super) async fn traces(db: &Db, files: &Files, person: &Person) -> anyhow::Result<Vec<Trace>> {
    let user = &person.user;
    let mut traces = vec![
        Trace { what: "the id", bytes: user.id.to_string().into_bytes() },
        Trace { what: "the id, as stored", bytes: user.id.uuid().as_bytes().to_vec() },
    ];
    for device in &person.devices {
        traces.push(Trace {
            what: "the id of a device, as stored",
            bytes: device.id.uuid().as_bytes().to_vec(),
        });
    }
    let known = [
        ("the id in your own system", user.external_id.as_deref().map(str::to_owned)),
        ("the name", user.name.as_deref().map(str::to_owned)),
        ("the address", user.email.as_ref().map(|email| email.as_str().to_owned())),
    ];
    for (what, text) in known {
        traces.extend(
            text.filter(|text| text.len() >= SHORTEST).map(|text| Trace { what, bytes: text.into_bytes() }),
        );
    }
    traces.extend(said(db, person).await?);
    traces.extend(sent(db, files, person).await?);
    Ok(traces)
}

/// Bytes from the middle of the newest files: their beginnings are anybody's.
async fn sent(db: &Db, files: &Files, person: &Person) -> anyhow::Result<Vec<Trace>> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = db.files_of_user(person.user.id, after, limits::PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        rows.extend(page);
        rows.drain(..rows.len().saturating_sub(EXCERPTS));
    }
    let mut traces = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(facts) = &row.facts else { continue };
        let (start, excerpt) = (facts.bytes.unsigned_abs() / 2, EXCERPT as u64);
        let range = start..(start + excerpt).min(facts.bytes.unsigned_abs());
        let key = Key::file(row.workspace_id, row.id, Variant::Original);
        let mut content = files.depot().read(&key, Some(range)).await?;
        let mut bytes = Vec::with_capacity(EXCERPT);
        while let Some(piece) = content.next().await {
            bytes.extend_from_slice(&piece?);
        }
        if bytes.len() >= 2 * SHORTEST {
            traces.push(Trace { what: "bytes of a file", bytes });
        }
    }
    Ok(traces)
}

/// The longest things that the person said, and the titles they gave.
async fn said(db: &Db, person: &Person) -> anyhow::Result<Vec<Trace>> {
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let page = db.conversations_after(person.user.id, after, limits::PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for conversation in &page {
            let newest = db.messages(conversation.id, Range::Newest, limits::PAGE).await?;
            let own = newest.messages.iter().filter(|message| matches!(message.author, Author::User { .. }));
            texts.extend(
                own.flat_map(|message| message.parts.iter().filter_map(|part| part.as_text().map(excerpt))),
            );
        }
    }
    texts.retain(|text: &String| text.len() >= 2 * SHORTEST);
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts.dedup();
    texts.truncate(EXCERPTS);
    Ok(texts
        .into_iter()
        .map(|text| Trace { what: "something they said", bytes: text.into_bytes() })
        .collect())
}

/// The beginning of a text, as far as JSON writes it as it is.
fn excerpt(text: &str) -> String {
    let plain = text.split(|c: char| c.is_control() || c == '"' || c == '\\').max_by_key(|piece| piece.len());
    let piece = plain.unwrap_or_default();
    let end = piece.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= EXCERPT).last();
    piece[..end.unwrap_or(0)].to_owned()
}

/// Where to look: the folder of SQLite's file, and what the operator names.
pub(super) fn places(config: &Config, also: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut places = also.to_vec();
    if let DatabaseUrl::Sqlite(path) = config.database()? {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        places.push(folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf));
    }
    // A bucket is looked into by those who keep it; its objects are listed by the id of their file.
    if let Place::Folder(folder) = crate::files::place(config)?
        && !places.iter().any(|place| folder.starts_with(place))
    {
        places.push(folder);
    }
    Ok(places)
}

/// Looks into every file of these places, and into every table of the database.
pub(super) async fn look(db: &Db, traces: &[Trace], places: &[PathBuf]) -> anyhow::Result<Vec<Sighting>> {
    let mut sightings = Vec::new();
    for place in places {
        for file in files(place)? {
            sightings
                .extend(look_into(&file, traces).with_context(|| format!("cannot read {}", file.display()))?);
        }
    }
    for file in db.raw_files().await? {
        sightings.extend(look_into_table(db, &file, traces).await?);
    }
    Ok(sightings)
}

fn files(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let about =
        std::fs::symlink_metadata(place).with_context(|| format!("cannot read {}", place.display()))?;
    if about.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let mut found = Vec::new();
    if about.is_dir() {
        for entry in std::fs::read_dir(place).with_context(|| format!("cannot read {}", place.display()))? {
            found.extend(files(&entry?.path())?);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file in blocks that overlap by the longest trace.
fn look_into(file: &Path, traces: &[Trace]) -> std::io::Result<Vec<Sighting>> {
    let longest = traces.iter().map(|trace| trace.bytes.len()).max().unwrap_or(1);
    let mut reader = File::open(file)?;
    let mut block: Vec<u8> = Vec::with_capacity(BLOCK + longest);
    let mut sightings: Vec<Sighting> = Vec::new();
    let place = file.display().to_string();
    loop {
        let kept = block.len().min(longest - 1);
        block.drain(..block.len() - kept);
        let read = reader.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if read == 0 {
            return Ok(sightings);
        }
        add(&mut sightings, count(&place, &block, traces));
    }
}

/// Reads a file of PostgreSQL through PostgreSQL, in blocks that overlap.
async fn look_into_table(db: &Db, file: &RawFile, traces: &[Trace]) -> anyhow::Result<Vec<Sighting>> {
    let longest = traces.iter().map(|trace| trace.bytes.len()).max().unwrap_or(1);
    let mut sightings = Vec::new();
    let (mut block, mut at) = (Vec::new(), 0);
    while at < file.bytes {
        let kept = block.len().min(longest - 1);
        block.drain(..block.len() - kept);
        let piece = db.raw_bytes(file, at, TABLE_BLOCK).await?;
        if piece.is_empty() {
            break;
        }
        at += i64::try_from(piece.len())?;
        block.extend(piece);
        add(&mut sightings, count(&file.table, &block, traces));
    }
    Ok(sightings)
}

fn add(sightings: &mut Vec<Sighting>, found: Vec<Sighting>) {
    for one in found {
        match sightings.iter_mut().find(|known| known.what == one.what) {
            Some(known) => known.times += one.times,
            None => sightings.push(one),
        }
    }
}

/// One sighting for each kind of trace that is in these bytes.
fn count(place: &str, bytes: &[u8], traces: &[Trace]) -> Vec<Sighting> {
    let mut sightings: Vec<Sighting> = Vec::new();
    for trace in traces {
        let times = memchr::memmem::find_iter(bytes, &trace.bytes).count();
        if times == 0 {
            continue;
        }
        add(&mut sightings, vec![Sighting { place: place.to_owned(), what: trace.what, times }]);
    }
    sightings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(text: &str) -> Trace {
        Trace { what: "something", bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_trace_across_two_blocks_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/er/file");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut bytes = vec![0; 2 * BLOCK];
        bytes[BLOCK - 3..BLOCK + 3].copy_from_slice(b"needle");
        std::fs::write(&file, bytes).unwrap();
        let found = files(folder.path()).unwrap();
        assert_eq!(found, std::slice::from_ref(&file));
        let sightings = look_into(&file, &[trace("needle"), trace("haystack")]).unwrap();
        assert_eq!(sightings.iter().map(|one| one.times).collect::<Vec<_>>(), [1]);
        assert!(look_into(&file, &[trace("noodle")]).unwrap().is_empty());
    }

    #[test]
    fn an_excerpt_is_what_json_leaves_as_it_is() {
        assert_eq!(excerpt("a \"b\" and much more"), " and much more");
        assert_eq!(excerpt(&"é".repeat(100)).len(), EXCERPT);
        assert_eq!(excerpt(""), "");
    }
}
