//! Marks that an eye can measure: patches of known colours, an F, a star of spokes, and a frame.

use super::canvas::{Canvas, Colour, WHITE, coverage};

/// Both rows of patches are this high, at the bottom.
const PATCH_ROWS: usize = 80;

/// The corners of the colour cube that are neither black nor white, and two tones of skin.
const COLOURS: [Colour; 8] = [
    [255, 0, 0],
    [255, 255, 0],
    [0, 255, 0],
    [0, 255, 255],
    [0, 0, 255],
    [255, 0, 255],
    [224, 172, 138],
    [110, 70, 48],
];

/// From black to white.
const GREYS: [u8; 16] = [0, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 187, 204, 221, 238, 255];

/// Left, top, width and height of the letter's three bars.
const LETTER: [[usize; 4]; 3] = [[90, 90, 44, 240], [90, 90, 160, 44], [90, 182, 120, 44]];

const STAR_AT: (usize, usize) = (1430, 200);
const STAR_RADIUS: usize = 120;
const STAR_SPOKES: f32 = 36.0;

const FRAME: usize = 8;

pub fn paint(canvas: &mut Canvas) {
    patches(canvas);
    for [left, top, width, height] in LETTER {
        canvas.fill(left..left + width, top..top + height, WHITE);
    }
    star(canvas);
    frame(canvas);
}

fn patches(canvas: &mut Canvas) {
    let bottom = canvas.height;
    let greys = GREYS.map(|grey| [grey; 3]);
    row_of_patches(canvas, &COLOURS, bottom - 2 * PATCH_ROWS);
    row_of_patches(canvas, &greys, bottom - PATCH_ROWS);
}

fn row_of_patches(canvas: &mut Canvas, colours: &[Colour], top: usize) {
    let width = canvas.width / colours.len();
    for (index, colour) in colours.iter().enumerate() {
        canvas.fill(index * width..(index + 1) * width, top..top + PATCH_ROWS, *colour);
    }
}

/// Its spokes meet in the finest detail that a pixel can hold.
fn star(canvas: &mut Canvas) {
    let (middle, radius_max) = (STAR_AT, STAR_RADIUS as f32);
    for row in middle.1 - STAR_RADIUS..=middle.1 + STAR_RADIUS {
        for column in middle.0 - STAR_RADIUS..=middle.0 + STAR_RADIUS {
            let (x, y) = (column as f32 - middle.0 as f32, row as f32 - middle.1 as f32);
            let radius = x.hypot(y);
            // The sine's slope at an edge makes its value the distance to that edge, in pixels.
            let from_spoke = (y.atan2(x) * STAR_SPOKES).sin() * radius / STAR_SPOKES;
            canvas.blend(column, row, WHITE, coverage(from_spoke) * coverage(radius_max - radius));
        }
    }
}

fn frame(canvas: &mut Canvas) {
    let (width, height) = (canvas.width, canvas.height);
    for rows in [0..FRAME, height - FRAME..height] {
        canvas.fill(0..width, rows, WHITE);
    }
    for columns in [0..FRAME, width - FRAME..width] {
        canvas.fill(columns, 0..height, WHITE);
    }
}
