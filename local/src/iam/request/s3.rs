//! The permissions that the operations of S3 need, in path style: `/bucket/key`.

use std::borrow::Cow;

use http::Method;

use super::{Unjudged, permission, query_pairs};
use crate::http::Request;
use crate::iam::Permission;
use crate::s3::form_field;
use crate::template::Deployment;

/// Query parameters that make a request another operation.
const SUBRESOURCES: [&str; 31] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "versioning",
    "versions",
    "website",
];

pub fn required(request: &Request, deployment: &Deployment) -> Result<Vec<Permission>, Unjudged> {
    // Decoded before it is split, as the S3 server does it: the two must see the same bucket and key.
    let path = decoded(request.uri().path()).ok_or_else(|| unknown(request))?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    match path.split_once('/').unwrap_or((path, "")) {
        ("", "") if request.method() == Method::GET => {
            Ok(vec![permission("s3:ListAllMyBuckets", "arn:aws:s3:::*")])
        }
        ("", _) => Err(unknown(request)),
        // A form, whose fields say what it writes.
        (bucket, "") if request.method() == Method::POST && form_field(request, "key").is_some() => {
            let key = form_field(request, "key").unwrap_or_default();
            Ok(vec![permission("s3:PutObject", deployment.object_arn(bucket, key))])
        }
        (bucket, "") => of_bucket(request, deployment.bucket_arn(bucket)),
        (bucket, key) => of_object(request, deployment.object_arn(bucket, key)),
    }
}

fn of_bucket(request: &Request, arn: String) -> Result<Vec<Permission>, Unjudged> {
    if request.method() == Method::POST && subresource(request) == Some("delete") {
        return deleting_many(request, &arn);
    }
    let action = match (request.method().as_str(), subresource(request)) {
        ("GET", None) if has(request, "uploads") => "s3:ListBucketMultipartUploads",
        ("GET" | "HEAD", None) => "s3:ListBucket",
        ("GET", Some("versions")) => "s3:ListBucketVersions",
        ("GET", Some("location")) => "s3:GetBucketLocation",
        ("PUT", None) => "s3:CreateBucket",
        ("DELETE", None) => "s3:DeleteBucket",
        _ => return Err(unknown(request)),
    };
    Ok(vec![permission(action, arn)])
}

fn of_object(request: &Request, arn: String) -> Result<Vec<Permission>, Unjudged> {
    let in_upload = has(request, "uploadId");
    let action = match (request.method().as_str(), subresource(request)) {
        ("GET", None) if in_upload => "s3:ListMultipartUploadParts",
        ("GET" | "HEAD", None) if has(request, "versionId") => "s3:GetObjectVersion",
        ("GET" | "HEAD", None) => "s3:GetObject",
        ("GET", Some("tagging")) => "s3:GetObjectTagging",
        ("PUT", Some("tagging")) => "s3:PutObjectTagging",
        ("DELETE", Some("tagging")) => "s3:DeleteObjectTagging",
        ("GET", Some("attributes")) => {
            return Ok(vec![permission("s3:GetObject", &arn), permission("s3:GetObjectAttributes", arn)]);
        }
        ("PUT", None) => return writing(request, arn),
        ("POST", None) if in_upload => "s3:PutObject",
        ("POST", None) if has(request, "uploads") => return writing(request, arn),
        ("DELETE", None) if in_upload => "s3:AbortMultipartUpload",
        ("DELETE", None) if has(request, "versionId") => "s3:DeleteObjectVersion",
        ("DELETE", None) => "s3:DeleteObject",
        _ => return Err(unknown(request)),
    };
    Ok(vec![permission(action, arn)])
}

/// Each object that the body names needs what deleting it alone would.
fn deleting_many(request: &Request, bucket_arn: &str) -> Result<Vec<Permission>, Unjudged> {
    let body = std::str::from_utf8(request.body()).map_err(|_| Unjudged::Field("Key"))?;
    let keys = body.split("<Key>").skip(1).map(|rest| rest.split_once("</Key>").map(|(key, _)| key));
    let needed: Option<Vec<Permission>> = keys
        .map(|key| key.filter(|key| !key.contains('&')))
        .map(|key| key.map(|key| permission("s3:DeleteObject", format!("{bucket_arn}/{key}"))))
        .collect();
    needed.filter(|needed| !needed.is_empty()).ok_or(Unjudged::Field("Key"))
}

/// A copy also reads its source, and tags are a permission of their own.
fn writing(request: &Request, arn: String) -> Result<Vec<Permission>, Unjudged> {
    let mut needed = vec![permission("s3:PutObject", &arn)];
    if let Some(source) = request.headers().get("x-amz-copy-source") {
        needed.push(permission("s3:GetObject", source_arn(source).ok_or_else(|| unknown(request))?));
    }
    if request.headers().contains_key("x-amz-tagging") {
        needed.push(permission("s3:PutObjectTagging", arn));
    }
    Ok(needed)
}

fn source_arn(source: &http::HeaderValue) -> Option<String> {
    let source = source.to_str().ok()?;
    let source = source.split_once('?').map_or(source, |(path, _)| path);
    Some(format!("arn:aws:s3:::{}", decoded(source)?.trim_start_matches('/')))
}

fn subresource(request: &Request) -> Option<&'static str> {
    SUBRESOURCES.into_iter().find(|name| has(request, name))
}

fn has(request: &Request, parameter: &str) -> bool {
    query_pairs(request).any(|(name, _)| decoded(name).as_deref() == Some(parameter))
}

fn unknown(request: &Request) -> Unjudged {
    let operation = subresource(request).map(|name| format!("?{name}")).unwrap_or_default();
    Unjudged::operation(format!("{} {}{operation}", request.method(), request.uri().path()))
}

/// The text without its percent-encoding; none if it is not UTF-8.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok()
}
