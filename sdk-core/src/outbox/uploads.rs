//! The way of files to the server as a pure state machine. It knows no clock, no file, no network; it says which request
//! is to be made next.
//!
//! What a file has come to is known to the server alone. So each upload begins, in each life of the process, by being
//! announced; that is harmless for one which is there already, and says where it ends. After anything unclear the server is
//! asked again.

use std::collections::BTreeMap;

use tidings_protocol::id::AttachmentId;

use super::Gate;
use crate::cache::{Aim, UploadItem};
use crate::sync::backoff::{self, Moment, SetBy, Wait};

/// Files that travel at the same time.
const AT_ONCE: usize = 2;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// These are the uploads now, in order; the store is the truth.
    Loaded(Vec<UploadItem>),
    /// Requests are possible or not. Told at each turn of the engine, so it also says that time has passed.
    Gate(Gate),
    /// A request was answered, or was not.
    Came {
        /// For which.
        id: AttachmentId,
        /// What.
        came: Came,
    },
    /// Good news: what waits by its own choice tries at once.
    Hurry,
}

/// What a request for an upload brought. The store was told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// The server has it up to here.
    At(u64),
    /// The server knows of no such upload.
    Unknown,
    /// The chunk was for another place.
    Astray,
    /// All bytes are there, and are being looked at.
    Processing,
    /// It is complete, refused, or given up: there is nothing left to do.
    Over,
    /// Nobody knows what became of it.
    Unclear {
        /// The server asks to wait this long.
        retry_after_ms: Option<u64>,
    },
    /// There is no session any more.
    Unauthenticated,
}

/// A request to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Say what will come.
    Announce,
    /// Ask what it has come to.
    Ask,
    /// Send the chunk that begins here.
    Send(u64),
    /// Say that it will not come.
    GiveUp,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Make this request.
    Make {
        /// For which.
        item: UploadItem,
        /// Which.
        errand: Errand,
    },
    /// Remember how often it was tried.
    Attempted {
        /// Which.
        id: AttachmentId,
        /// How often.
        attempts: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Turn {
    Idle,
    Busy,
    Waiting(Wait),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Upload {
    item: UploadItem,
    /// What comes next, as long as it is to be sent.
    next: Errand,
    turn: Turn,
    order: usize,
}

impl Upload {
    const fn errand(&self) -> Errand {
        match self.item.aim {
            Aim::Sent => self.next,
            Aim::GivenUp => Errand::GiveUp,
        }
    }
}

/// All uploads of one user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Uploads {
    uploads: BTreeMap<AttachmentId, Upload>,
    gate: Gate,
}

impl Uploads {
    pub(crate) const fn new() -> Self {
        Self { uploads: BTreeMap::new(), gate: Gate::Shut }
    }

    /// Takes one step.
    pub(crate) fn step(&mut self, event: Event, moment: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Loaded(items) => self.load(items),
            Event::Gate(gate) => self.gate = gate,
            Event::Came { id, came } => effects.extend(self.came(id, came, moment)),
            Event::Hurry => self.end_waits(|wait| wait.set_by == SetBy::Us),
        }
        self.end_waits(|wait| wait.until <= moment.now);
        self.make(&mut effects);
        effects
    }

    /// When a wait ends.
    pub(crate) fn deadline(&self) -> Option<u64> {
        let waits = self.uploads.values().filter_map(|upload| match upload.turn {
            Turn::Waiting(wait) => Some(wait.until),
            Turn::Idle | Turn::Busy => None,
        });
        if self.gate == Gate::Open { waits.min() } else { None }
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_done(&self) -> bool {
        self.uploads.is_empty()
    }

    fn load(&mut self, items: Vec<UploadItem>) {
        let before = std::mem::take(&mut self.uploads);
        for (order, item) in items.into_iter().enumerate() {
            let fresh = Upload { item, next: Errand::Announce, turn: Turn::Idle, order };
            let known = before.get(&item.id).map(|known| {
                // A wait was for what it was meant to come to then.
                let stale = known.item.aim != item.aim && matches!(known.turn, Turn::Waiting(_));
                let turn = if stale { Turn::Idle } else { known.turn };
                let attempts = known.item.attempts.max(item.attempts);
                Upload { item: UploadItem { attempts, ..item }, next: known.next, turn, order }
            });
            self.uploads.insert(item.id, known.unwrap_or(fresh));
        }
    }

    fn came(&mut self, id: AttachmentId, came: Came, moment: Moment) -> Option<Effect> {
        // It was taken out of the store while the request was under way.
        let upload = self.uploads.get_mut(&id)?;
        upload.turn = Turn::Idle;
        let (next, wait) = match came {
            // Nothing of it is missing, and nobody said yet that it is taken.
            Came::At(offset) if offset >= upload.item.bytes => (Errand::Ask, None),
            Came::At(offset) => (Errand::Send(offset), None),
            Came::Unknown => (Errand::Announce, Some(None)),
            Came::Astray => (Errand::Ask, None),
            Came::Processing => (Errand::Ask, Some(None)),
            Came::Unclear { retry_after_ms } if upload.next == Errand::Announce => {
                (Errand::Announce, Some(retry_after_ms))
            }
            Came::Unclear { retry_after_ms } => (Errand::Ask, Some(retry_after_ms)),
            Came::Over => {
                self.uploads.remove(&id);
                return None;
            }
            Came::Unauthenticated => {
                self.gate = Gate::Shut;
                return None;
            }
        };
        upload.next = next;
        if matches!(came, Came::At(_)) {
            upload.item.attempts = 0;
        }
        let retry_after_ms = wait?;
        upload.item.attempts = upload.item.attempts.saturating_add(1);
        let attempts = upload.item.attempts;
        upload.turn = Turn::Waiting(backoff::wait(moment, attempts, retry_after_ms));
        Some(Effect::Attempted { id, attempts })
    }

    fn end_waits(&mut self, which: impl Fn(Wait) -> bool) {
        for upload in self.uploads.values_mut() {
            if matches!(upload.turn, Turn::Waiting(wait) if which(wait)) {
                upload.turn = Turn::Idle;
            }
        }
    }

    fn make(&mut self, effects: &mut Vec<Effect>) {
        if self.gate == Gate::Shut {
            return;
        }
        let busy = self.uploads.values().filter(|upload| upload.turn == Turn::Busy).count();
        let mut idle: Vec<_> = self.uploads.values_mut().filter(|upload| upload.turn == Turn::Idle).collect();
        // Who waits longest comes first.
        idle.sort_by_key(|upload| upload.order);
        for upload in idle.into_iter().take(AT_ONCE.saturating_sub(busy)) {
            upload.turn = Turn::Busy;
            effects.push(Effect::Make { item: upload.item, errand: upload.errand() });
        }
    }
}

pub(crate) use self::{Effect as UploadsEffect, Event as UploadsEvent};

#[cfg(test)]
#[path = "uploads_tests.rs"]
mod tests;
