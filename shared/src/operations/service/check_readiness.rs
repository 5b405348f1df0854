use crate::app::App;
use crate::error::Fault;

/// Fails unless a consistent read of the table succeeds.
pub async fn check_readiness(app: &App) -> Result<(), Fault> {
    app.table.asked_audit().await?;
    Ok(())
}
