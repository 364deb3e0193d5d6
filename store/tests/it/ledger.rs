use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_store::ledger::RecordPush;
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
        assert_eq!(context.push_privacy, PushPrivacy::Generic);
        assert_eq!((context.devices.len(), context.already_accepted), (1, vec![w.device]));
        let receipt = MoveUserReceipt { user_id: w.user, conversation_id: id, delivered_seq: 2, read_seq: 2, from: None, now: t.now() };
        t.db.write(receipt).await.unwrap();
        let context = t.db.push_context(w.user, id, 2, t.now()).await.unwrap().unwrap();
        assert_eq!((context.unread, context.is_read), (1, true));
        assert_eq!(t.db.push_context(w.user, id, 3, t.now()).await.unwrap(), None);
        assert_eq!(t.db.push_context(w.other_user, id, 2, t.now()).await.unwrap(), None);
    }
}
