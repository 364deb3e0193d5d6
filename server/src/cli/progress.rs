//! How far a long command is: a bar on a terminal, a line now and then anywhere else. Both go to standard error.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tidings_store::archive::{OnProgress, Progress, Stage};

/// A bar is drawn again after so long.
const DRAW: Duration = Duration::from_millis(100);
/// A line is written after so long.
const LINE: Duration = Duration::from_secs(10);
/// Characters of a full bar.
const WIDTH: u64 = 30;

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bar,
    Lines,
}

struct Shown {
    form: Form,
    stage: Option<(Stage, Instant)>,
    last: Option<Instant>,
}

/// Shows progress on standard error.
pub(super) fn show() -> OnProgress {
    let form = if std::io::stderr().is_terminal() { Form::Bar } else { Form::Lines };
    let shown = Mutex::new(Shown { form, stage: None, last: None });
    Arc::new(move |progress| {
        let text = shown.lock().unwrap_or_else(PoisonError::into_inner).tell(progress, Instant::now());
        if let Some(text) = text {
            // There is nowhere else to say it.
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    })
}

impl Shown {
    /// What is to be written now, if anything.
    fn tell(&mut self, progress: Progress, now: Instant) -> Option<String> {
        let begun = match self.stage {
            Some((stage, begun)) if stage == progress.stage => begun,
            _ => {
                self.stage = Some((progress.stage, now));
                self.last = (self.form == Form::Lines).then_some(now);
                now
            }
        };
        let complete = progress.done >= progress.total;
        let pause = if self.form == Form::Bar { DRAW } else { LINE };
        let due = self.last.is_none_or(|last| now.duration_since(last) >= pause);
        // A stage without rows begins and ends at once.
        if !(due || complete) {
            return None;
        }
        self.last = Some(now);
        let seconds = now.duration_since(begun).as_secs_f64();
        let text = line(progress, seconds);
        Some(match self.form {
            Form::Lines => format!("{text}\n"),
            Form::Bar => format!("\r{text}\x1b[K{}", if complete { "\n" } else { "" }),
        })
    }
}

fn line(Progress { stage, done, total }: Progress, seconds: f64) -> String {
    let word = match stage {
        Stage::Saving => "saving   ",
        Stage::Verifying => "verifying",
        Stage::Filling => "filling  ",
        Stage::Comparing => "comparing",
        Stage::Scanning => "scanning ",
    };
    let filled = done.min(total).saturating_mul(WIDTH).checked_div(total).unwrap_or(WIDTH);
    let bar: String = (0..WIDTH).map(|at| if at < filled { '█' } else { '░' }).collect();
    format!("{word} {bar} {done} of {total} rows, {seconds:.1} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u64) -> Progress {
        Progress { stage: Stage::Saving, done, total: 100 }
    }

    #[test]
    fn a_terminal_sees_a_bar_that_is_not_drawn_too_often() {
        let mut shown = Shown { form: Form::Bar, stage: None, last: None };
        let now = Instant::now();
        let first = shown.tell(progress(0), now).unwrap();
        assert!(first.starts_with('\r') && !first.ends_with('\n'), "{first}");
        assert_eq!(shown.tell(progress(10), now), None);
        let half = shown.tell(progress(50), now + DRAW).unwrap();
        assert!(half.contains("███████████████░") && half.contains("50 of 100"), "{half}");
        assert!(shown.tell(progress(100), now + DRAW).unwrap().ends_with('\n'));
    }

    #[test]
    fn a_file_sees_few_lines() {
        let mut shown = Shown { form: Form::Lines, stage: None, last: None };
        let now = Instant::now();
        assert_eq!(shown.tell(progress(0), now), None);
        assert_eq!(shown.tell(progress(50), now + DRAW), None);
        assert!(shown.tell(progress(60), now + LINE).is_some());
        let last = shown.tell(progress(100), now + LINE).unwrap();
        assert!(last.contains("100 of 100 rows, 10.0 s"), "{last}");
    }
}
