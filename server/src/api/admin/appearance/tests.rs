use axum::http::Method;
use serde_json::{Value, json};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::limits;

use crate::testing::{Answer, Harness};
use crate::testing_uploads::{DOT, PLACE, photo};

fn path(harness: &Harness, what: &str) -> String {
    format!("/admin/v1/apps/{}/{what}", harness.app_id)
}

async fn put_logo(harness: &Harness, bytes: &[u8]) -> Answer {
    let ask = harness.ask(Method::PUT, &path(harness, "logo")).bearer(&harness.server_key);
    ask.bytes(bytes.to_vec()).await
}

#[tokio::test]
async fn users_see_what_was_set_and_the_app_s_name_until_then() {
    let harness = Harness::start().await;
    let (path, key) = (path(&harness, "appearance"), &harness.server_key);
    let user = harness.user("ana").await;
    let seen = async || harness.get("/app/v1/appearance").bearer(&user).await.json();
    let at_first = seen().await;
    assert!(at_first["name"].is_string() && at_first.as_object().unwrap().len() == 1, "{at_first}");
    assert_eq!(harness.get(&path).bearer(key).await.json(), json!({}));
    let french = json!({ "language": "fr", "text": "Bonjour !" });
    let wish = json!({ "name": "Martin", "accent": "#C2410C", "greetings": [french] });
    let kept = json!({ "name": "Martin", "accent": "#c2410c", "greetings": [french] });
    assert_eq!(harness.put(&path, &wish).bearer(key).await.json(), kept);
    assert_eq!(harness.get(&path).bearer(key).await.json(), kept);
    assert_eq!(seen().await, kept);
    assert_eq!(harness.put(&path, &json!({})).bearer(key).await.json(), json!({}));
    assert_eq!(seen().await, at_first);
    let log = harness.get("/admin/v1/audit_log?act=appearance_set").bearer(key).await.json();
    let told = [0, 1].map(|place| log["entries"][place]["details"].clone());
    assert_eq!(told[0], json!({ "name": "as the app", "accent": "none", "greetings": "" }));
    assert_eq!(told[1], json!({ "name": "Martin", "accent": "#c2410c", "greetings": "fr" }));
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused() {
    let harness = Harness::start().await;
    let path = path(&harness, "appearance");
    let one = |language: &str, text: &str| json!({ "language": language, "text": text });
    let many: Vec<Value> = (0..13).map(|number| one(&format!("x-{number}"), "Hello")).collect();
    let long = "é".repeat(limits::GREETING_BYTES / 2 + 1);
    for (wish, pointer) in [
        (json!({ "accent": "orange" }), "/accent"),
        (json!({ "accent": "#c2410" }), "/accent"),
        (json!({ "accent": 7 }), "/accent"),
        (json!({ "name": "  " }), "/name"),
        (json!({ "name": "n".repeat(limits::NAME_BYTES + 1) }), "/name"),
        (json!({ "greetings": [one("fr", "Bonjour"), one("FR", "Salut")] }), "/greetings"),
        (json!({ "greetings": many }), "/greetings"),
        (json!({ "greetings": [one("fr", &long)] }), "/greetings/0/text"),
        (json!({ "colour": "#c2410c" }), "/colour"),
    ] {
        let answer = harness.put(&path, &wish).bearer(&harness.server_key).await;
        assert_eq!(answer.code(), "invalid_body", "{wish}");
        assert_eq!(answer.json()["pointer"], pointer, "{wish}");
    }
}

#[tokio::test]
async fn a_logo_is_made_anew_square_and_small_and_users_fetch_it_by_its_sum() {
    let harness = Harness::start().await;
    let key = &harness.server_key;
    let path = path(&harness, "logo");
    assert_eq!(harness.get(&path).bearer(key).await.code(), "not_found");
    let made = put_logo(&harness, &photo(600, 300)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let sum = made.json()["logo"].as_str().unwrap().to_owned();
    let user = harness.user("ana").await;
    let look = harness.get("/app/v1/appearance").bearer(&user).await.json();
    assert_eq!(look["logo"], sum.as_str());
    let fetched = harness.get(&format!("/app/v1/logo/{sum}")).bearer(&user).await;
    assert_eq!((fetched.status, fetched.header("content-type").as_str()), (200, "image/png"));
    assert_eq!(fetched.header("x-content-type-options"), "nosniff");
    let picture = image::load_from_memory(&fetched.bytes()).unwrap();
    // The photo lies on its side, and is turned: high and narrow, with clear bars beside it.
    assert_eq!((picture.width(), picture.height()), (256, 256));
    let alpha = |x, y| picture.to_rgba8().get_pixel(x, y).0[3];
    assert_eq!([alpha(0, 128), alpha(128, 128), alpha(255, 128)], [0, 255, 0]);
    assert!(!fetched.bytes().windows(PLACE.len()).any(|part| part == PLACE), "the place stays away");
    assert_eq!(harness.get(&path).bearer(key).await.bytes(), fetched.bytes());
    let again = harness.get(&path).bearer(key).header("if-none-match", &format!("\"{sum}\"")).await;
    assert_eq!((again.status, again.bytes().len()), (304, 0));
    // Another logo takes its place; the old one is nowhere.
    let other = put_logo(&harness, DOT).await.json()["logo"].as_str().unwrap().to_owned();
    assert_ne!(other, sum);
    assert_eq!(harness.get(&format!("/app/v1/logo/{sum}")).bearer(&user).await.code(), "not_found");
    assert_eq!(harness.delete(&path).bearer(key).await.status, 204);
    assert_eq!(harness.delete(&path).bearer(key).await.status, 204);
    assert_eq!(harness.get(&format!("/app/v1/logo/{other}")).bearer(&user).await.code(), "not_found");
    let log = harness.get("/admin/v1/audit_log?act=logo_set").bearer(key).await.json();
    assert_eq!(log["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_no_logo_is_refused_in_words_and_changes_nothing() {
    let harness = Harness::start().await;
    let mut bomb = DOT.to_vec();
    // A header that says 40,000 by 40,000 pixels.
    bomb[16..24].copy_from_slice(&[0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40]);
    for (bytes, code) in [
        (&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], "unsupported_media_type"),
        (b"", "unsupported_media_type"),
        (b"GIF89a", "unsupported_media_type"),
        (&DOT[..30], "invalid_body"),
        (&bomb, "invalid_body"),
        (&vec![0; limits::LOGO_BYTES + 1], "too_large"),
    ] {
        let answer = put_logo(&harness, bytes).await;
        assert_eq!(answer.code(), code, "{} bytes: {}", bytes.len(), answer.text());
        assert!(answer.json()["detail"].is_string());
    }
    let settings = harness.get(&path(&harness, "appearance")).bearer(&harness.server_key).await;
    assert_eq!(settings.json(), json!({}));
}

#[tokio::test]
async fn who_administers_sets_it_from_the_inbox_and_other_agents_do_not() {
    let harness = Harness::start().await;
    let cookie = harness.agent_cookie().await;
    let path = format!("/inbox/v1/settings/apps/{}/logo", harness.app_id);
    let put = async || {
        harness.ask(Method::PUT, &path).cookie(&cookie).same_origin().bytes(DOT.to_vec()).await.status
    };
    assert_eq!(put().await, 403);
    harness.set_role(harness.agent_id, AgentRole::Admin).await;
    assert_eq!(put().await, 200);
    assert_eq!(harness.get(&path).cookie(&cookie).await.status, 200);
}
