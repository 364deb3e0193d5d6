//! Hints through a place that somebody else gives: in a simulation, a host at which what one node says is heard by all,
//! itself included.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::hint::{self, Hint};
use super::link::Link;
use super::peers::SILENCE;

/// Hints in one text.
const BATCH: usize = 256;
/// A text that is longer is a mistake.
const TEXT_BYTES: u32 = 4 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_millis(500);

/// A connection to the place.
pub trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}

/// A connection that is being made.
pub type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Connection>>> + Send>>;

/// A place where whatever one node says is heard by all that are connected. A text is its length, as four bytes with the
/// highest first, and so many bytes.
pub trait Exchange: Send + Sync {
    /// Connects.
    fn connect(&self) -> Connecting;
}

/// Says and hears for ever. What it could not deliver is lost: the sweep finds it.
pub(super) async fn run(
    exchange: Arc<dyn Exchange>,
    mut waiting: mpsc::Receiver<Hint>,
    shared: Arc<Shared>,
    link: Arc<Link>,
) {
    loop {
        if let Ok(Ok(connection)) = timeout(CONNECT, exchange.connect()).await {
            let (reader, writer) = split(connection);
            link.set_sends(true);
            link.heard_itself(Instant::now());
            shared.beat();
            // What was said before this moment is lost: the sweep looks now.
            shared.changed.notify_one();
            let ended = tokio::select! {
                ended = say(&shared, &mut waiting, writer) => ended,
                ended = hear(&shared, &link, reader) => ended,
            };
            tracing::warn!(?ended, "the exchange of hints is gone");
            link.set_sends(false);
            link.deaf();
            shared.changed.notify_one();
        }
        sleep(RETRY).await;
    }
}

async fn say(
    shared: &Shared,
    waiting: &mut mpsc::Receiver<Hint>,
    mut writer: WriteHalf<Box<dyn Connection>>,
) -> io::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let text = hint::write(shared.node, &batch);
        batch.clear();
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        writer.write_all(&length.to_be_bytes()).await?;
        writer.write_all(text.as_ref()).await?;
        writer.flush().await?;
    }
    Ok(())
}

async fn hear(shared: &Shared, link: &Link, mut reader: ReadHalf<Box<dyn Connection>>) -> io::Result<()> {
    loop {
        let length = timeout(SILENCE, reader.read_u32()).await??;
        if length > TEXT_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
        reader.read_exact(&mut text).await?;
        shared.receive(&Bytes::from(text), link);
    }
}
