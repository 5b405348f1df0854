//! The metadata of an image: what its file says beside its pixels.

mod moment;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use std::borrow::Cow;

use super::error::Error;
use super::exif::{Directory, Exif};
use super::format::SourceFormat;
use super::orientation::Orientation;
use super::{checked, gif, heic, jpeg, png, tiff, webp};

pub use super::exif::EXIF_BYTES_MAX;

/// The longest text that is told, in characters; more is cut.
pub const TEXT_CHARS_MAX: usize = 128;

const MINUTES_PER_DEGREE: f64 = 60.0;
/// Six places of a degree are a tenth of a metre.
const DEGREE_PARTS: f64 = 1e6;
const FLASH_FIRED: u16 = 1;

mod tag {
    pub const DESCRIPTION: u16 = 0x010E;
    pub const MAKE: u16 = 0x010F;
    pub const MODEL: u16 = 0x0110;
    pub const SOFTWARE: u16 = 0x0131;
    pub const CHANGED_AT: u16 = 0x0132;
    pub const ARTIST: u16 = 0x013B;
    pub const COPYRIGHT: u16 = 0x8298;
    pub const CAMERA_DIRECTORY: u16 = 0x8769;
    pub const GPS_DIRECTORY: u16 = 0x8825;

    pub const EXPOSURE_TIME: u16 = 0x829A;
    pub const F_NUMBER: u16 = 0x829D;
    pub const SENSITIVITY: u16 = 0x8827;
    pub const TAKEN_AT: u16 = 0x9003;
    pub const TAKEN_AT_OFFSET: u16 = 0x9011;
    pub const FLASH: u16 = 0x9209;
    pub const FOCAL_LENGTH: u16 = 0x920A;
    pub const FOCAL_LENGTH_35MM: u16 = 0xA405;
    pub const LENS_MAKE: u16 = 0xA433;
    pub const LENS_MODEL: u16 = 0xA434;

    pub const LATITUDE_REF: u16 = 1;
    pub const LATITUDE: u16 = 2;
    pub const LONGITUDE_REF: u16 = 3;
    pub const LONGITUDE: u16 = 4;
    pub const ALTITUDE_REF: u16 = 5;
    pub const ALTITUDE: u16 = 6;
}

/// Which private data to extract too.
// The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetadataOptions {
    /// `true` extracts where the image was taken.
    pub gps: bool,
}

/// A file's header and its EXIF data. Absent is what the file does not say, or says in a damaged way. The
/// names in JSON are stored, so they never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    pub format: SourceFormat,
    /// In pixels, seen upright.
    pub width: u32,
    /// In pixels, seen upright.
    pub height: u32,
    #[serde(flatten)]
    pub exif: Described,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gps: Option<Gps>,
}

/// The description of a picture and its camera by EXIF data. Texts have at most [`TEXT_CHARS_MAX`] characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// 1 to 8, as in EXIF; pixels are stored that way, and everything that is made is upright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lens_make: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lens_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `2026-05-06T07:08:09`, the camera's local time, with `+02:00` if the camera told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_number: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length_mm: Option<f64>,
    /// The focal length of a lens with the same view on 35 mm film.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length_35mm_mm: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash_fired: Option<bool>,
}

/// Where a picture was taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gps {
    /// In degrees, north of the equator.
    pub latitude: f64,
    /// In degrees, east of Greenwich.
    pub longitude: f64,
    /// Above the sea.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude_m: Option<f64>,
}

