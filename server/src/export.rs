//! Everything about one user as one JSON document, made piece by piece: however much there is, it takes the memory of a
//! page. `docs/operators.md` describes the form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use serde::Serialize;
use serde_json::json;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::{NoteId, UserId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use tidings_protocol::upload::Variant;
use tidings_store::attachments::FileRow;
use tidings_store::export::Person;
use tidings_store::messages::Range;
use tidings_store::{Db, Error};
use tokio::sync::mpsc;

use crate::files::Files;
use crate::files::depot::{DepotError, Key};

/// What `format` says.
const FORMAT: &str = "tidings.user_export";
/// What `version` says; it grows when a reader of an earlier one could not follow.
const VERSION: u32 = 1;
/// Pieces that wait for a slow reader.
const PIECES: usize = 4;

/// A piece of the document, or why there will be no more.
pub type Piece = Result<String, Error>;

/// Starts to write the document of a user; it ends when the reader goes away.
pub fn start(db: Db, files: Files, person: Person, now: Timestamp) -> mpsc::Receiver<Piece> {
    let (pieces, reader) = mpsc::channel(PIECES);
    tokio::spawn(async move {
        let writer = Writer { db, files, pieces };
        if let Err(Stopped::Failed(error)) = writer.write(&person, now).await {
            tracing::warn!(%error, "an export could not be ended");
            // The reader may have gone away too.
            let _ = writer.pieces.send(Err(error)).await;
        }
    });
    reader
}

/// Why the document is not written to its end.
enum Stopped {
    /// Nobody reads any more.
    NobodyReads,
    Failed(Error),
}

impl From<DepotError> for Stopped {
    fn from(error: DepotError) -> Self {
        tracing::warn!(%error, "a file could not be exported");
        Self::Failed(Error::Unavailable)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

struct Writer {
    db: Db,
    files: Files,
    pieces: mpsc::Sender<Piece>,
}

impl Writer {
    async fn say(&self, text: String) -> Result<(), Stopped> {
        self.pieces.send(Ok(text)).await.map_err(|_| Stopped::NobodyReads)
    }

    async fn write(&self, person: &Person, now: Timestamp) -> Result<(), Stopped> {
        let fields = self.db.user_fields(person.user.id).await?;
        let user = json!({
            "id": person.user.id,
            "external_id": person.user.external_id,
            "name": person.user.name,
            "email": person.user.email,
            "created_at": person.created_at,
            "mail_stopped": person.is_mail_stopped,
            "fields": fields,
        });
        self.say(format!(
            "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"exported_at\":\"{now}\",\n\"user\":{user},\n\"devices\":{},\n\"conversations\":[",
            text(&person.devices)
        ))
        .await?;
        self.conversations(person.user.id).await?;
        self.say("],\n\"files\":[".to_owned()).await?;
        self.files(person.user.id).await?;
        self.say("]}\n".to_owned()).await
    }

    /// Every file that the user sent, or that was sent to them, with its bytes in base 64.
    async fn files(&self, user: UserId) -> Result<(), Stopped> {
        let (mut after, mut comma) = (None, "\n");
        loop {
            let page = self.db.files_of_user(user, after, limits::PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for file in &page {
                self.say(format!("{comma}{{\"attachment\":{},\"content\":\"", text(&file.attachment())))
                    .await?;
                self.content(file).await?;
                self.say("\"}".to_owned()).await?;
                comma = ",\n";
            }
        }
    }

    async fn content(&self, file: &FileRow) -> Result<(), Stopped> {
        let key = Key::file(file.workspace_id, file.id, Variant::Original);
        let mut content = self.files.depot().read(&key, None).await?;
        // Three bytes are four characters: what is left over waits for the next piece.
        let mut rest = Vec::new();
        while let Some(piece) = content.next().await {
            rest.extend_from_slice(&piece?);
            let whole = rest.len() - rest.len() % 3;
            self.say(STANDARD.encode(&rest[..whole])).await?;
            rest.drain(..whole);
        }
        self.say(STANDARD.encode(rest)).await
    }

    async fn conversations(&self, user: UserId) -> Result<(), Stopped> {
        let (mut after, mut comma) = (None, "\n");
        loop {
            let page = self.db.conversations_after(user, after, limits::PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for conversation in page {
                self.conversation(&conversation, comma).await?;
                comma = ",\n";
            }
        }
    }

    async fn conversation(&self, header: &Conversation, comma: &str) -> Result<(), Stopped> {
        let what = json!({
            "id": header.id,
            "title": header.title,
            "state": header.state,
            "merged_into": header.merged_into,
            "created_at": header.created_at,
            "active_at": header.active_at,
            "receipts": header.receipts,
        });
        self.say(format!("{comma}{{\"conversation\":{what},\n\"messages\":[")).await?;
        self.messages(header).await?;
        self.say("],\n\"notes\":[".to_owned()).await?;
        self.notes(header).await?;
        let about = self.db.about_conversation(header.id).await?;
        self.say(format!("],\n\"fields\":{},\n\"trail\":{}}}", text(&about.fields), text(&about.trail))).await
    }

    async fn messages(&self, header: &Conversation) -> Result<(), Stopped> {
        let mut after = 0;
        loop {
            let page = self.db.messages(header.id, Range::After(after), limits::PAGE).await?.messages;
            let Some(last) = page.last() else { return Ok(()) };
            self.say(list(&page, after == 0)).await?;
            after = last.seq;
        }
    }

    /// What agents wrote about the user is about the user.
    async fn notes(&self, header: &Conversation) -> Result<(), Stopped> {
        let mut after: Option<NoteId> = None;
        loop {
            let page = self.db.notes_after(header.id, after, limits::PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            self.say(list(&page, after.is_none())).await?;
            after = Some(last.id);
        }
    }
}

/// Entries of a list that goes on.
fn list<T: Serialize>(entries: &[T], is_first: bool) -> String {
    let entries = entries.iter().map(text).collect::<Vec<_>>().join(",\n");
    format!("{}{entries}", if is_first { "\n" } else { ",\n" })
}

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    // Values of the protocol, which are JSON by their types.
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
