//! A route of the HTTP API, payload format 2.0.

use crate::template::error::Result;
use crate::template::properties::Properties;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Upper case; none for any method.
    pub method: Option<String>,
    /// As API Gateway writes it: `/v1/uploads/{id}`, `/{proxy+}`.
    pub path: String,
}

impl Route {
    pub(super) fn read(properties: &mut Properties) -> Result<Self> {
        // Which API does not matter: the local stack has one.
        properties.take("ApiId");
        properties.only("PayloadFormatVersion", "2.0")?;
        let method = properties.required_text("Method")?.to_ascii_uppercase();
        let path = properties.required("Path")?;
        if !path.text()?.starts_with('/') {
            return Err(path.unexpected("a path that starts with /"));
        }
        Ok(Self { method: Some(method).filter(|method| method != "ANY"), path: path.text()?.to_owned() })
    }
}
