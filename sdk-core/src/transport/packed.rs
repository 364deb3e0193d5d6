//! Answers that the server has compressed: a page of a thousand messages is a ninth of its size.

use std::io::{ErrorKind, Read};

use flate2::read::GzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::TransportError;

/// What is said to the server: how an answer may be compressed.
pub(super) const ACCEPTED: &str = "gzip";

/// The answer as it was before it was compressed, if it was; at most `most` bytes, however small it came.
pub(super) fn unpacked(headers: &HeaderMap, body: Vec<u8>, most: usize) -> Result<Vec<u8>, TransportError> {
    match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Ok(body),
        Some(b"gzip") => gunzip(&body, most),
        Some(_) => {
            Err(TransportError::Unreachable("the answer is compressed in a way nobody asked for".to_owned()))
        }
    }
}

fn gunzip(packed: &[u8], most: usize) -> Result<Vec<u8>, TransportError> {
    let mut whole = Vec::with_capacity(packed.len().saturating_mul(4).min(most));
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = GzDecoder::new(packed).take(limit).read_to_end(&mut whole);
    match read {
        Ok(read) if read > most => Err(TransportError::TooLarge),
        Ok(_) => Ok(whole),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(TransportError::Unreachable("the answer broke off".to_owned()))
        }
        Err(_) => Err(TransportError::Unreachable("the answer was changed on the way".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn headers(encoding: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())])
    }

    #[test]
    fn what_was_compressed_comes_out_as_it_was_and_the_rest_as_it_came() {
        let text = b"{\"messages\":[]}".repeat(100);
        assert_eq!(unpacked(&headers("gzip"), gzip(&text), 10_000).unwrap(), text);
        assert_eq!(unpacked(&HeaderMap::new(), text.clone(), 1).unwrap(), text);
        assert!(unpacked(&headers("br"), text, 10_000).is_err());
    }

    #[test]
    fn what_breaks_off_or_is_changed_or_too_large_is_no_answer() {
        let (text, bomb) = (b"0123456789".repeat(300), gzip(&vec![0; 1_000_000]));
        let whole = gzip(&text);
        assert!(matches!(unpacked(&headers("gzip"), bomb, 10_000), Err(TransportError::TooLarge)));
        assert_eq!(unpacked(&headers("gzip"), whole.clone(), 3_000).unwrap(), text);
        for end in 0..whole.len() {
            assert!(unpacked(&headers("gzip"), whole[..end].to_vec(), 10_000).is_err(), "{end}");
        }
        let mut changed = whole;
        let sum = changed.len() - 6;
        changed[sum] ^= 1;
        assert!(unpacked(&headers("gzip"), changed, 10_000).is_err());
    }
}
