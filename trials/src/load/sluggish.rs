//! Sockets whose other side does not read: a browser tab that was put to sleep, a phone in a tunnel.

use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time;

use crate::agent::Agent;
use crate::socket::Socket;

/// What the system may hold back for us: so little that the server notices at once.
const RECEIVED_UNREAD: u32 = 4 * 1024;

/// Opens so many sockets on all teams of an agent, and reads nothing from them.
pub async fn open(agent: &mut Agent, count: usize) -> anyhow::Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let teams = agent.cursors().await?;
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(RECEIVED_UNREAD)?;
        let stream = socket.connect(agent.address()).await.context("cannot connect")?;
        sockets.push(agent.socket_over(stream, teams).await?);
    }
    Ok(sockets)
}

/// Reads at last, from all at once, and counts those that the server had given up.
pub async fn count_closed(sockets: Vec<Socket>) -> anyhow::Result<usize> {
    let mut tasks = JoinSet::new();
    for mut socket in sockets {
        tasks.spawn(async move {
            // Whoever is still connected hears nothing more once everything that was held back has been read.
            while let Ok(text) = time::timeout(Duration::from_secs(1), socket.text()).await {
                if text.is_err() {
                    return 1;
                }
            }
            0
        });
    }
    let mut closed = 0;
    while let Some(done) = tasks.join_next().await {
        closed += done?;
    }
    Ok(closed)
}
