//! What is in the database: its schema, keys, queues, clock, backups, and the laws on its data.

use tidings_protocol::push::PushProvider;
use tidings_protocol::time::Timestamp;
use tidings_store::doctor::{AppFacts, Depth, Fault, Installation, PushFacts, Scanned};
use tidings_store::migrate::Versions;

use super::finding::{Finding, Level};
use crate::push::credential::{InvalidCredential, check_stored};
use crate::push::seal::Seal;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;
/// A clock that is off by more is worth knowing, and by more than the second, wrong.
const CLOCK: (i64, i64) = (2 * SECOND, MINUTE);
/// A job that is due for longer is late, and for longer than the second, stuck.
const JOB: (i64, i64) = (MINUTE, 10 * MINUTE);
/// A backup that is older is a notice, and older than the second, a warning.
const BACKUP: (i64, i64) = (2 * DAY, 7 * DAY);
/// No message was written before.
const EARLIEST: &str = "2026-01-01T00:00:00Z";

pub(super) fn schema(versions: Versions) -> Finding {
    const CHECK: &str = "schema";
    let Versions { found, known } = versions;
    if found > known {
        let what = format!("the database has version {found}, this program knows versions up to {known}");
        Finding::new(CHECK, Level::Error, what, "run a newer program")
    } else if found == 0 {
        Finding::new(CHECK, Level::Notice, "nothing is set up yet", "run `tidings init`")
    } else if found < known {
        let what = format!("the database has version {found}, this program brings it to {known}");
        Finding::new(CHECK, Level::Notice, what, "the next start of the server does it; make a backup before")
    } else {
        Finding::ok(CHECK, format!("version {found}, the newest"))
    }
}

pub(super) fn installation(found: &Installation, seal: &Seal, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![clock(found, now), queue(found, now), dead(found), backup(found, now)];
    if found.agents == 0 {
        let what = "no agent can sign in: nobody answers";
        findings.push(Finding::new("agents", Level::Warning, what, "run `tidings agent add`"));
    } else {
        findings.push(Finding::ok("agents", format!("{} can sign in", found.agents)));
    }
    for app in &found.apps {
        findings.extend(keys(app, seal));
    }
    if !found.unknown_tables.is_empty() {
        findings.push(Finding::new(
            "tables",
            Level::Notice,
            format!("the database holds tables that are not of Tidings: {}", found.unknown_tables.join(", ")),
            "give Tidings a database or a schema of its own; a backup leaves them out",
        ));
    }
    findings
}

fn clock(found: &Installation, now: Timestamp) -> Finding {
    const CHECK: &str = "clock";
    let fix = "set the clocks by NTP, on this machine and on the one of the database";
    let off = now.unix_ms() - found.database_time.unix_ms();
    let ahead = found.newest.map_or(0, |newest| newest.unix_ms() - now.unix_ms());
    let earliest = EARLIEST.parse::<Timestamp>().map_or(0, Timestamp::unix_ms);
    if now.unix_ms() < earliest {
        Finding::new(
            CHECK,
            Level::Error,
            format!("the clock says {now}, which is before this program was made"),
            fix,
        )
    } else if off.abs() > CLOCK.0 {
        let level = if off.abs() > CLOCK.1 { Level::Error } else { Level::Warning };
        let what = format!("this clock and the one of the database differ by {:.1} s", seconds(off.abs()));
        Finding::new(CHECK, level, what, fix)
    } else if ahead > CLOCK.1 {
        let what = format!(
            "something was written {:.0} s in the future: the clock was wrong then, or is now",
            seconds(ahead)
        );
        Finding::new(CHECK, Level::Warning, what, fix)
    } else {
        Finding::ok(CHECK, "right, as far as the database can tell")
    }
}

fn seconds(ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let seconds = ms as f64 / 1e3;
    seconds
}

fn queue(found: &Installation, now: Timestamp) -> Finding {
    const CHECK: &str = "jobs.waiting";
    let late = found.jobs.oldest_run_at.map_or(0, |due| now.unix_ms() - due.unix_ms());
    let what = format!("{} wait, the oldest is due for {:.0} s", found.jobs.waiting, seconds(late.max(0)));
    let fix = "see that a server runs on this database, and look at its log: pushes are late";
    if late > JOB.1 {
        Finding::new(CHECK, Level::Error, what, fix)
    } else if late > JOB.0 {
        Finding::new(CHECK, Level::Warning, what, fix)
    } else {
        Finding::ok(CHECK, format!("{} wait, none is late", found.jobs.waiting))
    }
}

