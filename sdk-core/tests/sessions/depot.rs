//! The files of the server in memory: tus as far as a phone speaks it, and addresses to fetch from.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::json;
use tidings_sdk_core::protocol::id::AttachmentId;
use tidings_sdk_core::protocol::message::Attachment;
use tidings_sdk_core::protocol::time::Timestamp;
use tidings_sdk_core::protocol::upload::{
    AttachmentAddresses, Sha256, Upload, UploadState, Variant, VariantAddress,
};
use tidings_sdk_core::transport::{Answer, Method, Request};

use super::{ok, problem};

/// A file, or what has arrived of it.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) owner: String,
    pub(crate) length: usize,
    pub(crate) bytes: Vec<u8>,
    sha256: String,
    refused: bool,
}

impl Stored {
    pub(crate) fn is_complete(&self) -> bool {
        self.bytes.len() == self.length && !self.refused
    }
}

/// All files.
#[derive(Clone, Default)]
pub(crate) struct Depot {
    pub(crate) files: BTreeMap<AttachmentId, Stored>,
    /// Whether the next file that arrives is refused.
    pub(crate) refuses: bool,
    /// Changes with each day, so that older addresses are worth nothing.
    pub(crate) day: u32,
    /// So many answers with a part of a file are changed on the way.
    pub(crate) spoils: u32,
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    let found = request.headers.iter().find(|(key, _)| *key == name);
    found.map_or_else(|| panic!("{request:?} has no header {name}"), |(_, value)| value.as_str())
}

fn at(status: u16, offset: usize) -> Answer {
    let upload_offset = Some(u64::try_from(offset).unwrap());
    Answer { status, retry_after: None, date_ms: None, upload_offset, body: Vec::new() }
}

fn hex(bytes: &[u8]) -> String {
    let number = |part: &[u8]| u128::from_be_bytes(part.try_into().unwrap());
    format!("{:032x}{:032x}", number(&bytes[..16]), number(&bytes[16..]))
}

fn sum(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(digest(&SHA256, bytes).as_ref().try_into().unwrap())
}

impl Depot {
    /// What one had is another's.
    pub(crate) fn give(&mut self, from: &str, to: &str) {
        for file in self.files.values_mut().filter(|file| file.owner == from) {
            to.clone_into(&mut file.owner);
        }
    }

    /// The part of a message that names this file, as the server found it.
    pub(crate) fn named(&self, owner: &str, said: &Attachment) -> Option<Attachment> {
        let file = self.files.get(&said.attachment_id)?;
        (file.owner == owner && file.is_complete()).then(|| said.clone())
    }

    pub(crate) fn handle(&mut self, owner: &str, path: &[&str], request: &Request) -> Answer {
        match (request.method, path) {
            (Method::Post, ["uploads"]) => self.begin(owner, request),
            (_, ["uploads", id]) => self.one(owner, id.parse().unwrap(), request),
            (Method::Get, ["attachments", id]) => self.addresses(id.parse().unwrap()),
            _ => problem(404, "not_found"),
        }
    }

    fn begin(&mut self, owner: &str, request: &Request) -> Answer {
        assert_eq!(header(request, "tus-resumable"), "1.0.0");
        let length = header(request, "upload-length").parse().unwrap();
        let told: BTreeMap<_, _> = header(request, "upload-metadata")
            .split(',')
            .map(|pair| pair.split_once(' ').unwrap())
            .map(|(key, value)| (key, String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()))
            .collect();
        let sha256 = told["sha256"].clone();
        let id: AttachmentId = told["id"].parse().unwrap();
        if let Some(known) = self.files.get(&id) {
            let same = known.owner == owner && known.length == length && known.sha256 == sha256;
            return if same { at(200, known.bytes.len()) } else { problem(409, "id_conflict") };
        }
        let file = Stored { owner: owner.to_owned(), length, bytes: Vec::new(), sha256, refused: false };
        self.files.insert(id, file);
        at(201, 0)
    }