/// Reads a file's header and metadata, decoding nothing. A file that is no picture, is over a bound or ends before its
/// pixels is refused as [`decode`](super::decode) does. Whether all pixels are there is known to that alone.
pub fn metadata(bytes: &[u8], options: &MetadataOptions) -> Result<Metadata, Error> {
    let header = checked(bytes)?;
    let exif = match header.format {
        SourceFormat::Jpeg => jpeg::exif(bytes)?.map(Cow::Borrowed),
        SourceFormat::Png => png::exif(bytes)?.map(Cow::Borrowed),
        SourceFormat::WebP => webp::exif(bytes)?.map(Cow::Borrowed),
        SourceFormat::Gif => gif::Survey::of(bytes).map(|_| None)?,
        SourceFormat::Heic => heic::exif(bytes)?.map(Cow::Owned),
        SourceFormat::Tiff | SourceFormat::Bmp => None,
    };
    let main = match header.format {
        SourceFormat::Tiff => tiff::first_page(bytes),
        _ => exif.as_deref().and_then(Exif::new).and_then(Exif::main),
    };
    // A HEIC's boxes have turned it already, whatever else says so.
    let orientation =
        main.filter(|_| header.format != SourceFormat::Heic).and_then(|main| main.orientation());
    let seen = orientation.and_then(Orientation::from_exif).unwrap_or_default().turned(header.size());
    Ok(Metadata {
        format: header.format,
        width: seen.width,
        height: seen.height,
        exif: Described {
            orientation,
            ..main.map_or_else(Described::default, |main| Described::read(&main))
        },
        gps: main.filter(|_| options.gps).and_then(|main| Gps::read(&main.inner(tag::GPS_DIRECTORY)?)),
    })
}

impl Described {
    fn read(main: &Directory<'_>) -> Self {
        let camera = main.inner(tag::CAMERA_DIRECTORY);
        let camera = camera.as_ref();
        let text = |tag| text(main.text(tag)?);
        let camera_text = |tag| self::text(camera?.text(tag)?);
        let positive = |tag| camera?.rationals(tag).map(|[number]| number).filter(|number| *number > 0.0);
        let number = |tag| camera?.number(tag);
        let taken_at = camera.and_then(|camera| camera.text(tag::TAKEN_AT));
        let offset = camera.and_then(|camera| camera.text(tag::TAKEN_AT_OFFSET));
        Self {
            orientation: None,
            make: text(tag::MAKE),
            model: text(tag::MODEL),
            lens_make: camera_text(tag::LENS_MAKE),
            lens_model: camera_text(tag::LENS_MODEL),
            software: text(tag::SOFTWARE),
            artist: text(tag::ARTIST),
            copyright: text(tag::COPYRIGHT),
            description: text(tag::DESCRIPTION),
            taken_at: taken_at
                .or_else(|| main.text(tag::CHANGED_AT))
                .and_then(|moment| moment::read(moment, offset)),
            exposure_seconds: positive(tag::EXPOSURE_TIME),
            f_number: positive(tag::F_NUMBER),
            iso: number(tag::SENSITIVITY),
            focal_length_mm: positive(tag::FOCAL_LENGTH),
            focal_length_35mm_mm: number(tag::FOCAL_LENGTH_35MM).filter(|length| *length > 0),
            flash_fired: number(tag::FLASH).map(|flash| flash & FLASH_FIRED != 0),
        }
    }
}

impl Gps {
    fn read(directory: &Directory<'_>) -> Option<Self> {
        let angle = |tag, reference: u16, negative: u8, most: f64| {
            let [degrees, minutes, seconds] = directory.rationals(tag)?;
            let angle = degrees + (minutes + seconds / MINUTES_PER_DEGREE) / MINUTES_PER_DEGREE;
            let rounded = (angle * DEGREE_PARTS).round() / DEGREE_PARTS;
            let is_negative = directory.text(reference)?.first()? == &negative;
            (rounded <= most).then_some(if is_negative { -rounded } else { rounded })
        };
        Some(Self {
            latitude: angle(tag::LATITUDE, tag::LATITUDE_REF, b'S', 90.0)?,
            longitude: angle(tag::LONGITUDE, tag::LONGITUDE_REF, b'W', 180.0)?,
            altitude_m: directory.rationals(tag::ALTITUDE).map(|[height]| {
                if directory.number(tag::ALTITUDE_REF) == Some(1) { -height } else { height }
            }),
        })
    }
}

/// The text up to its first zero, without control characters and space around it; none if nothing is left.
fn text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    // A character has at most four bytes: what lies beyond is cut in any case.
    let bytes = &bytes[..end.min(TEXT_CHARS_MAX * 4)];
    let text = String::from_utf8_lossy(bytes);
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect();
    (!text.is_empty()).then_some(text)
}
