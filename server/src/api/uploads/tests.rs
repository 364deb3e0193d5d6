//! Tests: a file's way in and out.

use std::io::Cursor;

use axum::http::Method;
use image::{GenericImageView as _, ImageDecoder as _, ImageReader};
use serde_json::json;
use tidings_protocol::limits;

use crate::app::App;
use crate::testing::{Answer, Harness};
use crate::testing_uploads::{PLACE, Sender, file_id, metadata, photo};

/// Bytes that are no picture and nothing else known.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect()
}

const MIN: usize = limits::CHUNK_BYTES_MIN;

#[tokio::test]
async fn an_upload_goes_on_where_it_ended() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let (by, id, file) = (Sender::User(&token), file_id(1), bytes(2 * MIN + 10));
    let begun = harness.begin(by, id, &file, "a.bin").await;
    assert_eq!((begun.status, begun.header("location")), (201, by.path(id)));
    assert_eq!(begun.header("tus-resumable"), "1.0.0");
    assert!(!begun.header("upload-expires").is_empty());
    assert_eq!(harness.chunk(by, id, 0, &file[..MIN]).await.header("upload-offset"), MIN.to_string());
    let lost = harness.chunk(by, id, 0, &file[..MIN]).await;
    assert_eq!(
        (lost.status, lost.code(), lost.header("upload-offset")),
        (409, "offset_conflict".to_owned(), MIN.to_string())
    );
    let found = harness.tus(by, Method::HEAD, &by.path(id)).await;
    assert_eq!((found.status, found.header("upload-offset")), (200, MIN.to_string()));
    assert_eq!(found.header("upload-length"), file.len().to_string());
    assert_eq!(harness.upload_status(by, id).await.json()["state"], "receiving");
    let again = harness.begin(by, id, &file, "a.bin").await;
    assert_eq!((again.status, again.header("upload-offset")), (200, MIN.to_string()));
    assert_eq!(harness.chunk(by, id, MIN, &file[MIN..2 * MIN]).await.status, 204);
    assert_eq!(harness.chunk(by, id, 2 * MIN, &file[2 * MIN..]).await.status, 204);
    let status = harness.upload_status(by, id).await.json();
    assert_eq!(status["state"], "complete");
    assert_eq!(status["attachment"]["media_type"], "application/octet-stream");
    assert_eq!(status["attachment"]["name"], "a.bin");
    assert_eq!(status["attachment"]["bytes"], file.len());
    assert_eq!(harness.begin(by, id, &file[1..], "a.bin").await.code(), "id_conflict");
}

/// What a phone that fetches a form of a file gets.
async fn fetch(harness: &Harness, by: Sender<'_>, id: &str, variant: &str) -> Answer {
    let told = harness.addresses(by, id).await.json();
    let forms = told["variants"].as_array().unwrap();
    let form = forms.iter().find(|form| form["variant"] == variant).unwrap();
    harness.get(form["address"].as_str().unwrap()).await
}

#[tokio::test]
async fn law_10_a_message_shows_only_files_that_are_whole() {
    let harness = Harness::start().await;
    let (ana, ben) = (harness.user("ana").await, harness.user("ben").await);
    let conversation = harness.conversation(&ana, 1).await;
    let (by, id, file) = (Sender::User(&ana), file_id(1), bytes(MIN + 1));
    harness.begin(by, id, &file, "a.bin").await;
    harness.chunk(by, id, 0, &file[..MIN]).await;
    let part = json!({ "type": "attachment", "attachment_id": id, "media_type": "text/html", "bytes": 3 });
    let parts = json!([{ "type": "text", "text": "look" }, part]);
    let early = harness.send_parts(&ana, &conversation, 1, &parts).await;
    assert_eq!((early.status, early.code().as_str()), (422, "attachment_unusable"));
    harness.chunk(by, id, MIN, &file[MIN..]).await;
    let theirs = harness.conversation(&ben, 2).await;
    assert_eq!(harness.send_parts(&ben, &theirs, 2, &parts).await.code(), "attachment_unusable");
    let sent = harness.send_parts(&ana, &conversation, 1, &parts).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    // What the server found stands in the place of what the author said.
    assert_eq!(sent.json()["parts"][1]["media_type"], "application/octet-stream");
    assert_eq!(sent.json()["parts"][1]["bytes"], file.len());
    let again = harness.send_parts(&ana, &conversation, 1, &parts).await;
    assert_eq!((again.status, again.json()), (200, sent.json()));
    assert_eq!(harness.send_parts(&ana, &conversation, 3, &parts).await.code(), "attachment_unusable");
    let twice = json!([parts[1], parts[1]]);
    assert_eq!(harness.send_parts(&ana, &conversation, 4, &twice).await.code(), "invalid_body");
    let id = id.to_string();
    assert_eq!(fetch(&harness, by, &id, "original").await.bytes(), file);
    let cookie = harness.agent_cookie().await;
    assert_eq!(fetch(&harness, Sender::Agent(&cookie), &id, "original").await.bytes(), file);
    assert_eq!(harness.addresses(Sender::User(&ben), &id).await.code(), "not_found");
    let outsider = harness.agent_of_another_team().await;
    assert_eq!(harness.addresses(Sender::Agent(&outsider), &id).await.code(), "not_found");
    assert_eq!(harness.upload_status(Sender::User(&ben), file_id(1)).await.code(), "not_found");
    assert_eq!(harness.chunk(Sender::User(&ben), file_id(1), 0, &file).await.code(), "not_found");
    assert_eq!(harness.begin(Sender::User(&ben), file_id(1), &file, "a.bin").await.code(), "id_conflict");
    assert_eq!(harness.tus(by, Method::DELETE, &by.path(file_id(1))).await.code(), "not_found");
}

