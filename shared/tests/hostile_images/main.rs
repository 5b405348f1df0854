//! Images that were made to do harm: all made here, none of them may panic, take more memory than its bound
//! (see [`memory`]), or pass for what it is not.

mod bombs;
mod files;
mod memory;
mod metadata_bombs;
mod oddities;
mod polyglots;
mod reported;
mod truncation;
mod verdict;
