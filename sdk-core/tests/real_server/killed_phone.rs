//! The phone itself is killed, as a system does it to apps: without a word, anywhere. What `send` accepted must reach the
//! server, once and in order.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tidings_sdk_core::protocol::message::{KnownPart, Part};
use tidings_sdk_core::{
    Client, Config, Content, FileSource, FileToSend, Host, PlainHttp, Platform, TokenRequest, User,
    Visibility,
};

use crate::server::Server;
use crate::{phone, states, until, user};

/// The life of the phone that is killed: it writes numbers into its one thread, and says which were accepted.
#[test]
#[ignore = "this is the process that the test below starts and kills"]
fn phone_process() {
    let setting = |name: &str| std::env::var(name).expect("the test below starts this one, with settings");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let config = Config {
            server_url: setting("PHONE_SERVER"),
            app_id: setting("PHONE_APP").parse().unwrap(),
            data_dir: setting("PHONE_DATA").into(),
            platform: Platform::Other,
            locale: None,
            app_version: None,
            extra_root_certificates_pem: None,
            plain_http: PlainHttp::LoopbackOnly,
            locations: tidings_sdk_core::Locations::Allowed,
            file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
            context: tidings_sdk_core::ContextOptions::default(),
        };
        let client = Client::open(config, Host::system()).await.unwrap();
        let token = setting("PHONE_TOKEN");
        let tokens = move |request: TokenRequest| request.resolve(token.clone());
        client.sign_in(User::Identified { key: "ana".to_owned(), tokens: Arc::new(tokens) }).await.unwrap();
        client.set_visibility(Visibility::Foreground);
        let known = client.conversations().await.unwrap();
        let thread = match known.first() {
            Some(item) => client.conversation(item.id).unwrap(),
            None => client.start_conversation(None).await.unwrap(),
        };
        let mut number: u32 = setting("PHONE_FIRST").parse().unwrap();
        loop {
            println!("trying {number}");
            let mut contents = vec![Content::Text(number.to_string())];
            if let Ok(bytes) = std::env::var("PHONE_FILE_BYTES") {
                let source = FileSource::Bytes(content(number, bytes.parse().unwrap()));
                contents.push(Content::File(FileToSend { source, name: None, longest_edge: 1 }));
            }
            thread.send_contents(contents).await.unwrap();
            println!("accepted {number}");
            number += 1;
        }
    });
}

/// The file that goes with a number; no picture, and no other number's.
fn content(number: u32, bytes: usize) -> Vec<u8> {
    number.to_le_bytes().iter().copied().cycle().take(bytes).collect()
}

/// From when a phone's life is counted.
#[derive(Clone, Copy, PartialEq)]
enum From {
    /// The start of its process: it may not come to write at all.
    Start,
    /// Its first message.
    FirstTry,
    /// The first message that was accepted: its file is on its way.
    FirstAccepted,
}

fn kill_after(life: Duration, mut child: Child) -> JoinHandle<()> {
    std::thread::spawn(move || {
        std::thread::sleep(life);
        child.kill().unwrap();
        child.wait().unwrap();
    })
}

/// Numbers that a phone tried and that it was told were accepted, until it was killed.
fn live_and_die(server: &Server, folder: &Path, first: u32, from: From, life: Duration) -> (u32, Vec<u32>) {
    live_with_files_and_die(server, folder, first, from, life, None)
}

/// The same; a file of so many bytes goes with each number.
fn live_with_files_and_die(
    server: &Server,
    folder: &Path,
    first: u32,
    from: From,
    life: Duration,
    bytes: Option<usize>,
) -> (u32, Vec<u32>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "killed_phone::phone_process", "--nocapture"])
        .env("PHONE_SERVER", server.url())
        .env("PHONE_APP", server.app_id())
        .env("PHONE_DATA", folder)
        .env("PHONE_TOKEN", server.token("ana"))
        .env("PHONE_FIRST", first.to_string())
        .envs(bytes.map(|bytes| ("PHONE_FILE_BYTES", bytes.to_string())))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let mut alive = Some(child);
    let mut killer =
        if from == From::Start { alive.take().map(|child| kill_after(life, child)) } else { None };
    let (mut next, mut accepted) = (first, Vec::new());
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let Some((word, number)) = line.split_once(' ') else { continue };
        match (word, number.parse::<u32>()) {
            ("trying", Ok(number)) => {
                next = number + 1;
                if from != From::FirstAccepted {
                    killer = killer.or_else(|| alive.take().map(|child| kill_after(life, child)));
                }
            }
            ("accepted", Ok(number)) => {
                accepted.push(number);
                killer = killer.or_else(|| alive.take().map(|child| kill_after(life, child)));
            }
            _ => {}
        }
    }
    killer.expect("a phone ended before it wrote anything").join().unwrap();
    (next, accepted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_killed_anywhere_loses_and_doubles_nothing() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let (mut next, mut accepted) = (1, Vec::new());
    let lives = [(From::Start, 40), (From::FirstTry, 30), (From::Start, 80), (From::FirstTry, 120)];
    for (from, life) in
        lives.into_iter().chain([(From::Start, 60), (From::FirstTry, 75), (From::FirstTry, 200)])
    {
        let (after, more) = live_and_die(&server, folder.path(), next, from, Duration::from_millis(life));
        next = after;
        accepted.extend(more);
    }
    assert!(!accepted.is_empty(), "the phones lived too short to write");

    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    // A phone that died at once may have left a thread without a message; more than one was never started.
    let threads = client.conversations().await.unwrap();
    assert_eq!(threads.len(), 1);
    let thread = client.conversation(threads[0].id).unwrap();
    until("everything is sent", || async {
        client.sync_state() == tidings_sdk_core::SyncState::Live
            && states(&thread).await.iter().all(|state| *state == tidings_sdk_core::SendState::Sent)
    })
    .await;
    let stored: Vec<u32> = server
        .agent()
        .await
        .whole_thread(&thread.id().to_string())
        .await
        .into_iter()
        .map(|text| text.parse().unwrap())
        .collect();
    assert!(stored.is_sorted_by(|a, b| a < b), "once and in order: {stored:?}");
    let lost: Vec<_> = accepted.iter().filter(|number| !stored.contains(number)).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_killed_in_the_middle_of_uploads_sends_each_file_whole_and_once() {
    const BYTES: usize = 1_200_000;
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let (mut next, mut accepted) = (1, Vec::new());
    for life in [150, 300, 20, 500] {
        let life = Duration::from_millis(life);
        let (after, more) =
            live_with_files_and_die(&server, folder.path(), next, From::FirstAccepted, life, Some(BYTES));
        next = after;
        accepted.extend(more);
    }
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.conversation(client.conversations().await.unwrap()[0].id).unwrap();
    until("everything is sent", || async {
        client.sync_state() == tidings_sdk_core::SyncState::Live
            && states(&thread).await.iter().all(|state| *state == tidings_sdk_core::SendState::Sent)
    })
    .await;
    let agent = server.agent().await;
    let mut stored = Vec::new();
    for item in thread.timeline().messages().await.unwrap() {
        let number: u32 = item.text().parse().unwrap();
        stored.push(number);
        let Some(Part::Known(KnownPart::Attachment(file))) = item.parts.get(1) else { panic!("{item:?}") };
        let there = agent.file(&file.attachment_id.to_string(), "original").await;
        assert!(there == content(number, BYTES), "another file than that of {number}");
    }
    assert!(stored.is_sorted_by(|a, b| a < b), "once and in order: {stored:?}");
    assert!(accepted.iter().all(|number| stored.contains(number)), "{accepted:?} but {stored:?}");
}
