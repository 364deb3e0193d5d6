//! Lists that are narrowed down, and views that agents keep.

use tidings_protocol::conversation::{ConversationState, Priority};
use tidings_protocol::id::{AgentId, ConversationId, SavedViewId};
use tidings_protocol::inbox::{AgentRole, View};
use tidings_protocol::limits;
use tidings_protocol::saved_views::{Filter, Order};
use tidings_store::Error;
use tidings_store::conversations::{Assign, SetState};
use tidings_store::priority::SetPriority;
use tidings_store::saved_views::{DeleteSavedView, PutSavedView};
use tidings_store::staff::SetAgentRole;

use crate::trial::{Trial, World, name};

fn filter(view: View, tag: Option<&str>, agent_id: Option<AgentId>) -> Filter {
    Filter { view, tag: tag.map(name), agent_id, ..Filter::default() }
}

async fn ids(t: &Trial, me: AgentId, filter: &Filter) -> Vec<ConversationId> {
    let (rows, _) = t.db.filtered_conversations(me, filter, None, 50).await.unwrap();
    rows.iter().map(|row| row.id).collect()
}

fn put(t: &Trial, agent_id: AgentId, id: SavedViewId, is_shared: bool) -> PutSavedView {
    let filter = filter(View::All, Some("VIP"), None);
    PutSavedView { agent_id, id, name: name("Important"), filter, is_shared, now: t.now() }
}

async fn names(t: &Trial, agent: AgentId) -> Vec<(String, i64)> {
    let views = t.db.saved_views(agent).await.unwrap();
    views.into_iter().map(|view| (String::from(view.name), view.count)).collect()
}

/// Three conversations with a tag: nobody's, Ben's, and a closed one; and one without.
async fn tagged(t: &Trial, w: &World) -> [ConversationId; 3] {
    let open = async || t.open_conversation(w.user).await.id;
    let all = [open().await, open().await, open().await];
    open().await;
    for id in all {
        t.tag(id, w.ana(), &["Réclamation"], &[]).await;
    }
    let (actor, now) = (w.ana(), t.now());
    t.db.write(Assign { actor, conversation_id: all[1], assignee: Some(w.ben), now }).await.unwrap();
    let state = ConversationState::Closed;
    t.db.write(SetState { actor, conversation_id: all[2], state, now }).await.unwrap();
    all
}

