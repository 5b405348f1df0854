use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use crate::image::profile::Profile;

/// Decodes a picture of four inks to RGB by its profile, which a press's inks need more than most; the
/// decoder's own formula stands in where the profile is of no use.
pub fn decode(decoder: &mut JpegDecoder<ZCursor<&[u8]>>, profile: &Profile) -> Result<Vec<u8>, DecodeErrors> {
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::CMYK);
    let options = decoder.options().jpeg_set_out_colorspace(stored);
    decoder.set_options(options);
    let mut pixels = decoder.decode()?;
    for pixel in pixels.as_chunks_mut().0 {
        *pixel = if stored == ColorSpace::YCCK { from_ycck(*pixel) } else { pixel.map(|ink| 255 - ink) };
    }
    Ok(profile.convert_cmyk(&pixels).unwrap_or_else(|| without_profile(&pixels)))
}

/// Files store inks inverted, and here luma and chroma of their inverse: what a usual conversion makes
/// red is thus the cyan ink.
fn from_ycck([luma, blue_chroma, red_chroma, black]: [u8; 4]) -> [u8; 4] {
    let (luma, blue_chroma, red_chroma) =
        (f32::from(luma), f32::from(blue_chroma) - 128.0, f32::from(red_chroma) - 128.0);
    [
        (luma + 1.402 * red_chroma).round() as u8,
        (luma - 0.344_136 * blue_chroma - 0.714_136 * red_chroma).round() as u8,
        (luma + 1.772 * blue_chroma).round() as u8,
        255 - black,
    ]
}

fn without_profile(cmyk: &[u8]) -> Vec<u8> {
    let rgb: Vec<[u8; 3]> = cmyk
        .as_chunks()
        .0
        .iter()
        .map(|&[cyan, magenta, yellow, black]| {
            [cyan, magenta, yellow].map(|ink| {
                let light = u16::from(255 - ink) * u16::from(255 - black);
                ((light + 127) / 255) as u8
            })
        })
        .collect();
    rgb.into_flattened()
}
