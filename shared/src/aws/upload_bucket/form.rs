//! A signed policy that lets an HTML form send a file. The SDK signs requests alone: this is AWS Signature Version 4 of a
//! POST policy, after "Browser-based uploads using POST" of the Amazon S3 API Reference.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{UploadBucket, hex_to_base64};
use crate::clock::Timestamp;
use crate::config::AwsConfig;
use crate::upload::{Upload, key};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The fields of a form, besides the file itself, which comes last.
#[derive(Clone, Debug)]
pub struct SignedForm {
    pub url: String,
    pub fields: Vec<(&'static str, String)>,
}

impl UploadBucket {
    /// Signs a form that sends exactly what the upload announced: key, type, length and checksum.
    pub fn sign_form(&self, upload: &Upload, now: Timestamp, life: Duration) -> SignedForm {
        // 20260101T000000Z, out of 2026-01-01T00:00:00.000Z.
        let date: String = now.to_rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).take(15).collect();
        let (date, day) = (format!("{date}Z"), date.chars().take(8).collect::<String>());
        let scope = format!("{day}/{}/s3/aws4_request", self.aws.region);
        let mut fields = vec![
            ("key", key::form_file(&upload.tenant, &upload.id)),
            ("content-type", upload.content_type.clone()),
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            ("x-amz-credential", format!("{}/{scope}", self.aws.access_key_id)),
            ("x-amz-date", date),
        ];
        fields.extend(self.aws.session_token.clone().map(|token| ("x-amz-security-token", token)));
        fields.extend(upload.sha256.as_ref().map(|hex| ("x-amz-checksum-sha256", hex_to_base64(hex))));
        let mut conditions: Vec<Value> = fields.iter().map(|(name, value)| json!({ *name: value })).collect();
        conditions.push(json!({ "bucket": self.name }));
        conditions.push(json!(["content-length-range", upload.size_bytes, upload.size_bytes]));
        let policy = json!({ "expiration": (now + life).to_rfc3339(), "conditions": conditions });
        let policy = BASE64_STANDARD.encode(policy.to_string());
        fields.push(("x-amz-signature", signature(&self.aws, &day, &policy)));
        fields.push(("policy", policy));
        SignedForm { url: self.url(), fields }
    }

    /// Where the bucket itself is.
    fn url(&self) -> String {
        match &self.aws.endpoint_url {
            Some(endpoint) => format!("{}/{}", endpoint.trim_end_matches('/'), self.name),
            None => format!("https://{}.s3.{}.amazonaws.com/", self.name, self.aws.region),
        }
    }
}

fn signature(aws: &AwsConfig, day: &str, policy: &str) -> String {
    let secret = format!("AWS4{}", aws.secret_access_key).into_bytes();
    let key = [day, &aws.region, "s3", "aws4_request"].into_iter().fold(secret, |key, part| sign(&key, part));
    hex::encode(sign(&key, policy))
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.unwrap_or_else(|error| unreachable!("HMAC takes keys of any length: {error}"));
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Example: Browser-based upload using HTTP POST (using AWS signature version 4)" of the Amazon S3 API Reference.
    #[test]
    fn the_example_of_the_documentation_is_signed_as_it_says() {
        let aws = AwsConfig {
            region: "us-east-1".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
            endpoint_url: None,
        };
        let policy = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7Im\
                      J1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2Vy\
                      MS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaH\
                      R0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAg\
                      ICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOi\
                      AiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQog\
                      ICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOi\
                      AiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1h\
                      bXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMD\
                      AwWiIgfQ0KICBdDQp9";
        let expected = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
        assert_eq!(signature(&aws, "20151229", policy), expected);
    }
}
