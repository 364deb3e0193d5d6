//! An upload whose bytes are all here: they are compared with what was announced, looked at, and become a file.
//!
//! It is done once at a time on a node, beside the request that brought the last byte. A node that dies meanwhile
//! leaves it to whoever asks next, or to the upkeep; two nodes that do it at once do the same.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use image::ImageFormat;
use ring::digest;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::limits;
use tidings_protocol::text::MediaType;
use tidings_protocol::upload::{Sha256, Variant};
use tidings_store::attachments::{Facts, FileRow, FileState, VariantFacts};
use tidings_store::uploads::{Piece, SettleUpload, Verdict};

use super::Flight;
use super::depot::{Content, Depot, DepotError, Key};
use super::kind::{self, Kind};
use super::pictures;
use crate::app::App;

/// Settles an upload and waits for it. Whether and how it was settled stands in the database afterwards.
pub async fn settle(app: &App, id: AttachmentId) {
    let mut others = match app.files.flight(id) {
        Flight::Others(others) => others,
        Flight::Ours(boarded) => {
            let (told, others) = tokio::sync::watch::channel(());
            let app = app.clone();
            let lifecycle = app.lifecycle.clone();
            // It goes on when nobody waits any more.
            lifecycle.spawn(async move {
                let _boarded = boarded;
                let _told = told;
                if let Err(error) = alone(&app, id).await {
                    tracing::warn!(%id, %error, "an upload could not be settled yet");
                }
            });
            others
        }
    };
    // Its end is that the other side is dropped.
    let _ = others.changed().await;
}

/// Why nothing was settled: it is tried again.
#[derive(Debug, thiserror::Error)]
enum Unsettled {
    #[error("{0}")]
    Store(#[from] tidings_store::Error),
    #[error("{0}")]
    Depot(#[from] DepotError),
    #[error("the work on a picture was not ended")]
    Picture,
}

/// Why an upload is not settled, or never will be a file.
enum Stop {
    Refused(String),
    Unsettled(Unsettled),
}

impl<E: Into<Unsettled>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Unsettled(error.into())
    }
}

async fn alone(app: &App, id: AttachmentId) -> Result<(), Unsettled> {
    let Ok(_leave) = app.files.settling().acquire().await else { return Ok(()) };
    let found = app.db.kept_files(&[id]).await?.pop();
    let Some(row) = found.filter(|row| row.state == FileState::Processing) else { return Ok(()) };
    let depot = app.files.depot();
    let pieces = app.db.pieces(id).await?;
    let verdict = match look(depot, &row, pieces).await {
        Ok(facts) => Verdict::Complete(facts),
        Err(Stop::Refused(why)) => Verdict::Refused(why),
        Err(Stop::Unsettled(error)) => return Err(error),
    };
    let word = if matches!(verdict, Verdict::Complete(_)) { "complete" } else { "refused" };
    match app.db.write(SettleUpload { id, verdict, now: app.clock.now() }).await? {
        Some(_) => depot.remove_pieces(row.workspace_id, id).await?,
        // It was given up meanwhile, and whoever took its bytes away may have come before the last of them.
        None => depot.remove_all(row.workspace_id, id).await?,
    }
    metrics::counter!("tidings_uploads_settled_total", "how" => word).increment(1);
    Ok(())
}

async fn look(depot: &Depot, row: &FileRow, pieces: Vec<Piece>) -> Result<Facts, Stop> {
    let mut content = joined(depot, row, pieces);
    let mut head = Vec::new();
    while head.len() < kind::HEAD_BYTES
        && let Some(bytes) = content.next().await
    {
        head.extend_from_slice(&lost(bytes)?);
    }
    let kind = kind::of(&head[..head.len().min(kind::HEAD_BYTES)]);
    let begun = Begun { depot, row, head: head.into(), content };
    match kind {
        Kind::Program => Err(Stop::Refused("programs and scripts are not taken".to_owned())),
        Kind::Picture(_) if row.length > limits::IMAGE_BYTES => {
            let why = format!("a picture has at most {} bytes", limits::IMAGE_BYTES);
            Err(Stop::Refused(why))
        }
        Kind::Picture(format) => begun.picture(format).await,
        Kind::Other(media_type) => begun.other(media_type).await,
    }
}

