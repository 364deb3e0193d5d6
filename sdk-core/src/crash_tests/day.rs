//! A phone that dies at every step of a day - between every two commits and requests - with every kind of item in its
//! outbox, and comes back: nothing that was accepted is lost, nothing is there twice, and the order holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{KnownPart, Part};
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget};

use super::server::{Fault, Server};
use super::{Died, ana, opened, questions, until};
use crate::{
    AnswerValue, Author, Client, Content, Conversation, Error, FieldAnswer, FileSource, FileToSend,
    MessageItem, Place, Point, SendState, SyncState, SystemRandom, User, Visibility, fuse,
};

/// The phone of somebody who is anonymous.
async fn phone(server: &Server, folder: &Path) -> Result<Client, Error> {
    let client = opened(server, folder, Arc::new(SystemRandom)).await?;
    client.sign_in(User::Anonymous).await?;
    client.set_visibility(Visibility::Foreground);
    Ok(client)
}

/// The phone of somebody who was anonymous and has signed in, or is still anonymous.
async fn phone_after(day: &Day, server: &Server, folder: &Path) -> Result<Client, Error> {
    if !day.merging {
        return phone(server, folder).await;
    }
    let client = opened(server, folder, Arc::new(SystemRandom)).await?;
    client.sign_in_merging(ana()).await?;
    client.set_visibility(Visibility::Foreground);
    Ok(client)
}

/// What the person did, as far as the phone said that it was done.
#[derive(Default)]
struct Day {
    thread: Option<ConversationId>,
    /// What was accepted, in order.
    accepted: Vec<String>,
    /// What was thrown away, or may have been.
    discarded: Vec<String>,
    draft: Option<String>,
    /// Words that others were put in the place of, or may have been.
    edited: Vec<String>,
    /// Whether a message was begun to be taken back, and whether that was accepted.
    taken_back: bool,
    is_taken_back: bool,
    /// Whether the person has begun to sign in, who wrote anonymously before.
    merging: bool,
}

async fn shown(thread: &Conversation) -> Result<Vec<MessageItem>, Error> {
    thread.timeline().messages().await
}

async fn state(thread: &Conversation, id: MessageId) -> Result<Option<SendState>, Error> {
    Ok(shown(thread).await?.into_iter().find(|item| item.id == id).and_then(|item| item.state))
}

const FILE_BYTES: usize = 600_000;

/// A file of two chunks.
fn file() -> Content {
    let source = FileSource::Bytes(vec![b'x'; FILE_BYTES]);
    Content::File(FileToSend { source, name: None, longest_edge: 1 })
}

