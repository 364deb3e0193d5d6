//! `GET /mail/v1/open/{token}`, `GET` and `POST /mail/v1/stop/{token}`: where the links of e-mails lead.

use axum::extract::State;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tidings_store::fallback::{Mail, SetMail};

use crate::app::App;
use crate::edge::ForPeople;
use crate::mail::letter::escaped;
use crate::mail::link::{Link, Purpose};
use crate::problem::Problem;
use crate::push::words::Language;
use crate::request::Path;

/// Nothing is fetched, nothing runs, nobody frames it; the one form comes back here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Leads into the app. Who follows it needs to be signed in there: the link itself gives no right to read.
#[utoipa::path(
    get, path = "/mail/v1/open/{token}", tag = "mail", params(("token" = String, Path)),
    responses((status = 303, description = "To the app"), (status = 410, description = "The link is over, as a page"))
)]
pub(crate) async fn open_link(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let language = spoken(&headers);
    let Some(Link { user_id, purpose: Purpose::Open { conversation_id, message_id } }) =
        read(&app, &token).await?
    else {
        return Ok(over(language));
    };
    let Some(link) = app.db.fallback_link(user_id, conversation_id).await? else { return Ok(over(language)) };
    let to = link.to(&conversation_id.to_string(), &message_id.to_string());
    let open = match language {
        Language::English => "Open the app",
        Language::French => "Ouvrir l’application",
    };
    // Some phones open an app only for a link that somebody has touched.
    let body = format!("<p><a class=\"button\" href=\"{}\">{open}</a></p>", escaped(&to));
    let mut response = page(StatusCode::SEE_OTHER, language, open, &body);
    let place = HeaderValue::from_str(&to)
        .map_err(|error| Problem::internal("a link could not be written", &error))?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}

/// Asks whether e-mails are to stop. Nothing stops by looking: mail programs look at links by themselves.
#[utoipa::path(
    get, path = "/mail/v1/stop/{token}", tag = "mail", params(("token" = String, Path)),
    responses((status = 200, description = "A page with a button"), (status = 410, description = "The link is over"))
)]
pub(crate) async fn ask_to_stop(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let language = spoken(&headers);
    let Some(Link { purpose: Purpose::Stop, .. }) = read(&app, &token).await? else {
        return Ok(over(language));
    };
    let (title, button) = match language {
        Language::English => ("No more e-mails about messages that did not reach you?", "No more e-mails"),
        Language::French => {
            ("Ne plus recevoir d’e-mails pour les messages non arrivés ?", "Ne plus recevoir d’e-mails")
        }
    };
    let body = format!("<form method=\"post\"><button class=\"button\">{button}</button></form>");
    Ok(page(StatusCode::OK, language, title, &body))
}

/// Stops e-mails to the user; mail programs call it with one click (RFC 8058).
#[utoipa::path(
    post, path = "/mail/v1/stop/{token}", tag = "mail", params(("token" = String, Path)),
    responses((status = 200, description = "Done, as a page"), (status = 410, description = "The link is over"))
)]
pub(crate) async fn stop_by_link(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let language = spoken(&headers);
    let Some(Link { user_id, purpose: Purpose::Stop }) = read(&app, &token).await? else {
        return Ok(over(language));
    };
    app.db.write(SetMail { user_id, mail: Mail::Stopped, by: None, now: app.clock.now() }).await?;
    let title = match language {
        Language::English => "You will get no more of these e-mails.",
        Language::French => "Vous ne recevrez plus ces e-mails.",
    };
    Ok(page(StatusCode::OK, language, title, ""))
}

async fn read(app: &App, token: &str) -> Result<Option<Link>, Problem> {
    Ok(app.links.read(token, &app.db, &app.clock).await?)
}

/// French if the browser asks for it first.
fn spoken(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok());
    Language::of(wanted.and_then(|wanted| wanted.split([',', ';']).next()))
}

fn over(language: Language) -> Response {
    let title = match language {
        Language::English => "This link does not work any more. Open the app: your messages are there.",
        Language::French => "Ce lien n’est plus valable. Ouvrez l’application : vos messages s’y trouvent.",
    };
    page(StatusCode::GONE, language, title, "")
}

