//! The real program `tidings`, in a folder and on a port of its own; an agent who answers over the inbox API; and the
//! app's backend, which signs tokens.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ring::hmac;
use serde_json::{Value, json};
use tidings_sdk_core::protocol::id::{DeviceId, MessageId};

fn binary() -> PathBuf {
    let path = std::env::var_os("TIDINGS_SERVER_BIN").expect(
        "these tests run against the real server: build it with `cargo build -p tidings-server` and set \
         TIDINGS_SERVER_BIN to the path of the program `tidings`",
    );
    let path = PathBuf::from(path);
    assert!(path.is_file(), "TIDINGS_SERVER_BIN is {}, which is no file", path.display());
    path
}

/// An installation; the program runs between `start` and `kill`.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Child>,
    setup: Value,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Server {
    /// Sets up a new installation and starts nothing.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let output =
            command(folder.path(), port).args(["--json", "init"]).stdout(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let setup = serde_json::from_slice(&output.stdout).unwrap();
        let http = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { folder, port, running: None, setup, http }
    }

    pub(crate) fn start(&mut self) {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let child = command(self.folder.path(), self.port).arg("serve").stderr(log).spawn().unwrap();
        self.running = Some(child);
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "the server does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// As a power cut does it: SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn app_id(&self) -> String {
        self.setup["app_id"].as_str().unwrap().to_owned()
    }

    /// What the app's backend would sign for this user.
    pub(crate) fn token(&self, user: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "a real server checks real time")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let claims = json!({"sub": user, "aud": self.app_id(), "iat": now, "exp": now + 900, "name": user});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let secret = URL_SAFE_NO_PAD.decode(self.setup["identity_secret"].as_str().unwrap()).unwrap();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        credentials: Option<(&str, &str)>,
        body: Option<Value>,
    ) -> (http::HeaderMap, Value) {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url()))
            .header("origin", self.url())
            .header("content-type", "application/json");
        if let Some((header, value)) = credentials {
            request = request.header(header, value);
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.http.request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&bytes));
        (headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Another device of this user, without the SDK.
    pub(crate) async fn as_user(&self, user: &str) -> Elsewhere<'_> {
        let digest = ring::digest::digest(&ring::digest::SHA256, user.as_bytes());
        let id = DeviceId::from_parts(1, digest.as_ref()[..10].try_into().unwrap());
        let secret = URL_SAFE_NO_PAD.encode(digest);
        let device = json!({"id": id, "secret": secret, "platform": "other"});
        let body = json!({"app_id": self.app_id(), "identity_token": self.token(user), "device": device});
        let (_, session) = self.ask("POST", "/app/v1/sessions", None, Some(body)).await;
        let bearer = format!("Bearer {}", session["session_token"].as_str().unwrap());
        Elsewhere { server: self, id, bearer }
    }

    /// The first agent, signed in.
    pub(crate) async fn agent(&self) -> Agent<'_> {
        let body = json!({"email": self.setup["email"], "password": self.setup["password"]});
        let (headers, _) = self.ask("POST", "/inbox/v1/session", None, Some(body)).await;
        let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Agent { server: self, cookie }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

fn command(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(binary());
    command
        .current_dir(folder)
        .env_remove("TIDINGS_CONFIG")
        .env("DATABASE_URL", format!("sqlite:{}", folder.join("tidings.db").display()))
        .env("TIDINGS_LISTEN", format!("127.0.0.1:{port}"))
        .env("TIDINGS_RATES_ENABLED", "false")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Somebody who answers.
pub(crate) struct Agent<'a> {
    server: &'a Server,
    cookie: String,
}

/// A device of a user that speaks with the server by itself.
pub(crate) struct Elsewhere<'a> {
    server: &'a Server,
    id: DeviceId,
    bearer: String,
}

impl Elsewhere<'_> {
    async fn ask(&self, method: &str, path: &str) -> Value {
        self.server.ask(method, path, Some(("authorization", &self.bearer)), None).await.1
    }

    async fn signed_in_others(&self) -> Vec<String> {
        let all = self.ask("GET", "/app/v1/devices").await;
        let devices = all["devices"].as_array().unwrap().iter();
        let others = devices.filter(|device| device["signed_in"] == true && device["id"] != json!(self.id));
        others.map(|device| device["id"].as_str().unwrap().to_owned()).collect()
    }

    /// On how many other devices the user is signed in.
    pub(crate) async fn others(&self) -> usize {
        self.signed_in_others().await.len()
    }

    /// Signs the user out on every other device.
    pub(crate) async fn end_the_others(&self) {
        for id in self.signed_in_others().await {
            self.ask("DELETE", &format!("/app/v1/devices/{id}")).await;
        }
    }
}

