mod chunks;
mod colour;

use std::io::{BufRead, Cursor, Seek};

use png::{
    ColorType, Decoder, DecodingError, DeflateCompression, Encoder, Filter, InterlaceInfo, Reader,
    Transformations, expand_interlaced_row,
};

use self::chunks::Survey;
use super::error::Error;
use super::exif;
use super::fields::u32_be;
use super::format::{OutputFormat, SourceFormat};
use super::header::Header;
use super::profile::Inks;
use super::raster::{Channels, Raster};
use super::size::Size;
use super::{Picture, Stored};

/// 1 to 9; photographs take a third of level 6's time, and 2 to 5 % more bytes.
const COMPRESSION_LEVEL: u8 = 4;

/// The size in the first chunk.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    match bytes.get(12..16) {
        Some(b"IHDR") => {}
        Some(_) => return Err(corrupt("does not start with a header")),
        None => return Ok(None),
    }
    Ok(u32_be(bytes, 16).zip(u32_be(bytes, 20)).map(|(width, height)| Size { width, height }))
}

/// Decodes a picture. It is whole once all of its rows are there; what follows them is not read.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let survey = Survey::of(bytes)?;
    let damaged = |error: DecodingError| match error {
        _ if !survey.ends => Error::Truncated { format: SourceFormat::Png },
        error => Error::corrupt_by(SourceFormat::Png, "has damaged or missing pixels", error),
    };
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    // It would be inflated to any size that memory allows.
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(damaged)?;
    if (reader.info().width, reader.info().height) != (header.width, header.height) {
        return Err(corrupt("has headers that contradict each other"));
    }
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    read_rows(&mut reader, &mut pixels).map_err(damaged)?;

    let (color_type, _) = reader.output_color_type();
    let inks = match color_type {
        ColorType::Grayscale | ColorType::GrayscaleAlpha => Inks::Grey,
        _ => Inks::Rgb,
    };
    let (channels, pixels) = match color_type {
        ColorType::Rgb => (Channels::Rgb, pixels),
        ColorType::Rgba => (Channels::Rgba, pixels),
        ColorType::Grayscale => (Channels::Rgb, pixels.iter().flat_map(|&grey| [grey; 3]).collect()),
        ColorType::GrayscaleAlpha => {
            let pairs = pixels.as_chunks().0.iter();
            (Channels::Rgba, pairs.flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect())
        }
        ColorType::Indexed => return Err(corrupt("has no palette")),
    };
    let Header { width, height, .. } = header;
    Ok(Picture {
        format: SourceFormat::Png,
        stored: Stored::Raster(Raster { width, height, channels, pixels }.without_idle_alpha()),
        orientation: survey.exif.and_then(exif::orientation).unwrap_or_default(),
        profile: colour::profile(reader.info(), survey.profile, inks),
        animation: None,
    })
}

fn read_rows<R: BufRead + Seek>(reader: &mut Reader<R>, pixels: &mut [u8]) -> Result<(), DecodingError> {
    let (width, height) = (reader.info().width, reader.info().height);
    let row_bytes = reader.output_line_size(width).ok_or(DecodingError::LimitsExceeded)?;
    if !reader.info().interlaced {
        for row in pixels.chunks_exact_mut(row_bytes).take(height as usize) {
            reader.read_row(row)?;
        }
        return Ok(());
    }
    let (color_type, depth) = reader.output_color_type();
    let pixel_bits = color_type.samples() as u8 * depth as u8;
    for _ in 0..interlaced_rows(width, height) {
        let Some(row) = reader.next_interlaced_row()? else { break };
        if let InterlaceInfo::Adam7(place) = row.interlace() {
            expand_interlaced_row(pixels, row_bytes, row.data(), place, pixel_bits);
        }
    }
    Ok(())
}

/// How many rows an interlaced picture is stored in. A pass that has no pixel of a small picture has no row.
fn interlaced_rows(width: u32, height: u32) -> u32 {
    // Where each of the seven passes starts, and its steps.
    const PASSES: [(u32, u32, u32, u32); 7] =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let rows = |(left, top, _, step_y): (u32, u32, u32, u32)| {
        if left < width { height.saturating_sub(top).div_ceil(step_y) } else { 0 }
    };
    PASSES.into_iter().map(rows).sum()
}

pub fn encode(raster: &Raster) -> Result<Vec<u8>, Error> {
    let unencodable = |error: png::EncodingError| Error::unencodable(OutputFormat::Png, error);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, raster.width, raster.height);
    encoder.set_deflate_compression(DeflateCompression::Level(COMPRESSION_LEVEL));
    encoder.set_filter(Filter::Adaptive);
    encoder.set_color(match raster.channels {
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    });
    let mut writer = encoder.write_header().map_err(unencodable)?;
    writer.write_image_data(&raster.pixels).map_err(unencodable)?;
    writer.finish().map_err(unencodable)?;
    Ok(bytes)
}

/// The EXIF data, if there is any.
pub fn exif(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    Ok(Survey::of(bytes)?.exif)
}

const fn corrupt(why: &'static str) -> Error {
    Error::corrupt(SourceFormat::Png, why)
}
