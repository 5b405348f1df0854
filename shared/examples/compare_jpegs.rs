//! Decodes what `cjpeg` writes and compares each pixel with what `djpeg` makes of it: every combination of sampling, scan
//! script, restart interval and size.
//!
//! Needs Debian's `libjpeg-turbo-progs`. Ends with 1 if a pixel differs, or if a file is refused that `djpeg` decodes.
//!
//! ```sh
//! cargo run --package shared --example compare_jpegs
//! cargo run --package shared --example compare_jpegs -- corpus shared/tests/hostile_images/reported/scans.json
//! ```
//!
//! The second form writes a small selection, with the checksums of the right pixels, which is a test.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::image::{TargetFormat, Transform, decode};

const SIZES: [(usize, usize); 4] = [(1, 1), (16, 16), (33, 7), (65, 49)];
const RESTARTS: [&[&str]; 4] = [&[], &["-restart", "1B"], &["-restart", "3B"], &["-restart", "1"]];
/// Name, options, and the scan script, if the options ask for one.
const SCRIPTS: [(&str, &[&str], &str); 9] = [
    ("one scan", &[], ""),
    ("optimised", &["-optimize"], ""),
    ("a scan for each colour", &[], "0;\n1;\n2;\n"),
    ("colours backwards", &[], "2;\n1;\n0;\n"),
    ("two colours, then one", &[], "0 1;\n2;\n"),
    ("one colour, then two", &[], "0;\n1 2;\n"),
    ("outer colours, then the middle", &[], "0 2;\n1;\n"),
    ("progressive", &["-progressive"], ""),
    (
        "progressive, a scan for each colour",
        &["-progressive"],
        "0: 0-0, 0, 1;\n1: 0-0, 0, 0;\n2: 0-0, 0, 0;\n0: 1-63, 0, 2;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n\
         0: 0-0, 1, 0;\n0: 1-63, 2, 1;\n0: 1-63, 1, 0;\n",
    ),
];
/// The sampling of the second and third colour.
const CHROMA: [&str; 6] = ["1x1,1x1", "2x1,2x1", "1x2,1x2", "2x2,1x1", "1x1,2x1", "3x1,1x1"];
/// One of so many files becomes part of the corpus.
const CORPUS_STEP: usize = 82;
const CORPUS_SIZES: [(usize, usize); 2] = [(33, 7), (65, 49)];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let corpus = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => None,
        ["corpus", path] => Some(path.to_owned()),
        _ => return Err("neither nothing nor `corpus` and a path".into()),
    };
    let script_path = std::env::temp_dir().join(format!("millrace-scans-{}", std::process::id()));
    let script_path = script_path.to_str().ok_or("the path of temporary files is no text")?;
    let mut report = Report::default();
    for (width, height) in SIZES {
        let source = source(width, height);
        for (sampling, is_grey) in samplings() {
            for (script, options, scans) in SCRIPTS {
                if is_grey && !scans.is_empty() {
                    continue;
                }
                for restarts in RESTARTS {
                    fs::write(script_path, scans)?;
                    let mut arguments = vec!["-quality", "85"];
                    arguments.extend(if is_grey { vec!["-grayscale"] } else { vec!["-sample", &sampling] });
                    arguments.extend(options.iter().chain(restarts));
                    if !scans.is_empty() {
                        arguments.extend(["-scans", script_path]);
                    }
                    let name = format!("{width}x{height}, {sampling}, {script}, {}", restarts.join(" "));
                    // It writes no mix of samplings that it could not read.
                    let Some(jpeg) = run("cjpeg", &arguments, &source)? else { continue };
                    let Some(right) = run("djpeg", &["-rgb"], &jpeg)? else { continue };
                    report.compare(name, (width, height), &jpeg, &right);
                }
            }
        }
    }
    fs::remove_file(script_path)?;
    println!("{} files, {} wrong", report.compared, report.wrong);
    if let Some(path) = corpus {
        fs::write(path, serde_json::to_string_pretty(&report.corpus)? + "\n")?;
    }
    Ok(ExitCode::from(u8::from(report.wrong > 0 || report.compared == 0)))
}

#[derive(Default)]
struct Report {
    compared: usize,
    wrong: usize,
    corpus: Vec<Value>,
}

impl Report {
    fn compare(&mut self, name: String, size: (usize, usize), jpeg: &[u8], ppm: &[u8]) {
        self.compared += 1;
        let right = &ppm[ppm.len() - size.0 * size.1 * 3..];
        match pixels(jpeg) {
            Ok(found) if found == right => {}
            Ok(_) => self.complain(&name, "other pixels"),
            Err(error) => self.complain(&name, &error.to_string()),
        }
        if CORPUS_SIZES.contains(&size) && self.compared.is_multiple_of(CORPUS_STEP) {
            let mut crc = flate2::Crc::new();
            crc.update(right);
            let (width, height) = size;
            self.corpus.push(json!({"name": name, "width": width, "height": height,
                "crc32_of_rgb": crc.sum(), "jpeg": STANDARD.encode(jpeg)}));
        }
    }

    fn complain(&mut self, name: &str, what: &str) {
        self.wrong += 1;
        println!("{name}: {what}");
    }
}

fn samplings() -> impl Iterator<Item = (String, bool)> {
    let luma = (1..=4).flat_map(|across| (1..=4).map(move |down| (across, down)));
    let colours = luma.flat_map(|(across, down)| CHROMA.map(|chroma| format!("{across}x{down},{chroma}")));
    colours.map(|sampling| (sampling, false)).chain([("grey".to_owned(), true)])
}

/// A picture of slopes and edges.
fn source(width: usize, height: usize) -> Vec<u8> {
    let mut ppm = format!("P6\n{width} {height}\n255\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            let edge = if (x / 5 + y / 3) % 2 == 0 { 60 } else { 0 };
            ppm.extend([(x * 5 + edge) as u8, (y * 7 + 255 - x * 3) as u8, (x * y + edge) as u8]);
        }
    }
    ppm
}

/// Returns the output of a program; nothing if it refuses.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program} of libjpeg-turbo-progs: {error}"))?;
    let mut stdin = child.stdin.take().ok_or("no pipe")?;
    // One that refuses may not read to the end.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output()?;
    Ok(output.status.success().then_some(output.stdout))
}

/// The pixels that we see, as red, green and blue.
fn pixels(jpeg: &[u8]) -> Result<Vec<u8>> {
    let png = Transform { format: Some(TargetFormat::Png), ..Transform::default() };
    let made = decode(jpeg)?.render(&png)?;
    let mut reader = png::Decoder::new(std::io::Cursor::new(made.bytes)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
    reader.next_frame(&mut pixels)?;
    Ok(pixels)
}
