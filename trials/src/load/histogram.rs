//! Durations in buckets that grow with what they hold: 64 for each doubling, so a percentile is right within 1.6 %.

use std::time::Duration;

const BITS: u32 = 6;
const PER_DOUBLING: usize = 1 << BITS;

/// Durations from a microsecond up, counted.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; PER_DOUBLING * 40], count: 0 }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, duration: Duration) {
        let last = self.buckets.len() - 1;
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.buckets[index(micros).min(last)] += 1;
        self.count += 1;
    }

    /// Counts everything that another has counted.
    pub fn add(&mut self, other: &Self) {
        for (ours, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *ours += theirs;
        }
        self.count += other.count;
    }

    /// How many were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The milliseconds within which this share (0 to 1) of them lies.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count of at most some millions"
        )]
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return middle(bucket) / 1000.0;
            }
        }
        0.0
    }
}

/// Exact below 64 µs; from there the upper six bits after the first choose the bucket.
fn index(micros: u64) -> usize {
    let doubling = micros.checked_ilog2().unwrap_or(0).saturating_sub(BITS - 1);
    let within = usize::try_from(micros >> doubling).unwrap_or(0);
    if doubling == 0 { within } else { PER_DOUBLING / 2 * usize::try_from(doubling).unwrap_or(0) + within }
}

fn middle(bucket: usize) -> f64 {
    let half = PER_DOUBLING / 2;
    let doubling = (bucket / half).saturating_sub(1);
    let within = bucket - half * doubling;
    let width = 2_f64.powi(i32::try_from(doubling).unwrap_or(0));
    let low = f64::from(u32::try_from(within).unwrap_or(0)) * width;
    low + (width - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_within_a_few_percent() {
        let mut histogram = Histogram::default();
        for micros in 1..=100_000 {
            histogram.record(Duration::from_micros(micros));
        }
        for (share, expected) in [(0.001, 0.1), (0.5, 50.0), (0.95, 95.0), (0.99, 99.0), (1.0, 100.0)] {
            let got = histogram.percentile_ms(share);
            assert!((got - expected).abs() <= expected * 0.02, "{share}: {got} instead of {expected}");
        }
        assert_eq!(histogram.count(), 100_000);
    }

    #[test]
    fn what_is_very_long_falls_into_the_last_bucket_and_nothing_is_not_a_number() {
        let mut histogram = Histogram::default();
        assert!(histogram.percentile_ms(0.5).abs() < f64::EPSILON);
        histogram.record(Duration::from_secs(u64::MAX / 2));
        assert!(histogram.percentile_ms(0.5) > 1e6);
    }
}