/// One of everything that a person can do.
async fn live(day: &mut Day, server: &Server, folder: &Path) -> Result<(), Died> {
    let client = phone(server, folder).await?;
    let thread = client.start_conversation(None).await?;
    day.thread = Some(thread.id());
    let words = |text: &str| Content::Text(text.to_owned());

    thread.set_draft("first").await?;
    day.draft = Some("first".to_owned());
    thread.send_text("first").await?;
    day.accepted.push("first".to_owned());
    let point = Point { latitude: 46.9, longitude: 7.4, accuracy_m: None };
    let place = Content::Place(Place { point: Some(point), ..Place::default() });
    thread.send_contents(vec![words("place"), place]).await?;
    day.accepted.push("place".to_owned());
    thread.send_contents(vec![words("file"), file()]).await?;
    day.accepted.push("file".to_owned());
    until("place and file are sent", || async {
        Ok(shown(&thread).await?.len() == 3 && shown(&thread).await?.iter().all(|item| item.seq.is_some()))
    })
    .await?;

    server.ask_anybody(thread.id(), questions());
    until("the question", || async { Ok(shown(&thread).await?.len() == 4) }).await?;
    let question = shown(&thread).await?[3].id;
    thread.choose(question, "y").await?;
    day.accepted.push("Yes".to_owned());
    let answer = FieldAnswer { field_id: "n".to_owned(), value: AnswerValue::Text("Ana".to_owned()) };
    thread.answer_form(question, vec![answer]).await?;
    day.accepted.push("Name: Ana".to_owned());
    thread.mark_read().await?;
    let target = PushTarget {
        provider: PushProvider::Apns,
        token: "abcdef".try_into().unwrap(),
        environment: PushEnvironment::Sandbox,
        keys: None,
    };
    client.set_push_target(Some(target)).await?;
    until("the answers are sent", || async {
        Ok(shown(&thread).await?.iter().filter(|item| item.seq.is_some()).count() == 6)
    })
    .await?;

    for (text, again) in [("retried", true), ("discarded", false)] {
        server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
        let id = thread.send_text(text).await?;
        day.accepted.push(text.to_owned());
        until("it is refused", || async {
            Ok(matches!(state(&thread, id).await?, Some(SendState::Failed(_))))
        })
        .await?;
        if again {
            thread.retry(id).await?;
            until("it is sent", || async { Ok(state(&thread, id).await? == Some(SendState::Sent)) }).await?;
        } else {
            // Whether it happened is not known if the process dies in it.
            day.discarded.push(text.to_owned());
            thread.discard(id).await?;
        }
    }
    // Whatever becomes of it, nothing of it stays behind.
    day.discarded.push("given up".to_owned());
    let given_up = thread.send_contents(vec![words("given up"), file()]).await?;
    thread.discard(given_up).await?;
    let edited = thread.send_text("edited").await?;
    day.accepted.push("edited".to_owned());
    day.edited.push("edited".to_owned());
    thread.edit(edited, "edited before").await?;
    day.accepted.push("edited before".to_owned());
    until("it is sent", || async { Ok(state(&thread, edited).await? == Some(SendState::Sent)) }).await?;
    day.edited.push("edited before".to_owned());
    thread.edit(edited, "edited after").await?;
    day.accepted.push("edited after".to_owned());
    let gone = thread.send_text("taken back").await?;
    until("it is sent", || async { Ok(state(&thread, gone).await? == Some(SendState::Sent)) }).await?;
    day.taken_back = true;
    thread.delete(gone).await?;
    day.is_taken_back = true;
    let first = shown(&thread).await?.into_iter().find(|item| item.text() == "first").map(|item| item.id);
    thread.send_quoting(first.unwrap(), vec![words("quoting")]).await?;
    day.accepted.push("quoting".to_owned());
    day.merging = true;
    client.sign_in_merging(ana()).await?;
    let thread = client.conversation(thread.id())?;
    thread.send_text("it is me").await?;
    day.accepted.push("it is me".to_owned());
    until("all is done", || async {
        let waits = |item: &MessageItem| item.seq.is_none() || item.amending.is_some();
        let waiting = shown(&thread).await?.iter().any(waits);
        Ok(!waiting && client.sync_state() == SyncState::Live && server.device().is_some())
    })
    .await?;
    client.close().await;
    Ok(())
}

