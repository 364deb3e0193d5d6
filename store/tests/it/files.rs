//! What is known of files: uploads that go on, messages that name them, and that they are doomed with their messages.

use tidings_protocol::id::{AttachmentId, ConversationId};
use tidings_protocol::limits;
use tidings_protocol::message::{KnownPart, Part, Parts};
use tidings_protocol::upload::Variant;
use tidings_store::attachments::{Facts, FileRow, FileState, VariantFacts};
use tidings_store::erase::{BeginErasure, EraseStep, Erasing};
use tidings_store::messages::AppendMessage;
use tidings_store::retention::TrimConversation;
use tidings_store::secrets::EnsureSecret;
use tidings_store::uploads::{
    AddPiece, BeginUpload, DoomExpired, ForgetFile, GiveUpUpload, Piece, SettleUpload, Verdict,
};
use tidings_store::{Actor, Error};
use uuid::Uuid;

use crate::trial::{Trial, name};

pub(crate) const HOURS_MS: i64 = limits::UPLOAD_HOURS * 3_600_000;

fn begin(t: &Trial, actor: Actor) -> BeginUpload {
    BeginUpload {
        id: t.id(),
        actor,
        name: Some(name("parcel.pdf")),
        length: 10,
        sha256: [7; 32],
        now: t.now(),
    }
}

fn piece(t: &Trial, upload: &BeginUpload, start: i64, bytes: i64) -> AddPiece {
    let piece = Piece { start, bytes, token: t.id::<AttachmentId>().uuid() };
    AddPiece { id: upload.id, actor: upload.actor, piece, now: t.now() }
}

fn facts() -> Facts {
    let media_type: tidings_protocol::text::MediaType = name("application/pdf");
    let original = VariantFacts {
        variant: Variant::Original,
        media_type: media_type.clone(),
        bytes: 10,
        sha256: None,
        size: None,
    };
    Facts { media_type, bytes: 10, size: None, thumbhash: None, variants: vec![original] }
}

/// An upload that became a file.
pub(crate) async fn file(t: &Trial, actor: Actor) -> FileRow {
    let upload = begin(t, actor);
    t.db.write(upload.clone()).await.unwrap();
    t.db.write(piece(t, &upload, 0, 10)).await.unwrap().unwrap();
    let settle = SettleUpload { id: upload.id, verdict: Verdict::Complete(facts()), now: t.now() };
    t.db.write(settle).await.unwrap().unwrap()
}

pub(crate) fn with_files(t: &Trial, id: ConversationId, actor: Actor, files: &[&FileRow]) -> AppendMessage {
    let parts = files.iter().map(|file| Part::Known(KnownPart::Attachment(file.attachment().unwrap())));
    let parts: Parts = parts.collect::<Vec<_>>().try_into().unwrap();
    AppendMessage {
        id: t.id(),
        conversation_id: id,
        actor,
        parts,
        quote: None,
        seen_seq: None,
        now: t.now(),
        job_id: t.id(),
    }
}

pub(crate) async fn state(t: &Trial, id: AttachmentId) -> Option<FileState> {
    t.db.kept_files(&[id]).await.unwrap().pop().map(|row| row.state)
}

