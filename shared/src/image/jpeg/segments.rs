use crate::image::error::Error;
use crate::image::exif;
use crate::image::fields::u16_be;
use crate::image::format::SourceFormat;
use crate::image::orientation::Orientation;
use crate::image::size::Size;

const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const EXIF: u8 = 0xE1;
const EXIF_NAME: &[u8] = b"Exif\0\0";
const PROFILE: u8 = 0xE2;
const PROFILE_NAME: &[u8] = b"ICC_PROFILE\0";

/// The contents of the segments before the picture.
#[derive(Default)]
pub struct Survey<'a> {
    /// The first EXIF data, which orientation and metadata are read from.
    pub exif: Option<&'a [u8]>,
    profile_parts: Vec<ProfilePart<'a>>,
}

#[derive(Clone, Copy)]
struct ProfilePart<'a> {
    /// From 1.
    number: u8,
    count: u8,
    bytes: &'a [u8],
}

impl<'a> Survey<'a> {
    /// Walks the segments to the picture's first scan. A file that ends before has no picture.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut survey = Self::default();
        for Segment { marker, payload } in Segments::new(bytes) {
            match marker {
                START_OF_SCAN => return Ok(survey),
                END_OF_IMAGE => break,
                EXIF if payload.starts_with(EXIF_NAME) => survey.exif = survey.exif.or(Some(payload)),
                PROFILE => survey.profile_parts.extend(ProfilePart::parse(payload)),
                _ => {}
            }
        }
        Err(Error::Truncated { format: SourceFormat::Jpeg })
    }

    pub fn orientation(&self) -> Orientation {
        self.exif.and_then(exif::orientation).unwrap_or_default()
    }

    /// The colour profile, put together by the numbers of its parts. A part that comes again is ignored, and so is
    /// a profile that lacks one.
    pub fn profile(&self) -> Option<Vec<u8>> {
        let count = self.profile_parts.first()?.count;
        let part =
            |number| self.profile_parts.iter().find(|part| (part.number, part.count) == (number, count));
        let parts: Option<Vec<&[u8]>> = (1..=count).map(|number| Some(part(number)?.bytes)).collect();
        Some(parts?.concat()).filter(|profile| !profile.is_empty())
    }
}

impl<'a> ProfilePart<'a> {
    fn parse(payload: &'a [u8]) -> Option<Self> {
        let (&[number, count], bytes) = payload.strip_prefix(PROFILE_NAME)?.split_first_chunk()?;
        Some(Self { number, count, bytes })
    }
}

/// The size that the start of the frame states.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    for Segment { marker, payload } in Segments::new(bytes) {
        match marker {
            0xC0..=0xC2 => return frame_size(payload).map(Some),
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(Error::UnsupportedFormat { what: "a rare JPEG coding" });
            }
            START_OF_SCAN | END_OF_IMAGE => return Err(corrupt("has no frame")),
            _ => {}
        }
    }
    Ok(None)
}

fn frame_size(payload: &[u8]) -> Result<Size, Error> {
    let &[bits, ..] = payload else { return Err(corrupt("has an empty frame header")) };
    if bits != 8 {
        return Err(Error::UnsupportedFormat { what: "a JPEG not 8 bits" });
    }
    match (u16_be(payload, 3), u16_be(payload, 1)) {
        (Some(width), Some(height)) => Ok(Size { width: width.into(), height: height.into() }),
        _ => Err(corrupt("has an incomplete frame header")),
    }
}

const fn corrupt(why: &'static str) -> Error {
    Error::corrupt(SourceFormat::Jpeg, why)
}

struct Segment<'a> {
    marker: u8,
    payload: &'a [u8],
}

/// The segments after the start of the image, what does not belong between them left out. Ends where the bytes do, at
/// the latest.
struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.get(2..).unwrap_or_default() }
    }

    /// Skips to the next marker: 0xFF before neither 0, nor a restart marker, nor the fill before a marker.
    fn next_marker(&mut self) -> Option<u8> {
        loop {
            let start = self.rest.iter().position(|byte| *byte == 0xFF)?;
            self.rest = &self.rest[start + 1..];
            match *self.rest.first()? {
                0x00 | 0xFF | 0xD0..=0xD7 => {}
                marker => {
                    self.rest = &self.rest[1..];
                    return Some(marker);
                }
            }
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let marker = self.next_marker()?;
        if matches!(marker, START_OF_IMAGE | END_OF_IMAGE | 0x01) {
            return Some(Segment { marker, payload: &[] });
        }
        let length = usize::from(u16_be(self.rest, 0)?).max(2);
        let (segment, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Segment { marker, payload: &segment[2..] })
    }
}
