use super::samples::{half_transparent, png, quarters};
use crate::image::{TargetFormat, Transform, decode};

fn made(raster: &crate::image::raster::Raster, transform: Transform) -> Vec<u8> {
    let transform = Transform { format: Some(TargetFormat::Avif), ..transform };
    decode(&png(raster)).unwrap().render(&transform).unwrap().bytes
}

/// The payload of the first box of a kind, wherever it is.
fn property<'a>(file: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let at = file.windows(4).position(|window| window == kind)?;
    file.get(at + 4..)
}

fn size(file: &[u8]) -> (u32, u32) {
    let extents = property(file, b"ispe").unwrap();
    let side = |at: usize| u32::from_be_bytes(extents[at..at + 4].try_into().unwrap());
    (side(4), side(8))
}

#[test]
fn an_avif_tells_its_kind_and_size() {
    for (width, height) in [(1, 1), (7, 3), (64, 48)] {
        let file = made(&quarters(width, height), Transform::default());
        assert_eq!(&file[4..12], b"ftypavif");
        assert_eq!(size(&file), (width, height));
        assert!(property(&file, b"av1C").is_some());
        assert!(property(&file, b"auxC").is_none());
    }
}

#[test]
fn an_avif_keeps_transparency() {
    let file = made(&half_transparent(32, 32), Transform { width: Some(16), ..Transform::default() });
    assert_eq!(size(&file), (16, 16));
    assert!(
        property(&file, b"auxC").unwrap().starts_with(b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
    );
}

#[test]
fn the_quality_of_an_avif_trades_size() {
    let mut raster = quarters(96, 96);
    raster.pixels = (0..96u32 * 96 * 3).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bytes = |quality| made(&raster, Transform { quality, ..Transform::default() }).len();
    assert!(bytes(Some(20)) < bytes(None));
    assert!(bytes(None) < bytes(Some(95)));
}

#[test]
fn an_avif_of_too_many_pixels_is_refused_before_it_is_made() {
    let picture = decode(&png(&quarters(2049, 2048))).unwrap();
    let transform = Transform { format: Some(TargetFormat::Avif), ..Transform::default() };
    let error = picture.render(&transform).unwrap_err();
    assert_eq!(error.code(), "image_unencodable");
    assert_eq!(error.to_string(), "AVIF: 2049 × 2048 pixels; at most 4194304");
}
