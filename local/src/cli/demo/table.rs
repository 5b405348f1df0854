//! The files that were saved, as a table for a reader.

use std::fmt::Write;
use std::path::PathBuf;

pub struct File {
    pub name: String,
    pub pixels: Option<(u32, u32)>,
    pub size_bytes: u64,
    pub path: PathBuf,
}

const TITLES: [&str; 4] = ["name", "pixels", "bytes", "file"];

/// A line of titles and one for each file; numbers are aligned on the right.
pub fn of(files: &[File]) -> String {
    let rows: Vec<[String; 4]> =
        std::iter::once(TITLES.map(str::to_owned)).chain(files.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut table = String::new();
    for [name, pixels, bytes, path] in &rows {
        let [first, second, third] = widths;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{name:first$}  {pixels:>second$}  {bytes:>third$}  {path}");
    }
    table
}

/// `6,812`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `200 × 200`
pub fn pixels((width, height): (u32, u32)) -> String {
    format!("{width} × {height}")
}

fn row(file: &File) -> [String; 4] {
    let pixels = file.pixels.map(pixels).unwrap_or_default();
    [file.name.clone(), pixels, grouped(file.size_bytes), file.path.display().to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let file = |name: &str, pixels, size_bytes| File {
            name: name.to_owned(),
            pixels: Some(pixels),
            size_bytes,
            path: format!("demo/{name}.webp").into(),
        };
        let expected = "\
name       pixels    bytes  file
thumb   200 × 200    6,812  demo/thumb.webp
large  1600 × 900  123,456  demo/large.webp
";
        assert_eq!(of(&[file("thumb", (200, 200), 6_812), file("large", (1600, 900), 123_456)]), expected);
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let numbers = [0, 7, 999, 1_000, 67_108_864];
        assert_eq!(numbers.map(grouped), ["0", "7", "999", "1,000", "67,108,864"]);
    }
}
