//! Whom a message of a user wakes, and what a push to them needs to know.

use std::collections::HashMap;

use tidings_protocol::alerts::{AgentNotifications, PushSubscription};
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::push::WebPushKeys;
use tidings_store::agents::{EndAgentSession, StartAgentSession};
use tidings_store::alerts::SetAgentNotifications;
use tidings_store::browsers::{DropBrowser, StrikeBrowser, SubscribeBrowser, UnsubscribeBrowser};
use tidings_store::conversations::Assign;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::waking::Standing;

use crate::trial::{Trial, World, name};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An agent signs in on a browser and sets it up for pushes.
pub(crate) async fn browser(t: &Trial, agent_id: AgentId, endpoint: &str) -> [u8; 32] {
    let (session, now) = (t.hash(), t.now());
    let expires_at = now.plus_ms(30 * DAY_MS);
    t.db.write(StartAgentSession { agent_id, token_hash: session, expires_at, now }).await.unwrap();
    let keys = WebPushKeys { p256dh: name("point"), auth: name("secret") };
    let endpoint = endpoint.to_owned().try_into().unwrap();
    let subscription = PushSubscription { endpoint, keys, locale: None };
    let subscribe = SubscribeBrowser { id: t.id(), session, agent_id, subscription, now };
    t.db.write(subscribe).await.unwrap();
    session
}

async fn wants(t: &Trial, agent_id: AgentId, assigned: bool, unassigned: bool) {
    let mut wishes = AgentNotifications::default();
    (wishes.assigned.push, wishes.unassigned.push) = (assigned, unassigned);
    t.db.write(SetAgentNotifications { agent_id, wishes }).await.unwrap();
}

async fn assign(t: &Trial, w: &World, conversation_id: ConversationId, assignee: Option<AgentId>) {
    t.db.write(Assign { actor: w.ana(), conversation_id, assignee, now: t.now() }).await.unwrap();
}

/// Whom the next message of the user wakes.
async fn woken(t: &Trial, w: &World, id: ConversationId) -> Vec<AgentId> {
    t.send(id, w.user(), "hello").await;
    let claim =
        ClaimJobs { limit: 100, of_one_app: 100, under_way: HashMap::new(), lease_ms: DAY_MS, now: t.now() };
    let jobs = t.db.write(claim).await.unwrap();
    let mut woken: Vec<_> = jobs
        .iter()
        .map(|job| match job.payload {
            JobPayload::WakeAgent { agent_id, conversation_id, user_id, .. } => {
                assert_eq!((conversation_id, user_id, job.app_id), (id, w.user, Some(w.app)));
                agent_id
            }
            ref other => panic!("{other:?}"),
        })
        .collect();
    woken.sort();
    woken
}

both! {
    async fn a_message_wakes_whom_it_concerns_and_who_wants_it(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        assert_eq!(woken(t, &w, id).await, [], "nobody has a browser");
        browser(t, w.ana, "https://push.example.org/ana").await;
        let ben = browser(t, w.ben, "https://push.example.org/ben").await;
        browser(t, w.stranger, "https://push.example.org/stranger").await;
        assert_eq!(woken(t, &w, id).await, [], "nobody chose to be told of what nobody has taken");
        let mut both = [w.ana, w.ben];
        both.sort();
        for agent in [w.ana, w.ben, w.stranger] {
            wants(t, agent, true, true).await;
        }
        assert_eq!(woken(t, &w, id).await, both, "not another team's");
        assign(t, &w, id, Some(w.ben)).await;
        assert_eq!(woken(t, &w, id).await, [w.ben]);
        wants(t, w.ben, false, true).await;
        assert_eq!(woken(t, &w, id).await, []);
        assign(t, &w, id, None).await;
        assert_eq!(woken(t, &w, id).await, both);
        t.db.write(EndAgentSession { token_hash: ben, now: t.now() }).await.unwrap();
        assert_eq!(woken(t, &w, id).await, [w.ana]);
    }

    async fn a_browser_goes_when_it_says_so_when_it_is_dead_and_when_it_never_fits(t) {
        let w = t.world().await;
        let count = async || t.db.agent_browsers(w.ana, t.now()).await.unwrap();
        let endpoint = || "https://push.example.org/1".to_owned();
        let session = browser(t, w.ana, &endpoint()).await;
        t.db.write(UnsubscribeBrowser { session }).await.unwrap();
        assert_eq!(count().await, []);
        browser(t, w.ana, &endpoint()).await;
        let found = count().await.remove(0);
        let drop = DropBrowser { id: found.id, endpoint: endpoint(), registered_before: found.registered_at };
        assert!(!t.db.write(drop.clone()).await.unwrap(), "it subscribed again since");
        let later = found.registered_at.plus_ms(1);
        assert!(t.db.write(DropBrowser { registered_before: later, ..drop }).await.unwrap());
        browser(t, w.ana, &endpoint()).await;
        let id = count().await[0].id;
        let strike = async |ms| {
            let strike = StrikeBrowser { id, endpoint: endpoint(), now: later.plus_ms(ms) };
            t.db.write(strike).await.unwrap()
        };
        assert!(!strike(0).await && !strike(1).await && !strike(2).await, "three times, but within a day");
        assert!(strike(DAY_MS).await);
        assert_eq!(count().await, []);
    }

    async fn a_push_knows_how_things_stand_now(t) {
        let w = t.world().await;
        browser(t, w.ana, "https://push.example.org/ana").await;
        let id = t.open_conversation(w.user).await.id;
        assign(t, &w, id, Some(w.ana)).await;
        t.send(id, w.user(), "hello").await;
        t.send(id, w.user(), "hello?").await;
        let context = async |agent| t.db.agent_push_context(agent, id, 1, t.now()).await.unwrap();
        let found = context(w.ana).await.unwrap();
        assert_eq!((found.standing, found.is_followed, found.means.push), (Standing::Unread, true, true));
        assert_eq!((found.unread_here, found.reach.waiting, found.reach.browsers.len()), (2, 1, 1));
        assert!(!context(w.ben).await.unwrap().means.push, "a colleague's");
        assert_eq!(context(w.stranger).await, None, "another team's");
        t.goes_away(w.ana, Some(t.later(60_000))).await;
        assert_eq!(context(w.ana).await, None, "while they are away nothing wakes them");
        let back = t.later(60_000);
        assert!(t.db.agent_push_context(w.ana, id, 1, back).await.unwrap().is_some());
        t.comes_back(w.ana).await;
        t.send(id, w.ana(), "hello").await;
        let found = context(w.ana).await.unwrap();
        assert_eq!((found.standing, found.reach.waiting), (Standing::Answered, 0));
    }

    async fn law_11_a_job_goes_with_the_user_who_wrote(t) {
        let w = t.world().await;
        browser(t, w.ana, "https://push.example.org/ana").await;
        let id = t.open_conversation(w.user).await.id;
        assign(t, &w, id, Some(w.ana)).await;
        t.send(id, w.user(), "hello").await;
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 1);
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 0);
    }
}
