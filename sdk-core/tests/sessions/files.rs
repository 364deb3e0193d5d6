//! Photos and files: what is taken in, how it travels, and how it is fetched.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use tidings_sdk_core::protocol::id::AttachmentId;
use tidings_sdk_core::protocol::message::{Attachment, KnownPart, Part};
use tidings_sdk_core::{
    Content, Conversation, Discarded, ErrorCode, FileSource, FileToSend, LONGEST_EDGE, MessageItem,
    SendState, SignOut, Variant,
};

use crate::server::{Fault, Server};
use crate::{folder, live, reaches, signed_in, states, until};

/// A picture of noise, so that it does not become small.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut seed = 7_u32;
    let noise = RgbImage::from_fn(width, height, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([seed.to_le_bytes()[3], seed.to_le_bytes()[2], 90])
    });
    let mut bytes = Cursor::new(Vec::new());
    noise.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

fn given(bytes: Vec<u8>) -> Content {
    let source = FileSource::Bytes(bytes);
    Content::File(FileToSend { source, name: Some("at home.png".to_owned()), longest_edge: LONGEST_EDGE })
}

fn words(text: &str) -> Content {
    Content::Text(text.to_owned())
}

async fn last(thread: &Conversation) -> MessageItem {
    thread.timeline().messages().await.unwrap().pop().unwrap()
}

fn attachments(item: &MessageItem) -> Vec<Attachment> {
    let file = |part: &Part| match part {
        Part::Known(KnownPart::Attachment(file)) => Some(file.clone()),
        _ => None,
    };
    item.parts.iter().filter_map(file).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|path| std::fs::read_dir(path).unwrap());
    files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_photo_and_a_file_travel_in_one_message_with_words_between_other_messages() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    let thread = client.start_conversation(None).await.unwrap();
    server.set_online(false);
    thread.send_text("before").await.unwrap();
    let path = folder.path().join("list.txt");
    std::fs::write(&path, "one, two").unwrap();
    let contents = vec![words("look"), given(photo(1200, 800)), Content::File(FileToSend::at(path.clone()))];
    thread.send_contents(contents).await.unwrap();
    // It is ours now.
    std::fs::remove_file(path).unwrap();
    thread.send_text("after").await.unwrap();

    let echo = thread.timeline().messages().await.unwrap()[1].clone();
    let [picture, list] = &attachments(&echo)[..] else { panic!("{echo:?}") };
    assert_eq!((picture.width, picture.height), (Some(1200), Some(800)));
    assert_eq!(picture.media_type.as_str(), "image/jpeg");
    assert_eq!(picture.name.as_ref().unwrap().as_str(), "at home.jpg");
    assert!(picture.thumbhash.is_some());
    assert_eq!((list.media_type.as_str(), list.bytes), ("text/plain", 8));
    assert_eq!(list.name.as_ref().unwrap().as_str(), "list.txt");
    assert_eq!(echo.uploading.iter().map(|file| file.progress).collect::<Vec<_>>(), [0.0, 0.0]);
    // What waits can be looked at.
    let shown = client.file(picture.attachment_id, Variant::Thumbnail).await.unwrap();
    let bytes = std::fs::read(shown.path).unwrap();
    assert_eq!((bytes.len(), shown.variant), (usize::try_from(picture.bytes).unwrap(), Variant::Original));

    server.set_online(true);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    let mut files = server.files();
    files.sort_by_key(Vec::len);
    assert_eq!(files, [b"one, two".to_vec(), bytes]);
    let there = server.messages_of_anybody(thread.id());
    assert_eq!(there.iter().map(|message| message.parts.len()).collect::<Vec<_>>(), [1, 3, 1]);
    assert_eq!(there[1].parts, echo.parts);
    let mine = thread.timeline().messages().await.unwrap()[1].clone();
    assert_eq!((mine.id, mine.uploading.len()), (echo.id, 0));
}

