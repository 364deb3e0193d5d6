//! Posting one row: from the store to the server, and the answer back into the store.

use std::sync::Arc;

use tidings_protocol::app::{OpenConversation, SendMessage};
use tidings_protocol::context::Context;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::cursor::Epoch;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::message::Message;
use tidings_protocol::problem::ProblemCode;

use super::Ended;
use crate::cache::{self, Durability, OutboxItem, OutboxKind, Payload, PendingFields, Renew, Said, Trust};
use crate::error::{Fault, Refusal};
use crate::session::{Sending, Session};
use crate::transport::{CallError, Spent};

/// The server's code for an id that stands for something else there.
const ID_TAKEN: &str = "id_conflict";

/// What a posting brought, and the history that the phone was in when it set off: numbers of another one mean nothing.
pub(crate) struct Posted {
    asked_in: Option<Epoch>,
    answer: Answer,
}

enum Answer {
    Opened(Conversation, Told),
    Sent(Message, Option<Box<Context>>),
    /// The row was thrown away before it set off.
    Gone,
    Failed(CallError),
}

/// What went with the opening of a conversation.
struct Told {
    context: Option<Box<Context>>,
    fields: Option<PendingFields>,
}

impl Posted {
    /// The token that the server did not take, if that is what went wrong.
    pub(crate) fn spent_token(&self) -> Option<Spent> {
        match &self.answer {
            Answer::Failed(CallError::Unauthenticated { token, .. }) => Some(token.clone()),
            _ => None,
        }
    }
}

/// Shows that a message is on its way; from here on it cannot be discarded.
pub(crate) fn begin(session: &Session, item: OutboxItem) {
    if let OutboxKind::Message(id) = item.kind {
        session.show_sending(item.conversation, id, Sending::Begins);
    }
}

/// Makes the request for a row.
pub(crate) async fn post(session: Arc<Session>, item: OutboxItem) -> Posted {
    let read = move |session: &Session| session.cache.read(cache::history);
    match session.disk(read).await {
        Ok(asked_in) => Posted { asked_in, answer: ask(&session, item).await },
        Err(fault) => Posted { asked_in: None, answer: unclear(&fault.to_string()) },
    }
}

fn unclear(why: &str) -> Answer {
    Answer::Failed(CallError::Unclear { retry_after: None, why: why.to_owned() })
}

async fn ask(session: &Arc<Session>, item: OutboxItem) -> Answer {
    let payload = match session.disk(move |session| session.cache.read(|c| cache::payload(c, item.op))).await
    {
        Ok(Some(payload)) => payload,
        Ok(None) => return Answer::Gone,
        // Written by a later version, or damaged: it must not hold up those behind it. A later version can retry it.
        Err(Fault::Stored(what)) => {
            let refusal = Refusal { code: "unreadable_on_phone".to_owned(), message: what.to_owned() };
            return Answer::Failed(CallError::Refused(refusal));
        }
        Err(fault) => return unclear(&fault.to_string()),
    };
    let Some(token) = session.token() else { return unclear("there is no session") };
    let api = &session.around.api;
    let answer = match payload {
        Payload::Open { id, title, context, fields } => {
            let told = Told { context: context.clone(), fields: fields.clone() };
            let fields = fields.map(|pending| pending.fields);
            let body = OpenConversation { id, title, context, fields };
            let opened = api.open_conversation(&token, &body).await;
            opened.map(|header| (header.id == id, Answer::Opened(header, told)))
        }
        Payload::Message { id, conversation, said: Said { parts, quote, context } } => {
            let body = SendMessage { id, parts, quote, context };
            let sent = api.send_message(&token, conversation, &body).await;
            sent.map(|message| {
                let is_it = message.id == id && message.conversation_id == conversation;
                (is_it, Answer::Sent(message, body.context))
            })
        }
    };
    match answer {
        Ok((true, posted)) => posted,
        Ok((false, _)) => unclear("the answer is about something else"),
        Err(error) => Answer::Failed(error),
    }
}

