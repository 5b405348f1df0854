//! The services of AWS that the endpoint stands for.

use crate::http::Request;
use crate::ssm;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    DynamoDb,
    Sqs,
    Ssm,
    S3,
}

impl Service {
    /// The service that a request is for: those that speak JSON are named by its target header, and all else is S3's.
    pub fn of(request: &Request) -> Self {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        match target {
            Some(target) if target.starts_with("DynamoDB") => Self::DynamoDb,
            Some(target) if target.starts_with(ssm::TARGET_PREFIX) => Self::Ssm,
            Some(_) => Self::Sqs,
            None => Self::S3,
        }
    }
}