    fn one(&mut self, owner: &str, id: AttachmentId, request: &Request) -> Answer {
        let refuses = self.refuses;
        let Some(file) = self.files.get_mut(&id).filter(|file| file.owner == owner) else {
            return problem(404, "not_found");
        };
        match request.method {
            Method::Get => {
                let state = match (file.refused, file.is_complete()) {
                    (true, _) => UploadState::Refused,
                    (false, true) => UploadState::Complete,
                    (false, false) => UploadState::Receiving,
                };
                let upload = Upload {
                    id,
                    state,
                    offset: i64::try_from(file.bytes.len()).unwrap(),
                    length: i64::try_from(file.length).unwrap(),
                    attachment: None,
                    refused: file.refused.then(|| "not taken here".to_owned()),
                    expires_at: None,
                };
                ok(200, &upload)
            }
            Method::Delete => {
                self.files.remove(&id);
                Answer {
                    status: 204,
                    retry_after: None,
                    date_ms: None,
                    upload_offset: None,
                    body: Vec::new(),
                }
            }
            _ => {
                assert_eq!(header(request, "content-type"), "application/offset+octet-stream");
                let chunk = request.body.as_deref().unwrap();
                let sum = format!("sha256 {}", STANDARD.encode(digest(&SHA256, chunk)));
                assert_eq!(header(request, "upload-checksum"), sum);
                if header(request, "upload-offset") != file.bytes.len().to_string() {
                    return problem(409, "offset_conflict");
                }
                file.bytes.extend_from_slice(chunk);
                assert!(file.bytes.len() <= file.length, "more than was announced");
                if file.bytes.len() == file.length {
                    assert_eq!(
                        hex(digest(&SHA256, &file.bytes).as_ref()),
                        file.sha256,
                        "other bytes than were announced"
                    );
                    file.refused = refuses;
                }
                if file.refused { problem(422, "file_refused") } else { at(204, file.bytes.len()) }
            }
        }
    }

    /// Everybody may fetch everything here: who may is the real server's business.
    fn addresses(&self, id: AttachmentId) -> Answer {
        let Some(file) = self.files.get(&id).filter(|file| file.is_complete()) else {
            return problem(404, "not_found");
        };
        let form = |variant: Variant, part: usize| VariantAddress {
            variant,
            address: format!("/files/v1/{id}/{}?day={}", variant.as_str(), self.day),
            media_type: "image/jpeg".try_into().unwrap(),
            bytes: i64::try_from(file.length / part).unwrap(),
            sha256: Some(sum(&file.bytes[..file.length / part])),
            width: None,
            height: None,
        };
        let variants = vec![form(Variant::Thumbnail, 4), form(Variant::Original, 1)];
        let expires_at = Timestamp::from_unix_ms(1_795_000_000_000);
        ok(200, &AttachmentAddresses { attachment_id: id, variants, expires_at })
    }

    /// A range of a form: of the thumbnail, the first quarter of the file.
    pub(crate) fn fetch(&mut self, path: &str, request: &Request) -> Answer {
        let (path, query) = path.split_once('?').unwrap();
        let (id, variant) = path.trim_start_matches("/files/v1/").split_once('/').unwrap();
        let file = self.files.get(&id.parse::<AttachmentId>().unwrap());
        let Some(file) = file.filter(|_| query == format!("day={}", self.day)) else {
            return problem(404, "not_found");
        };
        let whole = if variant == "thumbnail" { &file.bytes[..file.length / 4] } else { &file.bytes[..] };
        let (from, to) = header(request, "range").trim_start_matches("bytes=").split_once('-').unwrap();
        let mut body = whole[from.parse().unwrap()..=to.parse().unwrap()].to_vec();
        if let Some(left) = self.spoils.checked_sub(1) {
            self.spoils = left;
            body[0] ^= 1;
        }
        Answer { status: 206, body, ..ok(200, &json!(null)) }
    }
}