fn dead(found: &Installation) -> Finding {
    const CHECK: &str = "jobs.dead";
    match found.jobs.dead {
        0 => Finding::ok(CHECK, "none was given up"),
        n => Finding::new(
            CHECK,
            Level::Warning,
            format!("{n} were given up: people were not woken for a message"),
            "look at `error` in the table dead_jobs; mostly it is a credential that the provider refuses",
        ),
    }
}

fn backup(found: &Installation, now: Timestamp) -> Finding {
    const CHECK: &str = "backup";
    let fix = "let `tidings backup` run each night, and keep the file on another machine; if your house makes backups \
               in another way, leave this check out with --except backup";
    let Some(last) = found.last_backup else {
        return Finding::new(CHECK, Level::Warning, "this program has never made a backup", fix);
    };
    let age = now.unix_ms() - last.at.unix_ms();
    let what = format!("the last backup is of {}, {} days ago", last.at, age / DAY);
    if age > BACKUP.1 {
        Finding::new(CHECK, Level::Warning, what, fix)
    } else if age > BACKUP.0 {
        Finding::new(CHECK, Level::Notice, what, fix)
    } else {
        Finding::ok(CHECK, format!("the last one is of {}", last.at))
    }
}

fn keys(app: &AppFacts, seal: &Seal) -> Vec<Finding> {
    let (name, id) = (&app.name, app.id);
    let mut findings = vec![if app.identity_keys == 0 {
        Finding::new(
            "keys.identity",
            Level::Error,
            format!("{name} ({id}) has no identity key: nobody can sign in to it"),
            format!("run `tidings key rotate identity --app {id}`"),
        )
    } else {
        Finding::ok("keys.identity", format!("{name} has {}", app.identity_keys))
    }];
    findings.extend(app.push.iter().map(|push| credential(app, push, seal)));
    findings
}

fn credential(app: &AppFacts, push: &PushFacts, seal: &Seal) -> Finding {
    const CHECK: &str = "keys.push";
    let (name, id) = (&app.name, app.id);
    let (provider, path) = match push.provider {
        PushProvider::Apns => ("APNs", "apns"),
        PushProvider::Fcm => ("FCM", "fcm"),
        PushProvider::WebPush => ("Web Push", "web"),
        PushProvider::Webhook => ("the company's own service", "webhook"),
    };
    let fix = format!("PUT /admin/v1/apps/{id}/push/{path} with the key of {provider}");
    let Some(config) = &push.credential else {
        let what = format!(
            "{} devices of {name} wait for pushes by {provider}, and there is no key for it",
            push.devices
        );
        return Finding::new(CHECK, Level::Warning, what, fix);
    };
    let opened = seal.open(id, push.provider, config).map_err(InvalidCredential::from);
    match opened.and_then(|text| check_stored(push.provider, &text)) {
        Ok(()) => Finding::ok(CHECK, format!("{name} has a key for {provider}")),
        Err(error) => Finding::new(
            CHECK,
            Level::Error,
            format!("the key of {name} for {provider} cannot be used: {error}"),
            fix,
        ),
    }
}

/// Laws 3, 4 and 7.
pub(super) fn laws(scanned: &Scanned, depth: Depth) -> Finding {
    const CHECK: &str = "laws";
    let Scanned { conversations, messages, feeds, changes, .. } = scanned;
    let which = if depth == Depth::All { "all" } else { "the newest" };
    let looked = format!(
        "{which} {conversations} conversations ({messages} messages) and {feeds} feeds ({changes} changes)"
    );
    if scanned.fault_count == 0 {
        return Finding::ok(CHECK, format!("no hole and no wrong unread count in {looked}"));
    }
    let named: Vec<_> = scanned.faults.iter().map(fault).collect();
    Finding::new(
        CHECK,
        Level::Error,
        format!("{} faults in {looked}: {}", scanned.fault_count, named.join("; ")),
        "keep the database as it is, make a copy of it, and report this: it is a fault of Tidings or of the disk; a \
         backup from before may be whole",
    )
}

