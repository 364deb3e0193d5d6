use futures_util::future::join_all;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::inbox::{HandOverNote, SeenAssignee, View, ViewCounts};
use tidings_protocol::limits;
use tidings_store::conversations::{Assign, HandTo, OpenConversation, SetState};
use tidings_store::messages::Range;
use tidings_store::{Actor, Created, Error};

use crate::trial::{Trial, World, name};

fn assign(t: &Trial, w: &World, id: tidings_protocol::id::ConversationId, actor: Actor) -> Assign {
    Assign { actor, conversation_id: id, assignee: Some(w.ben), now: t.now() }
}

fn close(t: &Trial, id: tidings_protocol::id::ConversationId, actor: Actor) -> SetState {
    SetState { actor, conversation_id: id, state: ConversationState::Closed, now: t.now() }
}

/// 600 closed conversations for each of the two teams.
macro_rules! many_closed {
    ($id:literal) => {
        concat!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
            INSERT INTO conversations (id, app_id, team_id, user_id, state, created_at, active_at, listed_at)
            SELECT ",
            $id,
            ", c.app_id, (SELECT t.id FROM teams t WHERE t.name = CASE n % 2 WHEN 0 THEN 'Sales' ELSE 'Support' END),
                c.user_id, 'closed', n, n, n
            FROM n CROSS JOIN conversations c"
        )
    };
}

