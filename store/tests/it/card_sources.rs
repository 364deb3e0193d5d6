use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::AppId;
use tidings_store::Error;
use tidings_store::audit::AuditFilter;
use tidings_store::card_sources::{RemoveCardSource, ResealCardSource, SetCardSource};

use crate::trial::{Trial, name};

fn set(t: &Trial, app_id: AppId, secret: &str) -> SetCardSource {
    SetCardSource { app_id, url: name("https://crm.example.com/"), secret: secret.to_owned(), by: t.by() }
}

both! {
    async fn a_new_secret_leaves_the_one_before_for_a_day(t) {
        let w = t.world().await;
        assert_eq!(t.db.card_source(w.app).await.unwrap(), None);
        t.db.write(set(t, w.app, "first")).await.unwrap();
        assert_eq!(t.db.card_source(w.app).await.unwrap().unwrap().old_secret, None);
        let second = set(t, w.app, "second");
        let until = second.by.at.plus_ms(86_400_000);
        t.db.write(second).await.unwrap();
        let found = t.db.card_source(w.app).await.unwrap().unwrap();
        assert_eq!((found.secret.as_str(), found.old_secret.as_deref()), ("second", Some("first")));
        assert_eq!(found.old_secret_until, Some(until));
        let reseal = |secret: &str| ResealCardSource {
            before: found.clone(), secret: secret.to_owned(), old_secret: Some("old anew".to_owned()),
        };
        t.db.write(reseal("anew")).await.unwrap();
        t.db.write(reseal("late")).await.unwrap();
        assert_eq!(t.db.card_sources().await.unwrap()[0].secret, "anew");
    }

    async fn a_source_is_taken_away_once_and_no_app_has_one_that_is_not_there(t) {
        let w = t.world().await;
        t.db.write(set(t, w.app, "first")).await.unwrap();
        let remove = || RemoveCardSource { app_id: w.app, by: t.by() };
        t.db.write(remove()).await.unwrap();
        t.db.write(remove()).await.unwrap();
        assert_eq!(t.db.card_source(w.app).await.unwrap(), None);
        let filter = AuditFilter { act: Some(AuditAct::CardSourceSet), ..AuditFilter::default() };
        let log = t.db.audit_log(w.workspace, &filter, 10).await.unwrap();
        let done: Vec<_> = log.entries.iter().map(|entry| entry.details["source"].as_str()).collect();
        assert_eq!(done, ["removed", "set"]);
        assert!(matches!(t.db.write(set(t, t.id(), "x")).await, Err(Error::NotFound)));
    }
}
