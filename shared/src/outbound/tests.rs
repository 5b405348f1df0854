//! The client against servers in memory, and a few on real sockets. Time is the runtime's own, which stands still while
//! anything can go on: a test that waits for a deadline takes no time.

mod addresses;
mod bodies;
mod deadlines;
mod errors;
mod heads;
mod redirects;
mod requests;
mod secure;
mod sockets;
mod wire;
