use tidings_protocol::change::{Catchup, ChangeKind};
use tidings_protocol::id::{ConversationId, UserId};
use tidings_protocol::notifications::{Mute, Muted, Notifications};
use tidings_protocol::search::SearchIn;
use tidings_store::access::{Access, SetUserAccess};
use tidings_store::contexts::FieldSource;
use tidings_store::erase::{BeginErasure, EraseStep, Erasing, fingerprint};
use tidings_store::merge::{MergeUser, Merged};
use tidings_store::messages::Range;
use tidings_store::notifications::SetNotifications;
use tidings_store::receipts::MoveUserReceipt;
use tidings_store::search::{IndexFeed, Indexed};
use tidings_store::users::{Identity, SignIn};
use tidings_store::{Actor, Created, EndedSession, Error};

use crate::contexts;
use crate::trial::{Trial, World};

/// An anonymous user, in a conversation with an agent.
pub(crate) struct Anonymous {
    pub(crate) sign_in: SignIn,
    pub(crate) id: UserId,
    pub(crate) conversation: ConversationId,
}

impl Anonymous {
    pub(crate) async fn begin(t: &Trial, w: &World) -> Self {
        let sign_in = t.sign_in(w.app, Identity::Anonymous);
        let id = t.db.write(sign_in.clone()).await.unwrap().id;
        let conversation = t.open_conversation(id).await.id;
        let anonymous = Self { sign_in, id, conversation };
        t.send(conversation, anonymous.actor(), "Do you have my size?").await;
        t.send(conversation, w.ana(), "Certainly.").await;
        t.note(conversation, w.ben, "Size 43.").await;
        anonymous
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor::User { user_id: self.id, device_id: self.sign_in.device.id }
    }

    pub(crate) fn merge(&self, t: &Trial, w: &World) -> MergeUser {
        MergeUser {
            app_id: w.app,
            user_id: w.user,
            device_id: self.sign_in.device.id,
            secret_hash: self.sign_in.device.secret_hash,
            now: t.now(),
        }
    }
}

async fn conversations(t: &Trial, user: UserId) -> Vec<ConversationId> {
    let (page, _) = t.db.user_conversations(user, None, 100).await.unwrap();
    page.into_iter().map(|conversation| conversation.id).collect()
}

async fn index(t: &Trial) {
    for team_id in t.db.unindexed_teams().await.unwrap() {
        while t.db.write(IndexFeed { team_id, limit: 7 }).await.unwrap() == Indexed::GoesOn {}
    }
}

