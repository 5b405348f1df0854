//! The bytes of objects and parts: files in a folder, or memory.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::state::{Result, State, StateError};

/// Where an object's bytes are, or a stretch of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blob {
    pub id: i64,
    pub bytes: u64,
}

pub struct Blobs {
    place: Place,
    next_id: AtomicI64,
}

enum Place {
    Memory(Mutex<HashMap<i64, Bytes>>),
    Folder(PathBuf),
}

impl Blobs {
    /// Opens the blobs that `state` holds, and removes those that are not `referenced`.
    pub fn open(state: &State, referenced: &HashSet<i64>) -> Result<Self> {
        let place = match state {
            State::Memory => Place::Memory(Mutex::default()),
            State::Folder(folder) => {
                let folder = folder.join("s3-blobs");
                sweep(&folder, referenced)
                    .map_err(|source| StateError::new(format!("opening {}", folder.display()), source))?;
                Place::Folder(folder)
            }
        };
        let next_id = referenced.iter().max().map_or(1, |last| last + 1);
        Ok(Self { place, next_id: AtomicI64::new(next_id) })
    }

    /// Keeps `content`, which no index row refers to yet.
    pub fn write(&self, content: Bytes) -> Result<Blob> {
        let blob = Blob { id: self.next_id.fetch_add(1, Ordering::Relaxed), bytes: content.len() as u64 };
        match &self.place {
            Place::Memory(blobs) => {
                blobs.lock().unwrap_or_else(PoisonError::into_inner).insert(blob.id, content);
            }
            Place::Folder(folder) => write_file(folder, blob.id, &content)
                .map_err(|source| StateError::new(format!("writing S3 blob {}", blob.id), source))?,
        }
        Ok(blob)
    }

    /// Reads the bytes in `range` of `content`, one blob after the other.
    pub fn read(&self, content: &[Blob], range: Range<u64>) -> Result<Bytes> {
        let mut pieces = Vec::new();
        let mut start = 0;
        for blob in content {
            let end = start + blob.bytes;
            if range.start < end && start < range.end {
                pieces.push(self.read_one(blob, range.start.max(start) - start..range.end.min(end) - start)?);
            }
            start = end;
        }
        Ok(if pieces.len() == 1 { pieces.remove(0) } else { pieces.concat().into() })
    }

    /// Removes blobs that no row refers to. One that stays behind is removed by the next [`Blobs::open`].
    pub fn remove(&self, blobs: &[Blob]) {
        for blob in blobs {
            match &self.place {
                Place::Memory(kept) => {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&blob.id);
                }
                Place::Folder(folder) => {
                    if let Err(error) = fs::remove_file(path(folder, blob.id)) {
                        tracing::warn!(blob = blob.id, %error, "an S3 blob could not be removed");
                    }
                }
            }
        }
    }

    fn read_one(&self, blob: &Blob, range: Range<u64>) -> Result<Bytes> {
        let read = match &self.place {
            Place::Memory(blobs) => {
                let content = blobs.lock().unwrap_or_else(PoisonError::into_inner).get(&blob.id).cloned();
                content
                    .map(|content| content.slice(range.start as usize..range.end as usize))
                    .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
            }
            Place::Folder(folder) => read_file(&path(folder, blob.id), range),
        };
        read.map_err(|source| StateError::new(format!("reading S3 blob {}", blob.id), source))
    }
}

fn sweep(folder: &Path, referenced: &HashSet<i64>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if id.is_none_or(|id| !referenced.contains(&id)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn write_file(folder: &Path, id: i64, content: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{id}.unfinished"));
    fs::write(&unfinished, content)?;
    fs::rename(unfinished, path(folder, id))
}

fn read_file(path: &Path, range: Range<u64>) -> io::Result<Bytes> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    let mut content = vec![0; (range.end - range.start) as usize];
    file.read_exact(&mut content)?;
    Ok(content.into())
}

fn path(folder: &Path, id: i64) -> PathBuf {
    folder.join(id.to_string())
}
