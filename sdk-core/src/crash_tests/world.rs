//! Everything that there is in the end: on the server, on the screen, and in the phone's files. In lines, without what differs from
//! one run to the next: times, and the ids that a phone makes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::message::{Author, KnownPart, LiveLocation, LivePlace, Message, Part};
use tidings_protocol::time::Timestamp;

use super::scenes::rest;
use super::server::Server;
use crate::{Client, Error, MessageItem};

/// Everything that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct World(BTreeSet<String>);

impl World {
    /// What there is, on a phone that has come to rest. It is closed afterwards.
    pub(super) async fn of(
        server: &Server,
        client: Client,
        folder: &Path,
        tokens: &[String],
    ) -> Result<Self, Error> {
        let files: Files = server.depot().into_iter().collect();
        let mut lines = on_screen(&client, &files).await?;
        client.close().await;
        drop(client);
        // Connections are closed by the tasks that have them.
        tokio::task::yield_now().await;
        lines.extend(on_server(server, &files, tokens));
        lines.extend(on_disk(folder));
        let count = lines.len();
        let world = Self(lines.into_iter().collect());
        assert_eq!(
            world.0.len(),
            count,
            "two lines say the same, and one of them would hide the other: {world:#?}"
        );
        Ok(world)
    }

    /// What is there and should not be, and what is missing.
    pub(super) fn difference(&self, from: &Self) -> String {
        let too_much = self.0.difference(&from.0).map(|line| format!("  + {line}"));
        let missing = from.0.difference(&self.0).map(|line| format!("  - {line}"));
        too_much.chain(missing).collect::<Vec<_>>().join("\n")
    }
}

type Files = BTreeMap<AttachmentId, (Vec<u8>, bool)>;

/// What a file is, in words that are the same for each of its ids.
fn described((bytes, is_whole): &(Vec<u8>, bool)) -> String {
    let sum = ring::digest::digest(&ring::digest::SHA256, bytes);
    let whole = if *is_whole { "whole" } else { "a part" };
    format!("[{whole}, {} bytes, {}]", bytes.len(), crate::text_form::hex(&sum.as_ref()[..4]))
}

fn said(parts: &[Part], files: &Files) -> String {
    let parts: Vec<Part> = parts.iter().map(timeless).collect();
    let mut text = serde_json::to_string(&parts).unwrap();
    for (id, file) in files {
        text = text.replace(&id.to_string(), &described(file));
    }
    text
}

/// A live place without its times, and without the phone's count of its places.
fn timeless(part: &Part) -> Part {
    let Part::Known(KnownPart::LiveLocation(live)) = part else { return part.clone() };
    let last = live.last.clone();
    let last = last.map(|last| LivePlace { number: 1, received_at: Timestamp::default(), ..last });
    Part::Known(KnownPart::LiveLocation(LiveLocation { until: None, last, ..live.clone() }))
}

fn on_server(server: &Server, files: &Files, tokens: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for thread in server.threads() {
        // Of the secret of an anonymous one, that it is one.
        let owner = if thread.owner.len() > 20 { "somebody" } else { &thread.owner };
        let place = format!("server: {owner}: {:?}", thread.title);
        lines.push(format!("{place}: {:?}", thread.receipts));
        let fields = serde_json::to_string(&thread.fields).unwrap();
        lines.push(format!("{place}: from {:?}, with {fields}", thread.screens));
        let seq_of = |quote| {
            thread.messages.iter().find(|message: &&Message| Some(message.id) == quote).map(|m| m.seq)
        };
        for message in &thread.messages {
            let author = match &message.author {
                Author::User { .. } => "user",
                _ => "company",
            };
            lines.push(format!(
                "{place}: {} {author}: {} quoting {:?} {}",
                message.seq,
                said(&message.parts, files),
                message.quote.and_then(|quote| seq_of(Some(quote))),
                if message.deleted_at.is_some() { "deleted" } else { "" },
            ));
        }
    }
    let mut there: Vec<_> = files.values().map(described).collect();
    there.sort();
    lines.extend(there.iter().enumerate().map(|(place, file)| format!("server: file {place}: {file}")));
    let target = server.device().and_then(|device| device.push).map(|push| push.token.as_str().to_owned());
    lines.push(format!("server: wakes {target:?}"));
    let arrivals: BTreeSet<_> =
        server.arrivals().into_iter().map(|(message, shown)| (message.to_string(), shown)).collect();
    lines.push(format!("server: pushes {arrivals:?}"));
    for (owner, fields) in server.said_of() {
        lines.push(format!("server: {owner} is {}", serde_json::to_string(&fields).unwrap()));
    }
    let good = server.tokens();
    let left = tokens.iter().filter(|token| good.contains(token)).count();
    lines.push(format!("server: {left} of the sessions that there were"));
    lines
}

async fn on_screen(client: &Client, files: &Files) -> Result<Vec<String>, Error> {
    let who = client.account().map(|account| if account.anonymous { "somebody" } else { "a user" });
    let mut lines = vec![format!("screen: {who:?}, {} unread", client.unread().await?)];
    // Who looks at a thread has all of it fetched.
    let mut looking = BTreeMap::new();
    for item in client.conversations().await? {
        let timeline = client.conversation(item.id)?.timeline();
        let subscription = timeline.observe(|_| {});
        looking.insert(item.id, (timeline, subscription));
    }
    assert!(rest(client).await.is_ok());
    for item in client.conversations().await? {
        let (timeline, _) = &looking[&item.id];
        let place = format!("screen: {:?}", item.title.unwrap_or_default());
        lines.push(format!(
            "{place}: {:?}, {:?}, {} unread, draft {:?}",
            item.opening, item.state, item.unread, item.draft
        ));
        for (at, message) in timeline.messages().await?.iter().enumerate() {
            lines.push(format!("{place}: {at}: {}", shown(message, files)));
        }
    }
    Ok(lines)
}

fn shown(item: &MessageItem, files: &Files) -> String {
    let author = match &item.author {
        crate::Author::Me => "me",
        _ => "company",
    };
    format!(
        "{:?} {author}: {} quoting {:?}, {:?}, {:?}, {:?}, {}",
        item.seq,
        said(&item.parts, files),
        item.quote.as_ref().map(|quote| quote.head.as_ref().map(|head| &head.text)),
        item.state,
        item.amending,
        item.uploading,
        if item.deleted { "deleted" } else { "" },
    )
}

/// How many rows each table of each store has, and how large each file is.
fn on_disk(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let sizes = fs::read_dir(&path).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
            let mut sizes: Vec<_> = sizes.collect();
            sizes.sort_unstable();
            if sizes.is_empty() {
                continue;
            }
            lines.push(format!("disk: {name}: files of {sizes:?} bytes"));
        } else if path.extension().is_some_and(|ending| ending == "sqlite") {
            lines.extend(rows(&path).into_iter().map(|line| format!("disk: {name}: {line}")));
        } else {
            assert!(name.ends_with("-wal") || name.ends_with("-shm"), "what is {name}?");
        }
    }
    lines
}

fn rows(store: &Path) -> Vec<String> {
    let connection = Connection::open(store).unwrap();
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    // What lies in `meta` is told by what the phone does; the index of words says how it was filled. Which contexts the server
    // has, a phone may know too little of: then it tells one again, which is no news there.
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'words%'
                 AND name NOT IN ('meta', 'contexts', 'sqlite_sequence') ORDER BY name";
    let mut statement = connection.prepare(names).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let line = |name: String| {
        let count = format!("SELECT count(*) FROM {name}");
        let rows: i64 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
        format!("{rows} {name}")
    };
    names.map(|name| line(name.unwrap())).collect()
}
