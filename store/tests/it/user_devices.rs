use tidings_protocol::push::PushEnvironment;
use tidings_store::Error;
use tidings_store::audit::By;
use tidings_store::devices::ProvePushToken;
use tidings_store::user_devices::{NotePushTest, RevokeDevice, Whose};

use crate::devices::with_token;

both! {
    async fn a_device_is_listed_and_taken_back_by_its_user_and_its_workspace_only(t) {
        let w = t.world().await;
        t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
        let list = async || t.db.user_devices(w.user, t.now()).await.unwrap();
        let [device] = &list().await[..] else { panic!() };
        let push = device.push.as_ref().unwrap();
        assert_eq!((device.id, device.signed_in, push.taken_by), (w.device, true, None));
        let other = match push.environment {
            PushEnvironment::Production => PushEnvironment::Sandbox,
            PushEnvironment::Sandbox => PushEnvironment::Production,
        };
        let prove = ProvePushToken { device_id: w.device, token: "token".to_owned(), environment: Some(other) };
        t.db.write(prove).await.unwrap();
        assert_eq!(list().await[0].push.as_ref().unwrap().taken_by, Some(other));

        let revoke = |whose| t.db.write(RevokeDevice { device_id: w.device, whose });
        assert!(matches!(revoke(Whose::User(w.other_user)).await, Err(Error::NotFound)));
        let by = By::command_line(t.now());
        assert!(matches!(revoke(Whose::Workspace(t.id(), by)).await, Err(Error::NotFound)));
        assert!(list().await[0].signed_in);
        revoke(Whose::User(w.user)).await.unwrap();
        let [device] = &list().await[..] else { panic!() };
        assert_eq!((device.signed_in, &device.push), (false, &None));
        let workspace = t.db.person(w.user).await.unwrap().unwrap().workspace_id;
        revoke(Whose::Workspace(workspace, by)).await.unwrap();
        let test = NotePushTest { workspace_id: workspace, user_id: w.user, by };
        t.db.write(test).await.unwrap();
        assert!(matches!(t.db.write(NotePushTest { workspace_id: t.id(), ..test }).await, Err(Error::NotFound)));
    }
}
