mod errors;
mod intrinsics;
mod project;

use super::*;

fn deployment() -> Deployment {
    Deployment::new("millrace", "http://127.0.0.1:4566")
}

/// A template of these resources, indented by two; their first line is the third.
fn of_resources(resources: &str) -> Result<Template> {
    read(&format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}\n"), &deployment())
}

/// A function of these properties, indented by six; their first line is the sixth.
fn of_function(properties: &str) -> Result<Template> {
    of_resources(&format!(
        "  JobFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n{properties}"
    ))
}
