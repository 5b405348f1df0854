use std::io::Read;

use flate2::read::ZlibDecoder;
use png::{Info, ScaledFloat};

use crate::image::profile::{Chromaticities, Inks, PROFILE_BYTES_MAX, Profile};

/// The colour space by the chunk that the specification puts first: `cICP`, `iCCP`, `sRGB`, then `gAMA` and `cHRM`
/// together. A chunk that cannot be used counts for nothing.
pub fn profile(info: &Info<'_>, iccp: Option<&[u8]>, inks: Inks) -> Option<Profile> {
    let code_points = info.coding_independent_code_points.as_ref().and_then(|points| {
        let is_usual = points.matrix_coefficients == 0 && points.is_video_full_range_image;
        is_usual.then(|| Profile::from_code_points(points.color_primaries, points.transfer_function))?
    });
    let named = code_points.or_else(|| Profile::parse(&inflated(iccp?)?, inks));
    if named.is_some() || info.srgb.is_some() {
        return named?.unless_srgb();
    }
    let exponent = info.gama_chunk.map(number);
    Profile::from_exponent(exponent, chromaticities(info))?.unless_srgb()
}

fn chromaticities(info: &Info<'_>) -> Option<Chromaticities> {
    let given = info.chrm_chunk?;
    let point = |(x, y)| (number(x), number(y));
    Some(Chromaticities {
        white: point(given.white),
        primaries: [point(given.red), point(given.green), point(given.blue)],
    })
}

fn number(scaled: ScaledFloat) -> f64 {
    f64::from(scaled.into_value())
}

/// The colour profile in an `iCCP` chunk, after its name and a zero for the only method there is. A byte over
/// the bound suffices to see that it is too large.
fn inflated(chunk: &[u8]) -> Option<Vec<u8>> {
    let name_end = chunk.iter().position(|byte| *byte == 0)?;
    let deflated = chunk.get(name_end + 1..)?.strip_prefix(&[0])?;
    let mut icc = Vec::new();
    ZlibDecoder::new(deflated).take(PROFILE_BYTES_MAX as u64 + 1).read_to_end(&mut icc).ok()?;
    Some(icc)
}
