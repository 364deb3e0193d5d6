//! One conversation, as the host app holds them.

use std::sync::Arc;

use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::limits;
use tidings_protocol::message::{KnownPart, Part, Parts};

use crate::cache::{self, Amend, Durability, Outgoing, Owner, Renew, Said, Trust, Unfit};
use crate::compose::{self, Content, FieldAnswer, Piece};
use crate::config::Locations;
use crate::context::{self, Field};
use crate::error::{Error, ErrorCode, Fault};
use crate::files;
use crate::item::{ConversationItem, Discarded, MessageItem, SendState, Typing};
use crate::live::{Subscription, Topic};
use crate::live_place::{self, ShareFor};
use crate::session::Session;
use crate::timeline::Timeline;
use crate::transport::CallError;
use crate::views::of_value;

/// One thread of the signed-in user. Cheap to clone. After that user signed out it answers `closed`.
#[derive(Clone)]
pub struct Conversation {
    session: Arc<Session>,
    id: ConversationId,
}

impl Conversation {
    pub(crate) const fn new(session: Arc<Session>, id: ConversationId) -> Self {
        Self { session, id }
    }

    /// Which.
    pub const fn id(&self) -> ConversationId {
        self.id
    }

    /// How it is now. Asks the server when the phone does not know it.
    ///
    /// # Errors
    /// `not_found`; `network` when it is not on the phone and the server cannot be asked; `storage`, `closed`.
    pub async fn info(&self) -> Result<ConversationItem, Error> {
        if let Some(item) = self.known().await? {
            return Ok(item);
        }
        let token = self.session.token().ok_or_else(unreachable)?;
        let header =
            self.session.around.api.conversation(&token, self.id).await.map_err(|error| call(&error))?;
        self.session
            .disk(move |session| {
                session
                    .cache
                    .write(Durability::Crash, |write| cache::put_header(write, &header, Trust::AnyTime))
            })
            .await?;
        self.known().await?.ok_or_else(|| Error::from(Fault::NotFound("conversation")))
    }

    async fn known(&self) -> Result<Option<ConversationItem>, Error> {
        let id = self.id;
        let read = self.session.disk(move |session| {
            let sending = session.sending();
            session.cache.read(|connection| cache::one(connection, id, &sending))
        });
        Ok(read.await?)
    }

    /// Sends a message; works without a network. When this returns the message is on disk, and it will be sent, after
    /// a crash, a kill or an empty battery too.
    ///
    /// # Errors
    /// `not_found`, `storage_full`, `storage`, `closed`; then nothing was accepted.
    pub async fn send(&self, parts: Parts) -> Result<MessageId, Error> {
        self.accept(parts, None).await
    }

    async fn accept(&self, parts: Parts, quote: Option<MessageId>) -> Result<MessageId, Error> {
        let conversation = self.id;
        let id = self
            .session
            .disk(move |session| {
                let host = &session.around.host;
                session.cache.write(Durability::Power, |write| {
                    let id = host.message_id();
                    let said = Said { parts, quote, context: session.around.whereabouts.context() };
                    cache::enqueue_message(write, conversation, id, said, host.clock.wall_ms())?;
                    Ok(id)
                })
            })
            .await?;
        self.session.ask(|asked| asked.outbox = true);
        Ok(id)
    }

    /// Sends words: [`send`](Self::send) with one part of text.
    ///
    /// # Errors
    /// As `send`, and `invalid_input` for a text that is blank or longer than 16 KiB of UTF-8.
    pub async fn send_text(&self, text: impl Into<String> + Send) -> Result<MessageId, Error> {
        self.send(Parts::text(compose::text_of(text.into(), "the text")?)).await
    }

    /// Sends several things in one message, such as words, photos and a place; else as [`send`](Self::send). Files are taken in
    /// before this returns, pictures made anew, one at a time.
    ///
    /// # Errors
    /// As `send`; `invalid_input` says what cannot be sent and why; `switched_off` for a place, when the app has locations
    /// switched off.
    pub async fn send_contents(&self, contents: Vec<Content>) -> Result<MessageId, Error> {
        self.say(contents, None).await
    }

