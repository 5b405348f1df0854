//! Where the demo leaves files: under the state's folder, or a fresh one where the system keeps temporary files.

use std::fmt;
use std::path::{Path, PathBuf};

use local::state::State;
use shared::id::{Ids, UploadId, encode};

pub struct Place {
    folder: PathBuf,
}

/// A file or folder that cannot be written.
#[derive(Debug)]
pub struct Unwritable {
    path: PathBuf,
    source: std::io::Error,
}

impl Place {
    pub fn of(state: &State) -> Self {
        let folder = match state {
            State::Folder(folder) => folder.clone(),
            State::Memory => std::env::temp_dir().join(format!("millrace-{}", encode(Ids::system().next()))),
        };
        Self { folder }
    }

    /// The log of the demo's own stack.
    pub fn log(&self) -> PathBuf {
        self.folder.join("demo.log")
    }

    /// The folder for what is made of the upload, which exists by then.
    pub fn folder_of(&self, upload: &UploadId) -> Result<PathBuf, Unwritable> {
        let folder = self.folder.join("demo").join(upload.as_str());
        std::fs::create_dir_all(&folder).map_err(|source| Unwritable { path: folder.clone(), source })?;
        Ok(folder)
    }

    /// Opens `path`, in a folder that exists by then.
    pub fn writable<T>(
        &self,
        path: &Path,
        open: impl FnOnce(PathBuf) -> std::io::Result<T>,
    ) -> Result<T, Unwritable> {
        let opened = std::fs::create_dir_all(&self.folder).and_then(|()| open(path.to_owned()));
        opened.map_err(|source| Unwritable { path: path.to_owned(), source })
    }
}

/// Writes a whole file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Unwritable> {
    std::fs::write(path, bytes).map_err(|source| Unwritable { path: path.to_owned(), source })
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, source } = self;
        write!(f, "{} cannot be written ({source}); choose another folder with --state", path.display())
    }
}

impl std::error::Error for Unwritable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
