//! The domain of Millrace. Read in this order: the words, what is decided, what is done, where it is stored.

pub mod clock;
pub mod concurrently;
pub mod error;
pub mod id;
pub mod request_id;
pub mod seal;
pub mod secret;
pub mod tenant;

pub mod activity;
pub mod api_key;
pub mod checksum;
pub mod cursor;
pub mod derivative;
pub mod download;
pub mod fan_in;
pub mod idempotency;
pub mod image;
pub mod job;
pub mod queue;
pub mod rate_limit;
pub mod recipe;
pub mod register;
pub mod retry;
pub mod scope;
pub mod signing_key;
pub mod submission;
pub mod upload;
pub mod usage;

pub mod app;
pub mod config;
pub mod log_format;
pub mod metrics;
pub mod work_log;

pub mod kinds;
pub mod operations;
pub mod projections;

pub mod aws;
pub mod outbound;

pub mod lambda;
