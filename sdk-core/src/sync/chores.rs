//! What is to be told or fetched beside messages: one at a time, in no hurry, as long as it takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use ring::digest;
use rusqlite::Connection;
use tidings_protocol::app::{MoveReceipt, PushReceipt, UpdateDevice};
use tidings_protocol::context::SetFields;
use tidings_protocol::cursor::Epoch;
use tidings_protocol::id::ConversationId;
use tidings_protocol::limits;
use tidings_protocol::message::EditMessage;
use tidings_protocol::upload::Sha256;

use super::backoff::{self, Moment, SetBy, Wait};
use crate::cache::{
    self, Amend, Amendment, Durability, Indexed, Owner, PendingFields, PendingPush, PendingReceipt, PushTold,
    ShareErrand, ShareNews, Trust, Write,
};
use crate::error::{Fault, Refusal};
use crate::session::Session;
use crate::transport::CallError;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
enum Chore {
    TellPush,
    TellReceipt(PendingReceipt),
    /// A push arrived here, or was shown.
    TellArrival(PendingPush),
    /// A place that this phone shares moved or ended.
    TellShare(ShareErrand),
    /// A message was edited or taken back.
    Amend(Amendment),
    /// Custom fields were set.
    TellFields(PendingFields),
    /// A timeline wants more messages than are here.
    Fill(ConversationId),
    OlderConversations(String),
    /// The app has a logo that is not here.
    FetchLogo(Sha256),
}

/// Which is next, and when.
#[derive(Debug, Default)]
pub(super) struct Chores {
    /// Whether the store may hold one.
    due: bool,
    /// Somebody said so since the one that is under way began: it may have looked too early.
    due_again: bool,
    busy: bool,
    failures: u32,
    wait: Option<Wait>,
    /// When there may be one again by itself: a place that came too soon after the last.
    look_at: Option<u64>,
    fill: BTreeSet<ConversationId>,
}

/// How a chore ended.
pub(super) enum ChoreEnd {
    Done {
        filled: Option<ConversationId>,
    },
    Nothing {
        /// In so many milliseconds there may be something.
        again_in_ms: Option<u64>,
    },
    Failed {
        error: CallError,
    },
    StoreFailed,
}

impl Chores {
    /// There may be something to do.
    pub(super) fn look(&mut self) {
        self.due = true;
        self.due_again = true;
    }

    pub(super) fn fill(&mut self, ids: BTreeSet<ConversationId>) {
        if !ids.is_empty() {
            self.look();
            self.fill.extend(ids);
        }
    }

    /// Good news: a wait of our own choice is over.
    pub(super) fn hurry(&mut self) {
        if self.wait.is_some_and(|wait| wait.set_by == SetBy::Us) {
            self.wait = None;
        }
    }

    /// Starts the next one, if it is time.
    pub(super) fn start(
        &mut self,
        session: &Arc<Session>,
        moment: Moment,
    ) -> Option<impl Future<Output = ChoreEnd> + Send + 'static> {
        if self.wait.is_some_and(|wait| wait.until <= moment.now) {
            self.wait = None;
        }
        if self.look_at.is_some_and(|at| at <= moment.now) {
            self.look_at = None;
            self.due = true;
        }
        if self.busy || !self.due || self.wait.is_some() {
            return None;
        }
        self.busy = true;
        self.due_again = false;
        Some(run(Arc::clone(session), self.fill.first().copied()))
    }

    pub(super) fn ended(&mut self, end: &ChoreEnd, moment: Moment) {
        self.busy = false;
        let retry_after_ms = match end {
            ChoreEnd::Nothing { again_in_ms } => {
                self.due = self.due_again;
                self.look_at = again_in_ms.map(|ms| moment.now + ms);
                return;
            }
            ChoreEnd::Done { filled } => {
                self.failures = 0;
                self.fill.retain(|id| Some(*id) != *filled);
                return;
            }
            ChoreEnd::Failed { error } => error.retry_after_ms(),
            ChoreEnd::StoreFailed => None,
        };
        self.failures = self.failures.saturating_add(1);
        self.wait = Some(backoff::wait(moment, self.failures, retry_after_ms));
    }

    pub(super) fn deadline(&self) -> Option<u64> {
        let wait = self.wait.filter(|_| self.due).map(|wait| wait.until);
        wait.or(self.look_at).filter(|_| !self.busy)
    }

    pub(super) const fn is_done(&self) -> bool {
        !self.due && !self.busy
    }
}