both! {
    async fn an_upload_takes_each_piece_once_and_in_order(t) {
        let w = t.world().await;
        let upload = begin(t, w.user());
        let first = t.db.write(upload.clone()).await.unwrap();
        assert!(first.is_new && first.value.received == 0 && first.value.state == FileState::Receiving);
        let one = piece(t, &upload, 0, 6);
        assert_eq!(t.db.write(one).await.unwrap().unwrap().received, 6);
        for wrong in [one, piece(t, &upload, 5, 1), piece(t, &upload, 7, 1), piece(t, &upload, 6, 5)] {
            assert_eq!(t.db.write(wrong).await.unwrap(), None, "{wrong:?}");
        }
        let others = AddPiece { actor: w.other_user(), ..piece(t, &upload, 6, 4) };
        assert_eq!(t.db.write(others).await.unwrap(), None);
        assert!(!t.db.write(upload.clone()).await.unwrap().is_new);
        let last = piece(t, &upload, 6, 4);
        assert_eq!(t.db.write(last).await.unwrap().unwrap().state, FileState::Processing);
        assert_eq!(t.db.pieces(upload.id).await.unwrap(), [one.piece, last.piece]);
        let other = BeginUpload { sha256: [8; 32], ..upload.clone() };
        assert!(matches!(t.db.write(other).await, Err(Error::IdConflict)));
        let others = BeginUpload { actor: w.ana(), ..upload.clone() };
        assert!(matches!(t.db.write(others).await, Err(Error::IdConflict)));
        let settle = SettleUpload { id: upload.id, verdict: Verdict::Complete(facts()), now: t.now() };
        assert_eq!(t.db.write(settle.clone()).await.unwrap().unwrap().facts, Some(facts()));
        let late = SettleUpload { verdict: Verdict::Refused("late".to_owned()), ..settle };
        assert_eq!(t.db.write(late).await.unwrap().unwrap().state, FileState::Complete);
        assert!(t.db.pieces(upload.id).await.unwrap().is_empty());
        assert!(t.db.own_file(w.other_user(), upload.id).await.unwrap().is_none());
    }

    async fn the_files_of_a_deleted_message_are_doomed_and_no_others(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let (one, two) = (file(t, w.user()).await, file(t, w.user()).await);
        let sent = t.db.write(with_files(t, id, w.user(), &[&one])).await.unwrap().value;
        t.db.write(with_files(t, id, w.user(), &[&two])).await.unwrap();
        t.db.write(crate::amend::delete(t, &sent, w.user())).await.unwrap();
        assert_eq!(state(t, one.id).await, Some(FileState::Doomed));
        assert_eq!(state(t, two.id).await, Some(FileState::Complete));
        assert!(t.db.visible_file(w.user(), one.id).await.unwrap().is_none());
        // A message of files has no words to change.
        let sent = t.db.messages(id, tidings_store::messages::Range::Newest, 1).await.unwrap().messages.remove(0);
        let edited = t.db.write(crate::amend::edit(t, &sent, w.user(), "a caption")).await;
        assert!(matches!(edited, Err(Error::NotEditable(_))));
    }

    async fn law_10_a_file_is_in_one_message_of_its_author(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let (one, two, agents) = (file(t, w.user()).await, file(t, w.user()).await, file(t, w.ana()).await);
        let both = with_files(t, id, w.user(), &[&one, &two]);
        let elsewhere = t.open_conversation(w.other_user).await.id;
        for wrong in [
            with_files(t, elsewhere, w.other_user(), &[&one]),
            with_files(t, id, w.user(), &[&agents]),
            with_files(t, id, w.ben(), &[&agents]),
        ] {
            assert!(matches!(t.db.write(wrong).await, Err(Error::Attachment(_))));
        }
        let first = t.db.write(both.clone()).await.unwrap();
        assert_eq!(t.db.write(both.clone()).await.unwrap().value, first.value);
        assert!(matches!(t.db.write(with_files(t, id, w.user(), &[&two])).await, Err(Error::Attachment(two)) if two == both.parts.attachments().nth(1).unwrap().attachment_id));
        t.db.write(with_files(t, id, w.ana(), &[&agents])).await.unwrap();
        for (who, sees) in [(w.user(), true), (w.ana(), true), (w.ben(), true), (w.other_user(), false), (w.stranger(), false)] {
            for file in [&one, &agents] {
                assert_eq!(t.db.visible_file(who, file.id).await.unwrap().is_some(), sees, "{who:?}");
            }
        }
        assert_eq!(t.db.files_of_user(w.user, None, 10).await.unwrap().len(), 3);
    }

    async fn of_two_messages_at_once_one_gets_the_file(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let other = t.open_conversation(w.user).await.id;
        let file = file(t, w.user()).await;
        let sends = [id, other, id, other].map(|id| t.db.write(with_files(t, id, w.user(), &[&file])));
        let sent = futures_util::future::join_all(sends).await;
        assert_eq!(sent.iter().filter(|sent| sent.is_ok()).count(), 1);
        assert!(sent.iter().all(|sent| matches!(sent, Ok(_) | Err(Error::Attachment(_)))), "{sent:?}");
    }

    async fn what_no_message_names_expires_and_what_one_names_stays(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let (sent, unsent, agents) = (file(t, w.user()).await, file(t, w.user()).await, file(t, w.ana()).await);
        t.db.write(with_files(t, id, w.user(), &[&sent])).await.unwrap();
        let doom = |ms| DoomExpired { now: t.now().plus_ms(ms), limit: 10 };
        assert_eq!(t.db.write(doom(HOURS_MS - 60_000)).await.unwrap(), 0);
        let given_up = GiveUpUpload { id: agents.id, actor: w.ana() };
        t.db.write(given_up).await.unwrap();
        assert!(matches!(t.db.write(given_up).await, Err(Error::NotFound)));
        let named = GiveUpUpload { id: sent.id, actor: w.user() };
        assert!(matches!(t.db.write(named).await, Err(Error::NotFound)));
        assert_eq!(t.db.write(doom(HOURS_MS + 60_000)).await.unwrap(), 1);
        let doomed = t.db.doomed_files(10).await.unwrap();
        assert_eq!(doomed.iter().map(|row| (row.id, row.name.clone())).collect::<Vec<_>>(), [(unsent.id, None), (agents.id, None)]);
        t.db.write(ForgetFile(unsent.id)).await.unwrap();
        t.db.write(ForgetFile(sent.id)).await.unwrap();
        assert_eq!((state(t, unsent.id).await, state(t, sent.id).await), (None, Some(FileState::Complete)));
    }

    async fn files_go_with_their_messages(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let (old, new) = (file(t, w.user()).await, file(t, w.user()).await);
        t.db.write(with_files(t, id, w.user(), &[&old])).await.unwrap();
        t.db.write(with_files(t, id, w.user(), &[&new])).await.unwrap();
        let close = tidings_store::conversations::SetState {
            conversation_id: id,
            actor: w.ana(),
            state: tidings_protocol::conversation::ConversationState::Closed,
            now: t.now(),
        };
        t.db.write(close).await.unwrap();
        let before = t.now().plus_ms(1_000_000_000);
        assert_eq!(t.db.write(TrimConversation { id, before, limit: 10 }).await.unwrap(), 1);
        assert_eq!((state(t, old.id).await, state(t, new.id).await), (Some(FileState::Doomed), Some(FileState::Complete)));
    }

    async fn law_11_an_erasure_waits_for_the_bytes_of_files(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let (sent, unsent, agents) = (file(t, w.user()).await, file(t, w.user()).await, file(t, w.ana()).await);
        let others = file(t, w.other_user()).await;
        t.db.write(with_files(t, id, w.user(), &[&sent])).await.unwrap();
        t.db.write(with_files(t, id, w.ana(), &[&agents])).await.unwrap();
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        let step = || t.db.write(EraseStep { user_id: w.user, now: t.now() });
        while let Erasing::GoesOn(_) = step().await.unwrap() {}
        assert_eq!(step().await.unwrap(), Erasing::FilesLeft);
        let mut left: Vec<_> = t.db.doomed_files_of(w.user, 10).await.unwrap().iter().map(|row| row.id).collect();
        left.sort_unstable();
        assert_eq!(left, [sent.id, unsent.id, agents.id]);
        for id in left {
            t.db.write(ForgetFile(id)).await.unwrap();
        }
        assert_eq!(step().await.unwrap(), Erasing::Done);
        assert_eq!(state(t, others.id).await, Some(FileState::Complete));
    }

    async fn one_person_leaves_only_so_much_unsent(t) {
        let w = t.world().await;
        let large = |actor| BeginUpload { length: limits::ATTACHMENT_BYTES, ..begin(t, actor) };
        for _ in 0..limits::UPLOADS_BYTES / limits::ATTACHMENT_BYTES {
            t.db.write(large(w.user())).await.unwrap();
        }
        assert!(matches!(t.db.write(large(w.user())).await, Err(Error::Limit(_))));
        t.db.write(large(w.other_user())).await.unwrap();
        t.db.write(begin(t, w.user())).await.unwrap();
    }

    async fn a_secret_is_what_the_first_made_it(t) {
        let first = t.db.write(EnsureSecret::new("trial", [1; 32])).await.unwrap();
        let second = t.db.write(EnsureSecret::new("trial", [2; 32])).await.unwrap();
        assert_eq!((first, second), ([1; 32], [1; 32]));
    }

    async fn uploads_at_which_nobody_looked_are_found(t) {
        let w = t.world().await;
        let upload = begin(t, w.user());
        t.db.write(upload.clone()).await.unwrap();
        t.db.write(piece(t, &upload, 0, 10)).await.unwrap();
        let found = |ms| { let before = t.now().plus_ms(ms); async move {
            let rows = t.db.unsettled_uploads(before, 10).await.unwrap();
            rows.iter().map(|row| row.id.uuid()).collect::<Vec<Uuid>>()
        }};
        assert_eq!(found(-3_600_000).await, [] as [Uuid; 0]);
        assert_eq!(found(3_600_000).await, [upload.id.uuid()]);
    }
}
