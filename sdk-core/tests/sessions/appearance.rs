//! How the app looks: told with each connection and when it changes, kept with the logo for when there is none.

use std::sync::{Arc, Mutex};

use tidings_sdk_core::protocol::appearance as wire;
use tidings_sdk_core::{Accent, Appearance, SignOut, SyncState, Tone};

use crate::server::{Fault, Server};
use crate::{folder, live, phone_with, signed_in, until};

fn look(name: &str) -> wire::Appearance {
    let greeting = |language: &str, text: &str| wire::Greeting {
        language: language.try_into().unwrap(),
        text: text.try_into().unwrap(),
    };
    wire::Appearance {
        name: name.try_into().unwrap(),
        accent: Some("#c2410c".to_owned().try_into().unwrap()),
        greetings: vec![greeting("en", "Good morning"), greeting("fr", "Bonjour")],
        logo: None,
    }
}

fn seen(name: &str, logo: Option<&[u8]>) -> Appearance {
    let light = Tone { fill: 0x00c2_410c, ink: 0x00ff_ffff };
    let dark = Tone { fill: 0x00d3_7650, ink: 0 };
    Appearance {
        name: Some(name.to_owned()),
        accent: Some(Accent { colour: 0x00c2_410c, light, dark }),
        greeting: Some("Good morning".to_owned()),
        logo: logo.map(<[u8]>::to_vec),
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_seen_at_once_and_kept_for_a_start_without_a_network() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    assert_eq!(client.appearance().await.unwrap(), Appearance::default(), "nothing is known");
    let told: Arc<Mutex<Vec<Appearance>>> = Arc::default();
    let log = Arc::clone(&told);
    let watch = client.observe_appearance(move |look| log.lock().unwrap().push(look));
    server.set_appearance(look("Martin"), None);
    until("told", || async { client.appearance().await.unwrap() == seen("Martin", None) }).await;
    server.set_appearance(look("Martin"), Some(b"a logo"));
    until("with its logo", || async {
        client.appearance().await.unwrap() == seen("Martin", Some(b"a logo"))
    })
    .await;
    // Each connection says it again, and the logo is not fetched again.
    for _ in 0..3 {
        server.set_online(false);
        until("gone", || async { client.sync_state() != SyncState::Live }).await;
        server.set_online(true);
        live(&client).await;
    }
    until("seen", || async { told.lock().unwrap().last() == Some(&seen("Martin", Some(b"a logo"))) }).await;
    let told = told.lock().unwrap().clone();
    let changes = told.windows(2).filter(|two| two[0] == two[1]).count();
    assert_eq!((told[0].clone(), changes), (Appearance::default(), 0), "a repetition is no news");
    assert_eq!(server.logos_fetched(), 1);
    drop((watch, client));
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    assert_eq!(client.appearance().await.unwrap(), seen("Martin", Some(b"a logo")), "without a network");
    client.sign_out(SignOut::Erase).await.unwrap();
    assert_eq!(client.appearance().await.unwrap(), Appearance::default(), "it goes with the user");
}

#[tokio::test(start_paused = true)]
async fn another_logo_takes_the_place_of_the_first_and_none_takes_it_away() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    for logo in [Some(&b"one"[..]), Some(b"two"), None] {
        server.set_appearance(look("Martin"), logo);
        until("shown", || async { client.appearance().await.unwrap() == seen("Martin", logo) }).await;
    }
    assert_eq!(server.logos_fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_logo_that_something_on_the_way_changes_is_not_shown_and_holds_nothing_up() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    server.fail("GET /app/v1/logo", Fault::Portal);
    server.set_appearance(look("Martin"), Some(b"a logo"));
    until("asked for", || async { server.has_failed() }).await;
    assert_eq!(client.appearance().await.unwrap(), seen("Martin", None));
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello").await.unwrap();
    until("sent", || async { server.texts("ana", thread.id()) == ["hello"] }).await;
    assert_eq!(client.appearance().await.unwrap().logo, None);
    // The next connection asks for it once more.
    server.set_online(false);
    until("gone", || async { client.sync_state() != SyncState::Live }).await;
    server.set_online(true);
    until("fetched", || async { client.appearance().await.unwrap() == seen("Martin", Some(b"a logo")) })
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_greeting_is_in_the_language_of_the_phone() {
    let (server, folder) = (Server::new(), folder());
    server.set_appearance(look("Martin"), None);
    for (locale, greeting) in [("fr-CA", "Bonjour"), ("pt", "Good morning")] {
        let client =
            phone_with(&server, folder.path(), |config| config.locale = Some(locale.to_owned())).await;
        client.sign_in(crate::named("ana")).await.unwrap();
        client.set_visibility(tidings_sdk_core::Visibility::Foreground);
        until("told", || async { client.appearance().await.unwrap().greeting.as_deref() == Some(greeting) })
            .await;
        client.close().await;
    }
}