async fn run(session: Arc<Session>, fill: Option<ConversationId>) -> ChoreEnd {
    let (asked_in, chore) = match session.disk(move |session| next(session, fill)).await {
        Ok((asked_in, Next::Chore(chore))) => (asked_in, chore),
        Ok((_, Next::Nothing { again_in_ms })) => return index(&session, again_in_ms).await,
        Err(_) => return ChoreEnd::StoreFailed,
    };
    let Some(token) = session.token() else {
        return ChoreEnd::Failed {
            error: CallError::Unclear { retry_after: None, why: "no session".to_owned() },
        };
    };
    let result = carry_out(&session, &token, &chore).await;
    let filled = if let Chore::Fill(id) = &chore { Some(*id) } else { None };
    let stored = match result {
        Ok(after) => {
            let write = move |write: &mut Write<'_>| cache::within(write, asked_in, after);
            session.disk(move |session| session.cache.write(Durability::Crash, write)).await
        }
        // Asking again would bring the same answer: leave it.
        Err(CallError::Refused(refusal)) => {
            tracing::warn!(code = refusal.code, ?chore, "the server refuses a chore");
            session
                .disk(move |session| {
                    session.cache.write(Durability::Crash, |write| {
                        cache::within(write, asked_in, |write| give_up(write, &chore, &refusal))
                    })
                })
                .await
        }
        Err(error) => return ChoreEnd::Failed { error },
    };
    match stored {
        Ok(Some(())) => ChoreEnd::Done { filled },
        // Of another history: what is still to be done is looked for again.
        Ok(None) => ChoreEnd::Done { filled: None },
        Err(_) => ChoreEnd::StoreFailed,
    }
}

/// With nothing to tell or fetch there is time to make new messages ready to be found.
async fn index(session: &Arc<Session>, again_in_ms: Option<u64>) -> ChoreEnd {
    match session.disk(|session| session.cache.index_some()).await {
        Ok(Indexed::All) => ChoreEnd::Nothing { again_in_ms },
        Ok(Indexed::Some) => ChoreEnd::Nothing { again_in_ms: Some(0) },
        Err(_) => ChoreEnd::StoreFailed,
    }
}

/// What the store holds to be done.
enum Next {
    Chore(Chore),
    Nothing { again_in_ms: Option<u64> },
}

/// The next one, and the history that it belongs to.
fn next(session: &Session, fill: Option<ConversationId>) -> Result<(Option<Epoch>, Next), Fault> {
    let now_ms = session.around.host.clock.wall_ms();
    session.cache.read(|connection| {
        let share = cache::next_share_errand(connection, now_ms)?;
        let next = match (among(connection, share.as_ref().ok(), fill)?, share) {
            (Some(chore), _) => Next::Chore(chore),
            (None, Err(Some(at_ms))) => {
                Next::Nothing { again_in_ms: Some(u64::try_from(at_ms - now_ms).unwrap_or_default()) }
            }
            (None, _) => Next::Nothing { again_in_ms: None },
        };
        Ok((cache::history(connection)?, next))
    })
}

fn among(
    connection: &Connection,
    share: Option<&ShareErrand>,
    fill: Option<ConversationId>,
) -> Result<Option<Chore>, Fault> {
    if cache::push_target(connection)?.1 == PushTold::No {
        return Ok(Some(Chore::TellPush));
    }
    if let Some(receipt) = cache::pending_receipts(connection)?.first() {
        return Ok(Some(Chore::TellReceipt(*receipt)));
    }
    if let Some(errand) = share {
        return Ok(Some(Chore::TellShare(errand.clone())));
    }
    if let Some(push) = cache::pending_push(connection)? {
        return Ok(Some(Chore::TellArrival(push)));
    }
    if let Some(amendment) = cache::next_amendment(connection)? {
        return Ok(Some(Chore::Amend(amendment)));
    }
    if let Some(fields) = cache::next_fields(connection)? {
        return Ok(Some(Chore::TellFields(fields)));
    }
    if let Some(id) = fill {
        return Ok(Some(Chore::Fill(id)));
    }
    if let Some(next) = cache::older_conversations(connection)? {
        return Ok(Some(Chore::OlderConversations(next)));
    }
    // Last of all: nobody waits for it.
    Ok(cache::wanted_logo(connection)?.map(Chore::FetchLogo))
}

