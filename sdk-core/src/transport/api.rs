//! The app API as typed calls, and what an answer means.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::Seq;
use tidings_protocol::app::{
    Bootstrap, ConversationList, MessageList, MoveReceipt, OpenConversation, PushReceipt, SendMessage,
    SignIn, SignedIn, UpdateDevice,
};
use tidings_protocol::change::Catchup;
use tidings_protocol::context::SetFields;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::limits;
use tidings_protocol::message::{EditMessage, Message, MoveLivePlace};
use tidings_protocol::problem::Problem;

use super::{Answer, Method, Request, Socket, Transport, TransportError};
use crate::error::Refusal;

/// Why a call brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The outcome is unknown: repeat it, with the same id.
    Unclear { retry_after: Option<Duration>, why: String },
    /// The server says no, and will say it again.
    Refused(Refusal),
    /// The session of this token is over.
    Unauthenticated { refusal: Refusal, token: Spent },
}

/// The token that a refused request carried: what says which session is over. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Spent(Option<String>);

impl Spent {
    pub(crate) fn is(&self, token: &str) -> bool {
        self.0.as_deref() == Some(token)
    }
}

impl std::fmt::Debug for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spent")
    }
}

impl CallError {
    /// Milliseconds that the server asks to wait.
    pub(crate) fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Unclear { retry_after: Some(time), .. } => u64::try_from(time.as_millis()).ok(),
            _ => None,
        }
    }
}

/// The app API.
#[derive(Clone)]
pub(crate) struct Api {
    transport: Arc<dyn Transport>,
}

pub(super) type Call<T> = Result<T, CallError>;

impl Api {
    pub(crate) fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    /// Asks whether a Tidings server is there; by what clock, if it says.
    pub(crate) async fn health(&self) -> Call<Option<i64>> {
        let answer = self.send::<()>(Method::Get, "/health", None, None).await?;
        let health: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
        match health {
            Some(health) if health["status"].is_string() => Ok(answer.date_ms),
            _ => Err(unclear(None, "the answer is not of Tidings")),
        }
    }

    pub(crate) async fn sign_in(&self, body: &SignIn) -> Call<SignedIn> {
        self.call(Method::Post, "/app/v1/sessions", None, Some(body)).await
    }

    pub(crate) async fn sign_out(&self, token: &str) -> Call<()> {
        self.send::<()>(Method::Delete, "/app/v1/sessions/current", Some(token), None)
            .await
            .and_then(|answer| nothing(&answer))
    }

    pub(crate) async fn bootstrap(&self, token: &str) -> Call<Bootstrap> {
        self.get("/app/v1/bootstrap", token).await
    }

    pub(crate) async fn changes(&self, token: &str, after: Cursor) -> Call<Catchup<Conversation>> {
        self.get(&format!("/app/v1/changes?after={after}&limit={}", limits::CHANGES), token).await
    }

    pub(crate) async fn conversations(&self, token: &str, before: &str) -> Call<ConversationList> {
        self.get(&format!("/app/v1/conversations?before={}&limit={}", escape(before), limits::PAGE), token)
            .await
    }

    pub(crate) async fn move_live_place(
        &self,
        token: &str,
        conversation: ConversationId,
        message: MessageId,
        place: &MoveLivePlace,
    ) -> Call<Message> {
        let path = format!("/app/v1/conversations/{conversation}/messages/{message}/place");
        self.call(Method::Put, &path, Some(token), Some(place)).await
    }

    pub(crate) async fn end_live_place(
        &self,
        token: &str,
        conversation: ConversationId,
        message: MessageId,
    ) -> Call<Message> {
        let path = format!("/app/v1/conversations/{conversation}/messages/{message}/place");
        self.call::<(), _>(Method::Delete, &path, Some(token), None).await
    }

    pub(crate) async fn open_conversation(&self, token: &str, body: &OpenConversation) -> Call<Conversation> {
        self.call(Method::Post, "/app/v1/conversations", Some(token), Some(body)).await
    }

    pub(crate) async fn conversation(&self, token: &str, id: ConversationId) -> Call<Conversation> {
        self.get(&format!("/app/v1/conversations/{id}"), token).await
    }

