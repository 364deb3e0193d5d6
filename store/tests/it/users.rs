use tidings_protocol::limits;
use tidings_store::users::{Identity, SignOut, UpsertUser};
use tidings_store::{EndedSession, Error};

use crate::trial::{known, name};

both! {
    async fn the_same_device_gives_the_same_user_and_ends_its_earlier_session(t) {
        let w = t.world().await;
        let first = t.sign_in(w.app, Identity::Anonymous);
        let user = t.db.write(first.clone()).await.unwrap();
        assert!(user.anonymous && user.name.is_none());
        let second = t.again(&first);
        assert_eq!(t.db.write(second.clone()).await.unwrap(), user);
        assert_eq!(t.db.session(first.session.token_hash, t.now()).await.unwrap(), None);
        let session = t.db.session(second.session.token_hash, t.now()).await.unwrap().unwrap();
        assert_eq!((session.user_id, session.device_id, session.app_id), (user.id, first.device.id, w.app));
        assert_eq!((session.workspace_id, session.anonymous), (w.workspace, true));
        let ended = t.commits.lock().unwrap().last().unwrap().ended_sessions.clone();
        assert_eq!(ended, [EndedSession::App(first.session.token_hash)]);
    }

    async fn a_session_ends_at_its_time(t) {
        let w = t.world().await;
        let sign_in = t.sign_in(w.app, known("anybody"));
        t.db.write(sign_in.clone()).await.unwrap();
        let end = sign_in.session.expires_at;
        assert!(t.db.session(sign_in.session.token_hash, end.plus_ms(-1)).await.unwrap().is_some());
        assert!(t.db.session(sign_in.session.token_hash, end).await.unwrap().is_none());
    }

    async fn two_devices_of_one_known_user_are_one_user(t) {
        let w = t.world().await;
        let (user, _) = t.user(w.app, "both").await;
        let (same, _) = t.user(w.app, "both").await;
        assert_eq!(user, same);
        let (other, _) = t.user(w.app, "Both").await;
        assert_ne!(user, other);
    }

    async fn a_device_is_used_by_one_user_with_one_secret(t) {
        let w = t.world().await;
        let first = t.sign_in(w.app, known("mine"));
        t.db.write(first.clone()).await.unwrap();
        let mut other_secret = t.again(&first);
        other_secret.device.secret_hash = t.hash();
        let mut other_user = t.again(&first);
        other_user.identity = known("theirs");
        let mut nobody = t.again(&first);
        nobody.identity = Identity::Anonymous;
        for sign_in in [other_secret, other_user, nobody] {
            assert!(matches!(t.db.write(sign_in).await, Err(Error::IdConflict)));
        }
        // What was refused has left nothing behind.
        let session = t.db.session(first.session.token_hash, t.now()).await.unwrap();
        assert!(session.is_some());
        assert_eq!(t.number("SELECT COUNT(*) FROM users WHERE external_id = 'theirs'").await, 0);
    }

    async fn an_anonymous_device_does_not_become_a_known_user(t) {
        let w = t.world().await;
        let first = t.sign_in(w.app, Identity::Anonymous);
        t.db.write(first.clone()).await.unwrap();
        let mut later = t.again(&first);
        later.identity = known("now known");
        assert!(matches!(t.db.write(later).await, Err(Error::IdConflict)));
    }

    async fn an_unknown_app_lets_nobody_in(t) {
        t.world().await;
        assert!(matches!(t.db.write(t.sign_in(t.id(), Identity::Anonymous)).await, Err(Error::NotFound)));
    }

    async fn one_device_more_than_allowed_signs_the_least_recently_seen_out(t) {
        let w = t.world().await;
        let mut sessions = Vec::new();
        for _ in 0..limits::DEVICES_PER_USER {
            let sign_in = t.sign_in(w.app, known("many"));
            sessions.push(sign_in.clone());
            t.db.write(sign_in).await.unwrap();
        }
        // The first is seen again, so the second is now the oldest.
        let again = t.again(&sessions[0]);
        t.db.write(again.clone()).await.unwrap();
        t.db.write(t.sign_in(w.app, known("many"))).await.unwrap();
        assert!(t.db.session(again.session.token_hash, t.now()).await.unwrap().is_some());
        assert!(t.db.session(sessions[1].session.token_hash, t.now()).await.unwrap().is_none());
        assert!(t.db.session(sessions[2].session.token_hash, t.now()).await.unwrap().is_some());
        let ended = t.commits.lock().unwrap().last().unwrap().ended_sessions.clone();
        assert_eq!(ended, [EndedSession::App(sessions[1].session.token_hash)]);
    }

    async fn concurrent_sign_ins_of_one_device_make_one_user(t) {
        let w = t.world().await;
        let first = t.sign_in(w.app, Identity::Anonymous);
        let attempts = (0..8).map(|_| t.sign_in_again(&first));
        let users = futures_util::future::join_all(attempts).await;
        let mut users: Vec<_> = users.into_iter().map(|user| user.unwrap().id).collect();
        users.dedup();
        assert_eq!(users.len(), 1);
        assert_eq!(t.number("SELECT COUNT(*) FROM users WHERE external_id IS NULL").await, 1);
    }

    async fn concurrent_devices_of_one_new_user_make_one_user(t) {
        let w = t.world().await;
        let attempts = (0..8).map(|_| t.db.write(t.sign_in(w.app, known("new"))));
        let users = futures_util::future::join_all(attempts).await;
        let mut users: Vec<_> = users.into_iter().map(|user| user.unwrap().id).collect();
        users.dedup();
        assert_eq!(users.len(), 1);
    }

    async fn signing_out_ends_the_session_once_and_for_all(t) {
        let w = t.world().await;
        let sign_in = t.sign_in(w.app, Identity::Anonymous);
        t.db.write(sign_in.clone()).await.unwrap();
        let token_hash = sign_in.session.token_hash;
        t.db.write(SignOut { token_hash, now: t.now() }).await.unwrap();
        assert_eq!(t.commits.lock().unwrap().last().unwrap().ended_sessions, [EndedSession::App(token_hash)]);
        assert!(t.db.session(token_hash, t.now()).await.unwrap().is_none());
        t.db.write(SignOut { token_hash, now: t.now() }).await.unwrap();
    }

    async fn a_backend_says_who_a_user_is(t) {
        let w = t.world().await;
        let upsert = |external_id, called: Option<&str>, email: Option<&str>| UpsertUser {
            app_id: w.app,
            user_id: t.id(),
            external_id: name(external_id),
            name: called.map(name),
            email: email.map(|email| email.parse().unwrap()),
            now: t.now(),
        };
        let new = t.db.write(upsert("42", Some("Zoé"), None)).await.unwrap();
        let same = t.db.write(upsert("42", Some("Zoé"), Some("zoe@example.org"))).await.unwrap();
        assert_eq!(new.id, same.id);
        assert_eq!(same.email.unwrap().as_str(), "zoe@example.org");
        // A token that says nothing keeps what is known, the backend clears it.
        let signed_in = t.db.write(t.sign_in(w.app, known("42"))).await.unwrap();
        assert_eq!(signed_in.name.unwrap().as_str(), "Zoé");
        let cleared = t.db.write(upsert("42", None, None)).await.unwrap();
        assert_eq!((cleared.id, cleared.name, cleared.email), (new.id, None, None));
        let lost = UpsertUser { app_id: t.id(), ..upsert("42", None, None) };
        assert!(matches!(t.db.write(lost).await, Err(Error::NotFound)));
    }

    async fn a_taken_user_id_is_refused(t) {
        let w = t.world().await;
        let mut sign_in = t.sign_in(w.app, known("new"));
        sign_in.user_id = w.user;
        assert!(matches!(t.db.write(sign_in.clone()).await, Err(Error::IdConflict)));
        sign_in.identity = Identity::Anonymous;
        assert!(matches!(t.db.write(sign_in).await, Err(Error::IdConflict)));
    }
}
