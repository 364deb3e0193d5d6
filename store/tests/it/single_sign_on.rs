//! Who somebody is at the company's provider: bound once, by an address that was verified, and then for ever.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::single_sign_on::{IdentityProvider, NewAgents};
use tidings_protocol::staff::Invitation;
use tidings_store::Error;
use tidings_store::access::{Access, SetAgentAccess};
use tidings_store::agent_sessions::{SignInAgent, Whereabouts};
use tidings_store::agents::StartAgentSession;
use tidings_store::audit::AuditFilter;
use tidings_store::invitations::{AcceptInvitation, InviteAgent, LinkPassword, SetPassword};
use tidings_store::second_factors::{Factor, RequireSecondFactor, Required};
use tidings_store::single_sign_on::{
    Arrival, Arrive, ConnectIdentity, Connected, RemoveProvider, ResealProvider, SetProvider, StoredProvider,
    UnbindIdentity, Vouched,
};
use tidings_store::staff::SetAgentRole;

use crate::trial::{Trial, World, name};

const ISSUER: &str = "https://id.example.com";

fn provider(t: &Trial, w: &World) -> StoredProvider {
    let provider = IdentityProvider {
        label: name("Acme ID"),
        issuer: name(ISSUER),
        client_id: name("tidings"),
        domains: vec![name("acme.example")],
        trusts_addresses: false,
        new_agents: Some(NewAgents { role: AgentRole::Trainee, team_ids: Some(vec![w.team]) }),
        only: false,
        emergency_agent_id: None,
        set_at: t.now(),
    };
    StoredProvider { workspace_id: w.workspace, provider, client_secret: "sealed".to_owned() }
}

fn vouched(w: &World, subject: &str) -> Vouched {
    Vouched { workspace_id: w.workspace, issuer: ISSUER.to_owned(), subject: subject.to_owned() }
}

async fn set(t: &Trial, provider: StoredProvider) -> Result<(), Error> {
    t.db.write(SetProvider { provider, rp_id: None, by: t.by() }).await
}

async fn owner(t: &Trial, w: &World) {
    let (workspace_id, agent_id, role) = (w.workspace, w.ana, AgentRole::Owner);
    t.db.write(SetAgentRole { workspace_id, agent_id, role, by: t.by() }).await.unwrap();
}

fn arrive(t: &Trial, w: &World, subject: &str, email: Option<&str>) -> Arrive {
    Arrive {
        vouched: vouched(w, subject),
        email: email.map(|email| email.parse().unwrap()),
        name: name("Zoé"),
        new_agents: None,
        fresh_id: t.id(),
        fresh_password_hash: "$argon2id$none".to_owned(),
        now: t.now(),
    }
}

fn inside(arrival: Arrival) -> tidings_protocol::inbox::Agent {
    let Arrival::In(agent) = arrival else { panic!("{arrival:?}") };
    agent
}