fn page(status: StatusCode, language: Language, title: &str, body: &str) -> Response {
    let code = language.tag();
    let html = format!(
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>\
         body{{font:17px/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 16px;color-scheme:light dark}}\
         .button{{font:inherit;display:inline-block;padding:10px 16px;border:0;border-radius:6px;background:#1f5fbf;\
         color:#fff;text-decoration:none;cursor:pointer}}</style></head><body><h1 style=\"font-size:20px\">{title}</h1>\
         {body}</body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, axum::Extension(ForPeople), html).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::{ConversationId, MessageId, UserId};
    use tidings_store::push_credentials::SetPushCredential;

    use super::*;
    use crate::testing::{Answer, Harness};

    struct World {
        harness: Harness,
        user_id: UserId,
        conversation_id: ConversationId,
    }

    /// An app whose links lead into it, and a user with a conversation.
    async fn world() -> World {
        let harness = Harness::start_with(|config| {
            config.public_url = Some("https://support.example.com".to_owned().try_into().unwrap());
        })
        .await;
        let token = harness.user("ana").await;
        let conversation_id = harness.conversation(&token, 1).await.parse().unwrap();
        let user = harness.get("/app/v1/bootstrap").bearer(&token).await.json()["user"]["id"].clone();
        let by = tidings_store::audit::By::command_line(harness.app.clock.now());
        let provider = tidings_protocol::push::PushProvider::Webhook;
        let hook = SetPushCredential { app_id: harness.app_id, provider, config: "{}".to_owned(), by };
        harness.app.db.write(hook).await.unwrap();
        let wish = json!({ "way": "webhook", "after_minutes": 15, "link": "shop://m/{conversation_id}?at={message_id}" });
        let path = format!("/admin/v1/apps/{}/fallback", harness.app_id);
        assert_eq!(harness.put(&path, &wish).bearer(&harness.server_key).await.status, 200);
        World { user_id: serde_json::from_value(user).unwrap(), conversation_id, harness }
    }

    impl World {
        async fn token(&self, purpose: Purpose) -> String {
            let link = Link { user_id: self.user_id, purpose };
            let app = &self.harness.app;
            app.links.token(&link, &app.db, &app.clock).await.unwrap()
        }

        async fn get(&self, path: &str) -> Answer {
            self.harness.get(path).header("accept-language", "fr-CH, en;q=0.5").await
        }
    }

    #[tokio::test]
    async fn a_link_leads_into_the_app_for_a_week() {
        let world = world().await;
        let (conversation_id, message_id) = (world.conversation_id, MessageId::from_parts(1, [9; 10]));
        let token = world.token(Purpose::Open { conversation_id, message_id }).await;
        let path = format!("/mail/v1/open/{token}");
        let led = world.get(&path).await;
        assert_eq!(led.status, 303);
        assert_eq!(led.header("location"), format!("shop://m/{conversation_id}?at={message_id}"));
        assert!(
            led.text().contains("Ouvrir l’application") && led.header("cache-control").contains("no-store")
        );
        let elsewhere = ConversationId::from_parts(7, [7; 10]);
        let other = world.token(Purpose::Open { conversation_id: elsewhere, message_id }).await;
        assert_eq!(world.get(&format!("/mail/v1/open/{other}")).await.status, 410);
        let stop = world.token(Purpose::Stop).await;
        assert_eq!(world.get(&format!("/mail/v1/open/{stop}")).await.status, 410);
        world.harness.hand.advance_ms(7 * 24 * 60 * 60 * 1000);
        let over = world.get(&path).await;
        assert_eq!((over.status, over.text().contains("plus valable")), (410, true));
    }

    #[tokio::test]
    async fn looking_stops_nothing_and_the_button_does() {
        let world = world().await;
        let path = format!("/mail/v1/stop/{}", world.token(Purpose::Stop).await);
        let stopped = async || {
            let export = format!("/admin/v1/apps/{}/users/ana/export", world.harness.app_id);
            let all = world.harness.get(&export).bearer(&world.harness.server_key).await.json();
            all["user"]["mail_stopped"].clone()
        };
        assert_eq!(world.get(&path).await.status, 200);
        assert_eq!(stopped().await, json!(false));
        assert_eq!(world.harness.post(&path, &Value::Null).await.status, 200);
        assert_eq!(stopped().await, json!(true));
        let allow = format!("/admin/v1/users/{}/mail_stopped", world.user_id);
        assert_eq!(world.harness.delete(&allow).bearer(&world.harness.server_key).await.status, 204);
        assert_eq!(stopped().await, json!(false));
        assert_eq!(world.harness.post("/mail/v1/stop/abc", &Value::Null).await.status, 410);
    }
}
