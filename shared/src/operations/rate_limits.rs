//! Rate limits.

mod take_tokens;

pub use take_tokens::take_tokens;
