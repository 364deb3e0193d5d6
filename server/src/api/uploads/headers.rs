//! The headers of tus, read strictly.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use tidings_protocol::id::AttachmentId;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::text::FileName;

use super::VERSION;
use crate::problem::Problem;

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).detail(detail)
}

/// Every request of an upload says which version it speaks.
pub(super) fn version(headers: &HeaderMap) -> Result<(), Problem> {
    match text(headers, "tus-resumable") {
        Some(VERSION) => Ok(()),
        _ => Err(Problem::new(ProblemCode::TusVersion).detail("send `Tus-Resumable: 1.0.0`")),
    }
}

/// Where the chunk begins.
pub(super) fn offset(headers: &HeaderMap) -> Result<i64, Problem> {
    number(headers, "upload-offset").ok_or_else(|| invalid("`Upload-Offset` is where the chunk begins"))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    text(headers, name)?.parse().ok().filter(|number| *number >= 0)
}

/// A body is a chunk only when it says so.
pub(super) fn is_chunk(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/offset+octet-stream") {
        return Ok(());
    }
    let detail = "send `Content-Type: application/offset+octet-stream`";
    Err(Problem::new(ProblemCode::UnsupportedMediaType).detail(detail))
}

/// What the beginning of an upload says of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) id: AttachmentId,
    pub(super) length: i64,
    pub(super) sha256: [u8; 32],
    pub(super) name: Option<FileName>,
}

/// `Upload-Length`, and of `Upload-Metadata` the keys `id`, `sha256` (64 hexadecimal digits) and `filename`; others are
/// what common clients add, and nothing is done with them.
pub(super) fn announced(headers: &HeaderMap) -> Result<Announced, Problem> {
    let length = number(headers, "upload-length")
        .filter(|length| *length > 0)
        .ok_or_else(|| invalid("`Upload-Length` is the number of bytes of the file, at least 1"))?;
    if length > limits::ATTACHMENT_BYTES {
        let detail = format!("a file has at most {} bytes", limits::ATTACHMENT_BYTES);
        return Err(Problem::new(ProblemCode::TooLarge).detail(detail));
    }
    let told = metadata(text(headers, "upload-metadata").unwrap_or_default())?;
    let find = |key: &str| told.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let id = find("id").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| invalid("`Upload-Metadata` has no `id` of the form att_…"))?;
    let sha256 = find("sha256").and_then(hexadecimal);
    let sha256 =
        sha256.ok_or_else(|| invalid("`Upload-Metadata` has no `sha256` of 64 hexadecimal digits"))?;
    let name = find("filename").map(|name| FileName::try_from(base_name(name).to_owned())).transpose();
    let name = name.map_err(|error| invalid(format!("`filename`: {error}")))?;
    Ok(Announced { id, length, sha256, name })
}

/// What follows the last slash of either kind: a path says how somebody's folders are called.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Pairs of a key and a value in base 64, with commas between them.
fn metadata(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let pair = |pair: &str| {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        Some((key.to_owned(), value))
    };
    let pairs = text.split(',').filter(|piece| !piece.trim().is_empty()).map(pair);
    pairs.collect::<Option<Vec<_>>>().ok_or_else(|| {
        invalid("`Upload-Metadata` holds keys and values in base 64, with commas between them")
    })
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

/// What a chunk must add up to.
pub(super) struct Checksum {
    algorithm: &'static Algorithm,
    wanted: Vec<u8>,
}

impl Checksum {
    /// `Upload-Checksum: sha256 BASE64`.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get("upload-checksum") else { return Ok(None) };
        let parse = || {
            let (name, wanted) = value.to_str().ok()?.split_once(' ')?;
            let algorithm = match name {
                "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
                "sha256" => &SHA256,
                _ => return None,
            };
            Some(Self { algorithm, wanted: STANDARD.decode(wanted.trim()).ok()? })
        };
        parse()
            .map(Some)
            .ok_or_else(|| invalid("`Upload-Checksum` is `sha1` or `sha256` and the sum in base 64"))
    }

    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        digest(self.algorithm, bytes).as_ref() == self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(length: &str, metadata: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("upload-length", length.parse().unwrap());
        headers.insert("upload-metadata", metadata.parse().unwrap());
        headers
    }

    fn pair(key: &str, value: &str) -> String {
        format!("{key} {}", STANDARD.encode(value))
    }

    #[test]
    fn an_upload_says_what_will_come() {
        let id = AttachmentId::from_parts(1, [1; 10]);
        let good = [
            pair("id", &id.to_string()),
            pair("sha256", &"0A".repeat(32)),
            pair("filename", "C:\\a/b é.pdf"),
        ];
        let told = announced(&headers("5", &good.join(", "))).unwrap();
        assert_eq!(
            told,
            Announced { id, length: 5, sha256: [10; 32], name: Some("b é.pdf".try_into().unwrap()) }
        );
        let with_more = format!("{},is_confidential,{}", good.join(","), pair("filetype", "image/jpeg"));
        assert!(announced(&headers("5", &with_more)).is_ok());
        for (length, metadata) in [
            ("0", good.join(",")),
            ("-1", good.join(",")),
            ("x", good.join(",")),
            ("104857601", good.join(",")),
            ("5", good[..1].join(",")),
            ("5", good[1..].join(",")),
            ("5", "id !".to_owned()),
            ("5", [&good[0], &pair("sha256", &"é".repeat(32))[..]].join(",")),
        ] {
            assert!(announced(&headers(length, &metadata)).is_err(), "{length} {metadata}");
        }
    }
}
