//! A store that is used in place, as a simulation does. In a program of its own, because it is so for the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use tidings_protocol::id::WorkspaceId;
use tidings_protocol::time::Timestamp;
use tidings_store::apps::CreateWorkspace;
use tidings_store::audit::By;
use tidings_store::{BatchFault, Db, Error, Options};

async fn open(folder: &tempfile::TempDir, fault: &Arc<Mutex<Option<BatchFault>>>) -> Db {
    let options = Options {
        url: format!("sqlite:{}", folder.path().join("t.db").display()).parse().unwrap(),
        epoch_bits: 7,
        on_commit: Arc::new(|_| {}),
        on_fatal: Arc::new(|why| panic!("{why}")),
    };
    let fault = Arc::clone(fault);
    Db::open_in_place(options, Arc::new(move || fault.lock().unwrap().take())).await.unwrap()
}

fn company(number: u8) -> CreateWorkspace {
    CreateWorkspace {
        id: WorkspaceId::from_parts(1, [number; 10]),
        name: format!("Acme {number}").try_into().unwrap(),
        by: By::command_line(Timestamp::from_unix_ms(1)),
    }
}

#[tokio::test]
async fn each_fault_leaves_what_its_name_says_and_a_store_that_was_dropped_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let fault = Arc::default();
    let db = open(&folder, &fault).await;

    *fault.lock().unwrap() = Some(BatchFault::Full);
    assert!(matches!(db.write(company(1)).await, Err(Error::Full)));
    *fault.lock().unwrap() = Some(BatchFault::LostBeforeCommit);
    assert!(matches!(db.write(company(2)).await, Err(Error::Unavailable)));
    assert!(db.workspace().await.unwrap().is_none(), "neither is stored");
    *fault.lock().unwrap() = Some(BatchFault::LostAfterCommit);
    assert!(matches!(db.write(company(3)).await, Err(Error::Unavailable)));
    let read = db.workspace().now_or_never().expect("a read is done in one poll").unwrap();
    assert_eq!(read.unwrap().id, company(3).id, "stored, though nobody was told");

    let other = open(&folder, &fault).await;
    drop(db);
    assert!(other.workspace().now_or_never().unwrap().unwrap().is_some());
    drop(other);
    assert!(open(&folder, &fault).await.workspace().await.unwrap().is_some());
}
