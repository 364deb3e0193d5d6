use tidings_protocol::conversation::ConversationState;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::staff::Invitation;
use tidings_store::Error;
use tidings_store::access::{Access, SetAgentAccess};
use tidings_store::conversations::{Assign, SetState};
use tidings_store::invitations::{AcceptInvitation, InviteAgent};
use tidings_store::staff::{HandBack, SetAgentRole};

use crate::trial::{Trial, World, name};

fn role(t: &Trial, w: &World, agent_id: tidings_protocol::id::AgentId, role: AgentRole) -> SetAgentRole {
    SetAgentRole { workspace_id: w.workspace, agent_id, role, by: t.by() }
}

both! {
    async fn somebody_is_always_left_who_administers(t) {
        let w = t.world().await;
        t.db.write(role(t, &w, w.ana, AgentRole::Owner)).await.unwrap();
        t.db.write(role(t, &w, w.ben, AgentRole::Admin)).await.unwrap();
        t.db.write(role(t, &w, w.ana, AgentRole::Agent)).await.unwrap();
        assert!(matches!(t.db.write(role(t, &w, w.ben, AgentRole::Viewer)).await, Err(Error::Refused(_))));
        let (workspace_id, agent_id, access) = (w.workspace, w.ben, Access::Shut);
        let shut = SetAgentAccess { workspace_id, agent_id, access, by: t.by() };
        assert!(matches!(t.db.write(shut).await, Err(Error::Refused(_))));
        assert_eq!(t.db.role_of(w.workspace, w.ben).await.unwrap(), Some(AgentRole::Admin), "nothing was changed");
        assert_eq!(t.db.role_of(t.id(), w.ben).await.unwrap(), None);
        let stranger = SetAgentRole { workspace_id: t.id(), ..role(t, &w, w.ben, AgentRole::Viewer) };
        assert!(matches!(t.db.write(stranger).await, Err(Error::NotFound)));
    }

    async fn what_an_agent_had_taken_on_goes_back_in_steps(t) {
        let w = t.world().await;
        let conversations = {
            let mut all = Vec::new();
            for _ in 0..101 {
                all.push(t.open_conversation(w.user).await.id);
            }
            all
        };
        for id in &conversations {
            let assign = Assign { actor: w.ana(), conversation_id: *id, assignee: Some(w.ana), now: t.now() };
            t.db.write(assign).await.unwrap();
        }
        let step = HandBack { workspace_id: w.workspace, agent_id: w.ana, of: None, now: t.now() };
        assert!(t.db.write(step).await.unwrap());
        assert!(!t.db.write(step).await.unwrap());
        assert!(!t.db.write(step).await.unwrap());
        assert_eq!(t.number("SELECT COUNT(*) FROM conversations WHERE assignee_id IS NOT NULL").await, 0);
        let changes = t.number("SELECT COUNT(*) FROM changes WHERE kind = 'conversation_assigned'").await;
        assert_eq!(changes, 202, "each is a change for the team");
    }

    async fn what_was_closed_or_put_aside_by_who_has_left_comes_back_to_the_team(t) {
        let w = t.world().await;
        let [aside, closed, stays] = [t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id];
        for (id, agent) in [(aside, w.ana), (closed, w.ana), (stays, w.ben)] {
            t.send(id, w.user(), "hello").await;
            let assign = Assign { actor: w.ana(), conversation_id: id, assignee: Some(agent), now: t.now() };
            t.db.write(assign).await.unwrap();
        }
        t.db.write(t.snooze(aside, w.ana(), Some(t.now().plus_ms(60_000)))).await.unwrap();
        for id in [closed, stays] {
            let close = SetState { actor: w.ben(), conversation_id: id, state: ConversationState::Closed, now: t.now() };
            t.db.write(close).await.unwrap();
        }
        let shut = SetAgentAccess { workspace_id: w.workspace, agent_id: w.ana, access: Access::Shut, by: t.by() };
        t.db.write(shut).await.unwrap();
        let step = HandBack { workspace_id: w.workspace, agent_id: w.ana, of: None, now: t.now() };
        assert!(!t.db.write(step).await.unwrap());
        let assignee = async |id| t.db.team_conversation(w.ben, id).await.unwrap().unwrap().assignee_id;
        assert_eq!((assignee(aside).await, assignee(closed).await), (None, Some(w.ana)));
        for id in [closed, stays] {
            t.send(id, w.user(), "It is broken again").await;
        }
        assert_eq!((assignee(closed).await, assignee(stays).await), (None, Some(w.ben)));
        // Three were assigned; one was handed back, and one left to the team.
        let changes = t.number("SELECT COUNT(*) FROM changes WHERE kind = 'conversation_assigned'").await;
        assert_eq!(changes, 5);
    }

    async fn of_two_who_follow_one_invitation_one_gets_in(t) {
        let w = t.world().await;
        let now = t.now();
        let invitation = Invitation {
            id: t.id(), email: "cleo@acme.example".parse().unwrap(), role: AgentRole::Viewer, agent_id: None,
            expires_at: now.plus_ms(1_000),
        };
        let token_hash = t.hash();
        let invite = InviteAgent {
            invitation, workspace_id: w.workspace, team_ids: Some(vec![w.team]), token_hash, by: t.by(),
        };
        t.db.write(invite).await.unwrap();
        let accept = |now| AcceptInvitation {
            token_hash, agent_id: t.id(), name: name("Cleo"), password_hash: "hash".to_owned(), now,
        };
        let late = accept(now.plus_ms(1_000));
        assert!(matches!(t.db.write(late).await, Err(Error::NotFound)));
        let (one, other) = tokio::join!(t.db.write(accept(now)), t.db.write(accept(now)));
        assert_ne!(one.is_ok(), other.is_ok());
        let cleo = t.db.staff(w.workspace).await.unwrap().into_iter().find(|one| one.email.as_str().starts_with("cleo"));
        let cleo = cleo.unwrap();
        assert_eq!((cleo.role, cleo.team_ids, cleo.has_second_factor), (AgentRole::Viewer, vec![w.team], false));
    }
}
