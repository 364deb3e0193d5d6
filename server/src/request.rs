//! What a request says, read strictly: each extractor answers with our own problems.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path as JsonPath, Segment};
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;

use crate::app::App;
use crate::problem::Problem;

/// A JSON body of a type that is valid once it is parsed.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send `Content-Type: application/json`";
            return Err(Problem::new(ProblemCode::UnsupportedMediaType).detail(detail));
        }
        let bytes = axum::body::to_bytes(request.into_body(), limits::BODY_BYTES).await;
        let bytes = bytes.map_err(|error| too_large_or_broken(&error))?;
        parse(&bytes).map(Self)
    }
}

fn too_large_or_broken(error: &axum::Error) -> Problem {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            let detail = format!("at most {} bytes", limits::BODY_BYTES);
            return Problem::new(ProblemCode::TooLarge).detail(detail);
        }
        cause = error.source();
    }
    Problem::new(ProblemCode::InvalidBody).detail("the body ended before it was complete")
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    essence.trim().eq_ignore_ascii_case("application/json")
        && ["", "charset=utf-8", "charset=\"utf-8\""].contains(&parameters.as_str())
}

/// Parses a body; a problem says where it is wrong.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let detail = format!("the body is not UTF-8: byte {}", error.valid_up_to());
        Problem::new(ProblemCode::InvalidBody).detail(detail)
    })?;
    // Without this a list would be read as the fields of the command in their order.
    if !text.trim_start().starts_with('{') {
        return Err(Problem::invalid("", "expected a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        Problem::invalid(&pointer, error.into_inner().to_string())
    })?;
    json.end().map_err(|error| Problem::invalid("", error.to_string()))?;
    Ok(value)
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &JsonPath) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.extend(["/", &index.to_string()]),
            Segment::Map { key } => {
                pointer.extend(["/", &key.replace('~', "~0").replace('/', "~1")]);
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// Parts of the address.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, app).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|rejection| match rejection {
            PathRejection::FailedToDeserializePathParams(error) => parameter(error.body_text()),
            other => Problem::internal("a route has no parameters", &other),
        })
    }
}

/// The query of the address.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, app).await;
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection: QueryRejection| parameter(rejection.body_text()))
    }
}

fn parameter(detail: String) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).detail(detail)
}

/// How many entries a page may have: 1 to `MAX`, 50 when not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit<const MAX: i64 = { limits::PAGE }>(pub i64);

impl<const MAX: i64> Default for Limit<MAX> {
    fn default() -> Self {
        Self(limits::PAGE_DEFAULT)
    }
}

impl<'de, const MAX: i64> Deserialize<'de> for Limit<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = i64::deserialize(deserializer)?;
        if (1..=MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(serde::de::Error::custom(format!("expected 1 to {MAX}")))
        }
    }
}

/// `?before=` and `?after=` a message's number; neither: the newest.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageRange {
    /// Messages before this number; not together with `after`.
    before: Option<u32>,
    /// Messages after this number; not together with `before`.
    after: Option<u32>,
    /// How many.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    pub limit: Limit,
}

impl MessageRange {
    /// Which messages are meant.
    ///
    /// # Errors
    /// When both ends are given.
    pub fn range(&self) -> Result<tidings_store::messages::Range, Problem> {
        use tidings_store::messages::Range;
        match (self.before, self.after) {
            (None, None) => Ok(Range::Newest),
            (Some(seq), None) => Ok(Range::Before(seq.into())),
            (None, Some(seq)) => Ok(Range::After(seq.into())),
            (Some(_), Some(_)) => {
                Err(parameter("`before` and `after` cannot be asked for together".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::app::SendMessage;

    use super::*;

    fn problem(json: &[u8]) -> tidings_protocol::problem::Problem {
        parse::<SendMessage>(json).unwrap_err().body().clone()
    }

    #[test]
    fn a_problem_points_at_what_is_wrong() {
        for (json, pointer) in [
            (&br#"{"id":"cnv_x","parts":[]}"#[..], "/id"),
            (br#"{"id":7,"parts":[]}"#, "/id"),
            (br#"{"id":"msg_01h2xcejqtf2nbrexx3vqjhp41","parts":[],"colour":1}"#, "/parts"),
            (br#"{"id":"msg_01h2xcejqtf2nbrexx3vqjhp41","colour":1}"#, "/colour"),
            (br#"{"id":"msg_01h2xcejqtf2nbrexx3vqjhp41"}"#, ""),
            (b"[]", ""),
            (br#"["msg_01h2xcejqtf2nbrexx3vqjhp41",[{"type":"text","text":"a"}]]"#, ""),
            (b"null", ""),
            (b"", ""),
        ] {
            let problem = problem(json);
            assert_eq!(problem.code, ProblemCode::InvalidBody);
            assert_eq!(problem.pointer.as_deref(), Some(pointer), "{}", String::from_utf8_lossy(json));
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_and_what_follows_the_body_are_refused() {
        assert!(problem(b"{\"id\":\"\xff\"}").detail.unwrap().contains("byte 7"));
        let good = br#"{"id":"msg_01h2xcejqtf2nbrexx3vqjhp41","parts":[{"type":"text","text":"a"}]}"#;
        assert!(parse::<SendMessage>(good).is_ok());
        assert!(parse::<SendMessage>(&[good, &b" {}"[..]].concat()).is_err());
    }

    #[test]
    fn deep_nesting_ends_in_a_problem_not_in_a_crash() {
        let deep = format!(r#"{{"id":"msg_01h2xcejqtf2nbrexx3vqjhp41","parts":{}"#, "[".repeat(100_000));
        assert_eq!(problem(deep.as_bytes()).code, ProblemCode::InvalidBody);
    }

    #[test]
    fn only_json_in_utf_8_is_taken_for_json() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=latin1", false),
            ("text/plain", false),
            ("application/jsonp", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
