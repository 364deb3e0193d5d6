//! A logo: a picture that is made anew like every other, square and small.

use tidings_protocol::text::MediaType;
use tidings_store::appearance::Logo;

use super::Files;
use super::kind::{self, Kind};
use super::pictures;

/// Why no logo was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadLogo {
    /// It is not a picture of a kind that is taken.
    #[error("send a PNG, JPEG or WebP picture")]
    NoPicture,
    /// It begins like one.
    #[error("{0}")]
    Broken(String),
    /// The server ends, or made a mistake.
    #[error("the work on a picture was not ended")]
    NotEnded,
}

/// Makes a logo of a picture. What it is, its content says.
pub(crate) async fn make(files: &Files, bytes: Vec<u8>) -> Result<Logo, BadLogo> {
    let Kind::Picture(format) = kind::of(&bytes[..bytes.len().min(kind::HEAD_BYTES)]) else {
        return Err(BadLogo::NoPicture);
    };
    let _leave = files.settling().acquire().await.map_err(|_| BadLogo::NotEnded)?;
    let made = tokio::task::spawn_blocking(move || pictures::logo(&bytes, format));
    let made = made.await.map_err(|_| BadLogo::NotEnded)?;
    let picture = made.map_err(|bad| BadLogo::Broken(bad.to_string()))?;
    let media_type = MediaType::try_from(picture.media_type).map_err(|_| BadLogo::NotEnded)?;
    Ok(Logo { sha256: picture.sha256, media_type, content: picture.bytes })
}
