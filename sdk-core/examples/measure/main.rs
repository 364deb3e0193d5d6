//! What the core costs on this machine: `cargo xtask bench sdk`. Medians, with the profile of phones; the server is a
//! page generator in this process, the store and the disk are real.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod idle;
mod photo;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tidings_sdk_core::protocol::app::{Bootstrap, Me, SignedIn};
use tidings_sdk_core::protocol::change::{Catchup, Change, ChangeKind, ChangePage};
use tidings_sdk_core::protocol::conversation::{Conversation, ConversationState, Receipts};
use tidings_sdk_core::protocol::cursor::{Cursor, Epoch};
use tidings_sdk_core::protocol::id::{AgentId, AppId, ConversationId, MessageId, UserId};
use tidings_sdk_core::protocol::message::{Author, Message, Parts};
use tidings_sdk_core::protocol::text::{Name, Text};
use tidings_sdk_core::protocol::time::Timestamp;
use tidings_sdk_core::transport::{Answer, BoxFuture, Method, Request, Socket, Transport, TransportError};
use tidings_sdk_core::{
    Client, Config, Host, Locations, MessageItem, PlainHttp, Platform, SyncState, User, Visibility,
};

/// Messages on the phone.
const MESSAGES: i64 = 100_000;
/// Of which so many stand in the first conversation; the others are spread over 90 more.
const LONG: i64 = 10_000;
/// Changes of one answer.
const PAGE: i64 = 1_000;
const ROUNDS: usize = 30;

fn thread_of(seq: i64) -> (u64, i64) {
    if seq <= LONG {
        (1, seq)
    } else {
        (2 + u64::try_from((seq - LONG - 1) % 90).unwrap(), (seq - LONG - 1) / 90 + 1)
    }
}

fn conversation(number: u64) -> ConversationId {
    ConversationId::from_parts(number, [1; 10])
}

fn message(seq: i64) -> Message {
    let (thread, number) = thread_of(seq);
    let text = format!(
        "Message {seq}: the parcel of {number} leaves the station at noon and is there by the evening."
    );
    Message {
        id: MessageId::from_parts(u64::try_from(seq).unwrap(), [2; 10]),
        conversation_id: conversation(thread),
        seq: number,
        author: Author::Agent { id: AgentId::from_parts(1, [3; 10]), name: Name::try_from("Ana").unwrap() },
        parts: Parts::text(Text::try_from(text).unwrap()).into(),
        sent_at: Timestamp::from_unix_ms(1_700_000_000_000 + seq * 1_000),
        quote: None,
        edited_at: None,
        deleted_at: None,
    }
}

fn header(last: Message) -> Conversation {
    Conversation {
        id: last.conversation_id,
        title: None,
        state: ConversationState::Open,
        last_seq: last.seq,
        receipts: Receipts::default(),
        unread: last.seq,
        created_at: Timestamp::from_unix_ms(1_700_000_000_000),
        active_at: last.sent_at,
        merged_into: None,
        last_message: Some(last),
    }
}

/// Answers with pages of changes, and notes how long the phone took from one answer to the next question.
#[derive(Default)]
struct Pages {
    answered: Mutex<Option<Instant>>,
    applied: Mutex<Vec<Duration>>,
    newest: AtomicI64,
}

/// Who is signed in.
fn me() -> Me {
    Me { id: UserId::from_parts(1, [4; 10]), anonymous: true, name: None }
}

fn cursor(seq: i64) -> Cursor {
    Cursor { epoch: Epoch::from_bits(1), seq }
}

impl Pages {
    fn page(&self, after: i64) -> ChangePage<Conversation> {
        let to = (after + PAGE).min(self.newest.load(Ordering::SeqCst));
        let messages: Vec<Message> = (after + 1..=to).map(message).collect();
        let mut headers = std::collections::BTreeMap::new();
        for message in &messages {
            headers.insert(message.conversation_id, header(message.clone()));
        }
        let change = |message: Message| {
            let (seq, kind) = (after + 1, ChangeKind::MessageAdded);
            Change { seq, kind, conversation_id: message.conversation_id, message: Some(message), note: None }
        };
        let mut changes: Vec<Change> = messages.into_iter().map(change).collect();
        for (place, change) in changes.iter_mut().enumerate() {
            change.seq = after + 1 + i64::try_from(place).unwrap();
        }
        let more = to < self.newest.load(Ordering::SeqCst);
        ChangePage { changes, conversations: headers.into_values().collect(), cursor: cursor(to), more }
    }

    fn answer(&self, request: &Request) -> Answer {
        let user = me();
        if let Some(asked) = request.path.strip_prefix("/app/v1/changes?after=") {
            if let Some(answered) = self.answered.lock().unwrap().take() {
                self.applied.lock().unwrap().push(answered.elapsed());
            }
            let after: Cursor = asked.split('&').next().unwrap().parse().unwrap();
            let answer = ok(&Catchup::Changes(self.page(after.seq)));
            *self.answered.lock().unwrap() = Some(Instant::now());
            return answer;
        }
        match (request.method, request.path.as_str()) {
            (Method::Post, "/app/v1/sessions") => ok(&SignedIn { user, session_token: "t".to_owned() }),
            (Method::Get, "/app/v1/bootstrap") => ok(&Bootstrap {
                version: 1,
                user,
                conversations: Vec::new(),
                next: None,
                unread: 0,
                cursor: cursor(0),
            }),
            _ => {
                let problem = json!({"type": "x", "status": 503, "code": "unavailable", "title": "T", "retry_after": 3600});
                Answer { status: 503, ..ok(&problem) }
            }
        }
    }
}

pub(crate) fn ok(value: &impl serde::Serialize) -> Answer {
    Answer {
        status: 200,
        retry_after: None,
        date_ms: None,
        upload_offset: None,
        body: serde_json::to_vec(value).unwrap(),
    }
}

