use super::geometry::Size;

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

    pub fn with_alpha(self) -> Self {
        if self.channels == Channels::Rgba {
            return self;
        }
        let pixels: Vec<[u8; 4]> =
            self.pixels.as_chunks().0.iter().map(|&[red, green, blue]| [red, green, blue, u8::MAX]).collect();
        Self { channels: Channels::Rgba, pixels: pixels.into_flattened(), ..self }
    }

    /// Drops an alpha channel that hides nothing: all later work is cheaper by a quarter and more.
    pub fn without_idle_alpha(mut self) -> Self {
        let opaque = |pixels: &[u8]| pixels.as_chunks().0.iter().all(|&[_, _, _, alpha]| alpha == u8::MAX);
        if self.channels == Channels::Rgb || !opaque(&self.pixels) {
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

fn blend(front: u8, back: u8, alpha: u8) -> u8 {
    let (front, back, alpha) = (u32::from(front), u32::from(back), u32::from(alpha));
    ((front * alpha + back * (255 - alpha) + 127) / 255) as u8
}
