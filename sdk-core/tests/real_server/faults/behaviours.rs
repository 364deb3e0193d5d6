//! What a phone does: what must be before it, what it is, and what stands in the thread in the end.

use serde_json::json;
use tidings_sdk_core::{
    AnswerValue, Content, FieldAnswer, Network, Older, Place, Point, Precision, SendState, SignOut,
    SyncState, Variant, Visibility,
};

use super::stage::Stage;
use crate::files::{attachments, file, photo};
use crate::user;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Behaviour {
    Words,
    Quote,
    Edit,
    Deletion,
    Choice,
    Form,
    Files,
    RefusedFile,
    Reply,
    Read,
    Missed,
    NewPhone,
    Pages,
    Opening,
    Link,
    Pictures,
    Pieces,
    Place,
    FirstSignIn,
    EndedElsewhere,
    Switch,
    SignOut,
    Merge,
    Diagnosis,
}

impl Behaviour {
    /// All of them, in the order of the points.
    pub(super) const ALL: [Self; 24] = [
        Self::Words,
        Self::Quote,
        Self::Edit,
        Self::Deletion,
        Self::Choice,
        Self::Form,
        Self::Files,
        Self::RefusedFile,
        Self::Reply,
        Self::Read,
        Self::Missed,
        Self::NewPhone,
        Self::Pages,
        Self::Opening,
        Self::Link,
        Self::Pictures,
        Self::Pieces,
        Self::Place,
        Self::FirstSignIn,
        Self::EndedElsewhere,
        Self::Switch,
        Self::SignOut,
        Self::Merge,
        Self::Diagnosis,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Quote => "words that quote a message",
            Self::Edit => "an edit",
            Self::Deletion => "a deletion",
            Self::Choice => "the answer to a quick reply",
            Self::Form => "the answers to a form",
            Self::Files => "words, two photos and a file of two chunks",
            Self::RefusedFile => "a file that the server refuses, thrown away",
            Self::Reply => "a reply, and the receipt of it",
            Self::Read => "a read mark",
            Self::Missed => "what was missed in the background",
            Self::NewPhone => "a new phone's first screen",
            Self::Pages => "a thread, page by page",
            Self::Opening => "a conversation, and its first message",
            Self::Link => "a link into a thread that the phone does not know",
            Self::Pictures => "a picture, small and whole",
            Self::Pieces => "a file in pieces",
            Self::Place => "a place, exact and rounded",
            Self::FirstSignIn => "the first sign-in",
            Self::EndedElsewhere => "a session that was ended elsewhere",
            Self::Switch => "another user, and back",
            Self::SignOut => "signing out without a network",
            Self::Merge => "an anonymous user who signs in",
            Self::Diagnosis => "a diagnosis",
        }
    }

    /// Whether the network can change a file in it.
    pub(super) const fn fetches_files(self) -> bool {
        matches!(self, Self::Pictures | Self::Pieces)
    }

    /// Whether there is a socket to be cut.
    pub(super) const fn has_a_socket(self) -> bool {
        !matches!(self, Self::SignOut)
    }

    /// Whether it begins with somebody whom the app does not know.
    pub(super) const fn begins_anonymously(self) -> bool {
        matches!(self, Self::Merge)
    }
}