struct Generator(Arc<Pages>);

impl Transport for Generator {
    fn request(&self, request: Request) -> BoxFuture<Result<Answer, TransportError>> {
        let answer = self.0.answer(&request);
        Box::pin(async move { Ok(answer) })
    }

    fn open_socket(&self) -> BoxFuture<Result<Socket, TransportError>> {
        Box::pin(async { Err(TransportError::Unreachable("no sockets here".to_owned())) })
    }
}

pub(crate) fn config(folder: &Path) -> Config {
    Config {
        server_url: "https://chat.example.org".to_owned(),
        app_id: AppId::from_parts(1, [1; 10]),
        data_dir: folder.to_owned(),
        platform: Platform::Other,
        locale: None,
        app_version: None,
        extra_root_certificates_pem: None,
        plain_http: PlainHttp::LoopbackOnly,
        locations: Locations::Allowed,
        file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
        context: tidings_sdk_core::ContextOptions::default(),
    }
}

async fn open(pages: &Arc<Pages>, folder: &Path) -> Client {
    let host = Host { transport: Some(Arc::new(Generator(Arc::clone(pages)))), ..Host::system() };
    let client = Client::open(config(folder), host).await.unwrap();
    client.sign_in(User::Anonymous).await.unwrap();
    client
}

pub(crate) fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}

async fn fill(pages: &Arc<Pages>, folder: &Path) {
    pages.newest.store(MESSAGES, Ordering::SeqCst);
    let client = open(pages, folder).await;
    client.set_visibility(Visibility::Foreground);
    while client.sync_state() != SyncState::Polling || pages.applied.lock().unwrap().len() < 99 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    client.close().await;
}

async fn first_screens(pages: &Arc<Pages>, folder: &Path) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let client = open(pages, folder).await;
        client.set_visibility(Visibility::Foreground);
        let list = client.conversations().await.unwrap();
        let newest = client.conversation(list[0].id).unwrap().timeline().messages().await.unwrap();
        times.push(begun.elapsed());
        assert!(list.len() == 91 && newest.len() == 50);
        client.close().await;
    }
    times
}

async fn timed<F: Future<Output = T>, T>(mut work: impl FnMut() -> F) -> f64 {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        work().await;
        times.push(begun.elapsed());
    }
    median(times)
}

/// One `send()` and one bare write of a page with fsync, in turns.
async fn sends(client: &Client, folder: &Path) -> (f64, f64) {
    let thread = client.conversation(conversation(1)).unwrap();
    let mut file = File::create(folder.join("bare")).unwrap();
    let (mut sends, mut bare) = (Vec::new(), Vec::new());
    for round in 0..100 {
        let begun = Instant::now();
        thread.send_text(format!("message {round}")).await.unwrap();
        sends.push(begun.elapsed());
        let begun = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_all().unwrap();
        bare.push(begun.elapsed());
    }
    (median(sends), median(bare))
}

fn main() {
    // On the disk of the build, which is a real one; the folder for temporary files may lie in memory.
    let folder = || tempfile::tempdir_in(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")).unwrap();
    let quiet = folder();
    let (on_screen, in_background) = idle::hours(quiet.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut measured = runtime.block_on(measure(&folder()));
    println!("an idle hour on the screen       {on_screen:?}");
    println!("an idle hour in the background   {in_background:?}");
    measured["idle_hour"] = json!({
        "pings": on_screen.frames, "requests": on_screen.requests, "sockets": on_screen.sockets,
        "timers": on_screen.timers, "in_background": in_background.timers + in_background.requests,
    });
    println!("{measured}");
}

async fn measure(folder: &tempfile::TempDir) -> serde_json::Value {
    let pages = Arc::new(Pages::default());
    fill(&pages, folder.path()).await;
    let apply = median(pages.applied.lock().unwrap().clone());
    let screen = median(first_screens(&pages, folder.path()).await);
    let client = open(&pages, folder.path()).await;
    client.set_visibility(Visibility::Foreground);
    let long = client.conversation(conversation(1)).unwrap();
    let newest = timed(|| async { long.timeline().messages().await.unwrap() }).await;
    let timeline = long.timeline();
    let middle = MessageId::from_parts(u64::try_from(LONG / 2).unwrap(), [2; 10]);
    let jump = timed(|| async {
        timeline.jump_to(middle).await.unwrap();
        let items: Vec<MessageItem> = timeline.messages().await.unwrap();
        assert_eq!(items.len(), 51);
    })
    .await;
    let search = timed(|| async { client.search("message 5000", None, 50).await.unwrap() }).await;
    let (send, bare) = sends(&client, folder.path()).await;
    let bytes = client.diagnose().await.facts.storage.bytes;
    let (photo, photo_bytes) = photo::photos(&client).await;
    println!("apply 1,000 changes              {apply:8.2} ms");
    println!("open and first screen            {screen:8.2} ms");
    println!("newest 50 of 10,000              {newest:8.2} ms");
    println!("jump to the middle of 10,000     {jump:8.2} ms");
    println!("search in 100,000                {search:8.2} ms");
    println!("send()                           {send:8.2} ms");
    println!("a bare write and fsync           {bare:8.2} ms");
    println!("a photo of 12 megapixels         {photo:8.2} ms, {photo_bytes} bytes");
    println!(
        "store with 100,000 messages      {:8.1} MiB",
        f64::from(u32::try_from(bytes / 1024).unwrap()) / 1024.0
    );
    json!({"apply_ms": apply, "first_screen_ms": screen, "newest_50_ms": newest, "jump_ms": jump,
           "search_ms": search, "send_ms": send, "bare_fsync_ms": bare, "photo_ms": photo, "store_bytes": bytes})
}
