//! Counts what a thread has allocated. libwebp takes its memory from C's allocator, which is not counted; it
//! is bound by the size of the picture, which is checked before libwebp sees it.
#![expect(unsafe_code, reason = "an allocator is unsafe by its nature, and nothing else can count memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
    static PEAK_BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on as it is to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both are there while the content moves.
        note(size as isize);
        note(-(layout.size() as isize));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn note(bytes: isize) {
    LIVE_BYTES.with(|live| {
        live.set(live.get() + bytes);
        PEAK_BYTES.with(|peak| peak.set(peak.get().max(live.get())));
    });
}

/// Returns the result of the work, and the most memory that it had at once on this thread, in bytes.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE_BYTES.get();
    PEAK_BYTES.set(before);
    let result = work();
    (result, (PEAK_BYTES.get() - before).unsigned_abs())
}

#[test]
fn memory_is_counted() {
    let (_, peak) = peak_of(|| {
        drop(vec![1u8; 1_000_000]);
        vec![1u8; 300_000].len()
    });
    assert_eq!(peak, 1_000_000);
}
