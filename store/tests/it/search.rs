use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::search::{InboxHit, InboxSearch, SearchAmong, SearchIn};
use tidings_store::Actor;
use tidings_store::conversations::{Assign, SetState};
use tidings_store::search::{Among, IndexFeed, IndexScan, Indexed, RebuildSearch, SearchPlace};
use tidings_store::tags::ChangeTags;
use tidings_store::users::UpsertUser;

use crate::trial::{Trial, World, name};

async fn index(t: &Trial) {
    for team_id in t.db.unindexed_teams().await.unwrap() {
        while t.db.write(IndexFeed { team_id, limit: 7 }).await.unwrap() == Indexed::GoesOn {}
    }
    while t.db.write(IndexScan { limit: 7 }).await.unwrap() == Indexed::GoesOn {}
}

/// The numbers of the messages that an agent finds.
async fn found(t: &Trial, who: AgentId, query: &str) -> Vec<i64> {
    let hits =
        t.db.search_as_agent(who, &query.parse().unwrap(), SearchIn::Messages, None, 100, t.now())
            .await
            .unwrap()
            .hits;
    let seq = |hit| match hit {
        InboxHit::Message(hit) => hit.seq,
        other => panic!("{other:?}"),
    };
    hits.into_iter().map(seq).collect()
}

async fn count(t: &Trial, w: &World, query: &str, within: SearchIn) -> usize {
    let query = query.parse().unwrap();
    t.db.search_as_agent(w.ana, &query, within, None, 100, t.now()).await.unwrap().hits.len()
}

/// The page behind another that an agent finds among some conversations.
async fn among(t: &Trial, w: &World, among: Among, after: Option<&InboxSearch>) -> InboxSearch {
    let before = after.map(|page| page.next.as_deref().unwrap().parse().unwrap());
    let place = SearchPlace { within: SearchIn::Messages, among, before, limit: 5 };
    t.db.search_among(w.ana, &"parcel".parse().unwrap(), &place, t.now()).await.unwrap()
}

fn conversations_of(found: &InboxSearch) -> Vec<ConversationId> {
    let of = |hit: &InboxHit| match hit {
        InboxHit::Message(hit) => hit.conversation_id,
        other => panic!("{other:?}"),
    };
    found.hits.iter().map(of).collect()
}

fn close(t: &Trial, w: &World, conversation_id: ConversationId) -> SetState {
    SetState { actor: w.ana(), conversation_id, state: ConversationState::Closed, now: t.now() }
}

