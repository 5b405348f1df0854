pub mod http;
pub mod iam;
pub mod state;
pub mod template;
