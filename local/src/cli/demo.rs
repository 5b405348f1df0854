use super::Failure;
use local::stack::Options;
use std::path::Path;
pub fn run(_o: &Options, _p: Option<&Path>) -> Result<(), Failure> {
    Ok(())
}
