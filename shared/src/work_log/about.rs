use crate::id::{ApiKeyId, JobId, UploadId, digest};
use crate::job::{Delivery, Job, KindName};
use crate::request_id::RequestId;
use crate::tenant::Tenant;
use crate::upload::{ParentKey, Upload};

/// The subject of a log line. A field that is `None` does not stand in the line.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Id of the request that caused it.
    pub request_id: Option<RequestId>,
    /// Lambda's id of the invocation, for work that no single request caused.
    pub invocation_id: Option<String>,
    pub tenant: Option<Tenant>,
    pub upload: Option<UploadId>,
    pub job: Option<JobId>,
    pub job_kind: Option<KindName>,
    /// Counted from 1.
    pub job_attempt: Option<u32>,
    /// Id of a queue's message.
    pub message_id: Option<String>,
    /// A record's place in the stream.
    pub sequence_number: Option<String>,
    /// How many there were: changes, messages, rows.
    pub items: Option<u64>,
    pub items_failed: Option<u64>,
    pub size_bytes: Option<u64>,
    /// Fields of a request.
    pub http: Option<Http>,
    /// The key that a refused request came with.
    pub api_key: Option<ApiKeyId>,
    /// Where a refused request came from: the network of the client's address.
    pub client: Option<String>,
    /// A random number that decides whether a request is logged; no part of the line.
    pub sample: Option<u64>,
    /// Why it did not go well, as the public knows it: the code of a failure, a rejection or a problem.
    pub code: Option<String>,
    /// For people.
    pub detail: Option<String>,
    /// The chain of causes of a fault.
    pub error: Option<String>,
}

/// The logged part of a request: never its path, query or headers, which may hold what is secret.
#[derive(Clone, Debug)]
pub struct Http {
    pub method: String,
    /// As it is declared: `/v1/uploads/{id}`.
    pub route: String,
    pub status: u16,
}

impl About {
    pub fn invocation(id: &str) -> Self {
        Self { invocation_id: Some(id.to_owned()), ..Self::default() }
    }

    pub fn upload(upload: &Upload) -> Self {
        Self {
            request_id: upload.request_id.clone(),
            tenant: Some(upload.tenant.clone()),
            upload: Some(upload.id.clone()),
            ..Self::default()
        }
    }

    pub fn job(job: &Job) -> Self {
        Self {
            request_id: job.request_id.clone(),
            tenant: Some(job.tenant.clone()),
            upload: ParentKey::of_job(job).map(|key| key.upload),
            job: Some(job.id.clone()),
            job_kind: Some(job.kind.clone()),
            ..Self::default()
        }
    }

    pub fn delivery(delivery: &Delivery) -> Self {
        Self {
            request_id: delivery.request_id.clone(),
            tenant: Some(delivery.tenant.clone()),
            job: Some(delivery.job.clone()),
            job_kind: delivery.kind.clone(),
            ..Self::default()
        }
    }

    /// Hashes the upload, the job or the invocation: the lines of one upload are kept together. Never the request id, which a
    /// client may choose so that none of its requests would be logged.
    pub(super) fn hash(&self) -> u64 {
        let key = self.upload.as_ref().map(UploadId::as_str).or(self.job.as_ref().map(JobId::as_str));
        let bits = match (self.sample, key.or(self.invocation_id.as_deref())) {
            (Some(sample), _) => return sample,
            (None, key) => digest(&["log", key.unwrap_or_default()]),
        };
        u64::from_be_bytes([bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]])
    }
}
