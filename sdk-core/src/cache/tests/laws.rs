//! The protocol's law 5, replayed from the fixtures: state and changes make the next state.

use super::*;

#[derive(Deserialize)]
struct Law {
    before: Snapshot,
    changes: Vec<UserChangePage>,
    after: Snapshot,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Snapshot {
    conversations: Vec<Conversation>,
    messages: BTreeMap<ConversationId, Vec<Message>>,
    cursor: Cursor,
}

/// What the store holds, as the server writes it.
fn snapshot(cache: &Cache, like: &Snapshot) -> Snapshot {
    cache
        .read(|connection| {
            let listed = list(connection, &BTreeSet::new())?;
            let headers =
                listed.iter().map(|item| super::super::header(connection, item.id).map(Option::unwrap));
            let mut messages = BTreeMap::new();
            for id in like.messages.keys() {
                let mut statement = connection.prepare(
                    "SELECT id, seq, author, parts, sent_ms, edited_ms, deleted_ms, quote FROM messages
                     WHERE conversation = ?1 ORDER BY seq",
                )?;
                let rows = statement.query_map([id.to_string()], |row| {
                    Ok(Message {
                        id: row.get::<_, String>(0)?.parse().unwrap(),
                        conversation_id: *id,
                        seq: row.get(1)?,
                        author: serde_json::from_str(&row.get::<_, String>(2)?).unwrap(),
                        parts: serde_json::from_str(&row.get::<_, String>(3)?).unwrap(),
                        sent_at: Timestamp::from_unix_ms(row.get(4)?),
                        quote: row.get::<_, Option<String>>(7)?.map(|id| id.parse().unwrap()),
                        edited_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_unix_ms),
                        deleted_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_unix_ms),
                    })
                })?;
                messages.insert(*id, rows.collect::<Result<_, _>>()?);
            }
            Ok(Snapshot {
                conversations: headers.collect::<Result<_, _>>()?,
                messages,
                cursor: cursor(connection)?.unwrap(),
            })
        })
        .unwrap()
}

/// The same as the phone keeps it: where somebody is, their message alone says.
fn on_the_phone(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        conversations: snapshot
            .conversations
            .iter()
            .map(|one| conversations::kept(one).into_owned())
            .collect(),
        messages: snapshot.messages.clone(),
        cursor: snapshot.cursor,
    }
}

fn load(cache: &Cache, snapshot: &Snapshot) {
    let start = Bootstrap { cursor: snapshot.cursor, ..bootstrap(snapshot.conversations.clone(), 0) };
    write(cache, |write| {
        apply_bootstrap(write, &start)?;
        for (id, messages) in &snapshot.messages {
            let list = MessageList { messages: messages.clone(), more: false };
            apply_messages(write, *id, &list)?;
        }
        Ok(())
    });
}

#[test]
fn state_and_changes_make_the_next_state_for_every_law() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/fixtures/laws");
    let mut laws = 0;
    for entry in std::fs::read_dir(&folder).expect("the laws lie in protocol/fixtures/laws") {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".user.json") {
            continue;
        }
        let law: Law = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let store = tempfile::tempdir().unwrap();
        let cache = cache(store.path());
        load(&cache, &law.before);
        assert_eq!(snapshot(&cache, &law.before), on_the_phone(&law.before), "{}: before", path.display());
        // Twice: a page that comes again changes nothing.
        for page in law.changes.iter().chain(&law.changes) {
            write(&cache, |write| apply_page(write, page));
        }
        assert_eq!(snapshot(&cache, &law.after), on_the_phone(&law.after), "{}: after", path.display());
        laws += 1;
    }
    assert!(laws >= 5, "only {laws} laws in {}", folder.display());
}
