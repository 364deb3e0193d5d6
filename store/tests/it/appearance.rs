//! How an app looks to its users.

use tidings_protocol::appearance::{self as wire, Appearance, AppearanceSettings, Colour, Greeting};
use tidings_protocol::audit::AuditAct;
use tidings_protocol::upload::Sha256;
use tidings_store::Error;
use tidings_store::appearance::{Logo, SetAppearance, SetLogo};
use tidings_store::audit::AuditFilter;

use crate::trial::name;

fn orange() -> Colour {
    "#c2410c".to_owned().try_into().unwrap()
}

fn greeting() -> Greeting {
    Greeting { language: name("fr"), text: name("Bonjour\u{a0}!") }
}

fn logo(number: u8) -> Logo {
    Logo { sha256: Sha256::from_bytes([number; 32]), media_type: name("image/png"), content: vec![number; 9] }
}

both! {
    async fn an_app_looks_as_it_was_set_and_by_its_own_name_until_then(t) {
        let w = t.world().await;
        let at_first = t.db.appearance(w.app).await.unwrap();
        assert_eq!((at_first.accent, &at_first.greetings, at_first.logo), (None, &Vec::new(), None));
        let greetings = vec![greeting()].try_into().unwrap();
        let appearance = wire::SetAppearance { name: Some(name("Martin")), accent: Some(orange()), greetings };
        let set = SetAppearance { app_id: w.app, appearance, by: t.by() };
        t.db.write(set.clone()).await.unwrap();
        t.db.write(SetLogo { app_id: w.app, logo: Some(logo(7)), by: t.by() }).await.unwrap();
        let looks = Appearance {
            name: name("Martin"),
            accent: Some(orange()),
            greetings: vec![greeting()],
            logo: Some(logo(7).sha256),
        };
        assert_eq!(t.db.appearance(w.app).await.unwrap(), looks);
        // Name and colour go, the logo stays.
        t.db.write(SetAppearance { appearance: wire::SetAppearance::default(), ..set }).await.unwrap();
        let now = t.db.appearance(w.app).await.unwrap();
        assert_eq!(now, Appearance { logo: looks.logo, ..at_first });
        let settings = t.db.appearance_settings(w.app).await.unwrap();
        assert_eq!(settings, AppearanceSettings { logo: looks.logo, ..AppearanceSettings::default() });
    }

    async fn a_logo_is_one_and_can_be_taken_away(t) {
        let w = t.world().await;
        assert_eq!(t.db.logo(w.app).await.unwrap(), None);
        for number in [1, 2] {
            t.db.write(SetLogo { app_id: w.app, logo: Some(logo(number)), by: t.by() }).await.unwrap();
            assert_eq!(t.db.logo(w.app).await.unwrap(), Some(logo(number)));
        }
        let none = SetLogo { app_id: w.app, logo: None, by: t.by() };
        t.db.write(none.clone()).await.unwrap();
        t.db.write(none).await.unwrap();
        assert_eq!(t.db.logo(w.app).await.unwrap(), None);
        assert_eq!(t.db.appearance(w.app).await.unwrap().logo, None);
        let filter = AuditFilter { act: Some(AuditAct::LogoSet), ..AuditFilter::default() };
        let log = t.db.audit_log(w.workspace, &filter, 10).await.unwrap();
        let told: Vec<_> = log.entries.iter().map(|entry| entry.details["logo"].as_str()).collect();
        assert_eq!(told, ["removed", "set", "set"], "what changed nothing is not told");
    }

    async fn an_app_that_is_not_there_has_no_look(t) {
        let w = t.world().await;
        let app_id = t.id();
        let set = SetAppearance { app_id, appearance: wire::SetAppearance::default(), by: t.by() };
        assert!(matches!(t.db.write(set).await, Err(Error::NotFound)));
        assert!(matches!(t.db.write(SetLogo { app_id, logo: Some(logo(1)), by: t.by() }).await, Err(Error::NotFound)));
        assert!(matches!(t.db.appearance(app_id).await, Err(Error::NotFound)));
        assert_eq!(t.db.logo(w.app).await.unwrap(), None);
    }
}
