//! What a file is, by its first bytes. What it is called and said to be counts for nothing.

use image::ImageFormat;

/// Bytes that are enough to tell.
pub(super) const HEAD_BYTES: usize = 8 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture that can be made anew.
    Picture(ImageFormat),
    /// Anything else, kept as it is.
    Other(&'static str),
    /// A program, which nobody should be sent.
    Program,
}

/// Programs and scripts, in the words of the crate that tells them.
const PROGRAMS: [&str; 10] = [
    "application/vnd.microsoft.portable-executable",
    "application/x-executable",
    "application/x-mach-binary",
    "application/java",
    "application/llvm",
    "application/wasm",
    "application/vnd.android.dex",
    "application/vnd.android.dey",
    "application/vnd.android.package-archive",
    "text/x-shellscript",
];

/// Looks at the beginning of a file.
pub(super) fn of(head: &[u8]) -> Kind {
    // Scripts, and short programs of Linux, which the crate does not tell.
    if head.starts_with(b"#!") || head.starts_with(b"\x7fELF") {
        return Kind::Program;
    }
    match infer::get(head).map(|found| found.mime_type()) {
        Some("image/jpeg") => Kind::Picture(ImageFormat::Jpeg),
        Some("image/png") => Kind::Picture(ImageFormat::Png),
        Some("image/webp") => Kind::Picture(ImageFormat::WebP),
        Some(mime) if PROGRAMS.contains(&mime) => Kind::Program,
        Some(mime) => Kind::Other(mime),
        None if is_text(head) => Kind::Other("text/plain"),
        None => Kind::Other("application/octet-stream"),
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
        for (head, kind) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Kind::Picture(ImageFormat::Jpeg)),
            (b"\x89PNG\r\n\x1a\n", Kind::Picture(ImageFormat::Png)),
            (b"%PDF-1.7\n", Kind::Other("application/pdf")),
            (b"PK\x03\x04", Kind::Other("application/zip")),
            (b"GIF89a", Kind::Other("image/gif")),
            (b"MZ\x90\0", Kind::Program),
            (b"\x7fELF\x02\x01\x01\0", Kind::Program),
            (b"#!/bin/sh\n", Kind::Program),
            ("é and so on".as_bytes(), Kind::Other("text/plain")),
            (&"é".as_bytes()[..1], Kind::Other("application/octet-stream")),
            (b"\0\x01\x02", Kind::Other("application/octet-stream")),
        ] {
            assert_eq!(of(head), kind, "{head:?}");
        }
    }
}
