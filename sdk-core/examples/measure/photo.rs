//! A photo of 12 megapixels, from the bytes that a camera made to the outbox: decoded, turned, shrunk, made anew, flushed.

use std::io::Cursor;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder as _, Rgb, RgbImage};
use tidings_sdk_core::{Client, Content, FileSource, FileToSend, LONGEST_EDGE};

use crate::median;

const ROUNDS: usize = 7;

/// Like a photo: slow changes, edges, and the noise of a sensor.
fn taken(number: u32) -> Vec<u8> {
    let mut seed = number | 1;
    let picture = RgbImage::from_fn(4_000, 3_000, |x, y| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = u8::try_from(seed >> 29).unwrap();
        let edge = if (x / 250 + y / 170) % 2 == 0 { 40 } else { 0 };
        let slow = |value: u32| u8::try_from(value * 180 / 4_000).unwrap();
        Rgb([slow(x) + edge + noise, slow(y) + edge + noise, slow(x.midpoint(y)) + noise])
    });
    let mut jpeg = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
    encoder.write_image(&picture, 4_000, 3_000, image::ExtendedColorType::Rgb8).unwrap();
    jpeg.into_inner()
}

/// The median of the milliseconds until `send` returned, and the bytes that the camera made.
pub(crate) async fn photos(client: &Client) -> (f64, usize) {
    let thread = client.start_conversation(None).await.unwrap();
    let (mut times, mut bytes) = (Vec::new(), 0);
    for number in 0..ROUNDS {
        let photo = taken(u32::try_from(number).unwrap() * 2 + 1);
        bytes = photo.len();
        let source = FileSource::Bytes(photo);
        let content = Content::File(FileToSend { source, name: None, longest_edge: LONGEST_EDGE });
        let begun = Instant::now();
        thread.send_contents(vec![content]).await.unwrap();
        times.push(begun.elapsed());
    }
    (median(times), bytes)
}
