//! The name of a file, and its media type.

pub const FILENAME_CHARS_MAX: usize = 255;
pub const CONTENT_TYPE_CHARS_MAX: usize = 127;

pub fn is_filename(name: &str) -> bool {
    let fits = (1..=FILENAME_CHARS_MAX).contains(&name.chars().count());
    let is_refused = |c: char| c.is_control() || turns_text(c) || c == '/' || c == '\\';
    fits && name != "." && name != ".." && !name.contains(is_refused)
}

/// Whether it changes the direction of the text around it, so that `exe.gpj` reads as a picture.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub fn is_content_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    text.len() <= CONTENT_TYPE_CHARS_MAX
        && text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// The media type of a `Content-Type` header, without its parameters and in lower case; `None` for what is none.
pub fn content_type_of(header: &str) -> Option<String> {
    let name = header.split(';').next()?.trim().to_ascii_lowercase();
    is_content_type(&name).then_some(name)
}
