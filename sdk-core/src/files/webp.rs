//! Taking what a camera wrote out of a WebP picture: where and when it was taken. Its pixels stay as they are.
//!
//! A WebP is a list of chunks; EXIF and XMP stand in chunks of their own and are said to be there by two bits of the
//! first (RFC 9649, section 2.7).

/// What stands before the first chunk: `RIFF`, the length of the rest, `WEBP`.
const HEADER: usize = 12;
/// What stands before what a chunk holds: its name and its length.
const CHUNK: usize = 8;
/// The bits of an extended picture's first byte that announce XMP and EXIF.
const ANNOUNCED: u8 = 0b0000_1100;

/// The same picture without what is hidden in it; none when it is damaged.
pub(super) fn bare(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..HEADER)?.to_vec();
    let mut rest = &bytes[HEADER..];
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_le_bytes(rest.get(4..CHUNK)?.try_into().ok()?)).ok()?;
        // A chunk of an odd length is followed by a byte that counts for nothing; at the very end some leave it out.
        let whole = CHUNK.checked_add(length)?.checked_add(length % 2)?.min(rest.len());
        let chunk = rest.get(..whole).filter(|chunk| chunk.len() >= CHUNK + length)?;
        if !matches!(&chunk[..4], b"EXIF" | b"XMP ") {
            let at = out.len();
            out.extend_from_slice(chunk);
            if chunk.starts_with(b"VP8X") {
                *out.get_mut(at + CHUNK)? &= !ANNOUNCED;
            }
            if chunk.len() % 2 == 1 {
                out.push(0);
            }
        }
        rest = &rest[whole..];
    }
    let length = u32::try_from(out.len() - CHUNK).ok()?;
    out[4..CHUNK].copy_from_slice(&length.to_le_bytes());
    (out.len() > HEADER).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let mut bytes = [&name[..], &length, content].concat();
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn picture(chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = chunks.concat();
        let length = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
        [b"RIFF", &length[..], b"WEBP", &body].concat()
    }

    fn extended(flags: u8) -> Vec<u8> {
        chunk(*b"VP8X", &[flags, 0, 0, 0, 9, 0, 0, 9, 0, 0])
    }

    #[test]
    fn what_a_camera_wrote_goes_and_the_picture_stays() {
        let (pixels, colours) = (chunk(*b"VP8 ", b"pixels"), chunk(*b"ICCP", b"odd"));
        let full = picture(&[
            extended(0b0010_1100),
            colours.clone(),
            pixels.clone(),
            chunk(*b"EXIF", b"46.9 N, 7.4 E"),
            chunk(*b"XMP ", b"taken by Ana"),
        ]);
        let bare = bare(&full).unwrap();
        assert_eq!(bare, picture(&[extended(0b0010_0000), colours, pixels]));
        assert!(!bare.windows(4).any(|part| part == b"46.9"));
    }

    #[test]
    fn a_picture_without_anything_hidden_stays_byte_for_byte() {
        let simple = picture(&[chunk(*b"VP8L", b"pixels!!")]);
        assert_eq!(bare(&simple), Some(simple));
    }

    #[test]
    fn a_damaged_one_is_none() {
        let mut cut = picture(&[chunk(*b"VP8 ", b"pixels")]);
        cut.truncate(cut.len() - 3);
        for bad in [&cut[..], b"RIFF", b"RIFF\x04\0\0\0WEBP", b"RIFF\x04\0\0\0WEBPVP8 \xff\xff\xff\xff"] {
            assert_eq!(bare(bad), None, "{bad:?}");
        }
    }
}