type After = Box<dyn FnOnce(&mut Write<'_>) -> Result<(), Fault> + Send>;

/// Makes the request; what comes back is how its answer is stored.
async fn carry_out(session: &Arc<Session>, token: &str, chore: &Chore) -> Result<After, CallError> {
    let api = &session.around.api;
    let unreadable = |fault: Fault| CallError::Unclear { retry_after: None, why: fault.to_string() };
    Ok(match chore.clone() {
        Chore::TellPush => {
            let (push, _) = session.disk(|s| s.cache.read(cache::push_target)).await.map_err(unreadable)?;
            let device = session.device();
            let body =
                UpdateDevice { push: push.clone(), locale: device.locale, app_version: device.app_version };
            api.update_device(token, &body).await?;
            Box::new(move |write| {
                // The app may have said something else meanwhile; then that is to be told.
                if cache::push_target(write)?.0 == push {
                    cache::set_push_told(write, PushTold::Yes)
                } else {
                    Ok(())
                }
            })
        }
        Chore::TellReceipt(receipt) => {
            let body = MoveReceipt { delivered_seq: receipt.delivered_seq, read_seq: receipt.read_seq };
            let header = api.move_receipt(token, receipt.conversation, &body).await?;
            Box::new(move |write| {
                cache::receipt_told(write, receipt)?;
                cache::put_header(write, &header, Trust::AnyTime)
            })
        }
        Chore::TellArrival(push) => {
            api.note_push(token, push.message, &PushReceipt { shown: push.shown }).await?;
            Box::new(move |write| cache::push_told(write, push))
        }
        Chore::TellShare(errand) => {
            let (thread, id) = (errand.conversation, errand.message);
            let now = match &errand.news {
                ShareNews::Place(place) => api.move_live_place(token, thread, id, place).await?,
                ShareNews::Over => api.end_live_place(token, thread, id).await?,
            };
            if (now.id, now.conversation_id) != (id, thread) {
                let why = "the answer is about something else".to_owned();
                return Err(CallError::Unclear { retry_after: None, why });
            }
            let now_ms = session.around.host.clock.wall_ms();
            Box::new(move |write| {
                cache::share_told(write, &errand, now_ms)?;
                cache::confirm(write, &now)
            })
        }
        Chore::Amend(amendment) => {
            let (thread, id) = (amendment.conversation, amendment.message);
            let now = match &amendment.amend {
                Amend::Words(text) => {
                    let body = EditMessage { text: text.clone() };
                    api.edit_message(token, thread, id, &body).await?
                }
                Amend::TakeBack => api.delete_message(token, thread, id).await?,
            };
            if (now.id, now.conversation_id) != (id, thread) {
                let why = "the answer is about something else".to_owned();
                return Err(CallError::Unclear { retry_after: None, why });
            }
            Box::new(move |write| cache::amendment_told(write, &amendment, &now))
        }
        Chore::TellFields(pending) => {
            let body = SetFields { fields: pending.fields.clone() };
            match pending.owner {
                Owner::User => api.set_user_fields(token, &body).await?,
                Owner::Conversation(id) => api.set_conversation_fields(token, id, &body).await?,
            }
            Box::new(move |write| cache::fields_told(write, &pending))
        }
        Chore::Fill(id) => {
            let read = move |session: &Session| {
                session.cache.read(|c| Ok((cache::known(c, id)?, cache::header(c, id)?)))
            };
            let (known, header) = session.disk(read).await.map_err(unreadable)?;
            let before = known.map(|range| range.from);
            let enough = known
                .is_some_and(|range| range.from == 1 || range.to - range.from + 1 >= limits::PAGE_DEFAULT);
            // What was started here and is not known there has no messages there.
            if enough || header.is_none_or(|header| header.last_seq == 0) {
                return Ok(Box::new(|_| Ok(())));
            }
            let list = api.messages(token, id, before).await?;
            Box::new(move |write| cache::apply_messages(write, id, &list))
        }
        Chore::OlderConversations(next) => {
            let list = api.conversations(token, &next).await?;
            Box::new(move |write| cache::apply_conversations(write, &list))
        }
        Chore::FetchLogo(sum) => {
            let content = api.logo(token, sum).await?;
            // Something else, such as the page of a portal, is none; the next connection asks once more.
            let is_it = digest::digest(&digest::SHA256, &content).as_ref() == sum.as_bytes();
            Box::new(move |write| cache::put_logo(write, sum, is_it.then_some(&content[..])))
        }
    })
}

fn give_up(write: &mut Write<'_>, chore: &Chore, refusal: &Refusal) -> Result<(), Fault> {
    match chore {
        Chore::TellPush => cache::set_push_told(write, PushTold::Yes),
        Chore::TellReceipt(receipt) => cache::receipt_told(write, *receipt),
        Chore::TellArrival(push) => cache::push_told(write, *push),
        // Its time is over there, or the message has gone: so it is here.
        Chore::TellShare(errand) => cache::share_over(write, errand.message),
        Chore::Amend(amendment) => cache::amendment_refused(write, amendment, refusal),
        Chore::TellFields(pending) => cache::fields_told(write, pending),
        Chore::Fill(_) => Ok(()),
        Chore::OlderConversations(_) => cache::set_older_conversations(write, None),
        Chore::FetchLogo(sum) => cache::put_logo(write, *sum, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment { now: 0, roll: 0 };

    #[test]
    fn what_comes_up_while_one_looks_is_looked_for_again() {
        let under_way = || Chores { due: true, busy: true, ..Chores::default() };
        let mut quiet = under_way();
        quiet.ended(&ChoreEnd::Nothing { again_in_ms: None }, NOW);
        assert!(quiet.is_done());
        let mut read_meanwhile = under_way();
        read_meanwhile.look();
        read_meanwhile.ended(&ChoreEnd::Nothing { again_in_ms: None }, NOW);
        assert!(!read_meanwhile.is_done());
        let mut scrolled_meanwhile = under_way();
        scrolled_meanwhile.fill(BTreeSet::from([ConversationId::from_parts(1, [1; 10])]));
        scrolled_meanwhile.ended(&ChoreEnd::Nothing { again_in_ms: None }, NOW);
        assert!(!scrolled_meanwhile.is_done());
        let mut place_too_soon = under_way();
        place_too_soon.ended(&ChoreEnd::Nothing { again_in_ms: Some(3_000) }, NOW);
        assert!(place_too_soon.is_done(), "nobody waits for it");
        assert_eq!(place_too_soon.deadline(), Some(3_000));
    }
}
