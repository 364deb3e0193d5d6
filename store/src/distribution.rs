//! How something that is measured often is spread: how many measures were at most so large.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of one distribution.
const BOUNDS: usize = 9;

/// A distribution as it was at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distribution {
    /// An upper bound, and how many measures were at most so large; the bounds rise.
    pub at_most: [(f64, u64); BOUNDS],
    /// How many measures there were.
    pub count: u64,
    /// All measures together.
    pub sum: f64,
}

/// Counts measures, from any number of threads. Bounds and measures are whole numbers of a small unit.
pub(crate) struct Counting {
    bounds: [u64; BOUNDS],
    /// How many units make one of what is shown.
    unit: u32,
    /// For each bound how many were at most so large and larger than the one before; the last for all larger ones.
    counts: [AtomicU64; BOUNDS + 1],
    sum: AtomicU64,
}

impl Counting {
    pub(crate) fn of(bounds: [u64; BOUNDS], unit: u32) -> Self {
        Self { bounds, unit, counts: Default::default(), sum: AtomicU64::new(0) }
    }

    pub(crate) fn count(&self, measure: u64) {
        let place = self.bounds.partition_point(|bound| *bound < measure);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(measure, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Distribution {
        let mut count = 0;
        let mut so_far = |place: usize| {
            count += self.counts[place].load(Ordering::Relaxed);
            count
        };
        let at_most = std::array::from_fn(|place| (self.shown(self.bounds[place]), so_far(place)));
        let count = so_far(BOUNDS);
        Distribution { at_most, count, sum: self.shown(self.sum.load(Ordering::Relaxed)) }
    }

    #[expect(clippy::cast_precision_loss, reason = "2^52 microseconds are 142 years")]
    fn shown(&self, units: u64) -> f64 {
        units as f64 / f64::from(self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_counts_below_every_bound_that_it_does_not_exceed() {
        let counting = Counting::of([1, 2, 4, 8, 16, 32, 64, 128, 256], 2);
        for measure in [1, 2, 3, 4, 300] {
            counting.count(measure);
        }
        let now = counting.now();
        let at_most: Vec<_> = now.at_most.iter().map(|(_, count)| *count).collect();
        assert_eq!(at_most, [1, 2, 4, 4, 4, 4, 4, 4, 4]);
        assert_eq!((now.at_most[1].0, now.count, now.sum.to_bits()), (1.0, 5, 155.0_f64.to_bits()));
    }
}
