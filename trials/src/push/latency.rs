//! How long a push takes, from the acknowledged reply to the service.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde::Serialize;

use super::Stand;
use super::books::first_arrivals;
use super::fleet::Handset;
use crate::agent::Agent;
use crate::clock;
use crate::scene::Scene;

/// Phones that are asked.
pub(super) const PHONES: usize = 50;
/// Messages to each: in two threads, so fewer than make a burst.
const MESSAGES: usize = 6;
/// A push that waits for a service to answer waits for seconds; a busy machine costs less.
const HELD_UP_MS: i64 = 2_000;

/// Milliseconds, and how many pushes took so long that they must have waited for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Latency {
    p50_ms: i64,
    p99_ms: i64,
    longest_ms: i64,
    pub(super) held_up: usize,
}

impl Latency {
    fn of(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            times.get(place).copied().unwrap_or_default()
        };
        let held_up = times.iter().filter(|time| **time >= HELD_UP_MS).count();
        Self { p50_ms: at(50), p99_ms: at(99), longest_ms: at(100), held_up }
    }
}

/// One message after the other to phones without trouble, each timed.
pub(super) async fn measure(scene: &Scene, stand: &Stand, phones: &mut [Handset]) -> anyhow::Result<Latency> {
    let mut agent: Agent = scene.agent().await?;
    let mut taken = Vec::new();
    for round in 0..MESSAGES {
        for phone in phones.iter_mut() {
            let message = agent.reply(phone.take_turn(0, round), "How long does this take?").await?;
            taken.push((message.id, clock::now().unix_ms()));
        }
    }
    let limit = Instant::now() + Duration::from_mins(1);
    loop {
        let arrivals = first_arrivals(stand);
        let times: Vec<_> =
            taken.iter().filter_map(|(id, said)| Some((arrivals.get(id)? - said).max(0))).collect();
        if times.len() == taken.len() {
            return Ok(Latency::of(times));
        }
        ensure!(
            Instant::now() < limit,
            "{} of {} probes have not arrived",
            taken.len() - times.len(),
            taken.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waited_for_one_that_hangs_is_counted() {
        let quick = Latency::of(vec![3; 199]);
        assert_eq!((quick.p50_ms, quick.p99_ms, quick.held_up), (3, 3, 0));
        let times = (1..=200).map(|n| if n > 197 { 20_000 } else { n }).collect();
        let one = Latency::of(times);
        assert_eq!((one.p50_ms, one.p99_ms, one.longest_ms, one.held_up), (101, 20_000, 20_000, 3));
    }
}
