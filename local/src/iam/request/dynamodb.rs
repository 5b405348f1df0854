//! The permissions that the operations of DynamoDB and its streams need.

use serde_json::Value;

use super::{Unjudged, permission, text};
use crate::iam::Permission;
use crate::template::Deployment;

pub fn required(operation: &str, body: &[u8], deployment: &Deployment) -> Result<Vec<Permission>, Unjudged> {
    let body: Value = serde_json::from_slice(body).map_err(Unjudged::Body)?;
    let action = format!("dynamodb:{operation}");
    match operation {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "DescribeTable" | "DescribeTimeToLive"
        | "CreateTable" | "UpdateTable" | "DeleteTable" | "UpdateTimeToLive" => {
            Ok(vec![permission(action, table_arn(text(&body, "TableName")?, deployment))])
        }
        // A read of an index is judged by the index alone.
        "Query" | "Scan" => {
            let table = table_arn(text(&body, "TableName")?, deployment);
            let resource = match body.get("IndexName") {
                None | Some(Value::Null) => table,
                Some(_) => format!("{table}/index/{}", text(&body, "IndexName")?),
            };
            Ok(vec![permission(action, resource)])
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object);
            let tables = tables.ok_or(Unjudged::Field("RequestItems"))?;
            Ok(tables.keys().map(|table| permission(&action, table_arn(table, deployment))).collect())
        }
        "TransactGetItems" | "TransactWriteItems" => transaction(&body, deployment),
        "ListTables" => Ok(vec![permission(action, deployment.table_arn("*"))]),
        _ => Err(Unjudged::operation(action)),
    }
}

pub fn required_of_stream(
    operation: &str,
    body: &[u8],
    deployment: &Deployment,
) -> Result<Vec<Permission>, Unjudged> {
    let body: Value = serde_json::from_slice(body).map_err(Unjudged::Body)?;
    let action = format!("dynamodb:{operation}");
    match operation {
        "DescribeStream" | "GetShardIterator" => Ok(vec![permission(action, text(&body, "StreamArn")?)]),
        "ListStreams" => Ok(vec![permission(action, deployment.table_arn("*"))]),
        // An iterator is opaque; on AWS it begins with the ARN of its stream.
        "GetRecords" => match text(&body, "ShardIterator")?.split_once('|') {
            Some((arn, _)) if arn.starts_with("arn:") => Ok(vec![permission(action, arn)]),
            _ => Err(Unjudged::Field("ShardIterator")),
        },
        _ => Err(Unjudged::operation(action)),
    }
}

/// A transaction needs what its items would need one by one.
fn transaction(body: &Value, deployment: &Deployment) -> Result<Vec<Permission>, Unjudged> {
    const MALFORMED: Unjudged = Unjudged::Field("TransactItems");
    let mut needed = Vec::new();
    for item in body.get("TransactItems").and_then(Value::as_array).ok_or(MALFORMED)? {
        for (kind, part) in item.as_object().ok_or(MALFORMED)? {
            let action = match kind.as_str() {
                "Get" => "dynamodb:GetItem",
                "Put" => "dynamodb:PutItem",
                "Update" => "dynamodb:UpdateItem",
                "Delete" => "dynamodb:DeleteItem",
                "ConditionCheck" => "dynamodb:ConditionCheckItem",
                _ => return Err(MALFORMED),
            };
            let permission = permission(action, table_arn(text(part, "TableName")?, deployment));
            if !needed.contains(&permission) {
                needed.push(permission);
            }
        }
    }
    Ok(needed)
}

/// A request may name its table by ARN.
fn table_arn(table: &str, deployment: &Deployment) -> String {
    if table.starts_with("arn:") { table.to_owned() } else { deployment.table_arn(table) }
}
