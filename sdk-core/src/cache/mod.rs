//! The phone's store: one SQLite file for each user, and the only SQL of the crate beside `accounts.rs`.
//!
//! Messages, outbox and cursor lie in one file, so that one transaction moves them together. One connection writes, a few
//! read; nobody waits for a reader. Functions that write take a [`Write`], those that read a `&Connection`, so a
//! signature says what a function may do. A [`Write`] collects what it touched, and whoever watches that is told after
//! the commit.
//!
//! In the background the file is closed after each use; it opens again by itself.

mod amendments;
mod apply;
mod census;
mod contexts;
mod conversations;
mod drafts;
mod files;
mod look;
mod merge;
mod messages;
mod meta;
mod open;
mod outbox;
mod pushes;
mod receipts;
mod rescue;
mod salvage;
mod search;
mod shares;
mod uploads;

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tidings_protocol::id::ConversationId;

use crate::error::Fault;
use crate::live::{Dispatcher, Topic};

pub(crate) use amendments::{
    Amend, Amendment, Unfit, amend_after_all, amend_waiting, check as check_amendment,
    next as next_amendment, put as put_amendment, refused as amendment_refused, told as amendment_told,
};
pub(crate) use apply::{apply_bootstrap, apply_conversations, apply_messages, apply_next};
pub(crate) use census::{queue, size};
pub(crate) use contexts::{Owner, PendingFields, context_told, fields_told, next_fields, set_fields};
pub(crate) use conversations::{Trust, header, list, one, put_header, title_and_read, unread_total};
pub(crate) use drafts::{draft, set_draft};
pub(crate) use files::{
    Stored, all_files, evict_files, file_names, file_used, names_to_send, put_file, remove_file, stored,
};
pub(crate) use look::{appearance, lacks_logo, logo, put_logo, set_appearance, wanted_logo};
pub(crate) use merge::take_over;
pub(crate) use messages::{Range, Span, Window, confirm, known, message, window};
pub(crate) use meta::{
    PushTold, answering, cursor, forget_push_told, history, note_device, older_conversations, push_target,
    set_answering, set_older_conversations, set_push_target, set_push_told, within,
};
pub(crate) use outbox::{OutboxItem, OutboxKind, OutboxState, Payload, Said};
pub(crate) use outbox::{
    discard, drop_context, drop_quote, enqueue_message, enqueue_open, load as load_outbox, payload, refuse,
    remove, reopen, retry, set_attempts,
};
pub(crate) use pushes::{PendingPush, pending_push, push_arrived, push_shown, push_told};
pub(crate) use receipts::{PendingReceipt, mark_read, pending as pending_receipts, told as receipt_told};
pub(crate) use rescue::is_corrupt;
pub(crate) use search::{Indexed, search};
pub(crate) use shares::{
    ShareErrand, ShareNews, begin_share, forget_places, move_shares, next_end, next_share_errand, share_over,
    share_told, shares, stop_share,
};
pub(crate) use uploads::{
    Aim, Outgoing, Renew, UploadItem, enqueue_uploads, forget_upload, load_uploads, refuse_upload,
    renew_uploads, set_upload_attempts, upload, upload_complete, upload_sent,
};

/// How sure a commit must be before it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It survives a crash of the app. What the server can tell again needs no more.
    Crash,
    /// It survives an empty battery. For what only this phone knows.
    Power,
}

/// What becomes of the file between uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Between {
    KeepOpen,
    Close,
}

/// A transaction that writes, and what it has touched.
pub(crate) struct Write<'a> {
    tx: Transaction<'a>,
    conversations: bool,
    answering: bool,
    appearance: bool,
    messages: BTreeSet<ConversationId>,
}

impl Write<'_> {
    /// The list of conversations changed.
    fn touch_conversations(&mut self) {
        self.conversations = true;
    }

    /// The look of the app changed.
    fn touch_appearance(&mut self) {
        self.appearance = true;
    }

    /// The messages of this conversation changed, and so its place in the list.
    fn touch_messages(&mut self, id: ConversationId) {
        self.conversations = true;
        self.messages.insert(id);
    }
}

