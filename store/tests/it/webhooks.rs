use std::collections::HashMap;

use tidings_protocol::audit::AuditAct;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::WebhookId;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::limits;
use tidings_protocol::webhooks::{DeliveryState, WebhookData, WebhookEvent, WebhookEvents, WebhookOff};
use tidings_store::Error;
use tidings_store::access::{Access, SetAgentAccess};
use tidings_store::amend::DeleteMessage;
use tidings_store::audit::AuditFilter;
use tidings_store::conversations::SetState;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::retention::TrimOthers;
use tidings_store::staff::SetAgentRole;
use tidings_store::webhooks::{
    AddWebhook, ChangeWebhook, ChangeWebhookSecret, ClaimDeliveries, Claimed, RemoveWebhook, ReplayDelivery,
    ResealWebhook, SettleDelivery, Settled, Spread, SpreadFeed, TryWebhook, WebhookSecrets,
};

use crate::merge::Anonymous;
use crate::trial::{Trial, World, name};

const DAY_MS: i64 = 86_400_000;

fn events(events: &[WebhookEvent]) -> WebhookEvents {
    events.to_vec().try_into().unwrap()
}

fn everything() -> WebhookEvents {
    let all = WebhookEvent::ALL.iter().copied().filter(|event| *event != WebhookEvent::Test);
    all.collect::<Vec<_>>().try_into().unwrap()
}

async fn add(t: &Trial, w: &World, events: WebhookEvents) -> WebhookId {
    let add = AddWebhook {
        id: t.id(),
        workspace_id: w.workspace,
        url: name("https://hooks.example.com/"),
        events,
        secret: "sealed".to_owned(),
        off: None,
        by: t.by(),
    };
    t.db.write(add).await.unwrap().id
}

/// Reads all feeds to their ends.
async fn spread(t: &Trial) {
    for team_id in t.db.untold_teams().await.unwrap() {
        while t.db.write(SpreadFeed { team_id, limit: 3 }).await.unwrap() == Spread::GoesOn {}
    }
    assert!(t.db.untold_teams().await.unwrap().is_empty());
}

async fn claim(t: &Trial, webhook_id: WebhookId) -> Vec<Claimed> {
    let now = t.now();
    t.db.write(ClaimDeliveries { webhook_id, limit: 100, until: now.plus_ms(60_000), now }).await.unwrap()
}

fn kinds(claimed: &[Claimed]) -> Vec<WebhookEvent> {
    claimed.iter().map(|one| one.event).collect()
}

fn settle(t: &Trial, webhook_id: WebhookId, claimed: &Claimed, settled: Settled) -> SettleDelivery {
    let (id, attempt) = (claimed.id, claimed.attempt);
    SettleDelivery { webhook_id, id, attempt, settled, answer: "HTTP 500".to_owned(), now: t.now() }
}

async fn change(t: &Trial, w: &World, id: WebhookId, off: Option<WebhookOff>) -> Result<(), Error> {
    let url = name("https://hooks.example.com/b");
    let events = everything();
    let change = ChangeWebhook { id, workspace_id: w.workspace, url, events, off, by: t.by() };
    t.db.write(change).await.map(|_| ())
}