    /// Answers one message of this conversation, anybody's: [`send_contents`](Self::send_contents) with a quote. The quoted message may
    /// itself wait to be sent. Should the server not have it when this one arrives, the message goes without the quote.
    ///
    /// # Errors
    /// As `send_contents`; `not_found` when the quoted message is not on the phone; `invalid_input` when it was deleted, or the
    /// server refused it.
    pub async fn send_quoting(&self, quoted: MessageId, contents: Vec<Content>) -> Result<MessageId, Error> {
        let item = self.message(quoted).await?;
        if item.deleted {
            return Err(Error::new(ErrorCode::InvalidInput, "a message that was deleted cannot be quoted"));
        }
        if matches!(item.state, Some(SendState::Failed(_))) {
            return Err(Error::new(ErrorCode::InvalidInput, "a message that was refused cannot be quoted"));
        }
        self.say(contents, Some(quoted)).await
    }

    async fn say(&self, contents: Vec<Content>, quote: Option<MessageId>) -> Result<MessageId, Error> {
        let places = contents.iter().any(|content| matches!(content, Content::Place(_)));
        if places && self.session.around.app.locations == Locations::Off {
            return Err(Error::new(ErrorCode::SwitchedOff, "this app has locations switched off"));
        }
        let pieces = compose::pieces(contents)?;
        if !pieces.iter().any(|piece| matches!(piece, Piece::File(_))) {
            let parts = pieces.into_iter().filter_map(Piece::part).collect();
            return self.accept(compose::sendable(parts)?, quote).await;
        }
        // Whoever stops waiting for this does not stop it: the lock goes with the work.
        let importing = self.session.files.importing().await;
        let conversation = self.id;
        let taken = self.session.disk(move |session| {
            let _importing = importing;
            Ok(take(session, conversation, pieces, quote))
        });
        let id = taken.await??;
        self.session.ask(|asked| asked.outbox = true);
        Ok(id)
    }

    /// Shares where the person is for a while, in one message whose place moves; works without a network. The app feeds the
    /// positions ([`move_live_place`](crate::Client::move_live_place)) and measures them itself; without a position the
    /// message has no place. The time counts here from now on, and at the server from when it gets the message; what ends
    /// first ends it. A share that never left the phone by then is never sent.
    ///
    /// # Errors
    /// As `send`; `switched_off` unless the app has live locations switched on; `invalid_input` when this phone shares its
    /// place in this conversation already.
    pub async fn share_live_place(&self, time: ShareFor) -> Result<MessageId, Error> {
        live_place::begin(&self.session, self.id, time).await
    }

    /// Ends a share of the person's own before its time, begun here or on another phone; works without a network. Its last position is gone from the phone when
    /// this returns, and from everywhere else when the server is reached.
    ///
    /// # Errors
    /// `not_found` when that message is no live place of their own; `storage_full`, `storage`, `closed`.
    pub async fn end_live_place(&self, id: MessageId) -> Result<(), Error> {
        live_place::end(&self.session, self.id, id).await
    }

    /// Answers a message that offers choices, with one of them; works without a network.
    ///
    /// # Errors
    /// As `send`; `not_found` when the message is not on the phone; `invalid_input` when it does not offer this.
    pub async fn choose(&self, question: MessageId, option_id: &str) -> Result<MessageId, Error> {
        let asked = self.message(question).await?;
        self.send(compose::choice(question, &asked.parts, option_id)?).await
    }

    /// Says that the person would rather not share what a message asks for, in the words that they read; works without a
    /// network. What is asked for is sent with [`send_quoting`](Self::send_quoting): a message that quotes the one that
    /// asks and holds a place, or a photo, answers it.
    ///
    /// # Errors
    /// As `send`; `not_found` when the message is not on the phone; `invalid_input` when it asks for nothing, or for words
    /// that are blank or longer than 256 bytes.
    pub async fn decline_request(
        &self,
        question: MessageId,
        words: impl Into<String> + Send,
    ) -> Result<MessageId, Error> {
        let words = words.into();
        let asked = self.message(question).await?;
        self.send(compose::decline(question, &asked.parts, words)?).await
    }

    /// Answers a message that holds a form; works without a network. Each required field must be answered, each in its
    /// own kind.
    ///
    /// # Errors
    /// As `send`; `not_found` when the message is not on the phone; `invalid_input` names the field and what is wrong.
    pub async fn answer_form(
        &self,
        question: MessageId,
        answers: Vec<FieldAnswer>,
    ) -> Result<MessageId, Error> {
        let asked = self.message(question).await?;
        self.send(compose::form(question, &asked.parts, answers)?).await
    }

    /// One message of this conversation, as the phone has it.
    ///
    /// # Errors
    /// `not_found` when it is not on the phone; `storage`, `closed`.
    pub async fn message(&self, id: MessageId) -> Result<MessageItem, Error> {
        let conversation = self.id;
        let read = self.session.disk(move |session| session.cache.read(|c| cache::message(c, id)));
        let here = read.await?.filter(|item| item.conversation_id == conversation);
        here.ok_or_else(|| Error::from(Fault::NotFound("message on the phone")))
    }

