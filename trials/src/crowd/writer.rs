//! Who writes: one message after the other, each repeated until its outcome is known, as a phone does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::bail;
use bytes::Bytes;
use hyper::{Method, StatusCode};
use tidings_protocol::Seq;
use tidings_protocol::app::MoveReceipt;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::inbox::Reply;
use tidings_protocol::message::Message;

use super::PATIENCE;
use crate::agent::{self, Agent};
use crate::clock;
use crate::history::{Stage, What, Witness};
use crate::http::Answer;
use crate::phone::{self, Phone};
use crate::signal::Tripwire;

/// A device of a user.
pub(super) struct UserWriter {
    pub(super) phone: Phone,
    pub(super) witness: Witness,
    pub(super) conversation: ConversationId,
    pub(super) marker: String,
    pub(super) wire: Arc<Tripwire>,
}

/// What one attempt came to.
enum Attempt {
    Stored(Box<Message>),
    Unknown,
    Refused(String),
}

impl UserWriter {
    pub(super) async fn run(mut self, over: Arc<AtomicBool>, count: Arc<AtomicU64>) -> anyhow::Result<()> {
        let mut number = 0_u32;
        while !over.load(Ordering::Relaxed) {
            let (conversation, id) = (self.conversation, clock::new_id(MessageId::from_parts));
            let text = format!("{}{number} from {}", self.marker, self.phone.user_id);
            let path = phone::messages_path(conversation);
            let body = phone::message_body(id, &text)?;
            let what = What::Send { conversation, id, text, seq: None };
            let phone = &mut self.phone;
            let seq = loop {
                let op = self.witness.invoke(what.clone());
                let attempt = attempt(phone.send_raw(&path, body.clone()), &self.wire).await;
                if let Some(seq) = end(&mut self.witness, op, &what, attempt)? {
                    break seq;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            };
            count.fetch_add(1, Ordering::Relaxed);
            number += 1;
            match number % 8 {
                0 => self.read(seq).await?,
                // One that comes late, as from a device that was away.
                4 => self.read((seq - 6).max(0)).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A receipt that does not arrive is repeated by the next one.
    async fn read(&mut self, read_seq: Seq) -> anyhow::Result<()> {
        let conversation = self.conversation;
        let path = format!("/app/v1/conversations/{conversation}/receipt");
        let body = Bytes::from(serde_json::to_vec(&MoveReceipt { delivered_seq: read_seq, read_seq })?);
        let op = self.witness.invoke(What::Receipt { conversation, read_seq });
        let call = self.phone.connection().call(Method::PUT, &path, body);
        let answer = tokio::time::timeout(PATIENCE, call).await;
        match answer.ok().and_then(Result::ok).and_then(|answer| answer.json::<Conversation>().ok()) {
            Some(header) => {
                let read_seq = header.receipts.user_read_seq;
                self.witness.end(op, Stage::Ok, What::Receipt { conversation, read_seq });
            }
            None => self.witness.end(op, Stage::Info, What::Receipt { conversation, read_seq }),
        }
        Ok(())
    }
}

/// The agent, who answers in all threads.
pub(super) struct AgentWriter {
    pub(super) agent: Agent,
    pub(super) threads: Vec<(ConversationId, String)>,
    pub(super) witness: Witness,
    pub(super) wire: Arc<Tripwire>,
}

impl AgentWriter {
    pub(super) async fn run(mut self, over: Arc<AtomicBool>, count: Arc<AtomicU64>) -> anyhow::Result<()> {
        let mut number = 0_usize;
        while !over.load(Ordering::Relaxed) {
            let (conversation, marker) = self.threads[number % self.threads.len()].clone();
            if number % 5 == 4 {
                // Its outcome does not matter, only that no user ever sees it.
                let note = format!("{marker}note {number}");
                let _ = tokio::time::timeout(PATIENCE, self.agent.note(conversation, &note)).await;
            }
            let id = clock::new_id(MessageId::from_parts);
            let text = format!("{marker}answer {number}");
            let body = serde_json::to_vec(&Reply {
                id,
                parts: phone::text_parts(&text)?,
                quote: None,
                seen_seq: None,
            })?;
            let (path, body) = (agent::path(conversation, "/replies"), Bytes::from(body));
            let what = What::Send { conversation, id, text, seq: None };
            loop {
                let op = self.witness.invoke(what.clone());
                let attempt = attempt(self.agent.send_raw(&path, body.clone()), &self.wire).await;
                if end(&mut self.witness, op, &what, attempt)?.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            count.fetch_add(1, Ordering::Relaxed);
            number += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

async fn attempt(call: impl Future<Output = anyhow::Result<Answer>>, wire: &Tripwire) -> Attempt {
    let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, call).await else { return Attempt::Unknown };
    let status = answer.status;
    if status.is_success() {
        wire.touch();
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Attempt::Unknown;
    }
    match answer.json::<Message>() {
        Ok(message) => Attempt::Stored(Box::new(message)),
        Err(error) => Attempt::Refused(error.to_string()),
    }
}

/// Writes down how an attempt ended; the message's number, if it has one.
fn end(witness: &mut Witness, op: u64, what: &What, attempt: Attempt) -> anyhow::Result<Option<Seq>> {
    match (attempt, what.clone()) {
        (Attempt::Stored(message), What::Send { conversation, id, text, .. }) => {
            let seq = Some(message.seq);
            witness.end(op, Stage::Ok, What::Send { conversation, id, text, seq });
            Ok(seq)
        }
        (Attempt::Refused(why), what) => {
            witness.end(op, Stage::Fail, what);
            bail!("a send was refused: {why}");
        }
        (_, what) => {
            witness.end(op, Stage::Info, what);
            Ok(None)
        }
    }
}
