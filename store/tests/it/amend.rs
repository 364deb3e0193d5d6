//! What authors may do with their messages, and what is left of the words that went.

use tidings_protocol::message::Message;
use tidings_protocol::search::SearchIn;
use tidings_protocol::text::Text;
use tidings_store::amend::{DeleteMessage, EditMessage};
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::scrub::Depth;
use tidings_store::search::{IndexFeed, IndexScan, Indexed, RebuildSearch};
use tidings_store::{Actor, Created, Error};

use crate::trial::{Trial, World, name};

pub(crate) fn edit(t: &Trial, message: &Message, actor: Actor, words: &str) -> EditMessage {
    let (conversation_id, id) = (message.conversation_id, message.id);
    EditMessage { conversation_id, id, actor, text: name::<Text>(words), now: t.now() }
}

pub(crate) fn delete(t: &Trial, message: &Message, actor: Actor) -> DeleteMessage {
    DeleteMessage { conversation_id: message.conversation_id, id: message.id, actor, now: t.now() }
}

async fn index(t: &Trial, w: &World) {
    while t.db.write(IndexFeed { team_id: w.team, limit: 2 }).await.unwrap() == Indexed::GoesOn {}
    while t.db.write(IndexScan { limit: 2 }).await.unwrap() == Indexed::GoesOn {}
}

async fn found(t: &Trial, w: &World, words: &str) -> usize {
    let query = words.parse().unwrap();
    t.db.search_as_agent(w.ana, &query, SearchIn::Messages, None, 10, t.now()).await.unwrap().hits.len()
}

