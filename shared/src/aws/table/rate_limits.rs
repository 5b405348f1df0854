//! Shards of token buckets: see [`crate::rate_limit`]. Each is one number, and one conditional write takes from it.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::table::fail_fast::fail_fast;
use crate::aws::table::{Attributes, Key, LAYOUT, RowKind, Table, Update, Written, number};
use crate::error::Fault;
use crate::rate_limit::holding::Ask;
use crate::rate_limit::pace::Micros;
use crate::rate_limit::{Bucket, Owner};

/// How taking tokens from a shard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    Made {
        full_at: Micros,
    },
    /// The shard is not as it was taken to be, or holds less. No row, no `full_at`.
    Refused {
        full_at: Option<Micros>,
    },
}

impl Table {
    /// Takes tokens from one shard. If the answer is lost, they may have been taken twice: they lapse.
    pub async fn withdraw(&self, bucket: &Bucket, ask: &Ask) -> Result<Withdrawal, Fault> {
        let doing = "taking tokens";
        let request = self.update_request(update(bucket, ask)).customize().config_override(fail_fast());
        Ok(match Written::of_update(request.send().await, doing)? {
            Written::Made(row) => {
                let full_at = full_at(&row).ok_or_else(|| Fault::new(doing, "the shard has no full_at"))?;
                Withdrawal::Made { full_at }
            }
            Written::Refused(row) => Withdrawal::Refused { full_at: row.as_ref().and_then(full_at) },
        })
    }
}

fn update(bucket: &Bucket, ask: &Ask) -> Update {
    let key = key(bucket, ask.shard);
    let (after, most) = ask.in_use_within;
    let update = if ask.is_in_use {
        Update::new(key, "#full_at > :idle_until AND #full_at <= :most")
            .with(":most", number(most))
            .add("full_at", number(ask.cost))
    } else {
        Update::new(key, "attribute_not_exists(#full_at) OR #full_at <= :idle_until OR #full_at > :latest")
            .with(":latest", number(ask.latest))
            .set("full_at", number(ask.idle_then))
            .set("layout", number(LAYOUT))
    };
    update.with(":idle_until", number(after)).set("expires_at", number(ask.expires_at))
}

/// The limit is part of the key: under another limit the number would mean something else.
fn key(bucket: &Bucket, shard: usize) -> Key {
    let pk = match &bucket.owner {
        Owner::Tenant(tenant) => format!("{tenant}#limit#{shard}"),
        Owner::ApiKey { tenant, key } => format!("{tenant}#limit#{key}#{shard}"),
        Owner::Address(hash) => format!("system#address-limit#{hash}#{shard}"),
    };
    Key::new(
        pk,
        &format!("{}{}#{}", RowKind::Limit.text(), bucket.limit.capacity(), bucket.limit.per_second()),
    )
}

fn full_at(row: &Attributes) -> Option<Micros> {
    row.get("full_at").map(AttributeValue::as_n)?.ok()?.parse().ok()
}
