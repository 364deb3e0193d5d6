//! What stands in the place of Redis: a host at which what one node says is heard by all. It keeps nothing, so a crash of
//! it is a flush.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use tidings_server::bus::given::{Connecting, Connection, Exchange};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use turmoil::net::TcpStream;

use crate::net::{Door, connect};
use crate::world::lock;

/// The name of the host.
pub(crate) const NAME: &str = "exchange";
/// Texts that may wait for a node that does not read; more are lost, as hints may be.
const WAITING: usize = 1_000;

/// The way of a node to it.
pub(crate) struct ToExchange;

impl Exchange for ToExchange {
    fn connect(&self) -> Connecting {
        Box::pin(async { Ok(Box::new(connect(NAME.to_owned()).await?) as Box<dyn Connection>) })
    }
}

type Listeners = Arc<Mutex<BTreeMap<u64, mpsc::Sender<Vec<u8>>>>>;

/// One life of the host.
pub(crate) async fn run() -> turmoil::Result {
    let mut door = Door::open().await?;
    let listeners = Listeners::default();
    for number in 0.. {
        let stream = door.next().await?;
        let (to_say, says) = mpsc::channel(WAITING);
        lock(&listeners).insert(number, to_say);
        let listeners = Arc::clone(&listeners);
        tokio::spawn(async move {
            // A connection that broke is made again by its node.
            drop(serve(stream, says, &listeners).await);
            lock(&listeners).remove(&number);
        });
    }
    Ok(())
}

async fn serve(
    stream: TcpStream,
    mut says: mpsc::Receiver<Vec<u8>>,
    listeners: &Listeners,
) -> io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let hear = async {
        loop {
            let length = reader.read_u32().await?;
            let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
            reader.read_exact(&mut text).await?;
            for listener in lock(listeners).values() {
                drop(listener.try_send(text.clone()));
            }
        }
    };
    let say = async {
        while let Some(text) = says.recv().await {
            writer.write_u32(u32::try_from(text.len()).unwrap_or_default()).await?;
            writer.write_all(&text).await?;
        }
        Ok(())
    };
    tokio::select! {
        ended = hear => ended,
        ended = say => ended,
    }
}