both! {
    async fn a_search_is_narrowed_down_by_kind_and_by_how_a_tag_begins(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let id = t.open_conversation(w.user).await.id;
            t.send(id, w.user(), "where is my parcel").await;
            ids.push(id);
        }
        let tag = ChangeTags {
            actor: w.ana(), conversation_id: ids[0], add: vec![name("Réclamation grave"), name("Cœur")], remove: Vec::new(), now: t.now(),
        };
        t.db.write(tag).await.unwrap();
        let assign = Assign { actor: w.ana(), conversation_id: ids[1], assignee: Some(w.ana), now: t.now() };
        t.db.write(assign).await.unwrap();
        t.db.write(close(t, &w, ids[2])).await.unwrap();
        index(t).await;
        let of_kind = |kind| Among { kind: Some(kind), ..Among::default() };
        for (kind, expected) in [
            (SearchAmong::Mine, vec![ids[1]]),
            (SearchAmong::Unassigned, vec![ids[0]]),
            (SearchAmong::Open, vec![ids[1], ids[0]]),
            (SearchAmong::Closed, vec![ids[2]]),
            (SearchAmong::Snoozed, vec![]),
        ] {
            let found = among(t, &w, of_kind(kind), None).await;
            assert_eq!(conversations_of(&found), expected, "{kind:?}");
            assert_eq!(found.next, None);
        }
        for (tag, expected) in [("reclam", vec![ids[0]]), ("coeur", vec![ids[0]]), ("CŒU", vec![ids[0]]), ("grave", vec![]), ("%", vec![])] {
            let found = among(t, &w, Among { tag: Some(name(tag)), ..Among::default() }, None).await;
            assert_eq!(conversations_of(&found), expected, "{tag}");
        }
    }

    async fn a_search_is_narrowed_down_by_person_assignee_and_time(t) {
        let w = t.world().await;
        let (lea, device_id) = t.user(w.app, "lea").await;
        let upsert = UpsertUser {
            app_id: w.app, user_id: lea, external_id: name("lea"), name: Some(name("Léa Dubœuf")), email: None, now: t.now(),
        };
        t.db.write(upsert).await.unwrap();
        let [hers, other] = [t.open_conversation(lea).await.id, t.open_conversation(w.user).await.id];
        let early = t.send(hers, Actor::User { user_id: lea, device_id }, "where is my parcel").await.sent_at;
        let late = t.send(other, w.user(), "a parcel again").await.sent_at;
        let assign = Assign { actor: w.ana(), conversation_id: other, assignee: Some(w.ben), now: t.now() };
        t.db.write(assign).await.unwrap();
        index(t).await;
        let from = |words: &str| Among { from: Some(words.parse().unwrap()), ..Among::default() };
        for (narrowed, expected) in [
            (from("lea"), vec![hers]),
            (from("LÉA DUBOEUF"), vec![hers]),
            (from("dub"), vec![hers]),
            (from("nobody"), vec![]),
            (Among { assignee: Some(w.ben), ..Among::default() }, vec![other]),
            (Among { assignee: Some(w.ana), ..Among::default() }, vec![]),
            (Among { since: Some(late), ..Among::default() }, vec![other]),
            (Among { until: Some(late), ..Among::default() }, vec![hers]),
            (Among { since: Some(early), until: Some(late.plus_ms(1)), ..Among::default() }, vec![other, hers]),
            (Among { assignee: Some(w.ben), ..from("lea") }, vec![]),
        ] {
            let found = among(t, &w, narrowed.clone(), None).await;
            assert_eq!(conversations_of(&found), expected, "{narrowed:?}");
        }
        let place = |within| SearchPlace { within, among: Among { since: Some(late), ..from("lea") }, before: None, limit: 5 };
        let people = t.db.search_among(w.ana, &"lea".parse().unwrap(), &place(SearchIn::People), t.now()).await.unwrap();
        assert_eq!(people.hits.len(), 1, "time is of what was written, and no matter of who is known");
        let stranger = t.db.search_among(w.stranger, &"parcel".parse().unwrap(), &place(SearchIn::Messages), t.now()).await.unwrap();
        assert_eq!(stranger.hits, []);
    }

    async fn what_is_rare_is_found_behind_more_matches_than_are_looked_at_for_a_page(t) {
        let w = t.world().await;
        let rare = t.open_conversation(w.user).await.id;
        let first_at = t.send(rare, w.user(), "the first parcel").await.sent_at;
        t.db.write(close(t, &w, rare)).await.unwrap();
        let busy = t.open_conversation(w.user).await.id;
        for _ in 0..11 {
            let writes = (0..100).map(|_| t.db.write(t.message(busy, w.user(), "parcel")));
            for written in futures_util::future::join_all(writes).await {
                written.unwrap();
            }
        }
        while t.db.write(IndexFeed { team_id: w.team, limit: 500 }).await.unwrap() == Indexed::GoesOn {}
        let closed = Among { kind: Some(SearchAmong::Closed), ..Among::default() };
        let first = among(t, &w, closed.clone(), None).await;
        assert_eq!((first.hits.len(), first.next.is_some()), (0, true), "bounded, and there is a way on");
        let second = among(t, &w, closed, Some(&first)).await;
        assert_eq!((conversations_of(&second), second.next), (vec![rare], None));
        // What is too late or too early is not looked at.
        let until = among(t, &w, Among { until: Some(first_at.plus_ms(1)), ..Among::default() }, None).await;
        assert_eq!((conversations_of(&until), until.next), (vec![rare], None));
        let since = among(t, &w, Among { since: Some(t.now()), ..Among::default() }, None).await;
        assert_eq!((conversations_of(&since), since.next), (vec![], None));
    }

    async fn an_excerpt_shows_no_marks_of_agents_but_where_it_was_found_in_one(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        let typed = "**Refund** sent, see [our guide](https://help.example/returns)";
        t.send(c.id, w.ana(), typed).await;
        t.send(c.id, w.user(), "**Refund** when?").await;
        index(t).await;
        for (words, expected) in [
            ("refund", vec!["**Refund** when?", "Refund sent, see our guide (help.example)"]),
            ("returns", vec!["… see [our guide](https://help.example/returns)"]),
        ] {
            let place = SearchPlace { within: SearchIn::Messages, among: Among::default(), before: None, limit: 5 };
            let found = t.db.search_among(w.ana, &words.parse().unwrap(), &place, t.now()).await.unwrap();
            let said = |hit: &InboxHit| match hit {
                InboxHit::Message(hit) => hit.snippet.iter().map(|piece| piece.text.as_str()).collect::<String>(),
                other => panic!("{other:?}"),
            };
            assert_eq!(found.hits.iter().map(said).collect::<Vec<_>>(), expected);
        }
    }

    async fn words_are_found_in_french_and_english(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        for words in [
            "Où est ma commande ?", "L'adresse de livraison a changé", "les chevaux sont arrivés",
            "Your parcels were shipped", "the customer's party", "ich heiße Łukasz",
        ] {
            t.send(c.id, w.user(), words).await;
        }
        index(t).await;
        for (query, expected) in [
            ("commandes ", vec![1]), ("ou est", vec![1]), ("ADRESSE ", vec![2]), ("l’adresse", vec![2]),
            ("cheval ", vec![3]), ("parcel ", vec![4]), ("shipped parcels", vec![4]), ("parties ", vec![5]),
            ("heisse lukasz", vec![6]), ("livrai", vec![2]), ("livrai ", vec![]), ("missing", vec![]),
            ("\"adresse de livraison\"", vec![2]), ("\"livraison de adresse\"", vec![]), ("e", vec![1]),
            ("commande parcel", vec![]),
        ] {
            assert_eq!(found(t, w.ana, query).await, expected, "{query}");
        }
    }

    async fn the_newest_come_first_in_pages_without_a_repeat(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        for n in 0..25 {
            t.send(c.id, w.user(), &format!("parcel number {n}")).await;
        }
        index(t).await;
        let query = "parcel".parse().unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = t.db.search_as_user(w.user, &query, before, 10, t.now()).await.unwrap();
            assert_eq!(page.conversations.len(), 1);
            seen.extend(page.hits.iter().map(|hit| hit.seq));
            let Some(next) = page.next else { break };
            before = Some(next.parse().unwrap());
        }
        assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
    }

    async fn an_answer_says_how_far_the_index_is(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        let query = "hello".parse().unwrap();
        index(t).await;
        let now = t.now();
        assert_eq!(t.db.search_as_user(w.user, &query, None, 10, now).await.unwrap().indexed_until, now);
        let late = t.send(c.id, w.user(), "hello").await;
        t.send(c.id, w.user(), "hello").await;
        let answer = t.db.search_as_user(w.user, &query, None, 10, t.now()).await.unwrap();
        assert_eq!((answer.indexed_until, answer.hits.len(), answer.complete), (late.sent_at, 0, true));
        let answer =
            t.db.search_as_agent(w.ana, &query, SearchIn::Messages, None, 10, t.now()).await.unwrap();
        assert_eq!((answer.indexed_until, answer.hits.len()), (late.sent_at, 0));
        assert_eq!(t.db.unindexed_since().await.unwrap(), Some(late.sent_at));
        index(t).await;
        assert_eq!(t.db.search_as_user(w.user, &query, None, 10, t.now()).await.unwrap().hits.len(), 2);
        assert_eq!(t.db.unindexed_since().await.unwrap(), None);
    }

    async fn people_are_found_by_what_is_known_of_them_now(t) {
        let w = t.world().await;
        t.open_conversation(w.user).await;
        let upsert = |called: &str| UpsertUser {
            app_id: w.app, user_id: t.id(), external_id: name("customer-1"), name: Some(name(called)),
            email: Some("zoe@fjord.example".parse().unwrap()), now: t.now(),
        };
        t.db.write(upsert("Zoé Lindqvist")).await.unwrap();
        index(t).await;
        for query in ["zoe", "LINDQ", "zoe@fjord.example", "customer-1"] {
            assert_eq!(count(t, &w, query, SearchIn::People).await, 1, "{query}");
        }
        t.db.write(upsert("Maya Okafor")).await.unwrap();
        index(t).await;
        assert_eq!(count(t, &w, "lindqvist", SearchIn::People).await, 0);
        assert_eq!(count(t, &w, "okafor", SearchIn::People).await, 1);
        // Somebody without a conversation is nobody's to find.
        assert_eq!(count(t, &w, "customer-2", SearchIn::People).await, 0);
    }

    async fn indexing_again_adds_nothing_and_a_rebuilt_index_finds_the_same(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        for n in 0..20 {
            t.send(c.id, w.user(), &format!("parcel {n}")).await;
        }
        t.note(c.id, w.ana, "a parcel in a note").await;
        index(t).await;
        let before = found(t, w.ana, "parcel").await;
        let rows = t.number("SELECT COUNT(*) FROM search_entries").await;
        t.sql("DELETE FROM search_progress").await;
        index(t).await;
        assert_eq!(t.number("SELECT COUNT(*) FROM search_entries").await, rows);
        t.db.write(RebuildSearch { workspace_id: w.workspace, by: t.by() }).await.unwrap();
        assert_eq!(found(t, w.ana, "parcel").await, Vec::<i64>::new());
        let query = "parcel".parse().unwrap();
        assert!(!t.db.search_as_user(w.user, &query, None, 1, t.now()).await.unwrap().complete);
        index(t).await;
        assert_eq!(found(t, w.ana, "parcel").await, before);
        assert_eq!(count(t, &w, "parcel", SearchIn::Notes).await, 1);
        assert_eq!(t.number("SELECT COUNT(*) FROM search_entries").await, rows);
        assert!(t.db.search_as_user(w.user, &query, None, 1, t.now()).await.unwrap().complete);
    }

    /// A feed whose beginning is not kept any more cannot be followed: everything is walked through.
    async fn an_index_that_missed_the_beginning_of_a_feed_is_made_again(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        t.send(c.id, w.user(), "parcel").await;
        t.send(c.id, w.user(), "parcel").await;
        t.sql("UPDATE feeds SET first_seq = last_seq; DELETE FROM changes WHERE seq < 3").await;
        index(t).await;
        assert_eq!(found(t, w.ana, "parcel").await, [2, 1]);
    }

    async fn law_9_nobody_finds_what_is_not_theirs(t) {
        let w = t.world().await;
        let mine = t.open_conversation(w.user).await;
        t.send(mine.id, w.user(), "quince of mine").await;
        t.note(mine.id, w.ana, "quince in a note").await;
        let theirs = t.open_conversation(w.other_user).await;
        t.send(theirs.id, w.other_user(), "quince of theirs").await;
        index(t).await;
        let query = "quince".parse().unwrap();
        let as_user = t.db.search_as_user(w.user, &query, None, 100, t.now()).await.unwrap();
        assert_eq!(as_user.hits.iter().map(|hit| hit.conversation_id).collect::<Vec<_>>(), [mine.id]);
        assert_eq!(as_user.conversations.iter().map(|one| one.id).collect::<Vec<_>>(), [mine.id]);
        assert!(t.db.search_as_user(w.user, &"note".parse().unwrap(), None, 9, t.now()).await.unwrap().hits.is_empty());
        assert_eq!(found(t, w.ana, "quince").await.len(), 2);
        for within in [SearchIn::Messages, SearchIn::Notes, SearchIn::People] {
            let hits = t.db.search_as_agent(w.stranger, &query, within, None, 100, t.now()).await.unwrap().hits;
            assert!(hits.is_empty(), "{within:?}");
        }
        // The scope of a row is a word like any other: nobody can type it.
        let scope = format!("t{}", w.team.uuid().simple());
        assert!(found(t, w.stranger, &scope).await.is_empty());
        // Nor does an old scope help whoever left the team.
        t.sql("DELETE FROM team_members WHERE agent_id IN (SELECT id FROM agents WHERE name = 'Ana')").await;
        assert!(found(t, w.ana, "quince").await.is_empty());
    }
}
