//! The policies of a function. Only statements that are spelt out are understood: what a policy template or a
//! managed policy allows cannot be read here.

use std::collections::BTreeMap;

use super::error::Result;
use super::kind::Kind;
use super::node::Node;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 4] = ["AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tags"];

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
    /// A condition that the call must meet as well.
    pub condition: Option<Condition>,
}

/// `StringEquals` of one key and one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Such as `ssm:Overwrite`.
    pub key: String,
    pub value: String,
}

/// The statements of an `AWS::IAM::Role`. Its functions get nothing else: with a role of its own, SAM adds no policy.
fn read_role(resource: &Resource, scope: &Scope) -> Result<Vec<Statement>> {
    let mut role = resource.properties(scope, &NOT_EMULATED, &mut Vec::new())?;
    let mut statements = Vec::new();
    for policy in role.items("Policies")? {
        let mut policy = Properties::of(policy, "a policy of a role")?;
        policy.required("PolicyName")?;
        let document = policy.required("PolicyDocument")?;
        policy.finish()?;
        statements.extend(read_document(document)?);
    }
    role.finish()?;
    Ok(statements)
}

/// The statements of each role of the template, by its name.
#[derive(Default)]
pub(super) struct Roles(BTreeMap<String, Vec<Statement>>);

impl Roles {
    pub fn read(resources: &[Resource], scope: &Scope) -> Result<Self> {
        let roles = resources.iter().filter(|resource| resource.kind == Kind::Role);
        let roles = roles.map(|role| Ok((role.name.clone(), read_role(role, scope)?)));
        roles.collect::<Result<_>>().map(Self)
    }

    /// The statements of the role that has the ARN in `node`.
    pub fn of(&self, node: &Node, scope: &Scope) -> Result<Vec<Statement>> {
        Ok(self.0.get(&scope.role(node)?).cloned().unwrap_or_default())
    }
}

pub(super) fn read(function: &mut Properties) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    for policy in function.items("Policies")? {
        statements.extend(read_document(policy)?);
    }
    Ok(statements)
}

fn read_document(document: Node) -> Result<Vec<Statement>> {
    let mut document = Properties::of(document, "a policy")?;
    document.only("Version", "2012-10-17")?;
    let statements = document.required("Statement")?;
    document.finish()?;
    statements.items()?.iter().map(|statement| read_statement(statement.clone())).collect()
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
        condition: statement.take("Condition").map(read_condition).transpose()?,
    };
    statement.finish()?;
    Ok(read)
}

fn read_condition(node: Node) -> Result<Condition> {
    let mut condition = Properties::of(node, "a condition")?;
    let operands = condition.required("StringEquals")?;
    condition.finish()?;
    match operands.entries()? {
        [entry] => Ok(Condition { key: entry.key.clone(), value: entry.value.text()?.to_owned() }),
        _ => Err(operands.unexpected("one key and its value")),
    }
}
