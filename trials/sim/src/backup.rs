//! A backup that was made earlier comes back: the files of the database as they were then, and another history.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::Connection;
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_trials::history::What;
use uuid::Uuid;

/// The files of a database, as they lay there between two steps: nobody is in the middle of a statement then.
pub(crate) struct Saved(PathBuf);

impl Saved {
    /// Copies the database in this file into this folder.
    pub(crate) fn of(database: &Path, folder: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir(&folder)?;
        let saved = Self(folder);
        copy(database, &saved.file())?;
        Ok(saved)
    }

    /// Puts it where nobody has a file open.
    pub(crate) fn put(&self, database: &Path) -> anyhow::Result<()> {
        copy(&self.file(), database)
    }

    fn file(&self) -> PathBuf {
        self.0.join("tidings.db")
    }

    fn messages(&self) -> anyhow::Result<BTreeMap<MessageId, (ConversationId, Seq)>> {
        let connection = Connection::open(self.file())?;
        let mut statement = connection.prepare("SELECT id, conversation_id, seq FROM messages")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut messages = BTreeMap::new();
        for row in rows {
            let (id, conversation, seq): ([u8; 16], [u8; 16], Seq) = row?;
            let conversation = ConversationId::from(Uuid::from_bytes(conversation));
            messages.insert(MessageId::from(Uuid::from_bytes(id)), (conversation, seq));
        }
        Ok(messages)
    }
}

/// What of `lost` is not in `kept`, for the history.
pub(crate) fn restored(kept: &Saved, lost: &Saved) -> anyhow::Result<What> {
    let (known, stored) = (kept.messages()?, lost.messages()?);
    let mut lengths = BTreeMap::new();
    for (conversation, seq) in known.values() {
        let length = lengths.entry(*conversation).or_insert(*seq);
        *length = (*length).max(*seq);
    }
    let undone = stored.keys().filter(|id| !known.contains_key(id)).copied();
    Ok(What::Restored { kept: lengths.into_iter().collect(), undone: undone.collect() })
}

/// The file and its write-ahead log, which is not there when there is nothing in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    let log = |file: &Path| PathBuf::from(format!("{}-wal", file.display()));
    if log(from).exists() {
        std::fs::copy(log(from), log(to))?;
    }
    Ok(())
}