both! {
    async fn each_event_since_it_was_added_is_told_once_to_who_wants_it(t) {
        let w = t.world().await;
        let before = t.open_conversation(w.user).await.id;
        t.send(before, w.user(), "before").await;
        let all = add(t, &w, everything()).await;
        let closed = add(t, &w, events(&[WebhookEvent::ConversationClosed])).await;
        t.send(before, w.user(), "hello").await;
        t.send(before, w.ana(), "hello to you").await;
        t.note(before, w.ana, "careful").await;
        let state = ConversationState::Closed;
        t.db.write(SetState { actor: w.ana(), conversation_id: before, state, now: t.now() }).await.unwrap();
        spread(t).await;
        // A node that does it once more, because it thought that it was alone, tells nothing twice.
        t.sql("DELETE FROM webhook_progress").await;
        spread(t).await;
        let told = claim(t, all).await;
        let all_events = [
            WebhookEvent::MessageReceived,
            WebhookEvent::MessageSent,
            WebhookEvent::NoteAdded,
            WebhookEvent::ConversationClosed,
        ];
        assert_eq!(kinds(&told), all_events);
        assert_eq!(kinds(&claim(t, closed).await), [WebhookEvent::ConversationClosed]);
        assert!(claim(t, all).await.is_empty(), "they are claimed");
        let data = t.db.webhook_data(&told[0]).await.unwrap().unwrap();
        assert_eq!(data.conversation.unwrap().id, before);
        assert_eq!(data.message.unwrap().seq, 2);
        let data = t.db.webhook_data(&told[2]).await.unwrap().unwrap();
        assert_eq!(data.note.unwrap().text.as_str(), "careful");
    }

    async fn what_was_said_is_not_told_again_when_it_is_known_who_said_it(t) {
        let w = t.world().await;
        let them = Anonymous::begin(t, &w).await;
        t.note(them.conversation, w.ana, "careful").await;
        let id = add(t, &w, everything()).await;
        t.db.write(them.merge(t, &w)).await.unwrap();
        spread(t).await;
        assert_eq!(kinds(&claim(t, id).await), []);
    }

    async fn nothing_is_kept_for_a_webhook_that_is_off(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        change(t, &w, id, Some(WebhookOff::Chosen)).await.unwrap();
        let c = t.open_conversation(w.user).await.id;
        assert!(t.db.untold_teams().await.unwrap().is_empty());
        change(t, &w, id, None).await.unwrap();
        t.send(c, w.user(), "hello").await;
        spread(t).await;
        assert_eq!(kinds(&claim(t, id).await), [WebhookEvent::MessageReceived]);
    }

    async fn a_claim_that_is_over_is_given_to_the_next_and_the_first_changes_nothing(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        t.open_conversation(w.user).await;
        spread(t).await;
        let now = t.now();
        let claim = |now| ClaimDeliveries { webhook_id: id, limit: 1, until: now, now };
        let first = t.db.write(claim(now)).await.unwrap().remove(0);
        let second = t.db.write(claim(now)).await.unwrap().remove(0);
        assert_eq!((first.id, first.attempt, second.attempt), (second.id, 1, 2));
        t.db.write(settle(t, id, &first, Settled::Failed)).await.unwrap();
        t.db.write(settle(t, id, &second, Settled::Delivered)).await.unwrap();
        let page = t.db.webhook_deliveries(w.workspace, id, None, 10).await.unwrap();
        assert_eq!((page.deliveries[0].state, page.deliveries[0].attempts), (DeliveryState::Delivered, 2));
        assert!(t.db.due_webhooks(now).await.unwrap().is_empty());
    }

    async fn days_of_failures_switch_it_off_and_one_success_begins_anew(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        for _ in 0..4 {
            t.open_conversation(w.user).await;
        }
        spread(t).await;
        let told = claim(t, id).await;
        let at = |days: i64| t.now().plus_ms(days * DAY_MS);
        let late = |days, claimed: &Claimed, settled| SettleDelivery { now: at(days), ..settle(t, id, claimed, settled) };
        let again = Settled::Again { at: at(1) };
        assert_eq!(t.db.write(late(0, &told[0], again)).await.unwrap(), None);
        assert_eq!(t.db.write(late(4, &told[1], Settled::Delivered)).await.unwrap(), None);
        assert_eq!(t.db.write(late(6, &told[2], again)).await.unwrap(), None);
        assert!(t.db.webhooks(w.workspace, t.now()).await.unwrap()[0].failing_since.is_some());
        assert_eq!(t.db.write(late(12, &told[3], again)).await.unwrap(), Some(WebhookOff::Failing));
        let log = t.db.audit_log(w.workspace, &AuditFilter::default(), 1).await.unwrap();
        assert_eq!(log.entries[0].act, AuditAct::WebhookGivenUp);
        // Switching it off by hand does not hide why it went off; switching it on forgets.
        change(t, &w, id, Some(WebhookOff::Chosen)).await.unwrap();
        assert_eq!(t.db.webhooks(w.workspace, t.now()).await.unwrap()[0].off, Some(WebhookOff::Failing));
        assert!(t.db.due_webhooks(at(20)).await.unwrap().is_empty());
        change(t, &w, id, None).await.unwrap();
        let found = t.db.webhooks(w.workspace, t.now()).await.unwrap().remove(0);
        assert_eq!((found.off, found.failing_since), (None, None));
        assert_eq!(t.db.due_webhooks(at(20)).await.unwrap().len(), 1, "what waits is told");
        let told = claim_at(t, id, 20).await;
        assert_eq!(t.db.write(late(20, &told[0], Settled::Gone)).await.unwrap(), Some(WebhookOff::Gone));
    }

    async fn whoever_administers_is_told_once_that_it_went_off(t) {
        let w = t.world().await;
        let boss = t.agent(w.workspace, "boss", Vec::new()).await;
        let gone = t.agent(w.workspace, "gone", Vec::new()).await;
        for agent_id in [boss, gone] {
            let role = SetAgentRole { workspace_id: w.workspace, agent_id, role: AgentRole::Admin, by: t.by() };
            t.db.write(role).await.unwrap();
        }
        let (workspace_id, access) = (w.workspace, Access::Shut);
        let off = SetAgentAccess { workspace_id, agent_id: gone, access, by: t.by() };
        t.db.write(off).await.unwrap();
        let id = add(t, &w, everything()).await;
        t.open_conversation(w.user).await;
        spread(t).await;
        for one in claim(t, id).await {
            t.db.write(settle(t, id, &one, Settled::Gone)).await.unwrap();
        }
        let claim = ClaimJobs { limit: 100, of_one_app: 100, under_way: HashMap::new(), lease_ms: 1, now: t.now() };
        let jobs = t.db.write(claim).await.unwrap().into_iter();
        let told: Vec<_> = jobs
            .filter_map(|job| match job.payload {
                JobPayload::MailWebhookOff { agent_id, webhook_id } => Some((agent_id, webhook_id, job.app_id)),
                _ => None,
            })
            .collect();
        assert_eq!(told, [(boss, id, None)]);
        let mail = t.db.webhook_off_mail(id, boss).await.unwrap().unwrap();
        assert_eq!((mail.email.as_str(), mail.off), ("boss@acme.example", WebhookOff::Gone));
        for agent in [gone, w.ana] {
            assert_eq!(t.db.webhook_off_mail(id, agent).await.unwrap(), None);
        }
        change(t, &w, id, None).await.unwrap();
        assert_eq!(t.db.webhook_off_mail(id, boss).await.unwrap(), None, "it is on again");
    }

    async fn what_was_told_is_listed_and_told_again_on_demand(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        for _ in 0..3 {
            t.open_conversation(w.user).await;
        }
        spread(t).await;
        let told = claim(t, id).await;
        for one in &told {
            t.db.write(settle(t, id, one, Settled::Delivered)).await.unwrap();
        }
        let first = t.db.webhook_deliveries(w.workspace, id, None, 2).await.unwrap();
        let second = t.db.webhook_deliveries(w.workspace, id, first.next, 2).await.unwrap();
        let ids: Vec<_> = first.deliveries.iter().chain(&second.deliveries).map(|one| one.id).collect();
        assert_eq!(ids, [told[2].id, told[1].id, told[0].id]);
        assert_eq!(second.next, None);
        let replay = |workspace_id| ReplayDelivery { workspace_id, webhook_id: id, id: told[1].id, now: t.now() };
        assert!(matches!(t.db.write(replay(t.id())).await, Err(Error::NotFound)));
        t.db.write(replay(w.workspace)).await.unwrap();
        let again = claim(t, id).await;
        assert_eq!((again[0].id, again[0].attempt, again.len()), (told[1].id, 2, 1));
        let test = TryWebhook { workspace_id: w.workspace, webhook_id: id, id: t.id(), now: t.now() };
        assert_eq!(t.db.write(test).await.unwrap().event, WebhookEvent::Test);
        let test = claim(t, id).await;
        assert_eq!(t.db.webhook_data(&test[0]).await.unwrap().unwrap(), WebhookData::default());
    }

    /// Law 11: what is kept of an event names nothing but its place, and goes with it.
    async fn law_11_nothing_of_an_erased_user_waits_for_a_webhook(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        let c = t.open_conversation(w.user).await.id;
        let said = t.send(c, w.user(), "quincewords").await;
        spread(t).await;
        let told = claim(t, id).await;
        let (actor, now) = (w.user(), t.now());
        t.db.write(DeleteMessage { actor, conversation_id: c, id: said.id, now }).await.unwrap();
        let data = t.db.webhook_data(&told[1]).await.unwrap().unwrap();
        assert!(data.message.unwrap().parts.is_empty(), "as it is now");
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
        assert_eq!(t.number("SELECT COUNT(*) FROM webhook_deliveries").await, 0);
        assert_eq!(t.db.webhook_data(&told[1]).await.unwrap(), None);
        t.db.write(settle(t, id, &told[1], Settled::Moot)).await.unwrap();
        // Of the feed's older entries nothing is told any more but that it is gone.
        spread(t).await;
        let gone = claim(t, id).await;
        assert_eq!(kinds(&gone), [WebhookEvent::ConversationErased]);
        let data = t.db.webhook_data(&gone[0]).await.unwrap().unwrap();
        assert_eq!((data.conversation_id, data.conversation), (Some(c), None));
    }

    /// Law 9: a workspace's webhooks hear of its own teams only, and nobody else reaches them.
    async fn law_9_another_workspace_reaches_nothing(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        let stranger = t.id();
        let by = t.by();
        let remove = RemoveWebhook { id, workspace_id: stranger, by };
        assert!(matches!(t.db.write(remove).await, Err(Error::NotFound)));
        let secret = ChangeWebhookSecret { id, workspace_id: stranger, secret: "other".to_owned(), by };
        assert!(matches!(t.db.write(secret).await, Err(Error::NotFound)));
        let theirs = t.db.webhook_deliveries(stranger, id, None, 10).await;
        assert!(matches!(theirs, Err(Error::NotFound)));
        assert!(t.db.webhooks(stranger, t.now()).await.unwrap().is_empty());
        let test = TryWebhook { workspace_id: stranger, webhook_id: id, id: t.id(), now: t.now() };
        assert!(matches!(t.db.write(test).await, Err(Error::NotFound)));
        assert!(matches!(change(t, &World { workspace: stranger, ..w }, id, None).await, Err(Error::NotFound)));
    }

    async fn two_secrets_count_for_a_day_and_are_sealed_anew(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        let change = |secret: &str| ChangeWebhookSecret {
            id, workspace_id: w.workspace, secret: secret.to_owned(), by: t.by(),
        };
        let changed = t.db.write(change("second")).await.unwrap();
        t.open_conversation(w.user).await;
        spread(t).await;
        let until = changed.old_secret_until.unwrap();
        let due = t.db.due_webhooks(until.plus_ms(-1)).await.unwrap().remove(0);
        assert_eq!((due.secret.as_str(), due.old_secret.as_deref()), ("second", Some("sealed")));
        assert_eq!(t.db.due_webhooks(until).await.unwrap()[0].old_secret, None);
        assert_eq!(t.db.webhooks(w.workspace, until).await.unwrap()[0].old_secret_until, None);
        let before = t.db.webhook_secrets().await.unwrap().remove(0);
        let after = WebhookSecrets { id, secret: "anew".to_owned(), old_secret: Some("old anew".to_owned()) };
        t.db.write(ResealWebhook { before: before.clone(), after: after.clone() }).await.unwrap();
        assert_eq!(t.db.webhook_secrets().await.unwrap(), std::slice::from_ref(&after));
        t.db.write(ResealWebhook { before, after: WebhookSecrets { secret: "late".to_owned(), ..after } }).await.unwrap();
        assert_eq!(t.db.webhook_secrets().await.unwrap()[0].secret, "anew");
    }

    async fn there_are_so_many_and_no_more_and_what_was_told_goes_when_it_is_old(t) {
        let w = t.world().await;
        let id = add(t, &w, everything()).await;
        for _ in 1..limits::WEBHOOKS {
            add(t, &w, everything()).await;
        }
        let more = AddWebhook {
            id: t.id(), workspace_id: w.workspace, url: name("https://hooks.example.com/"),
            events: everything(), secret: "sealed".to_owned(), off: None, by: t.by(),
        };
        assert!(matches!(t.db.write(more).await, Err(Error::Limit(_))));
        t.open_conversation(w.user).await;
        spread(t).await;
        let count = "SELECT COUNT(*) FROM webhook_deliveries";
        assert_eq!(t.number(count).await, limits::WEBHOOKS);
        t.db.write(RemoveWebhook { id, workspace_id: w.workspace, by: t.by() }).await.unwrap();
        assert_eq!(t.db.due_webhooks(t.now()).await.unwrap().len(), 19);
        let in_days = |days: i64| TrimOthers { now: t.now().plus_ms(days * DAY_MS), limit: 100 };
        t.db.write(in_days(29)).await.unwrap();
        assert_eq!(t.number(count).await, limits::WEBHOOKS);
        t.db.write(in_days(31)).await.unwrap();
        assert_eq!(t.number(count).await, 0);
    }
}

async fn claim_at(t: &Trial, webhook_id: WebhookId, days: i64) -> Vec<Claimed> {
    let now = t.now().plus_ms(days * DAY_MS);
    t.db.write(ClaimDeliveries { webhook_id, limit: 100, until: now.plus_ms(60_000), now }).await.unwrap()
}
