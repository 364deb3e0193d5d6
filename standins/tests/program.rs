//! The program, as a person or another language uses it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

/// Ends with the test, whatever becomes of it.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path) -> (Program, Value) {
    let child = Command::new(env!("CARGO_BIN_EXE_tidings-sandbox"))
        .arg(folder)
        .args(["--topic", "com.example.shop"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let program = Program(child);
    for _ in 0..500 {
        if let Ok(summary) = std::fs::read_to_string(folder.join("standins.json")) {
            return (program, serde_json::from_str(&summary).unwrap());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it did not start within 10 s");
}

/// The status, and the body.
fn ask(control: &str, request: &str, headers: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(control.strip_prefix("http://").unwrap()).unwrap();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

#[test]
fn it_writes_what_a_server_needs_and_can_be_controlled() {
    let folder = tempfile::tempdir().unwrap();
    let (_program, summary) = start(&folder.path().join("made/by/it"));
    let folder = folder.path().join("made/by/it");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(text("ca.pem").starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(text("apns.p8").starts_with("-----BEGIN PRIVATE KEY-----"));
    let account: Value = serde_json::from_str(&text("service-account.json")).unwrap();
    assert_eq!(account["token_uri"], summary["google_token_uri"]);
    assert_eq!(summary["topic"], "com.example.shop");

    let control = summary["control"].as_str().unwrap();
    let (status, received) = ask(control, "GET /received", "", "");
    assert_eq!(
        (status, &received["apns"], &received["fcm"]),
        (200, &Value::Array(vec![]), &Value::Array(vec![]))
    );
    let reply = r#"{"service":"apns","token":"00aa","status":410,"reason":"Unregistered","timestamp":1}"#;
    assert_eq!(ask(control, "POST /reply", "", reply).0, 200);
    for wrong in ["{", r#"{"service":"sms","token":"a"}"#, r#"{"service":"fcm","token":"a","reson":"x"}"#] {
        let (status, error) = ask(control, "POST /reply", "", wrong);
        assert!(status == 400 && error["error"].is_string(), "{wrong}: {error}");
    }
    assert_eq!(ask(control, "DELETE /received", "", "").0, 200);
    assert_eq!(ask(control, "GET /received", "origin: https://example.org\r\n", "").0, 403);
    assert_eq!(ask(control, "GET /", "", "").0, 404);
}
