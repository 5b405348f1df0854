//! Makes three pictures of a photograph and says what that took, or how near two pictures are. One measurement a process,
//! so that memory is its own; see `compare.mjs`.

use std::error::Error;
use std::fs;
use std::io::Cursor;

use serde_json::json;
use shared::image::{TargetFormat, Transform, decode, decode_for};
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["once", photo, folder] => measure(photo, folder, once),
        ["each", photo, folder] => measure(photo, folder, each),
        ["near", reference, made] => near(reference, made),
        _ => Err("once PHOTO FOLDER, each PHOTO FOLDER, or near REFERENCE MADE".into()),
    }
}

/// The recipe: a page's picture, a smaller one for old browsers, and a thumbnail.
fn transforms() -> [Transform; 3] {
    let to = |width, format, quality| Transform {
        width: Some(width),
        format: Some(format),
        quality: Some(quality),
        ..Transform::default()
    };
    [to(1600, TargetFormat::WebP, 75), to(800, TargetFormat::Jpeg, 80), to(200, TargetFormat::WebP, 75)]
}

/// Decodes once, as a job of several steps does.
fn once(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    let transforms = transforms();
    let picture = decode_for(bytes, &transforms.each_ref())?;
    picture.facts()?;
    transforms.iter().map(|transform| Ok(picture.render(transform)?.bytes)).collect()
}

/// Decodes for each, as jobs do that come alone.
fn each(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    let make = |transform: &Transform| {
        let picture = decode_for(bytes, &[transform])?;
        picture.facts()?;
        Ok(picture.render(transform)?.bytes)
    };
    transforms().iter().map(make).collect()
}

fn measure(photo: &str, folder: &str, make: fn(&[u8]) -> Result<Vec<Vec<u8>>>) -> Result<()> {
    let bytes = fs::read(photo)?;
    make(&bytes)?;
    let before = cpu_ms()?;
    let made = make(&bytes)?;
    let cpu_ms = cpu_ms()? - before;
    for (bytes, name) in made.iter().zip(["1600.webp", "800.jpg", "200.webp"]) {
        fs::write(format!("{folder}/{name}"), bytes)?;
    }
    let sizes: Vec<usize> = made.iter().map(Vec::len).collect();
    println!("{}", json!({"cpu_ms": cpu_ms, "peak_kib": peak_kib()?, "bytes": sizes}));
    Ok(())
}

/// SSIMULACRA 2: 100 is the same, 90 not to be told apart, 70 high quality.
fn near(reference: &str, made: &str) -> Result<()> {
    let score = compute_frame_ssimulacra2(rgb(reference)?, rgb(made)?)?;
    println!("{}", json!({"ssimulacra2": score}));
    Ok(())
}

fn rgb(path: &str) -> Result<Rgb> {
    let png = Transform { format: Some(TargetFormat::Png), ..Transform::default() };
    let made = decode(&fs::read(path)?)?.render(&png)?;
    let mut reader = png::Decoder::new(Cursor::new(made.bytes)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut pixels)?;
    let pixels = pixels.as_chunks::<3>().0.iter().map(|pixel| pixel.map(|byte| f32::from(byte) / 255.0));
    let (width, height) = (info.width as usize, info.height as usize);
    Ok(Rgb::new(pixels.collect(), width, height, TransferCharacteristic::SRGB, ColorPrimaries::BT709)?)
}

/// The CPU time of this thread, the only one that works.
fn cpu_ms() -> Result<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: u64 = stat.split_whitespace().next().ok_or("no statistics")?.parse()?;
    Ok(nanoseconds as f64 / 1e6)
}

fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no peak")?;
    Ok(line.split_whitespace().nth(1).ok_or("no peak")?.parse()?)
}
