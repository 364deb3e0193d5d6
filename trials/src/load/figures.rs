//! What was measured: as JSON, and as lines of a table.

use std::time::Duration;

use serde::Serialize;

use crate::load::delivery::Way;
use crate::load::histogram::Histogram;

/// Everything measured of one database.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Milliseconds from the start of the process until it is ready; each start.
    pub start_ms: Vec<f64>,
    /// KiB of the server's memory (PSS) a while after it was started.
    pub rest_kib: Option<u64>,
    /// Delivery end to end.
    pub delivery: Vec<DeliveryFigures>,
    /// A phone that was away.
    pub catchup: Option<CatchupFigures>,
    /// Pages of a long thread.
    pub history: Option<HistoryFigures>,
    /// Idle sockets.
    pub idle: Vec<IdleFigures>,
}

/// The sends of one contender.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// `floor`, `sqlite`, `postgres`, `pgbench`.
    pub name: String,
    /// By number of senders.
    pub sends: Vec<SendFigures>,
    /// KiB of memory (PSS) of its first process when all rounds were over; nothing is known of PostgreSQL itself.
    pub after_load_kib: Option<u64>,
}

impl Series {
    /// With so many senders.
    pub fn with(&self, senders: usize) -> Option<&SendFigures> {
        self.sends.iter().find(|figures| figures.senders == senders)
    }
}

/// Acknowledged sends.
#[derive(Debug, Clone, Serialize)]
pub struct SendFigures {
    /// How many senders at once.
    pub senders: usize,
    /// Messages acknowledged.
    pub messages: u64,
    /// Of them each second.
    pub per_second: f64,
    /// Milliseconds to the acknowledgement.
    pub p50_ms: f64,
    /// The same, where it is known.
    pub p95_ms: Option<f64>,
    /// The same.
    pub p99_ms: Option<f64>,
    /// Seconds of processor time of the server and its database for 1,000 messages.
    pub cpu_seconds_per_1000: f64,
    /// The share of one core that the generator itself used.
    pub generator_cores: f64,
}

impl SendFigures {
    /// From what was counted in so many seconds.
    pub fn new(senders: usize, sent: &Histogram, seconds: f64, cpu: f64, generator_cpu: f64) -> Self {
        let messages = count(sent);
        Self {
            senders,
            messages: sent.count(),
            per_second: messages / seconds,
            p50_ms: sent.percentile_ms(0.50),
            p95_ms: Some(sent.percentile_ms(0.95)),
            p99_ms: Some(sent.percentile_ms(0.99)),
            cpu_seconds_per_1000: cpu * 1000.0 / messages.max(1.0),
            generator_cores: generator_cpu / seconds,
        }
    }

    /// The middle of several rounds, figure by figure; nothing of no rounds.
    pub fn middle(rounds: &[Self]) -> Option<Self> {
        let of = |figure: fn(&Self) -> f64| middle(&rounds.iter().map(figure).collect::<Vec<_>>());
        let some = |figure: fn(&Self) -> Option<f64>| {
            rounds.iter().map(figure).collect::<Option<Vec<_>>>().map(|values| middle(&values))
        };
        Some(Self {
            senders: rounds.first()?.senders,
            messages: rounds.iter().map(|round| round.messages).sum(),
            per_second: of(|round| round.per_second),
            p50_ms: of(|round| round.p50_ms),
            p95_ms: some(|round| round.p95_ms),
            p99_ms: some(|round| round.p99_ms),
            cpu_seconds_per_1000: of(|round| round.cpu_seconds_per_1000),
            generator_cores: of(|round| round.generator_cores),
        })
    }
}