#[tokio::test]
async fn a_picture_is_made_anew_upright_and_without_its_place() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let (by, original) = (Sender::User(&token), photo(2000, 1000));
    assert!(original.windows(PLACE.len()).any(|window| window == PLACE));
    let part = harness.uploaded(by, 1, &original, "IMG_1.HEIC").await;
    // It lay on its side.
    assert_eq!((&part["width"], &part["height"]), (&json!(1000), &json!(2000)));
    assert_eq!(part["media_type"], "image/jpeg");
    assert!(part["thumbhash"].as_str().unwrap().len() > 10);
    let id = part["attachment_id"].as_str().unwrap();
    for (variant, size) in [("thumbnail", (160, 320)), ("screen", (800, 1600)), ("original", (1000, 2000))] {
        let answer = fetch(&harness, by, id, variant).await;
        assert_eq!(answer.header("content-type"), "image/jpeg");
        assert_eq!(answer.header("content-disposition"), "inline; filename*=UTF-8''IMG_1.HEIC");
        let bytes = answer.bytes();
        assert!(!bytes.windows(PLACE.len()).any(|window| window == PLACE), "{variant}");
        let mut decoder =
            ImageReader::new(Cursor::new(&bytes)).with_guessed_format().unwrap().into_decoder().unwrap();
        assert_eq!(decoder.exif_metadata().unwrap(), None);
        assert_eq!(decoder.dimensions(), size, "{variant}");
        let upright = image::load_from_memory(&bytes).unwrap();
        // What was at the left is at the top now.
        let red = |x, y| upright.get_pixel(x, y).0[0];
        assert!(red(size.0 / 2, 2) < 40 && red(size.0 / 2, size.1 - 3) > 215, "{variant}");
    }
}

#[tokio::test]
async fn what_is_no_file_that_is_taken_is_refused_with_its_reason() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let by = Sender::User(&token);
    let mut bomb = Vec::new();
    image::ImageEncoder::write_image(
        image::codecs::png::PngEncoder::new(&mut bomb),
        &[0; 4],
        2,
        2,
        image::ExtendedColorType::L8,
    )
    .unwrap();
    // The header says 50,000 x 50,000 now.
    bomb[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
    let crc = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let broken = photo(64, 64)[..400].to_vec();
    for (number, file, why) in
        [(1, b"MZ\x90\0\x03\0\0\0".to_vec(), "programs"), (2, bomb, "pixels"), (3, broken, "broken")]
    {
        let id = file_id(number);
        harness.begin(by, id, &file, "photo.jpg").await;
        let answer = harness.chunk(by, id, 0, &file).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "file_refused"),
            "{why}: {}",
            answer.text()
        );
        assert!(answer.text().contains(why), "{why}: {}", answer.text());
        assert_eq!(harness.upload_status(by, id).await.json()["state"], "refused");
        assert_eq!(harness.tus(by, Method::HEAD, &by.path(id)).await.status, 422);
    }
    let (id, file) = (file_id(4), bytes(10));
    harness.begin(by, id, &file, "a").await;
    let mut other = file.clone();
    other[3] ^= 1;
    let answer = harness.chunk(by, id, 0, &other).await;
    assert!(answer.text().contains("SHA-256"), "{}", answer.text());
    assert_eq!(objects(&harness.app).await, 0);
}

/// CRC-32 of a chunk of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

async fn objects(app: &App) -> usize {
    use futures_util::StreamExt as _;
    app.files.depot().list().count().await
}

