//! Under which media type a file may be shown, by its first bytes.

/// Where a container's name lies in the files of its family.
const BRAND: std::ops::Range<usize> = 4..12;

/// The type under which a browser may show a file that begins with `head` and was announced as `announced`; `None` for a
/// file that it may only save.
///
/// The bytes alone decide what they are. The announced type chooses only among types of one family, none of
/// which a browser runs: sound or video in one container, text or JSON.
pub fn shown_type(announced: &str, head: &[u8]) -> Option<&'static str> {
    let announced = announced.to_ascii_lowercase();
    signature(&announced, head).or_else(|| text(&announced, head))
}

fn signature(announced: &str, head: &[u8]) -> Option<&'static str> {
    let either = |sound: &'static str, video: &'static str| if announced == sound { sound } else { video };
    let starts = |magic: &[u8]| head.starts_with(magic);
    let riff = |kind: &[u8]| starts(b"RIFF") && head.get(8..12) == Some(kind);
    Some(match head {
        _ if starts(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if starts(b"\xff\xd8\xff") => "image/jpeg",
        _ if starts(b"GIF87a") || starts(b"GIF89a") => "image/gif",
        _ if riff(b"WEBP") => "image/webp",
        _ if riff(b"WAVE") => "audio/wav",
        _ if starts(b"BM") && head.get(6..10) == Some(&[0; 4]) => "image/bmp",
        _ if starts(b"%PDF-") => "application/pdf",
        _ if starts(b"fLaC") => "audio/flac",
        _ if starts(b"OggS") => either("audio/ogg", "video/ogg"),
        _ if starts(b"\x1a\x45\xdf\xa3") => either("audio/webm", "video/webm"),
        _ if starts(b"ID3") => "audio/mpeg",
        [0xff, 0xf1 | 0xf9, ..] => "audio/aac",
        [0xff, 0xfa | 0xfb | 0xf2 | 0xf3, ..] => "audio/mpeg",
        _ => match head.get(BRAND)?.strip_prefix(b"ftyp")? {
            b"avif" | b"avis" => "image/avif",
            _ => either("audio/mp4", "video/mp4"),
        },
    })
}

/// Text that was announced as such. A character may be cut at the end of what is looked at.
fn text(announced: &str, head: &[u8]) -> Option<&'static str> {
    let announced = ["text/plain", "application/json"].into_iter().find(|shown| *shown == announced)?;
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_binary = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    (!valid.contains(is_binary)).then_some(announced)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &[u8] = b"<script>alert(1)</script>";

    #[test]
    fn bytes_decide_what_is_shown_and_not_the_announced_type() {
        for announced in
            ["image/png", "image/avif", "image/bmp", "application/pdf", "video/mp4", "IMAGE/PNG", "text/html"]
        {
            assert_eq!(shown_type(announced, SCRIPT), None, "{announced}");
        }
        for announced in ["text/html", "image/svg+xml", "image/png"] {
            assert_eq!(shown_type(announced, b"\xff\xd8\xff\xe0"), Some("image/jpeg"), "{announced}");
        }
    }

    #[test]
    fn what_a_browser_shows_is_known_by_its_bytes() {
        for (head, announced, shown) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "image/png", "image/png"),
            (b"GIF89a", "image/gif", "image/gif"),
            (b"RIFF\0\0\0\0WEBP", "image/webp", "image/webp"),
            (b"RIFF\0\0\0\0WAVE", "audio/wav", "audio/wav"),
            (b"BM\x10\0\0\0\0\0\0\0", "image/bmp", "image/bmp"),
            (b"\0\0\0\x20ftypavif", "image/avif", "image/avif"),
            (b"\0\0\0\x20ftypisom", "video/mp4", "video/mp4"),
            (b"\0\0\0\x20ftypM4A ", "Audio/MP4", "audio/mp4"),
            (b"\x1a\x45\xdf\xa3", "audio/webm", "audio/webm"),
            (b"OggS", "audio/ogg", "audio/ogg"),
            (b"fLaC", "audio/flac", "audio/flac"),
            (b"\xff\xfb\x90", "audio/mpeg", "audio/mpeg"),
            (b"\xff\xf1\x50", "audio/aac", "audio/aac"),
            (b"%PDF-1.7", "application/pdf", "application/pdf"),
        ] {
            assert_eq!(shown_type(announced, head), Some(shown));
        }
    }

    #[test]
    fn text_is_shown_as_it_was_announced_if_it_is_text() {
        assert_eq!(shown_type("application/json", b"{}"), Some("application/json"));
        assert_eq!(shown_type("text/plain", SCRIPT), Some("text/plain"));
        assert_eq!(shown_type("text/plain", b"caf\xc3"), Some("text/plain"), "cut within a character");
        assert_eq!(shown_type("text/plain", b"\xff\xff\xff"), None);
        assert_eq!(shown_type("text/plain", b"a\0b"), None);
        assert_eq!(shown_type("text/csv", b"a,b"), None);
    }
}
