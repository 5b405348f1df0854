//! Kinds of files that are rare and right: each is decoded right, or refused by name.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::files::{gif_head, jpeg, plain_png, png, png_header};
use super::verdict::{assert_near, judge, pixels, refusal, refusal_by_header};

/// A picture's pixel by its place, as 8-bit numbers.
fn pattern(x: u32, y: u32) -> [u8; 4] {
    [(x * 23) as u8, (y * 31) as u8, (x * y * 7) as u8, 255 - (x * 5 + y * 3) as u8]
}

/// A row's samples of a kind of colour, packed to the bits of its depth.
fn row(samples: impl Iterator<Item = u8>, depth: u8) -> Vec<u8> {
    if depth == 16 {
        // The low byte says something, and is dropped.
        return samples.flat_map(|sample| [sample, 0x5A]).collect();
    }
    let mut packed = Vec::new();
    let mut filled = 8;
    for sample in samples {
        if filled == 8 {
            packed.push(0);
            filled = 0;
        }
        filled += depth;
        if let Some(last) = packed.last_mut() {
            *last |= (sample >> (8 - depth)) << (8 - filled);
        }
    }
    packed
}

fn channels(color: u8, [red, green, blue, alpha]: [u8; 4]) -> Vec<u8> {
    match color {
        0 => vec![red],
        2 => vec![red, green, blue],
        4 => vec![red, alpha],
        _ => vec![red, green, blue, alpha],
    }
}

/// Returns the visible part of a pixel that was stored in a kind of colour and depth.
fn seen(color: u8, depth: u8, pixel: [u8; 4]) -> [u8; 4] {
    let [red, green, blue, alpha] = pixel.map(|sample| {
        if depth >= 8 {
            return sample;
        }
        let levels = (1u16 << depth) - 1;
        (u16::from(sample >> (8 - depth)) * 255 / levels) as u8
    });
    match color {
        0 => [red, red, red, 255],
        2 => [red, green, blue, 255],
        4 => [red, red, red, alpha],
        _ => [red, green, blue, alpha],
    }
}

const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

fn rows(width: u32, height: u32, color: u8, depth: u8, passes: &[(u32, u32, u32, u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &(left, top, step_x, step_y) in passes {
        for y in (top..height).step_by(step_y as usize) {
            let samples: Vec<u8> =
                (left..width).step_by(step_x as usize).flat_map(|x| channels(color, pattern(x, y))).collect();
            if !samples.is_empty() {
                bytes.push(0);
                bytes.extend(row(samples.into_iter(), depth));
            }
        }
    }
    bytes
}

#[test]
fn every_depth_and_colour_of_a_png_is_decoded_right_with_and_without_interlacing() {
    for (color, depths) in [(0, [1, 2, 4, 8, 16].as_slice()), (2, &[8, 16]), (4, &[8, 16]), (6, &[8, 16])] {
        for &depth in depths {
            for interlaced in [false, true] {
                for (width, height) in [(1, 1), (2, 3), (5, 4), (8, 8), (9, 7)] {
                    let passes = if interlaced { &PASSES[..] } else { &[(0, 0, 1, 1)] };
                    let rows = rows(width, height, color, depth, passes);
                    let file = png(png_header(width, height, depth, color, interlaced), &[], &rows);
                    let (_, _, found) = pixels(&file);
                    for (at, found) in found.iter().enumerate() {
                        let expected = seen(color, depth, pattern(at as u32 % width, at as u32 / width));
                        let what = format!("{color} {depth} {interlaced} {width} × {height} at {at}");
                        // Colours under what cannot be seen may be any.
                        assert!(
                            *found == expected || (found[3] == 0 && expected[3] == 0),
                            "{what}: {found:?} {expected:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn an_interlaced_gif_is_decoded_right() {
    let (width, height) = (5u16, 19u16);
    let interlaced = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let order = interlaced.into_iter().flat_map(|(start, step)| (start..height).step_by(step));
    let buffer: Vec<u8> = order.flat_map(|y| vec![y as u8; usize::from(width)]).collect();
    let palette: Vec<u8> = (0..32u8).flat_map(|index| [index * 8, 255 - index * 8, index]).collect();
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &palette).unwrap();
    let frame =
        gif::Frame { width, height, interlaced: true, buffer: buffer.into(), ..gif::Frame::default() };
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let (_, _, found) = pixels(&bytes);
    for (at, found) in found.iter().enumerate() {
        let index = (at / usize::from(width)) as u8;
        assert_eq!(*found, [index * 8, 255 - index * 8, index, 255]);
    }
}

#[test]
fn every_sampling_of_a_jpeg_is_decoded_right_progressive_or_not() {
    for sampling in [
        SamplingFactor::R_4_4_4,
        SamplingFactor::R_4_4_0,
        SamplingFactor::R_4_2_2,
        SamplingFactor::R_4_2_0,
        SamplingFactor::R_4_1_1,
        SamplingFactor::R_4_1_0,
        SamplingFactor::R_4_4_1,
        SamplingFactor::R_4_2_1,
    ] {
        for progressive in [false, true] {
            for (width, height) in [(1, 1), (7, 5), (16, 16), (33, 31), (65, 18)] {
                let file = jpeg(width, height, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive(progressive);
                });
                let (found_width, found_height, found) = pixels(&file);
                assert_eq!((found_width, found_height), (width.into(), height.into()));
                for found in found {
                    assert_near(found, [200, 30, 30, 255], 6);
                }
            }
        }
    }
}

#[test]
fn jpegs_of_four_inks_are_decoded_right() {
    for color_type in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        for (width, height) in [(1, 1), (16, 16), (19, 9)] {
            let inks = [200, 100, 20, 50].repeat(usize::from(width) * usize::from(height));
            let mut bytes = Vec::new();
            Encoder::new(&mut bytes, 95).encode(&inks, width, height, color_type).unwrap();
            for found in pixels(&bytes).2 {
                assert_near(found, [44, 125, 189, 255], 5);
            }
        }
    }
}

#[test]
fn codings_of_jpeg_that_are_not_decoded_are_refused_by_name() {
    for marker in [0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF] {
        let mut bytes = jpeg(16, 16, |_| {});
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        bytes[frame + 1] = marker;
        assert_eq!(refusal_by_header(&bytes), "unsupported_format");
    }
    for bits in [0, 1, 12, 16, 255] {
        let mut bytes = jpeg(16, 16, |_| {});
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        bytes[frame + 4] = bits;
        assert_eq!(refusal_by_header(&bytes), "unsupported_format");
    }
}

#[test]
fn a_gif_without_a_frame_or_a_palette_is_refused() {
    assert_eq!(refusal(&[gif_head(4, 4), vec![0x3B]].concat()), "image_corrupt");
    let bare =
        [b"GIF89a\x04\0\x04\0\0\0\0".as_slice(), &[0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B]];
    assert_eq!(refusal(&bare.concat()), "image_corrupt");
}

#[test]
fn a_checksum_that_is_wrong_is_noticed() {
    let mut bytes = plain_png(8, 8, &[]);
    let data = bytes.windows(4).position(|window| window == b"IDAT").unwrap();
    bytes[data + 10] ^= 0x40;
    assert_eq!(refusal(&bytes), "image_corrupt");
    assert!(judge(&plain_png(8, 8, &[])).is_ok());
}
