//! The secret of a state: what opens its stack to programs on this machine, and to nobody who cannot read the state.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{Result, State, StateError};

const FILE: &str = "secret";

/// The only one who may read the file is its owner.
pub const OWNER_ONLY: u32 = 0o600;

const HEX_CHARS: usize = 64;

impl State {
    /// The same for as long as the state exists, so that a presigned request lives on when the stack is started again.
    pub fn secret(&self) -> Result<String> {
        let State::Folder(folder) = self else {
            return Ok(random());
        };
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(secret) if secret.len() == HEX_CHARS => Ok(secret),
            Ok(_) => {
                Err(StateError::new(format!("reading {}", path.display()), "it is not whole; remove it"))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secret = random();
                write_owner_only(&path, secret.as_bytes())?;
                Ok(secret)
            }
            Err(error) => Err(StateError::new(format!("reading {}", path.display()), error)),
        }
    }
}

/// Written beside and renamed, so that a reader never meets half of it.
pub fn write_owner_only(path: &Path, content: &[u8]) -> Result<()> {
    let writing = |source| StateError::new(format!("writing {}", path.display()), source);
    let beside = path.with_extension("new");
    // One that is there may have been made for all to read.
    let _ = std::fs::remove_file(&beside);
    let file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&beside);
    file.and_then(|mut file| file.write_all(content)).map_err(writing)?;
    std::fs::rename(&beside, path).map_err(writing)
}

fn random() -> String {
    hex::encode(rand::random::<[u8; HEX_CHARS / 2]>())
}