both! {
    async fn a_provider_is_kept_sealed_anew_and_removed(t) {
        let w = t.world().await;
        let stored = provider(t, &w);
        set(t, stored.clone()).await.unwrap();
        assert_eq!(t.db.identity_provider(w.workspace).await.unwrap(), Some(stored.clone()));
        let old = StoredProvider { client_secret: "older".to_owned(), ..stored.clone() };
        t.db.write(ResealProvider { before: old, client_secret: "x".to_owned() }).await.unwrap();
        assert_eq!(t.db.identity_providers().await.unwrap()[0].client_secret, "sealed");
        t.db.write(ResealProvider { before: stored, client_secret: "anew".to_owned() }).await.unwrap();
        assert_eq!(t.db.identity_providers().await.unwrap()[0].client_secret, "anew");
        t.db.write(RemoveProvider { workspace_id: w.workspace, by: t.by() }).await.unwrap();
        assert_eq!(t.db.identity_provider(w.workspace).await.unwrap(), None);
    }

    async fn only_an_owner_has_another_way_in_and_teams_are_our_own(t) {
        let w = t.world().await;
        let mut stored = provider(t, &w);
        stored.provider.emergency_agent_id = Some(w.ana);
        let refused = set(t, stored.clone()).await;
        assert!(matches!(refused, Err(Error::RefusedAt("/emergency_agent_id", _))), "{refused:?}");
        owner(t, &w).await;
        set(t, stored.clone()).await.unwrap();
        stored.provider.new_agents = Some(NewAgents { role: AgentRole::Agent, team_ids: Some(vec![t.id()]) });
        let foreign = set(t, stored).await;
        assert!(matches!(foreign, Err(Error::RefusedAt("/new_agents/team_ids", _))), "{foreign:?}");
    }

    async fn it_is_the_only_way_once_an_owner_is_known_there_and_then_that_owner_stays(t) {
        let w = t.world().await;
        owner(t, &w).await;
        let mut stored = provider(t, &w);
        set(t, stored.clone()).await.unwrap();
        stored.provider.only = true;
        stored.provider.emergency_agent_id = Some(w.ana);
        let early = set(t, stored.clone()).await;
        assert!(matches!(early, Err(Error::RefusedAt("/only", _))), "{early:?}");
        let connect = ConnectIdentity { vouched: vouched(&w, "ana"), agent_id: w.ana, now: t.now() };
        assert_eq!(t.db.write(connect.clone()).await.unwrap(), Connected::Yes);
        let other = ConnectIdentity { agent_id: w.ben, ..connect.clone() };
        assert_eq!(t.db.write(other).await.unwrap(), Connected::OtherAgent);
        let second = ConnectIdentity { vouched: vouched(&w, "another"), ..connect };
        assert_eq!(t.db.write(second).await.unwrap(), Connected::OtherIdentity);
        let session = |agent_id| {
            let (token_hash, now) = (t.hash(), t.now());
            StartAgentSession { agent_id, token_hash, expires_at: now.plus_ms(60_000), now }
        };
        let (of_ana, of_ben) = (session(w.ana), session(w.ben));
        t.db.write(of_ana).await.unwrap();
        t.db.write(of_ben).await.unwrap();
        set(t, stored.clone()).await.unwrap();
        let left = t.db.sessions_that_go_on(&[of_ana.token_hash, of_ben.token_hash]).await.unwrap();
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [of_ana.token_hash]);
        let place = Whereabouts { address: "192.0.2.7".to_owned(), browser: None };
        for (start, is_in) in [(session(w.ana), true), (session(w.ben), false)] {
            let come = SignInAgent { start, factor: Factor::None, place: place.clone() };
            let come = t.db.write(come).await;
            assert_eq!(come.is_ok(), is_in, "{come:?}");
            assert!(is_in || matches!(come, Err(Error::OnlyProvider)));
        }
        let demote = SetAgentRole { workspace_id: w.workspace, agent_id: w.ana, role: AgentRole::Admin, by: t.by() };
        assert!(matches!(t.db.write(demote).await, Err(Error::Refused(_))));
        let shut = SetAgentAccess { workspace_id: w.workspace, agent_id: w.ana, access: Access::Shut, by: t.by() };
        assert!(matches!(t.db.write(shut).await, Err(Error::Refused(_))));
        let mut moved = stored.clone();
        moved.provider.issuer = name("https://new.example");
        assert!(matches!(set(t, moved.clone()).await, Err(Error::RefusedAt("/issuer", _))));
        moved.provider.only = false;
        set(t, moved).await.unwrap();
    }

    async fn sessions_begun_at_the_provider_end_with_it(t) {
        let w = t.world().await;
        let stored = provider(t, &w);
        set(t, stored.clone()).await.unwrap();
        let email = t.db.agents(w.workspace).await.unwrap().into_iter().find(|it| it.id == w.ana).unwrap().email;
        inside(t.db.write(arrive(t, &w, "one", Some(email.as_str()))).await.unwrap());
        let enter = async |factor| {
            let (token_hash, now) = (t.hash(), t.now());
            let start =
                StartAgentSession { agent_id: w.ana, token_hash, expires_at: now.plus_ms(600_000), now };
            let place = Whereabouts { address: "192.0.2.7".to_owned(), browser: None };
            (token_hash, t.db.write(SignInAgent { start, factor, place }).await.unwrap())
        };
        let goes_on = async |token| !t.db.sessions_that_go_on(&[token]).await.unwrap().is_empty();
        let by_provider = Factor::Provider { looked_at: None };
        let ((at_provider, is_in), (own, _)) = (enter(by_provider).await, enter(Factor::None).await);
        assert!(is_in);
        let session = t.db.agent_session(at_provider, t.now()).await.unwrap().unwrap();
        assert_eq!((session.by_provider, session.proved_at.unix_ms()), (true, 0), "it proved nothing");
        let (later, _) = enter(Factor::Provider { looked_at: Some(t.now().plus_ms(3_600_000)) }).await;
        let session = t.db.agent_session(later, t.now()).await.unwrap().unwrap();
        assert_eq!(session.proved_at, session.started_at, "never in time to come");
        assert!(t.db.identity_of(w.ana, ISSUER).await.unwrap().unwrap().tells_time);
        let unbind = UnbindIdentity { workspace_id: w.workspace, agent_id: w.ana, by: t.by() };
        t.db.write(unbind).await.unwrap();
        assert!(!goes_on(at_provider).await && goes_on(own).await);
        assert!(!enter(by_provider).await.1, "nobody vouches for them any more");
        inside(t.db.write(arrive(t, &w, "two", Some(email.as_str()))).await.unwrap());
        let (at_provider, _) = enter(by_provider).await;
        t.db.write(RemoveProvider { workspace_id: w.workspace, by: t.by() }).await.unwrap();
        assert!(!goes_on(at_provider).await && goes_on(own).await);
        assert_eq!(t.db.write(arrive(t, &w, "two", None)).await.unwrap(), Arrival::Changed);
        set(t, stored.clone()).await.unwrap();
        let (at_provider, is_in) = enter(by_provider).await;
        assert!(is_in, "it was remembered");
        let mut moved = stored;
        moved.provider.issuer = name("https://new.example");
        set(t, moved).await.unwrap();
        assert!(!goes_on(at_provider).await && goes_on(own).await);
    }

    async fn an_agent_is_found_by_their_address_once_and_by_their_identity_from_then_on(t) {
        let w = t.world().await;
        set(t, provider(t, &w)).await.unwrap();
        let email = t.db.agents(w.workspace).await.unwrap().into_iter().find(|it| it.id == w.ana).unwrap().email;
        let first = arrive(t, &w, "one", Some(email.as_str()));
        assert_eq!(inside(t.db.write(first).await.unwrap()).id, w.ana);
        assert_eq!(t.db.identity_of(w.ana, ISSUER).await.unwrap().unwrap().subject, "one");
        let again = arrive(t, &w, "one", None);
        assert_eq!(inside(t.db.write(again).await.unwrap()).id, w.ana, "whatever their address is now");
        let heir = arrive(t, &w, "two", Some(email.as_str()));
        assert_eq!(t.db.write(heir).await.unwrap(), Arrival::OtherIdentity, "an address changes hands");
        let elsewhere = Vouched { issuer: "https://other.example".to_owned(), ..vouched(&w, "one") };
        let elsewhere = Arrive { vouched: elsewhere, ..arrive(t, &w, "one", None) };
        assert_eq!(t.db.write(elsewhere).await.unwrap(), Arrival::Changed, "another provider's `one`");
        let filter = AuditFilter { act: Some(AuditAct::AgentIdentityBound), ..AuditFilter::default() };
        assert_eq!(t.db.audit_log(w.workspace, &filter, 10).await.unwrap().entries.len(), 1);
        let out = SetAgentAccess { workspace_id: w.workspace, agent_id: w.ana, access: Access::Shut, by: t.by() };
        t.db.write(out).await.unwrap();
        assert_eq!(t.db.write(arrive(t, &w, "one", None)).await.unwrap(), Arrival::ShutOut);
    }

    async fn an_owner_is_not_found_by_their_address(t) {
        let w = t.world().await;
        set(t, provider(t, &w)).await.unwrap();
        owner(t, &w).await;
        let email = t.db.agents(w.workspace).await.unwrap().into_iter().find(|it| it.id == w.ana).unwrap().email;
        let come = arrive(t, &w, "one", Some(email.as_str()));
        assert_eq!(t.db.write(come).await.unwrap(), Arrival::MustConnect);
        assert_eq!(t.db.identity_of(w.ana, ISSUER).await.unwrap(), None);
    }

    async fn a_link_sets_the_password_of_an_agent_and_makes_none(t) {
        let w = t.world().await;
        set(t, provider(t, &w)).await.unwrap();
        let new_agents = provider(t, &w).provider.new_agents;
        let max = Arrive { new_agents, ..arrive(t, &w, "max", Some("max@acme.example")) };
        let max = inside(t.db.write(max).await.unwrap());
        assert!(!t.db.has_password(max.id).await.unwrap());
        let link = LinkPassword {
            workspace_id: w.workspace,
            agent_id: max.id,
            id: t.id(),
            token_hash: t.hash(),
            expires_at: t.now().plus_ms(60_000),
            by: t.by(),
        };
        let elsewhere = LinkPassword { workspace_id: t.id(), ..link };
        assert!(matches!(t.db.write(elsewhere).await, Err(Error::NotFound)));
        t.db.write(link).await.unwrap();
        assert!(t.db.invitation(link.token_hash, t.now()).await.unwrap().unwrap().sets_password);
        let accept = AcceptInvitation {
            token_hash: link.token_hash,
            agent_id: t.id(),
            name: name("Eve"),
            password_hash: "x".to_owned(),
            now: t.now(),
        };
        assert!(matches!(t.db.write(accept).await, Err(Error::NotFound)));
        let password = SetPassword { token_hash: link.token_hash, password_hash: "y".to_owned(), now: t.now() };
        t.db.write(password.clone()).await.unwrap();
        assert!(t.db.has_password(max.id).await.unwrap());
        assert!(matches!(t.db.write(password.clone()).await, Err(Error::NotFound)), "once");
        let late = LinkPassword { id: t.id(), token_hash: t.hash(), expires_at: t.now(), ..link };
        t.db.write(late).await.unwrap();
        let password = SetPassword { token_hash: late.token_hash, now: t.now(), ..password };
        assert!(matches!(t.db.write(password).await, Err(Error::NotFound)), "too late");
        let promoted = LinkPassword { id: t.id(), token_hash: t.hash(), ..link };
        t.db.write(promoted).await.unwrap();
        let (workspace_id, agent_id, role) = (w.workspace, max.id, AgentRole::Owner);
        t.db.write(SetAgentRole { workspace_id, agent_id, role, by: t.by() }).await.unwrap();
        assert_eq!(t.db.invitation(promoted.token_hash, t.now()).await.unwrap(), None);
    }

    async fn who_is_invited_becomes_what_the_invitation_says_and_others_what_the_company_says(t) {
        let w = t.world().await;
        set(t, provider(t, &w)).await.unwrap();
        let invitation = Invitation {
            id: t.id(),
            email: "zoe@acme.example".parse().unwrap(),
            role: AgentRole::Viewer,
            agent_id: None,
            expires_at: t.now().plus_ms(60_000),
        };
        let (workspace_id, token_hash, by) = (w.workspace, t.hash(), t.by());
        let invite = InviteAgent { invitation, workspace_id, team_ids: None, token_hash, by };
        t.db.write(invite).await.unwrap();
        let unverified = arrive(t, &w, "zoe", None);
        assert_eq!(t.db.write(unverified).await.unwrap(), Arrival::NotInvited);
        let made = inside(t.db.write(arrive(t, &w, "zoe", Some("zoe@acme.example"))).await.unwrap());
        assert_eq!((made.role, made.name), (AgentRole::Viewer, name("Zoé")));
        assert!(t.db.invitations(w.workspace, t.now()).await.unwrap().is_empty(), "it is used up");
        let stranger = arrive(t, &w, "max", Some("max@acme.example"));
        assert_eq!(t.db.write(stranger.clone()).await.unwrap(), Arrival::NotInvited);
        let new_agents = provider(t, &w).provider.new_agents;
        let made = inside(t.db.write(Arrive { new_agents, ..stranger }).await.unwrap());
        assert_eq!(made.role, AgentRole::Trainee);
        let staff = t.db.staff(w.workspace).await.unwrap();
        assert_eq!(staff.iter().find(|it| it.id == made.id).unwrap().team_ids, [w.team]);
    }

    async fn who_comes_from_the_provider_is_asked_for_no_second_factor(t) {
        let w = t.world().await;
        set(t, provider(t, &w)).await.unwrap();
        let connect = ConnectIdentity { vouched: vouched(&w, "ana"), agent_id: w.ana, now: t.now() };
        t.db.write(connect).await.unwrap();
        let now = t.now();
        let sign_in = |factor| {
            let (token_hash, expires_at) = (t.hash(), now.plus_ms(60_000));
            let start = StartAgentSession { agent_id: w.ana, token_hash, expires_at, now };
            SignInAgent { start, factor, place: Whereabouts { address: "192.0.2.7".to_owned(), browser: None } }
        };
        let require = RequireSecondFactor { workspace_id: w.workspace, required: Required::Yes, by: t.by() };
        t.db.write(require).await.unwrap();
        for (factor, lacks) in [(Factor::None, true), (Factor::Provider { looked_at: None }, false)] {
            let session = sign_in(factor);
            let token = session.start.token_hash;
            assert!(t.db.write(session).await.unwrap());
            assert_eq!(t.db.agent_session(token, now).await.unwrap().unwrap().lacks_second_factor, lacks);
            assert_eq!(t.db.sessions_that_go_on(&[token]).await.unwrap().is_empty(), lacks);
        }
    }
}
