//! A PostgreSQL that goes away and comes back: nothing acknowledged is lost, nothing is stored twice, and the store
//! recovers by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tidings_protocol::id::ConversationId;
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::{DatabaseUrl, Db, Error, Options};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::trial::{Trial, World};

/// A way to the database that can be cut.
struct Way {
    /// Grows with each cut; connections of an earlier number end.
    cuts: watch::Sender<u64>,
    open: AtomicBool,
}

impl Way {
    fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
        self.cut();
    }

    fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// Cuts the connections of this moment; new ones are fine.
    fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

/// Listens on a port of its own and passes everything on to `target`.
async fn way_to(target: String) -> (Arc<Way>, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let way = Arc::new(Way { cuts: watch::Sender::new(0), open: AtomicBool::new(true) });
    let passing = Arc::clone(&way);
    tokio::spawn(async move {
        while let Ok((mut inner, _)) = listener.accept().await {
            if !passing.open.load(Ordering::SeqCst) {
                continue;
            }
            let (mut cuts, target) = (passing.cuts.subscribe(), target.clone());
            tokio::spawn(async move {
                let mut outer = TcpStream::connect(target).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut inner, &mut outer) => {}
                    _ = cuts.changed() => {}
                }
            });
        }
    });
    (way, port)
}

/// The same database over a way that can be cut.
async fn over_a_way(t: &Trial) -> (Db, Arc<Way>) {
    let DatabaseUrl::Postgres(url) = &t.url else { panic!("only for PostgreSQL") };
    let (head, rest) = url.split_once('@').expect("user@host:port/name");
    let (target, rest) = rest.split_once('/').expect("user@host:port/name");
    let (way, port) = way_to(target.to_owned()).await;
    let options = Options {
        url: format!("{head}@127.0.0.1:{port}/{rest}").parse().unwrap(),
        epoch_bits: 1,
        on_commit: Arc::new(|_| {}),
        on_fatal: Arc::new(|reason| panic!("{reason}")),
    };
    (Db::open(options).await.unwrap(), way)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_told_at_once_and_comes_back() {
    let t = Trial::postgres().await;
    let w = t.world().await;
    let id = t.open_conversation(w.user).await.id;
    let (db, way) = over_a_way(&t).await;
    db.write(t.message(id, w.user(), "before")).await.unwrap();
    way.close();
    for _ in 0..3 {
        let started = Instant::now();
        let writes = join_all((0..20).map(|_| db.write(t.message(id, w.user(), "lost"))));
        let (writes, read, ping) = tokio::join!(writes, db.messages(id, Range::Newest, 1), db.ping());
        assert!(writes.iter().all(|write| matches!(write, Err(Error::Unavailable))));
        assert!(matches!(read, Err(Error::Unavailable)), "{read:?}");
        assert!(matches!(ping, Err(Error::Unavailable)), "{ping:?}");
        assert!(started.elapsed() < Duration::from_millis(2500), "{:?}", started.elapsed());
    }
    way.open();
    let sent = db.write(t.message(id, w.user(), "after")).await.unwrap().value;
    assert_eq!(sent.seq, 2);
    assert_eq!(db.messages(id, Range::Newest, 1).await.unwrap().messages, [sent]);
    db.ping().await.unwrap();
    db.close().await;
    t.end().await;
}

/// Repeats until it is acknowledged, as a phone does.
async fn insist(db: &Db, message: AppendMessage) {
    loop {
        match db.write(message.clone()).await {
            Ok(_) => return,
            Err(Error::Unavailable) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn write_all(t: &Trial, w: &World, db: &Db, id: ConversationId, done: &AtomicBool) {
    join_all((0..8).map(|writer| async move {
        for n in 0..25 {
            insist(db, t.message(id, w.ana(), &format!("{writer} {n}"))).await;
        }
    }))
    .await;
    done.store(true, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread")]
async fn law_2_connections_cut_in_the_middle_neither_lose_nor_double() {
    let t = Trial::postgres().await;
    let w = t.world().await;
    let id = t.open_conversation(w.user).await.id;
    let (db, way) = over_a_way(&t).await;
    let done = AtomicBool::new(false);
    let cutting = async {
        // Pauses grow, so that a busy machine gets through in the end.
        let (mut cuts, mut pause) = (0, Duration::from_millis(10));
        while !done.load(Ordering::SeqCst) {
            tokio::time::sleep(pause).await;
            way.cut();
            cuts += 1;
            pause = pause * 5 / 4;
        }
        cuts
    };
    let ((), cuts) = tokio::join!(write_all(&t, &w, &db, id, &done), cutting);
    assert!(cuts >= 2, "only {cuts} cuts");
    let first = t.db.messages(id, Range::After(0), 100).await.unwrap().messages;
    let second = t.db.messages(id, Range::After(100), 100).await.unwrap().messages;
    let mut texts: Vec<_> =
        first.iter().chain(&second).map(|message| message.parts[0].as_text().unwrap().to_owned()).collect();
    texts.sort_unstable();
    let stored = texts.len();
    texts.dedup();
    assert_eq!((stored, texts.len()), (200, 200));
    assert_eq!(t.number("SELECT last_seq FROM conversations").await, 200);
    assert_eq!(t.db.job_counts().await.unwrap().waiting, 200);
    db.close().await;
    t.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_cut_off_while_its_database_was_restored_writes_nothing_and_ends() {
    let t = Trial::postgres().await;
    let w = t.world().await;
    let id = t.open_conversation(w.user).await.id;
    // What a restore leaves behind, and before it the cut that made the node's lock go.
    t.sql("UPDATE meta SET value = '00000000deadbeef' WHERE name = 'epoch'").await;
    t.send(id, w.user(), "whoever is connected holds the lock, so nobody restores").await;
    let cut = "
        SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = current_schema() AND pid <> pg_backend_pid()";
    assert!(t.number(cut).await >= 1);
    for _ in 0..2 {
        let sent = t.db.write(t.message(id, w.user(), "of the old history")).await;
        assert!(matches!(sent, Err(Error::Unavailable)), "{sent:?}");
    }
    assert_eq!(t.number("SELECT COUNT(*) FROM messages").await, 1);
    let fatal = t.fatal.lock().unwrap().clone();
    assert_eq!(fatal.len(), 1, "{fatal:?}");
    assert!(fatal[0].contains("epoch"), "{fatal:?}");
    let again = t.another(1).await.unwrap();
    assert_eq!(again.epoch().to_string(), "00000000deadbeef", "started again, it knows the new history");
    again.close().await;
    t.clear().await;
}
