//! Whole-system tests: all functions over the local stack, in one process unless a test says otherwise.
//!
//! Each test has a [`world::World`] of its own. Read [`world`] and [`main_job`] first.
#![cfg(test)]

mod pictures;
mod world;

mod account;
mod activity;
mod alarms;
mod api_keys;
mod bad_input;
mod claims;
mod conventions;
mod deletion;
mod downloads;
mod events;
mod examples;
mod faults;
mod forms;
mod histories;
mod hostile;
mod idempotency;
mod imports;
mod jobs;
mod keys;
mod latency;
mod limits;
mod logs;
mod main_job;
mod multipart;
mod outbound;
mod poison;
mod processes;
mod rate_limits;
mod recipes;
mod runs;
mod secrets;
mod sessions;
mod steps;
mod stream;
mod tenants;
mod throttling;
mod tidy;
mod units;
mod usage;