both! {
    async fn law_2_the_same_words_again_and_a_second_deletion_change_nothing(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let draft = t.message(id, w.user(), "helo");
        let sent = t.db.write(draft.clone()).await.unwrap().value;
        let edited = t.db.write(edit(t, &sent, w.user(), "hello")).await.unwrap();
        assert!(edited.edited_at.is_some() && edited.parts[0].as_text() == Some("hello"));
        let cursor = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        assert_eq!(t.db.write(edit(t, &sent, w.user(), "hello")).await.unwrap(), edited);
        // The answer to the first sending was lost, and another device has edited since.
        let again = t.db.write(draft.clone()).await.unwrap();
        assert_eq!(again, Created { value: edited.clone(), is_new: false });
        let gone = t.db.write(delete(t, &sent, w.user())).await.unwrap();
        assert_eq!((gone.seq, gone.parts.len(), gone.edited_at), (1, 0, None));
        assert_eq!(t.db.write(delete(t, &sent, w.user())).await.unwrap(), gone);
        assert_eq!(t.db.write(draft).await.unwrap(), Created { value: gone.clone(), is_new: false });
        assert_eq!(t.db.messages(id, Range::Newest, 10).await.unwrap().messages, [gone]);
        assert_eq!(t.db.user_bootstrap(w.user, 10).await.unwrap().cursor.seq, cursor.seq + 1);
        let late = t.db.write(edit(t, &sent, w.user(), "too late")).await;
        assert!(matches!(late, Err(Error::NotEditable(_))));
    }

    async fn law_3_a_later_edit_has_a_later_time_whatever_the_clocks_say(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let sent = t.send(id, w.ana(), "one").await;
        let slow = edit(t, &sent, w.ana(), "three");
        let first = t.db.write(edit(t, &sent, w.ana(), "two")).await.unwrap();
        let second = t.db.write(slow).await.unwrap();
        assert!(second.edited_at > first.edited_at, "{:?} {:?}", first.edited_at, second.edited_at);
    }

    async fn law_9_only_the_author_may(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        let (asked, reply) = (t.send(id, w.user(), "where?").await, t.send(id, w.ana(), "here").await);
        let elsewhere = Message { conversation_id: other, ..asked.clone() };
        for (message, actor) in [
            (&asked, w.other_user()), (&asked, w.ana()), (&asked, w.stranger()),
            (&reply, w.user()), (&reply, w.ben()), (&reply, w.stranger()), (&elsewhere, w.user()),
        ] {
            assert!(matches!(t.db.write(edit(t, message, actor, "mine now")).await, Err(Error::NotFound)));
            assert!(matches!(t.db.write(delete(t, message, actor)).await, Err(Error::NotFound)));
        }
        assert_eq!(t.db.messages(id, Range::Newest, 10).await.unwrap().messages, [asked, reply]);
    }

    async fn a_quote_names_a_message_of_the_same_conversation(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        let (asked, elsewhere) = (t.send(id, w.user(), "where?").await, t.send(other, w.user(), "why?").await);
        let quoting = |quote| AppendMessage { quote: Some(quote), ..t.message(id, w.ana(), "here") };
        for wrong in [elsewhere.id, t.id()] {
            assert!(matches!(t.db.write(quoting(wrong)).await, Err(Error::Quote)));
        }
        let answer = quoting(asked.id);
        let sent = t.db.write(answer.clone()).await.unwrap().value;
        assert_eq!(sent.quote, Some(asked.id));
        assert_eq!(t.db.write(answer.clone()).await.unwrap(), Created { value: sent.clone(), is_new: false });
        let without = AppendMessage { quote: None, ..answer };
        assert!(matches!(t.db.write(without).await, Err(Error::IdConflict)));
        // What was deleted is still there; what was deleted quotes nothing any more.
        t.db.write(delete(t, &asked, w.user())).await.unwrap();
        assert_eq!(t.db.write(quoting(asked.id)).await.unwrap().value.quote, Some(asked.id));
        let kept = t.db.messages(id, Range::Newest, 10).await.unwrap().messages;
        assert_eq!((kept[1].quote, kept[2].quote), (Some(asked.id), Some(asked.id)));
        assert_eq!(t.db.write(delete(t, &sent, w.ana())).await.unwrap().quote, None);
        assert_eq!(t.db.messages(id, Range::Newest, 10).await.unwrap().messages[1].quote, None);
    }

    async fn search_follows_what_is_said_now(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let sent = t.send(id, w.user(), "an apple").await;
        t.send(id, w.user(), "a pear").await;
        index(t, &w).await;
        assert_eq!((found(t, &w, "apple").await, found(t, &w, "pear").await), (1, 1));
        t.db.write(edit(t, &sent, w.user(), "a cherry")).await.unwrap();
        assert_eq!(found(t, &w, "apple").await, 0, "at once");
        index(t, &w).await;
        assert_eq!((found(t, &w, "apple").await, found(t, &w, "cherry").await), (0, 1));
        t.db.write(delete(t, &sent, w.user())).await.unwrap();
        assert_eq!(found(t, &w, "cherry").await, 0, "at once");
        for rebuild in [false, true] {
            if rebuild {
                t.db.write(RebuildSearch { workspace_id: w.workspace, by: t.by() }).await.unwrap();
            }
            index(t, &w).await;
            assert_eq!((found(t, &w, "cherry").await, found(t, &w, "pear").await), (0, 1));
        }
    }

    /// An indexer that read the old words may commit after the command that took them away.
    async fn search_forgets_what_an_indexer_put_in_too_late(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let sent = t.send(id, w.user(), "an apple").await;
        index(t, &w).await;
        t.sql("CREATE TABLE before AS SELECT * FROM search_entries WHERE message_seq IS NOT NULL").await;
        t.db.write(delete(t, &sent, w.user())).await.unwrap();
        let words = if t.db.backend() == "sqlite" {
            "INSERT INTO search_entries SELECT * FROM before"
        } else {
            "INSERT INTO search_entries (id, kind, user_id, conversation_id, message_seq, note_id, words)
             SELECT id, kind, user_id, conversation_id, message_seq, note_id, words FROM before"
        };
        t.sql(words).await;
        index(t, &w).await;
        assert_eq!(t.number("SELECT COUNT(*) FROM search_entries WHERE message_seq IS NOT NULL").await, 0);
    }

    async fn law_11_words_that_went_leave_no_bytes(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let changed = t.send(id, w.user(), &format!("quincechanged {}", "filling ".repeat(40))).await;
        let deleted = t.send(id, w.ana(), &format!("quincedeleted {}", "filling ".repeat(40))).await;
        t.send(id, w.user(), "pearwords stay").await;
        index(t, &w).await;
        let has = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        let before = t.raw().await;
        assert!(has(&before, "quincechanged") && has(&before, "quincedeleted"));
        t.db.write(edit(t, &changed, w.user(), "pearwords too")).await.unwrap();
        t.db.write(delete(t, &deleted, w.ana())).await.unwrap();
        index(t, &w).await;
        t.db.scrub(if t.db.backend() == "sqlite" { Depth::Free } else { Depth::Rewrite }).await.unwrap();
        let after = t.raw().await;
        assert!(has(&after, "pearwords stay") && has(&after, "pearwords too"));
        for word in ["quincechanged", "quincedeleted", "quincechang", "quincedelet"] {
            assert!(!has(&after, word), "{word}");
        }
    }
}
