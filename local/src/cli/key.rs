//! `cargo dev key <tenant>`: an API key for a deployed stack, and the command that lets it in.

use serde_json::json;
use shared::api_key::ApiKey;
use shared::clock::{Clock, Timestamp};
use shared::id::Ids;
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
    let key = ApiKey::generate(tenant, &Ids::system());
    let (tenant, revealed) = (key.tenant(), key.reveal());
    let command = put_item(&key, table_name, Clock::system().now());
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

/// A line for the shell that stores the key's hash, and nothing of the key itself.
fn put_item(key: &ApiKey, table_name: Option<&str>, now: Timestamp) -> String {
    let table_name = table_name.unwrap_or(TABLE_OF_STACK);
    let item = json!({
        "pk": {"S": format!("{}#key", key.tenant())},
        "sk": {"S": key.hash()},
        "created_at": {"N": now.as_millis().to_string()},
        "layout": {"N": LAYOUT.to_string()},
    });
    format!("aws dynamodb put-item --table-name {table_name} --item '{item}'")
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
        let key = ApiKey::generate(Tenant::parse("acme").unwrap(), &Ids::seeded(1));
        let command = put_item(&key, Some("millrace-Table-1"), Timestamp::from_millis(1_700_000_000_123));
        let (start, item) = command.split_once(" --item ").unwrap();
        assert_eq!(start, "aws dynamodb put-item --table-name millrace-Table-1");
        let item: serde_json::Value = serde_json::from_str(item.trim_matches('\'')).unwrap();
        let expected = json!({
            "pk": {"S": "acme#key"}, "sk": {"S": key.hash()},
            "created_at": {"N": "1700000000123"}, "layout": {"N": "1"},
        });
        assert_eq!(item, expected);
        assert!(!command.contains(key.reveal().rsplit_once('_').unwrap().1));
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
