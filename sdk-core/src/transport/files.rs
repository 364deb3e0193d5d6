//! The calls for files: uploads by [tus 1.0](https://tus.io/protocols/resumable-upload), and pieces of downloads.

use ring::digest;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::upload::{AttachmentAddresses, Sha256, Upload};

use super::api::{Api, Call, nothing, unclear};
use super::{Answer, Method, Request};
use crate::text_form::{base64, hex};

/// What the beginning of an upload says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) id: AttachmentId,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) name: Option<String>,
}

/// A stretch of a file, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Api {
    /// Begins an upload, or finds it again; answers where it ends.
    pub(crate) async fn begin_upload(&self, token: &str, what: &Announcement) -> Call<u64> {
        let mut metadata = format!(
            "id {},sha256 {}",
            base64(what.id.to_string().as_bytes()),
            base64(hex(&what.sha256).as_bytes())
        );
        if let Some(name) = &what.name {
            metadata = format!("{metadata},filename {}", base64(name.as_bytes()));
        }
        let headers = vec![("upload-length", what.bytes.to_string()), ("upload-metadata", metadata)];
        let answer = self.tus(Method::Post, "/app/v1/uploads".to_owned(), token, headers, None).await?;
        offset(&answer)
    }

    /// What an upload has come to. tus would ask `HEAD`, which has no body: neither the reason of a refusal would
    /// come through it, nor could the server's "not found" be told from that of something in between.
    pub(crate) async fn upload(&self, token: &str, id: AttachmentId) -> Call<Upload> {
        self.get(&format!("/app/v1/uploads/{id}"), token).await
    }

    /// Sends a chunk that begins at `start`; answers where the upload ends now.
    pub(crate) async fn send_chunk(
        &self,
        token: &str,
        id: AttachmentId,
        start: u64,
        chunk: Vec<u8>,
    ) -> Call<u64> {
        let sum = base64(digest::digest(&digest::SHA256, &chunk).as_ref());
        let headers = vec![
            ("upload-offset", start.to_string()),
            ("upload-checksum", format!("sha256 {sum}")),
            ("content-type", "application/offset+octet-stream".to_owned()),
        ];
        let answer =
            self.tus(Method::Patch, format!("/app/v1/uploads/{id}"), token, headers, Some(chunk)).await?;
        offset(&answer)
    }

    /// Gives an upload up.
    pub(crate) async fn give_up_upload(&self, token: &str, id: AttachmentId) -> Call<()> {
        let path = format!("/app/v1/uploads/{id}");
        self.tus(Method::Delete, path, token, Vec::new(), None).await.and_then(|answer| nothing(&answer))
    }

    /// Where a file can be fetched for a while.
    pub(crate) async fn addresses(&self, token: &str, id: AttachmentId) -> Call<AttachmentAddresses> {
        self.get(&format!("/app/v1/attachments/{id}"), token).await
    }

    /// Fetches a stretch of a file of `whole` bytes from an address.
    pub(crate) async fn fetch(&self, address: &str, stretch: Stretch, whole: u64) -> Call<Vec<u8>> {
        let Stretch { from, to } = stretch;
        let headers = vec![("range", format!("bytes={from}-{}", to.saturating_sub(1)))];
        let path = address.to_owned();
        let request = Request { method: Method::Get, path, bearer: None, headers, body: None };
        let answer = self.make(request).await?;
        // All of it for a part of it is what a proxy may do that knows no ranges; right only when all was asked for.
        let right = answer.status == 206 || (answer.status == 200 && from == 0 && to == whole);
        if right && u64::try_from(answer.body.len()) == Ok(to - from) {
            Ok(answer.body)
        } else {
            Err(unclear(None, "the answer is not the part of the file that was asked for"))
        }
    }

    /// The app's logo with this sum, as it comes: nobody has compared it yet.
    pub(crate) async fn logo(&self, token: &str, sum: Sha256) -> Call<Vec<u8>> {
        let path = format!("/app/v1/logo/{}", String::from(sum));
        let bearer = Some(token.to_owned());
        let request = Request { method: Method::Get, path, bearer, headers: Vec::new(), body: None };
        Ok(self.make(request).await?.body)
    }

    async fn tus(
        &self,
        method: Method,
        path: String,
        token: &str,
        mut headers: Vec<(&'static str, String)>,
        body: Option<Vec<u8>>,
    ) -> Call<Answer> {
        headers.push(("tus-resumable", "1.0.0".to_owned()));
        self.make(Request { method, path, bearer: Some(token.to_owned()), headers, body }).await
    }
}

/// Only an answer of tus has this header; a captive portal's page has none.
fn offset(answer: &Answer) -> Call<u64> {
    answer.upload_offset.ok_or_else(|| unclear(None, "the answer is not of Tidings"))
}
