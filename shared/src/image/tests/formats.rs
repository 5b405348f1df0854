use png::{BitDepth, ColorType};

use super::samples::{
    BLUE, FORMATS, GREEN, RED, YELLOW, assert_near, file, half_transparent, jpeg_with, pixel, png, png_of,
    quarters, riff_chunk, upright, webp, webp_of,
};
use crate::image::size::Size;
use crate::image::{Fit, OutputFormat, Transform, decode, sniff};

const OUTPUTS: [OutputFormat; 3] = [OutputFormat::Jpeg, OutputFormat::Png, OutputFormat::WebP];

fn target(width: u32, height: u32, fit: Fit) -> Transform {
    Transform { width: Some(width), height: Some(height), fit: Some(fit), ..Transform::default() }
}

#[test]
fn every_format_becomes_every_format() {
    for source in FORMATS {
        let picture = decode(&file(source, &quarters(64, 48))).unwrap();
        assert_eq!((picture.format(), picture.width(), picture.height()), (source, 64, 48));
        for format in OUTPUTS {
            let transform = Transform { format: Some(format.into()), ..target(32, 24, Fit::Inside) };
            let rendered = picture.render(&transform).unwrap();
            assert_eq!((rendered.format, rendered.width, rendered.height), (format, 32, 24));
            let content_type = sniff(&rendered.bytes).unwrap().content_type();
            assert_eq!(content_type, format.content_type());
            let made = decode(&rendered.bytes).unwrap();
            for ((x, y), colour) in
                [(8, 6), (24, 6), (8, 18), (24, 18)].into_iter().zip([RED, GREEN, BLUE, YELLOW])
            {
                assert_near(&pixel(&made, x, y), &colour, 14);
            }
        }
    }
}

#[test]
fn without_a_format_the_source_decides() {
    for source in FORMATS {
        let picture = decode(&file(source, &quarters(8, 8))).unwrap();
        assert_eq!(picture.render(&Transform::default()).unwrap().format, OutputFormat::like(source));
    }
}

#[test]
fn nothing_is_enlarged() {
    let picture = decode(&png(&quarters(60, 40))).unwrap();
    let size = |transform: Transform| {
        let rendered = picture.render(&transform).unwrap();
        let made = decode(&rendered.bytes).unwrap();
        assert_eq!((made.width(), made.height()), (rendered.width, rendered.height));
        (rendered.width, rendered.height)
    };
    assert_eq!(size(target(600, 600, Fit::Cover)), (40, 40));
    assert_eq!(size(target(600, 600, Fit::Contain)), (60, 60));
    assert_eq!(size(target(600, 600, Fit::Inside)), (60, 40));
    assert_eq!(size(target(600, 600, Fit::Fill)), (60, 40));
    assert_eq!(size(Transform { width: Some(600), ..Transform::default() }), (60, 40));
    assert_eq!(size(Transform::default()), (60, 40));
}

#[test]
fn cover_crops_the_middle() {
    let made = decode(&png(&quarters(100, 40))).unwrap().render(&target(20, 20, Fit::Cover)).unwrap();
    let made = decode(&made.bytes).unwrap();
    assert_near(&pixel(&made, 2, 2), &RED, 6);
    assert_near(&pixel(&made, 17, 17), &YELLOW, 6);
}

#[test]
fn contain_puts_bars_around() {
    let picture = decode(&png(&quarters(80, 40))).unwrap();
    let made = |format: OutputFormat, background: Option<&str>| {
        let background = background.map(str::to_owned);
        let transform = Transform { format: Some(format.into()), background, ..target(40, 40, Fit::Contain) };
        let rendered = picture.render(&transform).unwrap();
        assert_eq!((rendered.width, rendered.height), (40, 40));
        decode(&rendered.bytes).unwrap()
    };
    for format in [OutputFormat::Png, OutputFormat::WebP] {
        assert_eq!(pixel(&made(format, None), 20, 2)[3], 0);
        assert_near(&pixel(&made(format, Some("#102030")), 20, 2), &[0x10, 0x20, 0x30, 255], 6);
        assert_near(&pixel(&made(format, None), 5, 15), &[RED[0], RED[1], RED[2], 255], 12);
    }
    assert_near(&pixel(&made(OutputFormat::Jpeg, None), 20, 2), &[255; 4], 12);
    assert_near(&pixel(&made(OutputFormat::Jpeg, Some("#102030")), 20, 2), &[0x10, 0x20, 0x30, 255], 12);
}

