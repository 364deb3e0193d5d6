use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_store::Error;
use tidings_store::apps::{CreateApp, CreateTeam, CreateWorkspace};
use tidings_store::keys::{
    AddIdentityKeys, AddServerKey, IdentityAlgorithm, NewIdentityKey, RevokeIdentityKey, RevokeServerKey,
    ServerKeyRow, Sessions,
};
use tidings_store::push_credentials::SetPushCredential;

use crate::trial::name;

both! {
    async fn a_new_store_has_no_workspace(t) {
        assert_eq!(t.db.workspace().await.unwrap(), None);
    }

    async fn creating_the_same_again_gives_the_first_result(t) {
        let w = t.world().await;
        let workspace = |called| CreateWorkspace { id: w.workspace, name: name(called), by: t.by() };
        t.db.write(workspace("Acme")).await.unwrap();
        assert!(matches!(t.db.write(workspace("Evil")).await, Err(Error::IdConflict)));
        let team = |called| CreateTeam { id: w.team, workspace_id: w.workspace, name: name(called), by: t.by() };
        t.db.write(team("Support")).await.unwrap();
        assert!(matches!(t.db.write(team("Evil")).await, Err(Error::IdConflict)));
        assert_eq!(t.db.workspace().await.unwrap().unwrap().name.as_str(), "Acme");
        let teams = t.db.teams(w.workspace).await.unwrap();
        assert_eq!(teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>(), ["Support", "Sales"]);
    }

    async fn a_team_needs_a_workspace_and_a_name_of_its_own(t) {
        let w = t.world().await;
        let team = |workspace_id, called| CreateTeam { id: t.id(), workspace_id, name: name(called), by: t.by() };
        assert!(matches!(t.db.write(team(t.id(), "New")).await, Err(Error::NotFound)));
        assert!(matches!(t.db.write(team(w.workspace, "Support")).await, Err(Error::AlreadyExists("team"))));
    }

    async fn an_app_without_a_team_gets_the_oldest(t) {
        let w = t.world().await;
        let create = |id, team_id, called| CreateApp {
            id, workspace_id: w.workspace, name: name(called), team_id, push_privacy: PushPrivacy::Opaque, by: t.by(),
        };
        let id = t.id();
        let app = t.db.write(create(id, None, "Android")).await.unwrap();
        assert_eq!((app.team_id, app.push_privacy), (w.team, PushPrivacy::Opaque));
        assert_eq!(t.db.write(create(id, None, "Android")).await.unwrap(), app);
        assert!(matches!(t.db.write(create(id, None, "Other")).await, Err(Error::IdConflict)));
        assert!(matches!(t.db.write(create(id, Some(w.other_team), "Android")).await, Err(Error::IdConflict)));
        assert!(matches!(t.db.write(create(t.id(), Some(t.id()), "Lost")).await, Err(Error::NotFound)));
        assert_eq!(t.db.apps(w.workspace).await.unwrap().len(), 2);
        let row = t.db.app(id).await.unwrap().unwrap();
        assert_eq!((row.workspace_id, row.name.as_str()), (w.workspace, "Android"));
        assert_eq!(t.db.app(t.id()).await.unwrap(), None);
    }

    async fn identity_keys_come_and_go(t) {
        let w = t.world().await;
        let key = |material: &[u8], algorithm| NewIdentityKey {
            id: t.id(), algorithm, kid: Some("2026".to_owned()), material: material.to_vec(),
        };
        let keys = vec![key(b"der", IdentityAlgorithm::Es256), key(b"\x00\xff", IdentityAlgorithm::Hs256)];
        let add = AddIdentityKeys { app_id: w.app, keys: keys.clone(), by: t.by() };
        t.db.write(add.clone()).await.unwrap();
        t.db.write(add.clone()).await.unwrap();
        assert!(matches!(t.db.write(AddIdentityKeys { app_id: t.id(), ..add.clone() }).await, Err(Error::NotFound)));
        let mut other = keys.clone();
        other[0].material = b"evil".to_vec();
        assert!(matches!(t.db.write(AddIdentityKeys { keys: other, ..add }).await, Err(Error::IdConflict)));
        let rows = t.db.identity_keys(w.app).await.unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].algorithm, rows[1].material.as_slice()), (IdentityAlgorithm::Hs256, &b"\x00\xff"[..]));
        assert_eq!(rows[0].kid.as_deref(), Some("2026"));
        t.db.write(RevokeIdentityKey { app_id: w.app, id: keys[0].id, sessions: Sessions::GoOn, by: t.by() }).await.unwrap();
        let wrong_app = RevokeIdentityKey { app_id: t.id(), id: keys[1].id, sessions: Sessions::End, by: t.by() };
        assert!(matches!(t.db.write(wrong_app).await, Err(Error::NotFound)));
        let left = t.db.identity_keys(w.app).await.unwrap();
        assert_eq!(left.iter().map(|key| key.id).collect::<Vec<_>>(), [keys[1].id]);
    }

    async fn a_server_key_opens_its_workspace_until_it_is_revoked(t) {
        let w = t.world().await;
        let add = AddServerKey {
            id: t.id(), workspace_id: w.workspace, label: "CI".to_owned(), secret_hash: t.hash(), by: t.by(),
        };
        t.db.write(add.clone()).await.unwrap();
        t.db.write(add.clone()).await.unwrap();
        let stolen = AddServerKey { id: t.id(), ..add.clone() };
        assert!(matches!(t.db.write(stolen).await, Err(Error::IdConflict)));
        let row = ServerKeyRow { id: add.id, workspace_id: w.workspace };
        assert_eq!(t.db.server_key(add.secret_hash).await.unwrap(), Some(row));
        assert_eq!(t.db.server_key(t.hash()).await.unwrap(), None);
        t.db.write(RevokeServerKey { workspace_id: w.workspace, id: add.id, by: t.by() }).await.unwrap();
        assert_eq!(t.db.server_key(add.secret_hash).await.unwrap(), None);
        assert!(matches!(t.db.write(RevokeServerKey { workspace_id: w.workspace, id: t.id(), by: t.by() }).await, Err(Error::NotFound)));
    }

    async fn the_version_of_a_push_credential_grows(t) {
        let w = t.world().await;
        let set = |app_id, config: &str| SetPushCredential {
            app_id, provider: PushProvider::Apns, config: config.to_owned(), by: t.by(),
        };
        t.db.write(set(w.app, "{}")).await.unwrap();
        let first = t.db.push_credential(w.app, PushProvider::Apns).await.unwrap().unwrap();
        t.db.write(set(w.app, r#"{"key_id":"A"}"#)).await.unwrap();
        let second = t.db.push_credential(w.app, PushProvider::Apns).await.unwrap().unwrap();
        assert!(second.version > first.version);
        assert_eq!(second.config, r#"{"key_id":"A"}"#);
        assert_eq!(t.db.push_credential(w.app, PushProvider::Fcm).await.unwrap(), None);
        assert!(matches!(t.db.write(set(t.id(), "{}")).await, Err(Error::NotFound)));
    }
}
