//! Passkeys: challenges hold once, counters go forward, and a passkey is a second factor where one is demanded.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::limits;
use tidings_store::Error;
use tidings_store::access::{Access, SetAgentAccess};
use tidings_store::agent_sessions::{SignInAgent, Whereabouts};
use tidings_store::agents::StartAgentSession;
use tidings_store::audit::AuditFilter;
use tidings_store::challenges::{ChallengePurpose, MakeChallenge, TakeChallenge};
use tidings_store::passkeys::{
    AddPasskey, EnsurePasskeyHandle, NamePasskey, PasskeyUse, RemovePasskey, StoredPasskey,
};
use tidings_store::second_factors::{Factor, RemoveSecondFactor, RequireSecondFactor, Required};

use crate::trial::{Trial, World, name};

fn passkey(t: &Trial, number: u8) -> StoredPasskey {
    StoredPasskey {
        id: t.id(),
        name: name("Laptop"),
        credential_id: vec![number; 64],
        rp_id: "support.example.com".to_owned(),
        public_key: vec![1, 2, 3],
        sign_count: 5,
        backup_eligible: true,
        backed_up: false,
        transports: vec!["internal".to_owned()],
        created_at: t.now(),
        last_used_at: None,
    }
}

async fn add(t: &Trial, w: &World, number: u8) -> StoredPasskey {
    let (agent_id, passkey) = (w.ana, passkey(t, number));
    t.db.write(EnsurePasskeyHandle { agent_id, fresh: [number; 32] }).await.unwrap();
    t.db.write(AddPasskey { agent_id, passkey: passkey.clone() }).await.unwrap();
    passkey
}

fn sign_in(t: &Trial, w: &World, factor: Factor) -> SignInAgent {
    let now = t.now();
    let start =
        StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
    SignInAgent { start, factor, place: Whereabouts { address: "192.0.2.7".to_owned(), browser: None } }
}

fn with(passkey: &StoredPasskey, sign_count: i64) -> Factor {
    Factor::Passkey(PasskeyUse { id: passkey.id, sign_count, backed_up: true })
}

async fn lines(t: &Trial, w: &World, act: AuditAct) -> usize {
    let filter = AuditFilter { act: Some(act), ..AuditFilter::default() };
    t.db.audit_log(w.workspace, &filter, 10).await.unwrap().entries.len()
}

