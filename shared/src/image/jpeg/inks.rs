use crate::image::profile::{CmykTransform, Profile};

const CHANNELS: usize = 4;
/// Pixels that are converted at once.
const PIXELS: usize = 4096;

/// Converts a picture of four inks to RGB in place: by its profile, which a press's inks need more than most, or by the
/// plain formula. Files store inks inverted: full ink is 0.
pub fn to_rgb(mut pixels: Vec<u8>, profile: Option<&Profile>) -> Vec<u8> {
    let transform = profile.and_then(Profile::cmyk_transform);
    let mut rgb = [[0; 3]; PIXELS];
    let (mut from, mut to) = (0, 0);
    while from < pixels.len() {
        let end = pixels.len().min(from + PIXELS * CHANNELS);
        let inks = pixels[from..end].as_chunks::<CHANNELS>().0;
        let rgb = &mut rgb[..inks.len()];
        convert(inks, rgb, transform.as_ref());
        let rgb = rgb.as_flattened();
        pixels[to..to + rgb.len()].copy_from_slice(rgb);
        (from, to) = (end, to + rgb.len());
    }
    pixels.truncate(to);
    pixels.shrink_to_fit();
    pixels
}

fn convert(inks: &[[u8; CHANNELS]], rgb: &mut [[u8; 3]], transform: Option<&CmykTransform>) {
    if transform.is_some_and(|transform| transform.run(inks, rgb)) {
        return;
    }
    for (rgb, &[cyan, magenta, yellow, black]) in rgb.iter_mut().zip(inks) {
        *rgb = [cyan, magenta, yellow].map(|light| {
            let light = u16::from(light) * u16::from(black);
            ((light + 127) / 255) as u8
        });
    }
}
