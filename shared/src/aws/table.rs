//! The one table: keys, condition expressions and the meaning of DynamoDB's errors live here and nowhere else.
//!
//! `docs/data-model.md` lists every access pattern with its key and its cost.
//!
//! | row | pk | sk |
//! | --- | --- | --- |
//! | upload | `<tenant>#<upload id>` | `upload` |
//! | run of an upload | `<tenant>#<upload id>` | `run#<number>` |
//! | recipe too long for the upload's row | `<tenant>#<upload id>` | `recipe#<fingerprint>`, of a kept one with `@<version>` |
//! | job | `<tenant>#<job id>` | `job` |
//! | input too long for the job's row | `<tenant>#<job id>` | `input` |
//! | output too long for it | `<tenant>#<job id>` | `output#<epoch>` |
//! | signing key | `<tenant>#signing-key` | `<key id>` |
//! | API key | `<tenant>#key` | `<key id>` |
//! | recipe that is kept by name, as it is now | `<tenant>#recipe#<name>` | `recipe` |
//! | an earlier version of it | `<tenant>#recipe#<name>` | `version#<version modulo 100>` |
//! | names of a tenant's API keys, or of its recipes | `<tenant>#register#<kind>` | `register` |
//! | request under an `Idempotency-Key` | `<tenant>#request#<name>` | `request` |
//! | dead letter | `system#dead-letter#<message id>` | `dead-letter` |
//! | shard of a token bucket | `<tenant>#limit#<shard>`, `<tenant>#limit#<key>#<shard>`, `system#address-limit#<hash>#<shard>` | `limit#<capacity>#<per second>` |
//! | usage of a tenant | `<tenant>#usage` | `usage` |
//! | jobs of a tenant that ended in an hour | `<tenant>#activity` | `hour#<when it began>` |
//! | audit that was asked for | `system#audit` | `audit` |

mod activity;
mod api_keys;
mod audits;
mod changes;
mod deletions;
mod due_jobs;
mod due_shard;
mod expression;
mod fail_fast;
mod jobs;
mod listings;
mod rate_limits;
mod recipes;
mod registers;
mod requests;
mod row_kind;
mod runs;
mod signing_keys;
mod update;
mod uploads;
mod usage;

pub use activity::{CountedHour, PutHour, change_of_activity};
pub use audits::{AUDIT_SEGMENTS, AskedAudit, PageEnd, Row};
pub use changes::{Change, StreamRecord};
pub use due_jobs::{AHEAD, DueJob};
pub use jobs::{Claim, Claimed, Reached};
pub use listings::{Listed, Listing, Range};
pub use rate_limits::Withdrawal;
pub use recipes::ListedRecipe;
pub use row_kind::{RowKind, SortKey};
pub use usage::{DueRecount, Tally, change_of_usage};

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::aws::fault;
use crate::error::Fault;

use update::Update;

type Attributes = HashMap<String, AttributeValue>;

/// A batch is asked for again as often as this, for what the table left out.
const BATCH_ROUNDS_MAX: usize = 10;

/// The version of the rows' layout. A reader that meets a later one must refuse it.
const LAYOUT: u32 = 2;

#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

/// How a conditional write ended. A refused one costs what a made one does.
#[derive(Debug)]
enum Written {
    /// With the row as it is now, where the write answers it.
    Made(Attributes),
    /// The condition did not hold for the row as it stands, if there is one.
    Refused(Option<Attributes>),
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    pk: String,
    sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: &str) -> Self {
        Self { pk: pk.into(), sk: sk.to_owned() }
    }

    fn attributes(&self) -> Attributes {
        HashMap::from([("pk".to_owned(), string(&self.pk)), ("sk".to_owned(), string(&self.sk))])
    }
}

impl Table {
    pub fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    async fn get<T: DeserializeOwned>(&self, key: &Key, doing: &'static str) -> Result<Option<T>, Fault> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key.attributes()));
        let answer = get.consistent_read(true).send().await.map_err(fault(doing))?;
        answer.item.map(read).transpose()
    }

