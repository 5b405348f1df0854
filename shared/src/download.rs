//! How stored bytes are handed to whoever holds a URL: under which name and type, shown or saved, and for how long.
//!
//! Pure. Files that a browser could run are never shown under the stack's origin: they are saved, as bytes of no type.

mod shown_type;

pub use shown_type::shown_type;

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A URL lives this long unless asked for otherwise.
pub const LIFE: Duration = Duration::from_secs(60 * 60);
pub const LIFE_MIN: Duration = Duration::from_secs(60);
/// A URL ends with the credentials that sign it, and those of a function may have no more than this left. A link that works
/// for longer redirects to a new URL at each use.
pub const LIFE_MAX: Duration = Duration::from_secs(60 * 60);

/// How a browser treats the file.
// Public: the words never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Saves it.
    #[default]
    Attachment,
    /// Shows it, if it can.
    Inline,
}

/// The method that a URL works with.
// Public: the words never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "DownloadMethod")]
pub enum Method {
    #[default]
    Get,
    Head,
}

/// The object that is handed out, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    pub filename: String,
    pub content_type: String,
    pub disposition: Disposition,
    pub life: Duration,
}

/// The content type under which files are handed out that a browser might run.
pub const OF_NO_TYPE: &str = "application/octet-stream";

/// Types that a browser shows without running anything in them. All others, SVG and HTML among them, are saved.
const SHOWN: [&str; 19] = [
    "application/json",
    "application/pdf",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/mp4",
    "video/ogg",
    "video/webm",
];

/// Characters that stand for themselves in a parameter of RFC 8187: its `attr-char`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

impl Download {
    /// A file of `content_type` as it may be handed out, whatever was asked for.
    pub fn new(filename: String, content_type: &str, asked: Disposition, life: Duration) -> Self {
        let is_shown = SHOWN.iter().any(|shown| content_type.eq_ignore_ascii_case(shown));
        let content_type = if is_shown { content_type.to_ascii_lowercase() } else { OF_NO_TYPE.to_owned() };
        let disposition = if is_shown { asked } else { Disposition::Attachment };
        Self { filename, content_type, disposition, life: life.clamp(LIFE_MIN, LIFE_MAX) }
    }

    /// `Content-Disposition` (RFC 6266): a name that every client reads, and the true one for those that can.
    pub fn content_disposition(&self) -> String {
        let kind = match self.disposition {
            Disposition::Attachment => "attachment",
            Disposition::Inline => "inline",
        };
        let is_plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%' | '/');
        let plain: String = self.filename.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        let encoded = utf8_percent_encode(&self.filename, ENCODED);
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
    }

    /// `Cache-Control`: the URL always leads to the same bytes, and is its holder's alone.
    pub fn cache_control(&self) -> String {
        format!("private, max-age={}, immutable", self.life.as_secs())
    }
}

/// Whether an `Accept` header names this media type. A wildcard does not: whoever takes anything need not know how to show
/// a new format.
pub fn names(accept: &str, content_type: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(content_type));
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        is_named && quality.is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0))
    })
}

/// Returns a derivative's filename: `photo.jpg`, step `thumb`, as WebP is `photo-thumb.webp`.
pub fn derivative_filename(original: &str, step: &str, content_type: &str) -> String {
    let stem = original.rsplit_once('.').map_or(original, |(stem, _)| stem);
    let stem = if stem.is_empty() { "file" } else { stem };
    let extension = content_type.rsplit_once('/').map_or("bin", |(_, subtype)| subtype);
    format!("{stem}-{step}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(filename: &str) -> Download {
        Download::new(filename.to_owned(), "image/png", Disposition::Attachment, LIFE)
    }

    #[test]
    fn a_name_is_told_in_plain_ascii_and_as_it_is() {
        for (name, told) in [
            ("photo.png", r#"attachment; filename="photo.png"; filename*=UTF-8''photo.png"#),
            ("a b.png", r#"attachment; filename="a b.png"; filename*=UTF-8''a%20b.png"#),
            ("€ rates.png", r#"attachment; filename="_ rates.png"; filename*=UTF-8''%E2%82%AC%20rates.png"#),
            (
                "\"x\"; y=1%41.png",
                r#"attachment; filename="_x_; y=1_41.png"; filename*=UTF-8''%22x%22%3B%20y%3D1%2541.png"#,
            ),
        ] {
            assert_eq!(named(name).content_disposition(), told);
        }
    }

    #[test]
    fn what_a_browser_could_run_is_saved_as_bytes_of_no_type() {
        for kind in [
            "image/svg+xml",
            "text/html",
            "application/xhtml+xml",
            "text/xml",
            "text/javascript",
            "IMAGE/SVG+XML",
            "x/y",
        ] {
            let download = Download::new("x".to_owned(), kind, Disposition::Inline, LIFE);
            assert_eq!(
                (download.disposition, download.content_type.as_str()),
                (Disposition::Attachment, OF_NO_TYPE)
            );
        }
        let png = Download::new("x".to_owned(), "Image/PNG", Disposition::Inline, LIFE);
        assert_eq!((png.disposition, png.content_type.as_str()), (Disposition::Inline, "image/png"));
        assert_eq!(named("x").disposition, Disposition::Attachment);
    }

    #[test]
    fn a_life_is_bounded_on_both_sides() {
        let life = |life| Download::new("x".to_owned(), "image/png", Disposition::Inline, life).life;
        assert_eq!((life(Duration::ZERO), life(LIFE), life(2 * LIFE_MAX)), (LIFE_MIN, LIFE, LIFE_MAX));
    }

    #[test]
    fn a_type_is_taken_where_it_is_named_and_not_ruled_out() {
        let browser = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
        assert!(names(browser, "image/avif") && names(browser, "image/webp"));
        for accept in
            ["", "*/*", "image/*", "image/png", "image/avif;q=0", "image/avif; q=0.0", "image/avif;q=x"]
        {
            assert!(!names(accept, "image/avif"), "{accept}");
        }
        assert!(names("text/html, Image/AVIF ; q=0.1", "image/avif"));
    }

    #[test]
    fn a_derivative_is_called_after_its_original_and_its_step() {
        for (original, name) in [
            ("photo.jpg", "photo-thumb.webp"),
            ("a.b.c", "a.b-thumb.webp"),
            ("noextension", "noextension-thumb.webp"),
            (".hidden", "file-thumb.webp"),
        ] {
            assert_eq!(derivative_filename(original, "thumb", "image/webp"), name);
        }
    }
}
