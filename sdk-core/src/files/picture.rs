//! Pictures are made anew from their pixels: upright, no larger than asked for, and without the place, the time and
//! whatever else a camera wrote into them.
//!
//! Of the crate `image` only the decoders and the encoder are used; shrinking and turning are done here, on the three bytes of
//! a pixel, because its own are written for every kind of pixel and weigh more than all the rest.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageEncoder as _, ImageError, Limits};
use tidings_protocol::limits;

use super::kind::Format;
use crate::text_form::base64;

/// Memory that the pixels of a picture may take: what a photo with the most pixels that can be sent takes, three bytes each.
/// Kinds of pixels that take more - transparent ones, deep ones - have fewer of them: a phone ends an app that takes too much.
const DECODED_BYTES: u64 = 3 * limits::IMAGE_PIXELS;
/// The same with what a decoder keeps beside them, for a JPEG that comes in several passes.
const WORKING_BYTES: u64 = 2 * DECODED_BYTES;
/// A colour profile larger than this is not kept: real ones have a few kilobytes.
const PROFILE_BYTES: usize = 64 * 1024;
/// The quality of JPEG: the server writes its own forms from it.
const QUALITY: u8 = 85;
/// The longer edge of what a placeholder is computed from; more is not allowed.
const PLACEHOLDER_EDGE: u32 = 100;
const WHITE: u64 = 255;

/// A picture, made anew.
pub(super) struct Picture {
    /// A JPEG.
    pub(super) bytes: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// A `ThumbHash` in base 64.
    pub(super) thumbhash: String,
}

/// Why something that begins like a picture cannot be sent as one.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadPicture {
    #[error("the picture has {0} x {1} pixels; at most {max} million can be sent", max = limits::IMAGE_PIXELS / 1_000_000)]
    TooManyPixels(u32, u32),
    #[error("the picture takes too much memory to decode: send it with fewer pixels, or as a plain JPEG")]
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

/// Makes a picture anew, with a longer edge of at most `edge`. It takes long and much memory: a thread for blocking
/// work, and one at a time.
pub(super) fn remade(bytes: &[u8], format: Format, edge: u32) -> Result<Picture, BadPicture> {
    let mut bounds = Limits::default();
    bounds.max_alloc = Some(DECODED_BYTES);
    let (pixels, turn, profile) = match format {
        Format::Jpeg => {
            let mut decoder = JpegDecoder::new(Cursor::new(bytes))?;
            decoder.set_limits(bounds)?;
            check_pixels(&decoder)?;
            if decoder.total_bytes().saturating_add(kept_between_passes(bytes)) > WORKING_BYTES {
                return Err(BadPicture::TooMuchMemory);
            }
            decoded(decoder, edge)?
        }
        Format::Png => decoded(PngDecoder::with_limits(Cursor::new(bytes), bounds)?, edge)?,
    };
    let small = pixels.view().shrunk(PLACEHOLDER_EDGE);
    let pixels = pixels.turned(turn);
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    if let Some(profile) = profile {
        // Colours are a little off without it, and that is all.
        drop(encoder.set_icc_profile(profile));
    }
    encoder.encode(&pixels.rgb, pixels.width, pixels.height, ExtendedColorType::Rgb8)?;
    Ok(Picture {
        bytes: jpeg,
        width: pixels.width,
        height: pixels.height,
        thumbhash: small.turned(turn).placeholder(),
    })
}

/// Bytes that a decoder keeps of a JPEG until its last pass, two for each sample, if it comes in several (ITU-T T.81, B.2.2).
fn kept_between_passes(jpeg: &[u8]) -> u64 {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    // Segments: a marker, a length that counts itself, and so much.
    while let [0xff, marker, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            // Progressive: precision, height, width, and for each component its name, how it is sampled, and a table.
            0xc2 => {
                let frame = rest.get(4..2 + length).unwrap_or_default();
                let [_, h1, h0, w1, w0, _, components @ ..] = frame else { return 0 };
                let pixels =
                    u64::from(u16::from_be_bytes([*h1, *h0])) * u64::from(u16::from_be_bytes([*w1, *w0]));
                let parts = |component: &[u8]| {
                    component.get(1).map_or(0, |it| u64::from(it >> 4) * u64::from(it & 15))
                };
                let sampled: Vec<u64> = components.chunks(3).map(parts).collect();
                let full = sampled.iter().copied().max().unwrap_or(1).max(1);
                return 2 * pixels * sampled.iter().sum::<u64>() / full;
            }
            // The picture itself begins.
            0xda => return 0,
            // Fill bytes.
            0xff => rest = &rest[1..],
            _ => rest = rest.get(2 + length.max(2)..).unwrap_or_default(),
        }
    }
    0
}

type Decoded = (Pixels, Orientation, Option<Vec<u8>>);

/// Width and height, if those are not too many pixels.
fn check_pixels(decoder: &impl ImageDecoder) -> Result<(u32, u32), BadPicture> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::IMAGE_PIXELS {
        return Err(BadPicture::TooManyPixels(width, height));
    }
    Ok((width, height))
}

/// The pixels, shrunk but not turned yet. The size is known and judged before a pixel is decoded.
fn decoded(mut decoder: impl ImageDecoder, edge: u32) -> Result<Decoded, BadPicture> {
    let (width, height) = check_pixels(&decoder)?;
    let size = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX);
    if decoder.total_bytes() > DECODED_BYTES {
        return Err(BadPicture::TooMuchMemory);
    }
    // Both are hints: a picture is taken without them.
    let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    // One for grey or for inks says nothing of red, green and blue.
    let profile =
        profile.filter(|it| it.len() <= PROFILE_BYTES && it.get(16..20) == Some(b"RGB ".as_slice()));
    let layout = Layout::of(decoder.color_type())?;
    let mut raw = vec![0; size];
    decoder.read_image(&mut raw)?;
    Ok((View { raw: &raw, layout, width, height }.shrunk(edge), turn, profile))
}