#[tokio::test]
async fn chunks_are_checked_before_they_are_taken() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let (by, id, file) = (Sender::User(&token), file_id(1), bytes(3 * MIN));
    harness.begin(by, id, &file, "a").await;
    assert_eq!(harness.chunk(by, id, 0, &file[..MIN - 1]).await.code(), "invalid_body");
    let too_long = [&file[..], b"x"].concat();
    assert_eq!(harness.chunk(by, id, 0, &too_long).await.code(), "too_large");
    let path = by.path(id);
    let ask = || {
        let ask = harness.tus(by, Method::PATCH, &path).header("upload-offset", "0");
        ask.bytes(file[..MIN].to_vec())
    };
    assert_eq!(ask().await.code(), "unsupported_media_type");
    let typed = || ask().header("content-type", "application/offset+octet-stream");
    assert_eq!(typed().header("upload-checksum", "sha1 AAAA").await.status, 460);
    assert_eq!(typed().header("upload-checksum", "md4 AAAA").await.code(), "invalid_parameter");
    let without_version = harness.ask(Method::PATCH, &path).bearer(&token).header("upload-offset", "0");
    assert_eq!(without_version.await.code(), "tus_version");
    assert_eq!(objects(&harness.app).await, 0);
    let sum = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        ring::digest::digest(&ring::digest::SHA256, &file[..MIN]),
    );
    assert_eq!(typed().header("upload-checksum", &format!("sha256 {sum}")).await.status, 204);
}

#[tokio::test]
async fn a_file_can_come_with_its_beginning() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let (by, id) = (Sender::User(&token), file_id(1));
    let answer = harness
        .tus(by, Method::POST, by.folder())
        .header("upload-length", "5")
        .header("upload-metadata", &metadata(id, b"hello", "a.txt"))
        .header("content-type", "application/offset+octet-stream")
        .bytes(b"hello".to_vec())
        .await;
    assert_eq!((answer.status, answer.header("upload-offset").as_str()), (201, "5"));
    assert_eq!(harness.upload_status(by, id).await.json()["attachment"]["media_type"], "text/plain");
}

#[tokio::test]
async fn one_person_leaves_only_so_much_unsent() {
    let harness = Harness::start().await;
    let (token, other) = (harness.user("ana").await, harness.user("ben").await);
    let by = Sender::User(&token);
    for number in 0..u8::try_from(limits::UPLOADS).unwrap() {
        assert_eq!(harness.begin(by, file_id(number), b"x", "a").await.status, 201);
    }
    assert_eq!(harness.begin(by, file_id(200), b"x", "a").await.code(), "limit_reached");
    assert_eq!(harness.begin(Sender::User(&other), file_id(200), b"x", "a").await.status, 201);
    assert_eq!(harness.tus(by, Method::DELETE, &by.path(file_id(0))).await.status, 204);
    assert_eq!(harness.tus(by, Method::HEAD, &by.path(file_id(0))).await.status, 404);
    assert_eq!(harness.begin(by, file_id(201), b"x", "a").await.status, 201);
}

#[tokio::test]
async fn a_file_is_fetched_whole_or_in_ranges_and_does_nothing() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let by = Sender::User(&token);
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let part = harness.uploaded(by, 1, page, "r\u{e9}sum\u{e9}.html").await;
    let id = part["attachment_id"].as_str().unwrap();
    let told = harness.addresses(by, id).await.json();
    let address = told["variants"][0]["address"].as_str().unwrap();
    let whole = harness.get(address).await;
    assert_eq!((whole.status, whole.bytes()), (200, page.to_vec()));
    for (header, value) in [
        ("content-disposition", "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.html"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("accept-ranges", "bytes"),
        ("content-length", "40"),
    ] {
        assert_eq!(whole.header(header), value);
    }
    let etag = whole.header("etag");
    for (range, status, wanted, said) in [
        ("bytes=2-4", 206, &page[2..5], "bytes 2-4/40"),
        ("bytes=30-", 206, &page[30..], "bytes 30-39/40"),
        ("bytes=-4", 206, &page[36..], "bytes 36-39/40"),
        ("bytes=30-99", 206, &page[30..], "bytes 30-39/40"),
        ("bytes=1-2,4-5", 200, &page[..], ""),
        ("lines=1-2", 200, &page[..], ""),
    ] {
        let answer = harness.get(address).header("range", range).await;
        assert_eq!((answer.status, answer.header("content-range").as_str()), (status, said), "{range}");
        assert_eq!(answer.bytes(), wanted, "{range}");
    }
    assert_eq!(harness.get(address).header("range", "bytes=40-").await.code(), "range_not_satisfiable");
    let stale = harness.get(address).header("range", "bytes=2-4").header("if-range", "\"other\"").await;
    assert_eq!(stale.status, 200);
    assert_eq!(harness.get(address).header("if-none-match", &etag).await.status, 304);
    assert_eq!(harness.get(&address.replace("expires=1", "expires=2")).await.code(), "not_found");
    harness.hand.advance_ms(limits::ADDRESS_MINUTES * 60_000);
    assert_eq!(harness.get(address).await.code(), "not_found");
}

