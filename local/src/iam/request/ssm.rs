//! The permissions that the operations of the Parameter Store need: one for each parameter that they name.

use serde_json::Value;

use super::{Unjudged, permission, text};
use crate::iam::Permission;
use crate::ssm;
use crate::template::Deployment;

pub fn required(operation: &str, body: &[u8], deployment: &Deployment) -> Result<Vec<Permission>, Unjudged> {
    let body: Value = serde_json::from_slice(body).map_err(Unjudged::Body)?;
    let names = match operation {
        "GetParameter" | "PutParameter" | "DeleteParameter" => vec![text(&body, "Name")?],
        "GetParameters" | "DeleteParameters" => names(&body)?,
        _ => return Err(Unjudged::operation(format!("ssm:{operation}"))),
    };
    let overwrite = (operation == "PutParameter")
        .then(|| ("ssm:Overwrite", (body["Overwrite"] == Value::Bool(true)).to_string()));
    let needed = names.into_iter().map(|name| {
        // A version of a parameter needs no more than the parameter.
        let selected = ssm::select(name).map_err(|_| Unjudged::Field("Name"))?;
        let needed = permission(format!("ssm:{operation}"), deployment.parameter_arn(selected.name));
        Ok(Permission { context: overwrite.clone(), ..needed })
    });
    needed.collect()
}

fn names(body: &Value) -> Result<Vec<&str>, Unjudged> {
    let names = body.get("Names").and_then(Value::as_array).ok_or(Unjudged::Field("Names"))?;
    names.iter().map(|name| name.as_str().ok_or(Unjudged::Field("Names"))).collect()
}
