//! Photos and files between two phones and an agent, by way of the real server, whoever is killed in between.

use std::io::Cursor;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use tidings_sdk_core::protocol::message::{Attachment, KnownPart, Part};
use tidings_sdk_core::{
    Content, Conversation, FileSource, FileToSend, LONGEST_EDGE, MessageItem, Network, SendState, Variant,
    Visibility,
};

use crate::server::Server;
use crate::{live, phone, states, until, user};

/// A picture of noise, so that it does not become small.
pub(crate) fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut seed = 7_u32;
    let noise = RgbImage::from_fn(width, height, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([seed.to_le_bytes()[3], seed.to_le_bytes()[2], 90])
    });
    let mut bytes = Cursor::new(Vec::new());
    noise.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub(crate) fn file(bytes: Vec<u8>, name: &str) -> Content {
    let (source, name) = (FileSource::Bytes(bytes), Some(name.to_owned()));
    Content::File(FileToSend { source, name, longest_edge: LONGEST_EDGE })
}

async fn last(thread: &Conversation) -> MessageItem {
    thread.timeline().messages().await.unwrap().pop().unwrap()
}

pub(crate) fn attachments(item: &MessageItem) -> Vec<Attachment> {
    let file = |part: &Part| match part {
        Part::Known(KnownPart::Attachment(file)) => Some(file.clone()),
        _ => None,
    };
    item.parts.iter().filter_map(file).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_goes_from_a_phone_to_an_agent_and_to_the_other_phone_and_one_comes_back() {
    let (mut server, home, away) =
        (Server::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let client = phone(&server, home.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    let contents = vec![
        Content::Text("this is how it arrived".to_owned()),
        file(photo(2100, 300), "broken.png"),
        file(b"one, two".to_vec(), "list.txt"),
    ];
    thread.send_contents(contents).await.unwrap();
    assert_eq!(states(&thread).await, [SendState::Waiting]);
    server.start();
    // Making the picture anew took a while, in which the phone asked less and less often.
    client.set_network(Network::Available);
    until("sent", || async { states(&thread).await == [SendState::Sent] }).await;
    let item = last(&thread).await;
    let [picture, list] = &attachments(&item)[..] else { panic!("{item:?}") };
    // What the server found agrees with what the phone made of it.
    assert_eq!((picture.width, picture.height), (Some(2048), Some(292)));
    assert_eq!(picture.name.as_ref().unwrap().as_str(), "broken.jpg");
    assert_eq!((list.media_type.as_str(), list.bytes), ("text/plain", 8));

    let id = thread.id().to_string();
    let agent = server.agent().await;
    let seen = agent.file(&picture.attachment_id.to_string(), "original").await;
    let seen = image::load_from_memory(&seen).unwrap();
    assert_eq!((seen.width(), seen.height()), (2048, 292));
    assert_eq!(agent.file(&list.attachment_id.to_string(), "original").await, b"one, two"[..]);

    let second = phone(&server, away.path()).await;
    second.sign_in(user(&server, "ana")).await.unwrap();
    second.set_visibility(Visibility::Foreground);
    live(&second).await;
    for (variant, edge) in [(Variant::Thumbnail, 320), (Variant::Screen, 1600), (Variant::Original, 2048)] {
        let form = second.file(picture.attachment_id, variant).await.unwrap();
        let form = image::open(&form.path).unwrap();
        assert_eq!(form.width(), edge, "{variant:?}");
    }
    // What is no picture has one form.
    let copy = second.file(list.attachment_id, Variant::Thumbnail).await.unwrap();
    assert_eq!((std::fs::read(copy.path).unwrap(), copy.variant), (b"one, two".to_vec(), Variant::Original));

    let answer = agent.upload_and_reply(&id, &photo(400, 300)).await;
    until("the answer", || async { states(&thread).await.len() == 1 && last(&thread).await.seq == Some(2) })
        .await;
    let answered = attachments(&last(&thread).await)[0].clone();
    assert_eq!(answered.attachment_id.to_string(), answer);
    let form = client.file(answered.attachment_id, Variant::Original).await.unwrap();
    assert_eq!(image::open(&form.path).unwrap().width(), 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_in_the_middle_of_uploads_gets_each_file_whole_and_once() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    let content: Vec<u8> = (0..6_000_000_u32).map(|at| (at * 7).to_le_bytes()[1] | 0x80).collect();
    thread.send_contents(vec![file(content.clone(), "a"), file(photo(1500, 1500), "b.png")]).await.unwrap();
    thread.send_text("after").await.unwrap();
    for round in 1..=3 {
        let some = f64::from(round) / 5.0;
        let progress = || async {
            let first = thread.timeline().messages().await.unwrap().remove(0);
            first.uploading.first().is_none_or(|file| file.progress > some)
        };
        until("some more of it", progress).await;
        server.kill();
        client.set_visibility(Visibility::Background);
        tokio::time::sleep(Duration::from_millis(20)).await;
        server.start();
        client.set_visibility(Visibility::Foreground);
    }
    until("all sent", || async { states(&thread).await == [SendState::Sent, SendState::Sent] }).await;
    let all = thread.timeline().messages().await.unwrap();
    let files = attachments(&all[0]);
    let agent = server.agent().await;
    assert!(agent.file(&files[0].attachment_id.to_string(), "original").await == content, "other bytes");
    assert_eq!(files[1].width, Some(1500));
    assert_eq!(agent.header(&thread.id().to_string()).await["last_seq"], 2);
}
