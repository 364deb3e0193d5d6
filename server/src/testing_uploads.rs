//! For tests: uploads of users and agents, and pictures to upload.

use std::fmt::Write as _;
use std::io::Cursor;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, RgbImage};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tidings_protocol::id::{AttachmentId, MessageId};

use crate::testing::{Answer, Ask, Harness};

/// Who uploads.
#[derive(Clone, Copy)]
pub(crate) enum Sender<'a> {
    /// With a session's token.
    User(&'a str),
    /// With a cookie.
    Agent(&'a str),
}

impl Sender<'_> {
    pub(crate) fn path(self, id: AttachmentId) -> String {
        format!("{}/{id}", self.folder())
    }

    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::User(_) => "/app/v1/uploads",
            Self::Agent(_) => "/inbox/v1/uploads",
        }
    }

    fn sign(self, ask: Ask<'_>) -> Ask<'_> {
        match self {
            Self::User(token) => ask.bearer(token),
            Self::Agent(cookie) => ask.cookie(cookie).same_origin(),
        }
    }
}

pub(crate) fn file_id(number: u8) -> AttachmentId {
    AttachmentId::from_parts(1, [number; 10])
}

/// `Upload-Metadata` of these bytes.
pub(crate) fn metadata(id: AttachmentId, bytes: &[u8], name: &str) -> String {
    let sha256 = digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    [("id", id.to_string()), ("sha256", sha256), ("filename", name.to_owned())]
        .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)))
        .join(",")
}

impl Harness {
    pub(crate) fn tus(&self, by: Sender<'_>, method: Method, path: &str) -> Ask<'_> {
        by.sign(self.ask(method, path)).header("tus-resumable", "1.0.0")
    }

    pub(crate) async fn begin(&self, by: Sender<'_>, id: AttachmentId, bytes: &[u8], name: &str) -> Answer {
        self.tus(by, Method::POST, by.folder())
            .header("upload-length", &bytes.len().to_string())
            .header("upload-metadata", &metadata(id, bytes, name))
            .await
    }

    pub(crate) async fn chunk(
        &self,
        by: Sender<'_>,
        id: AttachmentId,
        offset: usize,
        bytes: &[u8],
    ) -> Answer {
        self.tus(by, Method::PATCH, &by.path(id))
            .header("upload-offset", &offset.to_string())
            .header("content-type", "application/offset+octet-stream")
            .bytes(bytes.to_vec())
            .await
    }

    pub(crate) async fn upload_status(&self, by: Sender<'_>, id: AttachmentId) -> Answer {
        by.sign(self.get(&by.path(id))).await
    }

    /// The part that stands for a file that was uploaded in one go.
    pub(crate) async fn uploaded(&self, by: Sender<'_>, number: u8, bytes: &[u8], name: &str) -> Value {
        let id = file_id(number);
        let begun = self.begin(by, id, bytes, name).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let sent = self.chunk(by, id, 0, bytes).await;
        assert_eq!(sent.status, 204, "{}", sent.text());
        let status = self.upload_status(by, id).await.json();
        assert_eq!(status["state"], "complete", "{status}");
        let mut part = status["attachment"].clone();
        part["type"] = json!("attachment");
        part
    }

    /// Sends parts as a user.
    pub(crate) async fn send_parts(
        &self,
        token: &str,
        conversation: &str,
        number: u8,
        parts: &Value,
    ) -> Answer {
        let body = json!({ "id": MessageId::from_parts(1, [number; 10]), "parts": parts });
        self.post(&format!("/app/v1/conversations/{conversation}/messages"), &body).bearer(token).await
    }

    /// The addresses of a file, as somebody is told them.
    pub(crate) async fn addresses(&self, by: Sender<'_>, id: &str) -> Answer {
        let api = if matches!(by, Sender::User(_)) { "app" } else { "inbox" };
        by.sign(self.get(&format!("/{api}/v1/attachments/{id}"))).await
    }
}

/// A photo of so many pixels with a gradient, and in its metadata an orientation and a place.
pub(crate) fn photo(width: u32, height: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let part = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap();
        image::Rgb([part(x, width), part(y, height), 128])
    });
    let mut plain = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut plain, ImageFormat::Jpeg).unwrap();
    with_metadata(&plain.into_inner())
}

/// The smallest PNG: one orange pixel.
pub(crate) const DOT: &[u8] =
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\
    \x00\x00\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc8\xe4\xc8\x03\x00\x02\xd8\x01\x10G\x0d\xaa\
    \xd0\x00\x00\x00\x00IEND\xaeB`\x82";

/// What a secret place looks like inside the metadata.
pub(crate) const PLACE: &[u8] = b"GPS 46.94809 N 7.44744 E";

/// Exif after the beginning of a JPEG: orientation 6 (turned right), and a comment with a place.
fn with_metadata(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // Orientation, a short of one value: 6.
    tiff.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    // ImageDescription, a text behind the directory.
    tiff.extend(b"\x01\x0e\0\x02");
    tiff.extend(u32::try_from(PLACE.len()).unwrap().to_be_bytes());
    tiff.extend(38_u32.to_be_bytes());
    tiff.extend([0; 4]);
    tiff.extend(PLACE);
    let mut exif = b"Exif\0\0".to_vec();
    exif.extend(tiff);
    let length = u16::try_from(exif.len() + 2).unwrap();
    [&jpeg[..2], b"\xff\xe1", &length.to_be_bytes(), &exif, &jpeg[2..]].concat()
}