    /// What the person has begun to write here; it outlives the process. Sending the same words ends it.
    ///
    /// # Errors
    /// `not_found`, `storage`, `closed`.
    pub async fn draft(&self) -> Result<Option<String>, Error> {
        let id = self.id;
        Ok(self.session.disk(move |session| session.cache.read(|c| cache::draft(c, id))).await?)
    }

    /// Keeps what the person has begun to write, in the place of the last draft; blank: there is none any more.
    ///
    /// # Errors
    /// `invalid_input` for more than 16 KiB; `not_found`, `storage`, `closed`.
    pub async fn set_draft(&self, text: impl Into<String> + Send) -> Result<(), Error> {
        let (id, text) = (self.id, text.into());
        if text.len() > limits::TEXT_BYTES {
            return Err(Error::new(ErrorCode::InvalidInput, "a draft has at most 16 KiB of UTF-8"));
        }
        let kept = self.session.disk(move |session| {
            let now_ms = session.around.host.clock.wall_ms();
            session.cache.write(Durability::Crash, |write| cache::set_draft(write, id, &text, now_ms))
        });
        Ok(kept.await?)
    }

    /// Replaces the custom fields of this conversation, which agents see; works without a network. Of several settings the
    /// last one counts.
    ///
    /// # Errors
    /// `invalid_input` names the field and what is wrong; `not_found`, `storage_full`, `storage`, `closed`.
    pub async fn set_fields(&self, fields: Vec<Field>) -> Result<(), Error> {
        let (owner, fields) = (Owner::Conversation(self.id), context::fields(fields)?);
        let set = self.session.disk(move |session| {
            session.cache.write(Durability::Power, |write| cache::set_fields(write, owner, &fields))
        });
        set.await?;
        self.session.ask(|asked| asked.chores = true);
        Ok(())
    }

    /// Sends a message again that the server refused, or tells it once more of an edit that it refused. Answers its id, which is another one if the server refused the
    /// message because of its id (`id_conflict`).
    ///
    /// # Errors
    /// `not_found` unless it is in the outbox; `refused` when it can never be sent, because the id of its conversation is
    /// taken; `storage`, `closed`.
    pub async fn retry(&self, id: MessageId) -> Result<MessageId, Error> {
        let conversation = self.id;
        let id = self
            .session
            .disk(move |session| {
                let host = &session.around.host;
                let fresh = host.message_id();
                session.cache.write(Durability::Power, |write| {
                    cache::renew_uploads(write, id, Renew::Refused, || host.attachment_id())?;
                    cache::retry(write, conversation, id, fresh)
                })
            })
            .await?;
        self.session.ask(|asked| {
            asked.outbox = true;
            asked.chores = true;
            asked.nudge = true;
        });
        Ok(id)
    }

    /// Gives one of the person's own messages other words, in the place of all its text; works without a network and is
    /// shown at once. A message that has not set off is sent with the new words.
    ///
    /// # Errors
    /// `not_found` when it is not on the phone; `invalid_input` for blank or too many words, a message that is not one's own,
    /// was deleted, or has no words; `storage_full`, `storage`, `closed`.
    pub async fn edit(&self, id: MessageId, text: impl Into<String> + Send) -> Result<(), Error> {
        let text = compose::text_of(text.into(), "the text")?;
        self.amend(id, Amend::Words(text)).await
    }

    /// Takes one of the person's own messages back, for everybody; works without a network and is shown at once. It cannot be
    /// undone. A message that has not set off goes away; another stays in its place, without what it said.
    ///
    /// # Errors
    /// `not_found` when it is not on the phone; `invalid_input` when it is not one's own; `storage_full`, `storage`, `closed`.
    pub async fn delete(&self, id: MessageId) -> Result<(), Error> {
        self.amend(id, Amend::TakeBack).await
    }

    async fn amend(&self, id: MessageId, amend: Amend) -> Result<(), Error> {
        let conversation = self.id;
        let amended = self.session.disk(move |session| {
            let now_ms = session.around.host.clock.wall_ms();
            if let Err(unfit) = session.cache.read(|c| cache::check_amendment(c, conversation, id, &amend))? {
                return Ok(Err(unfit));
            }
            // Which of the two it is cannot change meanwhile.
            let waiting = session.unless_sending(id, || {
                session.cache.write(Durability::Power, |write| {
                    cache::amend_waiting(write, conversation, id, &amend, now_ms)
                })
            });
            if waiting.transpose()? != Some(true) {
                session.cache.write(Durability::Power, |write| {
                    cache::put_amendment(write, conversation, id, &amend, now_ms)
                })?;
            }
            Ok(Ok(()))
        });
        amended.await?.map_err(|why: Unfit| Error::new(ErrorCode::InvalidInput, why))?;
        self.session.ask(|asked| {
            asked.outbox = true;
            asked.chores = true;
        });
        Ok(())
    }

