//! `GetParameter` and `GetParameters`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ssm::Ssm;
use crate::ssm::parameter::{self, Kind, Parameter};
use crate::ssm::rejection::{Error, Rejection, Result};

const NAMES_MAX: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetParameterInput {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetParametersInput {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetParameterOutput {
    parameter: Shown,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetParametersOutput {
    parameters: Vec<Shown>,
    invalid_parameters: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    #[serde(rename = "ARN")]
    arn: String,
    data_type: &'static str,
    /// Seconds since the Unix epoch.
    last_modified_date: f64,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    r#type: Kind,
    value: String,
    version: i64,
}

pub fn get_parameter(ssm: &Ssm, input: GetParameterInput) -> Result<GetParameterOutput> {
    Ok(GetParameterOutput { parameter: get(ssm, &input.name, input.with_decryption)? })
}

/// Those that are not there are named, not an error.
pub fn get_parameters(ssm: &Ssm, input: GetParametersInput) -> Result<GetParametersOutput> {
    if input.names.is_empty() || input.names.len() > NAMES_MAX {
        let message = format!("Names must have between 1 and {NAMES_MAX} members.");
        return Err(Rejection::Validation(message).into());
    }
    let mut output = GetParametersOutput { parameters: Vec::new(), invalid_parameters: Vec::new() };
    for name in input.names {
        match get(ssm, &name, input.with_decryption) {
            Ok(shown) => output.parameters.push(shown),
            Err(Error::Rejected(_)) => output.invalid_parameters.push(name),
            Err(fault) => return Err(fault),
        }
    }
    Ok(output)
}

fn get(ssm: &Ssm, asked: &str, with_decryption: bool) -> Result<Shown> {
    let selected = parameter::select(asked)?;
    let Parameter { name, kind, value, version, modified_at } =
        ssm.store.get(selected.name, selected.version)?;
    let hidden = kind == Kind::SecureString && !with_decryption;
    Ok(Shown {
        arn: ssm.arn(&name),
        data_type: "text",
        last_modified_date: modified_at.as_millis() as f64 / 1000.0,
        selector: selected.selector.map(str::to_owned),
        r#type: kind,
        value: if hidden { ciphertext(&name, &value) } else { value },
        version,
        name,
    })
}

/// Stands in for what KMS would have made of the value. It cannot be turned back.
fn ciphertext(name: &str, value: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("{name}\0{value}")))
}
