//! The meaning of a name in the template: a parameter, a condition or a resource.

use std::collections::BTreeMap;

use super::deployment::Deployment;
use super::error::{Result, TemplateError};
use super::kind::Kind;
use super::node::{Node, Value};
use super::parameters;

/// How many conditions may refer to one another in a row; a circle is longer.
const CONDITION_CHAIN_MAX: usize = 16;

pub struct Scope<'a> {
    pub deployment: &'a Deployment,
    parameters: BTreeMap<String, String>,
    conditions: BTreeMap<&'a str, &'a Node>,
    resources: BTreeMap<String, (Kind, String)>,
}

impl<'a> Scope<'a> {
    pub fn new(
        deployment: &'a Deployment,
        parameters: Option<&Node>,
        conditions: Option<&'a Node>,
    ) -> Result<Self> {
        let conditions = conditions.map_or(Ok([].as_slice()), Node::entries)?;
        Ok(Self {
            deployment,
            parameters: parameters::values(parameters, &deployment.parameters)?,
            conditions: conditions.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect(),
            resources: BTreeMap::new(),
        })
    }

    /// Lets the template refer to a resource from here on.
    pub fn add_resource(&mut self, logical_id: &str, kind: Kind, name: &str) {
        self.resources.insert(logical_id.to_owned(), (kind, name.to_owned()));
    }

    /// Returns the value of `!Ref name`; none for `AWS::NoValue`.
    pub fn reference(&self, name: &str, line: usize) -> Result<Option<String>> {
        let value = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => self.deployment.account_id.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::Region" => self.deployment.region.clone(),
            "AWS::StackName" => self.deployment.stack_name.clone(),
            _ => match (self.parameters.get(name), self.resources.get(name)) {
                (Some(value), _) => value.clone(),
                (None, Some((Kind::Queue, queue))) => self.deployment.queue_url(queue),
                (None, Some((_, resource))) => resource.clone(),
                (None, None) => return Err(unknown(line, name)),
            },
        };
        Ok(Some(value))
    }

    /// Returns the value of `!GetAtt resource.attribute`.
    pub fn attribute(&self, resource: &str, attribute: &str, line: usize) -> Result<String> {
        let (kind, name) = self.resources.get(resource).ok_or_else(|| unknown(line, resource))?;
        kind.attribute(attribute, name, self.deployment).ok_or_else(|| {
            TemplateError::at(
                line,
                format!("{attribute} is not an attribute of {resource} that the local stack understands"),
            )
        })
    }

    /// The name of the queue that has the ARN in `node`.
    pub fn queue(&self, node: &Node) -> Result<String> {
        self.find(Kind::Queue, node, |name| self.deployment.queue_arn(name))
    }

    /// The name of the table whose stream has the ARN in `node`.
    pub fn table_of_stream(&self, node: &Node) -> Result<String> {
        self.find(Kind::Table, node, |name| self.deployment.stream_arn(name))
    }

    /// The name of the role that has the ARN in `node`.
    pub fn role(&self, node: &Node) -> Result<String> {
        self.find(Kind::Role, node, |name| self.deployment.role_arn(name))
    }

    /// The bucket that `node` names.
    pub fn bucket(&self, node: &Node) -> Result<String> {
        self.find(Kind::Bucket, node, str::to_owned)
    }

    fn find(&self, kind: Kind, node: &Node, of: impl Fn(&str) -> String) -> Result<String> {
        let wanted = node.text()?;
        let found = self.resources.values().find(|(other, name)| *other == kind && of(name) == wanted);
        match found {
            Some((_, name)) => Ok(name.clone()),
            None => Err(node.unexpected(&format!("a reference to an {} of this template", kind.type_name()))),
        }
    }

    pub fn condition(&self, name: &str, line: usize) -> Result<bool> {
        self.named_condition(name, line, 0)
    }

    fn named_condition(&self, name: &str, line: usize, chain: usize) -> Result<bool> {
        if chain > CONDITION_CHAIN_MAX {
            return Err(TemplateError::at(line, format!("the condition {name} refers to itself")));
        }
        match self.conditions.get(name) {
            Some(condition) => self.holds(condition, chain),
            None => Err(TemplateError::at(line, format!("the template has no condition {name}"))),
        }
    }

    fn holds(&self, condition: &Node, chain: usize) -> Result<bool> {
        let Value::Map(entries) = &condition.value else { return Err(condition.unexpected("a condition")) };
        let [entry] = entries.as_slice() else { return Err(condition.unexpected("one condition")) };
        let operands = || -> Result<Vec<bool>> {
            entry.value.items()?.iter().map(|operand| self.holds(operand, chain)).collect()
        };
        match entry.key.as_str() {
            "Condition" => self.named_condition(entry.value.text()?, entry.line, chain + 1),
            "Fn::And" => Ok(operands()?.iter().all(|holds| *holds)),
            "Fn::Or" => Ok(operands()?.iter().any(|holds| *holds)),
            "Fn::Not" => match operands()?.as_slice() {
                [holds] => Ok(!holds),
                _ => Err(entry.value.unexpected("a list of one condition")),
            },
            "Fn::Equals" => match entry.value.items()? {
                [left, right] => Ok(self.text(left)? == self.text(right)?),
                _ => Err(entry.value.unexpected("a list of two values")),
            },
            other => Err(TemplateError::at(entry.line, format!("{other} is not a condition"))),
        }
    }
}

fn unknown(line: usize, name: &str) -> TemplateError {
    TemplateError::at(line, format!("{name} is neither a parameter nor a resource of this template"))
}
