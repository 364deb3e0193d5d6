//! What is taken in, under which name, and what is refused.

use super::*;

fn id() -> AttachmentId {
    AttachmentId::from_parts(1, [1; 10])
}

fn taken(file: FileToSend) -> Result<Imported, Error> {
    let home = tempfile::tempdir().unwrap();
    import(&Folder::new(home.path().join("x.files")), file, id())
}

fn bytes(bytes: &[u8], name: Option<&str>) -> FileToSend {
    let source = FileSource::Bytes(bytes.to_vec());
    FileToSend { source, name: name.map(str::to_owned), longest_edge: LONGEST_EDGE }
}

#[test]
fn a_name_says_nothing_of_folders() {
    for (given, kept) in [("a.pdf", "a.pdf"), ("/home/ana/a.pdf", "a.pdf"), ("C:\\Ana\\a.pdf", "a.pdf")] {
        let named = taken(bytes(b"%PDF-1.7", Some(given))).unwrap().part;
        assert_eq!(named.name.unwrap().as_str(), kept);
        assert_eq!(named.media_type.as_str(), "application/pdf");
    }
    assert_eq!(taken(bytes(b"%PDF-1.7", None)).unwrap().part.name, None);
    let long = "x".repeat(256);
    for bad in ["", "a/", &long] {
        let error = taken(bytes(b"%PDF-1.7", Some(bad))).unwrap_err();
        assert!(error.message().starts_with("the name of the file"), "{error}");
    }
}

#[test]
fn what_will_be_uploaded_is_what_was_taken_in() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path().join("x.files"));
    let content = vec![1; 200_000];
    let Imported { part, outgoing } = import(&folder, bytes(&content, None), id()).unwrap();
    assert_eq!((part.bytes, outgoing.bytes), (200_000, 200_000));
    assert_eq!(part.attachment_id, outgoing.id);
    assert_eq!(std::fs::read(folder.path(&outgoing.file)).unwrap(), content);
    let sum = ring::digest::digest(&ring::digest::SHA256, &content);
    assert_eq!(outgoing.sha256, sum.as_ref());
}

#[test]
fn a_picture_that_is_too_large_is_refused_by_its_bytes() {
    let mut bomb = b"\xff\xd8\xff".to_vec();
    bomb.resize(33 * 1024 * 1024, 0);
    let error = taken(bytes(&bomb, None)).unwrap_err();
    assert_eq!(error.message(), "a picture has at most 32 MiB");
}

#[test]
fn no_place_leaves_the_phone_in_a_picture_that_is_sent_as_it_is() {
    let mut webp =
        b"RIFF\x2a\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\0\0\0\0\0\0VP8 \x02\0\0\0ppEXIF\x04\0\0\x0046.9"
            .to_vec();
    webp[4] = u8::try_from(webp.len() - 8).unwrap();
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path().join("x.files"));
    let Imported { part, outgoing } = import(&folder, bytes(&webp, Some("a.webp")), id()).unwrap();
    assert_eq!(part.media_type.as_str(), "image/webp");
    let sent = std::fs::read(folder.path(&outgoing.file)).unwrap();
    assert_eq!(u64::try_from(sent.len()).unwrap(), outgoing.bytes);
    assert!(!sent.windows(4).any(|part| part == b"EXIF" || part == b"46.9"));
    let error = taken(bytes(b"\0\0\0\x18ftypheic\0\0\0\0", None)).unwrap_err();
    assert!(error.message().contains("HEIC") && error.message().contains("JPEG first"), "{error}");
}