both! {
    async fn what_the_app_said_of_an_anonymous_user_holds_for_whom_they_turn_out_to_be(t) {
        let w = t.world().await;
        let values = async || {
            let fields = t.db.user_fields(w.user).await.unwrap();
            fields.iter().map(|field| serde_json::to_string(&field.value).unwrap()).collect::<Vec<_>>()
        };
        for (said, kept) in [("first", "\"first\""), ("second", "\"first\"")] {
            let them = Anonymous::begin(t, &w).await;
            let json = format!(r#"{{"plan":"{said}"}}"#);
            t.db.write(contexts::say(t, them.id, FieldSource::App, &json)).await.unwrap();
            t.db.write(them.merge(t, &w)).await.unwrap();
            assert_eq!(values().await, [kept]);
            assert!(t.db.user_fields(them.id).await.unwrap().is_empty());
        }
    }

    async fn what_an_anonymous_user_has_becomes_the_known_user_s_once(t) {
        let w = t.world().await;
        let own = t.open_conversation(w.user).await.id;
        let them = Anonymous::begin(t, &w).await;
        let id = them.conversation;
        let read = MoveUserReceipt {
            user_id: them.id, conversation_id: id, delivered_seq: 2, read_seq: 2, from: None, now: t.now(),
        };
        t.db.write(read).await.unwrap();
        let after = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        assert_eq!(t.db.write(them.merge(t, &w)).await.unwrap(), Merged::Moved(1));
        let ended = t.commits.lock().unwrap().last().unwrap().ended_sessions.clone();
        assert_eq!(ended, [EndedSession::App(them.sign_in.session.token_hash)]);
        let mut both = conversations(t, w.user).await;
        both.sort();
        let mut expected = vec![own, id];
        expected.sort();
        assert_eq!(both, expected);
        assert_eq!(conversations(t, them.id).await, []);
        // The read mark and the count of unread messages went along; so did who wrote what.
        let header = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
        assert_eq!((header.receipts.user_read_seq, header.unread), (2, 0));
        let messages = t.db.messages(id, Range::After(0), 10).await.unwrap().messages;
        assert_eq!(messages[0].author, tidings_protocol::message::Author::User { id: w.user });
        // The feed of the known user tells it all: the conversation, then each message.
        let Catchup::Changes(page) = t.db.user_changes(w.user, after, 10).await.unwrap() else { panic!() };
        let kinds: Vec<_> = page.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::ConversationOpened, ChangeKind::MessageAdded, ChangeKind::MessageAdded]);
        // Agents see who it is, and since when.
        let header = t.db.team_conversation(w.ana, id).await.unwrap().unwrap();
        assert!(header.user.verified && header.user.id == w.user);
        assert_eq!(header.identified.map(|identified| identified.after_seq), Some(2));
        assert_eq!(t.number("SELECT conversation_count FROM users WHERE external_id = 'customer-1'").await, 2);
        // A repeat finds nothing left, and tells nobody anything.
        let after = page.cursor;
        assert_eq!(t.db.write(them.merge(t, &w)).await.unwrap(), Merged::Already);
        let Catchup::Changes(page) = t.db.user_changes(w.user, after, 10).await.unwrap() else { panic!() };
        assert_eq!(page.changes, []);
    }

    async fn law_2_a_message_that_the_anonymous_user_sent_is_the_known_user_s_when_it_comes_again(t) {
        let w = t.world().await;
        let them = Anonymous::begin(t, &w).await;
        let sent = t.message(them.conversation, them.actor(), "Is it in?");
        let first = t.db.write(sent.clone()).await.unwrap().value;
        t.db.write(them.merge(t, &w)).await.unwrap();
        let again = tidings_store::messages::AppendMessage { actor: w.user(), ..sent.clone() };
        let again = t.db.write(again).await.unwrap();
        assert!(matches!(again, Created { is_new: false, ref value } if value.seq == first.seq));
        // Whoever still has the old session is nobody's any more.
        assert!(matches!(t.db.write(t.message(them.conversation, them.actor(), "?")).await, Err(Error::NotFound)));
    }

    async fn law_9_only_who_holds_the_device_gives_it_away_and_only_in_their_app(t) {
        let w = t.world().await;
        let them = Anonymous::begin(t, &w).await;
        let merge = them.merge(t, &w);
        let wrong = [
            MergeUser { secret_hash: t.hash(), ..merge },
            MergeUser { device_id: t.id(), ..merge },
            // A device of somebody known is nobody's to give.
            MergeUser { device_id: w.device, secret_hash: merge.secret_hash, ..merge },
        ];
        for wrong in wrong {
            assert_eq!(t.db.write(wrong).await.unwrap(), Merged::Nothing);
        }
        let other_app = t.app(w.workspace, w.team).await;
        let elsewhere = t.sign_in(other_app, Identity::Anonymous);
        t.db.write(elsewhere.clone()).await.unwrap();
        let theirs = MergeUser {
            device_id: elsewhere.device.id, secret_hash: elsewhere.device.secret_hash, ..merge
        };
        assert_eq!(t.db.write(theirs).await.unwrap(), Merged::Nothing);
        // Into an anonymous user, or into nobody: there is no such user.
        for user_id in [them.id, t.id()] {
            assert!(matches!(t.db.write(MergeUser { user_id, ..merge }).await, Err(Error::NotFound)));
        }
        let block = SetUserAccess {
            workspace_id: w.workspace, user_id: them.id, access: Access::Shut, by: t.by(),
        };
        t.db.write(block).await.unwrap();
        assert_eq!(t.db.write(merge).await.unwrap(), Merged::Nothing);
        assert_eq!(conversations(t, w.user).await, []);
    }

    async fn what_was_muted_stays_muted_and_what_was_said_is_found_under_the_new_name(t) {
        let w = t.world().await;
        let them = Anonymous::begin(t, &w).await;
        let mute = Mute { conversation_id: them.conversation, until: None };
        let wishes = Notifications { quiet_hours: None, muted: Muted::try_from(vec![mute]).unwrap() };
        t.db.write(SetNotifications { user_id: them.id, wishes: wishes.clone() }).await.unwrap();
        index(t).await;
        t.db.write(them.merge(t, &w)).await.unwrap();
        index(t).await;
        assert_eq!(t.db.notifications(w.user).await.unwrap(), wishes);
        let query = "size".parse().unwrap();
        let found = t.db.search_as_agent(w.ana, &query, SearchIn::Messages, None, 10, t.now()).await.unwrap();
        assert_eq!(found.hits.len(), 1);
        let found = t.db.search_as_agent(w.ana, &query, SearchIn::Notes, None, 10, t.now()).await.unwrap();
        assert_eq!(found.hits.len(), 1);
        assert_eq!(t.number("SELECT COUNT(DISTINCT user_id) FROM search_entries WHERE conversation_id IS NOT NULL").await, 1);
    }

    async fn law_11_who_is_erased_is_erased_with_whom_they_were_before(t) {
        let w = t.world().await;
        let them = Anonymous::begin(t, &w).await;
        t.db.write(them.merge(t, &w)).await.unwrap();
        t.db.write(BeginErasure { user_id: w.user, workspace_id: None, by: t.by() }).await.unwrap();
        while t.db.write(EraseStep { user_id: w.user, now: t.now() }).await.unwrap() != Erasing::Done {}
        for sql in [
            "SELECT COUNT(*) FROM users WHERE merged_into IS NOT NULL",
            "SELECT COUNT(*) FROM conversations",
            "SELECT COUNT(*) FROM messages",
            "SELECT COUNT(*) FROM devices WHERE user_id NOT IN (SELECT id FROM users)",
        ] {
            assert_eq!(t.number(sql).await, 0, "{sql}");
        }
        // A backup of before knows them as somebody else, who is to be forgotten again.
        let erased = t.db.erased().await.unwrap();
        assert!(erased.contains(&fingerprint(them.id)) && erased.contains(&fingerprint(w.user)));
    }
}
