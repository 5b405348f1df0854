//! The views that the API shows. Field names are public: they never change.

pub mod activity;
pub mod api_keys;
pub mod codes;
pub mod created_upload;
pub mod derivatives;
pub mod downloads;
pub mod job_batch;
pub mod job_io;
pub mod jobs;
pub mod jobs_query;
pub mod listing;
pub mod parts;
pub mod recipes;
pub mod runs;
pub mod signing_keys;
pub mod time;
pub mod uploads;
pub mod uploads_query;
pub mod usage;
pub mod waits_for;
