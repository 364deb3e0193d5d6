//! The life of an installation by the program itself: doctor, backup, restore, copy, migrate.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidings"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn set_up() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), &["init"]);
    assert!(made.status.success(), "{made:?}");
    folder
}

/// A server that is killed at the end.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.arg("serve").current_dir(folder).env_clear().env("TIDINGS_LISTEN", address.to_string());
        let server = Self(command.stderr(Stdio::null()).spawn().unwrap());
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < until, "it does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_backup_is_made_beside_a_server_and_restored_only_without_one() {
    let folder = set_up();
    let here = folder.path();
    let server = Server::start(here);
    let made = run(here, &["backup", "--to", "b.backup", "--json"]);
    assert_eq!(code(&made), 0, "{made:?}");
    let made = json(&made);
    assert!(made["rows"].as_u64().unwrap() > 5 && made["bytes"].as_u64().unwrap() > 100, "{made}");
    assert_eq!(code(&run(here, &["backup", "--to", "b.backup"])), 3, "nothing is overwritten");
    assert_eq!(code(&run(here, &["backup", "--verify", "b.backup"])), 0);
    let name = "tidings-data/tidings.db";
    let replace = ["restore", "b.backup", "--replace", "--confirm", name, "--json"];
    let refused = run(here, &replace);
    assert_eq!(code(&refused), 3);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("in use"), "{refused:?}");
    drop(server);
    assert_eq!(code(&run(here, &["restore", "b.backup"])), 3, "the database is not empty");
    assert_eq!(code(&run(here, &["restore", "b.backup", "--replace"])), 3, "nobody named the database");
    assert_eq!(code(&run(here, &["restore", "b.backup", "--replace", "--confirm", "other.db"])), 3);
    let restored = run(here, &replace);
    assert_eq!(code(&restored), 0, "{restored:?}");
    let restored = json(&restored);
    assert_ne!(restored["epoch"], made["epoch"]);
    assert!(here.join(restored["saved_to"].as_str().unwrap()).exists());
    let again = run(here, &["init"]);
    assert_eq!(code(&again), 3, "what was restored is set up: {again:?}");
}

#[test]
fn a_copy_leaves_the_source_and_refuses_a_full_target() {
    let folder = set_up();
    let copy =
        ["copy", "--from", "sqlite:tidings-data/tidings.db", "--to", "sqlite:other/tidings.db", "--json"];
    let copied = run(folder.path(), &copy);
    assert_eq!(code(&copied), 0, "{copied:?}");
    assert!(json(&copied)["rows"].as_u64().unwrap() > 5);
    assert_eq!(code(&run(folder.path(), &copy)), 3);
    let server = Server::start(folder.path());
    let other = ["copy", "--from", "sqlite:tidings-data/tidings.db", "--to", "sqlite:third/tidings.db"];
    assert_eq!(code(&run(folder.path(), &other)), 3, "a server would go on without the copy");
    drop(server);
    let nothing = ["copy", "--from", "sqlite:nothing.db", "--to", "sqlite:third/tidings.db"];
    assert_eq!(code(&run(folder.path(), &nothing)), 3);
    assert!(!folder.path().join("nothing.db").exists());
}

#[test]
fn the_doctor_says_what_is_wrong_and_how_bad() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let nothing = run(here, &["doctor", "--json"]);
    assert_eq!(code(&nothing), 5, "there is no database");
    assert!(!here.join("tidings-data").exists(), "and none was made");
    let folder = set_up();
    let here = folder.path();
    let except = [
        "doctor",
        "--deep",
        "--json",
        "--except",
        "disk.flush",
        "--except",
        "disk.file_system",
        "--except",
        "disk.space",
    ];
    let ill = run(here, &except);
    assert_eq!(code(&ill), 4, "{ill:?}");
    let level = |report: &Value, check: &str| {
        let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check);
        found.unwrap_or_else(|| panic!("{check} in {report}"))["level"].as_str().unwrap().to_owned()
    };
    let ill = json(&ill);
    assert_eq!(level(&ill, "backup"), "warning", "there is none yet");
    for check in ["sqlite.synchronous", "disk.modes", "schema", "keys.identity", "jobs.dead", "laws", "clock"]
    {
        assert_eq!(level(&ill, check), "ok", "{check}");
    }
    assert_eq!(code(&run(here, &["backup", "--to", "b.backup"])), 0);
    let well = run(here, &except);
    assert_eq!((code(&well), level(&json(&well), "backup")), (0, "ok".to_owned()), "{well:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = here.join("tidings-data/tidings.db");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(level(&json(&run(here, &except)), "disk.modes"), "warning");
    }
    let away = ["--config", "t.toml", "doctor", "--json"];
    std::fs::write(here.join("t.toml"), "redis_url = \"redis://127.0.0.1:1\"\n").unwrap();
    let away = run(here, &away);
    assert_eq!((code(&away), level(&json(&away), "redis")), (5, "error".to_owned()));
}

#[test]
fn migrations_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(folder.path(), &["migrate", "--check"])), 3, "an empty place is to be migrated");
    assert_eq!(code(&run(folder.path(), &["migrate"])), 0);
    let state = run(folder.path(), &["migrate", "--check", "--json"]);
    assert_eq!((code(&state), json(&state)["pending"].as_i64()), (0, Some(0)));
}

#[test]
fn a_search_index_is_thrown_away_and_that_is_in_the_audit_log() {
    let folder = set_up();
    let server = Server::start(folder.path());
    let emptied = run(folder.path(), &["search", "rebuild", "--json"]);
    assert_eq!((code(&emptied), &json(&emptied)["emptied"]), (0, &Value::Bool(true)), "{emptied:?}");
    let log = run(folder.path(), &["audit", "--json"]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("search_rebuilt"), "{log:?}");
    drop(server);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(empty.path(), &["search", "rebuild"])), 3, "nothing is set up");
}
