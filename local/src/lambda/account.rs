//! How many executions an account may have at once, of all its functions together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::InvokeError;

/// The bound of a new account.
pub const NEW_ACCOUNT: usize = 10;

/// Clones share what is left.
#[derive(Clone, Default)]
pub struct Account(Option<Arc<Semaphore>>);

/// One running execution. Its place is free again once it is dropped.
#[derive(Debug)]
pub struct Execution {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Account {
    pub fn unbounded() -> Self {
        Self(None)
    }

    pub fn of(executions_max: usize) -> Self {
        Self(Some(Arc::new(Semaphore::new(executions_max))))
    }

    /// Begins an execution, or refuses at once: Lambda lets nobody wait.
    pub fn begin(&self) -> Result<Execution, InvokeError> {
        let Some(executions) = &self.0 else { return Ok(Execution { _permit: None }) };
        let permit = Arc::clone(executions).try_acquire_owned().map_err(|_| InvokeError::Throttled)?;
        Ok(Execution { _permit: Some(permit) })
    }
}
