//! Listings by time: an index entry that is written with the row and never touched again.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::fault;
use crate::aws::table::{Attributes, Table, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::digest;
use crate::tenant::Tenant;

pub(super) const INDEX: &str = "by_time";

/// One partition of an index takes 1,000 writes a second; a tenant's listing is spread over this many.
const SHARDS: u8 = 4;

/// The things of a tenant that are listed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Uploads,
    /// Those that clients submitted.
    Jobs,
}

impl Listing {
    /// Stored; it never changes.
    const fn name(self) -> &'static str {
        match self {
            Self::Uploads => "upload",
            Self::Jobs => "job",
        }
    }

    fn shard(self, tenant: &Tenant, shard: u8) -> String {
        format!("{tenant}#{}#{shard}", self.name())
    }
}

/// One entry of a listing. Its position orders it and names where a page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub position: String,
    pub id: String,
}

/// The index attributes of a new row: which shard of which tenant's listing, and where in time.
pub(super) fn entry(listing: Listing, tenant: &Tenant, id: &str, created_at: Timestamp) -> Attributes {
    let shard = digest(&[id])[0] % SHARDS;
    Attributes::from([
        ("listing".to_owned(), string(listing.shard(tenant, shard))),
        ("listed_at".to_owned(), string(format!("{}#{id}", position_at(created_at)))),
    ])
}

/// Positions from `from` up to, and without, `before`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    from: String,
    before: String,
}

impl Range {
    /// Limits the listing to entries created from `from` on, and before `before`.
    pub fn created(from: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        // Every position sorts between these two.
        let (first, last) = ("0".to_owned(), "~".to_owned());
        Self { from: from.map_or(first, position_at), before: before.map_or(last, position_at) }
    }

    /// The part of the range that is older than the entry at `position`.
    pub fn before(self, position: &str) -> Self {
        Self { before: self.before.min(position.to_owned()), ..self }
    }
}

/// Where the entries of this millisecond begin.
pub(super) fn position_at(at: Timestamp) -> String {
    format!("{:015}", at.as_millis().max(0))
}

impl Table {
    /// The tenant's things of a listing, newest first, at most `limit`, with positions of `range`: its start included, not its
    /// end.
    pub async fn list(
        &self,
        listing: Listing,
        tenant: &Tenant,
        range: &Range,
        limit: usize,
    ) -> Result<Vec<Listed>, Fault> {
        let mut listed = Vec::new();
        if range.from >= range.before {
            return Ok(listed);
        }
        for shard in 0..SHARDS {
            let query = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(INDEX)
                .key_condition_expression("listing = :listing AND listed_at BETWEEN :from AND :before")
                .expression_attribute_values(":listing", string(listing.shard(tenant, shard)))
                .expression_attribute_values(":from", string(&range.from))
                .expression_attribute_values(":before", string(&range.before))
                .scan_index_forward(false)
                // BETWEEN includes the end, which is dropped below.
                .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX));
            let answer = query.send().await.map_err(fault("reading the listing"))?;
            listed.extend(answer.items.unwrap_or_default().iter().filter_map(parse));
        }
        listed.retain(|listed| listed.position < range.before);
        listed.sort_by(|a, b| b.position.cmp(&a.position));
        listed.truncate(limit);
        Ok(listed)
    }
}

fn parse(row: &Attributes) -> Option<Listed> {
    let position = row.get("listed_at").map(AttributeValue::as_s)?.ok()?;
    let (_, id) = position.split_once('#')?;
    Some(Listed { position: position.clone(), id: id.to_owned() })
}
