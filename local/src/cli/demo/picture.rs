//! A picture to judge derivatives by: hills at sunset for smooth colours, a letter that is wrong in every orientation
//! but the right one, a star for fine edges, patches of known colours, and a frame that shows what was cropped.

mod canvas;
mod marks;
mod scenery;

use png::{BitDepth, ColorType, Encoder, EncodingError, SrgbRenderingIntent};

use canvas::Canvas;

const WIDTH: usize = 1600;
const HEIGHT: usize = 1200;

/// The picture as a PNG file: 1600 × 1200 pixels, 8-bit sRGB.
pub fn png() -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(painted().bytes())?;
    writer.finish()?;
    Ok(file)
}

fn painted() -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    scenery::paint(&mut canvas);
    marks::paint(&mut canvas);
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::image::{SourceFormat, read_header};

    #[test]
    fn the_file_is_a_png_of_the_stated_size() {
        let header = read_header(&png().unwrap()).unwrap().unwrap();
        assert_eq!((header.format, header.width, header.height), (SourceFormat::Png, 1600, 1200));
    }

    #[test]
    fn no_turn_and_no_mirror_leaves_the_picture_as_it_is() {
        let canvas = painted();
        let at = |column: usize, row: usize| &canvas.bytes()[(row * WIDTH + column) * 3..][..3];
        let (column, row) = (110, 250);
        assert_eq!(at(column, row), [255; 3]);
        for other in
            [(WIDTH - 1 - column, row), (column, HEIGHT - 1 - row), (WIDTH - 1 - column, HEIGHT - 1 - row)]
        {
            assert_ne!(at(other.0, other.1), [255; 3], "{other:?}");
        }
    }
}