#[tokio::test(start_paused = true)]
async fn an_upload_goes_on_where_it_was_after_trouble_and_after_the_process_died() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    let thread = client.start_conversation(None).await.unwrap();
    for fault in [Fault::Lost, Fault::Portal, Fault::AnswerLost, Fault::Problem(503, "unavailable")] {
        server.fail("POST /app/v1/uploads", fault);
    }
    for fault in [Fault::AnswerLost, Fault::Lost, Fault::Portal, Fault::Problem(460, "checksum_mismatch")] {
        server.fail("PATCH ", fault);
    }
    thread.send_contents(vec![given(vec![1; 1_500_000])]).await.unwrap();
    let progress = || async { last(&thread).await.uploading.first().map_or(1.0, |file| file.progress) };
    until("some of it", || async { progress().await > 0.3 }).await;
    server.set_online(false);
    until("nothing", || async { client.sync_state() != tidings_sdk_core::SyncState::Live }).await;
    drop(client);
    let before = server.files()[0].len();
    assert!(before > 0 && before < 1_500_000, "{before}");

    let client = signed_in(&server, folder.path(), "ana").await;
    server.set_online(true);
    let thread = client.conversation(thread.id()).unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert_eq!(server.files(), [vec![1; 1_500_000]]);
    assert_eq!(server.messages_of_anybody(thread.id()).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_photo_on_a_slow_line_arrives_and_is_not_paid_for_twice() {
    // 12, 60 and 600 kilobits in a second.
    for rate in [1_500, 7_500, 75_000] {
        let (server, folder) = (Server::new(), folder());
        let client = signed_in(&server, folder.path(), "ana").await;
        live(&client).await;
        let thread = client.start_conversation(None).await.unwrap();
        server.slow_down(rate);
        // Two at once, which share the line.
        thread.send_contents(vec![given(vec![1; 600_000]), given(vec![2; 500_000])]).await.unwrap();
        thread.send_text("and some words").await.unwrap();
        let began = tokio::time::Instant::now();
        while states(&thread).await != [SendState::Sent, SendState::Sent] {
            assert!(
                began.elapsed() < Duration::from_mins(25),
                "at {rate} bytes in a second it never arrives"
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let mut files = server.files();
        files.sort_by_key(Vec::len);
        assert_eq!(files, [vec![2; 500_000], vec![1; 600_000]]);
        let wasted = server.sent().saturating_sub(1_100_000);
        assert!(wasted < 900_000, "at {rate} bytes in a second {wasted} bytes went for nothing");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_server_refuses_sets_its_message_aside_until_it_is_tried_again() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    server.refuse_files(true);
    let id = thread.send_contents(vec![words("take this"), given(vec![1; 100])]).await.unwrap();
    thread.send_text("another").await.unwrap();
    until("refused", || async { matches!(last(&thread).await.state, Some(SendState::Failed(_))) }).await;
    let Some(SendState::Failed(refusal)) = last(&thread).await.state else { panic!("refused") };
    assert_eq!(refusal.code, "file_refused");
    assert_eq!(states(&thread).await[0], SendState::Sent, "the others do not wait for it");
    let refused = attachments(&last(&thread).await)[0].attachment_id;

    server.refuse_files(false);
    assert_eq!(thread.retry(id).await.unwrap(), id);
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    assert_ne!(attachments(&last(&thread).await)[0].attachment_id, refused, "under a new id");
}

#[tokio::test(start_paused = true)]
async fn files_that_rested_for_too_long_are_sent_again() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    server.fail("POST /app/v1/conversations/", Fault::AnswerLate(Duration::from_secs(1)));
    thread.send_text("first").await.unwrap();
    thread.send_contents(vec![given(vec![1; 100])]).await.unwrap();
    until("uploaded ahead of its turn", || async { !server.files().is_empty() }).await;
    server.expire_files();
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    assert_eq!(server.files(), [vec![1; 100]]);
}

#[tokio::test(start_paused = true)]
async fn what_is_thrown_away_on_its_way_is_given_up_here_and_there() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    let thread = client.start_conversation(None).await.unwrap();
    let id = thread.send_contents(vec![given(vec![1; 3_000_000])]).await.unwrap();
    until("some of it", || async { server.files().first().is_some_and(|file| !file.is_empty()) }).await;
    assert_eq!(thread.discard(id).await.unwrap(), Discarded::Removed);
    until("given up", || async { server.files().is_empty() }).await;
    drop(client);
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    assert_eq!(names(folder.path()), [""; 0]);
    assert!(server.messages_of_anybody(thread.id()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_says_why_and_leaves_nothing_behind() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let mut broken = photo(600, 600);
    broken.truncate(300);
    let small = FileToSend { longest_edge: 0, ..FileToSend::at(folder.path().join("photo.jpg")) };
    std::fs::write(folder.path().join("photo.jpg"), photo(8, 8)).unwrap();
    let missing = FileToSend::at(folder.path().join("secret name"));
    let table: [(Vec<Content>, &str); 6] = [
        (vec![given(Vec::new())], "empty"),
        (vec![given(vec![1; 9]), given(broken)], "broken"),
        (vec![given(vec![1; 100 * 1024 * 1024 + 1])], "at most 100 MiB"),
        (vec![Content::File(small)], "at least 1 pixel"),
        (vec![Content::File(missing)], "cannot be read"),
        ((0..11).map(|_| given(vec![1; 9])).collect(), "1 to 10"),
    ];
    for (contents, why) in table {
        let error = thread.send_contents(contents).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidInput);
        assert!(error.message().contains(why) && !error.message().contains("secret"), "{error}");
    }
    assert_eq!(names(folder.path()), [""; 0]);
    assert!(thread.timeline().messages().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_of_somebody_else_is_fetched_once_and_goes_on_where_the_line_broke() {
    let (server, folder, other) = (Server::new(), folder(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let content: Vec<u8> = (0..1_500_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    thread.send_contents(vec![given(content.clone())]).await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    let id = attachments(&last(&thread).await)[0].attachment_id;

    let second = signed_in(&server, other.path(), "ana").await;
    live(&second).await;
    let fetches = || server.log().iter().filter(|line| line.contains("/files/v1/")).count();
    // The second piece fails three times: that is one call's patience.
    server.fail(&format!("GET /files/v1/{id}/original"), Fault::AnswerLate(Duration::ZERO));
    for _ in 0..3 {
        server.fail(&format!("GET /files/v1/{id}/original"), Fault::Lost);
    }
    let error = second.file(id, Variant::Original).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Network);
    assert_eq!(fetches(), 1);
    drop(second);
    let second = signed_in(&server, other.path(), "ana").await;
    live(&second).await;
    // The next day, after a restart, and by two at once.
    server.next_day();
    let (one, two) = tokio::join!(second.file(id, Variant::Original), second.file(id, Variant::Original));
    let file = one.unwrap();
    assert_eq!(file, two.unwrap());
    assert_eq!(std::fs::read(&file.path).unwrap(), content);
    assert_eq!(fetches(), 3, "three pieces in all");
    // Larger forms do, and nothing more is asked.
    assert_eq!(second.file(id, Variant::Thumbnail).await.unwrap(), file);
    std::fs::remove_file(&file.path).unwrap();
    let thumbnail = second.file(id, Variant::Thumbnail).await.unwrap();
    assert_eq!((thumbnail.variant, thumbnail.bytes), (Variant::Thumbnail, 375_000));
    // A form that there is not.
    assert_eq!(second.file(id, Variant::Screen).await.unwrap().variant, Variant::Original);
    let nothing = AttachmentId::from_parts(1, [1; 10]);
    assert_eq!(second.file(nothing, Variant::Original).await.unwrap_err().code(), ErrorCode::NotFound);

    second.sign_out(SignOut::Erase).await.unwrap();
    assert_eq!(names(other.path()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_longest_unused_file_makes_room_and_what_is_to_be_sent_never_does() {
    let (server, folder, other) = (Server::new(), folder(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let mut ids = Vec::new();
    for number in 1..=3_u8 {
        thread.send_contents(vec![given(vec![number; 40_000])]).await.unwrap();
        ids.push(attachments(&last(&thread).await)[0].attachment_id);
    }
    reaches(&thread, &vec![SendState::Sent; 3]).await;

    let second = crate::phone_with(&server, other.path(), |config| config.file_cache_bytes = 100_000).await;
    second.sign_in(crate::named("ana")).await.unwrap();
    second.set_visibility(tidings_sdk_core::Visibility::Foreground);
    live(&second).await;
    let waits = second.conversation(thread.id()).unwrap();
    server.fail("POST /app/v1/uploads", Fault::Problem(503, "unavailable"));
    for _ in 0..40 {
        server.fail("POST /app/v1/uploads", Fault::Lost);
    }
    waits.send_contents(vec![given(vec![9; 300_000])]).await.unwrap();
    for id in [ids[0], ids[1], ids[0], ids[2]] {
        second.file(id, Variant::Original).await.unwrap();
        // The clock that the cache goes by is the phone's.
        std::thread::sleep(Duration::from_millis(3));
    }
    let mut left: Vec<_> = names(other.path());
    left.sort();
    let fetched = |id: &AttachmentId| format!("{id}-original.jpg");
    let mut wanted = vec![fetched(&ids[0]), fetched(&ids[2])];
    wanted.extend(left.iter().find(|name| !name.starts_with("att_")).cloned());
    wanted.sort();
    assert_eq!(left, wanted);
    assert_eq!(left.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_can_be_fetched_again_is_counted_and_cleared_and_what_waits_stays() {
    let (server, folder, other) = (Server::new(), folder(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let content: Vec<u8> = (0..900_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    thread.send_contents(vec![given(content.clone())]).await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    let id = attachments(&last(&thread).await)[0].attachment_id;

    let second = crate::phone(&server, other.path()).await;
    assert_eq!(second.clear_media().await.unwrap_err().code(), ErrorCode::NotSignedIn);
    assert_eq!(second.storage_usage().await.unwrap().store_bytes, 0);
    second.sign_in(crate::named("ana")).await.unwrap();
    second.set_visibility(tidings_sdk_core::Visibility::Foreground);
    live(&second).await;
    second.file(id, Variant::Original).await.unwrap();
    let thread = second.conversation(thread.id()).unwrap();
    server.set_online(false);
    // The same content twice: as a cached file, and to be sent. And one that is to be sent alone.
    thread.send_contents(vec![given(content.clone()), given(vec![9; 300_000])]).await.unwrap();
    let usage = second.storage_usage().await.unwrap();
    assert_eq!((usage.media_bytes, usage.waiting_bytes), (900_000, 1_200_000));
    assert!(usage.store_bytes > 0);
    assert!(usage.total_bytes >= usage.store_bytes + usage.media_bytes + usage.waiting_bytes);

    assert_eq!(second.clear_media().await.unwrap(), 900_000);
    let usage = second.storage_usage().await.unwrap();
    assert_eq!((usage.media_bytes, usage.waiting_bytes), (0, 1_200_000));
    assert_eq!(second.clear_media().await.unwrap(), 0, "again frees nothing");
    server.set_online(true);
    until("sent", || async { server.files().len() == 3 && last(&thread).await.uploading.is_empty() }).await;
    // What was cleared comes again, and what was sent is a cache now.
    let file = second.file(id, Variant::Original).await.unwrap();
    assert_eq!(std::fs::read(&file.path).unwrap(), content);
    assert_eq!(second.clear_media().await.unwrap(), 2_100_000);
    assert_eq!(names(other.path()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_changed_on_the_way_is_fetched_once_more_and_never_shown() {
    let (server, folder, other) = (Server::new(), folder(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let content: Vec<u8> = (0..700_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    thread.send_contents(vec![given(content.clone())]).await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    let id = attachments(&last(&thread).await)[0].attachment_id;

    let second = signed_in(&server, other.path(), "ana").await;
    live(&second).await;
    let fetches = || server.log().iter().filter(|line| line.contains("/files/v1/")).count();
    // Both pieces the first time, one of them the second time.
    server.spoil_files(3);
    let error = second.file(id, Variant::Original).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Network);
    assert!(error.message().contains("changes it"), "{error}");
    assert_eq!(fetches(), 4, "two pieces, twice");
    assert_eq!(names(other.path()), [""; 0], "nothing of it stays");
    server.spoil_files(1);
    let file = second.file(id, Variant::Original).await.unwrap();
    assert_eq!(std::fs::read(&file.path).unwrap(), content);
    assert_eq!(fetches(), 8, "and once more when it is wanted again");
}
