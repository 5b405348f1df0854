/// Reads `2026:05:06 07:08:09` and an offset such as `+02:00`. A moment that cannot be, such as the zeros
/// that a camera without a clock writes, is none.
pub fn read(moment: &[u8], offset: Option<&[u8]>) -> Option<String> {
    let text = std::str::from_utf8(moment.get(..19)?).ok()?;
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = numbers(date, 4)?;
    let [hour, minute, second] = numbers(time, 2)?;
    let can_be = year > 0
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let offset = offset.and_then(self::offset).unwrap_or_default();
    can_be.then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}"))
}

fn offset(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes.get(..6)?).ok()?;
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let is_bounded = two_digits(hours)? < 24 && two_digits(minutes)? < 60;
    is_bounded.then_some(text)
}

fn two_digits(text: &str) -> Option<u32> {
    number(text, 2)
}

/// Three numbers between colons, the first of a given length and the others of two digits.
fn numbers(text: &str, first_digits: usize) -> Option<[u32; 3]> {
    let mut parts = text.split(':');
    let numbers =
        [number(parts.next()?, first_digits)?, two_digits(parts.next()?)?, two_digits(parts.next()?)?];
    parts.next().is_none().then_some(numbers)
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_with_its_offset_if_there_is_one() {
        let moment = b"2026:05:06 07:08:09\0";
        assert_eq!(read(moment, None).as_deref(), Some("2026-05-06T07:08:09"));
        assert_eq!(read(moment, Some(b"+02:00\0")).as_deref(), Some("2026-05-06T07:08:09+02:00"));
        for offset in [&b""[..], b"+2:00\0", b"02:00+\0", b"+24:00", b"+aa:00", "+é:00".as_bytes()] {
            assert_eq!(read(moment, Some(offset)).as_deref(), Some("2026-05-06T07:08:09"));
        }
    }

    #[test]
    fn what_cannot_be_is_no_moment() {
        for moment in [
            "0000:00:00 00:00:00",
            "2026:13:06 07:08:09",
            "2026:05:06 24:08:09",
            "    :  :     :  :  ",
            "2026:05:06",
            "2026:05:06T07:08:09",
            "+026:05:06 07:08:09",
            "2026:05:06 07:08:09:1"[..19].trim_end_matches('9'),
            "",
        ] {
            assert_eq!(read(moment.as_bytes(), None), None, "{moment}");
        }
    }
}
