//! What a phone pays for what it has missed.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tidings_sdk_core::{MessageItem, SyncState, Visibility};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::server::Server;
use crate::{phone, phone_at, until, user};

const MISSED: usize = 1_000;
/// Beside what the messages say, compressed too: ids, numbers, times, headers.
const OVERHEAD: u64 = 120;
/// Bytes by the socket: it greets, and has nothing to repeat.
const GREETING: u64 = 2_000;

/// What went through a connection.
#[derive(Default)]
struct Meter {
    /// Bytes of answers.
    answers: AtomicU64,
    /// Bytes of sockets.
    sockets: AtomicU64,
    /// The first line of each request that the phone made.
    requests: Mutex<Vec<String>>,
}

/// A way to this port on which everything is counted.
async fn metered(port: u16, meter: Arc<Meter>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((phone, _)) = listener.accept().await {
            let (server, meter) =
                (TcpStream::connect(("127.0.0.1", port)).await.unwrap(), Arc::clone(&meter));
            let (mut from_phone, mut to_phone) = phone.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let (up, is_socket) = (Arc::clone(&meter), Arc::new(AtomicBool::new(false)));
            let opens_socket = Arc::clone(&is_socket);
            tokio::spawn(async move {
                let mut bytes = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from_phone.read(&mut bytes).await {
                    let text = String::from_utf8_lossy(&bytes[..read]);
                    opens_socket.fetch_or(text.contains("/app/v1/socket "), Ordering::Relaxed);
                    let lines = text.lines().filter(|line| line.ends_with(" HTTP/1.1"));
                    up.requests.lock().unwrap().extend(lines.map(str::to_owned));
                    if to_server.write_all(&bytes[..read]).await.is_err() {
                        break;
                    }
                }
            });
            tokio::spawn(async move {
                let mut bytes = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
                    let bytes_of =
                        if is_socket.load(Ordering::Relaxed) { &meter.sockets } else { &meter.answers };
                    bytes_of.fetch_add(u64::try_from(read).unwrap(), Ordering::Relaxed);
                    if to_phone.write_all(&bytes[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    url
}

/// Words as people write them: some often, most seldom, no line twice.
fn words(number: usize) -> String {
    const OFTEN: [&str; 12] =
        ["the", "parcel", "is", "not", "here", "and", "I", "have", "waited", "since", "on", "for"];
    let mut seed = number.wrapping_mul(0x9e37_79b9) | 1;
    let word = |at: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if at % 4 == 3 { format!("{:x}", seed % 0xf_ffff) } else { OFTEN[seed / 7 % OFTEN.len()].to_owned() }
    };
    (0..14).map(word).collect::<Vec<_>>().join(" ")
}

fn gzip(bytes: &[u8]) -> u64 {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    u64::try_from(encoder.finish().unwrap().len()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_missed_messages_are_two_requests_at_most_and_few_bytes_beside_what_they_say() {
    let (mut server, here, there) =
        (Server::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    server.start();
    let meter = Arc::new(Meter::default());
    let away = phone_at(&metered(server.port(), Arc::clone(&meter)).await, &server, here.path()).await;
    away.sign_in(user(&server, "ana")).await.unwrap();
    away.set_visibility(Visibility::Foreground);
    crate::live(&away).await;
    away.set_visibility(Visibility::Background);
    until("asleep", || async { away.sync_state() == SyncState::Suspended }).await;

    // The other phone of the same person writes in ten threads.
    let writes = phone(&server, there.path()).await;
    writes.sign_in(user(&server, "ana")).await.unwrap();
    writes.set_visibility(Visibility::Foreground);
    let mut threads = Vec::new();
    for _ in 0..10 {
        threads.push(writes.start_conversation(None).await.unwrap());
    }
    let texts: Vec<_> = (0..MISSED).map(words).collect();
    for (number, text) in texts.iter().enumerate() {
        threads[number % 10].send_text(text.clone()).await.unwrap();
    }
    let is_sent = |item: &MessageItem| item.seq.is_some();
    for thread in &threads {
        let timeline = thread.timeline();
        until("sent", || async { timeline.messages().await.unwrap().iter().all(is_sent) }).await;
    }
    writes.close().await;

    meter.requests.lock().unwrap().clear();
    let told = || [&meter.answers, &meter.sockets].map(|bytes| bytes.load(Ordering::Relaxed));
    let before = told();
    away.set_visibility(Visibility::Foreground);
    crate::live(&away).await;
    let after = told();
    let [answers, sockets] = [after[0] - before[0], after[1] - before[1]];
    let asked: Vec<_> = meter.requests.lock().unwrap().clone();
    let fetched: Vec<_> = asked.iter().filter(|line| !line.contains("/receipt")).collect();
    let stored = away.search(words(7).split(' ').nth(3).unwrap(), None, 5).await.unwrap();
    assert!(!stored.is_empty(), "it is not there");
    let said = gzip(texts.join("\n").as_bytes());
    let beside = answers.saturating_sub(said) / u64::try_from(MISSED).unwrap();
    println!(
        "{MISSED} messages: {answers} bytes of answers, {said} of them what they say, {beside} beside for each; \
         {sockets} bytes by the socket; {fetched:?}"
    );
    // The socket is opened by one more, which stays.
    let opened = fetched.iter().filter(|line| line.contains("/socket")).count();
    assert!(fetched.len() - opened <= 2, "{fetched:?}");
    assert!(sockets < GREETING, "{sockets} bytes by the socket: what was fetched came once more");
    assert!(beside < OVERHEAD, "{answers} bytes for {MISSED} messages that say {said}");
    tokio::time::timeout(Duration::from_secs(10), away.close()).await.unwrap();
}
