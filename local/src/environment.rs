//! The environment variables of a function: the template's, and those that Lambda sets.

use std::collections::BTreeMap;

use shared::clock::Timestamp;

use crate::iam::credentials::{access_key_id, secret_access_key};
use crate::iam::session;
use crate::template::{Deployment, Function};

/// All that a function's process finds in its environment, but what the Runtime API adds. Its credentials end at
/// `credentials_end`.
pub fn of(
    function: &Function,
    deployment: &Deployment,
    credentials_end: Timestamp,
) -> BTreeMap<String, String> {
    let mut variables = function.environment.clone();
    let id = access_key_id(&function.name);
    let of_lambda = [
        ("AWS_REGION", deployment.region.clone()),
        ("AWS_SESSION_TOKEN", session::token(&id, credentials_end, &deployment.secret)),
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret_access_key(&function.name, &deployment.secret)),
        ("AWS_ENDPOINT_URL", deployment.endpoint_url.clone()),
    ];
    variables.extend(of_lambda.map(|(name, value)| (name.to_owned(), value)));
    variables
}
