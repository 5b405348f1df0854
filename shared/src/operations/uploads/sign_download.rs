use std::time::Duration;

use super::read::{find_upload, read_run, read_upload};
use crate::app::App;
use crate::clock::Timestamp;
use crate::derivative::Metadata;
use crate::download::{Disposition, Download, Method, OF_NO_TYPE, derivative_filename, names};
use crate::error::{Rejected, Result};
use crate::kinds::Output;
use crate::tenant::Tenant;
use crate::upload::{State, Upload, key};

/// A URL that hands out the bytes of an upload or of a derivative.
#[derive(Debug)]
pub struct SignedDownload {
    pub url: String,
    pub download: Download,
    pub expires_at: Timestamp,
}

/// The object that a URL is asked for.
#[derive(Clone, Copy, Debug)]
pub struct DownloadRequest<'a> {
    /// The run of which it is a derivative; the recipe that the upload came with if missing.
    pub run: Option<u32>,
    /// The name of the step that made it; the original if missing.
    pub derivative: Option<&'a str>,
    /// Which media types its reader takes, as in `Accept`: of what a step made in several formats, the smallest is handed
    /// out that is named here.
    pub accept: Option<&'a str>,
    pub disposition: Disposition,
    pub method: Method,
    pub life: Duration,
}

/// Signs a URL for an upload's original or for one of its derivatives. Signing has no effect.
pub async fn sign_download(
    app: &App,
    tenant: &Tenant,
    id: &str,
    request: &DownloadRequest<'_>,
) -> Result<SignedDownload> {
    let (key, filename, content_type) = match request.derivative {
        None => original(find_upload(app, tenant, id).await?)?,
        Some(name) => derivative(app, tenant, id, name, request).await?,
    };
    let download = Download::new(filename, &content_type, request.disposition, request.life);
    let now = app.clock.now();
    let url = app.bucket.sign_download(&key, &download, request.method, now).await?;
    Ok(SignedDownload { url, expires_at: now + download.life, download })
}

fn original(upload: Upload) -> Result<(String, String, String)> {
    if !matches!(upload.state, State::Received | State::Processing | State::Ready | State::Failed) {
        let detail = format!("no bytes are stored for {}, which is {}", upload.id, upload.state.as_str());
        return Err(Rejected::NotFound { detail }.into());
    }
    // By the bytes: what was declared is the word of whoever sent them.
    let content_type = upload.shown_as.unwrap_or_else(|| OF_NO_TYPE.to_owned());
    Ok((key::original(&upload.tenant, &upload.id), upload.filename, content_type))
}

async fn derivative(
    app: &App,
    tenant: &Tenant,
    id: &str,
    name: &str,
    request: &DownloadRequest<'_>,
) -> Result<(String, String, String)> {
    let accept = request.accept.unwrap_or_default();
    let read = match request.run {
        Some(number) => read_run(app, tenant, id, number).await?,
        None => read_upload(app, tenant, id).await?,
    };
    let status = read.steps.into_iter().find(|status| status.step.name == name);
    let made = status.and_then(|status| {
        let work = status.work?;
        match Output::of(&status.job?)? {
            Output::ImageStep(image) => {
                let formats = image.alternatives.iter().map(|other| other.format);
                let accepted = formats.into_iter().find(|format| names(accept, format.content_type()));
                Some(match accepted {
                    Some(format) => (work.alternative_key(tenant, format), format.content_type()),
                    None => (work.derived_key(tenant), image.format.content_type()),
                })
            }
            Output::MetadataStep(_) => Some((work.derived_key(tenant), Metadata::CONTENT_TYPE)),
            _ => None,
        }
    });
    let missing = || Rejected::NotFound { detail: format!("no derivative {name:?} of {id} is stored") };
    let (key, content_type) = made.ok_or_else(missing)?;
    Ok((key, derivative_filename(&read.upload.filename, name, content_type), content_type.to_owned()))
}
