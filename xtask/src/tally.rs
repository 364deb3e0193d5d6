//! How many tests passed and failed, read from what the test programs of five languages print.

use std::ops::AddAssign;

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Counts while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Programs that print a total once.
    sums: Count,
    /// `XCTest` prints a total for each suite and at last for the suites together, which is the greatest.
    xctest: Count,
}

impl Tally {
    /// Looks at one line of output.
    pub(crate) fn read(&mut self, line: &str) {
        let plain = without_colours(line);
        let line = plain.trim();
        if let Some(count) = rust(line)
            .or_else(|| surefire(line))
            .or_else(|| swift_testing(line))
            .or_else(|| vitest(line))
            .or_else(|| plain_words(line))
        {
            self.sums += count;
        } else if let Some(count) = xctest(line) {
            let before = self.xctest.passed + self.xctest.failed;
            if count.passed + count.failed >= before {
                self.xctest = count;
            }
        }
    }

    /// Adds what another program printed.
    pub(crate) fn add(&mut self, other: &Self) {
        self.sums += other.sums;
        self.sums += other.xctest;
    }

    /// Counts something that is no test program, such as a check that passed.
    pub(crate) fn passed(&mut self, tests: u64) {
        self.sums.passed += tests;
    }

    /// Everything so far.
    pub(crate) fn count(&self) -> Count {
        let mut count = self.sums;
        count += self.xctest;
        count
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn rust(line: &str) -> Option<Count> {
    let rest = line.strip_prefix("test result: ")?;
    Some(Count { passed: before(rest, " passed")?, failed: before(rest, " failed")? })
}

/// `[INFO] Tests run: 8, Failures: 0, Errors: 0, Skipped: 0`, without the time that the line of one class has.
fn surefire(line: &str) -> Option<Count> {
    let at = line.find("Tests run: ")?;
    if line.contains("Time elapsed") {
        return None;
    }
    let rest = &line[at..];
    let run = after(rest, "Tests run: ")?;
    let failed = after(rest, "Failures: ")? + after(rest, "Errors: ")?;
    let skipped = after(rest, "Skipped: ")?;
    Some(Count { passed: run.saturating_sub(failed + skipped), failed })
}

/// `Executed 5 tests, with 1 failure (0 unexpected) in 0.1 (0.1) seconds`
fn xctest(line: &str) -> Option<Count> {
    let rest = line.strip_prefix("Executed ")?;
    let run = rest.split(' ').next()?.parse::<u64>().ok()?;
    let failed = before(rest, " failure")?;
    Some(Count { passed: run.saturating_sub(failed), failed })
}

/// `Test run with 3 tests passed after 0.004 seconds.`, `… failed after 0.1 seconds with 2 issues.`
fn swift_testing(line: &str) -> Option<Count> {
    let at = line.find("Test run with ")?;
    let rest = &line[at..];
    let run = after(rest, "Test run with ")?;
    if rest.contains(" failed after ") {
        let failed = before(rest, " issue").unwrap_or(1).clamp(1, run.max(1));
        return Some(Count { passed: run.saturating_sub(failed), failed });
    }
    rest.contains(" passed after ").then_some(Count { passed: run, failed: 0 })
}

/// `Tests  1 failed | 5 passed (6)`
fn vitest(line: &str) -> Option<Count> {
    let rest = line.strip_prefix("Tests ")?;
    let passed = before(rest, " passed");
    let failed = before(rest, " failed");
    (passed.is_some() || failed.is_some())
        .then(|| Count { passed: passed.unwrap_or(0), failed: failed.unwrap_or(0) })
}

/// `browser: 12 passed, 0 failed`, what our own programs end with.
fn plain_words(line: &str) -> Option<Count> {
    let (head, failed) = line.rsplit_once(" passed, ")?;
    let failed = failed.strip_suffix(" failed")?.parse().ok()?;
    let passed = head.rsplit([' ', ':']).next()?.parse().ok()?;
    Some(Count { passed, failed })
}

/// The number that stands before these words.
fn before(text: &str, words: &str) -> Option<u64> {
    let head = &text[..text.find(words)?];
    let digits = head.len() - head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    head[head.len() - digits..].parse().ok()
}

/// The number that stands after these words.
fn after(text: &str, words: &str) -> Option<u64> {
    let tail = &text[text.find(words)? + words.len()..];
    let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    tail[..end].parse().ok()
}

/// The line without the escape sequences that colour it.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
            continue;
        }
        for inside in characters.by_ref() {
            if inside.is_ascii_alphabetic() {
                break;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> (u64, u64) {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        (tally.count().passed, tally.count().failed)
    }

    #[test]
    fn results_of_cargo_are_summed() {
        let one =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        let two = "test result: \u{1b}[31mFAILED\u{1b}[0m. 3 passed; 2 failed; 0 ignored";
        assert_eq!(count(&[one, "test a ... ok", two]), (15, 2));
    }

    #[test]
    fn surefire_counts_once_although_each_class_has_a_line() {
        let class =
            "[INFO] Tests run: 8, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1.2 s - in PhoneTest";
        let total = "[WARNING] Tests run: 8, Failures: 1, Errors: 1, Skipped: 1";
        assert_eq!(count(&[class, total]), (5, 2));
    }

    #[test]
    fn the_greatest_total_of_xctest_counts() {
        let lines = [
            "\t Executed 2 tests, with 0 failures (0 unexpected) in 0.1 (0.1) seconds",
            "\t Executed 3 tests, with 1 failure (0 unexpected) in 0.1 (0.1) seconds",
            "\t Executed 5 tests, with 1 failure (0 unexpected) in 0.2 (0.2) seconds",
            "\t Executed 5 tests, with 1 failure (0 unexpected) in 0.2 (0.2) seconds",
        ];
        assert_eq!(count(&lines), (4, 1));
    }

    #[test]
    fn swift_testing_vitest_and_our_own_words_are_understood() {
        assert_eq!(count(&["✔ Test run with 3 tests passed after 0.004 seconds."]), (3, 0));
        assert_eq!(count(&["✔ Test run with 3 tests in 1 suite passed after 0.004 seconds."]), (3, 0));
        assert_eq!(count(&["✘ Test run with 3 tests failed after 0.1 seconds with 1 issue."]), (2, 1));
        assert_eq!(count(&["      Tests  1 failed | 5 passed (6)"]), (5, 1));
        assert_eq!(
            count(&["\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m40 passed\u{1b}[39m (40)"]),
            (40, 0)
        );
        assert_eq!(count(&["browser: 12 passed, 1 failed"]), (12, 1));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            count(&["5 tests passed", "it passed, and nothing failed", "Test Files  3 passed (3)"]),
            (0, 0)
        );
    }
}
