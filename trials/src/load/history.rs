//! A page of 50 out of a thread of 100,000 messages: the newest, and one from the middle.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tidings_protocol::app::MessageList;
use tidings_protocol::id::AppId;
use tokio::task::JoinSet;

use crate::load::figures::HistoryFigures;
use crate::load::histogram::Histogram;
use crate::load::sends::Sender;
use crate::phone::{self, Phone};

const WRITERS: usize = 64;

/// Fills the thread through the API, and then fetches each page `times` times.
pub async fn measure(
    address: std::net::SocketAddr,
    app_id: AppId,
    messages: usize,
    times: u32,
) -> anyhow::Result<HistoryFigures> {
    let mut phone = Phone::anonymous(address, app_id).await?;
    let conversation = phone.open_conversation(None).await?;
    let path = phone::messages_path(conversation);
    let started = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let mut sender = Sender::into(phone.beside(address)?, &path)?;
        let share = messages / WRITERS + usize::from(writer < messages % WRITERS);
        writers.spawn(async move {
            for _ in 0..share {
                sender.send().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    let filled = started.elapsed();

    let middle = format!("{path}?before={}&limit=50", messages / 2);
    let newest = pages(&mut phone, &format!("{path}?limit=50"), messages, times).await?;
    let middle = pages(&mut phone, &middle, messages / 2 - 1, times).await?;
    Ok(HistoryFigures::new(messages, filled, &newest, &middle))
}

async fn pages(phone: &mut Phone, path: &str, last: usize, times: u32) -> anyhow::Result<Histogram> {
    let mut histogram = Histogram::default();
    for turn in 0..=times {
        let started = Instant::now();
        let page: MessageList = phone.connection().get(path).await?;
        // The first fetch fills caches that a server in use has full.
        if turn > 0 {
            histogram.record(started.elapsed());
        }
        let numbers: Vec<i64> = page.messages.iter().map(|message| message.seq).collect();
        let last = i64::try_from(last)?;
        ensure!(
            numbers == (last - 49..=last).collect::<Vec<_>>(),
            "another page than asked for: {numbers:?}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(histogram)
}
