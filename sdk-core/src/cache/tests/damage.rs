//! The file of a store: damaged, full, of an earlier version, closed.

use super::*;

#[test]
fn an_ended_store_answers_closed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    cache.end();
    assert!(matches!(cache.read(load_outbox), Err(Fault::Closed)));
    assert!(matches!(cache.write(Durability::Crash, |_| Ok(())), Err(Fault::Closed)));
}

/// Overwrites everything but what the outbox's own pages hold.
fn damage(path: &Path) {
    let root: i64 = open::reader(path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'", [], |row| row.get(0))
        .unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let page = usize::try_from(root - 1).unwrap() * 4096;
    bytes[page..page + 4096].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_store_is_rebuilt_around_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    for number in 1..=3 {
        write(&cache, |w| enqueue_message(w, thread(), id(number), said(words(number)), 2));
    }
    write(&cache, |w| discard(w, thread(), id(1)));
    write(&cache, |w| set_draft(w, thread(), "begun", 3));
    write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), 3)));
    write(&cache, |w| put_amendment(w, thread(), id(9), &Amend::TakeBack, 3));
    let before = cache.read(load_outbox).unwrap();
    damage(&folder.path().join("user.sqlite"));
    let broken = cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(4), said(words(4)), 3));
    assert!(broken.is_err(), "what was asked of the damaged store did not happen, and says so");
    assert_eq!(cache.read(load_outbox).unwrap(), before, "a posting that is under way still finds its row");
    assert_eq!(states(&cache).len(), 2, "echoes included");
    assert_eq!(cache.read(|c| draft(c, thread())).unwrap().as_deref(), Some("begun"));
    assert_eq!(cache.read(next_amendment).unwrap().map(|amendment| amendment.message), Some(id(9)));
    assert_eq!(cache.read(cursor).unwrap(), None, "the rest comes from the server again");
    write(&cache, |w| enqueue_message(w, thread(), id(4), said(words(4)), 3));
}

/// Overwrites the page of the outbox that holds this text.
fn punch(path: &Path, text: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let payload = format!(r#"{{"parts":[{{"type":"text","text":"{text} "#);
    let at = bytes.windows(payload.len()).position(|part| part == payload.as_bytes()).unwrap();
    let page = at / 4096 * 4096;
    assert_eq!(bytes[page], 0x0d, "a leaf of a table");
    bytes[page..page + 4096].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn rows_behind_those_that_cannot_be_read_are_carried_too() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    let long = |number: u64| {
        let text = format!("row {number} {}", "x".repeat(1_000));
        said(Parts::text(Text::try_from(text).unwrap()))
    };
    for number in 1..=60 {
        write(&cache, |w| enqueue_message(w, thread(), id(number), long(number), 2));
    }
    let before = cache.read(load_outbox).unwrap();
    for text in ["row 20", "row 40"] {
        punch(&folder.path().join("user.sqlite"), text);
    }
    // Reading is enough to find it, and to mend it: nobody may ever write there again.
    assert!(cache.read(load_outbox).is_err());
    assert!(cache.was_rebuilt());
    let after = cache.read(load_outbox).unwrap();
    assert!(after.iter().all(|item| before.contains(item)), "as they were, in their order");
    assert!(after.is_sorted_by_key(|item| item.op));
    let is_here = |number| after.iter().any(|item| item.kind == OutboxKind::Message(id(number)));
    assert!(!is_here(20) && !is_here(40), "the test did not punch a hole");
    assert!(after.len() > 50, "a page has three or four rows: {} of 61 are here", after.len());
    for number in [1, 10, 30, 50, 60] {
        assert!(is_here(number), "{number}");
    }
    assert_eq!(states(&cache).len(), after.len() - 1, "echoes included");
}

#[test]
fn what_is_shared_and_how_to_wake_the_phone_outlives_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    let target = tidings_protocol::push::PushTarget {
        provider: tidings_protocol::push::PushProvider::Fcm,
        token: "abc".try_into().unwrap(),
        environment: tidings_protocol::push::PushEnvironment::Production,
        keys: None,
    };
    write(&cache, |w| set_push_target(w, Some(&target)));
    write(&cache, |w| set_push_told(w, PushTold::Yes));
    write(&cache, |w| begin_share(w, thread(), id(7), 900_000));
    write(&cache, |w| Ok(w.execute("UPDATE shares SET state = 'stopping'", [])?));
    write(&cache, |w| begin_share(w, thread(), id(8), 900_000));
    write(&cache, |w| push_arrived(w, id(9), 1));
    damage(&folder.path().join("user.sqlite"));
    assert!(
        cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(4), said(words(4)), 3)).is_err()
    );
    assert_eq!(cache.read(push_target).unwrap(), (Some(target), PushTold::No), "and told once more");
    let errand = cache.read(|c| next_share_errand(c, 6_000)).unwrap().unwrap();
    assert_eq!((errand.message, errand.news), (id(7), ShareNews::Over), "the end of it reaches the server");
    let running: Vec<_> = cache.read(|c| shares(c, 6_000)).unwrap().iter().map(|it| it.message_id).collect();
    assert_eq!(running, [id(8)]);
    assert_eq!(cache.read(pending_push).unwrap().map(|push| push.message), Some(id(9)));
}

