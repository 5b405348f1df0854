//! `PutParameter`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ssm::Ssm;
use crate::ssm::parameter::Kind;
use crate::ssm::rejection::{Rejection, Result};

const TIER: &str = "Standard";
const DATA_TYPE: &str = "text";
/// The key that AWS manages, which encrypts secure strings unless another is named.
const KEY: &str = "alias/aws/ssm";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutParameterInput {
    name: String,
    value: String,
    r#type: Option<String>,
    #[serde(default)]
    overwrite: bool,
    key_id: Option<String>,
    tier: Option<String>,
    data_type: Option<String>,
    allowed_pattern: Option<Value>,
    policies: Option<Value>,
    tags: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutParameterOutput {
    version: i64,
    tier: &'static str,
}

pub fn put_parameter(ssm: &Ssm, input: PutParameterInput) -> Result<PutParameterOutput> {
    refuse_what_is_not_emulated(&input)?;
    let kind = input
        .r#type
        .as_deref()
        .map(|kind| Kind::of(kind).ok_or_else(|| Rejection::UnsupportedParameterType(kind.to_owned())));
    let version = ssm.store.put(&input.name, kind.transpose()?, &input.value, input.overwrite)?;
    Ok(PutParameterOutput { version, tier: TIER })
}

/// Rejects fields that would change how the parameter behaves, and do not here.
fn refuse_what_is_not_emulated(input: &PutParameterInput) -> Result<(), Rejection> {
    if let Some(key) = input.key_id.as_deref().filter(|key| *key != KEY) {
        return Err(Rejection::InvalidKeyId(format!("{key} is not emulated; there is only {KEY}.")));
    }
    let given = [
        ("AllowedPattern", input.allowed_pattern.is_some()),
        ("Policies", input.policies.is_some()),
        ("Tags", input.tags.is_some()),
        ("Tier", input.tier.as_deref().is_some_and(|tier| tier != TIER)),
        ("DataType", input.data_type.as_deref().is_some_and(|kind| kind != DATA_TYPE)),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(Rejection::Validation(format!("{field} is not emulated."))),
        None => Ok(()),
    }
}