both! {
    async fn a_challenge_holds_once_for_whom_and_what_it_was_made_and_for_five_minutes(t) {
        let (holder, purpose, now) = (t.hash(), ChallengePurpose::SignIn, t.now());
        let make = async || {
            let challenge = t.hash();
            t.db.write(MakeChallenge { challenge, holder, purpose, now }).await.unwrap();
            TakeChallenge { challenge, holder, purpose, now }
        };
        let good = make().await;
        for wrong in [
            TakeChallenge { challenge: t.hash(), ..good },
            TakeChallenge { holder: t.hash(), ..good },
            TakeChallenge { purpose: ChallengePurpose::Prove, ..good },
            TakeChallenge { now: now.plus_ms(limits::PASSKEY_SECONDS * 1_000), ..good },
        ] {
            assert!(!t.db.write(wrong).await.unwrap(), "{wrong:?}");
        }
        let (one, other) = tokio::join!(t.db.write(good), t.db.write(good));
        assert_eq!(u8::from(one.unwrap()) + u8::from(other.unwrap()), 1);
    }

    async fn a_passkey_is_of_one_agent_and_has_one_place(t) {
        let w = t.world().await;
        let first = add(t, &w, 1).await;
        add(t, &w, 2).await;
        let found = t.db.passkey(&first.credential_id).await.unwrap().unwrap();
        assert_eq!((found.agent.id, found.handle), (w.ana, [1; 32]), "a handle stays what it was");
        assert_eq!(found.passkey, first);
        let again = AddPasskey { agent_id: w.ben, passkey: passkey(t, 1) };
        assert!(matches!(t.db.write(again).await, Err(Error::AlreadyExists(_))));
        let rename = |agent_id| NamePasskey { agent_id, id: first.id, name: name("Key") };
        assert!(matches!(t.db.write(rename(w.ben)).await, Err(Error::NotFound)));
        t.db.write(rename(w.ana)).await.unwrap();
        assert_eq!(t.db.passkeys(w.ana).await.unwrap()[0].name, name("Key"));
        let remove = |agent_id| RemovePasskey { agent_id, id: first.id, now: t.now() };
        assert!(matches!(t.db.write(remove(w.ben)).await, Err(Error::NotFound)));
        t.db.write(remove(w.ana)).await.unwrap();
        assert!(matches!(t.db.write(remove(w.ana)).await, Err(Error::NotFound)));
        assert!(t.db.passkey(&first.credential_id).await.unwrap().is_none());
        assert_eq!((lines(t, &w, AuditAct::PasskeyAdded).await, lines(t, &w, AuditAct::PasskeyRemoved).await), (2, 1));
    }

    async fn an_agent_has_so_many_passkeys_and_no_more(t) {
        let w = t.world().await;
        for number in 0..u8::try_from(limits::PASSKEYS).unwrap() {
            add(t, &w, number).await;
        }
        let more = AddPasskey { agent_id: w.ana, passkey: passkey(t, 200) };
        assert!(matches!(t.db.write(more).await, Err(Error::Limit(_))));
    }

    async fn a_counter_that_goes_back_opens_nothing_and_stands_in_the_log(t) {
        let w = t.world().await;
        let key = add(t, &w, 1).await;
        for (count, opens) in [(6, true), (6, false), (5, false), (0, false), (7, true)] {
            assert_eq!(t.db.write(sign_in(t, &w, with(&key, count))).await.unwrap(), opens, "{count}");
        }
        assert_eq!(lines(t, &w, AuditAct::PasskeyCounterWentBack).await, 3);
        let found = t.db.passkeys(w.ana).await.unwrap().remove(0);
        assert_eq!((found.sign_count, found.backed_up, found.last_used_at.is_some()), (7, true, true));
        let (agent_id, still) = (w.ana, StoredPasskey { sign_count: 0, ..passkey(t, 2) });
        t.db.write(AddPasskey { agent_id, passkey: still.clone() }).await.unwrap();
        for _ in 0..2 {
            assert!(t.db.write(sign_in(t, &w, with(&still, 0))).await.unwrap(), "it does not count");
        }
        let of_ben = PasskeyUse { id: key.id, sign_count: 9, backed_up: false };
        let start = StartAgentSession { agent_id: w.ben, ..sign_in(t, &w, Factor::None).start };
        let stolen = SignInAgent { start, factor: Factor::Passkey(of_ben), ..sign_in(t, &w, Factor::None) };
        assert!(!t.db.write(stolen).await.unwrap());
    }

    async fn where_a_second_factor_is_demanded_a_passkey_is_one_and_the_password_alone_is_none(t) {
        let w = t.world().await;
        let by_password = sign_in(t, &w, Factor::None);
        let (token, now) = (by_password.start.token_hash, t.now());
        t.db.write(by_password).await.unwrap();
        let require = RequireSecondFactor { workspace_id: w.workspace, required: Required::Yes, by: t.by() };
        t.db.write(require).await.unwrap();
        assert!(t.db.agent_session(token, now).await.unwrap().unwrap().lacks_second_factor);
        let key = add(t, &w, 1).await;
        assert!(!t.db.agent_session(token, now).await.unwrap().unwrap().lacks_second_factor);
        assert_eq!(t.db.sessions_that_go_on(&[token]).await.unwrap().len(), 1);
        assert!(t.db.staff(w.workspace).await.unwrap().iter().any(|it| it.id == w.ana && it.has_second_factor));
        assert!(!t.db.write(sign_in(t, &w, Factor::None)).await.unwrap());
        assert!(t.db.write(sign_in(t, &w, with(&key, 6))).await.unwrap());
        let (workspace_id, agent_id) = (w.workspace, w.ana);
        t.db.write(RemoveSecondFactor { workspace_id, agent_id, by: t.by() }).await.unwrap();
        assert!(t.db.passkeys(w.ana).await.unwrap().is_empty(), "whoever helps takes the lost passkeys away");
        assert!(t.db.agent_session(token, now).await.unwrap().is_none());
        assert!(t.db.write(sign_in(t, &w, Factor::None)).await.unwrap(), "to set another up");
    }

    async fn a_passkey_of_who_is_shut_out_is_not_found(t) {
        let w = t.world().await;
        let key = add(t, &w, 1).await;
        let (workspace_id, agent_id) = (w.workspace, w.ana);
        t.db.write(SetAgentAccess { workspace_id, agent_id, access: Access::Shut, by: t.by() }).await.unwrap();
        assert!(t.db.passkey(&key.credential_id).await.unwrap().is_none());
    }
}
