use futures_util::future::join_all;
use tidings_protocol::limits;
use tidings_protocol::message::Author;
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::{Created, Error};

use crate::trial::text;

both! {
    async fn a_message_is_stored_as_it_was_sent(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let sent = t.message(id, w.user(), "Where is my order? 📦 \u{202e}\"'; DROP TABLE messages; --");
        let Created { value, is_new } = t.db.write(sent.clone()).await.unwrap();
        assert!(is_new);
        assert_eq!((value.id, value.seq, value.sent_at), (sent.id, 1, sent.now));
        assert_eq!(value.author, Author::User { id: w.user });
        assert_eq!(value.parts, sent.parts.as_slice());
        let list = t.db.messages(id, Range::Newest, 10).await.unwrap();
        assert_eq!((list.messages, list.more), (vec![value.clone()], false));
        let header = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
        assert_eq!((header.last_seq, header.last_message, header.active_at), (1, Some(value), sent.now));
    }

    async fn law_2_second_send_of_the_same_id_returns_the_first(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let sent = t.message(id, w.user(), "once");
        let first = t.db.write(sent.clone()).await.unwrap().value;
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        let years_later = AppendMessage { now: t.now().plus_ms(10 * 365 * 86_400_000), ..sent.clone() };
        let again = t.db.write(years_later).await.unwrap();
        assert_eq!(again, Created { value: first, is_new: false });
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes);
        assert_eq!(t.number("SELECT last_seq FROM conversations").await, 1);
    }

    async fn law_2_the_same_id_with_another_body_changes_nothing(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let other = t.open_conversation(w.user).await.id;
        let theirs = t.open_conversation(w.other_user).await.id;
        let sent = t.message(id, w.user(), "once");
        t.db.write(sent.clone()).await.unwrap();
        for conflicting in [
            AppendMessage { parts: text("twice"), ..sent.clone() },
            AppendMessage { conversation_id: other, ..sent.clone() },
            AppendMessage { conversation_id: theirs, actor: w.other_user(), ..sent.clone() },
            AppendMessage { actor: w.ana(), ..sent.clone() },
        ] {
            assert!(matches!(t.db.write(conflicting).await, Err(Error::IdConflict)));
        }
        assert_eq!(t.number("SELECT COUNT(*) FROM messages").await, 1);
        assert_eq!(t.number("SELECT SUM(CAST(last_seq AS INT)) FROM conversations").await, 1);
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs").await, 0);
    }

    async fn law_2_concurrent_repeats_store_once(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let another = t.another(1).await.unwrap();
        let dbs = [&t.db, &another];
        for _ in 0..5 {
            let sent = t.message(id, w.ana(), "answer");
            let results = join_all((0..16).map(|n| dbs[n % 2].write(sent.clone()))).await;
            let results: Vec<_> = results.into_iter().map(Result::unwrap).collect();
            assert_eq!(results.iter().filter(|result| result.is_new).count(), 1);
            assert!(results.iter().all(|result| result.value == results[0].value));
        }
        assert_eq!(t.number("SELECT COUNT(*) FROM messages").await, 5);
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs").await, 5);
        assert_eq!(t.number("SELECT COUNT(*) FROM changes WHERE message_seq IS NOT NULL").await, 10);
        another.close().await;
    }

    async fn an_agents_message_carries_the_name_and_enqueues_a_push(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.user(), "hello").await;
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 0);
        t.commits.lock().unwrap().clear();
        let reply = t.send(id, w.ana(), "hi").await;
        let Author::Agent { id: author, name } = &reply.author else { panic!("{reply:?}") };
        assert_eq!((*author, name.as_str()), (w.ana, "Ana"));
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 1);
        assert!(t.commits.lock().unwrap().iter().any(|committed| committed.jobs));
        let inbox = t.db.team_conversation(w.ana, id).await.unwrap().unwrap();
        assert_eq!(inbox.waiting_since, None);
    }

    async fn a_reply_that_missed_something_is_not_sent(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.user(), "first").await;
        let second = t.send(id, w.user(), "second").await;
        let colleague = t.send(id, w.ben(), "I take this").await;
        let reply = |seen| AppendMessage { seen_seq: Some(seen), ..t.message(id, w.ana(), "answer") };
        let Err(Error::Moved(unseen)) = t.db.write(reply(1)).await else { panic!("was sent") };
        assert_eq!(unseen, [second, colleague.clone()]);
        let Err(Error::Moved(unseen)) = t.db.write(reply(2)).await else { panic!("was sent") };
        assert_eq!(unseen, [colleague]);
        assert_eq!(t.number("SELECT last_seq FROM conversations").await, 3);
        assert_eq!(t.number("SELECT team_read_seq FROM conversations").await, 0);
        let sent = reply(3);
        assert_eq!(t.db.write(sent.clone()).await.unwrap().value.seq, 4);
        // One's own messages are seen, and a repeat is a repeat.
        assert_eq!(t.db.write(reply(3)).await.unwrap().value.seq, 5);
        t.send(id, w.user(), "third").await;
        assert!(!t.db.write(sent).await.unwrap().is_new);
    }

    async fn what_an_author_saw_the_team_has_read(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.user(), "one").await;
        t.send(id, w.user(), "two").await;
        let reply = |seen| AppendMessage { seen_seq: Some(seen), ..t.message(id, w.ana(), "answer") };
        t.db.write(reply(2)).await.unwrap();
        let read = || async { t.db.team_conversation(w.ana, id).await.unwrap().unwrap().receipts.team_read_seq };
        assert_eq!(read().await, 2);
        t.db.write(reply(i64::MAX)).await.unwrap();
        assert_eq!(read().await, 3, "a number from the future is moved to the last message before the reply");
        t.send(id, w.ana(), "without").await;
        assert_eq!(read().await, 3);
    }

    async fn pages_lead_both_ways_without_a_hole(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for n in 1..=7 {
            t.send(id, w.user(), &format!("message {n}")).await;
        }
        let read = |range, limit| async move {
            let list = t.db.messages(id, range, limit).await.unwrap();
            (list.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), list.more)
        };
        assert_eq!(read(Range::Newest, 3).await, (vec![5, 6, 7], true));
        assert_eq!(read(Range::Before(5), 3).await, (vec![2, 3, 4], true));
        assert_eq!(read(Range::Before(2), 3).await, (vec![1], false));
        assert_eq!(read(Range::After(0), 4).await, (vec![1, 2, 3, 4], true));
        assert_eq!(read(Range::After(4), 3).await, (vec![5, 6, 7], false));
        assert_eq!(read(Range::After(7), 3).await, (vec![], false));
        assert_eq!(read(Range::Newest, i64::MAX).await.0.len(), 7);
        assert_eq!(read(Range::Newest, -1).await.0.len(), 1);
    }

    async fn law_9_a_user_reads_their_own_conversations_only(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let read = |user, id| async move { t.db.user_messages(user, id, Range::Newest, 10).await.unwrap() };
        assert_eq!(read(w.user, id).await.unwrap().messages, [], "theirs, and nothing was said yet");
        assert_eq!(read(w.other_user, id).await, None);
        let sent = t.send(id, w.user(), "mine").await;
        assert_eq!(read(w.user, id).await.unwrap().messages, [sent]);
        assert_eq!(read(w.other_user, id).await, None);
        assert_eq!(read(w.user, t.id()).await, None);
    }

    async fn a_page_is_bounded(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        join_all((0..limits::PAGE + 5).map(|n| t.db.write(t.message(id, w.user(), &n.to_string())))).await;
        let list = t.db.messages(id, Range::Newest, i64::MAX).await.unwrap();
        assert_eq!((i64::try_from(list.messages.len()).unwrap(), list.more), (limits::PAGE, true));
    }

    async fn law_9_nobody_else_writes_into_a_conversation(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let known = t.message(id, w.user(), "mine");
        t.db.write(known.clone()).await.unwrap();
        for actor in [w.other_user(), w.stranger()] {
            assert!(matches!(t.db.write(t.message(id, actor, "hello")).await, Err(Error::NotFound)));
            // Not even whether an id exists is told.
            let probe = AppendMessage { actor, ..known.clone() };
            assert!(matches!(t.db.write(probe).await, Err(Error::NotFound)));
        }
        assert!(matches!(t.db.write(t.message(t.id(), w.user(), "hello")).await, Err(Error::NotFound)));
        assert_eq!(t.number("SELECT COUNT(*) FROM messages").await, 1);
    }

    async fn law_3_numbers_have_no_hole_while_many_write_and_some_are_refused(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let other = t.open_conversation(w.user).await.id;
        let another = t.another(1).await.unwrap();
        let dbs = [&t.db, &another];
        let writes = (0..120_usize).map(|n| {
            let mut message = t.message(if n % 3 == 0 { other } else { id }, w.user(), &n.to_string());
            match n % 5 {
                0 => message.actor = w.stranger(),
                1 => (message.actor, message.seen_seq) = (w.ana(), Some(0)),
                _ => {}
            }
            dbs[n % 2].write(message)
        });
        let results = join_all(writes).await;
        for conversation in [id, other] {
            let stored = t.db.messages(conversation, Range::After(0), 100).await.unwrap().messages;
            let seqs: Vec<_> = stored.iter().map(|message| message.seq).collect();
            assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
            let acknowledged = results.iter().flatten().filter(|new| new.value.conversation_id == conversation);
            assert_eq!(acknowledged.count(), stored.len());
            let twice = t.db.messages(conversation, Range::After(0), 100).await.unwrap().messages;
            assert_eq!(twice, stored);
        }
        another.close().await;
    }
}