/// Writes what a posting brought into the store, and says how it ended. If the store fails, the row is still there and
/// is posted again; the server knows its id.
pub(crate) async fn settle(session: &Arc<Session>, item: OutboxItem, posted: Posted) -> Ended {
    let Posted { asked_in, answer } = posted;
    let retry_after_ms = match &answer {
        Answer::Failed(error) => error.retry_after_ms(),
        _ => None,
    };
    if let Answer::Failed(CallError::Unclear { why, .. }) = &answer {
        tracing::info!(op = item.op, why, "not sent yet");
    }
    let now_ms = session.around.host.clock.wall_ms();
    let stored = session
        .disk(move |session| {
            let fresh = || session.around.host.attachment_id();
            session.cache.write(Durability::Crash, |write| {
                cache::within(write, asked_in, |write| store(write, item, &answer, now_ms, fresh))
            })
        })
        .await;
    // An answer of another history says nothing of this one: the row is posted again, and the server knows its id.
    let ended = stored.unwrap_or_else(|fault| {
        tracing::warn!(%fault, "the answer to a message could not be stored");
        None
    });
    if let OutboxKind::Message(id) = item.kind {
        session.show_sending(item.conversation, id, Sending::Ends);
    }
    ended.flatten().unwrap_or(Ended::Unclear { retry_after_ms })
}

fn store(
    write: &mut cache::Write<'_>,
    item: OutboxItem,
    answer: &Answer,
    now_ms: i64,
    fresh: impl FnMut() -> AttachmentId,
) -> Result<Option<Ended>, Fault> {
    match answer {
        Answer::Gone => return Ok(Some(Ended::Gone)),
        Answer::Opened(header, told) => {
            cache::put_header(write, header, Trust::AnyTime)?;
            if let Some(context) = &told.context {
                cache::context_told(write, item.conversation, context)?;
            }
            if let Some(fields) = &told.fields {
                cache::fields_told(write, fields)?;
            }
            cache::remove(write, item.op)?;
        }
        Answer::Sent(message, context) => {
            cache::confirm(write, message)?;
            if let Some(context) = context {
                cache::context_told(write, item.conversation, context)?;
            }
            cache::remove(write, item.op)?;
        }
        Answer::Failed(CallError::Refused(refusal))
            if refusal.code == "not_found" && item.kind != OutboxKind::Open =>
        {
            tracing::warn!(op = item.op, "the server does not know the conversation: it is opened again");
            cache::reopen(write, item.conversation, now_ms)?;
            return Ok(Some(Ended::Unopened));
        }
        Answer::Failed(CallError::Refused(refusal))
            if refusal.code == ProblemCode::AttachmentUnusable.as_str() && renewed(write, item, fresh)? =>
        {
            tracing::warn!(
                op = item.op,
                "the server has the files of a message no more: they are sent again"
            );
            return Ok(Some(Ended::Renewed));
        }
        Answer::Failed(CallError::Refused(refusal))
            if refusal.code == ProblemCode::QuoteUnusable.as_str() && cache::drop_quote(write, item)? =>
        {
            tracing::warn!(
                op = item.op,
                "the server does not have the message that one quotes: it goes without"
            );
            return Ok(Some(Ended::Renewed));
        }
        Answer::Failed(CallError::Refused(refusal))
            if refusal.code == ProblemCode::InvalidBody.as_str() && cache::drop_context(write, item)? =>
        {
            tracing::warn!(op = item.op, "the server takes no context: it is left out");
            return Ok(Some(Ended::Renewed));
        }
        Answer::Failed(CallError::Refused(refusal)) => {
            if let OutboxKind::Message(id) = item.kind
                && refusal.code == ID_TAKEN
                && cache::amend_after_all(write, item.conversation, id, now_ms)?
            {
                tracing::info!(
                    op = item.op,
                    "the server has the message as it was first: it is edited after all"
                );
                return Ok(None);
            }
            tracing::warn!(op = item.op, code = refusal.code, "a message is refused");
            cache::refuse(write, item, refusal)?;
            return Ok(Some(Ended::Refused));
        }
        Answer::Failed(CallError::Unauthenticated { .. }) => return Ok(Some(Ended::Unauthenticated)),
        Answer::Failed(CallError::Unclear { .. }) => return Ok(None),
    }
    Ok(Some(Ended::Gone))
}

/// Uploads that rested for too long - the phone had no network for days - begin anew, once.
fn renewed(
    write: &mut cache::Write<'_>,
    item: OutboxItem,
    fresh: impl FnMut() -> AttachmentId,
) -> Result<bool, Fault> {
    match item.kind {
        OutboxKind::Message(id) => cache::renew_uploads(write, id, Renew::Expired, fresh),
        OutboxKind::Open => Ok(false),
    }
}