fn fault(fault: &Fault) -> String {
    match fault {
        Fault::Messages(id) => format!("{id} has a hole in its messages"),
        Fault::Changes(id) => format!("feed {id} has a hole in its changes"),
        Fault::Unread(id) => format!("{id} counts its unread messages wrongly"),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::AppId;
    use tidings_store::archive::LastBackup;
    use tidings_store::jobs::JobCounts;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T09:30:00Z".parse().unwrap()
    }

    fn well() -> Installation {
        let app = AppFacts {
            id: AppId::from_parts(1, [1; 10]),
            name: "Shop".to_owned(),
            identity_keys: 1,
            push: Vec::new(),
        };
        Installation {
            database_time: now(),
            newest: Some(now()),
            agents: 1,
            apps: vec![app],
            jobs: JobCounts { waiting: 3, oldest_run_at: Some(now().plus_ms(-SECOND)), dead: 0 },
            last_backup: Some(LastBackup { at: now().plus_ms(-DAY), rows: 1, bytes: 1 }),
            unknown_tables: Vec::new(),
        }
    }

    /// What is found when one thing is wrong.
    fn with(spoil: impl FnOnce(&mut Installation)) -> Vec<(&'static str, Level)> {
        let mut found = well();
        spoil(&mut found);
        let findings = installation(&found, &Seal::none(), now());
        assert!(findings.iter().all(|finding| finding.level == Level::Ok || finding.fix.is_some()));
        findings.iter().filter(|f| f.level != Level::Ok).map(|f| (f.check, f.level)).collect()
    }

    #[test]
    fn each_thing_that_is_wrong_is_recognised() {
        assert_eq!(with(|_| {}), []);
        let clock = |ms| with(|found| found.database_time = now().plus_ms(ms));
        assert_eq!(clock(5 * SECOND), [("clock", Level::Warning)]);
        assert_eq!(clock(-5 * MINUTE), [("clock", Level::Error)]);
        let future = with(|found| found.newest = Some(now().plus_ms(DAY)));
        assert_eq!(future, [("clock", Level::Warning)]);
        let late = |ms: i64| with(|found| found.jobs.oldest_run_at = Some(now().plus_ms(-ms)));
        assert_eq!(late(2 * MINUTE), [("jobs.waiting", Level::Warning)]);
        assert_eq!(late(60 * MINUTE), [("jobs.waiting", Level::Error)]);
        assert_eq!(with(|found| found.jobs.dead = 2), [("jobs.dead", Level::Warning)]);
        assert_eq!(with(|found| found.last_backup = None), [("backup", Level::Warning)]);
        let old = |days: i64| {
            with(|found| {
                found.last_backup = Some(LastBackup { at: now().plus_ms(-days * DAY), rows: 1, bytes: 1 });
            })
        };
        assert_eq!(old(3), [("backup", Level::Notice)]);
        assert_eq!(old(9), [("backup", Level::Warning)]);
        assert_eq!(with(|found| found.agents = 0), [("agents", Level::Warning)]);
        assert_eq!(with(|found| found.apps[0].identity_keys = 0), [("keys.identity", Level::Error)]);
        assert_eq!(with(|found| found.unknown_tables.push("x".to_owned())), [("tables", Level::Notice)]);
    }

    #[test]
    fn a_push_key_that_is_missing_or_broken_is_recognised() {
        for provider in [PushProvider::Apns, PushProvider::Fcm] {
            for (credential, level) in [(None, Level::Warning), (Some("{}".to_owned()), Level::Error)] {
                let push = PushFacts { provider, credential, devices: 2 };
                assert_eq!(with(|found| found.apps[0].push.push(push)), [("keys.push", level)]);
            }
        }
    }

    #[test]
    fn a_clock_before_this_program_was_made_is_recognised() {
        let early: Timestamp = "1970-01-02T00:00:00Z".parse().unwrap();
        assert_eq!(clock(&well(), early).level, Level::Error);
    }

    #[test]
    fn versions_are_judged() {
        for (found, level) in [(9, Level::Error), (0, Level::Notice), (4, Level::Notice), (5, Level::Ok)] {
            assert_eq!(schema(Versions { found, known: 5 }).level, level, "{found}");
        }
    }

    #[test]
    fn faults_are_named_and_counted() {
        let mut scanned = Scanned { conversations: 2, ..Scanned::default() };
        assert_eq!(laws(&scanned, Depth::All).level, Level::Ok);
        scanned.faults =
            vec![Fault::Messages(uuid::Uuid::nil().into()), Fault::Unread(uuid::Uuid::nil().into())];
        scanned.fault_count = 30;
        let finding = laws(&scanned, Depth::Newest);
        assert_eq!(finding.level, Level::Error);
        assert!(
            finding.what.contains("30 faults")
                && finding.what.contains(tidings_protocol::id::ConversationId::PREFIX),
            "{finding:?}"
        );
    }
}
