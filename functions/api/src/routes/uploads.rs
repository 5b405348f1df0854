use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::app::App;
use shared::error::{Problem as FieldProblem, Rejected};
use shared::operations;
use shared::request_id::RequestId;
use shared::upload::UploadRequest;

use crate::json::Json;
use crate::problem::Problem;
use crate::routes::Caller;
use crate::views;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

const PAGE_LENGTH: usize = 20;
const PAGE_LENGTH_MAX: usize = 100;

pub async fn create(
    State(app): State<Arc<App>>,
    Caller(tenant): Caller,
    headers: HeaderMap,
    Json(request): Json<UploadRequest>,
) -> Result<Response, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).map(idempotency_key).transpose()?;
    let sent_id = headers.get(REQUEST_ID).and_then(|value| RequestId::parse(value.to_str().ok()?));
    let request_id = sent_id.unwrap_or_else(|| RequestId::random(&app.ids));
    let created = operations::create_upload(&app, &tenant, &request_id, key.as_deref(), request).await?;
    let location = HeaderValue::from_str(&format!("/v1/uploads/{}", created.upload.id));
    let mut answer = (StatusCode::CREATED, axum::Json(views::created_upload(&created))).into_response();
    if let Ok(location) = location {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    if created.replayed {
        answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(answer)
}

pub async fn read(
    State(app): State<Arc<App>>,
    Caller(tenant): Caller,
    Path(id): Path<String>,
) -> Result<axum::Json<views::Upload>, Problem> {
    let upload = operations::read_upload(&app, &tenant, &id).await?;
    Ok(axum::Json(views::upload(&app, upload).await?))
}

pub async fn list(
    State(app): State<Arc<App>>,
    Caller(tenant): Caller,
    RawQuery(query): RawQuery,
) -> Result<axum::Json<views::UploadPage>, Problem> {
    let PageQuery { cursor, limit } = page_query(query.as_deref().unwrap_or_default())?;
    let page = operations::list_uploads(&app, &tenant, cursor.as_deref(), limit).await?;
    Ok(axum::Json(views::upload_page(page)))
}

struct PageQuery {
    cursor: Option<String>,
    limit: usize,
}

fn page_query(query: &str) -> Result<PageQuery, Rejected> {
    let mut page = PageQuery { cursor: None, limit: PAGE_LENGTH };
    let refuse = |pointer: &str, detail: String| Rejected::Invalid {
        problems: vec![FieldProblem::new(pointer, detail)],
    };
    for (name, value) in query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    {
        match name {
            "cursor" => page.cursor = Some(value.to_owned()),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=PAGE_LENGTH_MAX).contains(limit));
                page.limit =
                    limit.ok_or_else(|| refuse("/limit", format!("must be 1 to {PAGE_LENGTH_MAX}")))?;
            }
            other => {
                return Err(refuse(&format!("/{other}"), "is not a parameter of this listing".to_owned()));
            }
        }
    }
    Ok(page)
}

/// Reads the key with or without the quotes of an RFC 8941 string.
fn idempotency_key(value: &HeaderValue) -> Result<String, Rejected> {
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    let detail =
        format!("the Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters");
    Err(Rejected::Malformed { detail })
}
