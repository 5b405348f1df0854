use gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::samples::{
    BLUE, GREEN, RED, YELLOW, assert_near, gif_of, jpeg, quarters, riff_chunk, webp, webp_of,
};
use crate::image::animation::{Animation, Shown};
use crate::image::raster::Raster;
use crate::image::size::Size;
use crate::image::{OutputFormat, Rendered, TargetFormat, Transform, decode, sniff};

const SCREEN: Size = Size { width: 40, height: 30 };

/// How long a frame is shown, and its pixels at the places asked for.
type SeenFrame = (u32, Vec<[u8; 4]>);

/// The view of an animation: when to go on, and the pixels at the places asked for.
fn seen(file: &[u8], places: &[(u32, u32)]) -> (u16, Vec<SeenFrame>) {
    let picture = decode(file).unwrap();
    let animation: &Animation = picture.animation.as_ref().unwrap();
    let mut frames = Vec::new();
    animation
        .each_frame(|Shown { canvas, duration_ms }| {
            let pixels = canvas.pixels.as_chunks::<4>().0;
            let at = |&(x, y): &(u32, u32)| pixels[(y * canvas.width + x) as usize];
            frames.push((duration_ms, places.iter().map(at).collect()));
            Ok(())
        })
        .unwrap();
    assert_eq!(frames.len(), animation.timeline.frames as usize);
    (animation.timeline.plays, frames)
}

fn plain(size: Size, [red, green, blue]: [u8; 3]) -> Raster {
    Raster::filled(size, [red, green, blue, 255]).without_idle_alpha()
}

/// A frame of one colour at a place.
fn gif_frame(
    place: (u16, u16),
    size: (u16, u16),
    colour: [u8; 3],
    dispose: DisposalMethod,
) -> Frame<'static> {
    Frame {
        left: place.0,
        top: place.1,
        width: size.0,
        height: size.1,
        palette: Some(colour.to_vec()),
        buffer: vec![0; usize::from(size.0) * usize::from(size.1)].into(),
        delay: 7,
        dispose,
        ..Frame::default()
    }
}