    pub(crate) async fn messages(
        &self,
        token: &str,
        id: ConversationId,
        before: Option<Seq>,
    ) -> Call<MessageList> {
        let before = before.map(|seq| format!("&before={seq}")).unwrap_or_default();
        self.get(
            &format!("/app/v1/conversations/{id}/messages?limit={}{before}", limits::PAGE_DEFAULT),
            token,
        )
        .await
    }

    pub(crate) async fn send_message(
        &self,
        token: &str,
        id: ConversationId,
        body: &SendMessage,
    ) -> Call<Message> {
        self.call(Method::Post, &format!("/app/v1/conversations/{id}/messages"), Some(token), Some(body))
            .await
    }

    pub(crate) async fn edit_message(
        &self,
        token: &str,
        id: ConversationId,
        message: MessageId,
        body: &EditMessage,
    ) -> Call<Message> {
        let path = format!("/app/v1/conversations/{id}/messages/{message}");
        self.call(Method::Patch, &path, Some(token), Some(body)).await
    }

    pub(crate) async fn delete_message(
        &self,
        token: &str,
        id: ConversationId,
        message: MessageId,
    ) -> Call<Message> {
        let path = format!("/app/v1/conversations/{id}/messages/{message}");
        self.call::<(), _>(Method::Delete, &path, Some(token), None).await
    }

    pub(crate) async fn move_receipt(
        &self,
        token: &str,
        id: ConversationId,
        body: &MoveReceipt,
    ) -> Call<Conversation> {
        self.call(Method::Put, &format!("/app/v1/conversations/{id}/receipt"), Some(token), Some(body)).await
    }

    pub(crate) async fn update_device(&self, token: &str, body: &UpdateDevice) -> Call<()> {
        self.send(Method::Put, "/app/v1/device", Some(token), Some(body))
            .await
            .and_then(|answer| nothing(&answer))
    }

    pub(crate) async fn set_conversation_fields(
        &self,
        token: &str,
        id: ConversationId,
        body: &SetFields,
    ) -> Call<()> {
        let path = format!("/app/v1/conversations/{id}/fields");
        self.send(Method::Put, &path, Some(token), Some(body)).await.and_then(|answer| nothing(&answer))
    }

    pub(crate) async fn set_user_fields(&self, token: &str, body: &SetFields) -> Call<()> {
        self.send(Method::Put, "/app/v1/fields", Some(token), Some(body))
            .await
            .and_then(|answer| nothing(&answer))
    }

    pub(crate) async fn note_push(&self, token: &str, message: MessageId, body: &PushReceipt) -> Call<()> {
        self.send(Method::Put, &format!("/app/v1/push_receipts/{message}"), Some(token), Some(body))
            .await
            .and_then(|answer| nothing(&answer))
    }

    pub(crate) async fn open_socket(&self) -> Result<Socket, TransportError> {
        self.transport.open_socket().await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, token: &str) -> Call<T> {
        self.call::<(), T>(Method::Get, path, Some(token), None).await
    }

    async fn call<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&B>,
    ) -> Call<T> {
        let answer = self.send(method, path, token, body).await?;
        // Success with something else in it is a captive portal's page, or a server of another kind.
        serde_json::from_slice(&answer.body).map_err(|_| unclear(None, "the answer is not of Tidings"))
    }

    async fn send<B: Serialize + Sync>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&B>,
    ) -> Call<Answer> {
        let body = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(|_| unclear(None, "a body cannot be written"))?;
        let request = Request {
            method,
            path: path.to_owned(),
            bearer: token.map(str::to_owned),
            headers: Vec::new(),
            body,
        };
        self.make(request).await
    }

    /// Makes a request and judges the answer.
    pub(super) async fn make(&self, request: Request) -> Call<Answer> {
        let token = request.bearer.clone();
        let answer =
            self.transport.request(request).await.map_err(|error| unclear(None, &error.to_string()))?;
        judge(answer, token.as_deref())
    }
}

/// Success without a body is 204; a captive portal's page is another success.
pub(super) fn nothing(answer: &Answer) -> Call<()> {
    if answer.status == 204 { Ok(()) } else { Err(unclear(None, "the answer is not of Tidings")) }
}