    /// Throws a message away that waits or was refused; of one that the server has, an edit or a deletion that it does not
    /// know of yet.
    ///
    /// # Errors
    /// `not_found`, `storage`, `closed`.
    pub async fn discard(&self, id: MessageId) -> Result<Discarded, Error> {
        let conversation = self.id;
        let discarded = self
            .session
            .disk(move |session| {
                let removed = session.unless_sending(id, || {
                    session.cache.write(Durability::Power, |write| cache::discard(write, conversation, id))
                });
                removed.unwrap_or(Ok(Discarded::TooLate))
            })
            .await?;
        self.session.ask(|asked| asked.outbox = true);
        Ok(discarded)
    }

    /// The person has seen everything that the phone has. Shown at once, told to the server when it can be reached.
    ///
    /// # Errors
    /// `storage`, `closed`.
    pub async fn mark_read(&self) -> Result<(), Error> {
        let id = self.id;
        self.session
            .disk(move |session| session.cache.write(Durability::Crash, |write| cache::mark_read(write, id)))
            .await?;
        self.session.ask(|asked| asked.chores = true);
        Ok(())
    }

    /// The person is writing; call it at each keystroke. Lost when there is no connection.
    pub fn typing(&self) {
        self.session.ask(|asked| asked.typing.extend([self.id]));
    }

    /// Tells the listener who is writing, now and whenever it changes.
    pub fn observe_typing(&self, listener: impl Fn(Typing) + Send + 'static) -> Subscription {
        let (session, id) = (Arc::clone(&self.session), self.id);
        let read = move || Ok(Typing { agent_name: session.typing(id) });
        self.session.around.dispatcher.watch(vec![Topic::Typing(self.id)], of_value(read, listener))
    }

    /// A window on the messages, beginning with the newest 50.
    pub fn timeline(&self) -> Timeline {
        Timeline::new(Arc::clone(&self.session), self.id)
    }
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Conversation({})", self.id)
    }
}

/// Takes the files of a message in, and accepts it with them.
fn take(
    session: &Session,
    conversation: ConversationId,
    pieces: Vec<Piece>,
    quote: Option<MessageId>,
) -> Result<MessageId, Error> {
    let accepted = import_all(session, pieces).and_then(|(parts, files)| {
        let host = &session.around.host;
        let written = session.cache.write(Durability::Power, |write| {
            let id = host.message_id();
            let said = Said { parts, quote, context: session.around.whereabouts.context() };
            cache::enqueue_message(write, conversation, id, said, host.clock.wall_ms())?;
            cache::enqueue_uploads(write, id, &files)?;
            Ok(id)
        });
        Ok(written?)
    });
    if accepted.is_err()
        && let Err(fault) = files::sweep(session)
    {
        tracing::info!(%fault, "what was taken in for nothing stays until the next start");
    }
    accepted
}

fn import_all(session: &Session, pieces: Vec<Piece>) -> Result<(Parts, Vec<Outgoing>), Error> {
    let (mut parts, mut outgoing) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Part(part) => parts.push(part),
            Piece::File(file) => {
                let id = session.around.host.attachment_id();
                let taken = files::import(session.files.folder(), file, id)?;
                parts.push(Part::Known(KnownPart::Attachment(taken.part)));
                outgoing.push(taken.outgoing);
            }
        }
    }
    Ok((compose::sendable(parts)?, outgoing))
}

pub(crate) fn unreachable() -> Error {
    Error::new(ErrorCode::Network, "the server was not reached yet")
}

pub(crate) fn call(error: &CallError) -> Error {
    match error {
        CallError::Unclear { why, .. } => Error::new(ErrorCode::Network, why.clone()),
        CallError::Unauthenticated { .. } => Error::new(ErrorCode::Network, "the session is being renewed"),
        CallError::Refused(refusal) if refusal.code == "not_found" => {
            Error::new(ErrorCode::NotFound, refusal.message.clone())
        }
        CallError::Refused(refusal) => {
            Error::new(ErrorCode::Refused, format!("{}: {}", refusal.code, refusal.message))
        }
    }
}
