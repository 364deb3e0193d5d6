//! What a thread must look like afterwards: the laws of delivery as one function.

use std::collections::{HashMap, HashSet};

use anyhow::{bail, ensure};
use tidings_protocol::Seq;
use tidings_protocol::id::MessageId;
use tidings_protocol::message::Message;

/// What a sender knows of its own sends to one thread.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Everything that was tried, acknowledged or not, with its text.
    pub tried: HashMap<MessageId, String>,
    /// The number that each acknowledgement told.
    pub acknowledged: HashMap<MessageId, Seq>,
}

/// Nothing acknowledged is lost or renumbered, nothing is there twice, numbers have no hole, and nothing is there
/// that nobody sent.
pub fn check(messages: &[Message], ledger: &Ledger) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    for (index, message) in messages.iter().enumerate() {
        let expected = Seq::try_from(index)? + 1;
        ensure!(message.seq == expected, "a hole: number {} stands where {expected} should", message.seq);
        ensure!(seen.insert(message.id), "doubled: {} is there twice", message.id);
        let Some(text) = ledger.tried.get(&message.id) else { bail!("{} was never sent", message.id) };
        ensure!(text_of(message) == *text, "{} says something else than was sent", message.id);
        if let Some(told) = ledger.acknowledged.get(&message.id) {
            ensure!(*told == message.seq, "{} was acknowledged as {told} and is {}", message.id, message.seq);
        }
    }
    let lost: Vec<_> = ledger.acknowledged.keys().filter(|id| !seen.contains(*id)).collect();
    ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    Ok(())
}

/// The text of a message.
pub fn text_of(message: &Message) -> String {
    let parts = serde_json::to_value(&message.parts).unwrap_or_default();
    let texts = parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u8, seq: Seq, text: &str) -> Message {
        serde_json::from_value(serde_json::json!({
            "id": MessageId::from_parts(0, [id; 10]),
            "conversation_id": "cnv_01h2xcejqtf2nbrexx3vqjhp41",
            "seq": seq,
            "author": { "kind": "system" },
            "parts": [{ "type": "text", "text": text }],
            "sent_at": "2026-01-01T00:00:00.000Z",
        }))
        .unwrap()
    }

    fn ledger(entries: &[(u8, Option<Seq>)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (id, seq) in entries {
            let id = MessageId::from_parts(0, [*id; 10]);
            ledger.tried.insert(id, "hello".to_owned());
            ledger.acknowledged.extend(seq.map(|seq| (id, seq)));
        }
        ledger
    }

    #[test]
    fn what_keeps_the_laws_passes() {
        let messages = [message(1, 1, "hello"), message(2, 2, "hello")];
        // The third was never acknowledged, so it may be missing.
        check(&messages, &ledger(&[(1, Some(1)), (2, None), (3, None)])).unwrap();
    }

    #[test]
    fn each_broken_law_is_found() {
        let broken = |messages: &[Message], entries: &[(u8, Option<Seq>)]| {
            check(messages, &ledger(entries)).unwrap_err().to_string()
        };
        assert!(broken(&[], &[(1, Some(1))]).contains("lost"));
        assert!(broken(&[message(1, 2, "hello")], &[(1, None)]).contains("hole"));
        assert!(broken(&[message(1, 1, "hello"), message(1, 2, "hello")], &[(1, None)]).contains("doubled"));
        assert!(broken(&[message(1, 1, "hello")], &[]).contains("never sent"));
        assert!(broken(&[message(1, 1, "other")], &[(1, None)]).contains("something else"));
        assert!(broken(&[message(1, 1, "hello")], &[(1, Some(4))]).contains("acknowledged as 4"));
    }
}
