//! What agents have begun to write.

use tidings_protocol::drafts::{Draft, DraftKind};
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use tidings_store::Error;
use tidings_store::drafts::PutDraft;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};

use crate::trial::{Trial, World, name};

fn put(t: &Trial, agent_id: AgentId, conversation_id: ConversationId, words: &str) -> PutDraft {
    let now = t.now();
    let text = (!words.is_empty()).then(|| name(words));
    PutDraft { agent_id, conversation_id, kind: DraftKind::Reply, text, written_at: now, now }
}

fn words(draft: &Draft) -> Option<&str> {
    draft.text.as_ref().map(tidings_protocol::text::Text::as_str)
}

async fn known(t: &Trial, agent: AgentId, after: i64) -> Vec<(Option<String>, i64)> {
    let list = t.db.drafts(agent, after, 50).await.unwrap().drafts;
    list.iter().map(|draft| (words(draft).map(str::to_owned), draft.revision)).collect()
}

async fn opened(t: &Trial, w: &World) -> ConversationId {
    t.open_conversation(w.user).await.id
}

both! {
    async fn the_newest_words_of_a_conversation_and_kind_stay_and_nobody_else_sees_them(t) {
        let w = t.world().await;
        let id = opened(t, &w).await;
        let early: Timestamp = t.now();
        t.db.write(put(t, w.ana, id, "Dear")).await.unwrap();
        let second = t.db.write(put(t, w.ana, id, "Dear Mia")).await.unwrap();
        assert_eq!((words(&second), second.revision), (Some("Dear Mia"), 2));
        let stale = PutDraft { written_at: early, ..put(t, w.ana, id, "Older, from a train") };
        assert_eq!(t.db.write(stale).await.unwrap(), second, "what is newer stays");
        assert_eq!(t.db.write(put(t, w.ana, id, "Dear Mia")).await.unwrap(), second, "the same again");
        let note = PutDraft { kind: DraftKind::Note, ..put(t, w.ana, id, "Ask Ben") };
        t.db.write(note).await.unwrap();
        let all = [(Some("Dear Mia".to_owned()), 2), (Some("Ask Ben".to_owned()), 3)];
        assert_eq!(known(t, w.ana, 0).await, all);
        assert_eq!(known(t, w.ana, 2).await, all[1..]);
        assert_eq!(known(t, w.ben, 0).await, []);
        assert!(matches!(t.db.write(put(t, w.stranger, id, "Hello")).await, Err(Error::NotFound)));
    }

    async fn what_was_sent_stays_empty_although_older_words_come_late(t) {
        let w = t.world().await;
        let id = opened(t, &w).await;
        let early = t.now();
        t.db.write(put(t, w.ana, id, "Dear Mia")).await.unwrap();
        let sent = t.db.write(put(t, w.ana, id, "")).await.unwrap();
        assert_eq!(words(&sent), None);
        let late = PutDraft { written_at: early, ..put(t, w.ana, id, "Dear") };
        assert_eq!(t.db.write(late).await.unwrap(), sent);
        assert_eq!(known(t, w.ana, 1).await, [(None, 2)]);
        // A month later nobody remembers it, and revisions go on.
        let other = opened(t, &w).await;
        let now = t.later(31 * 86_400_000);
        for text in ["One", "Two"] {
            let later = PutDraft { now, written_at: now, ..put(t, w.ana, other, text) };
            t.db.write(later).await.unwrap();
        }
        assert_eq!(known(t, w.ana, 0).await, [(Some("Two".to_owned()), 4)]);
    }

    async fn law_12_an_agent_has_only_so_many(t) {
        let w = t.world().await;
        let id = opened(t, &w).await;
        t.db.write(put(t, w.ana, id, "The first")).await.unwrap();
        let fill = match &t.url {
            tidings_store::DatabaseUrl::Sqlite(_) =>
                "INSERT INTO drafts SELECT agent_id, conversation_id, 'kind ' || n.value, 'x', 1, n.value + 10
                 FROM drafts, (WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < 199)
                 SELECT value FROM c) n",
            tidings_store::DatabaseUrl::Postgres(_) =>
                "INSERT INTO drafts SELECT agent_id, conversation_id, 'kind ' || n, 'x', 1, n + 10
                 FROM drafts, generate_series(1, 199) n",
        };
        t.sql(fill).await;
        assert_eq!(t.number("SELECT COUNT(*) FROM drafts").await, limits::DRAFTS);
        let note = PutDraft { kind: DraftKind::Note, ..put(t, w.ana, id, "One too many") };
        assert!(matches!(t.db.write(note).await, Err(Error::Limit(_))));
        t.db.write(put(t, w.ana, id, "The first, changed")).await.unwrap();
        t.db.write(put(t, w.ana, id, "")).await.unwrap();
    }

    async fn law_11_what_is_being_written_to_a_user_goes_with_them(t) {
        let w = t.world().await;
        let id = opened(t, &w).await;
        t.db.write(put(t, w.ana, id, "Dear Mia")).await.unwrap();
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        let step = EraseStep { user_id: w.user, now: t.now() };
        while t.db.write(step).await.unwrap() != Erasing::Done {}
        assert_eq!(t.number("SELECT COUNT(*) FROM drafts").await, 0);
    }
}
