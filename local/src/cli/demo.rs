use std::path::Path; use local::stack::Options; use super::Failure;
pub fn run(_o:&Options,_p:Option<&Path>)->Result<(),Failure>{Ok(())}
