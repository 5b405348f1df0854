//! Registers of names: a bound on their number that holds in the write.

mod enter;

pub(crate) use enter::enter_name;
