//! Pictures as cameras and screens make them, and as somebody with bad intentions does.

use image::{DynamicImage, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba};

use super::*;

fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(picture: &Picture) -> RgbImage {
    image::load_from_memory_with_format(&picture.bytes, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// Red above, blue below; wider than high.
fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |_, y| if y < height / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

/// With what a camera writes into a JPEG: how it was held (EXIF 0x0112), and where.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 46.948,7.447");
    let mut with = jpeg[..2].to_vec();
    with.extend([0xff, 0xe1]);
    with.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    with.extend(exif);
    with.extend(&jpeg[2..]);
    with
}

fn is_red(pixel: Rgb<u8>) -> bool {
    pixel.0[0] > 200 && pixel.0[2] < 60
}

#[test]
fn a_photo_is_shrunk_to_its_longer_edge_and_a_small_one_is_left_at_its_size() {
    for (size, edge, wanted) in [
        ((400, 300), 200, (200, 150)),
        ((300, 400), 200, (150, 200)),
        ((400, 300), 400, (400, 300)),
        ((40, 30), 200, (40, 30)),
        ((400, 1), 7, (7, 1)),
        ((400, 300), 1, (1, 1)),
    ] {
        let jpeg = written(flag(size.0, size.1), ImageFormat::Jpeg);
        let picture = remade(&jpeg, Format::Jpeg, edge).unwrap();
        assert_eq!((picture.width, picture.height), wanted, "{size:?} to {edge}");
        assert_eq!(read(&picture).dimensions(), wanted);
        assert!(!picture.thumbhash.is_empty());
    }
}

#[test]
fn a_photo_is_upright_however_the_camera_was_held_and_says_nothing_of_where() {
    // Where red is seen in a picture whose stored pixels have it above.
    let table = [
        (1, "above"),
        (3, "below"),
        (4, "below"),
        (2, "above"),
        (6, "right"),
        (8, "left"),
        (5, "left"),
        (7, "right"),
    ];
    for (orientation, red) in table {
        let jpeg = with_exif(&written(flag(60, 40), ImageFormat::Jpeg), orientation);
        let picture = remade(&jpeg, Format::Jpeg, 2048).unwrap();
        let seen = read(&picture);
        let (width, height) = seen.dimensions();
        assert_eq!((width, height), if orientation < 5 { (60, 40) } else { (40, 60) });
        let (x, y) = match red {
            "above" => (width / 2, 3),
            "below" => (width / 2, height - 4),
            "left" => (3, height / 2),
            _ => (width - 4, height / 2),
        };
        assert!(is_red(*seen.get_pixel(x, y)), "{orientation}: red is not {red}");
        assert!(!is_red(*seen.get_pixel(width - 1 - x, height - 1 - y)), "{orientation}");
        let holds = |word: &[u8]| picture.bytes.windows(word.len()).any(|part| part == word);
        assert!(!holds(b"GPS") && !holds(b"Exif"));
    }
}

#[test]
fn turning_agrees_with_the_crate_for_each_way_a_camera_is_held() {
    let noise = RgbImage::from_fn(5, 3, |x, y| {
        Rgb([u8::try_from(x * 40).unwrap(), u8::try_from(y * 80).unwrap(), 9])
    });
    for exif in 1..=8 {
        let turn = Orientation::from_exif(exif).unwrap();
        let ours = Pixels { rgb: noise.as_raw().clone(), width: 5, height: 3 }.turned(turn);
        let mut theirs = DynamicImage::ImageRgb8(noise.clone());
        theirs.apply_orientation(turn);
        assert_eq!((ours.width, ours.height), (theirs.width(), theirs.height()), "{exif}");
        assert_eq!(&ours.rgb, theirs.into_rgb8().as_raw(), "{exif}");
    }
}

#[test]
fn a_screenshot_of_any_kind_of_pixel_becomes_what_it_looks_like_on_white() {
    let near = |picture: Vec<u8>, wanted: [u8; 3]| {
        let seen = read(&remade(&picture, Format::Png, 2048).unwrap());
        let pixel = seen.get_pixel(4, 4).0;
        assert!(pixel.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 4), "{pixel:?} is not {wanted:?}");
    };
    let png = ImageFormat::Png;
    near(written(image::RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0])), png), [255; 3]);
    near(written(image::RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 128])), png), [127; 3]);
    near(written(image::GrayImage::from_pixel(8, 8, Luma([70])), png), [70; 3]);
    near(written(image::GrayAlphaImage::from_pixel(8, 8, LumaA([70, 255])), png), [70; 3]);
    let deep = image::ImageBuffer::from_pixel(8, 8, Rgb([0x1234_u16, 0x8000, 0xffff]));
    near(written(DynamicImage::ImageRgb16(deep), png), [0x12, 0x80, 0xff]);
    let deep = image::ImageBuffer::from_pixel(8, 8, Rgba([0_u16, 0, 0, 0]));
    near(written(DynamicImage::ImageRgba16(deep), png), [255; 3]);
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    // 30,000 x 30,000 pixels, says the head; there is nothing behind it.
    let mut png = written(flag(8, 8), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    // Its checksum, over type and content.
    let mut crc = flate_crc(&png[12..29]).to_be_bytes();
    png[29..33].swap_with_slice(&mut crc);
    assert!(matches!(remade(&png, Format::Png, 2048), Err(BadPicture::TooManyPixels(30_000, 30_000))));

    let mut jpeg = written(flag(8, 8), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
    assert!(matches!(remade(&jpeg, Format::Jpeg, 2048), Err(BadPicture::TooManyPixels(30_000, 30_000))));
}

/// A picture that says of itself that it is so large; there is nothing behind its head.
fn png_of(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let mut png = written(flag(8, 8), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    png[24..26].copy_from_slice(&[depth, color]);
    let mut crc = flate_crc(&png[12..29]).to_be_bytes();
    png[29..33].swap_with_slice(&mut crc);
    png
}

#[test]
fn what_counts_is_the_memory_that_a_picture_takes_and_not_its_pixels_alone() {
    // 49 million pixels: of eight bytes each, four, and three.
    assert!(matches!(
        remade(&png_of(7_000, 7_000, 16, 6), Format::Png, 2048),
        Err(BadPicture::TooMuchMemory)
    ));
    assert!(matches!(remade(&png_of(7_000, 7_000, 8, 6), Format::Png, 2048), Err(BadPicture::TooMuchMemory)));
    assert!(
        matches!(remade(&png_of(7_000, 7_000, 8, 2), Format::Png, 2048), Err(BadPicture::Broken(_))),
        "tried"
    );
    assert!(
        matches!(remade(&png_of(4_000, 4_000, 16, 6), Format::Png, 2048), Err(BadPicture::Broken(_))),
        "tried"
    );
}

#[test]
fn a_jpeg_in_several_passes_counts_with_what_is_kept_between_them() {
    let plain = written(flag(8, 8), ImageFormat::Jpeg);
    assert_eq!(kept_between_passes(&plain), 0);
    let frame = plain.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    let of = |size: u16, sampling: u8| {
        let mut jpeg = plain.clone();
        jpeg[frame + 1] = 0xc2;
        jpeg[frame + 5..frame + 7].copy_from_slice(&size.to_be_bytes());
        jpeg[frame + 7..frame + 9].copy_from_slice(&size.to_be_bytes());
        jpeg[frame + 11] = sampling;
        jpeg
    };
    assert_eq!(kept_between_passes(&of(100, 0x11)), 2 * 3 * 10_000);
    assert_eq!(
        kept_between_passes(&of(100, 0x22)),
        2 * 10_000 * 6 / 4,
        "colours at half the width and height"
    );
    assert!(matches!(remade(&of(7_000, 0x11), Format::Jpeg, 2048), Err(BadPicture::TooMuchMemory)));
    assert!(matches!(remade(&of(30_000, 0x11), Format::Jpeg, 2048), Err(BadPicture::TooManyPixels(..))));
    assert_eq!(kept_between_passes(&plain[..frame + 4]), 0, "cut");
}

/// CRC-32 as PNG has it (RFC 2083, section 15).
fn flate_crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn what_is_cut_or_broken_is_an_error_and_no_panic() {
    let (jpeg, png) = (written(flag(64, 48), ImageFormat::Jpeg), written(flag(64, 48), ImageFormat::Png));
    for length in (3..jpeg.len()).step_by(7) {
        drop(remade(&jpeg[..length], Format::Jpeg, 2048));
    }
    for length in (8..png.len()).step_by(5) {
        assert!(remade(&png[..length], Format::Png, 2048).is_err() || length + 12 >= png.len(), "{length}");
    }
    for at in (2..jpeg.len()).step_by(3) {
        let mut broken = jpeg.clone();
        broken[at] ^= 0x55;
        drop(remade(&broken, Format::Jpeg, 2048));
    }
    assert!(matches!(remade(&jpeg[..jpeg.len() / 4], Format::Jpeg, 2048), Err(BadPicture::Broken(_))));
}

#[test]
fn a_colour_profile_is_kept_when_it_speaks_of_red_green_and_blue() {
    for (space, kept) in [(b"RGB ", true), (b"GRAY", false)] {
        let mut profile = vec![b'p'; 300];
        profile[16..20].copy_from_slice(space);
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new(&mut jpeg);
        encoder.set_icc_profile(profile.clone()).unwrap();
        let flag = flag(32, 32);
        encoder.encode(flag.as_raw(), 32, 32, ExtendedColorType::Rgb8).unwrap();
        let picture = remade(&jpeg, Format::Jpeg, 2048).unwrap();
        let mut decoder = JpegDecoder::new(Cursor::new(&picture.bytes[..])).unwrap();
        assert_eq!(decoder.icc_profile().unwrap(), kept.then_some(profile));
    }
}