pub(super) fn unclear(retry_after: Option<Duration>, why: &str) -> CallError {
    CallError::Unclear { retry_after, why: why.to_owned() }
}

/// What an answer means, by its status, and whether it is ours at all; `token` is what the request carried.
fn judge(answer: Answer, token: Option<&str>) -> Result<Answer, CallError> {
    let status = answer.status;
    if (200..300).contains(&status) {
        return Ok(answer);
    }
    let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
    let retry_after = answer.retry_after.or_else(|| problem.as_ref()?.retry_after.map(Duration::from_secs));
    // Something between us and the server can say anything; only a problem of ours is the server's word.
    let Some(problem) = problem else {
        return Err(unclear(retry_after, &format!("an answer of status {status} that is not of Tidings")));
    };
    let refusal = Refusal::from_problem(problem.code, &problem.title, problem.detail.as_deref());
    match status {
        401 => Err(CallError::Unauthenticated { refusal, token: Spent(token.map(str::to_owned)) }),
        408 | 425 | 429 => Err(unclear(retry_after, &refusal.code)),
        400..500 => Err(CallError::Refused(refusal)),
        _ => Err(unclear(retry_after, &refusal.code)),
    }
}

/// An opaque value of the server's inside a query.
fn escape(text: &str) -> String {
    let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: None,
            date_ms: None,
            upload_offset: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn problem(status: u16, code: &str) -> Answer {
        answer(
            status,
            &format!(r#"{{"type":"x","status":{status},"code":"{code}","title":"T","detail":"D"}}"#),
        )
    }

    #[test]
    fn only_a_word_of_the_server_is_final() {
        for (status, code) in [
            (400, "invalid_body"),
            (403, "forbidden"),
            (404, "not_found"),
            (409, "id_conflict"),
            (413, "too_large"),
            (422, "limit_reached"),
            (418, "teapot"),
        ] {
            assert!(matches!(judge(problem(status, code), None), Err(CallError::Refused(_))), "{status}");
            let page = judge(answer(status, "<html>Sign in to the Wi-Fi</html>"), None);
            assert!(matches!(page, Err(CallError::Unclear { .. })), "{status} of somebody else");
        }
    }

    #[test]
    fn a_portal_s_page_is_no_word_of_done() {
        let page =
            judge(answer(200, "<html>Sign in to the Wi-Fi</html>"), None).and_then(|answer| nothing(&answer));
        assert!(matches!(page, Err(CallError::Unclear { .. })));
        assert_eq!(judge(answer(204, ""), None).and_then(|answer| nothing(&answer)), Ok(()));
    }

    #[test]
    fn trouble_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503, 504, 507, 520, 527, 599, 301, 302] {
            assert!(
                matches!(judge(problem(status, "unavailable"), None), Err(CallError::Unclear { .. })),
                "{status}"
            );
            assert!(matches!(judge(answer(status, ""), None), Err(CallError::Unclear { .. })), "{status}");
        }
    }

    #[test]
    fn a_portal_that_says_401_does_not_end_the_session() {
        assert!(matches!(judge(answer(401, "no"), None), Err(CallError::Unclear { .. })));
        let error = judge(problem(401, "unauthenticated"), Some("abc")).unwrap_err();
        let CallError::Unauthenticated { token, .. } = &error else { panic!("{error:?}") };
        assert!(token.is("abc") && !token.is("def"), "it says whose session is over");
        assert!(!format!("{error:?}").contains("abc"), "and does not print it");
    }

    #[test]
    fn retry_after_counts_from_the_header_or_the_problem() {
        let mut limited = problem(429, "rate_limited");
        limited.retry_after = Some(Duration::from_secs(3));
        assert_eq!(judge(limited, None).unwrap_err().retry_after_ms(), Some(3000));
        let body = r#"{"type":"x","status":503,"code":"unavailable","title":"T","retry_after":2}"#;
        assert_eq!(judge(answer(503, body), None).unwrap_err().retry_after_ms(), Some(2000));
    }

    #[test]
    fn opaque_values_are_escaped() {
        assert_eq!(escape("a+b/c=&"), "a%2Bb%2Fc%3D%26");
    }
}
