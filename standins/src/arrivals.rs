//! What has arrived at the stand-ins, one line each: for the terminal of somebody who tries an app.

use serde_json::{Value, json};

use crate::control::Services;
use crate::{ApnsPush, FcmPush, Hooked, Mail, WebPushed};

/// How far each service was looked at.
#[derive(Debug, Default)]
pub struct Arrivals {
    apns: usize,
    fcm: usize,
    web: usize,
    hooked: usize,
    mails: usize,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

impl Arrivals {
    /// The lines for what came since the last look.
    pub fn next(&mut self, services: &Services, form: Form) -> Vec<String> {
        let mut lines = Vec::new();
        for push in services.apns.received_since(self.apns) {
            self.apns += 1;
            lines.push(line(form, "apns", json!(push), || apns(&push)));
        }
        for push in services.fcm.received_since(self.fcm) {
            self.fcm += 1;
            lines.push(line(form, "fcm", json!(push), || fcm(&push)));
        }
        for push in services.web.received_since(self.web) {
            self.web += 1;
            lines.push(line(form, "web_push", json!(push), || web(&push)));
        }
        for hook in services.web.hooked_since(self.hooked) {
            self.hooked += 1;
            lines.push(line(form, "webhook", json!(hook), || hooked(&hook)));
        }
        for mail in services.smtp.received_since(self.mails) {
            self.mails += 1;
            let told =
                json!({ "to": mail.to, "subject": mail.header("subject"), "text": mail.part("text/plain") });
            lines.push(line(form, "mail", told, || mailed(&mail)));
        }
        lines
    }
}

fn line(form: Form, service: &str, mut told: Value, text: impl FnOnce() -> String) -> String {
    match form {
        Form::Text => format!("{service:<8}  {}", text()),
        Form::Json => {
            told["service"] = service.into();
            told.to_string()
        }
    }
}

fn apns(push: &ApnsPush) -> String {
    let alert = &push.payload["aps"]["alert"];
    let badge = push.payload["aps"]["badge"].clone();
    let words = said(&alert["title"], &alert["body"]);
    format!("{}  {words}  badge {badge}  {}", shortened(&push.token), about(&push.payload["tidings"]))
}

fn fcm(push: &FcmPush) -> String {
    let data = &push.message["data"];
    let shown = &push.message["notification"];
    let from = if shown.is_object() { shown } else { data };
    let inside: Value =
        data["tidings"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let words = said(&from["title"], &from["body"]);
    format!("{}  {words}  badge {}  {}", shortened(&push.token), inside["badge"], about(&inside))
}

fn web(push: &WebPushed) -> String {
    let words = said(&push.payload["title"], &push.payload["body"]);
    format!("{}  {words}  {}", shortened(&push.id), about(&push.payload["tidings"]))
}

fn hooked(hook: &Hooked) -> String {
    let data = &hook.body["data"];
    let inside = &data["notice"]["tidings"];
    let of = if inside.is_object() { inside } else { data };
    format!("{}  {}", hook.body["type"].as_str().unwrap_or("?"), about(of))
}

fn mailed(mail: &Mail) -> String {
    format!("{}  {:?}", mail.to.join(" "), mail.header("subject").unwrap_or_default())
}

/// The words that a person sees; nothing of an opaque push.
fn said(title: &Value, body: &Value) -> String {
    match (title.as_str(), body.as_str()) {
        (Some(title), Some(body)) => format!("{title:?} {body:?}"),
        (None, Some(body)) => format!("{body:?}"),
        _ => "(no words)".to_owned(),
    }
}

/// Which kind of push, of which conversation and message.
fn about(tidings: &Value) -> String {
    let kind = tidings["kind"].as_str().unwrap_or("message");
    let id = |key: &str| tidings[key].as_str().unwrap_or("-").to_owned();
    format!("{kind}  {}  {}", id("conversation_id"), id("message_id"))
}

fn shortened(token: &str) -> String {
    let beginning: String = token.chars().take(12).collect();
    if beginning.len() < token.len() { format!("{beginning}…") } else { beginning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_one_line_whatever_it_says() {
        let payload = json!({
            "aps": { "alert": { "title": "Léa", "body": "one\ntwo" }, "badge": 3 },
            "tidings": { "conversation_id": "cnv_1", "message_id": "msg_2" },
        });
        let push = ApnsPush {
            token: "00aa11bb22cc33dd".to_owned(),
            topic: "com.example.app".to_owned(),
            push_type: "alert".to_owned(),
            priority: 10,
            expiration: 0,
            collapse_id: None,
            apns_id: String::new(),
            provider_token: String::new(),
            connection: 1,
            arrived_at: 0,
            answered_at: None,
            payload,
        };
        let text = line(Form::Text, "apns", json!(push), || apns(&push));
        assert_eq!(text, "apns      00aa11bb22cc…  \"Léa\" \"one\\ntwo\"  badge 3  message  cnv_1  msg_2");
        let json: Value = serde_json::from_str(&line(Form::Json, "apns", json!(push), String::new)).unwrap();
        assert_eq!((&json["service"], &json["priority"]), (&json!("apns"), &json!(10)));
    }
}
