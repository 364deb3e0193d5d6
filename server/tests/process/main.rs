//! The program itself: its command line, its exit codes, how it starts and how it stops.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_os = "linux")]
mod flush;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn tidings(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    tidings(folder, arguments).output().unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running server.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start_saying(folder, variables, Stdio::null())
    }

    /// Starts a server whose log goes somewhere.
    fn start_saying(folder: &Path, variables: &[(&str, &str)], said: Stdio) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = tidings(folder, &["serve"]);
        command.env("TIDINGS_LISTEN", address.to_string()).stderr(said);
        command.envs(variables.iter().copied());
        let server = Self { child: command.spawn().unwrap(), address };
        let until = Instant::now() + PATIENCE;
        while server.get("/ready").is_none_or(|answer| !answer.starts_with("HTTP/1.1 200")) {
            assert!(Instant::now() < until, "not ready in time");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn get(&self, path: &str) -> Option<String> {
        self.say(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
    }

    /// An agent signs in.
    fn sign_in(&self, email: &str, password: &str) -> Option<String> {
        let body = serde_json::json!({ "email": email, "password": password }).to_string();
        let head = "POST /inbox/v1/session HTTP/1.1\r\nhost: x\r\norigin: http://x\r\nconnection: close\r\n";
        let length = body.len();
        let request =
            format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
        self.say(request.as_bytes())
    }

    /// What comes back until the server closes the connection.
    fn say(&self, bytes: &[u8]) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(bytes).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        Some(text(&answer))
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "did not end in time");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_whose_log_nobody_reads_any_more_serves_and_ends_in_order() {
    let folder = folder();
    let mut server = Server::start_saying(folder.path(), &[], Stdio::piped());
    drop(server.child.stderr.take());
    assert!(server.get("/ready").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")));
    server.signal("-TERM");
    assert!(server.ended().success());
}

#[test]
fn init_sets_up_once_and_says_what_to_put_where() {
    let folder = folder();
    let first = run(folder.path(), &["init", "--json"]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let made: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    for name in
        ["app_id", "identity_key_id", "identity_secret", "server_key", "server_key_id", "email", "password"]
    {
        assert!(made[name].is_string(), "{name} in {made}");
    }
    let second = run(folder.path(), &["init"]);
    assert_eq!(second.status.code(), Some(3));
    assert!(text(&second.stderr).contains("already set up"));
    assert!(second.stdout.is_empty());
}

#[test]
fn what_needs_an_installation_is_refused_without_one() {
    let folder = folder();
    for arguments in [
        &["agent", "add", "--name", "Ben", "--email", "ben@x"][..],
        &["app", "add", "--name", "App"],
        &["key", "rotate", "server"],
        &["key", "rotate", "identity"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        assert!(text(&output.stderr).contains("tidings init"), "{arguments:?}");
    }
}

#[test]
fn a_wrong_command_line_and_a_wrong_configuration_end_with_2() {
    let folder = folder();
    assert_eq!(run(folder.path(), &["dance"]).status.code(), Some(2));
    assert_eq!(run(folder.path(), &["--config", "nowhere.toml", "init"]).status.code(), Some(2));
    std::fs::write(folder.path().join("tidings.toml"), "listen = 'here'").unwrap();
    let output = run(folder.path(), &["serve", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().contains("listen"), "{error}");
}

#[test]
fn agents_and_keys_are_made_while_the_server_runs() {
    let folder = folder();
    assert!(run(folder.path(), &["init"]).status.success());
    let server = Server::start(folder.path());
    let mut command =
        tidings(folder.path(), &["agent", "add", "--name", "Ben", "--email", "ben@x", "--password-stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
    assert!(child.wait().unwrap().success());
    let rotated = run(folder.path(), &["key", "rotate", "identity", "--revoke-old", "--json"]);
    let rotated: serde_json::Value = serde_json::from_slice(&rotated.stdout).unwrap();
    assert_eq!(rotated["revoked"].as_array().unwrap().len(), 1);
    let answer = server.sign_in("ben@x", "a long password").unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[test]
fn an_empty_installation_serves_and_says_what_to_do() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert!(server.get("/").unwrap().contains("tidings init"));
    assert!(server.get("/health").unwrap().contains(r#""status":"ok""#));
}

#[test]
fn a_server_that_is_asked_to_stop_stops_with_0() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    // A connection that is kept open must not keep the server.
    let mut kept = TcpStream::connect(server.address).unwrap();
    kept.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    kept.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut byte = [0];
    kept.read_exact(&mut byte).unwrap();
    let begun = Instant::now();
    server.signal("-TERM");
    assert_eq!(server.ended().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_second_signal_ends_a_server_that_waits() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    // A request whose body never comes.
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.write_all(
        b"POST /app/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n",
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("-TERM");
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.child.try_wait().unwrap().is_none(), "it must wait for the request");
    server.signal("-TERM");
    assert_eq!(server.ended().code(), Some(130));
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    let folder = folder();
    let server = Server::start_with(folder.path(), &[("TIDINGS_HTTP_HEADER_SECONDS", "1")]);
    let begun = Instant::now();
    // Half a head, and a connection that was kept after its first answer.
    for bytes in ["GET /health HTTP/1.1\r\nhost:", "GET /health HTTP/1.1\r\nhost: x\r\n\r\n"] {
        server.say(bytes.as_bytes()).unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "closed after a second each, not after the default");
    assert!(begun.elapsed() > Duration::from_secs(1));
}

#[test]
fn the_files_of_the_database_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for _ in 0..2 {
        let mut server = Server::start(folder.path());
        let data = folder.path().join("tidings-data");
        assert_eq!(mode(&data), 0o700);
        let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.iter().any(|file| file.ends_with("tidings.db-wal")), "{files:?}");
        for file in files {
            let only_the_owner = if file.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&file), only_the_owner, "{}", file.display());
        }
        server.signal("-TERM");
        server.ended();
    }
}

#[test]
fn heads_that_are_too_large_are_refused_in_our_form() {
    let folder = folder();
    let server = Server::start(folder.path());
    let long =
        format!("GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {}\r\n\r\n", "x".repeat(20_000));
    let answer = server.say(long.as_bytes()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 431") && answer.contains("headers_too_large"), "{answer}");
    let huge = format!("GET /health HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    // Refused before it was read to its end: the connection may break before the answer is read.
    assert!(
        server
            .say(huge.as_bytes())
            .is_none_or(|answer| answer.is_empty() || answer.starts_with("HTTP/1.1 431"))
    );
    assert!(server.get("/health").unwrap().starts_with("HTTP/1.1 200"));
}
