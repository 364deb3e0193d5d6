use futures_util::future::join;
use tidings_protocol::id::WorkspaceId;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::push::PushPrivacy;
use tidings_store::Error;
use tidings_store::agents::CreateAgent;
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::audit::By;
use tidings_store::keys::{AddIdentityKeys, AddServerKey, IdentityAlgorithm, NewIdentityKey};
use tidings_store::set_up::SetUp;

use crate::trial::{Trial, name};

fn set_up(t: &Trial, workspace: WorkspaceId) -> SetUp {
    let (team, app, now) = (t.id(), t.id(), t.now());
    let key =
        NewIdentityKey { id: t.id(), algorithm: IdentityAlgorithm::Hs256, kid: None, material: vec![1; 32] };
    let (label, secret_hash) = ("init".to_owned(), t.hash());
    SetUp {
        workspace: CreateWorkspace { id: workspace, name: name("Acme"), by: By::command_line(now) },
        team: CreateTeam {
            id: team,
            workspace_id: workspace,
            name: name("Support"),
            by: By::command_line(now),
        },
        app: CreateApp {
            id: app,
            workspace_id: workspace,
            name: name("App"),
            team_id: Some(team),
            push_privacy: PushPrivacy::Generic,
            by: By::command_line(now),
        },
        identity_keys: AddIdentityKeys { app_id: app, keys: vec![key], by: By::command_line(now) },
        server_key: AddServerKey {
            id: t.id(),
            workspace_id: workspace,
            label,
            secret_hash,
            by: By::command_line(now),
        },
        agent: CreateAgent {
            id: t.id(),
            workspace_id: workspace,
            name: name("Ana"),
            email: "ana@acme.example".parse().unwrap(),
            role: AgentRole::Admin,
            password_hash: "hash".to_owned(),
            team_ids: None,
            by: By::command_line(now),
        },
    }
}

both! {
    async fn an_installation_begins_whole(t) {
        let first = set_up(t, t.id());
        let agent = t.db.write(first.clone()).await.unwrap();
        let workspace = t.db.workspace().await.unwrap().unwrap();
        assert_eq!(workspace.id, first.workspace.id);
        assert_eq!(t.db.apps(workspace.id).await.unwrap().len(), 1);
        assert_eq!(t.db.identity_keys(first.app.id).await.unwrap().len(), 1);
        let key = t.db.server_key(first.server_key.secret_hash).await.unwrap().unwrap();
        assert_eq!((key.id, key.workspace_id), (first.server_key.id, workspace.id));
        let teams = t.db.agent_bootstrap(agent.id, 10).await.unwrap().teams;
        assert_eq!(teams.iter().map(|team| team.id).collect::<Vec<_>>(), [first.team.id]);
        assert!(matches!(t.db.write(set_up(t, t.id())).await, Err(Error::AlreadyExists("workspace"))));
        assert_eq!(t.number("SELECT COUNT(*) FROM workspaces").await, 1);
    }

    async fn what_cannot_end_does_not_begin(t) {
        let mut broken = set_up(t, t.id());
        broken.agent.team_ids = Some(vec![t.id()]);
        assert!(matches!(t.db.write(broken).await, Err(Error::NotFound)));
        assert_eq!(t.number("SELECT COUNT(*) FROM workspaces").await, 0);
        assert_eq!(t.number("SELECT COUNT(*) FROM feeds").await, 0);
        t.db.write(set_up(t, t.id())).await.unwrap();
    }

    /// On PostgreSQL the two are two processes.
    async fn of_two_that_set_up_at_once_one_is_refused(t) {
        let other = t.another(1).await.unwrap();
        let (one, two) = join(t.db.write(set_up(t, t.id())), other.write(set_up(t, t.id()))).await;
        let refused = if one.is_ok() { two } else { one };
        assert!(matches!(refused, Err(Error::AlreadyExists("workspace"))));
        assert_eq!(t.number("SELECT COUNT(*) FROM workspaces").await, 1);
        other.close().await;
    }
}