impl Stage<'_> {
    /// What must be before, while the network behaves.
    pub(super) async fn prepare(&mut self, behaviour: Behaviour) {
        match behaviour {
            Behaviour::Choice => {
                let options = json!([{"id": "mon", "label": "Monday"}, {"id": "tue", "label": "Tuesday"}]);
                self.ask(json!([{"type": "quick_replies", "options": options}])).await;
            }
            Behaviour::Form => {
                let field = json!({"id": "floor", "label": "Floor", "kind": "number", "required": true});
                self.ask(json!([{"type": "form", "title": "Where?", "fields": [field]}])).await;
            }
            Behaviour::Read => self.ask(json!([{"type": "text", "text": "news"}])).await,
            Behaviour::Missed => {
                self.phone.set_visibility(Visibility::Background);
                self.until("asleep", |stage| stage.phone.sync_state() == SyncState::Suspended).await;
                for number in 0..6 {
                    self.agent_says(&format!("news {number}")).await;
                }
            }
            Behaviour::Pages | Behaviour::NewPhone => {
                for number in 0..60 {
                    self.thread.send_text(number.to_string()).await.unwrap();
                }
                self.all_told().await;
            }
            Behaviour::Link => {
                let second = self.second_phone().await;
                second.set_visibility(Visibility::Background);
                self.second = Some(second);
                let roof = self.phone.start_conversation(Some("Roof".to_owned())).await.unwrap();
                roof.send_text("it leaks").await.unwrap();
                self.thread = roof;
                self.all_told().await;
            }
            Behaviour::Pictures | Behaviour::Pieces => {
                let content = match behaviour {
                    Behaviour::Pictures => file(photo(400, 30), "roof.png"),
                    _ => file(list(), "list"),
                };
                self.thread.send_contents(vec![content]).await.unwrap();
                self.all_told().await;
                self.second = Some(self.second_phone().await);
            }
            Behaviour::EndedElsewhere => self.server.as_user(&self.user).await.end_the_others().await,
            Behaviour::SignOut => self.phone.set_network(Network::Unavailable),
            _ => {}
        }
    }

    /// What is done, until it is done; answers what is to stand in the thread.
    #[expect(clippy::too_many_lines, reason = "a list: what is done, one thing after the other")]
    pub(super) async fn act(&mut self, behaviour: Behaviour) -> Vec<String> {
        let words = |text: &str| Content::Text(text.to_owned());
        let mut texts = vec!["first"];
        match behaviour {
            Behaviour::Words | Behaviour::EndedElsewhere => {
                self.thread.send_text("second").await.unwrap();
                texts.push("second");
            }
            Behaviour::Quote => {
                self.thread.send_quoting(self.first, vec![words("second")]).await.unwrap();
                texts.push("> second");
            }
            Behaviour::Edit => {
                self.thread.edit(self.first, "first, edited").await.unwrap();
                texts = vec!["first, edited"];
            }
            Behaviour::Deletion => {
                self.thread.delete(self.first).await.unwrap();
                texts = vec!["(deleted)"];
            }
            Behaviour::Choice => {
                self.thread.choose(self.question.unwrap(), "tue").await.unwrap();
                texts.extend(["(question)", "Tuesday"]);
            }
            Behaviour::Form => {
                let floor = FieldAnswer { field_id: "floor".to_owned(), value: AnswerValue::Number(3.0) };
                self.thread.answer_form(self.question.unwrap(), vec![floor]).await.unwrap();
                texts.extend(["(question)", "Floor: 3"]);
            }
            Behaviour::Files => {
                let contents = vec![
                    words("three"),
                    file(photo(40, 30), "a.png"),
                    file(photo(30, 40), "b.png"),
                    file(list(), "c"),
                ];
                self.thread.send_contents(contents).await.unwrap();
                texts.push("three [image/jpeg a.jpg] [image/jpeg b.jpg] [application/octet-stream c]");
            }
            Behaviour::RefusedFile => {
                let script = file(b"#!/bin/sh\nrm -r /\n".to_vec(), "run.sh");
                let id = self.thread.send_contents(vec![script]).await.unwrap();
                self.until_read("refused", async |stage| {
                    let item = stage.thread.message(id).await.unwrap();
                    stage
                        .shown()
                        .await
                        .iter()
                        .any(|shown| shown.id == item.id && matches!(shown.state, Some(SendState::Failed(_))))
                })
                .await;
                self.thread.discard(id).await.unwrap();
            }
            Behaviour::Reply => {
                self.agent_says("news").await;
                texts.push("news");
                self.until_header("delivered", |header| header["receipts"]["user_delivered_seq"] == 2).await;
            }
            Behaviour::Read => {
                self.thread.mark_read().await.unwrap();
                texts.push("news");
                self.until_header("read", |header| header["receipts"]["user_read_seq"] == 2).await;
            }
            Behaviour::Missed => {
                self.phone.set_visibility(Visibility::Foreground);
                self.until_header("delivered", |header| header["receipts"]["user_delivered_seq"] == 7).await;
                return texts
                    .into_iter()
                    .map(str::to_owned)
                    .chain((0..6).map(|n| format!("news {n}")))
                    .collect();
            }
            Behaviour::NewPhone | Behaviour::Pages => return self.read_on_another_phone(behaviour).await,
            Behaviour::Opening => {
                self.thread = self.phone.start_conversation(Some("Roof".to_owned())).await.unwrap();
                self.thread.send_text("it leaks").await.unwrap();
                texts = vec!["it leaks"];
            }
            Behaviour::Link => {
                let thread = self.second.as_ref().unwrap().conversation(self.thread.id()).unwrap();
                self.until_read("known", async |_| thread.info().await.is_ok()).await;
                let info = thread.info().await.unwrap();
                assert_eq!(info.title.as_deref(), Some("Roof"));
                texts = vec!["it leaks"];
            }
            Behaviour::Pictures | Behaviour::Pieces => return self.fetch_on_another_phone(behaviour).await,
            Behaviour::Place => {
                let point = Some(Point { latitude: 48.853_21, longitude: 2.349_87, accuracy_m: Some(12.0) });
                let exact = Place { point, label: Some("Home".to_owned()), ..Place::default() };
                let rounded = Place { point, precision: Precision::Rounded, ..Place::default() };
                self.thread
                    .send_contents(vec![Content::Place(exact), Content::Place(rounded)])
                    .await
                    .unwrap();
                texts.push("(48.85321, 2.34987, 12 m) (48.85, 2.35, 800 m)");
            }
            Behaviour::FirstSignIn | Behaviour::Switch => self.others_sign_in(behaviour).await,
            Behaviour::SignOut => {
                self.phone.sign_out(SignOut::Erase).await.unwrap();
                assert!(self.phone.conversations().await.unwrap().is_empty());
                self.phone.set_network(Network::Available);
                let elsewhere = self.server.as_user(&self.user).await;
                self.until_read("signed out there", async |_| elsewhere.others().await == 0).await;
            }
            Behaviour::Merge => {
                self.phone.sign_in_merging(user(self.server, &self.user)).await.unwrap();
                self.thread = self.phone.conversation(self.thread.id()).unwrap();
                self.thread.send_text("it is me").await.unwrap();
                texts.push("it is me");
            }
            Behaviour::Diagnosis => {
                self.until_read("reached", async |stage| stage.phone.diagnose().await.facts.server.reached)
                    .await;
                let text = self.phone.export_diagnostics().await.unwrap();
                assert!(!text.contains("first") && !text.contains(&self.user), "{text}");
            }
        }
        texts.into_iter().map(str::to_owned).collect()
    }

    async fn read_on_another_phone(&mut self, behaviour: Behaviour) -> Vec<String> {
        let all: Vec<_> =
            ["first".to_owned()].into_iter().chain((0..60).map(|number: i32| number.to_string())).collect();
        let second = self.signed_in_phone().await;
        self.until_read("the first screen", async |_| !second.conversations().await.unwrap().is_empty())
            .await;
        let thread = second.conversation(self.thread.id()).unwrap();
        let timeline = thread.timeline();
        let _looking = timeline.observe(|_| {});
        self.until_read("the newest", async |_| {
            second.set_network(Network::Available);
            timeline.messages().await.unwrap().len() >= 50
        })
        .await;
        if behaviour == Behaviour::Pages {
            self.until_read("the beginning", async |_| {
                second.set_network(Network::Available);
                matches!(timeline.load_older().await, Ok(Older::Start))
            })
            .await;
            let texts: Vec<_> =
                timeline.messages().await.unwrap().iter().map(tidings_sdk_core::MessageItem::text).collect();
            assert_eq!(texts, all);
        }
        self.second = Some(second);
        all
    }

    async fn fetch_on_another_phone(&mut self, behaviour: Behaviour) -> Vec<String> {
        let item = self.shown().await.pop().unwrap();
        let id = attachments(&item)[0].attachment_id;
        let second = self.second.as_ref().unwrap();
        let forms = match behaviour {
            Behaviour::Pictures => &[(Variant::Thumbnail, "thumbnail"), (Variant::Original, "original")][..],
            _ => &[(Variant::Original, "original")],
        };
        for (variant, name) in forms {
            let whole = self.agent.file(&id.to_string(), name).await;
            let mut came = None;
            self.until_read("the file", async |_| {
                came = second.file(id, *variant).await.ok();
                came.is_some()
            })
            .await;
            let came = came.unwrap();
            assert!(std::fs::read(came.path).unwrap() == whole[..], "another {name} than the server has");
        }
        let shown = if behaviour == Behaviour::Pictures {
            "[image/jpeg roof.jpg]"
        } else {
            "[application/octet-stream list]"
        };
        vec!["first".to_owned(), shown.to_owned()]
    }

    /// Somebody else uses this phone, or another one for the first time; then the first one is back.
    async fn others_sign_in(&mut self, behaviour: Behaviour) {
        let name = format!("{}-else", self.user);
        if behaviour == Behaviour::Switch {
            self.phone.sign_in(user(self.server, &name)).await.unwrap();
            assert!(self.phone.conversations().await.unwrap().is_empty());
        } else {
            self.phone.close().await;
            self.phone = self.closed_phone(&name).await;
            self.phone.sign_in(user(self.server, &name)).await.unwrap();
            self.phone.set_visibility(Visibility::Foreground);
        }
        let own = self.phone.start_conversation(Some("Own".to_owned())).await.unwrap();
        own.send_text("mine").await.unwrap();
        self.until_read("sent", async |_| own.timeline().messages().await.unwrap()[0].seq == Some(1)).await;
        assert_eq!(self.agent.said(&own.id().to_string()).await, ["mine"]);
        if behaviour == Behaviour::Switch {
            let elsewhere = self.server.as_user(&self.user).await;
            self.until_read("signed out there", async |_| elsewhere.others().await == 0).await;
            self.phone.sign_in(user(self.server, &self.user)).await.unwrap();
            assert_eq!(self.phone.conversations().await.unwrap().len(), 1);
        } else {
            self.phone.close().await;
            self.phone = self.signed_in_phone().await;
            self.until_read("the first screen", async |stage| {
                !stage.phone.conversations().await.unwrap().is_empty()
            })
            .await;
        }
        self.thread = self.phone.conversation(self.thread.id()).unwrap();
    }
}

/// A file of two chunks that is nothing in particular.
fn list() -> Vec<u8> {
    (0..700_000_u32).map(|at| (at * 7).to_le_bytes()[1] | 0x80).collect()
}
