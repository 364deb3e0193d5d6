use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_store::Error;
use tidings_store::agent_sessions::{EndOwnSessions, SignInAgent, Whereabouts, Which, session_id};
use tidings_store::agents::StartAgentSession;
use tidings_store::audit::{AuditFilter, By};
use tidings_store::second_factors::{
    BeginSecondFactor, ConfirmSecondFactor, Factor, RemoveSecondFactor, ReplaceRecoveryCodes,
    RequireSecondFactor, Required,
};

use crate::trial::{Trial, World};

async fn set_up(t: &Trial, w: &World, recovery: Vec<[u8; 32]>) {
    let (agent_id, now) = (w.ana, t.now());
    t.db.write(BeginSecondFactor { agent_id, secret: [7; 20], now }).await.unwrap();
    t.db.write(ConfirmSecondFactor { agent_id, step: 100, recovery, now }).await.unwrap();
}

fn sign_in(t: &Trial, w: &World, factor: Factor) -> SignInAgent {
    let now = t.now();
    let start =
        StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
    let place = Whereabouts { address: "192.0.2.7".to_owned(), browser: Some("Firefox".to_owned()) };
    SignInAgent { start, factor, place }
}

both! {
    async fn a_second_factor_counts_once_it_is_confirmed(t) {
        let w = t.world().await;
        let (agent_id, now) = (w.ana, t.now());
        t.db.write(BeginSecondFactor { agent_id, secret: [1; 20], now }).await.unwrap();
        t.db.write(BeginSecondFactor { agent_id, secret: [2; 20], now }).await.unwrap();
        assert_eq!(t.db.second_factor(agent_id).await.unwrap().unwrap().secret, [2; 20]);
        assert!(t.db.write(sign_in(t, &w, Factor::None)).await.unwrap());
        let lost = ReplaceRecoveryCodes { agent_id, recovery: vec![t.hash()], now };
        assert!(matches!(t.db.write(lost).await, Err(Error::NotFound)));
        let confirm = ConfirmSecondFactor { agent_id, step: 100, recovery: vec![t.hash()], now };
        t.db.write(confirm.clone()).await.unwrap();
        assert!(matches!(t.db.write(confirm).await, Err(Error::NotFound)));
        assert!(!t.db.write(sign_in(t, &w, Factor::None)).await.unwrap());
        let again = BeginSecondFactor { agent_id, secret: [3; 20], now };
        assert!(matches!(t.db.write(again).await, Err(Error::AlreadyExists(_))));
        assert_eq!(t.db.second_factor(agent_id).await.unwrap().unwrap().secret, [2; 20]);
    }

    async fn a_step_opens_once_also_when_two_come_at_once(t) {
        let w = t.world().await;
        set_up(t, &w, Vec::new()).await;
        assert!(!t.db.write(sign_in(t, &w, Factor::Code { step: 100 })).await.unwrap(), "used to set it up");
        let [one, other] = [(); 2].map(|()| t.db.write(sign_in(t, &w, Factor::Code { step: 101 })));
        let (one, other) = tokio::join!(one, other);
        assert_eq!(u8::from(one.unwrap()) + u8::from(other.unwrap()), 1);
        assert!(!t.db.write(sign_in(t, &w, Factor::Code { step: 99 })).await.unwrap());
        assert!(t.db.write(sign_in(t, &w, Factor::Code { step: 102 })).await.unwrap());
    }

    async fn a_recovery_code_opens_once_and_stands_in_the_log(t) {
        let w = t.world().await;
        let code = t.hash();
        set_up(t, &w, vec![code, t.hash()]).await;
        assert!(!t.db.write(sign_in(t, &w, Factor::Recovery(t.hash()))).await.unwrap());
        assert!(t.db.write(sign_in(t, &w, Factor::Recovery(code))).await.unwrap());
        assert!(!t.db.write(sign_in(t, &w, Factor::Recovery(code))).await.unwrap());
        assert_eq!(t.db.second_factor(w.ana).await.unwrap().unwrap().recovery_codes, 1);
        let filter = AuditFilter { act: Some(AuditAct::RecoveryCodeUsed), ..AuditFilter::default() };
        assert_eq!(t.db.audit_log(w.workspace, &filter, 10).await.unwrap().entries.len(), 1);
    }

    async fn who_takes_away_anothers_second_factor_ends_their_sessions(t) {
        let w = t.world().await;
        set_up(t, &w, vec![t.hash()]).await;
        let session = sign_in(t, &w, Factor::Code { step: 101 });
        let (token, now) = (session.start.token_hash, t.now());
        t.db.write(session).await.unwrap();
        let (workspace_id, agent_id) = (w.workspace, w.ana);
        let own = By { who: AuditActor::Agent { id: w.ana }, at: now };
        t.db.write(RemoveSecondFactor { workspace_id, agent_id, by: own }).await.unwrap();
        assert!(t.db.agent_session(token, now).await.unwrap().is_some());
        assert_eq!(t.db.second_factor(agent_id).await.unwrap(), None);
        t.db.write(RemoveSecondFactor { workspace_id, agent_id, by: t.by() }).await.unwrap();
        assert!(t.db.agent_session(token, now).await.unwrap().is_none());
        let stranger = RemoveSecondFactor { workspace_id: t.id(), agent_id, by: t.by() };
        assert!(matches!(t.db.write(stranger).await, Err(Error::NotFound)));
    }

    async fn a_workspace_that_requires_it_stops_who_has_none(t) {
        let w = t.world().await;
        let session = sign_in(t, &w, Factor::None);
        let (token, now) = (session.start.token_hash, t.now());
        t.db.write(session).await.unwrap();
        let require = |required| RequireSecondFactor { workspace_id: w.workspace, required, by: t.by() };
        t.db.write(require(Required::Yes)).await.unwrap();
        assert!(t.db.agent_session(token, now).await.unwrap().unwrap().lacks_second_factor);
        assert!(t.db.sessions_that_go_on(&[token]).await.unwrap().is_empty(), "its sockets close");
        set_up(t, &w, Vec::new()).await;
        assert!(!t.db.agent_session(token, now).await.unwrap().unwrap().lacks_second_factor);
        assert_eq!(t.db.sessions_that_go_on(&[token]).await.unwrap().len(), 1);
    }

    async fn an_agent_ends_sessions_of_their_own_only(t) {
        let w = t.world().await;
        let now = t.now();
        let [here, there] = [(); 2].map(|()| sign_in(t, &w, Factor::None));
        let (own, other) = (here.start.token_hash, there.start.token_hash);
        for session in [here, there] {
            t.db.write(session).await.unwrap();
        }
        let listed = t.db.agent_sessions(w.ana, own, now).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed.iter().filter(|one| one.is_this).map(|one| one.id).collect::<Vec<_>>(), [session_id(&own)]);
        assert_eq!(listed[0].browser.as_deref(), Some("Firefox"));
        let end = |agent_id, which| EndOwnSessions { agent_id, own, which, now };
        let stolen = end(w.ben, Which::One(session_id(&other)));
        assert!(matches!(t.db.write(stolen).await, Err(Error::NotFound)));
        assert_eq!(t.db.write(end(w.ana, Which::Others)).await.unwrap(), 1);
        assert!(t.db.agent_session(other, now).await.unwrap().is_none());
        assert!(t.db.agent_session(own, now).await.unwrap().is_some());
    }
}
