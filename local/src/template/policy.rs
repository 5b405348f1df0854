//! The policies of a function. Only statements that are spelt out are understood: what a policy template or a
//! managed policy allows cannot be read here.

use super::error::Result;
use super::node::Node;
use super::properties::Properties;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub effect: Effect,
    /// Patterns of actions, such as `dynamodb:GetItem`.
    pub actions: Vec<String>,
    /// Patterns of ARNs.
    pub resources: Vec<String>,
}

pub(super) fn read(function: &mut Properties) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    for policy in function.items("Policies")? {
        let mut policy = Properties::of(policy, "a policy")?;
        policy.only("Version", "2012-10-17")?;
        for statement in policy.required("Statement")?.items()? {
            statements.push(read_statement(statement.clone())?);
        }
        policy.finish()?;
    }
    Ok(statements)
}

fn read_statement(node: Node) -> Result<Statement> {
    let mut statement = Properties::of(node, "a policy statement")?;
    statement.take("Sid");
    let effect = statement.required("Effect")?;
    let read = Statement {
        effect: match effect.text()? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return Err(effect.unexpected("Allow or Deny")),
        },
        actions: statement.required("Action")?.texts()?,
        resources: statement.required("Resource")?.texts()?,
    };
    statement.finish()?;
    Ok(read)
}
