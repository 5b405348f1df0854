//! Pictures that the tests make.

use shared::image::{TargetFormat, Transform, decode};

/// A PNG of a gradient, so small that a debug build works on it in no time.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(width, height, |x, y| [(x * 3) as u8, (y * 5) as u8, 128])
}

/// A PNG with the grain of a photo: formats that lose a little make far smaller files of it.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    png_of(width, height, |x, y| {
        let wave = 60.0 * ((f64::from(x) / 9.0).sin() + (f64::from(y) / 7.0).cos());
        let grain = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 29;
        [(128.0 + wave) as u8 + grain as u8; 3]
    })
}

/// The same as a JPEG, which is decoded for what is made of it.
pub fn jpeg_photo(width: u32, height: u32) -> Vec<u8> {
    let to_jpeg = Transform { format: Some(TargetFormat::Jpeg), quality: Some(90), ..Transform::default() };
    let picture = decode(&photo(width, height)).expect("it is a picture");
    picture.render(&to_jpeg).expect("it can be made").bytes
}

fn png_of(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let positions = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = positions.flat_map(|(x, y)| pixel(x, y));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a header is written to memory");
    writer.write_image_data(&pixels.collect::<Vec<u8>>()).expect("pixels are written to memory");
    writer.finish().expect("the end is written to memory");
    bytes
}

/// The picture of tests that don't care which it is.
pub fn small() -> Vec<u8> {
    png(24, 16)
}
