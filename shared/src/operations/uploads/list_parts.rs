use super::read::find_upload;
use crate::app::App;
use crate::aws::SignedPut;
use crate::clock::Timestamp;
use crate::error::{FieldError, Rejected, Result};
use crate::tenant::Tenant;
use crate::upload::{Multipart, Plan, SIGNATURE_LIFE_MAX, State, StoredPart, Upload};

/// Some parts of an upload, in order.
#[derive(Debug)]
pub struct PartPage {
    pub plan: Plan,
    pub parts: Vec<PartToSend>,
    /// The number of the part after the last of the page, if there is one.
    pub next_from: Option<u32>,
}

/// One part: the request that carries it, and what arrived of it.
#[derive(Debug)]
pub struct PartToSend {
    pub number: u32,
    pub size_bytes: u64,
    /// With when its signature ends; `None` once it is too late to send.
    pub put: Option<(SignedPut, Timestamp)>,
    pub arrived: Option<StoredPart>,
}

/// Signs the requests of at most `limit` parts from number `from` on, and says which have arrived. It changes nothing.
pub async fn list_parts(app: &App, tenant: &Tenant, id: &str, from: u32, limit: u32) -> Result<PartPage> {
    let upload = find_upload(app, tenant, id).await?;
    let (parts, plan) = open_parts(&upload)?;
    if plan.part_bytes(from).is_none() {
        let error = FieldError::new("/from", format!("must be 1 to {}", plan.part_count()));
        return Err(Rejected::Invalid { errors: vec![error] }.into());
    }
    let Some(arrived) = app.bucket.stored_parts(&upload, parts, from, limit).await? else {
        let detail = "the parts are gone: the upload was completed a moment ago, or its time is over";
        return Err(Rejected::Conflict { detail: detail.to_owned() }.into());
    };
    let now = app.clock.now();
    let life = SIGNATURE_LIFE_MAX.min(upload.send_by().since(now));
    let last = from.saturating_add(limit - 1).min(plan.part_count());
    let mut page = Vec::new();
    for number in from..=last {
        let size_bytes = plan.part_bytes(number).unwrap_or(0);
        let put = match life.as_secs() {
            0 => None,
            _ => {
                let signed = app.bucket.sign_part(&upload, parts, (number, size_bytes), now, life).await?;
                Some((signed, now + life))
            }
        };
        let arrived = arrived.iter().find(|part| part.number == number).cloned();
        page.push(PartToSend { number, size_bytes, put, arrived });
    }
    Ok(PartPage { plan, parts: page, next_from: (last < plan.part_count()).then_some(last + 1) })
}

/// The parts of an upload that is yet to be completed.
pub(crate) fn open_parts(upload: &Upload) -> std::result::Result<(&Multipart, Plan), Rejected> {
    if upload.source.is_some() {
        let detail = "the file is fetched from its source: there is nothing to send".to_owned();
        return Err(Rejected::Conflict { detail });
    }
    let (Some(parts), Some(plan)) = (&upload.multipart, upload.plan()) else {
        let detail = "the upload comes in one request, not in parts".to_owned();
        return Err(Rejected::Conflict { detail });
    };
    if upload.state != State::Pending {
        let detail = format!("the upload is {}: it takes no more parts", upload.state.as_str());
        return Err(Rejected::Conflict { detail });
    }
    Ok((parts, plan))
}
