//! Whether a state is all there. A part that is gone would be made anew beside others that know more, and work would be
//! lost without a word.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use super::{Result, StateError};

/// Written at the end of every start: a folder that has it has every database.
pub const STARTED: &str = "dev.json";

const DATABASES: [&str; 5] = ["dynamodb", "positions", "s3", "sqs", "ssm"];

/// The header of a database; "The Database Header" of SQLite's "Database File Format" says what stands where.
const HEADER_BYTES: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// No other account looks into a folder that holds secrets.
const OWNER_ONLY: u32 = 0o700;

/// Makes the folder unless it is there.
pub fn make(folder: &Path) -> std::io::Result<()> {
    if folder.join(STARTED).exists() {
        return std::fs::set_permissions(folder, Permissions::from_mode(OWNER_ONLY));
    }
    DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(folder)
}

/// Refuses a folder in which a stack was once, and that lacks a database or has one that is none, or not all there.
pub fn check(folder: &Path) -> Result<()> {
    if !folder.join(STARTED).exists() {
        return Ok(());
    }
    for name in DATABASES {
        let path = folder.join(name).with_extension("sqlite");
        let fault = fault_of(&path);
        let Some(what) =
            fault.map_err(|error| StateError::new(format!("opening {}", path.display()), error))?
        else {
            continue;
        };
        let hint = format!("{what}; bring it back, or remove {} to start afresh", folder.display());
        return Err(StateError::new(format!("opening {}", path.display()), hint));
    }
    Ok(())
}

/// Returns the fault of a database, as far as its length and its header say.
fn fault_of(path: &Path) -> std::io::Result<Option<&'static str>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some("the file is gone")),
        opened => opened?,
    };
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(Some("the file is empty"));
    }
    let mut header = [0; HEADER_BYTES];
    let is_whole = match file.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
        read => read.map(|()| true)?,
    };
    if !is_whole || !header.starts_with(MAGIC) {
        return Ok(Some("the file is not a database"));
    }
    // A process that was killed may have left the rest in the log.
    let has_log = std::fs::metadata(with_log(path)).is_ok_and(|log| log.len() > 0);
    Ok((!has_log && length < pages_bytes(&header)).then_some("the file is cut off"))
}

/// How long a database is by its header; 0 if the header does not say.
fn pages_bytes(header: &[u8; HEADER_BYTES]) -> u64 {
    let number = |at: usize| u64::from(u32::from_be_bytes([0, 1, 2, 3].map(|byte| header[at + byte])));
    let (changes, pages, pages_as_of) = (number(24), number(28), number(92));
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    if changes == pages_as_of { pages * page_bytes } else { 0 }
}

fn with_log(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::TemporaryFolder;

    #[test]
    fn a_database_that_is_gone_or_empty_is_named() {
        let folder = TemporaryFolder::make().unwrap();
        let path = |name: &str| folder.path().join(name).with_extension("sqlite");
        std::fs::write(path("s3"), "").unwrap();
        check(folder.path()).expect("the first start was cut off: all is made now");

        std::fs::write(folder.path().join(STARTED), "{}").unwrap();
        std::fs::remove_file(path("s3")).unwrap();
        for name in DATABASES {
            fill(folder.state().database(name).unwrap());
        }
        check(folder.path()).unwrap();
        for name in DATABASES {
            let whole = std::fs::read(path(name)).unwrap();
            let noise = vec![7; whole.len()];
            for (bytes, what) in [
                (&b""[..], "the file is empty"),
                (&whole[..50], "the file is not a database"),
                (&noise, "the file is not a database"),
                (&whole[..whole.len() / 2], "the file is cut off"),
            ] {
                std::fs::write(path(name), bytes).unwrap();
                let refused = check(folder.path()).unwrap_err().to_string();
                assert!(refused.contains(&format!("{name}.sqlite: {what}")), "{refused}");
            }
            std::fs::remove_file(path(name)).unwrap();
            let refused = check(folder.path()).unwrap_err().to_string();
            assert!(refused.contains(&format!("{name}.sqlite: the file is gone")), "{refused}");
            std::fs::write(path(name), whole).unwrap();
            check(folder.path()).unwrap();
        }
    }

    /// Some pages, and no log.
    fn fill(database: rusqlite::Connection) {
        database.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(50000))").unwrap();
        database.close().unwrap();
    }

    #[test]
    fn a_database_whose_last_pages_are_in_its_log_is_whole() {
        let folder = TemporaryFolder::make().unwrap();
        let path = folder.path().join("s3.sqlite");
        fill(folder.state().database("s3").unwrap());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        std::fs::write(with_log(&path), "what a checkpoint that was cut off had not copied yet").unwrap();
        assert_eq!(fault_of(&path).unwrap(), None);
    }

    #[test]
    fn a_database_that_is_none_is_named() {
        let folder = TemporaryFolder::make().unwrap();
        std::fs::write(
            folder.path().join("sqs.sqlite"),
            "not a database, and longer than a header of one".repeat(9),
        )
        .unwrap();
        let refused = folder.state().database("sqs").unwrap_err().to_string();
        assert!(refused.contains("sqs.sqlite: file is not a database"), "{refused}");
    }

    #[test]
    fn nobody_else_looks_into_a_folder() {
        let folder = TemporaryFolder::make().unwrap();
        let state = folder.path().join("deep/state");
        make(&state).unwrap();
        assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, OWNER_ONLY);
    }
}
