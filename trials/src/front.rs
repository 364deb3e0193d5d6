//! What stands in front of nodes: passes each connection to the next one that accepts it, and can swallow what passes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A balancer of connections on a port of its own; everything through it ends when this value goes.
pub struct Front {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    task: JoinHandle<()>,
}

/// What becomes of bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// They arrive.
    Fair,
    /// They vanish, and nobody is told: connections stay open.
    Swallows,
    /// Connections are cut, and no new ones are taken.
    Cut,
}

impl Front {
    /// In front of these addresses.
    pub async fn start(behind: Vec<SocketAddr>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (weather, watched) = watch::channel(Weather::Fair);
        let task = tokio::spawn(serve(listener, Arc::new(behind), watched));
        Ok(Self { address, weather, task })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what becomes of bytes, also on connections that are open.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
        self.weather.send_replace(Weather::Cut);
    }
}

async fn serve(listener: TcpListener, behind: Arc<Vec<SocketAddr>>, weather: watch::Receiver<Weather>) {
    let next = Arc::new(AtomicUsize::new(0));
    while let Ok((client, _)) = listener.accept().await {
        let (behind, next, weather) = (Arc::clone(&behind), Arc::clone(&next), weather.clone());
        tokio::spawn(async move {
            if *weather.borrow() == Weather::Cut {
                return;
            }
            let first = next.fetch_add(1, Ordering::Relaxed);
            for turn in 0..behind.len() {
                if let Ok(node) = TcpStream::connect(behind[(first + turn) % behind.len()]).await {
                    pass(client, node, weather).await;
                    return;
                }
            }
        });
    }
}

async fn pass(client: TcpStream, node: TcpStream, mut weather: watch::Receiver<Weather>) {
    // A socket that refuses the option is only slower.
    let _ = (client.set_nodelay(true), node.set_nodelay(true));
    let ((from_client, to_client), (from_node, to_node)) = (client.into_split(), node.into_split());
    let (there, back) =
        (copy(from_client, to_node, weather.clone()), copy(from_node, to_client, weather.clone()));
    tokio::select! {
        ((), ()) = async { tokio::join!(there, back) } => {}
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

/// Until one side ends; the other one is told.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, weather: watch::Receiver<Weather>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let arrives = *weather.borrow() == Weather::Fair;
        if arrives && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
