//! Whether a state is all there. A part that is gone would be made anew beside others that know more, and work would be
//! lost without a word.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use super::{Result, StateError};

/// Written at the end of every start: a folder that has it has every database.
pub const STARTED: &str = "dev.json";

const DATABASES: [&str; 5] = ["dynamodb", "positions", "s3", "sqs", "ssm"];

/// No other account looks into a folder that holds secrets.
const OWNER_ONLY: u32 = 0o700;

/// Makes the folder unless it is there.
pub fn make(folder: &Path) -> std::io::Result<()> {
    if folder.join(STARTED).exists() {
        return std::fs::set_permissions(folder, Permissions::from_mode(OWNER_ONLY));
    }
    DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(folder)
}

/// Refuses a folder in which a stack was once, and that lacks a database or has an empty one.
pub fn check(folder: &Path) -> Result<()> {
    if !folder.join(STARTED).exists() {
        return Ok(());
    }
    for name in DATABASES {
        let path = folder.join(name).with_extension("sqlite");
        let what = match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() > 0 => continue,
            Ok(_) => "the file is empty",
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "the file is gone",
            Err(error) => return Err(StateError::new(format!("opening {}", path.display()), error)),
        };
        let hint = format!("{what}; bring it back, or remove {} to start afresh", folder.display());
        return Err(StateError::new(format!("opening {}", path.display()), hint));
    }
    Ok(())
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
        for name in DATABASES {
            std::fs::write(path(name), "SQLite format 3").unwrap();
        }
        check(folder.path()).unwrap();
        for name in DATABASES {
            std::fs::write(path(name), "").unwrap();
            let refused = check(folder.path()).unwrap_err().to_string();
            assert!(refused.contains(&format!("{name}.sqlite: the file is empty")), "{refused}");
            std::fs::remove_file(path(name)).unwrap();
            let refused = check(folder.path()).unwrap_err().to_string();
            assert!(refused.contains(&format!("{name}.sqlite: the file is gone")), "{refused}");
            std::fs::write(path(name), "SQLite format 3").unwrap();
        }
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
