//! `AWS::DynamoDB::Table`, on demand.

use std::collections::BTreeMap;

use super::error::{Result, TemplateError};
use super::node::Node;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 7] = [
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TableClass",
    "Tags",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub logical_id: String,
    /// Where the template declares it.
    pub line: usize,
    pub name: String,
    pub arn: String,
    pub key: Key,
    /// Types of every attribute that is part of a key.
    pub attributes: BTreeMap<String, AttributeType>,
    pub indexes: Vec<Index>,
    /// `NEW_AND_OLD_IMAGES` or another view; none without a stream.
    pub stream_view: Option<String>,
    /// The value of `!GetAtt Table.StreamArn`, whether or not there is a stream.
    pub stream_arn: String,
    pub ttl_attribute: Option<String>,
}

/// The names of the key's attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub partition: String,
    pub sort: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    Text,
    Number,
    Binary,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub name: String,
    pub key: Key,
    pub projection: Projection,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    All,
    KeysOnly,
    Include(Vec<String>),
}

pub(super) fn read(resource: &Resource, scope: &Scope, left_out: &mut Vec<String>) -> Result<Table> {
    let mut properties = resource.properties(scope, &NOT_EMULATED, left_out)?;
    let billing = properties.required("BillingMode")?;
    if billing.text()? != "PAY_PER_REQUEST" {
        return Err(billing.unexpected("PAY_PER_REQUEST"));
    }
    let table = Table {
        logical_id: resource.logical_id.clone(),
        line: resource.line,
        name: resource.name.clone(),
        arn: scope.deployment.table_arn(&resource.name),
        attributes: attributes(&properties.required("AttributeDefinitions")?)?,
        key: key(&properties.required("KeySchema")?)?,
        indexes: properties.items("GlobalSecondaryIndexes")?.into_iter().map(index).collect::<Result<_>>()?,
        stream_view: stream_view(&mut properties)?,
        stream_arn: scope.deployment.stream_arn(&resource.name),
        ttl_attribute: ttl_attribute(&mut properties)?,
    };
    properties.finish()?;
    table.check_key_attributes()?;
    Ok(table)
}

impl Table {
    /// DynamoDB refuses a table whose keys and attribute definitions do not name the same attributes.
    fn check_key_attributes(&self) -> Result<()> {
        let keys = std::iter::once(&self.key).chain(self.indexes.iter().map(|index| &index.key));
        let used: Vec<&String> =
            keys.flat_map(|key| std::iter::once(&key.partition).chain(&key.sort)).collect();
        let undefined = used.iter().find(|name| !self.attributes.contains_key(name.as_str()));
        let unused = self.attributes.keys().find(|name| !used.contains(name));
        match (undefined, unused) {
            (Some(name), _) => {
                Err(TemplateError::at(self.line, format!("the key attribute {name} has no type")))
            }
            (None, Some(name)) => Err(TemplateError::at(
                self.line,
                format!("the attribute {name} has a type, but is in no key"),
            )),
            (None, None) => Ok(()),
        }
    }
}

fn attributes(definitions: &Node) -> Result<BTreeMap<String, AttributeType>> {
    let mut attributes = BTreeMap::new();
    for definition in definitions.items()? {
        let mut definition = Properties::of(definition.clone(), "an attribute definition")?;
        let kind = definition.required("AttributeType")?;
        let kind = match kind.text()? {
            "S" => AttributeType::Text,
            "N" => AttributeType::Number,
            "B" => AttributeType::Binary,
            _ => return Err(kind.unexpected("S, N or B")),
        };
        attributes.insert(definition.required_text("AttributeName")?, kind);
        definition.finish()?;
    }
    Ok(attributes)
}

fn key(schema: &Node) -> Result<Key> {
    let mut partition = None;
    let mut sort = None;
    for element in schema.items()? {
        let mut element = Properties::of(element.clone(), "a key schema")?;
        let kind = element.required("KeyType")?;
        let name = element.required_text("AttributeName")?;
        element.finish()?;
        let part = match kind.text()? {
            "HASH" => &mut partition,
            "RANGE" => &mut sort,
            _ => return Err(kind.unexpected("HASH or RANGE")),
        };
        if part.replace(name).is_some() {
            return Err(kind.unexpected("one attribute of each kind"));
        }
    }
    let partition = partition.ok_or_else(|| schema.unexpected("a HASH attribute"))?;
    Ok(Key { partition, sort })
}

fn index(node: Node) -> Result<Index> {
    let mut index = Properties::of(node, "a global secondary index")?;
    let name = index.required_text("IndexName")?;
    let key = key(&index.required("KeySchema")?)?;
    let mut projection = Properties::of(index.required("Projection")?, "a projection")?;
    let kind = projection.required("ProjectionType")?;
    let included = projection.texts("NonKeyAttributes")?;
    projection.finish()?;
    index.finish()?;
    let projection = match kind.text()? {
        "ALL" => Projection::All,
        "KEYS_ONLY" => Projection::KeysOnly,
        "INCLUDE" => Projection::Include(included),
        _ => return Err(kind.unexpected("ALL, KEYS_ONLY or INCLUDE")),
    };
    Ok(Index { name, key, projection })
}

fn stream_view(properties: &mut Properties) -> Result<Option<String>> {
    let Some(mut stream) = properties.nested("StreamSpecification", "StreamSpecification")? else {
        return Ok(None);
    };
    let view = stream.required("StreamViewType")?;
    stream.finish()?;
    match view.text()? {
        name @ ("KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES") => Ok(Some(name.to_owned())),
        _ => Err(view.unexpected("KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES")),
    }
}

fn ttl_attribute(properties: &mut Properties) -> Result<Option<String>> {
    let Some(mut ttl) = properties.nested("TimeToLiveSpecification", "TimeToLiveSpecification")? else {
        return Ok(None);
    };
    let attribute = ttl.required_text("AttributeName")?;
    let enabled = ttl.required("Enabled")?.boolean()?;
    ttl.finish()?;
    Ok(enabled.then_some(attribute))
}
