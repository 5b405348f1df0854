//! `DeleteParameter` and `DeleteParameters`.

use serde::{Deserialize, Serialize};

use crate::ssm::Ssm;
use crate::ssm::rejection::{Error, Rejection, Result};

const NAMES_MAX: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteParameterInput {
    name: String,
}

#[derive(Serialize)]
pub struct DeleteParameterOutput {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteParametersInput {
    names: Vec<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteParametersOutput {
    deleted_parameters: Vec<String>,
    invalid_parameters: Vec<String>,
}

pub fn delete_parameter(ssm: &Ssm, input: DeleteParameterInput) -> Result<DeleteParameterOutput> {
    ssm.store.delete(&input.name)?;
    Ok(DeleteParameterOutput {})
}

/// Those that are not there are named, not an error.
pub fn delete_parameters(ssm: &Ssm, input: DeleteParametersInput) -> Result<DeleteParametersOutput> {
    if input.names.is_empty() || input.names.len() > NAMES_MAX {
        let message = format!("Names must have between 1 and {NAMES_MAX} members.");
        return Err(Rejection::Validation(message).into());
    }
    let mut output = DeleteParametersOutput::default();
    for name in input.names {
        match ssm.store.delete(&name) {
            Ok(()) => output.deleted_parameters.push(name),
            Err(Error::Rejected(_)) => output.invalid_parameters.push(name),
            Err(fault) => return Err(fault),
        }
    }
    Ok(output)
}