#[test]
fn a_full_phone_refuses_what_it_cannot_keep_and_goes_on_reading() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    cache.set_between(Between::KeepOpen);
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    write(&cache, |w| enqueue_message(w, thread(), id(1), said(words(1)), 2));
    // No page more than there are.
    let full = |connection: &Connection| connection.execute_batch("PRAGMA max_page_count = 1").unwrap();
    full(cache.writer.lock().unwrap().as_ref().unwrap());
    let long = Parts::text(Text::try_from("x".repeat(16_000)).unwrap());
    let refused =
        cache.write(Durability::Power, |w| enqueue_message(w, thread(), id(2), said(long.clone()), 3));
    let error = Error::from(refused.unwrap_err());
    assert_eq!((error.code(), error.retryable()), (ErrorCode::StorageFull, true));
    assert_eq!(states(&cache), [(id(1), None, SendState::Waiting)], "nothing of it was accepted");
    // There is space again.
    write(&cache, |w| enqueue_message(w, thread(), id(2), said(long), 3));
    assert_eq!(states(&cache).len(), 2);
}

#[test]
fn a_store_of_the_first_version_gets_its_words_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("user.sqlite");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../schema/0001_init.sql")).unwrap();
    old.execute_batch(
        "PRAGMA user_version = 1;
         INSERT INTO conversations (id, created_ms, active_ms) VALUES ('cnv_00000000010410410g2081040g', 1, 1);",
    )
    .unwrap();
    let row = message(1, 1, By::Agent);
    old.execute(
        "INSERT INTO messages (id, conversation, seq, author, parts, sent_ms) VALUES (?1, ?2, 1, ?3, ?4, 1)",
        (
            row.id.to_string(),
            row.conversation_id.to_string(),
            serde_json::to_string(&row.author).unwrap(),
            serde_json::to_string(&row.parts).unwrap(),
        ),
    )
    .unwrap();
    drop(old);
    let cache = cache(folder.path());
    let found = |words: &str| {
        cache.index_all().unwrap();
        cache
            .read(|c| search(c, words, None, 10, &BTreeSet::new()))
            .unwrap()
            .iter()
            .map(|item| item.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("MESS"), [id(1)]);
    // An edit changes what is found, an end takes it away.
    let edited = Message { parts: words(7).into(), ..message(1, 1, By::Agent) };
    write(&cache, |w| confirm(w, &edited));
    assert_eq!((found("1"), found("7")), (vec![], vec![id(1)]));
    // Changed again before its new words are in the index.
    for words_now in [8, 7] {
        write(&cache, |w| confirm(w, &Message { parts: words(words_now).into(), ..edited.clone() }));
    }
    assert_eq!((found("8"), found("7")), (vec![], vec![id(1)]));
    let deleted = Message { parts: Vec::new(), deleted_at: Some(Timestamp::from_unix_ms(5)), ..edited };
    write(&cache, |w| confirm(w, &deleted));
    assert!(found("message").is_empty());
    // The first screen, and another history.
    for cursor in [3, 4] {
        write(&cache, |w| apply_bootstrap(w, &bootstrap(Vec::new(), cursor)));
    }
    for table in ["searchable", "unindexed"] {
        let count = format!("SELECT count(*) FROM {table}");
        let left: i64 = cache.read(|c| Ok(c.query_row(&count, [], |row| row.get(0))?)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
    write(&cache, |w| Ok(w.execute_batch("INSERT INTO words (words) VALUES ('integrity-check')")?));
}

#[test]
fn in_the_background_a_store_is_closed_after_each_use() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(folder.path());
    cache.set_between(Between::Close);
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    cache.read(load_outbox).unwrap();
    assert!(cache.writer.lock().unwrap().is_none() && cache.readers.lock().unwrap().is_empty());
    cache.set_between(Between::KeepOpen);
    cache.read(load_outbox).unwrap();
    assert!(cache.writer.lock().unwrap().is_some());
}

#[test]
fn a_file_that_is_no_store_at_all_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("user.sqlite"), vec![42; 9000]).unwrap();
    let cache = cache(folder.path());
    write(&cache, |w| enqueue_open(w, thread(), None, None, 1));
    assert_eq!(cache.read(load_outbox).unwrap().len(), 1);
}
