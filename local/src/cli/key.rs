//! `cargo dev key <tenant>`: an API key for a deployed stack, and the command that lets it in.

use serde_dynamo::{AttributeValue, Item};
use shared::api_key::{ApiKey, Credential};
use shared::clock::{Clock, Timestamp};
use shared::id::Ids;
use shared::scope::Scope;
use shared::tenant::{NAME_CHARS_MAX, Tenant};

use super::{Failure, say};

/// The lengths that DynamoDB allows.
const TABLE_NAME_CHARS: std::ops::RangeInclusive<usize> = 3..=255;

/// The layout of the row that `shared::aws::table` reads.
const LAYOUT: u32 = 1;

/// In the shell: the output `TableName` of the stack that is called as the README calls it.
const TABLE_OF_STACK: &str = r#""$(aws cloudformation describe-stacks --stack-name millrace --output text --query "Stacks[0].Outputs[?OutputKey=='TableName'].OutputValue")""#;

pub fn run(tenant: &str, table_name: Option<&str>) -> Result<(), Failure> {
    let tenant = Tenant::parse(tenant).ok_or_else(|| {
        format!("a tenant's name is 1 to {NAME_CHARS_MAX} characters out of a-z, 0-9 and -, which {tenant:?} is not")
    })?;
    if let Some(wrong) = table_name.filter(|name| !is_table_name(name)) {
        return Err(format!("{wrong:?} cannot be the name of a table").into());
    }
    let credential = Credential::random(tenant, &Ids::system());
    let (tenant, revealed) = (credential.tenant(), credential.reveal());
    let command = put_item(&credential, table_name, Clock::system().now())?;
    say(&format!(
        "The API key of {tenant}, shown this once:

  {revealed}

\
         It works as soon as its hash is in the table:

  {command}
"
    ));
    Ok(())
}

/// A line for the shell that stores a key with every scope: its secret's hash, and nothing of the secret itself.
fn put_item(
    credential: &Credential,
    table_name: Option<&str>,
    now: Timestamp,
) -> Result<String, serde_dynamo::Error> {
    let table_name = table_name.unwrap_or(TABLE_OF_STACK);
    let key = ApiKey::new("first".to_owned(), Scope::ALL, credential, now);
    let mut item: Item = serde_dynamo::to_item(&key)?;
    let pk = AttributeValue::S(format!("{}#key", key.tenant));
    item.extend([
        ("pk".to_owned(), pk),
        ("sk".to_owned(), AttributeValue::S(key.id.to_string())),
        ("layout".to_owned(), AttributeValue::N(LAYOUT.to_string())),
    ]);
    let item = serde_json::to_string(&item).map_err(serde::ser::Error::custom)?;
    Ok(format!("aws dynamodb put-item --table-name {table_name} --item '{item}'"))
}

/// Such names need no quotes in a shell.
fn is_table_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    TABLE_NAME_CHARS.contains(&name.len()) && !name.starts_with('-') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_stores_the_row_that_the_table_looks_up() {
        let credential = Credential::random(Tenant::parse("acme").unwrap(), &Ids::seeded(1));
        let now = Timestamp::from_millis(1_700_000_000_123);
        let command = put_item(&credential, Some("millrace-Table-1"), now).unwrap();
        let (start, item) = command.split_once(" --item ").unwrap();
        assert_eq!(start, "aws dynamodb put-item --table-name millrace-Table-1");
        let item: serde_json::Value = serde_json::from_str(item.trim_matches('\'')).unwrap();
        assert_eq!(
            (&item["pk"]["S"], &item["sk"]["S"]),
            (&"acme#key".into(), &credential.id().as_str().into())
        );
        assert_eq!(item["layout"]["N"], "1");
        let row: Item = serde_json::from_value(item).unwrap();
        let key: ApiKey = serde_dynamo::from_item(row).unwrap();
        assert!(key.admits(&credential, now));
        let secret = &credential.reveal()[credential.reveal().len() - 26..];
        assert!(!command.contains(secret));
    }

    #[test]
    fn nothing_that_a_shell_would_read_is_a_table_name() {
        for wrong in ["", "ab", "-table", "my table", "table;ls", "$(ls)", "table'", "a\nbc"] {
            assert!(!is_table_name(wrong), "{wrong:?}");
            assert!(run("acme", Some(wrong)).is_err(), "{wrong:?}");
        }
        assert!(is_table_name("millrace-Table-1ABC.x_y"));
    }

    #[test]
    fn a_key_is_made_for_a_tenant_alone() {
        for wrong in ["", "Acme", "a_b", "a b"] {
            assert!(run(wrong, None).is_err(), "{wrong:?}");
        }
    }
}
