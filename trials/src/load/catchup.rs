//! Catch-up: a phone that was away fetches what it missed, from the opening of the connection to the last message.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use bytes::Bytes;
use hyper::Method;
use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::frame::AppServerFrame;
use tidings_protocol::id::AppId;
use tidings_protocol::limits;

use crate::agent::Agent;
use crate::load::figures::CatchupFigures;
use crate::load::histogram::Histogram;
use crate::load::proc::Measured;
use crate::phone::Phone;

const CONVERSATIONS: usize = 50;
const MESSAGES: usize = 1_000;

/// An agent writes 1,000 messages to one user in 50 threads, and then the user comes back `times` times, each time from the
/// place before them.
pub async fn measure(
    agent: &mut Agent,
    app_id: AppId,
    times: u32,
    measured: &Measured,
) -> anyhow::Result<CatchupFigures> {
    let address: SocketAddr = agent.address();
    let mut phone = Phone::anonymous(address, app_id).await?;
    let mut conversations = Vec::with_capacity(CONVERSATIONS);
    for _ in 0..CONVERSATIONS {
        conversations.push(phone.open_conversation(None).await?);
    }
    let before = phone.bootstrap().await?.cursor;
    for turn in 0..MESSAGES {
        agent.reply(conversations[turn % CONVERSATIONS], super::sends::TEXT).await?;
    }

    let (mut pages, mut socket) = (Histogram::default(), Histogram::default());
    let cpu = measured.cpu_seconds();
    let mut requests = 0;
    for _ in 0..times {
        let mut phone = phone.beside(address)?;
        let (mut cursor, mut received, mut took) = (before, 0, Duration::ZERO);
        requests = 0;
        loop {
            let path = format!("/app/v1/changes?after={cursor}&limit={}", limits::CHANGES);
            let started = Instant::now();
            let answer = phone.connection().call(Method::GET, &path, Bytes::new()).await?;
            // What we make of it is not the server's time.
            took += started.elapsed();
            requests += 1;
            let Catchup::Changes::<Conversation>(page) = answer.json()? else { bail!("another history") };
            received += page.changes.len();
            cursor = page.cursor;
            if !page.more {
                break;
            }
        }
        pages.record(took);
        ensure!(received == MESSAGES, "{received} changes came instead of {MESSAGES}");
    }
    let cpu = (measured.cpu_seconds() - cpu) / f64::from(times);
    for _ in 0..times {
        let started = Instant::now();
        let mut live = phone.beside(address)?.socket(before, false).await?;
        let mut received = 0;
        while received < MESSAGES {
            let wait = Duration::from_secs(30);
            let count = |frame| match frame {
                AppServerFrame::Changes(page) => Some(page.changes.len()),
                _ => None,
            };
            received += live.wait_for("changes", wait, count).await?;
        }
        socket.record(started.elapsed());
        live.close().await;
    }
    Ok(CatchupFigures::new(requests, &pages, &socket, cpu))
}
