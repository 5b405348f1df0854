use std::sync::Arc;

use axum::extract::{Path, State};
use shared::app::App;
use shared::operations;

use crate::problem::Problem;
use crate::routes::Caller;
use crate::views;

pub async fn read(
    State(app): State<Arc<App>>,
    Caller(tenant): Caller,
    Path(id): Path<String>,
) -> Result<axum::Json<views::Job>, Problem> {
    let job = operations::read_job(&app, &tenant, &id).await?;
    Ok(axum::Json(views::job(&job)))
}
