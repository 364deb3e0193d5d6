use tidings_protocol::inbox::{AgentRole, Colleague};
use tidings_store::agents::{CreateAgent, EndAgentSession, StartAgentSession};
use tidings_store::users::{Identity, SignOut};
use tidings_store::{EndedSession, Error};

use crate::trial::name;

both! {
    async fn an_agent_without_named_teams_is_in_all_of_them(t) {
        let w = t.world().await;
        let create = CreateAgent {
            id: t.id(), workspace_id: w.workspace, name: name("Cleo"), email: "cleo@acme.example".parse().unwrap(),
            role: AgentRole::Admin, password_hash: "hash".to_owned(), team_ids: None, by: t.by(),
        };
        let agent = t.db.write(create.clone()).await.unwrap();
        assert_eq!(t.db.write(create.clone()).await.unwrap(), agent);
        let teams = t.db.agent_bootstrap(agent.id, 10).await.unwrap().teams;
        assert_eq!(teams.iter().map(|team| team.id).collect::<Vec<_>>(), [w.team, w.other_team]);
        let renamed = CreateAgent { name: name("Cleopatra"), ..create.clone() };
        assert!(matches!(t.db.write(renamed).await, Err(Error::IdConflict)));
        let taken = CreateAgent { id: t.id(), ..create.clone() };
        assert!(matches!(t.db.write(taken).await, Err(Error::AlreadyExists("agent"))));
        let lost = CreateAgent { id: t.id(), workspace_id: t.id(), email: "x@y".parse().unwrap(), ..create };
        assert!(matches!(t.db.write(lost).await, Err(Error::NotFound)));
    }

    async fn an_agent_of_an_unknown_team_is_not_made(t) {
        let w = t.world().await;
        let create = CreateAgent {
            id: t.id(), workspace_id: w.workspace, name: name("Dan"), email: "dan@acme.example".parse().unwrap(),
            role: AgentRole::Agent, password_hash: "hash".to_owned(), team_ids: Some(vec![w.team, t.id()]), by: t.by(),
        };
        assert!(matches!(t.db.write(create.clone()).await, Err(Error::NotFound)));
        assert_eq!(t.db.agent_by_email(&create.email).await.unwrap(), None);
    }

    async fn a_password_is_looked_up_by_address(t) {
        let w = t.world().await;
        let found = t.db.agent_by_email(&"ANA@acme.example".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((found.agent.id, found.workspace_id), (w.ana, w.workspace));
        assert_eq!(found.password_hash, "$argon2id$…");
        assert_eq!(t.db.agent_by_email(&"nobody@acme.example".parse().unwrap()).await.unwrap(), None);
        let agents = t.db.agents(w.workspace).await.unwrap();
        assert_eq!(agents.iter().map(|agent| agent.id).collect::<Vec<_>>(), [w.ana, w.ben, w.stranger]);
    }

    async fn everybody_has_a_name_and_is_known_by_the_teams_that_they_share_with_who_asks(t) {
        let w = t.world().await;
        t.sql("UPDATE agents SET disabled_at = 1 WHERE name = 'Ben'").await;
        let seen = |agents: Vec<Colleague>| -> Vec<_> {
            agents.into_iter().map(|it| (it.id, it.team_ids, it.disabled)).collect()
        };
        let by_ana = seen(t.db.agent_bootstrap(w.ana, 1).await.unwrap().agents);
        assert_eq!(by_ana, [(w.ana, vec![w.team], false), (w.ben, vec![w.team], true), (w.stranger, vec![], false)]);
        let by_stranger = seen(t.db.agent_bootstrap(w.stranger, 1).await.unwrap().agents);
        assert_eq!(by_stranger[0], (w.ana, vec![], false));
        assert_eq!(by_stranger[2], (w.stranger, vec![w.other_team], false));
    }

    async fn a_session_lives_until_its_time_or_its_end(t) {
        let w = t.world().await;
        let now = t.now();
        let start = StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
        t.db.write(start).await.unwrap();
        let session = t.db.agent_session(start.token_hash, now).await.unwrap().unwrap();
        assert_eq!((session.agent.id, session.workspace_id), (w.ana, w.workspace));
        assert_eq!((session.team_ids, session.expires_at), (vec![w.team], start.expires_at));
        assert!(t.db.agent_session(start.token_hash, start.expires_at).await.unwrap().is_none());
        t.db.write(EndAgentSession { token_hash: start.token_hash, now }).await.unwrap();
        assert!(t.db.agent_session(start.token_hash, now).await.unwrap().is_none());
        let ended = t.commits.lock().unwrap().last().unwrap().ended_sessions.clone();
        assert_eq!(ended, [EndedSession::Agent(start.token_hash)]);
        t.db.write(EndAgentSession { token_hash: start.token_hash, now }).await.unwrap();
    }

    async fn a_session_whose_time_is_over_is_forgotten_at_the_next_sign_in(t) {
        let w = t.world().await;
        let now = t.now();
        let old = StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(1), now };
        let other = StartAgentSession { token_hash: t.hash(), expires_at: now.plus_ms(60_000), ..old };
        t.db.write(old).await.unwrap();
        t.db.write(other).await.unwrap();
        let asked = [old.token_hash, other.token_hash];
        assert_eq!(t.db.sessions_that_go_on(&asked).await.unwrap().len(), 2);
        let later = now.plus_ms(2);
        let next = StartAgentSession { token_hash: t.hash(), now: later, expires_at: later.plus_ms(60_000), ..old };
        t.db.write(next).await.unwrap();
        assert_eq!(t.db.sessions_that_go_on(&asked).await.unwrap(), [other.token_hash].into());
    }

    async fn sessions_that_nobody_ended_go_on(t) {
        let w = t.world().await;
        let now = t.now();
        let start = StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
        t.db.write(start).await.unwrap();
        let sign_in = t.sign_in(w.app, Identity::Anonymous);
        let phone = sign_in.session.token_hash;
        t.db.write(sign_in).await.unwrap();
        let asked = [start.token_hash, phone, t.hash()];
        assert_eq!(t.db.sessions_that_go_on(&asked).await.unwrap(), [start.token_hash, phone].into());
        t.sql("UPDATE agents SET disabled_at = 1 WHERE name = 'Ana'").await;
        assert_eq!(t.db.sessions_that_go_on(&asked).await.unwrap(), [phone].into());
        t.db.write(SignOut { token_hash: phone, now }).await.unwrap();
        assert!(t.db.sessions_that_go_on(&asked).await.unwrap().is_empty());
        assert!(t.db.sessions_that_go_on(&[]).await.unwrap().is_empty());
    }

    async fn a_disabled_agent_is_out(t) {
        let w = t.world().await;
        let now = t.now();
        let start = StartAgentSession { agent_id: w.ana, token_hash: t.hash(), expires_at: now.plus_ms(60_000), now };
        t.db.write(start).await.unwrap();
        t.sql("UPDATE agents SET disabled_at = 1 WHERE name = 'Ana'").await;
        assert!(t.db.agent_session(start.token_hash, now).await.unwrap().is_none());
        assert!(t.db.agent_by_email(&"ana@acme.example".parse().unwrap()).await.unwrap().is_none());
        let again = StartAgentSession { token_hash: t.hash(), ..start };
        assert!(matches!(t.db.write(again).await, Err(Error::NotFound)));
    }
}
