//! Pictures are made anew from their pixels: what a camera wrote into one, or somebody hid in it, does not come along.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{
    DynamicImage, GenericImageView as _, ImageDecoder as _, ImageEncoder, ImageError, ImageFormat,
    ImageReader, Limits, RgbaImage,
};
use ring::digest;
use tidings_protocol::limits;
use tidings_protocol::upload::{Sha256, Variant};

/// Memory that one decoder may take.
const DECODER_BYTES: u64 = 512 * 1024 * 1024;
/// A colour profile larger than this is not kept: real ones have a few kilobytes.
const PROFILE_BYTES: usize = 64 * 1024;
/// The quality of JPEG for the full size, and for the smaller forms.
const QUALITY: (u8, u8) = (90, 80);
/// The longer edge of what a placeholder is computed from; more is not allowed.
const PLACEHOLDER_EDGE: u32 = 100;

/// One form of a picture.
pub(super) struct Picture {
    pub(super) variant: Variant,
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
    /// Of these bytes.
    pub(super) sha256: Sha256,
    pub(super) size: (u32, u32),
}

/// A picture in all its forms, the smallest first.
pub(super) struct Pictures {
    pub(super) forms: Vec<Picture>,
    /// A `ThumbHash` in base 64.
    pub(super) thumbhash: String,
}

/// Why something that begins like a picture is none that is taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadPicture {
    #[error("the picture has {0} x {1} pixels; at most {max} million are taken", max = limits::IMAGE_PIXELS / 1_000_000)]
    TooManyPixels(u32, u32),
    #[error("the picture takes too much memory to decode")]
    TooMuchMemory,
    #[error("the picture is broken: {0}")]
    Broken(String),
}

impl From<ImageError> for BadPicture {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooMuchMemory,
            other => Self::Broken(other.to_string()),
        }
    }
}

/// Makes the forms of a picture. It takes long and much memory: a thread of its own, and few at once.
pub(super) fn make(bytes: &[u8], format: ImageFormat) -> Result<Pictures, BadPicture> {
    let (picture, profile) = decode(bytes, format)?;
    let look = Look { opaque: is_opaque(&picture), lossless: format == ImageFormat::Png, profile };
    let mut forms = Vec::with_capacity(Variant::ALL.len());
    for (variant, edge) in
        [(Variant::Thumbnail, limits::THUMBNAIL_EDGE), (Variant::Screen, limits::SCREEN_EDGE)]
    {
        forms.push(match shrunk(&picture, edge) {
            Some(small) => look.encode(variant, &small)?,
            None => look.encode(variant, &picture)?,
        });
    }
    forms.push(look.encode(Variant::Original, &picture)?);
    Ok(Pictures { forms, thumbhash: placeholder(&picture) })
}

/// Makes a logo: square, with edges of at most [`limits::LOGO_EDGE`] pixels. What is not square gets clear bars, so that nothing of it
/// is cut off; what is smaller stays so.
pub(super) fn logo(bytes: &[u8], format: ImageFormat) -> Result<Picture, BadPicture> {
    let (picture, profile) = decode(bytes, format)?;
    let square = squared(shrunk(&picture, limits::LOGO_EDGE).unwrap_or(picture));
    let look = Look { opaque: is_opaque(&square), lossless: format != ImageFormat::Jpeg, profile };
    look.encode(Variant::Original, &square)
}

fn squared(picture: DynamicImage) -> DynamicImage {
    let (width, height) = picture.dimensions();
    if width == height {
        return picture;
    }
    let edge = width.max(height);
    let mut square = RgbaImage::new(edge, edge);
    let (left, top) = ((edge - width) / 2, (edge - height) / 2);
    image::imageops::overlay(&mut square, &picture.into_rgba8(), left.into(), top.into());
    DynamicImage::ImageRgba8(square)
}

/// The pixels, upright, and the colour profile. The size is known and judged before a pixel is decoded.
fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Option<Vec<u8>>), BadPicture> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = Limits::default();
    bounds.max_alloc = Some(DECODER_BYTES);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::IMAGE_PIXELS {
        return Err(BadPicture::TooManyPixels(width, height));
    }
    if decoder.total_bytes() > DECODER_BYTES {
        return Err(BadPicture::TooMuchMemory);
    }
    // Both are hints: a picture is taken without them.
    let upright = decoder.orientation().ok();
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| profile.len() <= PROFILE_BYTES);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    if let Some(upright) = upright {
        picture.apply_orientation(upright);
    }
    // Eight bits a channel, of three or four channels: what every screen shows.
    let picture = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    };
    Ok((picture, profile))
}

fn is_opaque(picture: &DynamicImage) -> bool {
    match picture {
        DynamicImage::ImageRgba8(pixels) => pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        _ => true,
    }
}

/// The picture with this longer edge; none when it is not larger.
fn shrunk(picture: &DynamicImage, edge: u32) -> Option<DynamicImage> {
    let (width, height) = picture.dimensions();
    (width.max(height) > edge).then(|| picture.thumbnail(edge, edge))
}

fn placeholder(picture: &DynamicImage) -> String {
    let small = shrunk(picture, PLACEHOLDER_EDGE).unwrap_or_else(|| picture.clone()).into_rgba8();
    let side = |pixels: u32| usize::try_from(pixels).unwrap_or_default();
    STANDARD.encode(thumbhash::rgba_to_thumb_hash(side(small.width()), side(small.height()), &small))
}

/// How the forms of one picture are written.
struct Look {
    opaque: bool,
    /// Whether the full size must stay exact: a screenshot is a PNG, a photo is not.
    lossless: bool,
    profile: Option<Vec<u8>>,
}

impl Look {
    fn encode(&self, variant: Variant, picture: &DynamicImage) -> Result<Picture, BadPicture> {
        let exact = !self.opaque || (self.lossless && variant == Variant::Original);
        let mut bytes = Vec::new();
        let media_type = if exact {
            self.write(PngEncoder::new(&mut bytes), picture)?;
            "image/png"
        } else {
            let quality = if variant == Variant::Original { QUALITY.0 } else { QUALITY.1 };
            let opaque = DynamicImage::ImageRgb8(picture.to_rgb8());
            self.write(JpegEncoder::new_with_quality(&mut bytes, quality), &opaque)?;
            "image/jpeg"
        };
        let sum = digest::digest(&digest::SHA256, &bytes);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(sum.as_ref());
        let sha256 = Sha256::from_bytes(sha256);
        Ok(Picture { variant, media_type, bytes, sha256, size: picture.dimensions() })
    }

    fn write(&self, mut encoder: impl ImageEncoder, picture: &DynamicImage) -> Result<(), BadPicture> {
        if let Some(profile) = &self.profile {
            // Colours are a little off without it, and that is all.
            let _ = encoder.set_icc_profile(profile.clone());
        }
        Ok(picture.write_with_encoder(encoder)?)
    }
}