#[test]
fn transparency_is_kept_or_laid_on_the_background() {
    let picture = decode(&png(&half_transparent(64, 64))).unwrap();
    let made = |format: OutputFormat, background: Option<&str>| {
        let background = background.map(str::to_owned);
        let transform = Transform { format: Some(format.into()), background, ..target(32, 32, Fit::Inside) };
        decode(&picture.render(&transform).unwrap().bytes).unwrap()
    };
    for format in [OutputFormat::Png, OutputFormat::WebP] {
        assert_eq!(pixel(&made(format, None), 8, 8)[3], 0);
        assert_near(&pixel(&made(format, Some("#000000")), 8, 24), &[BLUE[0], BLUE[1], BLUE[2], 255], 12);
        assert_eq!(pixel(&made(format, Some("#000000")), 8, 8)[3], 0);
    }
    assert_near(&pixel(&made(OutputFormat::Jpeg, None), 8, 8), &[255; 4], 3);
    assert_near(&pixel(&made(OutputFormat::Jpeg, Some("#336699")), 8, 8), &[0x33, 0x66, 0x99, 255], 6);
}

#[test]
fn colours_hidden_by_transparency_do_not_bleed_when_reduced() {
    let mut raster = half_transparent(64, 64);
    for pixel in raster.pixels.as_chunks_mut::<4>().0 {
        let colour = if pixel[3] == 0 { [255, 0, 0] } else { [0, 0, 255] };
        pixel[..3].copy_from_slice(&colour);
    }
    let made = decode(&png(&raster)).unwrap().render(&target(7, 7, Fit::Inside)).unwrap();
    for &[red, _, blue, alpha] in upright(&decode(&made.bytes).unwrap()).pixels.as_chunks().0 {
        assert!(alpha == 0 || (red < 3 && blue > 252), "{red} {blue} {alpha}");
    }
}

#[test]
fn quality_trades_size() {
    let noise: Vec<u8> = (0..96u32 * 96 * 3).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut raster = quarters(96, 96);
    raster.pixels = noise;
    let picture = decode(&png(&raster)).unwrap();
    for format in [OutputFormat::Jpeg, OutputFormat::WebP] {
        let bytes = |quality| {
            let transform = Transform { format: Some(format.into()), quality, ..Transform::default() };
            picture.render(&transform).unwrap().bytes.len()
        };
        assert!(bytes(Some(20)) < bytes(None));
        assert!(bytes(None) < bytes(Some(95)));
    }
}

#[test]
fn an_invalid_transform_is_refused() {
    let picture = decode(&png(&quarters(8, 8))).unwrap();
    let error = picture.render(&target(0, 8, Fit::Cover)).unwrap_err();
    assert_eq!(error.code(), "invalid_transform");
    assert_eq!(error.to_string(), "/width: must be 1 to 8192 pixels");
}

#[test]
fn every_kind_of_png_is_read() {
    let size = Size { width: 2, height: 1 };
    let colours =
        |color, depth, rows: &[u8]| upright(&decode(&png_of(size, color, depth, rows)).unwrap()).pixels;
    let opaque = |[red, green, blue]: [u8; 3]| [red, green, blue, 255];
    assert_eq!(
        colours(ColorType::Indexed, BitDepth::Two, &[0b0110_0000]),
        [opaque(GREEN), opaque(BLUE)].concat()
    );
    assert_eq!(
        colours(ColorType::Grayscale, BitDepth::One, &[0b1000_0000]),
        [opaque([255; 3]), opaque([0; 3])].concat()
    );
    assert_eq!(
        colours(ColorType::Grayscale, BitDepth::Sixteen, &[0x80, 0x01, 0x10, 0x00]),
        [opaque([0x80; 3]), opaque([0x10; 3])].concat()
    );
    assert_eq!(
        colours(ColorType::GrayscaleAlpha, BitDepth::Eight, &[7, 99, 8, 255]),
        [7, 7, 7, 99, 8, 8, 8, 255]
    );
    assert_eq!(
        colours(ColorType::Rgba, BitDepth::Sixteen, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0]),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
}

