//! What FCM checks in `messages:send`.

use serde_json::{Map, Value};

use super::Problem;

/// The largest data of one message, keys and values together, in bytes.
const DATA_BYTES: usize = 4096;
/// The longest that a message may be kept for a device, in seconds: 28 days.
const TTL_SECONDS: u64 = 28 * 24 * 60 * 60;

/// A message that FCM would take.
pub(super) struct Accepted {
    pub(super) token: String,
    pub(super) message: Value,
    pub(super) validate_only: bool,
}

pub(super) fn message(body: &[u8]) -> Result<Accepted, Problem> {
    let request: Value = serde_json::from_slice(body)
        .map_err(|_| Problem::bad_request("", "Invalid JSON payload received."))?;
    let request = object(&request, "request")?;
    known(request, "", &["message", "validate_only"])?;
    let value = request.get("message").unwrap_or(&Value::Null);
    let message = object(value, "message")?;
    let fields =
        ["token", "topic", "condition", "data", "notification", "android", "apns", "webpush", "fcm_options"];
    known(message, "message.", &fields)?;
    let targets = ["token", "topic", "condition"].iter().filter(|kind| message.contains_key(**kind)).count();
    if targets != 1 {
        return Err(Problem::bad_request("message", "Exactly one of token, topic or condition is required"));
    }
    let target = ["token", "topic", "condition"].iter().find_map(|kind| message.get(*kind));
    let Some(token) = target.and_then(Value::as_str).filter(|token| !token.is_empty()) else {
        return Err(Problem::bad_request("message.token", "The recipient must be a string"));
    };
    if let Some(data) = message.get("data") {
        check_data(object(data, "message.data")?)?;
    }
    if let Some(android) = message.get("android") {
        check_android(object(android, "message.android")?)?;
    }
    let validate_only = request.get("validate_only").and_then(Value::as_bool).unwrap_or(false);
    Ok(Accepted { token: token.to_owned(), message: value.clone(), validate_only })
}

fn object<'a>(value: &'a Value, field: &str) -> Result<&'a Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| Problem::bad_request(field, "Expected an object"))
}

fn known(object: &Map<String, Value>, at: &str, fields: &[&str]) -> Result<(), Problem> {
    match object.keys().find(|key| !fields.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let text = format!("Invalid JSON payload received. Unknown name \"{key}\"");
            Err(Problem::bad_request(&format!("{at}{key}"), &text))
        }
    }
}

fn check_data(data: &Map<String, Value>) -> Result<(), Problem> {
    let mut bytes = 0;
    for (key, value) in data {
        let field = format!("message.data[{key}]");
        let Some(value) = value.as_str() else {
            return Err(Problem::bad_request(&field, "Invalid value (TYPE_STRING)"));
        };
        let reserved = ["from", "message_type", "collapse_key"].contains(&key.as_str())
            || key.starts_with("google")
            || key.starts_with("gcm");
        if reserved {
            return Err(Problem::bad_request(&field, &format!("Invalid data payload key: {key}")));
        }
        bytes += key.len() + value.len();
    }
    if bytes > DATA_BYTES {
        return Err(Problem::new(400, "INVALID_ARGUMENT", "Android message is too big"));
    }
    Ok(())
}

fn check_android(android: &Map<String, Value>) -> Result<(), Problem> {
    let fields = [
        "collapse_key",
        "priority",
        "ttl",
        "restricted_package_name",
        "data",
        "notification",
        "fcm_options",
        "direct_boot_ok",
        "bandwidth_constrained_ok",
        "restricted_satellite_ok",
    ];
    known(android, "message.android.", &fields)?;
    if let Some(priority) = android.get("priority") {
        let good = priority.as_str().is_some_and(|text| ["NORMAL", "HIGH", "normal", "high"].contains(&text));
        if !good {
            return Err(Problem::bad_request("message.android.priority", "Invalid value"));
        }
    }
    if let Some(ttl) = android.get("ttl") {
        let seconds = ttl.as_str().and_then(|text| text.strip_suffix('s')).and_then(|text| text.parse().ok());
        if seconds.is_none_or(|seconds: u64| seconds > TTL_SECONDS) {
            return Err(Problem::bad_request("message.android.ttl", "Invalid duration format or value"));
        }
    }
    if let Some(data) = android.get("data") {
        check_data(object(data, "message.android.data")?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fcm_documents_as_wrong_is_refused() {
        let long = "x".repeat(DATA_BYTES);
        for (body, field) in [
            ("{".to_owned(), "Invalid JSON"),
            ("{}".to_owned(), "Expected an object"),
            (r#"{"message":{}}"#.to_owned(), "Exactly one"),
            (r#"{"message":{"token":"a","topic":"b"}}"#.to_owned(), "Exactly one"),
            (r#"{"message":{"token":7}}"#.to_owned(), "must be a string"),
            (r#"{"message":{"token":"a","badge":1}}"#.to_owned(), "Unknown name"),
            (r#"{"message":{"token":"a","data":{"badge":1}}}"#.to_owned(), "TYPE_STRING"),
            (r#"{"message":{"token":"a","data":{"from":"b"}}}"#.to_owned(), "data payload key"),
            (r#"{"message":{"token":"a","data":{"google.x":"b"}}}"#.to_owned(), "data payload key"),
            (r#"{"message":{"token":"a","android":{"priority":"urgent"}}}"#.to_owned(), "Invalid value"),
            (r#"{"message":{"token":"a","android":{"ttl":"1 day"}}}"#.to_owned(), "duration"),
            (r#"{"message":{"token":"a","android":{"ttl":"2419201s"}}}"#.to_owned(), "duration"),
            (format!(r#"{{"message":{{"token":"a","data":{{"b":"{long}"}}}}}}"#), "too big"),
        ] {
            let Err(problem) = message(body.as_bytes()) else { panic!("accepted: {body}") };
            assert!(problem.message.contains(field), "{body}: {}", problem.message);
        }
    }
}
