//! What a file is, by its first bytes; what it is called counts for nothing. The server looks again, and its word counts:
//! this one is for the moment until then.

/// Bytes that are enough to tell.
pub(super) const HEAD_BYTES: usize = 4096;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture that can be made anew.
    Picture(Format),
    /// A WebP picture: what is hidden in it is cut out.
    Webp,
    /// A picture in which a place may be hidden, and which cannot be read here: so it is not sent.
    Sealed {
        /// What it is called.
        name: &'static str,
    },
    /// Anything else, sent as it is.
    Other {
        media_type: &'static str,
        /// For its name in the folder, so that viewers know what to do with it.
        extension: &'static str,
    },
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
}

/// Where a mark stands, the mark, and what it is the mark of.
type Mark = (usize, &'static [u8], &'static str, &'static str);

const MARKS: [Mark; 13] = [
    (0, b"GIF8", "image/gif", "gif"),
    (4, b"ftypqt  ", "video/quicktime", "mov"),
    (4, b"ftypM4A ", "audio/mp4", "m4a"),
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"%PDF-", "application/pdf", "pdf"),
    (0, b"PK\x03\x04", "application/zip", "zip"),
    (0, b"\x1f\x8b", "application/gzip", "gz"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"OggS", "audio/ogg", "ogg"),
    (8, b"WAVE", "audio/wav", "wav"),
    (0, b"\x1aE\xdf\xa3", "video/webm", "webm"),
    (0, b"BM", "image/bmp", "bmp"),
    (0, b"II*\0", "image/tiff", "tiff"),
];

/// The brands of still pictures in a container of ISO (ISO 23008-12), and what people call them.
const SEALED: [(&[u8], &str); 8] = [
    (b"heic", "HEIC"),
    (b"heix", "HEIC"),
    (b"heim", "HEIC"),
    (b"heis", "HEIC"),
    (b"mif1", "HEIF"),
    (b"msf1", "HEIF"),
    (b"avif", "AVIF"),
    (b"avis", "AVIF"),
];

/// Looks at the beginning of a file.
pub(super) fn of(head: &[u8]) -> Kind {
    if head.starts_with(b"\xff\xd8\xff") {
        return Kind::Picture(Format::Jpeg);
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Kind::Picture(Format::Png);
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Kind::Webp;
    }
    if head.get(4..8) == Some(b"ftyp") {
        let brand = head.get(8..12).unwrap_or_default();
        if let Some((_, name)) = SEALED.iter().find(|(known, _)| *known == brand) {
            return Kind::Sealed { name };
        }
    }
    let has = |(at, mark, ..): &&Mark| head.get(*at..).is_some_and(|rest| rest.starts_with(mark));
    match MARKS.iter().find(has) {
        Some((_, _, media_type, extension)) => Kind::Other { media_type, extension },
        None if is_text(head) => Kind::Other { media_type: "text/plain", extension: "txt" },
        None => Kind::Other { media_type: "application/octet-stream", extension: "bin" },
    }
}

/// UTF-8 without control characters, except that the last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !"\t\r\n\u{c}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (head, media_type) in [
            (&b"GIF89a"[..], "image/gif"),
            (b"\0\0\0\x18ftypisom", "video/mp4"),
            (b"%PDF-1.7\n", "application/pdf"),
            ("é and so on".as_bytes(), "text/plain"),
            (&"é".as_bytes()[..1], "application/octet-stream"),
            (b"\0\x01", "application/octet-stream"),
        ] {
            let Kind::Other { media_type: found, .. } = of(head) else { panic!("{head:?}") };
            assert_eq!(found, media_type);
        }
        assert_eq!(of(b"RIFF\0\0\0\0WEBPVP8 "), Kind::Webp);
        assert_eq!(of(b"\0\0\0\x18ftypheic\0\0"), Kind::Sealed { name: "HEIC" });
        assert_eq!(of(b"\xff\xd8\xff\xe0"), Kind::Picture(Format::Jpeg));
        assert_eq!(of(b"\x89PNG\r\n\x1a\n"), Kind::Picture(Format::Png));
    }
}
