//! `cargo dev mutants`: breaks the product on purpose, one change at a time; a named test must notice each.
//!
//! It works on a copy of the workspace and takes a minute or two for each change. The lists are in [`list`] and [`submitted`].

use super::{Failure, say};

use build::TestProgram;
use copy::Copy;
use list::{MUTANTS, Mutant};
use submitted::SUBMITTED;

mod build;
mod copy;
mod list;
mod submitted;

/// The outcome of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Caught,
    Survived,
    DoesNotBuild,
}

/// Tries the changes with these names, or all of them.
///
/// Before all of them, the named tests run on the product as it is: a test that fails anyway catches nothing.
pub fn run(names: &[String]) -> Result<(), Failure> {
    let mutants = chosen(names)?;
    let copy = Copy::of_this_workspace()?;
    if names.is_empty() {
        assert_tests_pass(&copy, &mutants)?;
    }
    let mut uncaught = 0;
    for mutant in &mutants {
        let verdict = try_out(&copy, mutant)?;
        uncaught += usize::from(verdict != Verdict::Caught);
        say(&format!("{:14}  {:30}  {}\n", verdict.as_str(), mutant.name, mutant.test));
        if verdict != Verdict::Caught {
            say(&format!("                {}: {}\n", mutant.file, mutant.why));
        }
    }
    match uncaught {
        0 => Ok(()),
        count => Err(format!("{count} of {} changes were not caught", mutants.len()).into()),
    }
}

fn all() -> impl Iterator<Item = Mutant> {
    MUTANTS.into_iter().chain(SUBMITTED)
}

fn chosen(names: &[String]) -> Result<Vec<Mutant>, Failure> {
    if names.is_empty() {
        return Ok(all().collect());
    }
    let find = |name: &String| {
        let mutant = all().find(|mutant| mutant.name == name);
        mutant.ok_or_else(|| {
            let known: Vec<&str> = all().map(|mutant| mutant.name).collect();
            format!("there is no change {name}; there are {}", known.join(", ")).into()
        })
    };
    names.iter().map(find).collect()
}

fn assert_tests_pass(copy: &Copy, mutants: &[Mutant]) -> Result<(), Failure> {
    let program =
        TestProgram::build(copy)?.map_err(|errors| format!("the product does not build:\n{errors}"))?;
    for mutant in mutants {
        if !program.passes(mutant.test)? {
            return Err(format!("{} fails, or is not there, before any change", mutant.test).into());
        }
    }
    Ok(())
}

fn try_out(copy: &Copy, mutant: &Mutant) -> Result<Verdict, Failure> {
    let original = copy.change(mutant)?;
    let verdict = match TestProgram::build(copy) {
        Ok(Ok(program)) => program.passes(mutant.test).map(|passes| match passes {
            true => Verdict::Survived,
            false => Verdict::Caught,
        }),
        Ok(Err(errors)) => {
            say(&errors);
            Ok(Verdict::DoesNotBuild)
        }
        Err(failure) => Err(failure),
    };
    copy.restore(mutant, &original)?;
    verdict
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Survived => "SURVIVED",
            Self::DoesNotBuild => "DOES NOT BUILD",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn text(path: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[test]
    fn each_change_fits_its_file_once() {
        for mutant in all() {
            let found = text(mutant.file).matches(mutant.from).count();
            assert_eq!(found, 1, "{}: {:?} in {}", mutant.name, mutant.from, mutant.file);
            assert_ne!(mutant.from, mutant.to, "{}", mutant.name);
        }
    }

    #[test]
    fn each_change_names_a_test_that_is_there() {
        for mutant in all() {
            let (modules, test) = mutant.test.rsplit_once("::").unwrap();
            let file = format!("tests/src/{}.rs", modules.replace("::", "/"));
            assert!(text(&file).contains(&format!("fn {test}()")), "{}: {}", mutant.name, mutant.test);
        }
    }

    #[test]
    fn no_two_changes_have_one_name() {
        let names: BTreeSet<&str> = all().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(chosen(&["no-such-change".to_owned()]).is_err());
        assert_eq!(chosen(&[]).unwrap().len(), all().count());
    }
}