/// What a message says, in one line, by its parts as they are on the wire.
pub(crate) fn said(parts: &Value, quotes: bool, deleted: bool) -> String {
    if deleted {
        return "(deleted)".to_owned();
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let words = |part: &Value| match part["type"].as_str().unwrap() {
        "text" => text(&part["text"]),
        "choice" => text(&part["label"]),
        "answers" => {
            let field = |field: &Value| format!("{}: {}", text(&field["label"]), text(&field["value"]));
            part["fields"].as_array().unwrap().iter().map(field).collect::<Vec<_>>().join(" ")
        }
        "attachment" => format!("[{} {}]", text(&part["media_type"]), text(&part["name"])),
        "location" => {
            let number = |name: &str| part[name].as_f64().unwrap();
            format!("({}, {}, {} m)", number("latitude"), number("longitude"), number("accuracy_m"))
        }
        _ => "(question)".to_owned(),
    };
    let words: Vec<_> = parts.as_array().unwrap().iter().map(words).collect();
    format!("{}{}", if quotes { "> " } else { "" }, words.join(" "))
}

impl Agent<'_> {
    fn credentials(&self) -> (&str, &str) {
        ("cookie", &self.cookie)
    }

    /// What each message of the whole thread says, oldest first.
    pub(crate) async fn said(&self, id: &str) -> Vec<String> {
        let line = |message: &Value| {
            said(&message["parts"], !message["quote"].is_null(), !message["deleted_at"].is_null())
        };
        self.messages(id).await.iter().map(line).collect()
    }

    async fn messages(&self, id: &str) -> Vec<Value> {
        let (mut messages, mut after) = (Vec::<Value>::new(), 0);
        loop {
            let page =
                self.get(&format!("/inbox/v1/conversations/{id}/thread?limit=100&after={after}")).await;
            messages.extend(page["messages"].as_array().unwrap().iter().cloned());
            if page["more"] != true {
                return messages;
            }
            after = messages.last().unwrap()["seq"].as_i64().unwrap();
        }
    }

    async fn get(&self, path: &str) -> Value {
        self.server.ask("GET", path, Some(self.credentials()), None).await.1
    }

    /// The thread's messages as `(author's kind, text)`.
    pub(crate) async fn thread(&self, id: &str) -> Vec<(String, String)> {
        let thread = self.get(&format!("/inbox/v1/conversations/{id}/thread?limit=100")).await;
        let entry = |message: &Value| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&message["author"]["kind"]), text(&message["parts"][0]["text"]))
        };
        thread["messages"].as_array().unwrap().iter().map(entry).collect()
    }

    /// The texts of the whole thread, oldest first.
    pub(crate) async fn whole_thread(&self, id: &str) -> Vec<String> {
        let text = |message: &Value| message["parts"][0]["text"].as_str().unwrap().to_owned();
        self.messages(id).await.iter().map(text).collect()
    }

    pub(crate) async fn header(&self, id: &str) -> Value {
        self.get(&format!("/inbox/v1/conversations/{id}")).await
    }

    /// Answers; `number` makes the message's id.
    pub(crate) async fn reply(&self, id: &str, number: u64, text: &str) {
        self.reply_with(id, number, json!([{"type": "text", "text": text}])).await;
    }

    /// Answers with these parts.
    pub(crate) async fn reply_with(&self, id: &str, number: u64, parts: Value) -> MessageId {
        let message = MessageId::from_parts(number, [9; 10]);
        let seen = self.header(id).await["last_seq"].clone();
        let body = json!({"id": message, "parts": parts, "seen_seq": seen});
        let path = format!("/inbox/v1/conversations/{id}/replies");
        self.server.ask("POST", &path, Some(self.credentials()), Some(body)).await;
        message
    }

    /// Merges a thread into another; none: it stands by itself again.
    pub(crate) async fn merge(&self, id: &str, into: Option<&str>) {
        let path = format!("/inbox/v1/conversations/{id}/merge");
        self.server.ask("PUT", &path, Some(self.credentials()), Some(json!({"into": into}))).await;
    }

    /// Has seen everything.
    pub(crate) async fn read(&self, id: &str) {
        let seen = self.header(id).await["last_seq"].clone();
        let path = format!("/inbox/v1/conversations/{id}/receipt");
        self.server.ask("PUT", &path, Some(self.credentials()), Some(json!({"read_seq": seen}))).await;
    }

    async fn send(&self, request: http::request::Builder, body: Vec<u8>) -> (http::HeaderMap, Bytes) {
        let request = request.header("origin", self.server.url()).header("cookie", &self.cookie);
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let answer = self.server.http.request(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&bytes));
        (headers, bytes)
    }

    /// A form of a file, as the inbox fetches it.
    pub(crate) async fn file(&self, id: &str, variant: &str) -> Bytes {
        let found = self.get(&format!("/inbox/v1/attachments/{id}")).await;
        let forms = found["variants"].as_array().unwrap();
        let form = forms.iter().find(|form| form["variant"] == variant).unwrap();
        let address = format!("{}{}", self.server.url(), form["address"].as_str().unwrap());
        self.send(http::Request::get(address), Vec::new()).await.1
    }

    /// Answers with a picture; answers its id.
    pub(crate) async fn upload_and_reply(&self, conversation: &str, picture: &[u8]) -> String {
        let id = tidings_sdk_core::protocol::id::AttachmentId::from_parts(1, [9; 10]).to_string();
        let sum = ring::digest::digest(&ring::digest::SHA256, picture);
        let number = |part: &[u8]| u128::from_be_bytes(part.try_into().unwrap());
        let sum = format!("{:032x}{:032x}", number(&sum.as_ref()[..16]), number(&sum.as_ref()[16..]));
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let begin = http::Request::post(format!("{}/inbox/v1/uploads", self.server.url()))
            .header("tus-resumable", "1.0.0")
            .header("upload-length", picture.len())
            .header("upload-metadata", format!("id {},sha256 {}", encode(&id), encode(&sum)))
            .header("content-type", "application/offset+octet-stream");
        self.send(begin, picture.to_vec()).await;
        let message = MessageId::from_parts(77, [9; 10]);
        let part = json!({"type": "attachment", "attachment_id": id, "media_type": "image/png", "bytes": picture.len()});
        let seen = self.header(conversation).await["last_seq"].clone();
        let body = json!({"id": message, "parts": [part], "seen_seq": seen});
        let path = format!("/inbox/v1/conversations/{conversation}/replies");
        self.server.ask("POST", &path, Some(self.credentials()), Some(body)).await;
        id
    }
}