both! {
    async fn a_list_of_a_tag_has_what_carries_it_whatever_its_accents(t) {
        let w = t.world().await;
        let [nobodys, bens, closed] = tagged(t, &w).await;
        for (view, agent, expected) in [
            (View::All, None, vec![bens, nobodys]),
            (View::Unassigned, None, vec![nobodys]),
            (View::All, Some(w.ben), vec![bens]),
            (View::Closed, None, vec![closed]),
            (View::Snoozed, None, vec![]),
            (View::Mine, None, vec![]),
        ] {
            assert_eq!(ids(t, w.ana, &filter(view, Some("RECLAMATION"), agent)).await, expected, "{view:?}");
        }
        assert_eq!(ids(t, w.ben, &filter(View::Mine, Some("réclamation"), None)).await, [bens]);
        assert_eq!(ids(t, w.ana, &filter(View::All, None, Some(w.ben))).await, [bens]);
        assert_eq!(ids(t, w.stranger, &filter(View::All, Some("réclamation"), None)).await, []);
        t.tag(bens, w.ana(), &[], &["réclamation"]).await;
        assert_eq!(ids(t, w.ana, &filter(View::All, Some("réclamation"), None)).await, [nobodys]);
        for (view, agent) in [(View::Mentions, None), (View::Approvals, None), (View::Mine, Some(w.ben))] {
            let refused = t.db.filtered_conversations(w.ana, &filter(view, Some("x"), agent), None, 5).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{view:?}");
        }
    }

    async fn who_waits_longest_comes_first_and_who_does_not_wait_is_not_listed(t) {
        let w = t.world().await;
        let mut waiting = Vec::new();
        for _ in 0..3 {
            let id = t.open_conversation(w.user).await.id;
            t.send(id, w.user(), "hello").await;
            waiting.push(id);
        }
        let answered = t.open_conversation(w.user).await.id;
        t.send(answered, w.user(), "hello").await;
        t.send(answered, w.ana(), "hello").await;
        // Active last, and they have waited longest.
        t.send(waiting[0], w.user(), "are you there?").await;
        let (actor, now) = (w.ana(), t.now());
        t.db.write(Assign { actor, conversation_id: waiting[1], assignee: Some(w.ben), now }).await.unwrap();
        let by = |view, agent_id| Filter { view, agent_id, order: Order::Waiting, ..Filter::default() };
        assert_eq!(ids(t, w.ana, &by(View::All, None)).await, waiting);
        assert_eq!(ids(t, w.ana, &by(View::Unassigned, None)).await, [waiting[0], waiting[2]]);
        assert_eq!(ids(t, w.ben, &by(View::Mine, None)).await, [waiting[1]]);
        assert_eq!(ids(t, w.ana, &by(View::All, Some(w.ben))).await, [waiting[1]]);
        assert_eq!(ids(t, w.stranger, &by(View::All, None)).await, []);
        let all = by(View::All, None);
        let (first, next) = t.db.filtered_conversations(w.ana, &all, None, 2).await.unwrap();
        let (second, end) = t.db.filtered_conversations(w.ana, &all, next, 2).await.unwrap();
        let of = |rows: &[tidings_protocol::conversation::InboxConversation]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!((of(&first), of(&second), end), (waiting[..2].to_vec(), waiting[2..].to_vec(), None));
        t.tag(waiting[2], w.ana(), &["VIP"], &[]).await;
        let tagged = Filter { tag: Some(name("vip")), ..by(View::All, None) };
        assert_eq!(ids(t, w.ana, &tagged).await, [waiting[2]]);
        for view in [View::Closed, View::Snoozed, View::Mentions] {
            let refused = t.db.filtered_conversations(w.ana, &by(view, None), None, 5).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{view:?}");
        }
        let kept = PutSavedView { filter: by(View::All, None), ..put(t, w.ana, t.id(), false) };
        assert_eq!(t.db.write(kept).await.unwrap().count, 3);
    }

    async fn a_list_of_an_app_has_what_was_opened_in_it(t) {
        let w = t.world().await;
        let [nobodys, bens, closed] = tagged(t, &w).await;
        let second = t.app(w.workspace, w.team).await;
        let (user, _) = t.user(second, "of another app").await;
        let other = t.open_conversation(user).await.id;
        let of = |app_id, filter: Filter| Filter { app_id: Some(app_id), ..filter };
        for (filter, expected) in [
            (of(second, Filter::default()), vec![other]),
            (of(w.app, filter(View::All, Some("réclamation"), None)), vec![bens, nobodys]),
            (of(second, filter(View::All, Some("réclamation"), None)), vec![]),
            (of(w.app, filter(View::Closed, None, None)), vec![closed]),
            (of(second, filter(View::Closed, None, None)), vec![]),
            (of(w.app, filter(View::All, None, Some(w.ben))), vec![bens]),
        ] {
            assert_eq!(ids(t, w.ana, &filter).await, expected, "{filter:?}");
            let count = i64::try_from(expected.len()).unwrap();
            let kept = PutSavedView { filter, ..put(t, w.ana, t.id(), false) };
            assert_eq!(t.db.write(kept).await.unwrap().count, count);
        }
        let apps = t.db.apps_of_agent(w.ana).await.unwrap();
        let known: Vec<_> = apps.iter().map(|app| app.id).collect();
        assert!(known.contains(&w.app) && known.contains(&second), "{apps:?}");
        let strange = t.db.apps_of_agent(w.stranger).await.unwrap();
        assert!(strange.iter().all(|app| !known.contains(&app.id)), "{strange:?}");
    }

    async fn a_list_of_a_priority_has_what_presses_as_much(t) {
        let w = t.world().await;
        let [nobodys, bens, closed] = tagged(t, &w).await;
        for id in [bens, closed] {
            let (actor, now) = (w.ana(), t.now());
            t.db.write(SetPriority { actor, conversation_id: id, priority: Priority::Urgent, now }).await.unwrap();
        }
        let urgent = |view, tag: Option<&str>, agent| Filter { priority: Some(Priority::Urgent), ..filter(view, tag, agent) };
        for (filter, expected) in [
            (urgent(View::All, None, None), vec![bens]),
            (urgent(View::All, Some("réclamation"), None), vec![bens]),
            (urgent(View::All, None, Some(w.ben)), vec![bens]),
            (urgent(View::Unassigned, None, None), vec![]),
            (urgent(View::Closed, None, None), vec![closed]),
            (Filter { priority: Some(Priority::High), ..Filter::default() }, vec![]),
            (Filter { priority: Some(Priority::Normal), tag: Some(name("réclamation")), ..Filter::default() }, vec![nobodys]),
        ] {
            assert_eq!(ids(t, w.ana, &filter).await, expected, "{filter:?}");
            let count = i64::try_from(expected.len()).unwrap();
            let kept = PutSavedView { filter, ..put(t, w.ana, t.id(), false) };
            assert_eq!(t.db.write(kept).await.unwrap().count, count);
        }
    }

    async fn a_narrowed_list_goes_on_where_its_page_ended(t) {
        let w = t.world().await;
        let [nobodys, bens, _] = tagged(t, &w).await;
        let filter = filter(View::All, Some("réclamation"), None);
        let (first, next) = t.db.filtered_conversations(w.ana, &filter, None, 1).await.unwrap();
        let (second, end) = t.db.filtered_conversations(w.ana, &filter, next, 1).await.unwrap();
        assert_eq!((first[0].id, second[0].id, end), (bens, nobodys, None));
    }

    async fn a_view_is_kept_for_oneself_or_for_everybody_and_counts_for_who_asks(t) {
        let w = t.world().await;
        let conversation = t.open_conversation(w.user).await.id;
        t.tag(conversation, w.ana(), &["VIP"], &[]).await;
        let id = t.id();
        let kept = t.db.write(put(t, w.ana, id, false)).await.unwrap();
        assert_eq!((kept.count, kept.agent_id), (1, w.ana));
        assert_eq!((names(t, w.ana).await, names(t, w.ben).await), (vec![("Important".to_owned(), 1)], vec![]));
        assert!(matches!(t.db.write(put(t, w.ben, id, false)).await, Err(Error::NotFound)), "another's");
        t.db.write(put(t, w.ana, id, true)).await.unwrap();
        assert_eq!(names(t, w.ben).await, [("Important".to_owned(), 1)]);
        assert_eq!(names(t, w.stranger).await, [("Important".to_owned(), 0)], "of another team: nothing of theirs");
        assert!(matches!(t.db.write(put(t, w.ben, id, true)).await, Err(Error::NotFound)), "Ana's");
        let (workspace_id, by) = (w.workspace, t.by());
        t.db.write(SetAgentRole { workspace_id, agent_id: w.ben, role: AgentRole::Admin, by }).await.unwrap();
        let renamed = PutSavedView { name: name("VIP"), ..put(t, w.ben, id, true) };
        assert_eq!(t.db.write(renamed).await.unwrap().agent_id, w.ana, "it stays hers");
        t.db.write(DeleteSavedView { agent_id: w.ben, id }).await.unwrap();
        t.db.write(DeleteSavedView { agent_id: w.ben, id }).await.unwrap();
        assert_eq!(names(t, w.ana).await, []);
        // Had back under its id.
        t.db.write(put(t, w.ana, id, false)).await.unwrap();
        assert!(matches!(t.db.write(DeleteSavedView { agent_id: w.ben, id }).await, Err(Error::NotFound)));
    }

    async fn there_are_only_so_many(t) {
        let w = t.world().await;
        for _ in 0..limits::SAVED_VIEWS {
            t.db.write(put(t, w.ana, t.id(), false)).await.unwrap();
        }
        assert!(matches!(t.db.write(put(t, w.ana, t.id(), false)).await, Err(Error::Limit(_))));
        t.db.write(put(t, w.ana, t.id(), true)).await.unwrap();
        t.db.write(put(t, w.ben, t.id(), false)).await.unwrap();
    }
}