impl Deref for Write<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.tx
    }
}

/// One user's store.
pub(crate) struct Cache {
    path: PathBuf,
    dispatcher: Dispatcher,
    writer: Mutex<Option<Connection>>,
    readers: Mutex<Vec<Connection>>,
    close_between: AtomicBool,
    ended: AtomicBool,
    /// Whether it was rebuilt since somebody asked.
    rebuilt: AtomicBool,
    /// How often it was rebuilt: a connection from before reads a file that is gone.
    rebuilds: AtomicU64,
}

const READERS_KEPT: usize = 2;

impl Cache {
    /// A store in this file; nothing is opened yet.
    pub(crate) fn new(path: PathBuf, dispatcher: Dispatcher) -> Self {
        Self {
            path,
            dispatcher,
            writer: Mutex::default(),
            readers: Mutex::default(),
            close_between: AtomicBool::new(true),
            ended: AtomicBool::new(false),
            rebuilt: AtomicBool::new(false),
            rebuilds: AtomicU64::new(0),
        }
    }

    /// Runs one transaction and tells the watchers what it touched. An error leaves everything as it was.
    pub(crate) fn write<T>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut value = None;
        let mut work = Some(work);
        // One transaction for all kinds of work: it is compiled once, not for each.
        self.write_any(durability, &mut |write| {
            if let Some(work) = work.take() {
                value = Some(work(write)?);
            }
            Ok(())
        })?;
        // Work that did not answer was not begun, or ended in an error.
        value.ok_or(Fault::Closed)
    }

    fn write_any(&self, durability: Durability, work: &mut Work<'_>) -> Result<(), Fault> {
        let mut writer = lock(&self.writer);
        let result = self.write_locked(&mut writer, durability, work);
        if self.close_between.load(Ordering::Acquire) {
            *writer = None;
        }
        drop(writer);
        self.dispatcher.notify(&result?);
        Ok(())
    }

    fn write_locked(
        &self,
        writer: &mut Option<Connection>,
        durability: Durability,
        work: &mut Work<'_>,
    ) -> Result<Vec<Topic>, Fault> {
        let result = self.opened(writer).and_then(|connection| transact(connection, durability, work));
        if let Err(Fault::Sqlite(error)) = &result {
            // Whatever state the connection is in, the next use starts with a fresh one.
            *writer = None;
            if rescue::is_corrupt(error) {
                self.rebuild()?;
            }
        }
        result
    }

    /// By whoever holds the writer's place, and no connection.
    fn rebuild(&self) -> Result<(), Fault> {
        tracing::error!("the store is damaged; rebuilding it around what waits to be sent");
        rescue::rebuild(&self.path)?;
        self.rebuilds.fetch_add(1, Ordering::AcqRel);
        lock(&self.readers).clear();
        self.rebuilt.store(true, Ordering::Release);
        Ok(())
    }

    /// Rebuilds what a reader found damaged, unless that was done meanwhile: what cannot be read may never be written to, and
    /// then nothing behind it would ever be sent.
    fn mend(&self, rebuilds: u64) -> Result<(), Fault> {
        let mut writer = lock(&self.writer);
        if self.ended.load(Ordering::Acquire) || self.rebuilds.load(Ordering::Acquire) != rebuilds {
            return Ok(());
        }
        *writer = None;
        self.rebuild()?;
        drop(writer);
        self.dispatcher.notify_all();
        Ok(())
    }

    /// Whether the store was found damaged and rebuilt since this was asked last: what came from the server is gone.
    pub(crate) fn was_rebuilt(&self) -> bool {
        self.rebuilt.swap(false, Ordering::AcqRel)
    }

    /// Reads at one moment.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut value = None;
        let mut work = Some(work);
        self.read_any(&mut |connection| {
            if let Some(work) = work.take() {
                value = Some(work(connection)?);
            }
            Ok(())
        })?;
        value.ok_or(Fault::Closed)
    }

    fn read_any(&self, work: &mut dyn FnMut(&Connection) -> Result<(), Fault>) -> Result<(), Fault> {
        self.not_ended()?;
        let rebuilds = self.rebuilds.load(Ordering::Acquire);
        let idle = lock(&self.readers).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.open_reader()?,
        };
        let result = connection.transaction().map_err(Fault::from).and_then(|tx| work(&tx));
        if result.is_ok() && !self.close_between.load(Ordering::Acquire) && self.not_ended().is_ok() {
            let mut readers = lock(&self.readers);
            if readers.len() < READERS_KEPT && self.rebuilds.load(Ordering::Acquire) == rebuilds {
                readers.push(connection);
            }
        } else {
            drop(connection);
        }
        self.not_ended()?;
        if let Err(Fault::Sqlite(error)) = &result
            && rescue::is_corrupt(error)
        {
            self.mend(rebuilds)?;
        }
        result
    }

    /// Opens, repairs and updates the file if that was not done yet.
    fn open_reader(&self) -> Result<Connection, Fault> {
        let mut writer = lock(&self.writer);
        self.opened(&mut writer)?;
        let reader = open::reader(&self.path);
        if self.close_between.load(Ordering::Acquire) {
            *writer = None;
        }
        reader
    }

    fn opened<'a>(&self, writer: &'a mut Option<Connection>) -> Result<&'a mut Connection, Fault> {
        self.not_ended()?;
        let connection = match writer.take() {
            Some(connection) => connection,
            None => rescue::open_or_rebuild(&self.path)?,
        };
        Ok(writer.insert(connection))
    }

    fn not_ended(&self) -> Result<(), Fault> {
        if self.ended.load(Ordering::Acquire) { Err(Fault::Closed) } else { Ok(()) }
    }

    /// What becomes of the file between uses. Closing waits for a write that is running.
    pub(crate) fn set_between(&self, between: Between) {
        self.close_between.store(between == Between::Close, Ordering::Release);
        if between == Between::Close {
            lock(&self.readers).clear();
            *lock(&self.writer) = None;
        }
    }

    /// Closes the store for good: every later use answers [`Fault::Closed`].
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        lock(&self.readers).clear();
        *lock(&self.writer) = None;
    }
}

