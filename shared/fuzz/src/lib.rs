//! The fuzz targets' work on a file: all that the product does with it, and the checks that hold for any file.

use shared::image::{
    Gravity, MetadataOptions, OutputFormat, Picture, TargetFormat, Transform, decode, metadata, read_header,
};

/// Larger pictures are left to the tests: they take the fuzzer's time and go the same ways.
const PIXELS_MAX: u64 = 1_000_000;

/// Either the bytes as the rest of a file that starts with `head`, or changes to a file that is right, which
/// come to places that no row of chance bytes reaches.
pub fn exercise_file(head: &[u8], right: &[Vec<u8>], bytes: &[u8]) {
    match bytes.split_first() {
        Some((choice, changes)) if *choice >= 128 => {
            exercise_picture(&changed(right[usize::from(*choice) % right.len()].clone(), changes));
        }
        _ => exercise_picture(&[head, bytes].concat()),
    }
}

/// Each four bytes are a place in the file, what to do there, and a value.
fn changed(mut file: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for &[high, low, action, value] in changes.as_chunks().0 {
        let at = usize::from(u16::from_be_bytes([high, low])) % file.len().max(1);
        match action % 4 {
            0 => file.insert(at, value),
            1 if !file.is_empty() => drop(file.remove(at)),
            2 => file.truncate(file.len() - usize::from(value).min(file.len())),
            _ if !file.is_empty() => file[at] = value,
            _ => {}
        }
    }
    file
}

/// Files that are right: two frames or one, with transparency and without.
pub fn right_files(format: OutputFormat) -> Vec<Vec<u8>> {
    let sources = [TWO_FRAMES, TRANSPARENT].map(|source| decode(source).expect("it is a picture"));
    let wanted = [Some(true), None].into_iter().filter(|animated| {
        let keeps = matches!(format, OutputFormat::WebP | OutputFormat::Gif);
        if format == OutputFormat::Gif { animated.is_some() } else { keeps || animated.is_none() }
    });
    let made = wanted.flat_map(|animated| {
        let (width, height) = (Some(24), Some(20));
        let transform = Transform {
            animated,
            width,
            height,
            enlarge: Some(true),
            format: Some(format.into()),
            ..Transform::default()
        };
        let sources = &sources;
        sources.iter().map(move |source| source.render(&transform).expect("it can be made").bytes)
    });
    made.collect()
}

/// A GIF of 2 by 1 pixels and two frames.
pub const TWO_FRAMES: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xC8\x1E\x1E\0\0\xFF\
    \x2C\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x0A\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
/// A GIF of 2 by 1 pixels, of which the second lies beyond its frame.
const TRANSPARENT: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xC8\x1E\x1E\0\0\xFF\
    \x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";

/// Reads header, metadata and pixels of a file, and makes pictures of it.
pub fn exercise_picture(bytes: &[u8]) {
    let described = metadata(bytes, &MetadataOptions { gps: true });
    let header = match read_header(bytes) {
        Ok(Some(header)) => header,
        Ok(None) => {
            assert!(described.is_err() && decode(bytes).is_err(), "decoded without a header");
            return;
        }
        Err(refused) => {
            let code =
                decode(bytes).map(|picture| picture.width()).expect_err("refused by its header").code();
            assert_eq!(code, refused.code());
            return;
        }
    };
    if u64::from(header.width) * u64::from(header.height) > PIXELS_MAX {
        return;
    }
    let Ok(picture) = decode(bytes) else { return };
    let described = described.expect("what is decoded has its walk behind it");
    assert_eq!((described.width, described.height), (picture.width(), picture.height()));
    let facts = picture.facts().expect("what is decoded can be looked at");
    assert_eq!((facts.width, facts.height), (picture.width(), picture.height()));
    make_pictures(&picture);
}

fn make_pictures(picture: &Picture) {
    let small = Transform { width: Some(24), height: Some(16), ..Transform::default() };
    let looked_at = Transform {
        gravity: Some(Gravity::Salient),
        trim: Some(8),
        rotate: Some(90),
        blur: Some(2),
        enlarge: Some(true),
        format: Some(TargetFormat::Png),
        ..small.clone()
    };
    let made = picture.render(&looked_at).expect("a still picture can be made");
    assert_eq!((made.width, made.height), (24, 16));
    for format in [TargetFormat::WebP, TargetFormat::Gif] {
        // A later frame may be damaged, and frames may be too many; nothing else is refused.
        let transform = Transform { animated: Some(true), format: Some(format), ..small.clone() };
        if let Err(refused) = picture.render(&transform) {
            let code = refused.code();
            assert!(["image_corrupt", "image_too_large", "animation_too_large"].contains(&code), "{code}");
        }
    }
}
