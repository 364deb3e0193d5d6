use tidings_protocol::audit::AuditAct;
use tidings_store::access::{
    Access, EndAgentSessions, EndUserSessions, SetAgentAccess, SetAppAccess, SetUserAccess, SweepSessions,
};
use tidings_store::agents::StartAgentSession;
use tidings_store::audit::AuditFilter;
use tidings_store::keys::{AddIdentityKeys, IdentityAlgorithm, NewIdentityKey, RevokeIdentityKey, Sessions};
use tidings_store::users::{Identity, SignIn};
use tidings_store::{EndedSession, Error};

use crate::trial::{Trial, World, known, name};

async fn signed_in(t: &Trial, sign_in: SignIn) -> [u8; 32] {
    let hash = sign_in.session.token_hash;
    t.db.write(sign_in).await.unwrap();
    hash
}

/// Whether a session is worth something, as each of the two who ask for it sees it.
async fn goes_on(t: &Trial, hash: [u8; 32]) -> bool {
    let found = t.db.session(hash, t.now()).await.unwrap().is_some();
    assert_eq!(t.db.sessions_that_go_on(&[hash]).await.unwrap().contains(&hash), found);
    found
}

fn ended(t: &Trial) -> Vec<EndedSession> {
    t.commits.lock().unwrap().last().unwrap().ended_sessions.clone()
}

async fn acts(t: &Trial, w: &World) -> Vec<AuditAct> {
    let log = t.db.audit_log(w.workspace, &AuditFilter::default(), 3).await.unwrap();
    log.entries.into_iter().map(|entry| entry.act).collect()
}