/// Delivery from one side to the other's socket.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryFigures {
    /// `user to agent` or `agent to user`.
    pub way: &'static str,
    /// 1: both at the same node; 2: the sender at one, the socket at another.
    pub nodes: u8,
    /// Messages a second in all.
    pub rate: u32,
    /// How many were sent; all arrived.
    pub messages: u64,
    /// Milliseconds from the moment a message was due to the frame that held it.
    pub p50_ms: f64,
    /// The same.
    pub p95_ms: f64,
    /// The same.
    pub p99_ms: f64,
    /// Milliseconds from the sender's acknowledgement to that frame; 0 when the frame came first.
    pub after_acknowledgement_p50_ms: f64,
    /// The same.
    pub after_acknowledgement_p99_ms: f64,
    /// Seconds of processor time of the server and its database for 1,000 messages, waiting included.
    pub cpu_seconds_per_1000: f64,
}

impl DeliveryFigures {
    /// From what was counted.
    pub fn new(way: Way, nodes: u8, rate: u32, whole: &Histogram, after: &Histogram, cpu: f64) -> Self {
        Self {
            way: if way == Way::ToAgent { "user to agent" } else { "agent to user" },
            nodes,
            rate,
            messages: whole.count(),
            p50_ms: whole.percentile_ms(0.50),
            p95_ms: whole.percentile_ms(0.95),
            p99_ms: whole.percentile_ms(0.99),
            after_acknowledgement_p50_ms: after.percentile_ms(0.50),
            after_acknowledgement_p99_ms: after.percentile_ms(0.99),
            cpu_seconds_per_1000: cpu * 1000.0 / count(whole).max(1.0),
        }
    }
}

/// 1,000 messages in 50 threads.
#[derive(Debug, Clone, Serialize)]
pub struct CatchupFigures {
    /// Requests that it took.
    pub requests: u32,
    /// Milliseconds over HTTP, from the opening of the connection to the last byte of the last answer.
    pub pages_p50_ms: f64,
    /// The slowest.
    pub pages_max_ms: f64,
    /// Milliseconds on a socket.
    pub socket_p50_ms: f64,
    /// Milliseconds of processor time of server and database for one catch-up over HTTP.
    pub cpu_ms: f64,
}

impl CatchupFigures {
    /// From what was counted.
    pub fn new(requests: u32, pages: &Histogram, socket: &Histogram, cpu_seconds: f64) -> Self {
        Self {
            requests,
            pages_p50_ms: pages.percentile_ms(0.5),
            pages_max_ms: pages.percentile_ms(1.0),
            socket_p50_ms: socket.percentile_ms(0.5),
            cpu_ms: cpu_seconds * 1000.0,
        }
    }
}

/// Pages of 50 out of a long thread.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryFigures {
    /// How many messages the thread has.
    pub messages: usize,
    /// Seconds that it took to write them, by 64 writers into this one thread.
    pub filled_s: f64,
    /// Milliseconds for the newest page.
    pub newest_p50_ms: f64,
    /// The same.
    pub newest_p95_ms: f64,
    /// Milliseconds for a page from the middle.
    pub middle_p50_ms: f64,
    /// The same.
    pub middle_p95_ms: f64,
}

impl HistoryFigures {
    /// From what was counted.
    pub fn new(messages: usize, filled: Duration, newest: &Histogram, middle: &Histogram) -> Self {
        Self {
            messages,
            filled_s: filled.as_secs_f64(),
            newest_p50_ms: newest.percentile_ms(0.5),
            newest_p95_ms: newest.percentile_ms(0.95),
            middle_p50_ms: middle.percentile_ms(0.5),
            middle_p95_ms: middle.percentile_ms(0.95),
        }
    }
}

/// Idle authenticated sockets.
#[derive(Debug, Clone, Serialize)]
pub struct IdleFigures {
    /// How many.
    pub sockets: usize,
    /// KiB of the server's memory (PSS) for each.
    pub kib_each: f64,
    /// KiB of the server's memory (PSS) with all of them.
    pub kib_in_all: u64,
    /// The share of one core that they cost while nothing happens.
    pub cores: f64,
}

