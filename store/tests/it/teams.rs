//! What teams are called, and who is of them.

use tidings_protocol::id::AgentId;
use tidings_store::Error;
use tidings_store::agents::StartAgentSession;
use tidings_store::teams::{RenameTeam, SetTeamMembers};

use crate::trial::{Trial, World, name};

fn members(t: &Trial, w: &World, agent_ids: Vec<AgentId>) -> SetTeamMembers {
    SetTeamMembers { workspace_id: w.workspace, team_id: w.team, agent_ids, by: t.by() }
}

both! {
    async fn no_two_teams_share_a_name(t) {
        let w = t.world().await;
        let rename = |called: &str| RenameTeam {
            workspace_id: w.workspace, team_id: w.team, name: name(called), by: t.by(),
        };
        assert!(matches!(t.db.write(rename("Sales")).await, Err(Error::AlreadyExists(_))));
        t.db.write(rename("Support")).await.unwrap();
        t.db.write(rename("Help")).await.unwrap();
        assert_eq!(t.db.teams(w.workspace).await.unwrap()[0].name, name("Help"));
        let stranger = RenameTeam { workspace_id: t.id(), ..rename("Ours") };
        assert!(matches!(t.db.write(stranger).await, Err(Error::NotFound)));
    }

    async fn law_9_whoever_leaves_a_team_has_no_session_left_and_others_keep_theirs(t) {
        let w = t.world().await;
        let (ana, ben) = (t.hash(), t.hash());
        for (agent_id, token_hash) in [(w.ana, ana), (w.ben, ben)] {
            let now = t.now();
            let expires_at = now.plus_ms(86_400_000);
            t.db.write(StartAgentSession { agent_id, token_hash, expires_at, now }).await.unwrap();
        }
        let left = t.db.write(members(t, &w, vec![w.stranger, w.ana, w.ana])).await.unwrap();
        assert_eq!(left, [w.ben]);
        assert!(t.db.agent_session(ben, t.now()).await.unwrap().is_none());
        assert_eq!(t.db.agent_session(ana, t.now()).await.unwrap().unwrap().team_ids, [w.team]);
        let staff = t.db.staff(w.workspace).await.unwrap();
        let of = |agent| staff.iter().find(|one| one.id == agent).unwrap().team_ids.clone();
        assert_eq!((of(w.ben), of(w.stranger)), (vec![], vec![w.team, w.other_team]));
        let unknown = members(t, &w, vec![w.ana, t.id()]);
        assert!(matches!(t.db.write(unknown).await, Err(Error::NotFound)));
        assert_eq!(t.db.write(members(t, &w, vec![w.ana, w.stranger])).await.unwrap(), [], "nothing was changed");
    }
}
