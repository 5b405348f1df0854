use std::ffi::c_uint;
use std::sync::OnceLock;

use mozjpeg_sys::{jpeg_component_info, jpeg_decompress_struct, jpeg_read_raw_data};

use super::failure::Failure;
use crate::image::planes::{Plane, Planes};
use crate::image::size::Size;

/// Samples of a block's side in the file.
const BLOCK: u32 = 8;

/// How libjpeg lays out a component that it hands out as it is stored, reduced perhaps.
struct Layout {
    /// Samples of a block's side as it is decoded.
    block: u32,
    /// Samples between two rows, all blocks being whole.
    stride: usize,
    /// Rows that are decoded at once.
    rows: usize,
}

/// Reads the planes of a picture.
///
/// # Safety
///
/// Decompression has started, with `raw_data_out` and `scale_denom` set.
pub unsafe fn read_planes(info: &mut jpeg_decompress_struct, size: Size) -> Result<Planes, Failure> {
    // SAFETY: libjpeg keeps one for each component of its header, and does not move them.
    let components = unsafe { std::slice::from_raw_parts(info.comp_info, info.num_components as usize) };
    let factors: Vec<(u32, u32)> = components
        .iter()
        .map(|component| (component.h_samp_factor.unsigned_abs(), component.v_samp_factor.unsigned_abs()))
        .collect();
    let most = (info.max_h_samp_factor.unsigned_abs(), info.max_v_samp_factor.unsigned_abs());
    let reduced = BLOCK / info.scale_denom.max(1);
    let layouts: Vec<Layout> = components
        .iter()
        .zip(&factors)
        .map(|(component, factors)| Layout::new(component, *factors, most, reduced))
        .collect();
    let mut planes: Vec<Plane> =
        layouts.iter().zip(&factors).map(|(layout, factors)| layout.plane(*factors, most, size)).collect();
    let mut scratch: Vec<Vec<u8>> =
        layouts.iter().map(|layout| vec![0; layout.stride * layout.rows]).collect();
    let lines: c_uint = most.1 * reduced;
    while info.output_scanline < info.output_height {
        let mut rows: Vec<Vec<*mut u8>> = scratch
            .iter_mut()
            .zip(&layouts)
            .map(|(samples, layout)| {
                samples.chunks_exact_mut(layout.stride).map(<[u8]>::as_mut_ptr).collect()
            })
            .collect();
        let mut image: Vec<*mut *mut u8> = rows.iter_mut().map(Vec::as_mut_ptr).collect();
        // SAFETY: for each component there are as many rows as are decoded at once, each of all of its blocks' samples.
        if unsafe { jpeg_read_raw_data(info, image.as_mut_ptr(), lines) } == 0 {
            return Err(Failure::Truncated);
        }
        for ((plane, layout), samples) in planes.iter_mut().zip(&layouts).zip(&scratch) {
            layout.keep(samples, plane);
        }
    }
    Ok(Planes { size, denominator: info.scale_denom, planes })
}

impl Layout {
    fn new(component: &jpeg_component_info, factors: (u32, u32), most: (u32, u32), reduced: u32) -> Self {
        // A component of fewer samples is reduced less, as long as it does not get more than the others.
        let mut block = reduced;
        while block < BLOCK
            && (most.0 * reduced).is_multiple_of(factors.0 * block * 2)
            && (most.1 * reduced).is_multiple_of(factors.1 * block * 2)
        {
            block *= 2;
        }
        Self {
            block,
            stride: (component.width_in_blocks * block) as usize,
            rows: (factors.1 * block) as usize,
        }
    }

    fn plane(&self, factors: (u32, u32), most: (u32, u32), size: Size) -> Plane {
        let side =
            |pixels: u32, factor: u32, most: u32| (pixels * factor * self.block).div_ceil(most * BLOCK);
        let density = |factor: u32, most: u32| f64::from(factor * self.block) / f64::from(most * BLOCK);
        let size =
            Size { width: side(size.width, factors.0, most.0), height: side(size.height, factors.1, most.1) };
        Plane {
            size,
            density: (density(factors.0, most.0), density(factors.1, most.1)),
            samples: Vec::with_capacity(size.pixels()),
            half: OnceLock::new(),
        }
    }

    /// Keeps of what was decoded at once the samples that belong to the picture.
    fn keep(&self, samples: &[u8], plane: &mut Plane) {
        let width = plane.size.width as usize;
        let missing = plane.size.height as usize - plane.samples.len() / width;
        for row in samples.chunks_exact(self.stride).take(missing) {
            plane.samples.extend_from_slice(&row[..width]);
        }
    }
}
