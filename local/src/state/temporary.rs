//! A folder that goes with whoever made it.

use std::path::{Path, PathBuf};

use shared::id::{Ids, encode};

use super::State;

/// A fresh folder where the system keeps temporary files, removed with its contents when dropped.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub fn make() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("millrace-{}", encode(Ids::system().next())));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn state(&self) -> State {
        State::Folder(self.0.clone())
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // The rest is the system's to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