/// Where the bytes of a pixel stand.
#[derive(Debug, Clone, Copy)]
struct Layout {
    stride: usize,
    rgb: [usize; 3],
    alpha: Option<usize>,
}

impl Layout {
    const RGB: Self = Self { stride: 3, rgb: [0, 1, 2], alpha: None };

    fn of(color: ColorType) -> Result<Self, BadPicture> {
        // Of a channel with 16 bits the upper eight are enough.
        let upper = usize::from(cfg!(target_endian = "little"));
        let deep = |stride: usize, rgb: [usize; 3], alpha: Option<usize>| Self {
            stride: 2 * stride,
            rgb: rgb.map(|at| 2 * at + upper),
            alpha: alpha.map(|at| 2 * at + upper),
        };
        Ok(match color {
            ColorType::L8 => Self { stride: 1, rgb: [0; 3], alpha: None },
            ColorType::La8 => Self { stride: 2, rgb: [0; 3], alpha: Some(1) },
            ColorType::Rgb8 => Self::RGB,
            ColorType::Rgba8 => Self { stride: 4, rgb: [0, 1, 2], alpha: Some(3) },
            ColorType::L16 => deep(1, [0; 3], None),
            ColorType::La16 => deep(2, [0; 3], Some(1)),
            ColorType::Rgb16 => deep(3, [0, 1, 2], None),
            ColorType::Rgba16 => deep(4, [0, 1, 2], Some(3)),
            _ => return Err(BadPicture::Broken("its pixels are of an unknown kind".to_owned())),
        })
    }

    /// A pixel as it looks on white.
    fn on_white(self, pixel: &[u8]) -> [u64; 3] {
        let Some(alpha) = self.alpha else { return self.rgb.map(|at| u64::from(pixel[at])) };
        let alpha = u64::from(pixel[alpha]);
        self.rgb.map(|at| (u64::from(pixel[at]) * alpha + WHITE * (WHITE - alpha)) / WHITE)
    }
}

/// Pixels as they were decoded.
struct View<'a> {
    raw: &'a [u8],
    layout: Layout,
    width: u32,
    height: u32,
}

impl View<'_> {
    /// The picture with this longer edge at most, on white: each pixel is the mean of those in its place.
    fn shrunk(&self, edge: u32) -> Pixels {
        let longer = self.width.max(self.height).max(1);
        let part = |side: u32| {
            let side = u64::from(side) * u64::from(edge.max(1)) / u64::from(longer);
            u32::try_from(side).unwrap_or(u32::MAX).max(1)
        };
        let (width, height) =
            if longer > edge { (part(self.width), part(self.height)) } else { (self.width, self.height) };
        let (columns, rows) = (borders(self.width, width), borders(self.height, height));
        let mut rgb = Vec::with_capacity(3 * columns.len() * rows.len());
        let line = self.layout.stride * index(self.width);
        for (top, bottom) in rows {
            for (left, right) in &columns {
                let mut sum = [0_u64; 3];
                for row in self.raw.chunks_exact(line.max(1)).take(bottom).skip(top) {
                    for pixel in row[left * self.layout.stride..right * self.layout.stride]
                        .chunks_exact(self.layout.stride)
                    {
                        let seen = self.layout.on_white(pixel);
                        sum = [sum[0] + seen[0], sum[1] + seen[1], sum[2] + seen[2]];
                    }
                }
                let count = u64::try_from((bottom - top) * (right - left)).unwrap_or(u64::MAX).max(1);
                rgb.extend(sum.map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX)));
            }
        }
        Pixels { rgb, width, height }
    }
}

fn index(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

/// From where to where each of `new` pixels takes those of `old`.
fn borders(old: u32, new: u32) -> Vec<(usize, usize)> {
    let border = |at: u32| {
        usize::try_from(u64::from(at) * u64::from(old) / u64::from(new.max(1))).unwrap_or(usize::MAX)
    };
    (0..new).map(|at| (border(at), border(at + 1))).collect()
}

/// A picture of three bytes a pixel.
struct Pixels {
    rgb: Vec<u8>,
    width: u32,
    height: u32,
}

impl Pixels {
    fn view(&self) -> View<'_> {
        View { raw: &self.rgb, layout: Layout::RGB, width: self.width, height: self.height }
    }

    /// The picture as the camera was held.
    fn turned(self, turn: Orientation) -> Self {
        use Orientation as O;
        if turn == O::NoTransforms {
            return self;
        }
        let lies = matches!(turn, O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH);
        let (width, height) = if lies { (self.height, self.width) } else { (self.width, self.height) };
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                let (right, bottom) = (width - 1 - x, height - 1 - y);
                let (from_x, from_y) = match turn {
                    O::NoTransforms => (x, y),
                    O::Rotate90 => (y, right),
                    O::Rotate180 => (right, bottom),
                    O::Rotate270 => (bottom, x),
                    O::FlipHorizontal => (right, y),
                    O::FlipVertical => (x, bottom),
                    O::Rotate90FlipH => (y, x),
                    O::Rotate270FlipH => (bottom, right),
                };
                let at = 3 * (index(from_y) * index(self.width) + index(from_x));
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        Self { rgb, width, height }
    }

    fn placeholder(&self) -> String {
        let rgba: Vec<u8> =
            self.rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], u8::MAX]).collect();
        base64(&thumbhash::rgba_to_thumb_hash(index(self.width), index(self.height), &rgba))
    }
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
