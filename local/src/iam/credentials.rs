//! The access keys of the local stack. They are derived from the function's name, so that a presigned request lives
//! on when the stack is started again. They open nothing but this machine's own stack.

use sha2::{Digest, Sha256};

/// Access key id and secret of the person at the keyboard, who may do everything.
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

pub fn secret_access_key(function: &str) -> String {
    hex::encode(Sha256::digest(format!("millrace local secret of {function}")))
}

impl Principal {
    pub fn access_key_id(&self) -> String {
        match self {
            Self::Developer => DEVELOPER.to_owned(),
            Self::Function(function) => access_key_id(function),
        }
    }

    pub fn secret_access_key(&self) -> String {
        match self {
            Self::Developer => DEVELOPER.to_owned(),
            Self::Function(function) => secret_access_key(function),
        }
    }
}
