use super::region::Region;
use super::size::Size;

/// Rows of 8-bit pixels without gaps, top row first.
#[derive(Clone)]
pub struct Raster {
    pub width: u32,
    pub height: u32,
    pub channels: Channels,
    pub pixels: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    Rgb,
    /// Colours are not multiplied by the alpha.
    Rgba,
}

impl Channels {
    pub const fn count(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

impl Raster {
    /// A picture of one colour.
    pub fn filled(size: Size, colour: [u8; 4]) -> Self {
        Self {
            width: size.width,
            height: size.height,
            channels: Channels::Rgba,
            pixels: vec![colour; size.pixels()].into_flattened(),
        }
    }

    pub const fn size(&self) -> Size {
        Size { width: self.width, height: self.height }
    }

    pub const fn row_bytes(&self) -> usize {
        self.width as usize * self.channels.count()
    }

    /// A copy of a part.
    pub fn part(&self, Region { left, top, size }: Region) -> Self {
        let count = self.channels.count();
        let rows = self.pixels.chunks_exact(self.row_bytes()).skip(top as usize).take(size.height as usize);
        let mut pixels = Vec::with_capacity(size.pixels() * count);
        for row in rows {
            pixels.extend_from_slice(&row[left as usize * count..][..size.width as usize * count]);
        }
        Self { width: size.width, height: size.height, channels: self.channels, pixels }
    }

    /// Copies `picture` in at a place; what lies outside is cut away.
    pub fn place(&mut self, picture: Raster, left: u32, top: u32) {
        let picture = picture.with_alpha();
        let bytes = picture.width.min(self.width.saturating_sub(left)) as usize * 4;
        if bytes == 0 {
            return;
        }
        let row_bytes = self.row_bytes();
        let rows = self.pixels.chunks_exact_mut(row_bytes).skip(top as usize);
        for (to, from) in rows.zip(picture.pixels.chunks_exact(picture.row_bytes())) {
            to[left as usize * 4..][..bytes].copy_from_slice(&from[..bytes]);
        }
    }

    /// Draws `picture` over what is there; what lies outside is cut away. Both have an alpha channel.
    pub fn draw(&mut self, picture: &Raster, left: u32, top: u32) {
        let row_pixels = self.width as usize;
        let rows = self.pixels.as_chunks_mut::<4>().0.chunks_exact_mut(row_pixels).skip(top as usize);
        let drawn = picture.pixels.as_chunks::<4>().0.chunks_exact(picture.width as usize);
        for (to, from) in rows.zip(drawn) {
            for (below, above) in to.iter_mut().skip(left as usize).zip(from) {
                *below = over(*above, *below);
            }
        }
    }

    /// Makes a part transparent; what lies outside is left out. It has an alpha channel.
    pub fn clear(&mut self, left: u32, top: u32, size: Size) {
        let row_pixels = self.width as usize;
        let rows = self.pixels.as_chunks_mut::<4>().0.chunks_exact_mut(row_pixels).skip(top as usize);
        for row in rows.take(size.height as usize) {
            for pixel in row.iter_mut().skip(left as usize).take(size.width as usize) {
                *pixel = [0; 4];
            }
        }
    }

    pub fn with_alpha(self) -> Self {
        if self.channels == Channels::Rgba {
            return self;
        }
        let pixels: Vec<[u8; 4]> =
            self.pixels.as_chunks().0.iter().map(|&[red, green, blue]| [red, green, blue, u8::MAX]).collect();
        Self { channels: Channels::Rgba, pixels: pixels.into_flattened(), ..self }
    }

    /// Drops an alpha channel that hides nothing: all later work is cheaper by a quarter and more.
    pub fn without_idle_alpha(self) -> Self {
        let opaque = |pixels: &[u8]| pixels.as_chunks().0.iter().all(|&[_, _, _, alpha]| alpha == u8::MAX);
        if self.channels == Channels::Rgb || !opaque(&self.pixels) {
            return self;
        }
        self.without_alpha()
    }

    /// Drops an alpha channel, whatever it hides.
    pub fn without_alpha(mut self) -> Self {
        if self.channels == Channels::Rgb {
            return self;
        }
        let count = self.size().pixels();
        for index in 0..count {
            self.pixels.copy_within(index * 4..index * 4 + 3, index * 3);
        }
        self.pixels.truncate(count * 3);
        self.pixels.shrink_to_fit();
        Self { channels: Channels::Rgb, ..self }
    }

    /// Divides colours that were multiplied by the alpha. It has an alpha channel.
    pub fn divide_by_alpha(&mut self) {
        for [colour @ .., alpha] in self.pixels.as_chunks_mut::<4>().0 {
            let alpha = u32::from(*alpha).max(1);
            *colour = colour.map(|channel| ((u32::from(channel) * 255 + alpha / 2) / alpha).min(255) as u8);
        }
    }

    /// Lays a transparent picture on a colour.
    pub fn on_colour(&self, colour: [u8; 3]) -> Self {
        let pixels: Vec<[u8; 3]> = self
            .pixels
            .as_chunks()
            .0
            .iter()
            .map(|&[red, green, blue, alpha]| {
                [blend(red, colour[0], alpha), blend(green, colour[1], alpha), blend(blue, colour[2], alpha)]
            })
            .collect();
        Self {
            width: self.width,
            height: self.height,
            channels: Channels::Rgb,
            pixels: pixels.into_flattened(),
        }
    }
}

/// A pixel seen through another one.
fn over(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    match (above[3], below[3]) {
        (0, _) => return below,
        (u8::MAX, _) | (_, 0) => return above,
        _ => {}
    }
    let (above_alpha, below_alpha) = (u32::from(above[3]), u32::from(below[3]));
    let rest = below_alpha * (255 - above_alpha);
    // In parts of 255 × 255.
    let alpha = above_alpha * 255 + rest;
    let mix = |at: usize| {
        let sum = u32::from(above[at]) * above_alpha * 255 + u32::from(below[at]) * rest;
        ((sum + alpha / 2) / alpha) as u8
    };
    [mix(0), mix(1), mix(2), ((alpha + 127) / 255) as u8]
}

fn blend(front: u8, back: u8, alpha: u8) -> u8 {
    let (front, back, alpha) = (u32::from(front), u32::from(back), u32::from(alpha));
    ((front * alpha + back * (255 - alpha) + 127) / 255) as u8
}