impl IdleFigures {
    /// From what was read.
    pub fn new(sockets: usize, more_kib: u64, kib_in_all: u64, cores: f64) -> Self {
        let kib = u32::try_from(more_kib).map_or(f64::INFINITY, f64::from);
        let each = u32::try_from(sockets).map_or(0.0, |sockets| kib / f64::from(sockets.max(1)));
        Self { sockets, kib_each: each, kib_in_all, cores }
    }
}

impl Figures {
    /// The lines that a person reads.
    pub fn table(&self) -> String {
        let mut lines = vec![format!("{}:", self.database)];
        if !self.start_ms.is_empty() {
            lines.push(format!("  ready {:.0} ms after its start", middle(&self.start_ms)));
        }
        lines.extend(self.rest_kib.map(|kib| format!("  memory at rest: {:.1} MiB", mib(kib))));
        if !self.delivery.is_empty() {
            lines.push(
                "  delivery        nodes  msg/s    p50 ms   p95 ms   p99 ms   after ack p50 / p99   CPU s/1000"
                    .to_owned(),
            );
        }
        for way in &self.delivery {
            lines.push(format!(
                "  {:<14} {:>6} {:>6} {:>9.2} {:>8.2} {:>8.2} {:>12.2} / {:<6.2} {:>10.3}",
                way.way,
                way.nodes,
                way.rate,
                way.p50_ms,
                way.p95_ms,
                way.p99_ms,
                way.after_acknowledgement_p50_ms,
                way.after_acknowledgement_p99_ms,
                way.cpu_seconds_per_1000
            ));
        }
        if let Some(figures) = &self.catchup {
            lines.push(format!(
                "  catch-up of 1,000 messages in 50 conversations: {} requests, {:.1} ms (slowest {:.1}), on a socket {:.1} ms, CPU {:.1} ms",
                figures.requests, figures.pages_p50_ms, figures.pages_max_ms, figures.socket_p50_ms, figures.cpu_ms
            ));
        }
        if let Some(figures) = &self.history {
            lines.push(format!(
                "  page of 50 out of {}: newest {:.2} ms (p95 {:.2}), middle {:.2} ms (p95 {:.2}); filled in {:.0} s",
                figures.messages,
                figures.newest_p50_ms,
                figures.newest_p95_ms,
                figures.middle_p50_ms,
                figures.middle_p95_ms,
                figures.filled_s
            ));
        }
        for figures in &self.idle {
            lines.push(format!(
                "  {} idle sockets: {:.1} KiB each, {:.1} MiB in all, {:.3} cores",
                figures.sockets,
                figures.kib_each,
                mib(figures.kib_in_all),
                figures.cores
            ));
        }
        lines.join("\n")
    }
}

impl Series {
    /// What stands above the lines of all series.
    pub const HEAD: &str =
        "            senders   msg/s    p50 ms   p95 ms   p99 ms   CPU s/1000   generator cores";

    /// The lines that a person reads.
    pub fn table(&self) -> String {
        let lines = self.sends.iter().map(|figures| format!("{:<10}{}", self.name, figures.line()));
        let memory = self
            .after_load_kib
            .map(|kib| format!("{:<10}  memory afterwards: {:.1} MiB", self.name, mib(kib)));
        lines.chain(memory).collect::<Vec<_>>().join("\n")
    }
}

impl SendFigures {
    fn line(&self) -> String {
        let known = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        format!(
            "  {:>7} {:>7.0} {:>9.2} {:>8} {:>8} {:>12.3} {:>10.2}",
            self.senders,
            self.per_second,
            self.p50_ms,
            known(self.p95_ms),
            known(self.p99_ms),
            self.cpu_seconds_per_1000,
            self.generator_cores
        )
    }
}

fn count(histogram: &Histogram) -> f64 {
    u32::try_from(histogram.count()).map_or(f64::INFINITY, f64::from)
}

/// MiB.
pub fn mib(kib: u64) -> f64 {
    u32::try_from(kib).map_or(f64::INFINITY, f64::from) / 1024.0
}

/// The one in the middle when they are sorted.
pub fn middle(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
