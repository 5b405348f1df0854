//! The text that bodies and attributes may hold.

/// Whether a message may hold `text`: the characters of XML 1.0.
pub fn is_allowed(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        c => c >= ' ',
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_noncharacters_are_refused() {
        assert!(is_allowed("tab\t line\r\n text \u{7f} \u{d7ff} \u{e000} \u{fffd} \u{1f600}"));
        for refused in ["\0", "\u{8}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            assert!(!is_allowed(refused), "{refused:?}");
        }
    }
}
