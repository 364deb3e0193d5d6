//! Memory per idle socket: many phones are connected and nothing happens.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tidings_protocol::id::AppId;
use tokio::task::JoinSet;

use crate::load::figures::IdleFigures;
use crate::load::proc::Measured;
use crate::phone::Phone;
use crate::socket::Socket;

const AT_ONCE: usize = 32;

/// Connects so many phones, each another user, and gives the memory they cost and what the server spends on them.
pub async fn measure(
    address: SocketAddr,
    app_id: AppId,
    count: usize,
    watch: Duration,
    measured: &Measured,
) -> anyhow::Result<IdleFigures> {
    // The users first: what is measured is their sockets and not their signing in.
    let phones = gather(count, |_| Phone::anonymous(address, app_id)).await?;
    let mut waiting = Vec::with_capacity(count);
    for mut phone in phones {
        let cursor = phone.bootstrap().await?.cursor;
        // Their connections close with them; only the tokens are needed.
        waiting.push((phone.beside(address)?, cursor));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = measured.memory_kib();
    let mut waiting = waiting.into_iter();
    let sockets: Vec<Socket> = gather(count, |_| {
        let next = waiting.next();
        async move {
            let (mut phone, cursor) = next.ok_or_else(|| anyhow::anyhow!("fewer phones than sockets"))?;
            phone.socket(cursor, false).await
        }
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = measured.memory_kib();
    let (cpu, started) = (measured.cpu_seconds(), Instant::now());
    tokio::time::sleep(watch).await;
    let share = (measured.cpu_seconds() - cpu) / started.elapsed().as_secs_f64();
    drop(sockets);
    Ok(IdleFigures::new(count, after.saturating_sub(before), after, share))
}

/// Does the same `count` times, some at once.
async fn gather<T, F>(count: usize, mut make: impl FnMut(usize) -> F) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut all = Vec::with_capacity(count);
    for index in 0..count {
        if tasks.len() >= AT_ONCE
            && let Some(done) = tasks.join_next().await
        {
            all.push(done??);
        }
        tasks.spawn(make(index));
    }
    while let Some(done) = tasks.join_next().await {
        all.push(done??);
    }
    Ok(all)
}
