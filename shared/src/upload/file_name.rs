//! The name of a file, and its media type.

pub const FILENAME_CHARS_MAX: usize = 255;
pub const CONTENT_TYPE_CHARS_MAX: usize = 127;

pub fn is_filename(name: &str) -> bool {
    let fits = (1..=FILENAME_CHARS_MAX).contains(&name.chars().count());
    fits && name != "." && name != ".." && !name.contains(|c: char| c.is_control() || c == '/' || c == '\\')
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