    /// All of `keys` that exist, in no order.
    async fn get_all<T: DeserializeOwned>(&self, keys: &[Key], doing: &'static str) -> Result<Vec<T>, Fault> {
        let mut found = Vec::new();
        let mut open: Vec<Attributes> = keys.iter().map(Key::attributes).collect();
        for _ in 0..BATCH_ROUNDS_MAX {
            if open.is_empty() {
                return Ok(found);
            }
            let wanted = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(open)).build();
            let wanted = wanted.map_err(fault(doing))?;
            let request = self.client.batch_get_item().request_items(&self.name, wanted);
            let mut answer = request.send().await.map_err(fault(doing))?;
            let rows = answer.responses.as_mut().and_then(|tables| tables.remove(&self.name));
            for row in rows.unwrap_or_default() {
                found.push(read(row)?);
            }
            let rest = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.name));
            open = rest.map(|rest| rest.keys).unwrap_or_default();
        }
        Err(Fault::new(doing, "the table goes on answering in part"))
    }

    /// All rows that a query of the table finds.
    async fn query_all<T: DeserializeOwned>(
        &self,
        query: QueryFluentBuilder,
        doing: &'static str,
    ) -> Result<Vec<T>, Fault> {
        let query = query.table_name(&self.name).consistent_read(true);
        let mut pages = query.into_paginator().send();
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await {
            for row in page.map_err(fault(doing))?.items.unwrap_or_default() {
                rows.push(read(row)?);
            }
        }
        Ok(rows)
    }

    /// Puts a row where there is none.
    async fn put_new(&self, key: &Key, row: Attributes, doing: &'static str) -> Result<Written, Fault> {
        self.put_if("attribute_not_exists(#pk)", Vec::new(), key, row, doing).await
    }

    /// Puts a row in the place of whatever is there, on a condition, in which `#name` stands for the attribute `name`.
    async fn put_if(
        &self,
        condition: &'static str,
        values: Vec<(&'static str, AttributeValue)>,
        key: &Key,
        row: Attributes,
        doing: &'static str,
    ) -> Result<Written, Fault> {
        let values: Attributes = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item(key, row)))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(expression::names(&[condition])))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Written::Made(Attributes::new())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                PutItemError::ConditionalCheckFailedException(refused) => Ok(Written::Refused(refused.item)),
                error => Err(fault(doing)(error)),
            },
            Err(error) => Err(fault(doing)(error)),
        }
    }

    /// Removes a row on a condition; one that it does not hold for stays.
    async fn delete_if(
        &self,
        condition: &'static str,
        value: (&'static str, AttributeValue),
        key: &Key,
        doing: &'static str,
    ) -> Result<(), Fault> {
        let (name, value) = value;
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(expression::names(&[condition])))
            .expression_attribute_values(name, value);
        match delete.send().await {
            Err(error)
                if !error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Err(fault(doing)(error))
            }
            _ => Ok(()),
        }
    }

    async fn update(&self, update: Update, doing: &'static str) -> Result<Written, Fault> {
        Written::of_update(self.update_request(update).send().await, doing)
    }

    fn update_request(&self, update: Update) -> UpdateItemFluentBuilder {
        let (change, condition) = (update.expression(), update.condition().to_owned());
        let names = expression::names(&[&change, &condition]);
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(update.key.attributes()))
            .update_expression(change)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(update.values.into_iter().collect()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

impl Written {
    fn of_update(
        answer: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
        doing: &'static str,
    ) -> Result<Self, Fault> {
        match answer {
            Ok(answer) => Ok(Self::Made(answer.attributes.unwrap_or_default())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                UpdateItemError::ConditionalCheckFailedException(refused) => Ok(Self::Refused(refused.item)),
                error => Err(fault(doing)(error)),
            },
            Err(error) => Err(fault(doing)(error)),
        }
    }
}

fn read<T: DeserializeOwned>(row: Attributes) -> Result<T, Fault> {
    let layout =
        row.get("layout").and_then(|layout| layout.as_n().ok()).and_then(|layout| layout.parse().ok());
    if layout.is_some_and(|layout: u32| layout > LAYOUT) {
        return Err(Fault::new("reading a row", "it was written by a later version"));
    }
    serde_dynamo::from_item(row).map_err(fault("reading a row"))
}

/// A row as it is stored: under its key, in this layout.
fn item(key: &Key, mut row: Attributes) -> Attributes {
    row.extend(key.attributes());
    row.insert("layout".to_owned(), number(LAYOUT));
    row
}

fn row_of<T: Serialize>(value: &T) -> Result<Attributes, Fault> {
    serde_dynamo::to_item(value).map_err(fault("writing a row"))
}

fn value_of<T: Serialize>(value: &T) -> Result<AttributeValue, Fault> {
    serde_dynamo::to_attribute_value(value).map_err(fault("writing an attribute"))
}

fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
