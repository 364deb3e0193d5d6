use futures_util::future::join_all;
use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_store::ledger::{NotePushReceipt, RecordPush};
use tidings_store::push_contexts::Asked;
use tidings_store::receipts::MoveUserReceipt;

use crate::devices::with_token;

both! {
    async fn the_ledger_tells_what_became_of_a_message(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let message = t.send(id, w.ana(), "hello").await;
        let ledger = t.db.ledger(w.ana, id, message.id).await.unwrap().unwrap();
        assert_eq!((ledger.stored_at, ledger.delivered, ledger.read, ledger.pushes.len()), (message.sent_at, false, false, 0));
        let push = |accepted, detail: &str| RecordPush {
            message_id: message.id, device_id: w.device, provider: PushProvider::Fcm, accepted,
            detail: detail.to_owned(), now: t.now(),
        };
        let first = push(false, "UNAVAILABLE");
        t.db.write(first.clone()).await.unwrap();
        t.db.write(first).await.unwrap();
        t.db.write(push(true, "projects/1/messages/2")).await.unwrap();
        let receipt = MoveUserReceipt { user_id: w.user, conversation_id: id, delivered_seq: 1, read_seq: 0, from: None, now: t.now() };
        t.db.write(receipt).await.unwrap();
        let ledger = t.db.ledger(w.ben, id, message.id).await.unwrap().unwrap();
        assert!(ledger.delivered && !ledger.read);
        let said: Vec<_> = ledger.pushes.iter().map(|push| (push.accepted, push.detail.as_str())).collect();
        assert_eq!(said, [(false, "UNAVAILABLE"), (true, "projects/1/messages/2")]);
        assert_eq!((ledger.delivered_at, ledger.read_at), (Some(receipt.now), None));
        t.db.write(MoveUserReceipt { read_seq: 1, ..receipt }).await.unwrap();
        assert!(t.db.ledger(w.ana, id, message.id).await.unwrap().unwrap().read);
        assert_eq!(t.db.ledger(w.stranger, id, message.id).await.unwrap(), None);
        assert_eq!(t.db.ledger(w.ana, t.id(), message.id).await.unwrap(), None);
        assert_eq!(t.db.ledger(w.ana, id, t.id()).await.unwrap(), None);
    }

    async fn each_step_of_a_push_is_news_once(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let message_id = t.send(id, w.ana(), "hello").await.id;
        let tell = async |shown| {
            let told = NotePushReceipt { user_id: w.user, device_id: w.device, message_id, shown, now: t.now() };
            let news = t.db.write(told).await.unwrap();
            (news.arrived, news.shown)
        };
        assert_eq!([tell(false).await, tell(false).await], [(true, false), (false, false)]);
        assert_eq!([tell(true).await, tell(true).await, tell(false).await], [(false, true), (false, false), (false, false)]);
    }

    async fn a_push_knows_badge_devices_and_what_was_done(t) {
        let w = t.world().await;
        let other = t.open_conversation(w.user).await.id;
        t.send(other, w.ana(), "elsewhere").await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.ana(), "one").await;
        let two = t.send(id, w.ana(), "two").await;
        t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
        let accepted = RecordPush {
            message_id: two.id, device_id: w.device, provider: PushProvider::Apns, accepted: true,
            detail: "id".to_owned(), now: t.now(),
        };
        t.db.write(accepted).await.unwrap();
        let context = t.db.push_context(w.user, id, 2, t.now()).await.unwrap().unwrap();
        assert_eq!((context.unread, context.is_read, context.message), (3, false, two));
        assert_eq!((context.app_id, context.app_name.as_str()), (w.app, "Acme for iPhone"));
        assert_eq!(context.options.privacy, PushPrivacy::Generic);
        assert_eq!((context.devices.len(), context.already_accepted), (1, vec![w.device]));
        let receipt = MoveUserReceipt { user_id: w.user, conversation_id: id, delivered_seq: 2, read_seq: 2, from: None, now: t.now() };
        t.db.write(receipt).await.unwrap();
        let context = t.db.push_context(w.user, id, 2, t.now()).await.unwrap().unwrap();
        assert_eq!((context.unread, context.is_read), (1, true));
        assert_eq!(t.db.push_context(w.user, id, 3, t.now()).await.unwrap(), None);
        assert_eq!(t.db.push_context(w.other_user, id, 2, t.now()).await.unwrap(), None);
    }

    async fn many_are_asked_for_at_once_and_each_gets_its_own(t) {
        let w = t.world().await;
        let (mine, theirs) = (t.open_conversation(w.user).await.id, t.open_conversation(w.other_user).await.id);
        let one = t.send(mine, w.ana(), "one").await;
        let two = t.send(mine, w.ana(), "two").await;
        let three = t.send(theirs, w.ana(), "three").await;
        t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
        let push = |message_id, accepted, detail: &str| RecordPush {
            message_id, device_id: w.device, provider: PushProvider::Apns, accepted,
            detail: detail.to_owned(), now: t.now(),
        };
        t.db.write(push(one.id, false, "not sent yet: HTTP 503")).await.unwrap();
        t.db.write(push(one.id, true, "id")).await.unwrap();
        t.db.write(push(two.id, false, "HTTP 503")).await.unwrap();
        t.db.write(push(two.id, false, "not sent yet: HTTP 503")).await.unwrap();
        let asked = |user_id, conversation_id, seq| Asked { user_id, conversation_id, seq };
        let all = [
            asked(w.other_user, theirs, 1),
            asked(w.user, mine, 2),
            asked(w.user, theirs, 1),
            asked(w.user, mine, 3),
            asked(w.user, t.id(), 1),
            asked(w.user, mine, 1),
            asked(w.user, mine, 2),
        ];
        let found = t.db.push_contexts(&all, t.now()).await.unwrap().found;
        let messages: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.message.id)).collect();
        assert_eq!(messages, [Some(three.id), Some(two.id), None, None, None, Some(one.id), Some(two.id)]);
        let [Some(of_three), Some(of_two), .., Some(of_one), _] = &found[..] else { panic!("{found:?}") };
        assert_eq!((of_three.unread, of_two.unread, of_one.unread), (1, 2, 2));
        assert_eq!((of_three.devices.len(), of_two.devices.len()), (0, 1));
        assert_eq!((&of_one.already_accepted, &of_one.told_to_wait), (&vec![w.device], &vec![]));
        assert_eq!((&of_two.already_accepted, &of_two.told_to_wait), (&vec![], &vec![w.device]));
        assert_eq!(t.db.push_contexts(&[], t.now()).await.unwrap().found, []);
    }

    async fn what_is_written_down_together_is_all_there(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let mut messages = Vec::new();
        for n in 0..20 {
            messages.push(t.send(id, w.ana(), &n.to_string()).await.id);
        }
        let at = t.now();
        let push = |message_id, detail: &str| RecordPush {
            message_id, device_id: w.device, provider: PushProvider::Apns, accepted: true,
            detail: detail.to_owned(), now: at,
        };
        // The same attempt twice among them: a statement that meets a row twice would be refused.
        let pushes = messages.iter().flat_map(|id| [push(*id, "first"), push(*id, "last")]);
        for written in join_all(pushes.map(|push| t.db.write(push))).await {
            written.unwrap();
        }
        for message in messages {
            let pushes = t.db.ledger(w.ana, id, message).await.unwrap().unwrap().pushes;
            assert_eq!((pushes.len(), pushes[0].detail.as_str()), (1, "last"));
        }
    }
}
