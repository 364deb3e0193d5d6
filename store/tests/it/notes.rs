use tidings_store::messages::Range;
use tidings_store::notes::AppendNote;
use tidings_store::{Created, Error};

use crate::trial::name;

both! {
    async fn a_note_stands_after_the_newest_message(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let before = t.note(id, w.ana, "before anything").await;
        t.send(id, w.user(), "one").await;
        let after_one = t.note(id, w.ben, "after one").await;
        t.send(id, w.user(), "two").await;
        t.send(id, w.user(), "three").await;
        let after_three = t.note(id, w.ana, "after three").await;
        let notes = |range, limit| async move {
            let thread = t.db.thread(w.ana, id, range, limit).await.unwrap().unwrap();
            thread.notes.iter().map(|note| (note.id, note.after_seq)).collect::<Vec<_>>()
        };
        assert_eq!(notes(Range::Newest, 50).await, [(before, 0), (after_one, 1), (after_three, 3)]);
        assert_eq!(notes(Range::Newest, 2).await, [(after_three, 3)]);
        assert_eq!(notes(Range::Before(2), 2).await, [(before, 0), (after_one, 1)]);
        let thread = t.db.thread(w.ben, id, Range::Newest, 50).await.unwrap().unwrap();
        assert_eq!(thread.notes[1].agent_name.as_str(), "Ben");
        assert_eq!((thread.messages.len(), thread.more, thread.conversation.last_seq), (3, false, 3));
    }

    async fn a_conversation_of_notes_alone_shows_them(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let note = t.note(id, w.ana, "call back").await;
        let thread = t.db.thread(w.ana, id, Range::Newest, 50).await.unwrap().unwrap();
        assert_eq!(thread.notes.iter().map(|note| note.id).collect::<Vec<_>>(), [note]);
    }

    async fn law_2_second_writing_of_the_same_note_returns_the_first(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let other = t.open_conversation(w.user).await.id;
        let note = AppendNote { id: t.id(), conversation_id: id, agent_id: w.ana, text: name("remember"), mentions: Vec::new(), now: t.now() };
        let first = t.db.write(note.clone()).await.unwrap().value;
        t.send(id, w.user(), "meanwhile").await;
        let again = t.db.write(AppendNote { now: t.now(), ..note.clone() }).await.unwrap();
        assert_eq!(again, Created { value: first, is_new: false });
        for conflicting in [
            AppendNote { text: name("forget"), ..note.clone() },
            AppendNote { agent_id: w.ben, ..note.clone() },
            AppendNote { conversation_id: other, ..note.clone() },
        ] {
            assert!(matches!(t.db.write(conflicting).await, Err(Error::IdConflict)));
        }
        let stranger = AppendNote { agent_id: w.stranger, ..note };
        assert!(matches!(t.db.write(stranger).await, Err(Error::NotFound)));
    }

    async fn a_page_without_messages_repeats_no_notes(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.note(id, w.ana, "before anything was said").await;
        let notes = async |range| t.db.thread(w.ana, id, range, 10).await.unwrap().unwrap().notes.len();
        assert_eq!(notes(Range::Newest).await, 1);
        t.send(id, w.user(), "hello").await;
        assert_eq!((notes(Range::Newest).await, notes(Range::After(1)).await, notes(Range::Before(1)).await), (1, 0, 0));
    }

    async fn law_9_a_user_never_sees_a_note(t) {
        let w = t.world().await;
        let marker = "never to be seen by a customer";
        let id = t.open_conversation(w.user).await.id;
        let start = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        t.note(id, w.ana, marker).await;
        t.send(id, w.ana(), "hello").await;
        t.note(id, w.ana, marker).await;
        let everything = [
            format!("{:?}", serde_json::to_string(&t.db.user_bootstrap(w.user, 10).await.unwrap())),
            format!("{:?}", serde_json::to_string(&t.db.user_changes(w.user, start, 100).await.unwrap())),
            format!("{:?}", serde_json::to_string(&t.db.user_conversation(w.user, id).await.unwrap())),
            format!("{:?}", serde_json::to_string(&t.db.messages(id, Range::Newest, 100).await.unwrap())),
        ];
        for answer in everything {
            assert!(!answer.contains(marker) && !answer.contains("note"), "{answer}");
        }
        assert_eq!(t.db.thread(w.stranger, id, Range::Newest, 10).await.unwrap(), None);
    }
}
