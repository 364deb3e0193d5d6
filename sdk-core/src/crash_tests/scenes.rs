//! What comes before each kind's story: a phone with threads, something that waits, and what must stay as it is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use tidings_protocol::id::{AttachmentId, ConversationId, MessageId};
use tidings_protocol::message::Parts;
use tidings_protocol::text::Text;

use super::kinds::Kind;
use super::server::{Fault, Server};
use super::{Died, ana, opened, questions};
use crate::{
    Client, Content, Conversation, Field, FieldValue, FileSource, FileToSend, Random, SystemRandom, User,
    Visibility, Visit, fuse,
};

/// What the story of a kind begins with.
pub(super) struct Scene {
    pub(super) server: Server,
    pub(super) folder: tempfile::TempDir,
    /// Sessions that are good at the beginning.
    pub(super) tokens: Vec<String>,
    pub(super) cast: Cast,
}

/// What there is in it by name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast {
    pub(super) thread: ConversationId,
    pub(super) first: MessageId,
    pub(super) question: MessageId,
    pub(super) refused: Option<MessageId>,
    pub(super) file: Option<AttachmentId>,
}

/// Random numbers that are the same each time, so that a story takes the same steps.
pub(super) struct Dice(Mutex<u64>);

impl Dice {
    pub(super) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)))
    }
}

impl Random for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in buffer {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            *byte = state.to_le_bytes()[3];
        }
    }
}

pub(super) fn words(text: &str) -> Content {
    Content::Text(text.to_owned())
}

fn bytes(bytes: Vec<u8>, name: &str) -> Content {
    let (source, name) = (FileSource::Bytes(bytes), Some(name.to_owned()));
    Content::File(FileToSend { source, name, longest_edge: 64 })
}

/// A file of two chunks.
pub(super) fn file() -> Content {
    bytes(vec![b'x'; 600_000], "list")
}

pub(super) fn photo(seed: u8) -> Content {
    let picture = RgbImage::from_fn(24, 16, |x, y| {
        let at = u8::try_from(x * 16 + y).unwrap_or(seed);
        Rgb([at.wrapping_mul(seed), at, seed])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    bytes(png.into_inner(), "photo.png")
}

/// Waits until the process has died.
pub(super) async fn death() {
    while !fuse::is_dead() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until everything was fetched and told, and nothing more happens, or until the process has died.
pub(super) async fn rest(client: &Client) -> Result<(), Died> {
    let at_rest = async {
        if client.account().is_some() {
            for _ in 0..2 {
                let visit = client.visit(Duration::from_hours(2)).await;
                let state = client.sync_state();
                assert!(matches!(visit, Ok(Visit::Done)), "it never came to rest: {visit:?}, {state:?}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        // Goodbyes are said beside it.
        tokio::time::sleep(Duration::from_secs(5)).await;
    };
    tokio::select! {
        () = death() => Err(Died),
        () = at_rest => Ok(()),
    }
}

async fn signed_in(server: &Server, folder: &Path, user: User) -> Client {
    let client = opened(server, folder, Arc::new(SystemRandom)).await.unwrap();
    client.sign_in(user).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    client
}

async fn settled(client: &Client) {
    assert!(rest(client).await.is_ok());
}

/// What comes before the story, on a phone that does not die.
pub(super) async fn scene(kind: Kind) -> Scene {
    let (server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    if kind == Kind::Merge {
        let client = signed_in(&server, folder.path(), ana()).await;
        let own = client.start_conversation(Some("Ana's own".to_owned())).await.unwrap();
        own.send_text("mine").await.unwrap();
        settled(&client).await;
        client.close().await;
    }
    let client = signed_in(&server, folder.path(), kind.user(0)).await;
    let thread = client.start_conversation(Some("Parcel".to_owned())).await.unwrap();
    let first = thread.send_text("first").await.unwrap();
    thread.send_text("second").await.unwrap();
    settled(&client).await;
    server.ask_anybody(thread.id(), questions());
    settled(&client).await;
    let question = thread.timeline().messages().await.unwrap()[2].id;
    // What has nothing to do with it, and is to stay as it is.
    let other = client.start_conversation(Some("Invoice".to_owned())).await.unwrap();
    other.send_text("by the way").await.unwrap();
    other.set_draft("half a thought").await.unwrap();
    settled(&client).await;
    let mut cast = Cast { thread: thread.id(), first, question, refused: None, file: None };
    embellish(kind, &server, &client, &thread, &mut cast).await;
    client.close().await;
    drop((client, thread, other));
    tokio::task::yield_now().await;
    meanwhile(kind, &server, cast.thread);
    if kind == Kind::Damage {
        let stores = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let of_user = |path: &PathBuf| {
            path.to_string_lossy().ends_with(".sqlite") && !path.ends_with("accounts.sqlite")
        };
        stores.filter(of_user).for_each(|store| damage(&store));
    }
    let tokens = server.tokens();
    Scene { server, folder, tokens, cast }
}

/// What this kind needs besides, while the phone lives.
async fn embellish(kind: Kind, server: &Server, client: &Client, thread: &Conversation, cast: &mut Cast) {
    match kind {
        Kind::Retry | Kind::Discard => {
            server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
            cast.refused = Some(thread.send_contents(vec![words("refused"), photo(9)]).await.unwrap());
            settled(client).await;
        }
        Kind::Download => {
            let away = tempfile::tempdir().unwrap();
            let tablet = signed_in(server, away.path(), ana()).await;
            settled(&tablet).await;
            tablet.conversation(thread.id()).unwrap().send_contents(vec![file()]).await.unwrap();
            settled(&tablet).await;
            tablet.close().await;
            settled(client).await;
            cast.file = server.depot().keys().next().copied();
        }
        Kind::Merge | Kind::Damage => {
            server.set_online(false);
            thread.send_contents(vec![words("waiting"), file()]).await.unwrap();
            thread.send_quoting(cast.first, vec![words("and one that quotes")]).await.unwrap();
            thread.edit(cast.first, "first, edited").await.unwrap();
            thread.mark_read().await.unwrap();
            thread.set_draft("to be continued").await.unwrap();
            let order = Field { key: "order".to_owned(), value: FieldValue::Number(4711.0) };
            thread.set_fields(vec![order]).await.unwrap();
        }
        _ => {}
    }
}

/// Overwrites the messages of a store, as a bad disk does.
fn damage(store: &Path) {
    let connection = rusqlite::Connection::open(store).unwrap();
    let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'messages'";
    let root: i64 = connection.query_row(page, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut bytes = std::fs::read(store).unwrap();
    let page = usize::try_from(root - 1).unwrap() * 4096;
    bytes[page..page + 4096].fill(0xff);
    std::fs::write(store, bytes).unwrap();
}

/// What happens while nobody looks.
fn meanwhile(kind: Kind, server: &Server, thread: ConversationId) {
    match kind {
        Kind::Delivered | Kind::PushShown => {
            server.ask_anybody(thread, Parts::text(Text::try_from("news").unwrap()));
        }
        Kind::Reopening => server.restore_without("ana", thread),
        Kind::SessionOver => server.revoke(),
        Kind::Merge | Kind::Damage => server.set_online(true),
        _ => {}
    }
}
