#![no_main]

use shared::image::{MetadataOptions, TEXT_CHARS_MAX, metadata};

/// A PNG's signature and header: one pixel.
const HEAD: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\0\0\0\0";
const CHECKSUM: &[u8] = &[0; 4];
/// An empty chunk of pixels, which is all that reading metadata asks for, and the end.
const END: &[u8] = b"\0\0\0\0IDAT\x35\xAF\x06\x1E\0\0\0\0IEND\0\0\0\0";

libfuzzer_sys::fuzz_target!(|exif: &[u8]| {
    let length = (exif.len() as u32).to_be_bytes();
    let file = [HEAD, &length, b"eXIf", exif, CHECKSUM, END].concat();
    let found = metadata(&file, &MetadataOptions { gps: true }).expect("damaged metadata is no metadata");
    let texts = [&found.exif.make, &found.exif.model, &found.exif.software, &found.exif.lens_model];
    for text in texts.into_iter().flatten() {
        assert!((1..=TEXT_CHARS_MAX).contains(&text.chars().count()));
    }
    let json = serde_json::to_string(&found).expect("all numbers are finite");
    serde_json::from_str::<shared::image::Metadata>(&json).expect("it reads back");
});
