use tidings_protocol::app;
use tidings_protocol::id::DeviceId;
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_protocol::time::Timestamp;
use tidings_store::Error;
use tidings_store::devices::{DropPushToken, ProvePushToken, StrikePushToken, UpdateDevice};
use tidings_store::ledger::PushDevice;
use tidings_store::users::SignOut;

use crate::trial::{Trial, World, name};

pub(crate) fn with_token(device_id: DeviceId, token: &str, now: Timestamp) -> UpdateDevice {
    let push = PushTarget {
        provider: PushProvider::Apns,
        token: name(token),
        environment: PushEnvironment::Sandbox,
        keys: None,
    };
    UpdateDevice {
        device_id,
        update: app::UpdateDevice { push: Some(push), locale: Some(name("de")), app_version: None },
        now,
    }
}

/// The devices that a push to the first user would reach.
async fn devices(t: &Trial, w: &World) -> Vec<PushDevice> {
    let conversation = t.open_conversation(w.user).await;
    let message = t.send(conversation.id, w.ana(), "hello").await;
    t.db.push_context(w.user, conversation.id, message.seq, t.now()).await.unwrap().unwrap().devices
}

both! {
    async fn a_registered_device_can_be_woken(t) {
        let w = t.world().await;
        assert_eq!(devices(t, &w).await, []);
        let update = with_token(w.device, "token", t.now());
        t.db.write(update.clone()).await.unwrap();
        let found = devices(t, &w).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id, found[0].registered_at), (w.device, update.now));
        assert_eq!(Some(&found[0].target), update.update.push.as_ref());
        assert_eq!(found[0].locale.as_deref(), Some("de"));
        let off = app::UpdateDevice { push: None, locale: None, app_version: None };
        t.db.write(UpdateDevice { device_id: w.device, update: off, now: t.now() }).await.unwrap();
        assert_eq!(devices(t, &w).await, []);
    }

    async fn a_device_whose_session_is_over_is_not_woken(t) {
        let w = t.world().await;
        t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
        let conversation = t.open_conversation(w.user).await;
        let message = t.send(conversation.id, w.ana(), "hello").await;
        let later = t.now().plus_ms(86_400_000);
        for (now, reached) in [(t.now(), 1), (later, 0)] {
            let context = t.db.push_context(w.user, conversation.id, message.seq, now).await.unwrap().unwrap();
            assert_eq!(context.devices.len(), reached);
        }
    }

    async fn a_token_belongs_to_the_device_that_registered_it_last(t) {
        let w = t.world().await;
        t.db.write(with_token(w.other_device, "shared", t.now())).await.unwrap();
        t.db.write(with_token(w.device, "shared", t.now())).await.unwrap();
        assert_eq!(devices(t, &w).await.len(), 1);
        assert_eq!(t.number("SELECT COUNT(*) FROM devices WHERE push_token = 'shared'").await, 1);
    }

    async fn the_longest_token_fits(t) {
        let w = t.world().await;
        let token: String = (0..4096).map(|_| char::from(rand::random_range(b'!'..=b'~'))).collect();
        t.db.write(with_token(w.device, &token, t.now())).await.unwrap();
        assert_eq!(devices(t, &w).await[0].target.token.as_str(), token);
    }

    async fn signing_out_stops_pushes(t) {
        let w = t.world().await;
        let sign_in = t.sign_in(w.app, crate::trial::known("customer-1"));
        t.db.write(sign_in.clone()).await.unwrap();
        t.db.write(with_token(sign_in.device.id, "token", t.now())).await.unwrap();
        t.db.write(SignOut { token_hash: sign_in.session.token_hash, now: t.now() }).await.unwrap();
        assert_eq!(devices(t, &w).await, []);
        assert_eq!(t.number("SELECT COUNT(*) FROM devices WHERE push_token IS NOT NULL").await, 0);
    }

    async fn a_dead_token_is_dropped_unless_it_was_registered_since(t) {
        let w = t.world().await;
        let before = t.now();
        let registered = t.now();
        t.db.write(with_token(w.device, "token", registered)).await.unwrap();
        let drop = |token: &str, registered_before| DropPushToken {
            device_id: w.device, token: token.to_owned(), registered_before, now: t.now(),
        };
        assert!(!t.db.write(drop("token", Some(before))).await.unwrap());
        assert!(!t.db.write(drop("token", Some(registered))).await.unwrap());
        assert!(!t.db.write(drop("another", None)).await.unwrap());
        assert_eq!(devices(t, &w).await.len(), 1);
        assert!(t.db.write(drop("token", None)).await.unwrap());
        assert!(!t.db.write(drop("token", None)).await.unwrap());
        assert_eq!(devices(t, &w).await, []);
    }

    async fn a_token_that_does_not_fit_goes_after_three_strikes_over_a_day(t) {
        let w = t.world().await;
        t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
        let begin = t.now();
        let strike = |token: &str, hours: i64| {
            let token = token.to_owned();
            let now = begin.plus_ms(hours * 3_600_000);
            t.db.write(StrikePushToken { device_id: w.device, token, now })
        };
        for hours in [0, 1, 2, 23] {
            assert!(!strike("token", hours).await.unwrap(), "{hours}");
        }
        assert!(!strike("another", 25).await.unwrap());
        assert_eq!(devices(t, &w).await[0].strikes, 4);
        let prove = ProvePushToken {
            device_id: w.device, token: "token".to_owned(), environment: Some(PushEnvironment::Production),
        };
        t.db.write(prove).await.unwrap();
        let proven = devices(t, &w).await.remove(0);
        assert_eq!((proven.strikes, proven.proven), (0, Some(PushEnvironment::Production)));
        assert!(!strike("token", 25).await.unwrap() && !strike("token", 26).await.unwrap());
        assert!(strike("token", 50).await.unwrap());
        assert_eq!(devices(t, &w).await, []);
        // Registered again it is as good as new; what another token has proven does not count for it.
        t.db.write(with_token(w.device, "new", t.now())).await.unwrap();
        let again = devices(t, &w).await.remove(0);
        assert_eq!((again.strikes, again.proven), (0, None));
    }

    async fn an_unknown_device_is_not_there(t) {
        t.world().await;
        assert!(matches!(t.db.write(with_token(t.id(), "token", t.now())).await, Err(Error::NotFound)));
    }
}
