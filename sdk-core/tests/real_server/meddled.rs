//! Everything a person does with an app, while something between the phone and the real server meddles with requests.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tidings_sdk_core::protocol::id::{AttachmentId, MessageId};
use tidings_sdk_core::{
    AnswerValue, Client, Content, Conversation, FieldAnswer, MessageItem, Network, Place, Point, Precision,
    SendState, Variant, Visibility,
};

use crate::files::{attachments, file, photo};
use crate::meddler::{Meddler, Mischief};
use crate::server::{Agent, Server};
use crate::{phone_at, until, user};

/// Waits like somebody who wants it: tells the app again and again that there is a network.
async fn wanted<F: Future<Output = bool>>(phone: &Client, what: &str, mut holds: impl FnMut() -> F) {
    until(what, || {
        phone.set_network(Network::Available);
        holds()
    })
    .await;
}

async fn shown(thread: &Conversation) -> Vec<MessageItem> {
    thread.timeline().messages().await.unwrap()
}

async fn all_sent(phone: &Client, thread: &Conversation) {
    let is_sent = |item: &MessageItem| !matches!(item.state, Some(SendState::Waiting | SendState::Sending));
    wanted(phone, "all sent", || async { shown(thread).await.iter().all(is_sent) }).await;
}

/// Waits until a message of an agent is there.
async fn answered(phone: &Client, thread: &Conversation, id: MessageId) {
    wanted(phone, "the answer", || async { shown(thread).await.iter().any(|item| item.id == id) }).await;
}

/// Fetches a file like somebody who wants it; a download that ended early goes on where it was.
async fn fetched(phone: &Client, id: AttachmentId) -> Vec<u8> {
    let fetch = async {
        loop {
            if let Ok(file) = phone.file(id, Variant::Original).await {
                return std::fs::read(file.path).unwrap();
            }
            phone.set_network(Network::Available);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), fetch).await.expect("the file never came")
}

struct Story {
    thread: Conversation,
    other: Conversation,
    /// What is to stand in the first thread in the end, by the person.
    texts: Vec<String>,
    picture: MessageId,
}

/// What the person does; it is all accepted at once, whatever the network does.
async fn act(phone: &Client, agent: &Agent<'_>) -> Story {
    let thread = phone.start_conversation(Some("Parcel".to_owned())).await.unwrap();
    let other = phone.start_conversation(None).await.unwrap();
    let mut sent = Vec::new();
    for number in 0..6 {
        sent.push(thread.send_text(format!("one {number}")).await.unwrap());
        other.send_text(format!("two {number}")).await.unwrap();
    }
    let place = Place {
        point: Some(Point { latitude: 48.85, longitude: 2.35, accuracy_m: Some(12.0) }),
        precision: Precision::Exact,
        label: Some("Home".to_owned()),
        measured_at_ms: None,
    };
    let list: Vec<u8> = (0..1_300_000_u32).map(|at| (at * 7).to_le_bytes()[1] | 0x80).collect();
    let contents = vec![
        Content::Text("this is how it came".to_owned()),
        file(photo(500, 400), "broken.png"),
        file(list, "list"),
        Content::Place(place),
    ];
    let picture = thread.send_contents(contents).await.unwrap();
    thread.edit(sent[1], "one, edited").await.unwrap();
    all_sent(phone, &thread).await;
    // Now that the server has them.
    thread.edit(sent[2], "two, edited").await.unwrap();
    thread.delete(sent[3]).await.unwrap();

    let id = thread.id().to_string();
    let question = json!([
        {"type": "text", "text": "When shall we come?"},
        {"type": "quick_replies", "options": [{"id": "mon", "label": "Monday"}, {"id": "tue", "label": "Tuesday"}]},
    ]);
    let question = agent.reply_with(&id, 1, question).await;
    answered(phone, &thread, question).await;
    thread.choose(question, "tue").await.unwrap();
    // Or the agent's next words would cross with it, and be asked about.
    all_sent(phone, &thread).await;
    let field = json!({"id": "floor", "label": "Floor", "kind": "number", "required": true});
    let form = json!([{"type": "form", "title": "Where?", "fields": [field]}]);
    let form = agent.reply_with(&id, 2, form).await;
    answered(phone, &thread, form).await;
    let floor = FieldAnswer { field_id: "floor".to_owned(), value: AnswerValue::Number(3.0) };
    thread.answer_form(form, vec![floor]).await.unwrap();
    thread.mark_read().await.unwrap();
    let texts = [
        "one 0",
        "one, edited",
        "two, edited",
        "one 4",
        "one 5",
        "this is how it came",
        "Tuesday",
        "Floor: 3",
    ];
    Story { thread, other, texts: texts.map(str::to_owned).to_vec(), picture }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_meddles_with_requests_nothing_is_lost_and_nothing_comes_twice() {
    let mut done = BTreeMap::<Mischief, u32>::new();
    for seed in 1..=3 {
        let (mut server, here, there) =
            (Server::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        server.start();
        let meddler = Meddler::before(server.port(), seed).await;
        let agent = server.agent().await;
        let phone = phone_at(&meddler.url(), &server, here.path()).await;
        phone.sign_in(user(&server, "ana")).await.unwrap();
        phone.set_visibility(Visibility::Foreground);
        let story = act(&phone, &agent).await;

        // The same person's other phone, by the same way.
        let second = phone_at(&meddler.url(), &server, there.path()).await;
        second.sign_in(user(&server, "ana")).await.unwrap();
        second.set_visibility(Visibility::Foreground);
        let picture = attachments(&story.thread.message(story.picture).await.unwrap());
        for (place, part) in picture.iter().enumerate() {
            let whole = agent.file(&part.attachment_id.to_string(), "original").await;
            let got = fetched(&second, part.attachment_id).await;
            assert!(got == whole[..], "file {place} is another: {} of {} bytes", got.len(), whole.len());
        }

        // Sockets are few.
        until("a socket is cut", || async {
            phone.set_visibility(Visibility::Background);
            tokio::time::sleep(Duration::from_millis(30)).await;
            phone.set_visibility(Visibility::Foreground);
            tokio::time::sleep(Duration::from_millis(60)).await;
            meddler.done().contains_key(&Mischief::SocketCut)
        })
        .await;
        meddler.behave();
        let id = story.thread.id().to_string();
        wanted(&phone, "everything is told", || async {
            let header = agent.header(&id).await;
            header["last_seq"] == 11 && header["receipts"]["user_read_seq"] == 10
        })
        .await;
        let thread = second.conversation(story.thread.id()).unwrap();
        // Who looks at a thread makes the phone fetch more than its end.
        let _looking = thread.timeline().observe(|_| {});
        wanted(&second, "both phones show the same", || async {
            let (mine, others) = (shown(&story.thread).await, shown(&thread).await);
            mine.iter().all(|item| item.amending.is_none()) && mine == others && mine.len() == 11
        })
        .await;
        let mine: Vec<_> = shown(&thread)
            .await
            .into_iter()
            .filter(|item| item.state.is_some() && !item.deleted)
            .map(|item| item.text())
            .collect();
        assert_eq!(mine, story.texts, "seed {seed}");
        let two: Vec<_> = (0..6).map(|number| format!("two {number}")).collect();
        assert_eq!(agent.whole_thread(&story.other.id().to_string()).await, two, "seed {seed}");
        for (mischief, count) in meddler.done() {
            *done.entry(mischief).or_default() += count;
        }
        tokio::time::timeout(Duration::from_secs(10), phone.close()).await.unwrap();
    }
    assert_eq!(done.len(), Mischief::BY_CHANCE, "something was not tried: {done:?}");
}
