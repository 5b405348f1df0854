//! The copy of the workspace that the changes are made in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::Failure;
use super::list::Mutant;

/// Below the workspace's root; git ignores it.
const FOLDER: &str = "target/mutants";

pub struct Copy {
    /// Where the product lies.
    pub folder: PathBuf,
    /// Where it is built, once for all changes.
    pub target: PathBuf,
}

impl Copy {
    /// Brings the copy up to date with every file that git tracks or would track. A change that an earlier run left
    /// behind is undone with that; a file that is the same is not touched, so that little is built anew.
    pub fn of_this_workspace() -> Result<Self, Failure> {
        let root = PathBuf::from(git(Path::new("."), &["rev-parse", "--show-toplevel"])?.trim_end());
        let folder = root.join(FOLDER).join("work");
        let files: BTreeSet<String> = git(&root, &["ls-files", "-z", "-co", "--exclude-standard"])?
            .split_terminator('\0')
            .filter(|file| root.join(file).is_file())
            .map(str::to_owned)
            .collect();
        for file in &files {
            let bytes = fs::read(root.join(file))?;
            let place = folder.join(file);
            if fs::read(&place).ok().as_ref() != Some(&bytes) {
                fs::create_dir_all(place.parent().unwrap_or(&folder))?;
                fs::write(&place, bytes)?;
            }
        }
        remove_others(&folder, &folder, &files)?;
        Ok(Self { folder, target: root.join(FOLDER).join("target") })
    }

    /// Makes the change, and returns the file as it was.
    pub fn change(&self, mutant: &Mutant) -> Result<String, Failure> {
        let path = self.folder.join(mutant.file);
        let original = fs::read_to_string(&path)?;
        if original.matches(mutant.from).count() != 1 {
            return Err(format!("{}: {:?} is not in {} once", mutant.name, mutant.from, mutant.file).into());
        }
        fs::write(&path, original.replace(mutant.from, mutant.to))?;
        Ok(original)
    }

    pub fn restore(&self, mutant: &Mutant, original: &str) -> Result<(), Failure> {
        Ok(fs::write(self.folder.join(mutant.file), original)?)
    }
}

/// Removes files of the copy that the workspace no longer has.
fn remove_others(copy: &Path, folder: &Path, files: &BTreeSet<String>) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(copy, &path, files)?;
        } else if !files.contains(&*path.strip_prefix(copy)?.to_string_lossy()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git").current_dir(folder).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("git says: {}", String::from_utf8_lossy(&output.stderr).trim_end()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