/// What is done in a transaction.
type Work<'w> = dyn FnMut(&mut Write<'_>) -> Result<(), Fault> + 'w;

fn transact(
    connection: &mut Connection,
    durability: Durability,
    work: &mut Work<'_>,
) -> Result<Vec<Topic>, Fault> {
    if durability == Durability::Power {
        connection.execute_batch("PRAGMA synchronous = FULL")?;
    }
    let result = (|| {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut write = Write {
            tx,
            conversations: false,
            answering: false,
            appearance: false,
            messages: BTreeSet::new(),
        };
        work(&mut write)?;
        let mut topics: Vec<Topic> = write.messages.iter().copied().map(Topic::Messages).collect();
        if write.conversations {
            topics.push(Topic::Conversations);
        }
        if write.answering {
            topics.push(Topic::Answering);
        }
        if write.appearance {
            topics.push(Topic::Appearance);
        }
        #[cfg(test)]
        crate::fuse::step()?;
        write.tx.commit()?;
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(topics)
    })();
    if durability == Durability::Power {
        connection.execute_batch("PRAGMA synchronous = NORMAL")?;
    }
    result
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic inside SQL leaves no transaction behind: dropping it rolled back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes of a store's files.
pub(crate) fn weight(path: &Path) -> u64 {
    rescue::files(path).iter().filter_map(|file| std::fs::metadata(file).ok()).map(|data| data.len()).sum()
}

/// Removes a store's files.
pub(crate) fn erase(path: &Path) -> Result<(), Fault> {
    for file in rescue::files(path) {
        #[cfg(test)]
        crate::fuse::step()?;
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(crate::files::erase(path)?)
}

#[cfg(test)]
pub(crate) mod tests;