fn gif(repeat: Option<Repeat>, frames: &[Frame<'_>]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new(), SCREEN.width as u16, SCREEN.height as u16, &[]).unwrap();
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).unwrap();
    }
    for frame in frames {
        encoder.write_frame(frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

/// Left half red, then the right half green, then blue in the middle, each disposed of in its own way.
pub fn gif_of_all_disposals() -> Vec<u8> {
    gif(
        Some(Repeat::Finite(2)),
        &[
            gif_frame((0, 0), (40, 30), RED, DisposalMethod::Keep),
            gif_frame((20, 0), (20, 30), GREEN, DisposalMethod::Previous),
            gif_frame((0, 0), (10, 30), BLUE, DisposalMethod::Background),
            gif_frame((30, 0), (10, 30), YELLOW, DisposalMethod::Any),
        ],
    )
}

const PLACES: [(u32, u32); 3] = [(5, 15), (15, 15), (35, 15)];

fn opaque([red, green, blue]: [u8; 3]) -> [u8; 4] {
    [red, green, blue, 255]
}

#[test]
fn frames_of_a_gif_are_drawn_and_disposed_of_as_they_say() {
    let (plays, frames) = seen(&gif_of_all_disposals(), &PLACES);
    assert_eq!(plays, 3);
    let expected = [
        [opaque(RED), opaque(RED), opaque(RED)],
        [opaque(RED), opaque(RED), opaque(GREEN)],
        [opaque(BLUE), opaque(RED), opaque(RED)],
        [[0; 4], opaque(RED), opaque(YELLOW)],
    ];
    assert_eq!(frames, expected.map(|colours| (70, colours.to_vec())));
}

fn webp_frame(place: (u32, u32), duration_ms: u32, flags: u8, raster: &Raster) -> Vec<u8> {
    let mut header = Vec::new();
    for number in [place.0 / 2, place.1 / 2, raster.width - 1, raster.height - 1, duration_ms] {
        header.extend(&number.to_le_bytes()[..3]);
    }
    header.push(flags);
    riff_chunk(b"ANMF", &[header, webp(raster)[12..].to_vec()].concat())
}

fn webp_animation(plays: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    let parameters = [[0; 4].as_slice(), &plays.to_le_bytes()].concat();
    webp_of(SCREEN, 0x02, &[&[riff_chunk(b"ANIM", &parameters)], frames].concat())
}

fn webp_of_all_disposals() -> Vec<u8> {
    let size = |width| Size { width, height: 30 };
    webp_animation(
        3,
        &[
            webp_frame((0, 0), 70, 0, &plain(SCREEN, RED)),
            webp_frame((20, 0), 80, 1, &plain(size(20), GREEN)),
            webp_frame((0, 0), 90, 2, &plain(size(10), BLUE)),
        ],
    )
}

#[test]
fn frames_of_a_webp_are_drawn_and_cleared_as_they_say() {
    let (plays, frames) = seen(&webp_of_all_disposals(), &PLACES);
    assert_eq!(plays, 3);
    let durations: Vec<u32> = frames.iter().map(|(duration, _)| *duration).collect();
    assert_eq!(durations, [70, 80, 90]);
    let expected = [
        [opaque(RED), opaque(RED), opaque(RED)],
        [opaque(RED), opaque(RED), opaque(GREEN)],
        [opaque(BLUE), opaque(RED), [0; 4]],
    ];
    for ((_, colours), expected) in frames.iter().zip(expected) {
        for (colour, expected) in colours.iter().zip(expected) {
            assert_near(colour, &expected, 6);
        }
    }
}

fn kept(file: &[u8], format: Option<OutputFormat>, width: Option<u32>) -> Rendered {
    let transform =
        Transform { animated: Some(true), format: format.map(Into::into), width, ..Transform::default() };
    decode(file).unwrap().render(&transform).unwrap()
}

#[test]
fn a_kept_animation_shows_the_same_as_its_source_at_the_same_times() {
    for source in [gif_of_all_disposals(), webp_of_all_disposals()] {
        let (plays, frames) = seen(&source, &PLACES);
        for format in [OutputFormat::WebP, OutputFormat::Gif] {
            let made = kept(&source, Some(format), Some(20));
            assert_eq!((made.format, made.width, made.height), (format, 20, 15));
            assert_eq!(sniff(&made.bytes).unwrap().content_type(), format.content_type());
            let (made_plays, made_frames) = seen(&made.bytes, &PLACES.map(|(x, y)| (x / 2, y / 2)));
            assert_eq!(made_plays, plays, "{format}");
            assert_eq!(made_frames.len(), frames.len(), "{format}");
            for ((made_ms, made), (ms, colours)) in made_frames.iter().zip(&frames) {
                assert_eq!(made_ms, ms, "{format}");
                for (made, colour) in made.iter().zip(colours) {
                    if colour[3] == 0 {
                        assert!(made[3] < 8, "{format}: {made:?}");
                    } else {
                        assert_near(made, colour, 20);
                    }
                }
            }
        }
    }
}

#[test]
fn how_often_an_animation_plays_is_kept() {
    let frames = [RED, GREEN].map(|colour| gif_frame((0, 0), (40, 30), colour, DisposalMethod::Keep));
    for (repeat, plays) in [
        (None, 1),
        (Some(Repeat::Infinite), 0),
        (Some(Repeat::Finite(1)), 2),
        (Some(Repeat::Finite(65_535)), 65_535),
    ] {
        let source = gif(repeat, &frames);
        for format in [OutputFormat::WebP, OutputFormat::Gif] {
            assert_eq!(seen(&kept(&source, Some(format), None).bytes, &[]).0, plays, "{format}");
        }
    }
}

#[test]
fn without_a_format_an_animation_keeps_its_own() {
    assert_eq!(kept(&gif_of_all_disposals(), None, None).format, OutputFormat::Gif);
    assert_eq!(kept(&webp_of_all_disposals(), None, None).format, OutputFormat::WebP);
    let still = decode(&gif_of_all_disposals()).unwrap().render(&Transform::default()).unwrap();
    assert_eq!(still.format, OutputFormat::Png);
}

#[test]
fn an_animation_is_flattened_to_its_first_frame_unless_it_is_kept() {
    for animated in [None, Some(false)] {
        let format = Some(TargetFormat::WebP);
        let transform = Transform { animated, format, ..Transform::default() };
        let made = decode(&gif_of_all_disposals()).unwrap().render(&transform).unwrap();
        assert!(decode(&made.bytes).unwrap().animation.is_none());
    }
}

#[test]
fn a_still_picture_that_may_be_animated_stays_still() {
    let picture = decode(&jpeg(&quarters(40, 40))).unwrap();
    for (format, expected) in [
        (None, OutputFormat::Jpeg),
        (Some(TargetFormat::WebP), OutputFormat::WebP),
        (Some(TargetFormat::Gif), OutputFormat::Gif),
    ] {
        let transform = Transform { animated: Some(true), format, ..Transform::default() };
        let made = picture.render(&transform).unwrap();
        assert_eq!(made.format, expected);
        let decoded = decode(&made.bytes).unwrap();
        assert!(decoded.animation.is_none());
        assert_near(&super::samples::pixel(&decoded, 8, 8), &RED, 14);
    }
}

#[test]
fn more_than_256_colours_become_256() {
    let mut raster = quarters(40, 30);
    for (at, pixel) in raster.pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        *pixel = [(at % 40 * 6) as u8, (at / 40 * 8) as u8, 128];
    }
    let file = webp_animation(
        0,
        &[webp_frame((0, 0), 70, 0, &raster), webp_frame((0, 0), 70, 0, &quarters(40, 30))],
    );
    let places = [(0, 0), (39, 0), (0, 29), (39, 29)];
    let (_, frames) = seen(&kept(&file, Some(OutputFormat::Gif), None).bytes, &places);
    let expected = [[0, 0, 128, 255], [234, 0, 128, 255], [0, 232, 128, 255], [234, 232, 128, 255]];
    for (colour, expected) in frames[0].1.iter().zip(expected) {
        assert_near(colour, &expected, 24);
    }
}

#[test]
fn stages_of_a_transform_hold_for_all_frames() {
    let source = gif(
        None,
        &[
            gif_frame((0, 0), (40, 30), [255; 3], DisposalMethod::Keep),
            gif_frame((10, 5), (20, 20), RED, DisposalMethod::Keep),
        ],
    );
    let transform = Transform {
        animated: Some(true),
        rotate: Some(90),
        width: Some(10),
        height: Some(10),
        blur: Some(1),
        format: Some(TargetFormat::Gif),
        ..Transform::default()
    };
    let made = decode(&source).unwrap().render(&transform).unwrap();
    assert_eq!((made.width, made.height), (10, 10));
    let (_, frames) = seen(&made.bytes, &[(5, 5)]);
    assert_near(&frames[0].1[0], &[255; 4], 4);
    assert_near(&frames[1].1[0], &RED, 20);
}

#[test]
fn an_animation_of_too_many_pixels_is_refused_when_kept_and_its_first_frame_is_made() {
    // 2,000 × 1,000 pixels on 26 frames.
    let mut huge_screen = gif_of(&quarters(4, 4), 26);
    huge_screen[6..8].copy_from_slice(&2000u16.to_le_bytes());
    huge_screen[8..10].copy_from_slice(&1000u16.to_le_bytes());
    // A small screen with frames that are mostly beyond it.
    let frame = gif_frame((0, 0), (5000, 5001), RED, DisposalMethod::Keep);
    let huge_frames = gif(None, &[frame.clone(), frame]);
    for file in [huge_screen, huge_frames] {
        let picture = decode(&file).unwrap();
        let transform = Transform { width: Some(10), ..Transform::default() };
        assert!(picture.render(&transform).is_ok());
        let error = picture.render(&Transform { animated: Some(true), ..transform }).unwrap_err();
        assert_eq!(error.code(), "animation_too_large");
    }
}

#[test]
fn an_animation_is_not_enlarged_beyond_the_bound_of_all_frames() {
    let picture = decode(&gif_of(&quarters(4, 4), 26)).unwrap();
    let transform = Transform {
        animated: Some(true),
        enlarge: Some(true),
        width: Some(1400),
        format: Some(TargetFormat::WebP),
        ..Transform::default()
    };
    let error = picture.render(&transform).unwrap_err();
    assert_eq!(error.to_string(), "26 frames of 1400 × 1400 px; at most 50 MP in all");
}

#[test]
fn a_damaged_later_frame_is_refused_when_kept() {
    let good = webp_frame((0, 0), 70, 0, &plain(SCREEN, RED));
    let mut bad = webp_frame((0, 0), 70, 0, &plain(SCREEN, GREEN));
    let length = bad.len();
    bad[36..length].fill(0xA5);
    let picture = decode(&webp_animation(0, &[good, bad])).unwrap();
    let transform = Transform { animated: Some(true), ..Transform::default() };
    assert_eq!(picture.render(&transform).unwrap_err().code(), "image_corrupt");
    assert!(picture.render(&Transform::default()).is_ok());
}
