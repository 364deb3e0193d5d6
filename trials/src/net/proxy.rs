//! A TCP proxy that is told how badly to behave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What happens to bytes that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// They pass.
    Fair,
    /// What the client sends is swallowed, on each connection that sends now and for as long as it lives; the client
    /// notices nothing.
    DeafServer,
    /// The same the other way: requests arrive and are obeyed, answers are swallowed.
    DeafClient,
    /// Both ways.
    BlackHole,
    /// In pieces of 64 bytes, 5 ms apart.
    Slow,
    /// The first half passes, then the connection ends.
    Truncate,
    /// The connection is reset.
    Reset,
}

impl Weather {
    /// All that is bad.
    pub const BAD: [Self; 6] =
        [Self::DeafServer, Self::DeafClient, Self::BlackHole, Self::Slow, Self::Truncate, Self::Reset];

    /// For the history.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::DeafServer => "deaf_server",
            Self::DeafClient => "deaf_client",
            Self::BlackHole => "black_hole",
            Self::Slow => "slow",
            Self::Truncate => "truncate",
            Self::Reset => "reset",
        }
    }

    const fn swallows(self, way: Way) -> bool {
        matches!(
            (self, way),
            (Self::BlackHole, _) | (Self::DeafServer, Way::ToServer) | (Self::DeafClient, Way::ToClient)
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    ToServer,
    ToClient,
}

/// A running proxy; it and its connections end with this value.
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Listens on a port of its own and leads to this one.
    pub async fn before(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::Fair);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, server, seen));
        Ok(Self { address, weather, _tasks: tasks })
    }

    /// Where clients find it.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, weather: watch::Receiver<Weather>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        connections.spawn(lead(client, server, weather.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection: whichever way ends first ends it.
async fn lead(client: TcpStream, server: SocketAddr, weather: watch::Receiver<Weather>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client, server) = (Arc::new(client), Arc::new(server));
    let end = tokio::select! {
        end = pump(&client, &server, Way::ToServer, &weather) => end,
        end = pump(&server, &client, Way::ToClient, &weather) => end,
    };
    if end == End::Reset {
        // Not even those who read already are told that this is the end.
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Reset,
}

async fn pump(from: &TcpStream, to: &TcpStream, way: Way, weather: &watch::Receiver<Weather>) -> End {
    let mut buffer = vec![0; 16 * 1024];
    let mut swallows = false;
    loop {
        let Some(count) = read(from, &mut buffer).await else { return End::Closed };
        let now = *weather.borrow();
        swallows |= now.swallows(way);
        if swallows {
            continue;
        }
        let bytes = &buffer[..count];
        let written = match now {
            Weather::Reset => return End::Reset,
            Weather::Truncate => {
                let _ = write(to, &bytes[..count / 2]).await;
                return End::Closed;
            }
            Weather::Slow => trickle(to, bytes).await,
            _ => write(to, bytes).await,
        };
        if written.is_err() {
            return End::Closed;
        }
    }
}

/// None at the end.
async fn read(from: &TcpStream, buffer: &mut [u8]) -> Option<usize> {
    loop {
        from.readable().await.ok()?;
        match from.try_read(buffer) {
            Ok(0) => return None,
            Ok(count) => return Some(count),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

async fn write(to: &TcpStream, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn trickle(to: &TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for piece in bytes.chunks(64) {
        write(to, piece).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
