use serde_json::json;
use tidings_protocol::fallback::{Fallback, FallbackWay};
use tidings_protocol::push::PushPrivacy;
use tidings_store::audit::By;
use tidings_store::fallback::{
    HoldFallback, Mail, RecordFallback, ScheduleFallback, SetFallback, SetMail, fallback_job,
};
use tidings_store::ledger::NotePushReceipt;
use tidings_store::receipts::MoveUserReceipt;
use tidings_store::retention::TrimOthers;

use crate::trial::{Trial, World};

async fn wish(t: &Trial, w: &World) -> Fallback {
    let wish = json!({ "way": "email", "after_minutes": 15, "link": "shop://m" });
    let fallback: Fallback = serde_json::from_value(wish).unwrap();
    let by = By::command_line(t.now());
    t.db.write(SetFallback { app_id: w.app, fallback: Some(fallback.clone()), by }).await.unwrap();
    fallback
}

fn told(
    t: &Trial,
    w: &World,
    conversation_id: tidings_protocol::id::ConversationId,
    seqs: (i64, i64),
) -> RecordFallback {
    RecordFallback {
        user_id: w.user,
        conversation_id,
        first_seq: seqs.0,
        last_seq: seqs.1,
        way: FallbackWay::Email,
        accepted: true,
        detail: "250 ok".to_owned(),
        pause: 60.try_into().unwrap(),
        now: t.now(),
    }
}

both! {
    async fn what_an_app_wishes_is_there_until_it_is_taken_back(t) {
        let w = t.world().await;
        assert_eq!(t.db.fallback(w.app).await.unwrap(), None);
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.ana(), "one").await;
        assert_eq!(t.db.fallback_context(w.user, id, 1).await.unwrap(), None);
        assert_eq!(t.db.fallback_link(w.user, id).await.unwrap(), None);
        let fallback = wish(t, &w).await;
        assert_eq!(t.db.fallback(w.app).await.unwrap(), Some(fallback.clone()));
        assert_eq!(t.db.push_context(w.user, id, 1, t.now()).await.unwrap().unwrap().fallback, Some(fallback));
        assert_eq!(t.db.fallback_link(w.user, id).await.unwrap().unwrap().as_str(), "shop://m");
        assert_eq!(t.db.fallback_link(w.other_user, id).await.unwrap(), None);
        let by = By::command_line(t.now());
        t.db.write(SetFallback { app_id: w.app, fallback: None, by }).await.unwrap();
        assert_eq!(t.db.fallback(w.app).await.unwrap(), None);
    }

    async fn a_message_is_looked_at_once_and_not_after_it_was_told(t) {
        let w = t.world().await;
        wish(t, &w).await;
        let id = t.open_conversation(w.user).await.id;
        let said = t.send(id, w.ana(), "one").await;
        let before = t.db.job_counts().await.unwrap().waiting;
        let look = ScheduleFallback {
            id: fallback_job(said.id), app_id: w.app, user_id: w.user, conversation_id: id, message_id: said.id,
            seq: 1, run_at: t.now(),
        };
        t.db.write(look).await.unwrap();
        t.db.write(look).await.unwrap();
        assert_eq!(t.db.job_counts().await.unwrap().waiting, before + 1);
        t.db.write(told(t, &w, id, (1, 1))).await.unwrap();
        let again = ScheduleFallback { id: t.id(), ..look };
        t.db.write(again).await.unwrap();
        assert_eq!(t.db.job_counts().await.unwrap().waiting, before + 1);
    }

    async fn one_tells_at_a_time_and_then_there_is_a_pause(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let now = t.now();
        let hold = |now| t.db.write(HoldFallback { user_id: w.user, now });
        assert_eq!(hold(now).await.unwrap(), None);
        assert_eq!(hold(now).await.unwrap(), Some(now.plus_ms(120_000)));
        assert_eq!(hold(now.plus_ms(120_000)).await.unwrap(), None, "the first one died");
        let refused = RecordFallback { accepted: false, now, ..told(t, &w, id, (1, 1)) };
        t.db.write(refused.clone()).await.unwrap();
        assert_eq!(hold(now).await.unwrap(), None);
        t.db.write(RecordFallback { accepted: true, ..refused }).await.unwrap();
        assert_eq!(hold(now).await.unwrap(), Some(now.plus_ms(60 * 60_000)));
        assert_eq!(t.db.write(HoldFallback { user_id: w.other_user, now }).await.unwrap(), None);
    }

    async fn telling_somebody_knows_what_there_is_to_tell(t) {
        let w = t.world().await;
        wish(t, &w).await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.user(), "a question").await;
        let one = t.send(id, w.ana(), "one").await;
        t.send(id, w.user(), "and another").await;
        let two = t.send(id, w.ana(), "two").await;
        let context = async |seq| t.db.fallback_context(w.user, id, seq).await.unwrap().unwrap();
        let found = context(2).await;
        assert_eq!((found.count, found.newest.id, found.is_settled, found.is_told), (2, two.id, false, false));
        assert_eq!((found.push_privacy, found.is_mail_stopped, found.is_blocked), (PushPrivacy::Generic, false, false));
        assert_eq!(t.db.fallback_context(w.other_user, id, 2).await.unwrap(), None);
        let now = t.now();
        t.db.write(NotePushReceipt { user_id: w.user, device_id: w.device, message_id: one.id, shown: false, now }).await.unwrap();
        assert!(context(2).await.is_settled && !context(4).await.is_settled);
        t.db.write(told(t, &w, id, (4, 4))).await.unwrap();
        assert!(context(4).await.is_told);
        let receipt = MoveUserReceipt { user_id: w.user, conversation_id: id, delivered_seq: 4, read_seq: 0, from: None, now };
        t.db.write(receipt).await.unwrap();
        assert!(context(4).await.is_settled);
        let stop = SetMail { user_id: w.user, mail: Mail::Stopped, by: None, now };
        t.db.write(stop).await.unwrap();
        assert!(context(4).await.is_mail_stopped);
        assert!(t.db.person(w.user).await.unwrap().unwrap().is_mail_stopped);
        t.db.write(SetMail { mail: Mail::Allowed, ..stop }).await.unwrap();
        assert!(!context(4).await.is_mail_stopped);
    }

    async fn the_ledger_tells_it_of_each_message_and_it_goes_with_the_ledger(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for n in 1..=3 {
            t.send(id, w.ana(), &n.to_string()).await;
        }
        let record = told(t, &w, id, (1, 2));
        t.db.write(record.clone()).await.unwrap();
        t.db.write(record.clone()).await.unwrap();
        let workspace = t.db.person(w.user).await.unwrap().unwrap().workspace_id;
        let counts = async || {
            let all = t.db.user_ledger(workspace, w.user, 10).await.unwrap().unwrap();
            let mut counts: Vec<_> = all.iter().map(|one| (one.seq, one.ledger.fallbacks.len())).collect();
            counts.sort_unstable();
            counts
        };
        assert_eq!(counts().await, [(1, 1), (2, 1), (3, 0)]);
        let trim = TrimOthers { now: record.now.plus_ms(90 * 86_400_000), limit: 100 };
        t.db.write(trim).await.unwrap();
        assert_eq!(counts().await, [(1, 1), (2, 1), (3, 0)]);
        t.db.write(TrimOthers { now: trim.now.plus_ms(86_400_000), ..trim }).await.unwrap();
        assert_eq!(counts().await, [(1, 0), (2, 0), (3, 0)]);
    }
}
