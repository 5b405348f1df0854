//! Names out of closed lists, which the documentation shows as enums. Public: the names never change, and more may follow.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use shared::kinds::Kind;

/// Why a file cannot be used.
const REJECTIONS: [&str; 39] = [
    "size_mismatch",
    "checksum_mismatch",
    "type_mismatch",
    "encoding_not_allowed",
    "unsupported_format",
    "file_too_large",
    "image_too_large",
    "too_many_frames",
    "animation_too_large",
    "image_truncated",
    "image_corrupt",
    "image_unencodable",
    "invalid_transform",
    "original_gone",
    "source_status",
    "source_redirects",
    "source_encoded",
    "source_empty",
    "source_changed",
    "source_too_slow",
    "storage_full",
    "too_many_bytes_in_flight",
    "invalid_url",
    "header_reserved",
    "address_refused",
    "dns_failed",
    "connect_failed",
    "tls_failed",
    "timed_out",
    "connection_lost",
    "head_too_large",
    "protocol_error",
    "body_too_large",
    "body_cut_off",
    "input_unreadable",
    "storage_unavailable",
    "upload_moved",
    "panicked",
    "crashed",
];

/// Why else a job fails.
const FAILURES: [&str; 10] = [
    "response_status",
    "request_body_failed",
    "cancelled",
    "source_failed",
    "source_gone",
    "metadata_unwritable",
    "out_of_time",
    "upload_ended",
    "output_unwritable",
    "wrong_queue",
];

macro_rules! code {
    ($(#[doc = $doc:literal])* $name:ident, $names:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                Self(code.to_owned())
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                let names: Vec<&str> = $names.collect();
                json_schema!({ "type": "string", "description": concat!($($doc),*).trim(), "enum": names })
            }
        }
    };
}

code!(
    /// Why a file was rejected. Stable: for programs to decide by.
    RejectionCode,
    REJECTIONS.into_iter()
);
code!(
    /// Why an attempt failed. Stable: for programs to decide by.
    FailureCode,
    REJECTIONS.into_iter().chain(FAILURES)
);
code!(
    /// How an attempt ended: `succeeded`, `deferred` if its time had not come, or the code of its failure.
    JobOutcome,
    ["succeeded", "deferred"].into_iter().chain(REJECTIONS).chain(FAILURES)
);
code!(
    /// The work of a job: `http` sends a request; others are a step of a recipe; `checksum` verifies the declared SHA-256 of a file; `import` fetches a
    /// file; the others remove files.
    JobKind,
    Kind::ALL.iter().map(|kind| kind.as_str())
);