#[test]
fn every_kind_of_jpeg_is_read() {
    let raster = quarters(50, 34);
    let progressive = jpeg_with(&raster, |encoder| encoder.set_progressive(true));
    let restarts = jpeg_with(&raster, |encoder| encoder.set_restart_interval(3));
    let quarter_colour =
        jpeg_with(&raster, |encoder| encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0));
    for bytes in [progressive, restarts, quarter_colour] {
        let picture = decode(&bytes).unwrap();
        assert_near(&pixel(&picture, 8, 8), &RED, 12);
        assert_near(&pixel(&picture, 42, 28), &YELLOW, 12);
    }
    let mut grey = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut grey, 90);
    encoder.encode(&[77; 20 * 20], 20, 20, jpeg_encoder::ColorType::Luma).unwrap();
    assert_near(&pixel(&decode(&grey).unwrap(), 9, 9), &[77, 77, 77, 255], 1);
}

#[test]
fn the_first_frame_of_an_animated_webp_is_drawn_at_its_place() {
    let still = webp(&quarters(16, 16))[12..].to_vec();
    let placed = [4, 0, 0, 2, 0, 0, 15, 0, 0, 15, 0, 0, 0, 0, 0, 0].to_vec();
    let frame = riff_chunk(b"ANMF", &[placed, still].concat());
    let bytes = webp_of(Size { width: 40, height: 30 }, 0x02, &[frame]);
    let picture = decode(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (40, 30));
    assert_eq!(pixel(&picture, 7, 10)[3], 0);
    assert_near(&pixel(&picture, 10, 6), &[RED[0], RED[1], RED[2], 255], 12);
    assert_near(&pixel(&picture, 21, 17), &[YELLOW[0], YELLOW[1], YELLOW[2], 255], 12);
    assert_eq!(pixel(&picture, 25, 10)[3], 0);
}

fn gif_of_a_frame(screen: (u16, u16), left: u16, top: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, screen.0, screen.1, &[]).unwrap();
    let frame = gif::Frame {
        left,
        top,
        width: 8,
        height: 8,
        palette: Some(RED.to_vec()),
        buffer: vec![0; 64].into(),
        ..gif::Frame::default()
    };
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    bytes
}

#[test]
fn a_gif_frame_is_drawn_at_its_place_and_the_screen_grows_to_it() {
    let picture = decode(&gif_of_a_frame((10, 12), 6, 2)).unwrap();
    assert_eq!((picture.width(), picture.height()), (14, 12));
    assert_eq!(pixel(&picture, 5, 5)[3], 0);
    assert_eq!(pixel(&picture, 6, 2), [RED[0], RED[1], RED[2], 255]);
    assert_eq!(pixel(&picture, 13, 9), [RED[0], RED[1], RED[2], 255]);
    assert_eq!(pixel(&picture, 9, 1)[3], 0);
    assert_eq!(pixel(&picture, 9, 11)[3], 0);
}

#[test]
fn a_gif_without_a_screen_has_its_first_frames() {
    for screen in [(0, 0), (0, 5), (5, 0)] {
        let picture = decode(&gif_of_a_frame(screen, 0, 0)).unwrap();
        assert_eq!((picture.width(), picture.height()), (8, 8), "{screen:?}");
    }
}

#[test]
fn facts_tell_the_real_size_and_the_colour_that_prevails() {
    let mut raster = quarters(300, 200);
    for pixel in raster.pixels.as_chunks_mut::<3>().0.iter_mut().take(300 * 150) {
        *pixel = [18, 52, 86];
    }
    let facts = decode(&png(&raster)).unwrap().facts().unwrap();
    assert_eq!((facts.width, facts.height), (300, 200));
    assert_eq!(facts.dominant_color, "#123456");
    assert!((20..=40).contains(&facts.thumbhash.len()), "{}", facts.thumbhash);
}
