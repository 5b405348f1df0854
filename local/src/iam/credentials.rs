//! The access keys of the local stack: each is made from a name and the secret of the deployment, which is not written
//! anywhere but in the state.

use sha2::{Digest, Sha256};

/// Access key id of the person at the keyboard, who may do everything.
pub const DEVELOPER: &str = "millrace";

/// Who signs a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    Developer,
    /// The function of this name.
    Function(String),
}

/// `LOCALKEYINTAKE` for `intake`. Names that differ in more than hyphens get different keys.
pub fn access_key_id(function: &str) -> String {
    let letters =
        function.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    "LOCALKEY".chars().chain(letters).collect()
}

/// `secret` is that of the deployment.
pub fn secret_access_key(name: &str, secret: &str) -> String {
    hex::encode(Sha256::digest(format!("millrace local secret of {name}, {secret}")))
}

impl Principal {
    pub fn access_key_id(&self) -> String {
        match self {
            Self::Developer => DEVELOPER.to_owned(),
            Self::Function(function) => access_key_id(function),
        }
    }

    /// `secret` is that of the deployment.
    pub fn secret_access_key(&self, secret: &str) -> String {
        match self {
            Self::Developer => secret_access_key(DEVELOPER, secret),
            Self::Function(function) => secret_access_key(function, secret),
        }
    }
}
