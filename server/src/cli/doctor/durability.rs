//! Whether what is acknowledged survives a power cut: settings of the real database, and what its disk says.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::finding::{Finding, Level};

/// The oldest PostgreSQL that tests run on.
const POSTGRES_OLDEST: u32 = 150_000;
/// Faster than this no disk flushes; one with a cache that survives a power cut may come near.
const LIES: Duration = Duration::from_micros(30);
/// Slower than this, people notice.
const SLOW: Duration = Duration::from_millis(50);
/// Flushes that are measured.
pub(super) const FLUSHES: usize = 25;

/// SQLite: the mode of the file, and how the server opens it.
pub(super) fn sqlite(settings: &BTreeMap<String, String>) -> Vec<Finding> {
    let value = |name: &str| settings.get(name).map_or("unknown", String::as_str);
    let journal = match value("journal_mode") {
        "wal" => Finding::ok("sqlite.journal_mode", "write-ahead log"),
        other => Finding::new(
            "sqlite.journal_mode",
            Level::Notice,
            format!("the file is in the mode {other}"),
            "nothing: the next start of the server switches the write-ahead log on",
        ),
    };
    // 2 is FULL, 3 is EXTRA: https://sqlite.org/pragma.html#pragma_synchronous
    let synchronous = match settings.get("synchronous").map(String::as_str) {
        Some("2" | "3") => {
            Finding::ok("sqlite.synchronous", "each commit is flushed before it is acknowledged")
        }
        None => Finding::ok("sqlite.synchronous", "is set when the server opens the file"),
        Some(other) => Finding::new(
            "sqlite.synchronous",
            Level::Error,
            format!("synchronous is {other}: a power cut loses acknowledged messages"),
            "this program opens the file with FULL; run an unmodified one",
        ),
    };
    vec![journal, synchronous]
}

/// PostgreSQL: what the server of the database does with a commit.
pub(super) fn postgres(settings: &BTreeMap<String, String>) -> Vec<Finding> {
    let value = |name: &str| settings.get(name).map_or("unknown", String::as_str);
    let must_be = |check, name: &str, good: &[&str], why: &str| {
        let found = value(name);
        if good.contains(&found) {
            Finding::ok(check, format!("{name} = {found}"))
        } else {
            let fix = format!("set {name} = {} in postgresql.conf and restart PostgreSQL", good[0]);
            Finding::new(check, Level::Error, format!("{name} is {found}: {why}"), fix)
        }
    };
    let version: u32 = value("server_version_num").parse().unwrap_or_default();
    let major = version / 10_000;
    vec![
        must_be("postgres.fsync", "fsync", &["on"], "a crash of the machine may destroy the whole database"),
        must_be(
            "postgres.synchronous_commit",
            "synchronous_commit",
            &["on", "remote_apply", "remote_write"],
            "a power cut loses acknowledged messages",
        ),
        must_be("postgres.full_page_writes", "full_page_writes", &["on"], "a power cut may tear pages apart"),
        must_be(
            "postgres.data_sync_retry",
            "data_sync_retry",
            &["off"],
            "a flush that failed is repeated, and its data may be lost in silence",
        ),
        must_be("postgres.encoding", "server_encoding", &["UTF8"], "words of people cannot be stored"),
        if version >= POSTGRES_OLDEST {
            Finding::ok("postgres.version", format!("PostgreSQL {major}"))
        } else {
            Finding::new(
                "postgres.version",
                Level::Warning,
                format!("PostgreSQL {major} is older than what Tidings is tested with"),
                "upgrade to PostgreSQL 15 or newer",
            )
        },
    ]
}

/// Judges how long flushes took.
pub(super) fn flush(mut taken: Vec<Duration>) -> Finding {
    const CHECK: &str = "disk.flush";
    taken.sort();
    let Some(&median) = taken.get(taken.len() / 2) else {
        return Finding::new(
            CHECK,
            Level::Notice,
            "no flush was measured",
            "run the doctor where the database is",
        );
    };
    let ms = median.as_secs_f64() * 1e3;
    if median < LIES {
        Finding::new(
            CHECK,
            Level::Warning,
            format!("this disk acknowledges flushes in {ms:.3} ms: it probably lies"),
            "use a disk that flushes, or make sure that its cache survives a power cut; in a virtual machine, look at \
             the cache mode of its disk (`none` or `writethrough`)",
        )
    } else if median > SLOW {
        Finding::new(
            CHECK,
            Level::Notice,
            format!("a flush takes {ms:.0} ms, and each send waits for one"),
            "use a faster disk for the database",
        )
    } else {
        Finding::ok(CHECK, format!("a flush takes {ms:.2} ms (the median of {})", taken.len()))
    }
}

/// Flushes a small file in the folder of the database, some times over, and takes it away again.
pub(super) fn measure(folder: &Path) -> std::io::Result<Vec<Duration>> {
    let path = folder.join(format!(".tidings-doctor-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let mut taken = Vec::with_capacity(FLUSHES);
    let measured = (0..FLUSHES).try_for_each(|_| {
        // As much as the log of one message.
        file.write_all(&[7; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        taken.push(begun.elapsed());
        Ok(())
    });
    std::fs::remove_file(&path)?;
    measured.map(|()| taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn levels(findings: &[Finding]) -> Vec<(&'static str, Level)> {
        findings.iter().filter(|f| f.level != Level::Ok).map(|f| (f.check, f.level)).collect()
    }

    #[test]
    fn what_sqlite_must_be_set_to() {
        assert_eq!(levels(&sqlite(&settings(&[("journal_mode", "wal"), ("synchronous", "2")]))), []);
        let bad = sqlite(&settings(&[("journal_mode", "wal"), ("synchronous", "1")]));
        assert_eq!(levels(&bad), [("sqlite.synchronous", Level::Error)]);
        let old = sqlite(&settings(&[("journal_mode", "delete")]));
        assert_eq!(levels(&old), [("sqlite.journal_mode", Level::Notice)]);
    }

    #[test]
    fn what_postgresql_must_be_set_to() {
        let good = [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("data_sync_retry", "off"),
            ("server_version_num", "150018"),
            ("server_encoding", "UTF8"),
        ];
        assert_eq!(levels(&postgres(&settings(&good))), []);
        for (at, bad, check, level) in [
            (0, "off", "postgres.fsync", Level::Error),
            (1, "off", "postgres.synchronous_commit", Level::Error),
            (1, "local", "postgres.synchronous_commit", Level::Error),
            (2, "off", "postgres.full_page_writes", Level::Error),
            (3, "on", "postgres.data_sync_retry", Level::Error),
            (4, "140010", "postgres.version", Level::Warning),
            (5, "LATIN1", "postgres.encoding", Level::Error),
        ] {
            let mut set = good;
            set[at].1 = bad;
            assert_eq!(levels(&postgres(&settings(&set))), [(check, level)]);
        }
    }

    #[test]
    fn a_disk_that_is_too_fast_or_too_slow_is_told() {
        let of = |micros| flush(vec![Duration::from_micros(micros); 3]);
        assert_eq!(of(20).level, Level::Warning);
        assert!(of(20).what.contains("it probably lies"), "{:?}", of(20));
        assert_eq!(of(400).level, Level::Ok);
        assert_eq!(of(80_000).level, Level::Notice);
        assert_eq!(flush(Vec::new()).level, Level::Notice);
    }

    #[test]
    fn a_measurement_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(measure(folder.path()).unwrap().len(), FLUSHES);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
