//! Calls to the world. So far the guard: which addresses may be dialled.

pub mod address;