/// The bytes of an upload, one piece after the other.
fn joined(depot: &Depot, row: &FileRow, pieces: Vec<Piece>) -> Content {
    let (depot, workspace, id) = (depot.clone(), row.workspace_id, row.id);
    futures_util::stream::iter(pieces)
        .then(move |piece| {
            let depot = depot.clone();
            async move {
                match depot.read(&Key::piece(workspace, id, piece.token), None).await {
                    Ok(content) => content,
                    Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
                }
            }
        })
        .flatten()
        .boxed()
}

/// Bytes that are not there any more come back with a new upload only.
fn lost(bytes: Result<Bytes, DepotError>) -> Result<Bytes, Stop> {
    bytes.map_err(|error| match error {
        DepotError::Missing => Stop::Refused("the server has lost bytes of it: upload it again".to_owned()),
        other => other.into(),
    })
}

/// A file of which the first bytes were read.
struct Begun<'a> {
    depot: &'a Depot,
    row: &'a FileRow,
    head: Bytes,
    content: Content,
}

impl Begun<'_> {
    fn key(&self, variant: Variant) -> Key {
        Key::file(self.row.workspace_id, self.row.id, variant)
    }

    fn is_announced(&self, bytes: u64, sha256: &digest::Digest) -> Result<(), Stop> {
        if i64::try_from(bytes).ok() == Some(self.row.length) && sha256.as_ref() == self.row.sha256 {
            return Ok(());
        }
        Err(Stop::Refused("the bytes are not those that were announced: their SHA-256 differs".to_owned()))
    }

    async fn picture(mut self, format: ImageFormat) -> Result<Facts, Stop> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.row.length).unwrap_or_default());
        bytes.extend_from_slice(&self.head);
        while let Some(piece) = self.content.next().await {
            bytes.extend_from_slice(&lost(piece)?);
        }
        let bytes = Arc::new(bytes);
        let input = Arc::clone(&bytes);
        let made = tokio::task::spawn_blocking(move || {
            (digest::digest(&digest::SHA256, &input), pictures::make(&input, format))
        });
        let (sha256, made) = made.await.map_err(|_| Unsettled::Picture)?;
        self.is_announced(bytes.len() as u64, &sha256)?;
        drop(bytes);
        let made = made.map_err(|bad| Stop::Refused(bad.to_string()))?;
        let mut variants = Vec::with_capacity(made.forms.len());
        for form in made.forms {
            variants.push(VariantFacts {
                variant: form.variant,
                media_type: known(form.media_type)?,
                bytes: i64::try_from(form.bytes.len()).unwrap_or(i64::MAX),
                sha256: Some(form.sha256),
                size: Some(form.size),
            });
            self.depot.put(&self.key(form.variant), form.bytes.into()).await?;
        }
        let thumbhash = made.thumbhash.try_into().ok();
        facts(variants, thumbhash)
    }

    async fn other(mut self, media_type: &'static str) -> Result<Facts, Stop> {
        let mut writing = self.depot.write(&self.key(Variant::Original)).await?;
        let copied = self.copy(&mut writing).await;
        if let Err(stop) = copied {
            if let Err(error) = writing.abort().await {
                tracing::debug!(%error, "what was written of a refused file is left to the upkeep");
            }
            return Err(stop);
        }
        writing.finish().await?;
        let variant = VariantFacts {
            variant: Variant::Original,
            media_type: known(media_type)?,
            bytes: self.row.length,
            sha256: Some(Sha256::from_bytes(self.row.sha256)),
            size: None,
        };
        facts(vec![variant], None)
    }

    async fn copy(&mut self, writing: &mut super::depot::Writing) -> Result<(), Stop> {
        let mut sha256 = digest::Context::new(&digest::SHA256);
        let mut bytes = self.head.len() as u64;
        sha256.update(&self.head);
        writing.add(self.head.clone()).await?;
        while let Some(piece) = self.content.next().await {
            let piece = lost(piece)?;
            bytes += piece.len() as u64;
            sha256.update(&piece);
            writing.add(piece).await?;
        }
        self.is_announced(bytes, &sha256.finish())
    }
}

fn known(media_type: &str) -> Result<MediaType, Stop> {
    media_type.try_into().map_err(|_| Stop::Refused("its type has no name".to_owned()))
}

/// What is said of the file as a whole is what its full form is.
fn facts(
    variants: Vec<VariantFacts>,
    thumbhash: Option<tidings_protocol::text::Label>,
) -> Result<Facts, Stop> {
    let Some(original) = variants.last() else { return Err(Unsettled::Picture.into()) };
    Ok(Facts {
        media_type: original.media_type.clone(),
        bytes: original.bytes,
        size: original.size,
        thumbhash,
        variants,
    })
}
