//! How long to wait after a failure: exponential with full jitter, so that phones that failed together do not come
//! back together.

/// The first wait is at most this long.
const BASE_MS: u64 = 1_000;
/// No wait is longer, unless the server asks for it.
pub(crate) const CAP_MS: u64 = 60_000;
/// The longest wait that a server can ask for; more would look like a fault to the person who waits.
const ASKED_CAP_MS: u64 = 3_600_000;

/// A wait before another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    /// The steady clock's reading at which it ends.
    pub(crate) until: u64,
    /// Who set it.
    pub(crate) set_by: SetBy,
}

/// Who set a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// We did: good news - a network, the app on the screen - ends it.
    Us,
    /// The server did: it is obeyed to the end.
    Server,
}

/// When an event happens, and a random number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Milliseconds of the steady clock.
    pub(crate) now: u64,
    /// Over the whole range.
    pub(crate) roll: u64,
}

/// The wait after the `failures`-th failure in a row, counted from 1.
pub(crate) fn wait(moment: Moment, failures: u32, asked_ms: Option<u64>) -> Wait {
    if let Some(asked) = asked_ms {
        // Not all at the same moment either: up to a tenth more.
        let asked = asked.min(ASKED_CAP_MS);
        return Wait { until: moment.now + asked + moment.roll % (asked / 10 + 1), set_by: SetBy::Server };
    }
    let doublings = failures.saturating_sub(1).min(16);
    let most = (BASE_MS << doublings).min(CAP_MS);
    Wait { until: moment.now + moment.roll % (most + 1), set_by: SetBy::Us }
}

/// The pause before somebody who looks at the screen may ask for the same again: short, growing, and never nothing.
pub(crate) fn pause(moment: Moment, failures: u32, asked_ms: Option<u64>) -> Wait {
    const PAUSE_CAP_MS: u64 = 15_000;
    if asked_ms.is_some() {
        return wait(moment, failures, asked_ms);
    }
    let doublings = failures.saturating_sub(1).min(16);
    let most = (BASE_MS << doublings).min(PAUSE_CAP_MS);
    Wait { until: moment.now + most / 2 + moment.roll % (most / 2 + 1), set_by: SetBy::Us }
}

/// A wait within a window that the server chose for everybody.
pub(crate) fn within(moment: Moment, min_ms: u64, max_ms: u64) -> Wait {
    let min = min_ms.min(ASKED_CAP_MS);
    let span = max_ms.clamp(min, ASKED_CAP_MS) - min;
    Wait { until: moment.now + min + moment.roll % (span + 1), set_by: SetBy::Us }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_stays_within_its_bounds(now in 0_u64..1 << 40, roll: u64, failures: u32) {
            let wait = wait(Moment { now, roll }, failures, None);
            prop_assert!(wait.until >= now && wait.until <= now + CAP_MS);
            if failures <= 1 {
                prop_assert!(wait.until <= now + BASE_MS);
            }
        }

        #[test]
        fn the_server_is_never_asked_earlier_than_it_said(roll: u64, asked in 0_u64..3_600_000) {
            let wait = wait(Moment { now: 5, roll }, 1, Some(asked));
            prop_assert!(wait.until >= 5 + asked && wait.set_by == SetBy::Server);
        }

        #[test]
        fn a_pause_is_never_nothing_and_never_long(roll: u64, failures: u32) {
            let pause = pause(Moment { now: 5, roll }, failures, None);
            prop_assert!((505..=15_005).contains(&pause.until));
            prop_assert!(failures > 1 || pause.until <= 1_005);
        }

        #[test]
        fn a_window_is_kept(roll: u64, min in 0_u64..10_000, span in 0_u64..10_000) {
            let wait = within(Moment { now: 7, roll }, min, min + span);
            prop_assert!((7 + min..=7 + min + span).contains(&wait.until));
        }
    }

    #[test]
    fn a_hostile_window_does_not_overflow() {
        let wait = within(Moment { now: 0, roll: u64::MAX }, u64::MAX, 0);
        assert_eq!(wait.until, ASKED_CAP_MS);
    }
}