#[tokio::test]
async fn bytes_that_nobody_needs_go_and_others_stay() {
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let conversation = harness.conversation(&token, 1).await;
    let by = Sender::User(&token);
    let sent = harness.uploaded(by, 1, &bytes(10), "a").await;
    harness.send_parts(&token, &conversation, 1, &json!([sent])).await;
    harness.uploaded(by, 2, &bytes(20), "b").await;
    let unfinished = bytes(2 * MIN);
    harness.begin(by, file_id(3), &unfinished, "c").await;
    harness.chunk(by, file_id(3), 0, &unfinished[..MIN]).await;
    assert_eq!(objects(&harness.app).await, 3);
    crate::upkeep::files::now(&harness.app).await.unwrap();
    assert_eq!(objects(&harness.app).await, 3);
    harness.hand.advance_ms(limits::UPLOAD_HOURS * 3_600_000 + 1);
    crate::upkeep::files::now(&harness.app).await.unwrap();
    assert_eq!(objects(&harness.app).await, 1);
    assert_eq!(harness.upload_status(by, file_id(2)).await.status, 404);
    assert_eq!(
        fetch(&harness, by, sent["attachment_id"].as_str().unwrap(), "original").await.bytes(),
        bytes(10)
    );
}

#[tokio::test]
async fn an_upload_whose_node_died_at_the_end_is_settled_by_whoever_comes() {
    use tidings_store::uploads::{AddPiece, Piece};
    let harness = Harness::start().await;
    let token = harness.user("ana").await;
    let (by, id) = (Sender::User(&token), file_id(1));
    harness.begin(by, id, b"hello", "a.txt").await;
    // The last piece is known, and nobody looked at it.
    let session = harness.app.db.session(crate::auth::token_hash(&token), harness.app.clock.now()).await;
    let session = session.unwrap().unwrap();
    let actor = tidings_store::Actor::User { user_id: session.user_id, device_id: session.device_id };
    let token = uuid::Uuid::from_bytes([9; 16]);
    let key = crate::files::depot::Key::piece(harness.workspace_id, id, token);
    harness.app.files.depot().put(&key, bytes::Bytes::from_static(b"hello")).await.unwrap();
    let piece = Piece { start: 0, bytes: 5, token };
    harness.app.db.write(AddPiece { id, actor, piece, now: harness.app.clock.now() }).await.unwrap().unwrap();
    crate::upkeep::files::now(&harness.app).await.unwrap();
    assert_eq!(harness.upload_status(by, id).await.json()["state"], "processing");
    harness.hand.advance_ms(61_000);
    crate::upkeep::files::now(&harness.app).await.unwrap();
    assert_eq!(harness.upload_status(by, id).await.json()["state"], "complete");
}

#[tokio::test]
async fn law_11_the_files_of_an_erased_user_are_gone() {
    let harness = Harness::start().await;
    let (token, other) = (harness.user("ana").await, harness.user("ben").await);
    let (conversation, elsewhere) =
        (harness.conversation(&token, 1).await, harness.conversation(&other, 2).await);
    let part = harness.uploaded(Sender::User(&token), 1, &bytes(10), "a").await;
    harness.send_parts(&token, &conversation, 1, &json!([part])).await;
    harness.uploaded(Sender::User(&token), 2, &bytes(20), "b").await;
    let cookie = harness.agent_cookie().await;
    let part = harness.uploaded(Sender::Agent(&cookie), 3, &bytes(30), "c").await;
    let body = json!({ "id": tidings_protocol::id::MessageId::from_parts(1, [50; 10]), "parts": [part] });
    let path = format!("/inbox/v1/conversations/{conversation}/replies");
    assert_eq!(harness.post(&path, &body).cookie(&cookie).same_origin().await.status, 201);
    let part = harness.uploaded(Sender::User(&other), 4, &bytes(40), "d").await;
    harness.send_parts(&other, &elsewhere, 4, &json!([part])).await;
    assert_eq!(objects(&harness.app).await, 4);
    let id = harness.app.db.session(crate::auth::token_hash(&token), harness.app.clock.now()).await;
    let (user_id, app) = (id.unwrap().unwrap().user_id, &harness.app);
    let by = tidings_store::audit::By::command_line(app.clock.now());
    app.db.write(tidings_store::erase::BeginErasure { user_id, workspace_id: None, by }).await.unwrap();
    crate::upkeep::erase::to_the_end(&app.db, &app.files, &app.clock, user_id, |_| {}).await.unwrap();
    assert_eq!(objects(app).await, 1);
    assert!(app.db.erasures_under_way().await.unwrap().is_empty());
    assert!(app.db.kept_files(&[file_id(1), file_id(2), file_id(3)]).await.unwrap().is_empty());
}
