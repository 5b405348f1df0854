pub mod http;
pub mod state;
