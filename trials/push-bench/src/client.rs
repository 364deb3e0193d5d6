//! The client alone: pushes over one connection, so many at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde::Serialize;
use serde_json::json;
use tidings_protocol::push::PushEnvironment;
use tidings_protocol::time::Timestamp;
use tidings_server::clock::Clock;
use tidings_server::push::apns::{Apns, ApnsPush, Endpoints};
use tidings_server::push::credential::ApnsKey;
use tidings_server::push::net::{Net, Trust};
use tidings_server::push::provider::Urgency;
use tidings_server::push::verdict::Verdict;
use tidings_trials::load::proc::own_cpu_seconds;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::standin::Standin;

/// What came of one measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Client {
    /// Pushes at a time.
    pub(crate) in_flight: usize,
    pub(crate) a_second: f64,
    /// Microseconds of processor time of the client's process, for each push.
    pub(crate) cpu_us: f64,
    /// Milliseconds.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Sends for so long with each number in flight.
pub(crate) async fn measure(standin: &Standin, time: Duration) -> anyhow::Result<Vec<Client>> {
    let config = standin.config();
    let net = Net::new(&Trust::load(config.extra_ca.as_deref())?);
    let endpoints = Endpoints { production: config.apns_url.clone(), sandbox: config.apns_url };
    let client =
        Arc::new(Apns::new(ApnsKey::parse(&standin.credential()?)?, endpoints, net, Clock::system()));
    // The connection, and the one verification of the provider token.
    ensure!(accepted(&client.send(push(0, body())).await), "the stand-in refuses the first push");
    let mut all = Vec::new();
    for in_flight in [1, 32, 256] {
        all.push(at(&client, in_flight, time).await?);
    }
    Ok(all)
}

async fn at(client: &Arc<Apns>, in_flight: usize, time: Duration) -> anyhow::Result<Client> {
    let (number, body) = (Arc::new(AtomicU64::new(1)), Arc::new(body()));
    let (begun, cpu) = (Instant::now(), own_cpu_seconds());
    let mut senders = JoinSet::new();
    for _ in 0..in_flight {
        let (client, number, body) = (client.clone(), number.clone(), body.clone());
        senders.spawn(async move {
            let (mut times, mut refused) = (Vec::new(), 0_usize);
            while begun.elapsed() < time {
                let sent = Instant::now();
                let verdict =
                    client.send(push(number.fetch_add(1, Ordering::Relaxed), String::clone(&body))).await;
                times.push(sent.elapsed());
                refused += usize::from(!accepted(&verdict));
            }
            (times, refused)
        });
    }
    let (mut times, mut refused) = (Vec::new(), 0);
    while let Some(sender) = senders.join_next().await {
        let (some, not) = sender?;
        times.extend(some);
        refused += not;
    }
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), own_cpu_seconds() - cpu);
    ensure!(refused == 0, "{refused} of {} pushes were not accepted", times.len());
    times.sort_unstable();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e3;
    let count = count(times.len());
    let (p50_ms, p99_ms) = (at(50), at(99));
    Ok(Client { in_flight, a_second: count / seconds, cpu_us: cpu * 1e6 / count, p50_ms, p99_ms })
}

/// As a divisor.
#[expect(clippy::cast_precision_loss, reason = "nobody measures 2^52 pushes")]
pub(crate) const fn count(n: usize) -> f64 {
    n as f64
}

const fn accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted { .. })
}

/// One of many.
fn push(number: u64, body: String) -> ApnsPush<'static> {
    let id = Uuid::from_u64_pair(0x0197_0000_0000_7000, number);
    ApnsPush {
        token: "00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd44ee55ff00aa11bb22cc33dd",
        environment: PushEnvironment::Production,
        id,
        collapse_id: id.to_string(),
        urgency: Urgency::High,
        expires_at: Timestamp::from_unix_ms(1_895_253_400_999),
        body,
    }
}

/// As large as one that the server makes. Made once: rendering is a cost of the whole way, not of the client.
fn body() -> String {
    let tidings = json!({
        "v": 1, "user_id": "usr_01m7zhzgdnfd98d05r0qfcn1tv", "conversation_id": "cnv_01m7zhzgdnfd98d05r0qfcn1tv",
        "message_id": "msg_01m7zhzgdnfd98d05r0qfcn1tv", "seq": 1_000_000, "badge": 3,
    });
    let aps = json!({
        "alert": { "title": "Shop", "body": "New message" }, "badge": 3, "sound": "default",
        "thread-id": "cnv_01m7zhzgdnfd98d05r0qfcn1tv", "mutable-content": 1,
    });
    json!({ "aps": aps, "tidings": tidings }).to_string()
}
