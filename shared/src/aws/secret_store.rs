//! The secrets of this stack, in the Parameter Store of Systems Manager: encrypted there, read when first needed.
//!
//! The first to need a secret makes it; everyone else takes what is there. It is kept for [`HELD_FOR`], which is also
//! how long a new one, put in its place, takes to be used by all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use crate::aws::fault;
use crate::clock::{Clock, Timestamp};
use crate::error::Fault;
use crate::id::Ids;
use crate::secret::{Secret, SecretName};

/// A secret that was read is good for this long.
pub const HELD_FOR: Duration = Duration::from_secs(10 * 60);

/// A secret that could not be read again goes on being used, and is asked for again after this long.
pub const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Looking and making, until one of them succeeds: another may make it, or remove it, in between.
const ROUNDS_MAX: usize = 3;

/// Clones share what they hold.
#[derive(Clone)]
pub struct SecretStore {
    client: Client,
    prefix: String,
    clock: Clock,
    held: Arc<Mutex<HashMap<SecretName, Held>>>,
}

#[derive(Clone)]
struct Held {
    secret: Secret,
    until: Timestamp,
}

impl SecretStore {
    /// Names start with `prefix`, such as `/millrace`.
    pub fn new(client: Client, prefix: &str, clock: Clock) -> Self {
        Self { client, prefix: prefix.to_owned(), clock, held: Arc::default() }
    }

    /// The secret of this name: a new one from `ids`, unless there is one already.
    pub async fn secret(&self, name: SecretName, ids: &Ids) -> Result<Secret, Fault> {
        let held = self.held().get(&name).cloned();
        match held {
            Some(held) if self.clock.now() < held.until => Ok(held.secret),
            Some(held) => match self.find_or_make(name, ids).await {
                Ok(secret) => Ok(self.hold(name, secret, HELD_FOR)),
                // It was good until now, and is most likely the same still.
                Err(fault) => {
                    tracing::warn!(
                        error = fault.chain(),
                        name = name.as_str(),
                        "a secret could not be read again"
                    );
                    Ok(self.hold(name, held.secret, ASKED_AGAIN_AFTER))
                }
            },
            None => Ok(self.hold(name, self.find_or_make(name, ids).await?, HELD_FOR)),
        }
    }

    async fn find_or_make(&self, name: SecretName, ids: &Ids) -> Result<Secret, Fault> {
        for _ in 0..ROUNDS_MAX {
            if let Some(secret) = self.find(name).await? {
                return Ok(secret);
            }
            if let Some(secret) = self.make(name, ids).await? {
                return Ok(secret);
            }
        }
        Err(Fault::new("reading a secret", format!("{} is there and is not", self.parameter(name))))
    }

    async fn find(&self, name: SecretName) -> Result<Option<Secret>, Fault> {
        let request = self.client.get_parameter().name(self.parameter(name)).with_decryption(true);
        match request.send().await {
            Ok(answer) => {
                let value = answer.parameter.and_then(|parameter| parameter.value);
                let value = value.ok_or_else(|| Fault::new("reading a secret", "the answer has no value"))?;
                Ok(Some(Secret::new(value)))
            }
            Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
                Ok(None)
            }
            Err(error) => Err(fault("reading a secret")(error)),
        }
    }

    /// A new secret; `None` if there is one by now, which is left as it is.
    async fn make(&self, name: SecretName, ids: &Ids) -> Result<Option<Secret>, Fault> {
        let secret = Secret::random(ids);
        let request = self.client.put_parameter().name(self.parameter(name)).value(secret.reveal());
        let request = request.r#type(ParameterType::SecureString).overwrite(false);
        match request.send().await {
            Ok(_) => Ok(Some(secret)),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_parameter_already_exists()) =>
            {
                Ok(None)
            }
            Err(error) => Err(fault("making a secret")(error)),
        }
    }

    fn hold(&self, name: SecretName, secret: Secret, time: Duration) -> Secret {
        let until = self.clock.now() + time;
        self.held().insert(name, Held { secret: secret.clone(), until });
        secret
    }

    fn parameter(&self, name: SecretName) -> String {
        format!("{}/{}", self.prefix, name.as_str())
    }

    fn held(&self) -> MutexGuard<'_, HashMap<SecretName, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