both! {
    async fn a_new_conversation_is_open_and_empty(t) {
        let w = t.world().await;
        let open = OpenConversation { id: t.id(), user_id: w.user, title: None, now: t.now() };
        let Created { value, is_new } = t.db.write(open.clone()).await.unwrap();
        assert!(is_new);
        assert_eq!((value.id, value.state, value.last_seq, value.unread), (open.id, ConversationState::Open, 0, 0));
        assert_eq!((value.title.as_ref(), value.created_at, value.active_at), (None, open.now, open.now));
        assert_eq!(t.db.user_conversation(w.user, open.id).await.unwrap(), Some(value));
        let inbox = t.db.team_conversation(w.ana, open.id).await.unwrap().unwrap();
        assert_eq!((inbox.app_id, inbox.team_id, inbox.user.id), (w.app, w.team, w.user));
        assert_eq!((inbox.user.external_id.as_deref(), inbox.user.verified), (Some("customer-1"), true));
    }

    async fn law_2_opening_again_gives_the_first_result(t) {
        let w = t.world().await;
        let open = OpenConversation { id: t.id(), user_id: w.user, title: Some(name("Order")), now: t.now() };
        let first = t.db.write(open.clone()).await.unwrap().value;
        let again = t.db.write(OpenConversation { now: t.now(), ..open.clone() }).await.unwrap();
        assert_eq!(again, Created { value: first, is_new: false });
        let other_title = OpenConversation { title: None, ..open.clone() };
        assert!(matches!(t.db.write(other_title).await, Err(Error::IdConflict)));
        let other_user = OpenConversation { user_id: w.other_user, ..open };
        assert!(matches!(t.db.write(other_user).await, Err(Error::IdConflict)));
        let nobody = OpenConversation { id: t.id(), user_id: t.id(), title: None, now: t.now() };
        assert!(matches!(t.db.write(nobody).await, Err(Error::NotFound)));
    }

    async fn law_2_many_opens_of_one_id_at_once_make_one(t) {
        let w = t.world().await;
        let open = OpenConversation { id: t.id(), user_id: w.user, title: None, now: t.now() };
        let another = t.another(1).await.unwrap();
        let dbs = [&t.db, &another];
        let results = join_all((0..16).map(|n| dbs[n % 2].write(open.clone()))).await;
        let new = results.into_iter().filter(|result| result.as_ref().unwrap().is_new).count();
        assert_eq!(new, 1);
        assert_eq!(t.db.user_bootstrap(w.user, 10).await.unwrap().conversations.len(), 1);
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, 2);
        another.close().await;
    }

    async fn the_limit_of_conversations_holds(t) {
        let w = t.world().await;
        t.sql("UPDATE users SET conversation_count = 999").await;
        let open = |id| OpenConversation { id, user_id: w.user, title: None, now: t.now() };
        let last = t.id();
        t.db.write(open(last)).await.unwrap();
        assert!(matches!(t.db.write(open(t.id())).await, Err(Error::Limit(_))));
        assert!(!t.db.write(open(last)).await.unwrap().is_new);
        assert_eq!(t.number("SELECT MAX(conversation_count) FROM users").await, limits::CONVERSATIONS_PER_USER);
    }

    async fn lists_are_paged_from_the_most_recently_active(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(t.open_conversation(w.user).await.id);
        }
        t.open_conversation(w.other_user).await;
        t.send(ids[1], w.user(), "now the newest").await;
        let expected = [ids[1], ids[4], ids[3], ids[2], ids[0]];
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let (page, next) = t.db.user_conversations(w.user, before, 2).await.unwrap();
            assert!(page.len() <= 2);
            seen.extend(page.iter().map(|conversation| conversation.id));
            let Some(next) = next else { break };
            before = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(seen, expected);
        let (page, next) = t.db.team_conversations(w.ana, View::All, None, 6).await.unwrap();
        assert_eq!((page.len(), next), (6, None));
        let (page, next) = t.db.team_conversations(w.ana, View::All, None, 4).await.unwrap();
        assert_eq!(page.len(), 4);
        let (rest, end) = t.db.team_conversations(w.ana, View::All, next, 4).await.unwrap();
        assert_eq!((rest.len(), end), (2, None));
        assert!(page.iter().all(|first| rest.iter().all(|second| first.active_at > second.active_at)));
    }

    async fn views_and_their_counts_agree(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(t.open_conversation(w.user).await.id);
        }
        t.db.write(assign(t, &w, ids[0], w.ana())).await.unwrap();
        t.db.write(Assign { assignee: Some(w.ana), ..assign(t, &w, ids[1], w.ana()) }).await.unwrap();
        t.db.write(close(t, ids[3], w.ana())).await.unwrap();
        let counts = t.db.view_counts(w.ana).await.unwrap();
        assert_eq!(counts, ViewCounts { mine: 1, unassigned: 1, all: 3, closed: 1, ..ViewCounts::default() });
        for (view, count, expected) in [
            (View::Mine, counts.mine, vec![ids[1]]),
            (View::Unassigned, counts.unassigned, vec![ids[2]]),
            (View::All, counts.all, vec![ids[2], ids[1], ids[0]]),
            (View::Closed, counts.closed, vec![ids[3]]),
        ] {
            let (page, _) = t.db.team_conversations(w.ana, view, None, 50).await.unwrap();
            assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), expected);
            assert_eq!(count, i64::try_from(expected.len()).unwrap());
        }
        assert_eq!(t.db.view_counts(w.stranger).await.unwrap(), ViewCounts::default());
    }

    async fn a_view_is_counted_up_to_a_bound(t) {
        let w = t.world().await;
        let both = t.agent(w.workspace, "Both", vec![w.team, w.other_team]).await;
        t.open_conversation(w.user).await;
        // As many closed ones as make the bound in two teams, and in none alone.
        t.sql(match t.db.backend() {
            "sqlite" => many_closed!("randomblob(16)"),
            _ => many_closed!("gen_random_uuid()"),
        }).await;
        assert_eq!(t.db.view_counts(w.ana).await.unwrap(), ViewCounts { closed: 600, unassigned: 1, all: 1, ..ViewCounts::default() });
        assert_eq!(t.db.view_counts(both).await.unwrap().closed, limits::COUNT);
    }

    async fn an_agent_of_two_teams_sees_one_list(t) {
        let w = t.world().await;
        let both = t.agent(w.workspace, "Both", vec![w.team, w.other_team]).await;
        let mut ids = Vec::new();
        for n in 0..4 {
            let id = t.open_conversation(w.user).await.id;
            if n % 2 == 0 {
                t.sql("UPDATE conversations SET team_id = (SELECT id FROM teams WHERE name = 'Sales')
                       WHERE active_at = (SELECT MAX(active_at) FROM conversations)").await;
            }
            ids.push(id);
        }
        ids.reverse();
        let (page, next) = t.db.team_conversations(both, View::All, None, 3).await.unwrap();
        let (rest, end) = t.db.team_conversations(both, View::All, next, 3).await.unwrap();
        let seen: Vec<_> = page.iter().chain(&rest).map(|row| row.id).collect();
        assert_eq!((seen, end), (ids, None));
    }

    async fn assigning_goes_to_an_agent_of_the_team_or_to_nobody(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let assigned = t.db.write(assign(t, &w, id, w.ana())).await.unwrap();
        assert_eq!(assigned.assignee_id, Some(w.ben));
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        t.db.write(assign(t, &w, id, w.ana())).await.unwrap();
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes, "the same again is no change");
        let to_stranger = Assign { assignee: Some(w.stranger), ..assign(t, &w, id, w.ana()) };
        assert!(matches!(t.db.write(to_stranger).await, Err(Error::Refused(_))));
        let to_nobody = Assign { assignee: None, ..assign(t, &w, id, w.ana()) };
        assert_eq!(t.db.write(to_nobody).await.unwrap().assignee_id, None);
    }

    async fn who_took_it_meanwhile_is_told_and_nothing_is_done(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let to = |whom, seen| HandTo {
            assign: Assign { assignee: whom, ..assign(t, &w, id, w.ana()) },
            seen: Some(SeenAssignee { agent_id: seen }),
            note: Some(HandOverNote { id: t.id(), text: name("please") }),
        };
        let first = t.db.write(to(Some(w.ben), None)).await.unwrap();
        let routed = first.routed.unwrap();
        assert_eq!((routed.by_agent_id, routed.from_agent_id), (Some(w.ana), None));
        let Err(Error::Reassigned(holder)) = t.db.write(to(Some(w.ana), None)).await else { panic!() };
        assert_eq!((holder.agent_id, holder.since, holder.by_agent_id), (Some(w.ben), Some(routed.at), Some(w.ana)));
        assert!(matches!(t.db.write(to(None, Some(w.ana))).await, Err(Error::Reassigned(_))));
        let thread = t.db.thread(w.ana, id, Range::Newest, 50).await.unwrap().unwrap();
        assert_eq!(thread.notes.len(), 1, "nor is the note of what was refused stored");
        let taken = t.db.write(to(Some(w.ana), Some(w.ben))).await.unwrap();
        assert_eq!((taken.assignee_id, taken.routed.unwrap().from_agent_id), (Some(w.ana), Some(w.ben)));
        let any = HandTo { seen: None, ..to(Some(w.ben), None) };
        assert_eq!(t.db.write(any).await.unwrap().assignee_id, Some(w.ben), "who does not say asks nothing");
    }

    async fn law_2_handing_on_with_a_note_twice_is_handing_on_once(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let hand = HandTo {
            assign: assign(t, &w, id, w.ana()),
            seen: Some(SeenAssignee { agent_id: None }),
            note: Some(HandOverNote { id: t.id(), text: name("the carrier calls back") }),
        };
        t.db.write(hand.clone()).await.unwrap();
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        let again = t.db.write(hand).await.unwrap();
        assert_eq!((again.assignee_id, again.mentioned[0].agent_id), (Some(w.ben), w.ben));
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes);
    }

    async fn a_note_that_cannot_be_stored_hands_nothing_on(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let taken = t.note(id, w.ana, "something else").await;
        let hand = HandTo {
            assign: assign(t, &w, id, w.ana()),
            seen: None,
            note: Some(HandOverNote { id: taken, text: name("please") }),
        };
        assert!(matches!(t.db.write(hand).await, Err(Error::IdConflict)));
        assert_eq!(t.db.team_conversation(w.ana, id).await.unwrap().unwrap().assignee_id, None);
    }

    async fn closing_ends_the_wait_and_a_user_reopens_by_writing(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let first = t.send(id, w.user(), "hello?").await;
        let inbox = t.db.team_conversation(w.ana, id).await.unwrap().unwrap();
        assert_eq!(inbox.waiting_since, Some(first.sent_at));
        let closed = t.db.write(close(t, id, w.ana())).await.unwrap();
        assert_eq!((closed.state, closed.waiting_since), (ConversationState::Closed, None));
        t.send(id, w.ana(), "one more thing").await;
        let still = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
        assert_eq!(still.state, ConversationState::Closed);
        let second = t.send(id, w.user(), "thanks").await;
        let open = t.db.team_conversation(w.ana, id).await.unwrap().unwrap();
        assert_eq!((open.state, open.waiting_since), (ConversationState::Open, Some(second.sent_at)));
        let reopened = SetState { state: ConversationState::Open, ..close(t, id, w.ana()) };
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        t.db.write(reopened).await.unwrap();
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes, "the same again is no change");
    }

    async fn law_9_not_yours_and_not_there_are_the_same(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for (conversation, actor) in [
            (id, w.stranger()),
            (id, w.other_user()),
            // Users neither assign nor close, not even what is theirs.
            (id, w.user()),
            (t.id(), w.ana()),
        ] {
            assert!(matches!(t.db.write(assign(t, &w, conversation, actor)).await, Err(Error::NotFound)));
            assert!(matches!(t.db.write(close(t, conversation, actor)).await, Err(Error::NotFound)));
        }
        assert_eq!(t.db.user_conversation(w.other_user, id).await.unwrap(), None);
        assert_eq!(t.db.team_conversation(w.stranger, id).await.unwrap(), None);
        assert_eq!(t.db.user_conversation(w.user, t.id()).await.unwrap(), None);
        assert_eq!(t.db.team_conversations(w.stranger, View::All, None, 50).await.unwrap().0, []);
        assert_eq!(t.db.user_conversations(w.other_user, None, 50).await.unwrap().0, []);
    }
}
