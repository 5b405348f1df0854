//! The Parameter Store of Systems Manager over SQLite: what Millrace uses of the service, as AWS documents it.
//!
//! Read `parameter` for what is stored and the bounds that AWS sets, `store` for what can be done with it, and `protocol`
//! for how the SDKs and the AWS CLI ask for it.
//!
//! Encryption is not emulated: the state folder holds a secure string as it is. Read without decryption it is something
//! that its reader can do nothing with, as on AWS. Advanced parameters, policies, patterns, labels, tags and keys of one's
//! own are not emulated; asking for them is an error.

mod parameter;
mod protocol;
mod rejection;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use shared::clock::Clock;

pub use self::parameter::{Kind, resource, select};
pub use self::protocol::TARGET_PREFIX;
pub use self::rejection::Rejection;
use self::store::Store;
use crate::http::{Request, Response};
use crate::state::{self, State};

/// All parameters of a state. Clones share them.
#[derive(Clone)]
pub struct Ssm {
    store: Arc<Store>,
    /// `arn:aws:ssm:<region>:<account>:`.
    arn_prefix: Arc<str>,
}

impl Ssm {
    /// Opens the parameters kept in `state`. An ARN is `arn_of_service`, then `parameter/<name>`.
    pub fn open(state: &State, clock: Clock, arn_of_service: &str) -> state::Result<Self> {
        Ok(Self { store: Arc::new(Store::open(state, clock)?), arn_prefix: arn_of_service.into() })
    }

    /// Handles one request of the AWS JSON protocol.
    pub fn call(&self, request: &Request) -> Response {
        protocol::answer(self, request)
    }

    /// Stores the next version of a parameter, and answers its number.
    pub fn put(&self, name: &str, kind: Kind, value: &str) -> state::Result<i64> {
        Ok(self.store.put(name, Some(kind), value, true)?)
    }

    /// The value of a parameter's latest version, decrypted.
    pub fn value(&self, name: &str) -> state::Result<Option<String>> {
        match self.store.get(name, None) {
            Ok(parameter) => Ok(Some(parameter.value)),
            Err(rejection::Error::Rejected(Rejection::ParameterNotFound)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a parameter with all its versions. The source of an error is a [`Rejection`] if there is none.
    pub fn delete(&self, name: &str) -> state::Result<()> {
        Ok(self.store.delete(name)?)
    }

    /// The parameter's name follows its type without a slash, unless it has none of its own.
    fn arn(&self, name: &str) -> String {
        format!("{}{}", self.arn_prefix, resource(name))
    }
}
