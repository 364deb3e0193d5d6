//! What the depot promises, on a folder and on a bucket.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tidings_protocol::id::{AttachmentId, WorkspaceId};
use tidings_protocol::upload::Variant;
use tidings_server::config::Config;
use tidings_server::files::Files;
use tidings_server::files::depot::{Content, Depot, DepotError, Key};
use uuid::Uuid;

use super::{bucket, folder};

#[tokio::test]
async fn a_folder_keeps_what_the_depot_promises() {
    let (config, folder) = folder();
    promises(&config).await;
    // What is removed leaves no empty folders behind.
    let files = folder.path().join("deep/files/files");
    assert!(!files.exists() || std::fs::read_dir(files).unwrap().count() == 0);
}

#[tokio::test]
async fn a_bucket_keeps_what_the_depot_promises() {
    promises(&bucket()).await;
}

async fn all(content: Content) -> Vec<u8> {
    content
        .try_fold(Vec::new(), |all, piece| async move { Ok([all, piece.to_vec()].concat()) })
        .await
        .unwrap()
}

async fn names(depot: &Depot) -> usize {
    depot.list().map(|found| found.unwrap()).count().await
}

async fn promises(config: &Config) {
    let files = Files::open(config).unwrap();
    let depot = files.depot();
    depot.probe(Uuid::nil()).await.unwrap();
    let (workspace, id) = (WorkspaceId::from_parts(1, [1; 10]), AttachmentId::from_parts(1, [2; 10]));
    let screen = Key::file(workspace, id, Variant::Screen);
    assert_eq!(depot.bytes(&screen).await.unwrap(), None);
    assert!(matches!(depot.read(&screen, None).await.err(), Some(DepotError::Missing)));
    depot.remove(&screen).await.unwrap();

    depot.put(&screen, Bytes::from_static(b"0123456789")).await.unwrap();
    assert_eq!(all(depot.read(&screen, None).await.unwrap()).await, b"0123456789");
    assert_eq!(all(depot.read(&screen, Some(3..6)).await.unwrap()).await, b"345");
    assert_eq!(depot.bytes(&screen).await.unwrap(), Some(10));

    // Longer than one part, in pieces that fit no part.
    let long: Vec<u8> = (0..20_000_003_u32).map(|n| n.to_le_bytes()[1]).collect();
    let original = Key::file(workspace, id, Variant::Original);
    let mut writing = depot.write(&original).await.unwrap();
    for piece in long.chunks(524_288) {
        writing.add(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    assert_eq!(depot.bytes(&original).await.unwrap(), None, "seen before it was whole");
    writing.finish().await.unwrap();
    assert!(all(depot.read(&original, None).await.unwrap()).await == long);
    assert_eq!(
        all(depot.read(&original, Some(19_999_999..20_000_003)).await.unwrap()).await,
        &long[19_999_999..]
    );

    let thumbnail = Key::file(workspace, id, Variant::Thumbnail);
    let mut writing = depot.write(&thumbnail).await.unwrap();
    writing.add(Bytes::from(long[..9_000_000].to_vec())).await.unwrap();
    writing.abort().await.unwrap();
    assert_eq!(depot.bytes(&thumbnail).await.unwrap(), None);

    let other = AttachmentId::from_parts(1, [3; 10]);
    let piece = Key::piece(workspace, other, Uuid::nil());
    depot.put(&piece, Bytes::from_static(b"x")).await.unwrap();
    let found: Vec<_> = depot.list().try_collect().await.unwrap();
    assert_eq!(found.len(), 3);
    for key in [&screen, &original, &piece] {
        assert!(found.iter().any(|found| found.key == *key && found.written_ms > 0), "{key:?}");
    }
    depot.remove_all(workspace, id).await.unwrap();
    assert_eq!((names(depot).await, depot.bytes(&piece).await.unwrap()), (1, Some(1)));
    depot.remove_pieces(workspace, other).await.unwrap();
    assert_eq!(names(depot).await, 0);
}