/// The phone comes back, and everything finds its place; what was refused is tried again.
async fn come_back(day: &Day, server: &Server, folder: &Path, point: u64) {
    let client = phone_after(day, server, folder).await.unwrap();
    let threads = client.conversations().await.unwrap();
    assert!(threads.len() <= 1, "point {point}: one conversation was started");
    let Some(id) = day.thread.or_else(|| threads.first().map(|thread| thread.id)) else { return };
    let thread = client.conversation(id).unwrap();
    let timeline = thread.timeline();
    let _subscription = timeline.observe(|_| {});
    let done = until("everything is sent and shown", || async {
        if shown(&thread).await?.iter().any(|item| item.amending.is_some()) {
            return Ok(false);
        }
        for item in shown(&thread).await? {
            if matches!(item.state, Some(SendState::Failed(_))) {
                thread.retry(item.id).await?;
            }
        }
        let own: Vec<_> = shown(&thread).await?.into_iter().map(|item| (item.id, item.seq)).collect();
        let there: Vec<_> =
            server.messages_of_anybody(id).iter().map(|message| (message.id, Some(message.seq))).collect();
        Ok(client.sync_state() == SyncState::Live && own == there)
    });
    assert!(done.await.is_ok());

    let shown = shown(&thread).await.unwrap();
    let back = shown.iter().filter(|item| item.deleted).count();
    assert!(back <= usize::from(day.taken_back), "point {point}: nobody took it back");
    assert!(back == 1 || !day.is_taken_back, "point {point}: it came back");
    let of_edited = shown.iter().filter(|item| item.text().starts_with("edited")).count();
    assert!(of_edited <= 1, "point {point}: an edit is a message of its own");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for item in shown.iter().filter(|item| item.author == Author::Me) {
        *counts.entry(item.text()).or_default() += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "point {point}: twice: {counts:?}");
    for text in &day.accepted {
        assert!(
            counts.contains_key(text) || day.discarded.contains(text) || day.edited.contains(text),
            "point {point}: {text} is lost"
        );
    }
    // What was refused steps aside; the others keep their order.
    let in_order = |text: &&String| *text != "retried" && *text != "discarded" && !text.starts_with("edited");
    let order: Vec<_> = shown.iter().map(MessageItem::text).collect();
    let places: Vec<_> = day
        .accepted
        .iter()
        .filter(in_order)
        .map(|text| order.iter().position(|other| other == text).unwrap())
        .collect();
    assert!(places.is_sorted(), "point {point}: {order:?}");
    for item in shown.iter().filter(|item| item.text() == "quoting") {
        let head = item.quote.as_ref().and_then(|quote| quote.head.as_ref());
        assert_eq!(head.map(|head| head.text.as_str()), Some("first"), "point {point}: the quote");
    }
    let draft = thread.draft().await.unwrap();
    assert!(
        day.draft.is_none() || draft.is_some() != counts.contains_key("first"),
        "point {point}: the draft is in both or in neither: {draft:?}, {counts:?}"
    );
    // Each message that has a file has all of it, and the phone has nothing that it does not know of.
    let attached =
        |item: &&MessageItem| matches!(item.parts.get(1), Some(Part::Known(KnownPart::Attachment(_))));
    let with_file = shown.iter().filter(attached).count();
    let whole = server.files().iter().filter(|bytes| bytes.len() == FILE_BYTES).count();
    assert!(whole >= with_file, "point {point}: {whole} whole files for {with_file} messages");
    client.close().await;
    drop(phone_after(day, server, folder).await.unwrap());
    assert!(lying_about(folder) <= with_file, "point {point}: files that nobody knows of");
}

/// Files in the folder of files.
fn lying_about(folder: &Path) -> usize {
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    folders.filter(|path| path.is_dir()).map(|path| std::fs::read_dir(path).unwrap().count()).sum()
}

/// One day that ends after so many steps; answers how many it took.
async fn one_day(point: u64) -> u64 {
    let (server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    let mut day = Day::default();
    fuse::burn_after(point);
    let died = live(&mut day, &server, folder.path()).await.is_err();
    let steps = fuse::taken();
    assert_eq!(died, fuse::is_dead());
    // The dead process's tasks are gone before the next one begins.
    tokio::task::yield_now().await;
    fuse::burn_after(u64::MAX);
    come_back(&day, &server, folder.path(), point).await;
    steps
}

fn run(point: u64) -> u64 {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(one_day(point))
}

#[test]
fn law_8_a_phone_that_dies_between_any_two_steps_loses_and_doubles_nothing() {
    let steps = run(u64::MAX);
    assert!(steps >= 50, "a whole day has only {steps} steps");
    for point in 0..steps {
        run(point);
    }
}
