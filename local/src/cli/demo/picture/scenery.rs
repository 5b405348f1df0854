//! Sky, sun and hills.

use super::canvas::{Canvas, Colour, coverage, mixed};

const ZENITH: Colour = [24, 48, 110];
const DUSK: Colour = [214, 112, 120];
const GLOW: Colour = [255, 206, 128];
const SUN: Colour = [255, 244, 214];

/// Where the sky ends, seen from above, and where dusk is on the way there.
const SKY_ROWS: usize = 760;
const DUSK_DEPTH: f32 = 0.6;

const SUN_AT: (f32, f32) = (1130.0, 520.0);
const SUN_RADIUS: f32 = 105.0;
/// The sun's light fades over this many pixels.
const SUN_LIGHT: f32 = 420.0;

/// From the farthest to the nearest.
const HILLS: [Hill; 4] = [
    Hill { colour: [150, 112, 142], middle: 660.0, waves: [(46.0, 0.0061, 0.4), (14.0, 0.023, 1.0)] },
    Hill { colour: [98, 82, 122], middle: 745.0, waves: [(54.0, 0.0047, 2.3), (11.0, 0.031, 0.2)] },
    Hill { colour: [50, 66, 88], middle: 850.0, waves: [(48.0, 0.0069, 4.1), (9.0, 0.027, 2.0)] },
    Hill { colour: [22, 42, 48], middle: 950.0, waves: [(40.0, 0.0053, 0.9), (6.0, 0.041, 3.0)] },
];

struct Hill {
    colour: Colour,
    /// The row around which its horizon runs.
    middle: f32,
    /// Height in pixels, radians for each pixel, radians at the left edge.
    waves: [(f32, f32, f32); 2],
}

pub fn paint(canvas: &mut Canvas) {
    for row in 0..SKY_ROWS {
        canvas.fill(0..canvas.width, row..row + 1, sky(row as f32 / SKY_ROWS as f32));
    }
    shine(canvas);
    for hill in &HILLS {
        hill.paint(canvas);
    }
}

/// Deep blue above, red below it, bright at the horizon: `depth` from 0 to 1.
fn sky(depth: f32) -> Colour {
    if depth < DUSK_DEPTH {
        mixed(ZENITH, DUSK, depth / DUSK_DEPTH)
    } else {
        mixed(DUSK, GLOW, (depth - DUSK_DEPTH) / (1.0 - DUSK_DEPTH))
    }
}

fn shine(canvas: &mut Canvas) {
    let (left, right) = ((SUN_AT.0 - SUN_LIGHT) as usize, (SUN_AT.0 + SUN_LIGHT) as usize);
    let top = (SUN_AT.1 - SUN_LIGHT) as usize;
    for row in top..SKY_ROWS {
        for column in left..right.min(canvas.width) {
            let (x, y) = (column as f32 - SUN_AT.0, row as f32 - SUN_AT.1);
            let distance = (x * x + y * y).sqrt();
            if distance < SUN_RADIUS - 1.0 {
                canvas.blend(column, row, SUN, 1.0);
            } else if distance < SUN_LIGHT {
                let light = 1.0 - distance / SUN_LIGHT;
                canvas.blend(column, row, GLOW, light * light);
                canvas.blend(column, row, SUN, coverage(SUN_RADIUS - distance));
            }
        }
    }
}

impl Hill {
    fn paint(&self, canvas: &mut Canvas) {
        for column in 0..canvas.width {
            let horizon = self.horizon(column as f32);
            let first = horizon as usize;
            for row in first..first + 2 {
                canvas.blend(column, row, self.colour, coverage(row as f32 - horizon));
            }
            canvas.fill(column..column + 1, first + 2..canvas.height, self.colour);
        }
    }

    /// The row at which the hill begins.
    fn horizon(&self, x: f32) -> f32 {
        let waves = self.waves.map(|(height, pace, start)| height * (x * pace + start).sin());
        self.middle - waves.iter().sum::<f32>()
    }
}
