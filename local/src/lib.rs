//! AWS in one process: runs `template.yaml` on this machine, and stands under the tests. Never deployed.
//!
//! Read in this order: what is declared, the services, what invokes functions, and how all of it is put together.

pub mod http;
pub mod state;
pub mod steps;

pub mod iam;
pub mod template;

pub mod aws;
pub mod cloudwatch;
pub mod dynamodb;
pub mod meter;
pub mod s3;
pub mod service;
pub mod sqs;
pub mod ssm;

pub mod environment;
pub mod event_source;
pub mod functions;
pub mod gateway;
pub mod lambda;

pub mod hostile;
pub mod latency;
pub mod partitions;

pub mod connector;
pub mod in_process;
pub mod invocations;
pub mod outside;

pub mod logs;
pub mod server;
pub mod stack;
