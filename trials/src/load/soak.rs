//! The long stretch: what grows a little every minute shows only after many.

use std::time::Duration;

use anyhow::Context as _;
use hyper::{HeaderMap, Method};
use serde::Serialize;

use crate::http::Connection;
use crate::load::figures::middle;
use crate::load::proc::Measured;
use crate::load::work::{Stretch, Work};
use crate::server::Server;

/// Between two looks.
const STEP: Duration = Duration::from_secs(10);

/// What was seen.
#[derive(Debug, Clone, Serialize)]
pub struct Soak {
    /// How long.
    pub minutes: f64,
    /// Messages in that time.
    pub messages: u64,
    /// The middle of the stretches, milliseconds.
    pub acknowledged_p50_ms: f64,
    /// The worst of the stretches, milliseconds.
    pub acknowledged_p99_ms: f64,
    /// KiB of memory (PSS) at each look.
    pub memory_kib: Vec<f64>,
    /// By how many KiB it grows each hour, over the second half, when caches are full.
    pub memory_kib_per_hour: f64,
    /// Commands that waited for the writer at each look.
    pub queue: Vec<f64>,
    /// By how many that number grows each hour, over the second half.
    pub queue_per_hour: f64,
}

/// Goes on working and looks at the server again and again.
pub async fn soak(
    work: &mut Work,
    server: &Server,
    measured: &Measured,
    rate: u32,
    duration: Duration,
) -> anyhow::Result<Soak> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let (mut memory_kib, mut queue) = (Vec::new(), Vec::new());
    let mut metrics = Connection::new(server.address(), HeaderMap::new())?;
    let steps = (duration.as_secs() / STEP.as_secs()).max(1);
    for step in 0..steps {
        stretches.push(work.go_on("soak", rate, STEP).await?);
        memory_kib.push(f64::from(u32::try_from(measured.memory_kib())?));
        queue.push(waiting(&mut metrics).await?);
        if step % 6 == 5 {
            let minute = (step + 1) / 6;
            eprintln!("soak: minute {minute}, {:.1} MiB", memory_kib.last().unwrap_or(&0.0) / 1024.0);
        }
    }
    let p50: Vec<f64> = stretches.iter().map(|stretch| stretch.acknowledged_p50_ms).collect();
    let worst = stretches.iter().map(|stretch| stretch.acknowledged_p99_ms).fold(0.0, f64::max);
    Ok(Soak {
        minutes: duration.as_secs_f64() / 60.0,
        messages: stretches.iter().map(|stretch| stretch.messages).sum(),
        acknowledged_p50_ms: middle(&p50),
        acknowledged_p99_ms: worst,
        memory_kib_per_hour: slope_per_hour(&memory_kib),
        queue_per_hour: slope_per_hour(&queue),
        memory_kib,
        queue,
    })
}

impl Soak {
    /// What a person reads.
    pub fn line(&self) -> String {
        let mib = |kib: Option<&f64>| kib.map_or(0.0, |kib| kib / 1024.0);
        format!(
            "  soak of {:.0} minutes, {} messages: acknowledged p50 {:.2} ms, worst p99 {:.2} ms; memory {:.1} to {:.1} MiB, {:+.0} KiB an hour; queue {:+.1} an hour",
            self.minutes,
            self.messages,
            self.acknowledged_p50_ms,
            self.acknowledged_p99_ms,
            mib(self.memory_kib.first()),
            mib(self.memory_kib.last()),
            self.memory_kib_per_hour,
            self.queue_per_hour
        )
    }
}

async fn waiting(metrics: &mut Connection) -> anyhow::Result<f64> {
    const NAME: &str = "tidings_store_queue";
    let answer = metrics.call(Method::GET, "/metrics", bytes::Bytes::new()).await?.success()?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let line = text.lines().find(|line| line.starts_with(NAME)).context("no queue among the metrics")?;
    line.rsplit(' ')
        .next()
        .and_then(|value| value.parse().ok())
        .with_context(|| format!("not a figure: {line}"))
}

/// The straight line through the second half of what was seen every [`STEP`].
fn slope_per_hour(seen: &[f64]) -> f64 {
    let late = &seen[seen.len() / 2..];
    let count = f64::from(u32::try_from(late.len()).unwrap_or(u32::MAX));
    let times: Vec<f64> = (0..late.len()).map(|step| f64::from(u32::try_from(step).unwrap_or(0))).collect();
    let (mean_time, mean) = (times.iter().sum::<f64>() / count, late.iter().sum::<f64>() / count);
    let over: f64 = times.iter().zip(late).map(|(time, value)| (time - mean_time) * (value - mean)).sum();
    let under: f64 = times.iter().map(|time| (time - mean_time).powi(2)).sum();
    if under > 0.0 { over / under * 3600.0 / STEP.as_secs_f64() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_second_half() {
        // A jump while caches fill, then one more every ten seconds.
        let seen: Vec<f64> =
            (0..20).map(|step| if step < 8 { 0.0 } else { 1000.0 + f64::from(step) }).collect();
        assert!((slope_per_hour(&seen) - 360.0).abs() < 1e-6);
        assert!(slope_per_hour(&[5.0, 5.0, 5.0, 5.0]).abs() < 1e-9);
        assert!(slope_per_hour(&[5.0]).abs() < 1e-9);
    }
}
