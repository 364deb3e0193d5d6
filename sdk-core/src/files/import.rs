//! Taking a file in, to be sent.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use tidings_protocol::id::AttachmentId;
use tidings_protocol::limits;
use tidings_protocol::message::Attachment;
use tidings_protocol::text::{FileName, Label, MediaType};

use super::folder::{Folder, Kept};
use super::kind::{self, Format, Kind};
use super::picture::{self, Picture};
use super::webp;
use crate::cache::Outgoing;
use crate::error::{Error, ErrorCode, Fault};

/// The longer edge of pictures that are sent, unless the app chooses another one.
pub const LONGEST_EDGE: u32 = 2048;
const MIB: i64 = 1024 * 1024;

/// A photo or another file to send. It is copied: what it was taken from may be removed once the message is accepted.
///
/// JPEG and PNG are made anew from their pixels - upright, shrunk, without place, time and anything else that was hidden in
/// them - and travel as JPEG. Everything else travels as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileToSend {
    /// Where it is taken from.
    pub source: FileSource,
    /// What it is called, at most 255 bytes; else the last part of its path.
    pub name: Option<String>,
    /// What the longer edge of a picture is shrunk to, in pixels, at least 1.
    pub longest_edge: u32,
}

impl FileToSend {
    /// A file that lies somewhere, by its own name; a picture shrunk to [`LONGEST_EDGE`].
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { source: FileSource::Path(path.into()), name: None, longest_edge: LONGEST_EDGE }
    }
}

/// Where a file is taken from.
#[derive(Clone, PartialEq, Eq)]
pub enum FileSource {
    /// A file that the app can read.
    Path(PathBuf),
    /// The file itself.
    Bytes(Vec<u8>),
}

/// Neither names nor contents reach a log.
impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(_) => f.write_str("Path"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

/// A file that was taken in: what the message says of it, and what is to be uploaded.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    pub(crate) part: Attachment,
    pub(crate) outgoing: Outgoing,
}

/// Takes a file in. Blocking, and for pictures long: 12 million pixels take about a sixth of a second.
pub(crate) fn import(folder: &Folder, file: FileToSend, id: AttachmentId) -> Result<Imported, Error> {
    let FileToSend { source, name, longest_edge } = file;
    let name = called(name, &source)?;
    let mut opened: Box<dyn Read> = match source {
        FileSource::Path(path) => Box::new(File::open(path).map_err(|error| unreadable(&error))?),
        FileSource::Bytes(bytes) => Box::new(Cursor::new(bytes)),
    };
    let mut head = Vec::new();
    let most = u64::try_from(kind::HEAD_BYTES).unwrap_or(u64::MAX);
    opened.by_ref().take(most).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
    if head.is_empty() {
        return Err(invalid("the file is empty"));
    }
    match kind::of(&head) {
        Kind::Picture(format) => {
            let picture = remade(head, opened, format, longest_edge)?;
            let kept = folder.keep(&picture.bytes[..], "jpg", u64::MAX)?;
            let name = name.map(as_jpeg);
            imported(id, kept, name, "image/jpeg", Some(picture))
        }
        Kind::Webp => {
            let whole = whole(head, opened)?;
            let bare = webp::bare(&whole).ok_or_else(|| invalid("the picture is damaged"))?;
            let kept = folder.keep(&bare[..], "webp", u64::MAX)?;
            imported(id, kept, name, "image/webp", None)
        }
        Kind::Sealed { name } => Err(invalid(format!(
            "a place and a time may be hidden in a picture of the kind {name}, and they cannot be taken out here: turn it into JPEG first"
        ))),
        Kind::Other { media_type, extension } => {
            let kept = folder.keep(
                Cursor::new(head).chain(opened),
                extension,
                limits::ATTACHMENT_BYTES.unsigned_abs(),
            );
            let kept = kept.map_err(|fault| match &fault {
                Fault::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    too_large("a file", limits::ATTACHMENT_BYTES)
                }
                _ => Error::from(fault),
            })?;
            imported(id, kept, name, media_type, None)
        }
    }
}

fn remade(head: Vec<u8>, rest: impl Read, format: Format, edge: u32) -> Result<Picture, Error> {
    if edge == 0 {
        return Err(invalid("the longest edge of a picture is at least 1 pixel"));
    }
    let bytes = whole(head, rest)?;
    picture::remade(&bytes, format, edge).map_err(|why| invalid(why.to_string()))
}

/// All bytes of a picture, if they are not too many.
fn whole(mut bytes: Vec<u8>, rest: impl Read) -> Result<Vec<u8>, Error> {
    let most = limits::IMAGE_BYTES.unsigned_abs();
    rest.take(most).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(too_large("a picture", limits::IMAGE_BYTES));
    }
    Ok(bytes)
}

fn imported(
    id: AttachmentId,
    kept: Kept,
    name: Option<FileName>,
    media_type: &str,
    picture: Option<Picture>,
) -> Result<Imported, Error> {
    let Kept { name: file, bytes, sha256 } = kept;
    let size = picture.as_ref().map(|picture| (picture.width, picture.height));
    let part = Attachment {
        attachment_id: id,
        media_type: MediaType::try_from(media_type).map_err(|_| Fault::Stored("media type"))?,
        name: name.clone(),
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        thumbhash: picture.and_then(|picture| Label::try_from(picture.thumbhash).ok()),
    };
    Ok(Imported { part, outgoing: Outgoing { id, file, bytes, sha256, name } })
}

/// What the app calls it, or else what its path says; a name of a path that cannot be one here is left out.
fn called(name: Option<String>, source: &FileSource) -> Result<Option<FileName>, Error> {
    match (name, source) {
        (Some(name), _) => {
            // A path says how somebody's folders are called.
            let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
            FileName::try_from(last.to_owned())
                .map(Some)
                .map_err(|why| invalid(format!("the name of the file {why}")))
        }
        (None, FileSource::Path(path)) => {
            let last = path.file_name().and_then(|name| name.to_str());
            Ok(last.and_then(|name| FileName::try_from(name.to_owned()).ok()))
        }
        (None, FileSource::Bytes(_)) => Ok(None),
    }
}

/// A picture is a JPEG now, whatever it was.
fn as_jpeg(name: FileName) -> FileName {
    let text = name.as_str();
    let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
    FileName::try_from(format!("{stem}.jpg")).unwrap_or(name)
}

fn unreadable(error: &io::Error) -> Error {
    // Not the path: it may say who somebody is.
    invalid(format!("the file cannot be read: {}", error.kind()))
}

fn too_large(what: &str, most: i64) -> Error {
    invalid(format!("{what} has at most {} MiB", most / MIB))
}

fn invalid(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, why)
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
