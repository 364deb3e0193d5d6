//! Files on their way in and out: what an upload has come to, and where a file can be fetched.
//!
//! Uploads speak [tus 1.0](https://tus.io/protocols/resumable-upload); these are the bodies beside it.

use serde::{Deserialize, Serialize};

use crate::id::AttachmentId;
use crate::message::Attachment;
use crate::text::MediaType;
use crate::time::Timestamp;

/// A SHA-256 as 64 hexadecimal digits, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
pub struct Sha256([u8; 32]);

/// It is not 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 hexadecimal digits in lower case")]
pub struct InvalidSha256;

impl Sha256 {
    /// Of these bytes, which are the sum and not what it is of.
    pub const fn from_bytes(sum: [u8; 32]) -> Self {
        Self(sum)
    }

    /// The sum.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for Sha256 {
    type Error = InvalidSha256;

    fn try_from(text: String) -> Result<Self, InvalidSha256> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(InvalidSha256),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut sum = [0; 32];
        if pairs.len() != sum.len() || !rest.is_empty() {
            return Err(InvalidSha256);
        }
        for (byte, [high, low]) in sum.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(sum))
    }
}

impl From<Sha256> for String {
    fn from(sum: Sha256) -> Self {
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
        sum.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

/// What an upload has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload {
    /// Made by the client.
    pub id: AttachmentId,
    /// How far it is.
    pub state: UploadState,
    /// Bytes that are here and flushed; the next chunk begins there.
    pub offset: i64,
    /// Bytes that there will be.
    pub length: i64,
    /// With `complete`: the part to put into a message, as the server found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// With `refused`: why, in English, for a developer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// When it is taken away unless it goes on, or a message names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum UploadState {
    /// Bytes are missing.
    Receiving,
    /// All bytes are here, and are being verified and looked at.
    Processing,
    /// A message may name it.
    Complete,
    /// It never will be a file: the bytes are not what was announced, or nothing that is taken.
    Refused,
}

/// A form in which a file can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Variant {
    /// A picture whose longer edge has at most 320 pixels.
    Thumbnail,
    /// A picture whose longer edge has at most 1,600 pixels.
    Screen,
    /// A picture in full size, without what its camera wrote into it; any other file as it came.
    Original,
}

impl Variant {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Thumbnail, Self::Screen, Self::Original];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Screen => "screen",
            Self::Original => "original",
        }
    }
}

/// Where a file can be fetched for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttachmentAddresses {
    /// Which file.
    pub attachment_id: AttachmentId,
    /// The forms that there are, the smallest first. A file that is no picture has `original` alone.
    pub variants: Vec<VariantAddress>,
    /// Until when the addresses hold; ask again afterwards.
    pub expires_at: Timestamp,
}

/// Where one form of a file can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VariantAddress {
    /// Which form.
    pub variant: Variant,
    /// Path and query, on the server that was asked. Whoever has it may fetch the file: keep it out of logs.
    pub address: String,
    /// What comes.
    pub media_type: MediaType,
    /// How much comes.
    pub bytes: i64,
    /// The SHA-256 of what comes. Whoever fetched something else throws it away and fetches it again. Absent for pictures that
    /// came before the server kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Pixels, for a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, for a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_64_digits_and_nothing_else() {
        let text = "00ff".repeat(16);
        let sum = Sha256::try_from(text.clone()).unwrap();
        assert_eq!(sum.as_bytes()[..3], [0, 255, 0]);
        assert_eq!(String::from(sum), text);
        for wrong in ["", &text[1..], &format!("{text}0"), &text.to_uppercase(), &text.replace('f', "g")] {
            assert_eq!(Sha256::try_from(wrong.to_owned()), Err(InvalidSha256), "{wrong}");
        }
    }
}
