use std::time::Duration;

use tracing::Level;

use crate::error::Fault;
use crate::id::{ApiKeyId, JobId, UploadId};
use crate::job::KindName;
use crate::request_id::RequestId;
use crate::tenant::Tenant;

use super::{About, Severity, Unit};

/// The names of all fields, in one place: dotted, units last.
macro_rules! line {
    ($level:expr, $about:expr, $message:expr, { $($more:tt)* }) => {
        tracing::event!(
            $level,
            request_id = $about.request_id.as_ref().map(RequestId::as_str),
            tenant = $about.tenant.as_ref().map(Tenant::as_str),
            upload.id = $about.upload.as_ref().map(UploadId::as_str),
            job.id = $about.job.as_ref().map(JobId::as_str),
            job.kind = $about.job_kind.as_ref().map(KindName::as_str),
            job.attempt = $about.job_attempt,
            http.method = $about.http.as_ref().map(|http| http.method.as_str()),
            http.route = $about.http.as_ref().map(|http| http.route.as_str()),
            http.status = $about.http.as_ref().map(|http| http.status),
            api_key.id = $about.api_key.as_ref().map(ApiKeyId::as_str),
            client.network = $about.client.as_deref(),
            invocation.id = $about.invocation_id.as_deref(),
            message.id = $about.message_id.as_deref(),
            sequence_number = $about.sequence_number.as_deref(),
            items = $about.items,
            items.failed = $about.items_failed,
            size_bytes = $about.size_bytes,
            code = $about.code.as_deref(),
            detail = $about.detail.as_deref(),
            error = $about.error.as_deref(),
            $($more)*
            "{}",
            $message
        )
    };
}

/// Writes a unit's line.
pub(super) fn unit(unit: &Unit, took: Duration, severity: Severity) {
    let about = &unit.about;
    let message = unit.kind.as_str();
    let outcome = unit.outcome.as_str();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let cold_start = unit.is_first.then_some(true);
    macro_rules! unit {
        ($level:expr) => {
            line!($level, about, message, { outcome, duration_ms, cold_start, })
        };
    }
    match severity {
        Severity::Debug => unit!(Level::DEBUG),
        Severity::Info => unit!(Level::INFO),
        Severity::Warn => unit!(Level::WARN),
        Severity::Error => unit!(Level::ERROR),
    }
}

/// Logs what went wrong with one item of a unit that goes on: `message` says with what.
pub fn log_fault(message: &'static str, about: &About, fault: &Fault) {
    let about = About { error: Some(fault.chain()), ..about.clone() };
    line!(Level::ERROR, about, message, {});
}

/// Logs what was done with one item of a unit, where that should be rare.
pub fn log_item(message: &'static str, about: &About) {
    line!(Level::WARN, about, message, {});
}
