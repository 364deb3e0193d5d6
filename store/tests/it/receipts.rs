use tidings_protocol::conversation::Receipts;
use tidings_store::Error;
use tidings_store::receipts::{MoveTeamReceipt, MoveUserReceipt};

both! {
    async fn receipts_only_move_forward_and_never_beyond_the_last_message(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for _ in 0..3 {
            t.send(id, w.ana(), "hello").await;
        }
        let moved = |delivered_seq, read_seq| async move {
            let receipt = MoveUserReceipt { user_id: w.user, conversation_id: id, delivered_seq, read_seq, from: None, now: t.now() };
            let header = t.db.write(receipt).await.unwrap();
            (header.receipts.user_delivered_seq, header.receipts.user_read_seq, header.unread)
        };
        assert_eq!(moved(2, 0).await, (2, 0, 3));
        assert_eq!(moved(1, 1).await, (2, 1, 2));
        assert_eq!(moved(0, 0).await, (2, 1, 2));
        assert_eq!(moved(-5, i64::MIN).await, (2, 1, 2));
        assert_eq!(moved(0, 3).await, (3, 3, 0), "what is read has been delivered");
        assert_eq!(moved(i64::MAX, i64::MAX).await, (3, 3, 0));
        t.send(id, w.ana(), "more").await;
        assert_eq!(moved(i64::MAX, 3).await, (4, 3, 1));
    }

    async fn only_a_receipt_that_moves_is_a_change(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.ana(), "hello").await;
        let changes = || t.number("SELECT COUNT(*) FROM changes WHERE kind = 'receipt_moved'");
        let receipt = MoveUserReceipt { user_id: w.user, conversation_id: id, delivered_seq: 1, read_seq: 1, from: None, now: t.now() };
        t.db.write(receipt).await.unwrap();
        assert_eq!(changes().await, 2);
        t.db.write(receipt).await.unwrap();
        t.db.write(MoveUserReceipt { delivered_seq: 0, read_seq: 99, ..receipt }).await.unwrap();
        assert_eq!(changes().await, 2);
    }

    async fn a_team_reads_too(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.user(), "one").await;
        t.send(id, w.ana(), "two").await;
        t.send(id, w.user(), "three").await;
        let unread = t.db.team_conversation(w.ana, id).await.unwrap().unwrap().unread;
        assert_eq!(unread, 2);
        let receipt = |read_seq| MoveTeamReceipt { agent_id: w.ben, conversation_id: id, read_seq, now: t.now() };
        let header = t.db.write(receipt(2)).await.unwrap();
        assert_eq!((header.receipts.team_read_seq, header.unread), (2, 1));
        assert_eq!(t.db.write(receipt(1)).await.unwrap().receipts.team_read_seq, 2);
        let header = t.db.write(receipt(77)).await.unwrap();
        assert_eq!((header.receipts.team_read_seq, header.unread), (3, 0));
        let seen_by_user = t.db.user_conversation(w.user, id).await.unwrap().unwrap().receipts;
        assert_eq!(seen_by_user, Receipts { team_read_seq: 3, ..Receipts::default() });
    }

    async fn law_9_nobody_moves_the_receipts_of_others(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.send(id, w.ana(), "hello").await;
        let receipt = MoveUserReceipt { user_id: w.other_user, conversation_id: id, delivered_seq: 1, read_seq: 1, from: None, now: t.now() };
        assert!(matches!(t.db.write(receipt).await, Err(Error::NotFound)));
        let receipt = MoveTeamReceipt { agent_id: w.stranger, conversation_id: id, read_seq: 1, now: t.now() };
        assert!(matches!(t.db.write(receipt).await, Err(Error::NotFound)));
        let header = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
        assert_eq!(header.receipts, Receipts::default());
    }
}
