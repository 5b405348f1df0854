use crate::app::App;
use crate::error::Fault;

/// Whether the table answers a consistent read.
pub async fn check_readiness(app: &App) -> Result<(), Fault> {
    app.table.asked_audit().await?;
    Ok(())
}
