use crate::image::error::{Cause, Error};
use crate::image::exif;
use crate::image::fields::u16_be;
use crate::image::format::SourceFormat;
use crate::image::geometry::Size;
use crate::image::orientation::Orientation;

/// The most scans that a picture may be spread over: each costs a pass over all of its pixels, however
/// few bytes it has. Progressive encoders use about ten.
pub const SCANS_MAX: u32 = 64;

const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const EXIF: u8 = 0xE1;

/// What the segments tell before anything is decoded.
pub struct Survey<'a> {
    pub orientation: Orientation,
    pub exif: Option<&'a [u8]>,
}

impl<'a> Survey<'a> {
    /// Walks all segments to the mark that ends the picture, which a file that was cut off lacks.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut orientation = None;
        let mut exif = None;
        let mut scans = 0;
        for Segment { marker, payload } in Segments::new(bytes) {
            match marker {
                END_OF_IMAGE => {
                    return Ok(Self { orientation: orientation.unwrap_or_default(), exif });
                }
                START_OF_SCAN if scans == SCANS_MAX => {
                    return Err(corrupt(format!("it has more than {SCANS_MAX} scans")));
                }
                START_OF_SCAN => scans += 1,
                EXIF if payload.starts_with(b"Exif\0\0") => {
                    orientation = orientation.or_else(|| exif::orientation(payload));
                    exif = exif.or(Some(payload));
                }
                _ => {}
            }
        }
        Err(Error::Truncated { format: SourceFormat::Jpeg, bytes: bytes.len() })
    }
}

/// The size that the start of the frame states.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    for Segment { marker, payload } in Segments::new(bytes) {
        match marker {
            0xC0..=0xC2 => return frame_size(payload).map(Some),
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(Error::UnsupportedFormat { what: "a JPEG of a rare, unsupported coding" });
            }
            START_OF_SCAN | END_OF_IMAGE => return Err(corrupt("it has no frame")),
            _ => {}
        }
    }
    Ok(None)
}

fn frame_size(payload: &[u8]) -> Result<Size, Error> {
    let &[bits, ..] = payload else { return Err(corrupt("its frame is empty")) };
    if bits != 8 {
        return Err(Error::UnsupportedFormat { what: "a JPEG of more than 8 bits a channel" });
    }
    match (u16_be(payload, 3), u16_be(payload, 1)) {
        (Some(width), Some(height)) => Ok(Size { width: width.into(), height: height.into() }),
        _ => Err(corrupt("its frame is incomplete")),
    }
}

fn corrupt(cause: impl Into<Cause>) -> Error {
    Error::corrupt(SourceFormat::Jpeg, cause)
}

struct Segment<'a> {
    marker: u8,
    payload: &'a [u8],
}

/// The segments after the start of the image, the coded data between them left out. Ends where the
/// bytes do, at the latest.
struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.get(2..).unwrap_or_default() }
    }

    /// Skips coded data, in which 0xFF stands before 0 or a restart marker, and the fill before a marker.
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
