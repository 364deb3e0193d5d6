//! Carrying out what the two machines say.

use std::sync::Arc;

use tidings_protocol::appearance::Appearance;
use tidings_protocol::change::UserChangePage;
use tidings_protocol::frame::AppFrame;
use tidings_protocol::hours::Answering;
use tidings_protocol::id::ConversationId;
use tidings_protocol::limits;

use super::engine::{Done, Engine};
use super::event::{Effect, Event};
use super::sign_in::sign_in;
use crate::cache::{self, Durability, Write};
use crate::client::Visibility;
use crate::error::Fault;
use crate::outbox::{self, UploadsEffect, UploadsEvent};
use crate::session::Session;

/// A person's typing is told this often, as the protocol has it.
const TYPING_EVERY_MS: u64 = 3_000;

impl Engine {
    pub(super) async fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Apply(page) = effect {
                if !self.apply(page).await {
                    // What follows builds on what could not be stored.
                    return;
                }
            } else {
                self.start(effect).await;
            }
        }
    }

    /// Stores a page; answers whether that worked.
    async fn apply(&mut self, page: UserChangePage) -> bool {
        let authors: Vec<_> = page
            .changes
            .iter()
            .filter(|change| change.message.is_some())
            .map(|c| c.conversation_id)
            .collect();
        let stored = self
            .session
            .disk(move |session| {
                session.cache.write(Durability::Crash, |write| cache::apply_next(write, &page))
            })
            .await;
        match stored {
            Ok(()) => {
                // Who wrote has written.
                self.session.end_typing(|id, _| authors.contains(&id));
                self.load_outbox().await;
                self.chores.look();
                self.places_end = Some(0);
                true
            }
            Err(fault) => {
                tracing::warn!(%fault, "changes could not be stored");
                let cursor =
                    self.session.disk(|session| session.cache.read(cache::cursor)).await.ok().flatten();
                let effects = self.connection.step(Event::StoreFailed { cursor }, self.moment());
                for effect in effects {
                    self.start(effect).await;
                }
                false
            }
        }
    }

    async fn start(&mut self, effect: Effect) {
        let session = Arc::clone(&self.session);
        match effect {
            Effect::Apply(_) => {}
            Effect::SignIn => {
                if !std::mem::replace(&mut self.signing_in, true) {
                    self.jobs.push(Box::pin(async move { Done::SignedIn(sign_in(session).await) }));
                }
            }
            Effect::ForgetSession => self.forget_session().await,
            Effect::Bootstrap { attempt } => self.jobs.push(Box::pin(async move {
                let token = session.token().unwrap_or_default();
                Done::Bootstrapped(attempt, session.around.api.bootstrap(&token).await)
            })),
            Effect::Fetch { attempt, after } => self.jobs.push(Box::pin(async move {
                let token = session.token().unwrap_or_default();
                Done::Fetched(attempt, session.around.api.changes(&token, after).await)
            })),
            Effect::Open { attempt } => self
                .jobs
                .push(Box::pin(async move { Done::Opened(attempt, session.around.api.open_socket().await) })),
            Effect::Close => self.line = None,
            Effect::Authenticate { cursor } => {
                let foreground = self.visibility == Visibility::Foreground;
                let token = self.session.token().unwrap_or_default();
                self.say(&AppFrame::Authenticate { token, cursor, foreground });
            }
            Effect::TellForeground(foreground) => self.say(&AppFrame::Foreground { foreground }),
            Effect::Ping => self.say(&AppFrame::Ping {}),
            Effect::Answering(said) => {
                if let Err(fault) = session.disk(move |session| keep_answering(session, &said)).await {
                    tracing::warn!(%fault, "who answers could not be kept");
                }
            }
            Effect::Appearance(said) => {
                match session.disk(move |session| keep_appearance(session, &said)).await {
                    // Its logo may have to be fetched.
                    Ok(()) => self.chores.look(),
                    Err(fault) => tracing::warn!(%fault, "how the app looks could not be kept"),
                }
            }
            Effect::Typing(typing) => {
                let until = self.moment().now + limits::TYPING_SECONDS * 1000;
                self.session.show_typing(typing.conversation_id, typing.agent_name.into_string(), until);
            }
        }
    }

    async fn forget_session(&mut self) {
        if let Some(token) = self.session.forget_token() {
            let forgotten = self
                .session
                .disk(move |session| session.around.accounts.forget_session(session.record.id, &token))
                .await;
            if let Err(fault) = forgotten {
                tracing::warn!(%fault, "an ended session could not be forgotten");
            }
        }
    }

    fn say(&self, frame: &AppFrame) {
        if let (Some(line), Ok(text)) = (&self.line, serde_json::to_string(frame)) {
            // A full queue is a socket that moves nothing: the missing pong tells the same in a moment.
            drop(line.outgoing.try_send(text));
        }
    }

    pub(super) fn tell_typing(&mut self, id: ConversationId) {
        let now = self.moment().now;
        let told = self.typing_told.is_some_and(|(where_, at)| where_ == id && now < at + TYPING_EVERY_MS);
        if self.connection.is_live() && !told {
            self.typing_told = Some((id, now));
            self.say(&AppFrame::Typing { conversation_id: id });
        }
    }

    pub(super) async fn load_outbox(&mut self) {
        let read =
            |session: &Session| session.cache.read(|c| Ok((cache::load_outbox(c)?, cache::load_uploads(c)?)));
        match self.session.disk(read).await {
            Ok((items, uploads)) => {
                self.send(outbox::Event::Loaded(items));
                self.upload(UploadsEvent::Loaded(uploads));
            }
            // The rows are on disk; the next reason to look finds them.
            Err(fault) => tracing::warn!(%fault, "the outbox could not be read"),
        }
    }

    /// Gives the uploads an event and carries out what they say.
    pub(super) fn upload(&mut self, event: UploadsEvent) {
        for effect in self.uploads.step(event, self.moment()) {
            let session = Arc::clone(&self.session);
            match effect {
                UploadsEffect::Make { item, errand } => self.jobs.push(Box::pin(async move {
                    Done::Brought(item, errand, outbox::bring(session, item, errand).await)
                })),
                UploadsEffect::Attempted { id, attempts } => {
                    self.note(move |write| cache::set_upload_attempts(write, id, attempts));
                }
            }
        }
    }

    /// Writes down what only the pace after a restart depends on.
    fn note(&self, work: impl FnOnce(&mut Write<'_>) -> Result<(), Fault> + Send + 'static) {
        let session = Arc::clone(&self.session);
        self.jobs.push(Box::pin(async move {
            drop(session.disk(move |session| session.cache.write(Durability::Crash, work)).await);
            Done::PumpEnded
        }));
    }

    /// Gives the outbox an event and carries out what it says.
    pub(super) fn send(&mut self, event: outbox::Event) {
        for effect in self.outbox.step(event, self.moment()) {
            let session = Arc::clone(&self.session);
            match effect {
                outbox::Effect::Post(item) => {
                    outbox::begin(&session, item);
                    self.jobs
                        .push(Box::pin(async move { Done::Posted(item, outbox::post(session, item).await) }));
                }
                outbox::Effect::Attempted { op, attempts } => {
                    self.note(move |write| cache::set_attempts(write, op, attempts));
                }
            }
        }
    }
}

/// Each connection brings it again, and mostly it is nothing new: then nothing is written.
fn keep_appearance(session: &Session, said: &Appearance) -> Result<(), Fault> {
    let is_known = session.cache.read(|connection| {
        Ok(cache::appearance(connection)?.as_ref() == Some(said) && !cache::lacks_logo(connection)?)
    })?;
    if is_known {
        return Ok(());
    }
    session.cache.write(Durability::Crash, |write| cache::set_appearance(write, said))
}

/// Each connection brings it again, and mostly it is nothing new: then nothing is written.
fn keep_answering(session: &Session, said: &Answering) -> Result<(), Fault> {
    if session.cache.read(cache::answering)? == *said {
        return Ok(());
    }
    session.cache.write(Durability::Crash, |write| cache::set_answering(write, said))
}
