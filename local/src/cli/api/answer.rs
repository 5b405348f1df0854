//! The API's responses: the fields that the demo shows.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::id::UploadId;
use shared::image::OutputFormat;
use shared::upload::{Image, Rejection, State};

#[derive(Debug, Deserialize)]
pub struct Created {
    pub id: UploadId,
    pub request: Option<SignedRequest>,
}

/// To be sent as it is: what is signed cannot be changed.
#[derive(Debug, Deserialize)]
pub struct SignedRequest {
    pub method: String,
    pub url: String,
    pub headers: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub struct Upload {
    pub id: UploadId,
    pub state: State,
    pub image: Option<Image>,
    pub rejection: Option<Rejection>,
    pub derivatives: Vec<Derivative>,
}

#[derive(Debug, Deserialize)]
pub struct Derivative {
    pub name: String,
    pub state: String,
    pub format: Option<OutputFormat>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub size_bytes: Option<u64>,
    pub url: Option<String>,
    pub failure: Option<DerivativeFailure>,
}

#[derive(Debug, Deserialize)]
pub struct DerivativeFailure {
    pub code: String,
    pub detail: String,
}

impl Upload {
    /// Why not every derivative is there, on one line.
    pub fn failures(&self) -> String {
        let failed = self.derivatives.iter().filter(|derivative| derivative.url.is_none());
        let failed: Vec<String> = failed.map(Derivative::shortfall).collect();
        format!("the upload is {}: {}", self.state.as_str(), failed.join("; "))
    }
}

impl Derivative {
    fn shortfall(&self) -> String {
        match &self.failure {
            Some(failure) => format!("{}: {} ({})", self.name, failure.detail, failure.code),
            None => format!("{} is {}", self.name, self.state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn failures_are_told_by_name_and_cause() {
        let upload = json!({
            "id": UploadId::derived(&["a"]), "state": "failed", "image": null, "rejection": null,
            "derivatives": [
                {"name": "thumb", "state": "succeeded", "url": "http://x"},
                {"name": "medium", "state": "dead", "failure": {"code": "image_corrupt", "detail": "no end"}},
                {"name": "large", "state": "dead"},
            ],
        });
        let upload: Upload = serde_json::from_value(upload).unwrap();
        let expected = "the upload is failed: medium: no end (image_corrupt); large is dead";
        assert_eq!(upload.failures(), expected);
    }
}