both! {
    async fn law_9_a_blocked_user_has_no_session_and_gets_none(t) {
        let w = t.world().await;
        let sign_in = t.sign_in(w.app, known("customer-1"));
        let hash = signed_in(t, sign_in.clone()).await;
        let set = |access| SetUserAccess { workspace_id: w.workspace, user_id: w.user, access, by: t.by() };
        t.db.write(set(Access::Shut)).await.unwrap();
        assert!(ended(t).contains(&EndedSession::App(hash)));
        assert!(!goes_on(t, hash).await);
        assert!(matches!(t.sign_in_again(&sign_in).await, Err(Error::ShutOut)));
        // Once more changes nothing and is not written down again.
        t.db.write(set(Access::Shut)).await.unwrap();
        t.db.write(set(Access::Open)).await.unwrap();
        assert_eq!(acts(t, &w).await[..2], [AuditAct::UserUnblocked, AuditAct::UserBlocked]);
        assert!(!goes_on(t, hash).await);
        let again = t.again(&sign_in);
        assert!(goes_on(t, signed_in(t, again).await).await);
    }

    async fn law_9_a_session_begun_while_its_user_is_blocked_is_worth_nothing(t) {
        let w = t.world().await;
        let hash = signed_in(t, t.sign_in(w.app, known("customer-1"))).await;
        // As if the block had been committed between the check and the insert.
        t.sql("UPDATE users SET blocked_at = 1").await;
        assert!(!goes_on(t, hash).await);
    }

    async fn law_9_the_users_of_a_disabled_app_are_out_until_it_is_open_again(t) {
        let w = t.world().await;
        let other_app = t.app(w.workspace, w.team).await;
        let here = signed_in(t, t.sign_in(w.app, Identity::Anonymous)).await;
        let there = signed_in(t, t.sign_in(other_app, Identity::Anonymous)).await;
        let set = |access| SetAppAccess { workspace_id: w.workspace, app_id: w.app, access, by: t.by() };
        t.db.write(set(Access::Shut)).await.unwrap();
        assert_eq!(ended(t), [EndedSession::Many]);
        assert!(!goes_on(t, here).await && goes_on(t, there).await);
        let new = t.sign_in(w.app, Identity::Anonymous);
        assert!(matches!(t.db.write(new).await, Err(Error::ShutOut)));
        t.db.write(set(Access::Open)).await.unwrap();
        assert!(goes_on(t, here).await);
        assert_eq!(acts(t, &w).await[..2], [AuditAct::AppEnabled, AuditAct::AppDisabled]);
    }

    async fn law_9_sessions_of_a_revoked_key_end_unless_they_are_to_go_on(t) {
        let w = t.world().await;
        let key = |n| NewIdentityKey { id: t.id(), algorithm: IdentityAlgorithm::Hs256, kid: None, material: vec![n; 32] };
        let keys = vec![key(1), key(2)];
        let [one, two] = [keys[0].id, keys[1].id];
        t.db.write(AddIdentityKeys { app_id: w.app, keys, by: t.by() }).await.unwrap();
        let by_key = |key_id| Identity::Known {
            external_id: name("customer-1"), name: None, email: None, key_id: Some(key_id),
        };
        let first = signed_in(t, t.sign_in(w.app, by_key(one))).await;
        let second = signed_in(t, t.sign_in(w.app, by_key(two))).await;
        let revoke = |id, sessions| RevokeIdentityKey { app_id: w.app, id, sessions, by: t.by() };
        t.db.write(revoke(one, Sessions::GoOn)).await.unwrap();
        assert!(goes_on(t, first).await);
        t.db.write(revoke(one, Sessions::End)).await.unwrap();
        assert_eq!(ended(t), [EndedSession::Many]);
        assert!(!goes_on(t, first).await && goes_on(t, second).await);
        let sweep = SweepSessions { limit: 10, now: t.now() };
        assert_eq!(t.db.write(sweep).await.unwrap(), 1);
        assert_eq!(t.db.write(sweep).await.unwrap(), 0);
    }

    async fn law_9_a_disabled_agent_has_no_session_and_gets_none(t) {
        let w = t.world().await;
        let now = t.now();
        let start = StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
        t.db.write(start).await.unwrap();
        let set = |access| SetAgentAccess { workspace_id: w.workspace, agent_id: w.ana, access, by: t.by() };
        t.db.write(set(Access::Shut)).await.unwrap();
        assert_eq!(ended(t), [EndedSession::Agent(start.token_hash)]);
        let again = StartAgentSession { token_hash: t.hash(), ..start };
        assert!(matches!(t.db.write(again).await, Err(Error::NotFound)));
        t.db.write(set(Access::Open)).await.unwrap();
        assert!(t.db.agent_session(start.token_hash, now).await.unwrap().is_none());
        t.db.write(again).await.unwrap();
        let end = EndAgentSessions { workspace_id: w.workspace, agent_id: w.ana, by: t.by() };
        assert_eq!(t.db.write(end).await.unwrap(), 1);
        assert!(t.db.agent_session(again.token_hash, now).await.unwrap().is_none());
    }

    async fn law_9_another_workspaces_people_cannot_be_shut_out(t) {
        let w = t.world().await;
        let workspace_id = t.id();
        let (access, by) = (Access::Shut, t.by());
        let (user_id, agent_id, app_id) = (w.user, w.ana, w.app);
        let refused = [
            t.db.write(SetUserAccess { workspace_id, user_id, access, by }).await,
            t.db.write(SetAgentAccess { workspace_id, agent_id, access, by }).await,
            t.db.write(SetAppAccess { workspace_id, app_id, access, by }).await,
            t.db.write(EndUserSessions { workspace_id, user_id, by }).await.map(drop),
            t.db.write(EndAgentSessions { workspace_id, agent_id, by }).await.map(drop),
        ];
        for result in refused {
            assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
        }
    }

    async fn sessions_whose_time_is_over_are_removed_a_few_at_a_time(t) {
        let w = t.world().await;
        let mut last = t.now();
        for _ in 0..3 {
            let sign_in = t.sign_in(w.app, Identity::Anonymous);
            last = sign_in.session.expires_at;
            t.db.write(sign_in).await.unwrap();
        }
        let sweep = |limit, now| t.db.write(SweepSessions { limit, now });
        assert_eq!(sweep(10, t.now()).await.unwrap(), 0);
        assert_eq!(sweep(2, last).await.unwrap(), 2);
        // The two of the world's own users, and the third.
        assert_eq!(sweep(10, last).await.unwrap(), 3);
    }
}
