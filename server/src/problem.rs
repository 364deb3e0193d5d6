//! Every error that a client meets over HTTP: `application/problem+json` (RFC 9457). The codes, and what they
//! promise, are in [`tidings_protocol::problem`].

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tidings_protocol::problem::{Problem as Body, ProblemCode};
use tidings_store::Error;

/// Seconds after which a request that met an outage should be tried again; clients add their own jitter.
const OUTAGE_SECONDS: u64 = 2;
/// Seconds after which a full disk may have been cleared.
const FULL_SECONDS: u64 = 30;

/// An answer that is an error.
#[derive(Debug, Clone)]
pub struct Problem(Box<Body>);

impl Problem {
    /// A problem of which there is no more to say than its code.
    pub fn new(code: ProblemCode) -> Self {
        let word = code.as_str();
        Self(Box::new(Body {
            kind: format!("urn:tidings:problem:{word}"),
            status: code.status(),
            code,
            title: code.title().to_owned(),
            detail: None,
            pointer: None,
            retry_after: None,
            unseen: Vec::new(),
            holder: None,
        }))
    }

    /// What was wrong this time, in English, for a developer. Never anybody's data.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Where in the body.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.0.pointer = Some(pointer.into());
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Not there, or not yours.
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound)
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::new(ProblemCode::Unauthenticated)
    }

    /// Too many requests.
    pub fn rate_limited(seconds: u64) -> Self {
        Self::new(ProblemCode::RateLimited).retry_after(seconds)
    }

    /// Try again, the outcome is unknown.
    pub fn unavailable() -> Self {
        Self::new(ProblemCode::Unavailable).retry_after(OUTAGE_SECONDS)
    }

    /// A mistake of ours; what it was is for the log.
    pub fn internal(what: &str, why: &dyn std::fmt::Display) -> Self {
        tracing::error!(%why, "{what}");
        Self::new(ProblemCode::Internal)
    }

    /// The body at `pointer` is not what it should be.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::InvalidBody).pointer(pointer).detail(detail)
    }

    /// What to branch on.
    pub fn code(&self) -> ProblemCode {
        self.0.code
    }

    /// The whole answer.
    pub fn body(&self) -> &Body {
        &self.0
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::IdConflict => Self::new(ProblemCode::IdConflict),
            Error::AlreadyExists(what) => Self::new(ProblemCode::AlreadyExists).detail(what),
            Error::Moved(unseen) => {
                let mut problem = Self::new(ProblemCode::ConversationMoved);
                problem.0.unseen = unseen;
                problem
            }
            Error::Reassigned(holder) => {
                let mut problem = Self::new(ProblemCode::AssigneeChanged);
                problem.0.holder = Some(holder);
                problem
            }
            Error::ShutOut => {
                Self::new(ProblemCode::IdentityRefused).detail("this user is blocked, or the app is disabled")
            }
            Error::Attachment(id) => Self::new(ProblemCode::AttachmentUnusable)
                .detail(format!("{id} is not there, not yours, not complete, or in another message")),
            Error::Quote => Self::new(ProblemCode::QuoteUnusable),
            Error::NotEditable(why) => Self::new(ProblemCode::NotEditable).detail(why),
            Error::Merged => Self::new(ProblemCode::ConversationMerged),
            Error::CannotMerge(why) => Self::new(ProblemCode::CannotMerge).detail(why),
            Error::Away => Self::new(ProblemCode::AssigneeAway),
            Error::TooSoon { seconds } => Self::rate_limited(seconds),
            Error::Limit(what) => Self::new(ProblemCode::LimitReached).detail(what),
            Error::Refused(why) => Self::new(ProblemCode::InvalidBody).detail(why),
            Error::RefusedAt(pointer, why) => Self::invalid(pointer, why),
            Error::OnlyProvider => Self::new(ProblemCode::OnlyProvider),
            Error::Unavailable => Self::unavailable(),
            Error::Full => Self::new(ProblemCode::StorageFull).retry_after(FULL_SECONDS),
            Error::Internal(fault) => Self::internal("the store failed", &fault),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.0.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_in_header_and_body() {
        let response = Problem::from(Error::Full).into_response();
        assert_eq!(response.status(), 507);
        assert_eq!(response.headers()["retry-after"], "30");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }

    #[test]
    fn a_fault_of_ours_tells_the_client_nothing() {
        let fault = tidings_store::Fault::Open("/var/lib/secret".to_owned());
        let problem = Problem::from(Error::Internal(fault));
        assert_eq!(problem.code(), ProblemCode::Internal);
        assert!(!serde_json::to_string(problem.body()).unwrap().contains("secret"));
    }

    #[test]
    fn every_code_answers_with_its_own_status() {
        for &(code, _) in ProblemCode::ALL {
            assert_eq!(Problem::new(code).into_response().status().as_u16(), code.status(), "{code:?}");
        }
    }
}
