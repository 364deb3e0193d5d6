use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tidings_protocol::change::Catchup;
use tidings_protocol::cursor::Cursor;
use tidings_store::DatabaseUrl;
use tidings_store::agents::StartAgentSession;
use tidings_store::archive::{
    ArchiveError, Backup, Copy, Existing, Made, Progress, Restore, Restored, Stage, backup, copy,
    last_backup, restore, verify,
};
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::messages::Range;

use crate::devices::with_token;
use crate::trial::{Trial, World};

fn quietly() -> tidings_store::archive::OnProgress {
    Arc::new(|_| {})
}

async fn back_up(t: &Trial, to: &Path) -> Result<Made, ArchiveError> {
    backup(Backup { from: t.url.clone(), to: to.to_owned(), now: t.now(), told: quietly() }).await
}

async fn restore_into(to: &Trial, from: &Path, existing: Existing) -> Result<Restored, ArchiveError> {
    let order = Restore {
        from: from.to_owned(),
        to: to.url.clone(),
        existing,
        epoch_bits: 0xabc,
        now: to.now(),
        told: quietly(),
    };
    restore(order).await
}

/// Threads with words that are hard to carry, a note, a job, a device with a token.
async fn furnish(t: &Trial) -> World {
    let w = t.world().await;
    t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
    let now = t.now();
    let session =
        StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(1_000_000), now };
    t.db.write(session).await.unwrap();
    for n in 0..2 {
        let id = t.open_conversation(w.user).await.id;
        // More than a batch.
        for m in 0..100 {
            t.send(id, w.user(), &format!("Où est \"ma\" commande {n} {m} ?\\ \u{1f69a}\n")).await;
            if m % 3 == 0 {
                t.send(id, w.ana(), "là").await;
            }
        }
        t.note(id, w.ben, "a note").await;
    }
    w
}

/// A place like the trial's own, without a server on it.
async fn empty(like: &Trial) -> Trial {
    let other = match like.url {
        DatabaseUrl::Sqlite(_) => Trial::sqlite().await,
        DatabaseUrl::Postgres(_) => Trial::postgres().await,
    };
    other.shut().await
}

async fn other_kind(than: &Trial) -> Trial {
    let other = match than.url {
        DatabaseUrl::Sqlite(_) => Trial::postgres().await,
        DatabaseUrl::Postgres(_) => Trial::sqlite().await,
    };
    other.shut().await
}

/// All that users and agents can see, as text.
async fn seen(db: &tidings_store::Db, w: &World) -> String {
    let user = db.user_bootstrap(w.user, 100).await.unwrap();
    let agent = db.agent_bootstrap(w.ana, 100).await.unwrap();
    let mut seen = vec![format!("{:?} {} {:?}", user.conversations, user.unread, agent.conversations)];
    for conversation in &user.conversations {
        let page = db.messages(conversation.id, Range::After(0), 100).await.unwrap();
        seen.push(format!("{:?}", page.messages));
    }
    seen.join("\n")
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("backup.tidings")
}

