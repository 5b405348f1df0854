//! Pictures that the tests make.

/// A PNG of a gradient, so small that a debug build works on it in no time.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| [(x * 3) as u8, (y * 5) as u8, 128];
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a header is written to memory");
    writer.write_image_data(&pixels.collect::<Vec<u8>>()).expect("pixels are written to memory");
    writer.finish().expect("the end is written to memory");
    bytes
}

/// What every test uploads that does not care.
pub fn small() -> Vec<u8> {
    png(24, 16)
}
