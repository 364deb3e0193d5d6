//! Anything may happen in any order to a phone that dies after every step.

use super::*;

/// One thing that happens to a phone and its server.
#[derive(Debug, Clone, Copy)]
enum Step {
    Write,
    /// The server takes the first waiting row; the phone may or may not hear of it.
    Take {
        heard: bool,
    },
    Refuse,
    /// The feed brings everything that the server has.
    Feed,
    Retry,
    Discard,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Write),
        3 => any::<bool>().prop_map(|heard| Step::Take { heard }),
        1 => Just(Step::Refuse),
        2 => Just(Step::Feed),
        1 => Just(Step::Retry),
        1 => Just(Step::Discard),
    ]
}

/// A phone that dies after every step, and its server.
struct World {
    folder: tempfile::TempDir,
    server: Vec<Message>,
    opened: bool,
    written: Vec<MessageId>,
    discarded: Vec<MessageId>,
}

impl World {
    fn first(&self, cache: &Cache, state: OutboxState) -> Option<OutboxItem> {
        let _ = self;
        cache.read(load_outbox).unwrap().into_iter().find(|item| item.state == state)
    }

    fn take(&mut self, step: Step) {
        let cache = cache(self.folder.path());
        match step {
            Step::Write => {
                let number = u64::try_from(self.written.len()).unwrap() + 1;
                if number == 1 {
                    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
                }
                write(&cache, |w| enqueue_message(w, thread(), id(number), said(words(number)), 1));
                self.written.push(id(number));
            }
            Step::Take { heard } => {
                let Some(item) = self.first(&cache, OutboxState::Ready) else { return };
                match cache.read(|c| payload(c, item.op)).unwrap().unwrap() {
                    Payload::Open { .. } => self.opened = true,
                    Payload::Message { id, said: Said { parts, .. }, .. } => {
                        assert!(self.opened, "a message came before its conversation");
                        if self.server.iter().all(|message| message.id != id) {
                            let seq = Seq::try_from(self.server.len()).unwrap() + 1;
                            let sent = Message { id, parts: parts.into(), ..message(0, seq, By::User) };
                            self.server.push(sent);
                        }
                        let sent = self.server.iter().find(|message| message.id == id).unwrap();
                        if heard {
                            write(&cache, |w| confirm(w, sent));
                        }
                        return;
                    }
                }
                if heard {
                    write(&cache, |w| {
                        put_header(w, &super::tests::header(self.server.last().cloned()), Trust::AnyTime)?;
                        remove(w, item.op)
                    });
                }
            }
            Step::Refuse => {
                let Some(item) = self.first(&cache, OutboxState::Ready) else { return };
                write(&cache, |w| refuse(w, item, &Refusal { code: "x".to_owned(), message: String::new() }));
            }
            Step::Feed => {
                if !self.opened {
                    return;
                }
                let changes =
                    self.server.iter().map(|message| change(message.seq, message.clone())).collect();
                let page = UserChangePage {
                    changes,
                    conversations: vec![header(self.server.last().cloned())],
                    cursor: Cursor { epoch: Epoch::from_bits(7), seq: 1 },
                    more: false,
                };
                write(&cache, |w| apply_page(w, &page));
            }
            Step::Retry | Step::Discard => {
                let Some(item) = self.first(&cache, OutboxState::Failed) else { return };
                let OutboxKind::Message(id) = item.kind else { return };
                if matches!(step, Step::Retry) {
                    assert_eq!(write(&cache, |w| retry(w, thread(), id, super::tests::id(999))), id);
                } else if self.written.len() > 1 {
                    write(&cache, |w| discard(w, thread(), id));
                    self.discarded.push(id);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_phone_that_dies_after_every_step_loses_and_doubles_nothing(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut world =
            World { folder, server: Vec::new(), opened: false, written: Vec::new(), discarded: Vec::new() };
        for step in steps {
            world.take(step);
            let cache = cache(world.folder.path());
            let queued: Vec<_> = cache.read(load_outbox).unwrap().into_iter().collect();
            let shown = items(&cache);
            let mut unique: Vec<_> = shown.iter().map(|item| item.id).collect();
            unique.sort();
            unique.dedup();
            prop_assert_eq!(unique.len(), shown.len(), "a message stands twice");
            for id in &world.written {
                let in_outbox = queued.iter().any(|item| item.kind == OutboxKind::Message(*id));
                let confirmed = shown.iter().any(|item| item.id == *id && item.seq.is_some());
                let gone = world.discarded.contains(id);
                prop_assert!(gone || (in_outbox != confirmed), "{id}: outbox {in_outbox}, confirmed {confirmed}");
            }
        }
    }
}