both! {
    async fn a_backup_restores_into_either_database_with_a_new_epoch(t) {
        let w = furnish(t).await;
        let folder = tempfile::tempdir().unwrap();
        let made = back_up(t, &file(&folder)).await.unwrap();
        let before = seen(&t.db, &w).await;
        // What comes after the backup is not in it.
        t.open_conversation(w.user).await;
        for place in [empty(t).await, other_kind(t).await] {
            let restored = restore_into(&place, &file(&folder), Existing::Keep).await.unwrap();
            assert!(!restored.replaced);
            assert_eq!(restored.header, made.header);
            let place = place.reopen().await;
            assert_eq!(seen(&place.db, &w).await, before);
            assert_eq!(place.db.epoch(), restored.epoch);
            assert_ne!(place.db.epoch(), t.db.epoch());
            assert_eq!(place.number("SELECT COUNT(*) FROM audit_log WHERE act = 'backup_restored'").await, 1);
            assert_eq!(place.number("SELECT COUNT(*) FROM agent_sessions").await, 0);
            let old = Cursor { epoch: t.db.epoch(), seq: 3 };
            assert!(matches!(place.db.user_changes(w.user, old, 9).await.unwrap(), Catchup::Reset));
            place.open_conversation(w.user).await;
            place.end().await;
        }
    }

    async fn a_copy_keeps_everything_and_its_epoch(t) {
        let w = furnish(t).await;
        let before = seen(&t.db, &w).await;
        let epoch = t.db.epoch();
        let places = [empty(t).await, other_kind(t).await];
        let order = |place: &Trial| Copy { from: t.url.clone(), to: place.url.clone(), now: t.now(), told: quietly() };
        assert!(matches!(copy(order(&places[0])).await, Err(ArchiveError::InUse(_))));
        t.db.clone().close().await;
        for place in places {
            copy(order(&place)).await.unwrap();
            assert!(matches!(copy(order(&place)).await, Err(ArchiveError::NotEmpty(_))));
            let place = place.reopen().await;
            assert_eq!(seen(&place.db, &w).await, before);
            assert_eq!(place.db.epoch(), epoch);
            let known = Cursor { epoch, seq: 3 };
            assert!(matches!(place.db.user_changes(w.user, known, 9).await.unwrap(), Catchup::Changes(_)));
            place.end().await;
        }
    }

    async fn a_backup_shows_one_moment_while_others_write(t) {
        let w = furnish(t).await;
        let folder = tempfile::tempdir().unwrap();
        let id = t.open_conversation(w.user).await.id;
        let writing = async {
            for n in 0..100 {
                t.send(id, w.user(), &format!("{n}")).await;
            }
        };
        let path = file(&folder);
        let (made, ()) = tokio::join!(back_up(t, &path), writing);
        made.unwrap();
        let place = empty(t).await;
        restore_into(&place, &file(&folder), Existing::Keep).await.unwrap();
        let (messages, headers) = (
            place.number("SELECT COUNT(*) FROM messages").await,
            place.number("SELECT CAST(SUM(last_seq) AS BIGINT) FROM conversations").await,
        );
        assert_eq!(messages, headers);
        assert_eq!(
            place.number("SELECT COUNT(*) FROM changes").await,
            place.number("SELECT CAST(SUM(last_seq) AS BIGINT) FROM feeds").await,
        );
        place.reopen().await.end().await;
    }

    async fn a_backup_overwrites_nothing_and_is_remembered(t) {
        furnish(t).await;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_backup(&t.url).await.unwrap(), None);
        let backup = back_up(t, &file(&folder)).await.unwrap();
        let last = last_backup(&t.url).await.unwrap().unwrap();
        assert_eq!((last.rows, last.bytes), (backup.header.rows(), backup.bytes));
        assert_eq!(t.number("SELECT COUNT(*) FROM audit_log WHERE act = 'backup_made'").await, 1);
        let text = std::fs::read(file(&folder)).unwrap();
        assert_eq!(text.len() as u64, backup.bytes);
        assert!(matches!(back_up(t, &file(&folder)).await, Err(ArchiveError::Exists(_))));
        assert_eq!(std::fs::read(file(&folder)).unwrap(), text);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(file(&folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    async fn an_installation_is_replaced_only_when_asked_and_saved_first(t) {
        furnish(t).await;
        let folder = tempfile::tempdir().unwrap();
        back_up(t, &file(&folder)).await.unwrap();
        let place = empty(t).await.reopen().await;
        let w = place.world().await;
        let id = place.open_conversation(w.user).await.id;
        place.send(id, w.user(), "the only copy of this").await;
        let before = seen(&place.db, &w).await;
        let saved_to = folder.path().join("saved.tidings");
        let replace = Existing::Replace { saved_to: saved_to.clone() };
        assert!(matches!(restore_into(&place, &file(&folder), replace.clone()).await, Err(ArchiveError::InUse(_))));
        let place = place.shut().await;
        let kept = restore_into(&place, &file(&folder), Existing::Keep).await;
        assert!(matches!(kept, Err(ArchiveError::NotEmpty(_))));
        assert!(restore_into(&place, &file(&folder), replace).await.unwrap().replaced);
        assert_eq!(place.number("SELECT COUNT(*) FROM conversations").await, 2);
        let again = empty(t).await;
        restore_into(&again, &saved_to, Existing::Keep).await.unwrap();
        let again = again.reopen().await;
        assert_eq!(seen(&again.db, &w).await, before);
        again.end().await;
        place.reopen().await.end().await;
    }

    /// Erased is erased, also when a backup from before comes back.
    async fn law_11_a_restore_remembers_who_was_erased_since(t) {
        let w = t.world().await;
        let folder = tempfile::tempdir().unwrap();
        back_up(t, &file(&folder)).await.unwrap();
        let place = empty(t).await;
        restore_into(&place, &file(&folder), Existing::Keep).await.unwrap();
        let place = place.reopen().await;
        let begin = BeginErasure { user_id: w.user, workspace_id: None, by: place.by() };
        place.db.write(begin).await.unwrap();
        while place.db.write(EraseStep { user_id: w.user, now: place.now() }).await.unwrap() != Erasing::Done {}
        let place = place.shut().await;
        let replace = Existing::Replace { saved_to: folder.path().join("saved.tidings") };
        restore_into(&place, &file(&folder), replace).await.unwrap();
        let place = place.reopen().await;
        assert_eq!(place.db.erased_and_back().await.unwrap(), [w.user]);
        place.end().await;
    }

    async fn a_damaged_archive_is_refused_before_anything_is_touched(t) {
        furnish(t).await;
        let folder = tempfile::tempdir().unwrap();
        back_up(t, &file(&folder)).await.unwrap();
        let whole = std::fs::read(file(&folder)).unwrap();
        let place = empty(t).await;
        let damaged = folder.path().join("damaged.tidings");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for bytes in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], &flipped, &b"a letter"[..], &[]] {
            std::fs::write(&damaged, bytes).unwrap();
            let refused = restore_into(&place, &damaged, Existing::Keep).await;
            assert!(matches!(refused, Err(ArchiveError::Damaged { .. })), "{refused:?}");
        }
        for (edited, line) in edits(&whole) {
            std::fs::write(&damaged, edited).unwrap();
            let refused = verify(&damaged, &quietly()).await;
            assert!(refused.as_ref().is_err_and(ArchiveError::is_refusal), "{line}: {refused:?}");
        }
        place.reopen().await.end().await;
    }

    async fn every_table_is_carried_or_left_behind_on_purpose(t) {
        let unknown = tidings_store::archive::unknown_tables(&t.url).await.unwrap();
        assert_eq!(unknown, [""; 0], "name them in store/src/archive/tables.rs");
        t.sql("CREATE TABLE forgotten (id BIGINT PRIMARY KEY)").await;
        assert_eq!(tidings_store::archive::unknown_tables(&t.url).await.unwrap(), ["forgotten"]);
    }

    async fn progress_reaches_its_end_in_each_stage(t) {
        furnish(t).await;
        let folder = tempfile::tempdir().unwrap();
        let told = Arc::new(Mutex::new(Vec::<Progress>::new()));
        let list = Arc::clone(&told);
        let told_to: tidings_store::archive::OnProgress = Arc::new(move |progress| list.lock().unwrap().push(progress));
        let order = Backup { from: t.url.clone(), to: file(&folder), now: t.now(), told: Arc::clone(&told_to) };
        let total = backup(order).await.unwrap().header.rows();
        let place = empty(t).await;
        let order = Restore {
            from: file(&folder), to: place.url.clone(), existing: Existing::Keep, epoch_bits: 1, now: t.now(), told: told_to,
        };
        restore(order).await.unwrap();
        let told = std::mem::take(&mut *told.lock().unwrap());
        for stage in [Stage::Saving, Stage::Verifying, Stage::Filling, Stage::Comparing] {
            assert!(told.contains(&Progress { stage, done: 0, total }), "{stage:?} begins");
            assert!(told.contains(&Progress { stage, done: total, total }), "{stage:?} ends");
        }
        place.reopen().await.end().await;
    }
}

/// Archives whose compression is sound and whose text is not.
fn edits(whole: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    use std::io::{Read as _, Write as _};
    let mut text = String::new();
    flate2::read::GzDecoder::new(whole).read_to_string(&mut text).unwrap();
    let edited = |what: &'static str, edit: &dyn Fn(&str) -> String| {
        let other = edit(&text);
        assert_ne!(other, text, "{what} changes something");
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(other.as_bytes()).unwrap();
        (out.finish().unwrap(), what)
    };
    let without = |text: &str, n: usize| {
        let kept: Vec<_> =
            text.lines().enumerate().filter(|(at, _)| *at != n).map(|(_, line)| line).collect();
        kept.join("\n") + "\n"
    };
    let rows = text.lines().count();
    vec![
        edited("a newer form", &|text| text.replacen("\"tidings_archive\":1", "\"tidings_archive\":2", 1)),
        edited("a row too few", &|text| without(text, rows / 2)),
        edited("no end", &|text| without(text, rows - 1)),
        edited("another word", &|text| text.replacen("commande 1 7", "commande 1 8", 1)),
        edited("a table too few", &|text| without(text, 1)),
        edited("more after the end", &|text| format!("{text}[]\n")),
    ]
}
