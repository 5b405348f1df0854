//! The attributes that a sender gives a message, and their checksum.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::sqs::rejection::Rejection;
use crate::sqs::text::is_allowed;

const COUNT_MAX: usize = 10;
const NAME_LENGTH_MAX: usize = 256;
const DATA_TYPE_LENGTH_MAX: usize = 256;

/// A message's attributes by name. Serialized as the wire and the database have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireAttributes", into = "WireAttributes")]
pub struct Attributes(BTreeMap<String, Attribute>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, and perhaps a label of the sender's own after a dot.
    pub data_type: String,
    pub value: AttributeValue,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    Text(String),
    Bytes(Vec<u8>),
}

pub type WireAttributes = BTreeMap<String, WireAttribute>;

/// An attribute as the JSON protocol has it, not yet checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WireAttribute {
    #[serde(default)]
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
}

impl Attributes {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.0.iter().map(|(name, attribute)| (name.as_str(), attribute))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the attributes' share in the size of a message.
    pub fn bytes(&self) -> usize {
        self.iter()
            .map(|(name, attribute)| name.len() + attribute.data_type.len() + attribute.value.bytes().len())
            .sum()
    }

    /// `MD5OfMessageAttributes`: over each name, type, kind of value and value, all with their length. None without
    /// attributes.
    pub fn md5(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut md5 = Md5::new();
        for (name, attribute) in self.iter() {
            update_with_length(&mut md5, name.as_bytes());
            update_with_length(&mut md5, attribute.data_type.as_bytes());
            md5.update(match attribute.value {
                AttributeValue::Text(_) => [1],
                AttributeValue::Bytes(_) => [2],
            });
            update_with_length(&mut md5, attribute.value.bytes());
        }
        Some(hex::encode(md5.finalize()))
    }

    /// Those that a receiver asks for: by name, `All`, or a prefix as in `name.*`.
    pub fn selected(&self, wanted: &[String]) -> Attributes {
        let selects = |wanted: &String, name: &str| match wanted.strip_suffix(".*") {
            _ if wanted == "All" => true,
            Some(prefix) => name.starts_with(prefix),
            None => wanted == name,
        };
        let selected = self.0.iter().filter(|(name, _)| wanted.iter().any(|wanted| selects(wanted, name)));
        Attributes(selected.map(|(name, attribute)| (name.clone(), attribute.clone())).collect())
    }
}

impl AttributeValue {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

fn update_with_length(md5: &mut Md5, bytes: &[u8]) {
    // A message of 1 MiB at most holds nothing that is longer than a u32 can say.
    md5.update((bytes.len() as u32).to_be_bytes());
    md5.update(bytes);
}

impl TryFrom<WireAttributes> for Attributes {
    type Error = Rejection;

    fn try_from(wire: WireAttributes) -> Result<Self, Rejection> {
        if wire.len() > COUNT_MAX {
            return Err(Rejection::InvalidParameterValue(format!(
                "Number of message attributes [{}] exceeds the allowed maximum [{COUNT_MAX}].",
                wire.len()
            )));
        }
        let parsed = wire.into_iter().map(|(name, attribute)| {
            check_name(&name)?;
            let attribute = attribute.parse(&name)?;
            Ok((name, attribute))
        });
        parsed.collect::<Result<_, Rejection>>().map(Attributes)
    }
}

fn check_name(name: &str) -> Result<(), Rejection> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let lower = name.to_ascii_lowercase();
    let valid = (1..=NAME_LENGTH_MAX).contains(&name.len())
        && name.chars().all(allowed)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    match valid {
        true => Ok(()),
        false => Err(Rejection::InvalidParameterValue(format!("Invalid message attribute name {name:?}."))),
    }
}

impl WireAttribute {
    fn parse(self, name: &str) -> Result<Attribute, Rejection> {
        let reject = |what: &str| {
            Err(Rejection::InvalidParameterValue(format!("Message (user) attribute '{name}' {what}")))
        };
        if self.data_type.len() > DATA_TYPE_LENGTH_MAX {
            return reject("has a data type that is too long.");
        }
        let value = match (
            self.data_type.split('.').next().unwrap_or_default(),
            self.string_value,
            self.binary_value,
        ) {
            ("String" | "Number", Some(text), None) => AttributeValue::Text(text),
            ("Binary", None, Some(encoded)) => match BASE64_STANDARD.decode(encoded) {
                Ok(bytes) => AttributeValue::Bytes(bytes),
                Err(_) => return reject("must contain a value in base64."),
            },
            (base @ ("String" | "Number" | "Binary"), ..) => {
                return reject(&format!("must contain a non-empty value of type '{base}'."));
            }
            _ => return reject("has an invalid type; the types are String, Number and Binary."),
        };
        match &value {
            value if value.bytes().is_empty() => {
                reject(&format!("must contain a non-empty value of type '{}'.", self.data_type))
            }
            AttributeValue::Text(text)
                if self.data_type.starts_with("Number") && text.parse::<f64>().is_err() =>
            {
                reject("must contain a value that is a number.")
            }
            AttributeValue::Text(text) if !is_allowed(text) => Err(Rejection::InvalidMessageContents),
            _ => Ok(Attribute { data_type: self.data_type, value }),
        }
    }
}

impl From<Attributes> for WireAttributes {
    fn from(attributes: Attributes) -> Self {
        attributes.0.into_iter().map(|(name, attribute)| (name, attribute.into())).collect()
    }
}

impl From<Attribute> for WireAttribute {
    fn from(attribute: Attribute) -> Self {
        let (string_value, binary_value) = match attribute.value {
            AttributeValue::Text(text) => (Some(text), None),
            AttributeValue::Bytes(bytes) => (None, Some(BASE64_STANDARD.encode(bytes))),
        };
        Self { data_type: attribute.data_type, string_value, binary_value }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(wire: Value) -> Result<Attributes, Rejection> {
        Attributes::try_from(serde_json::from_value::<WireAttributes>(wire).unwrap())
    }

    fn text(value: &str) -> Value {
        json!({ "DataType": "String", "StringValue": value })
    }

    /// The expected values are what AWS answered.
    #[test]
    fn the_checksum_is_that_of_aws() {
        let three =
            parse(json!({ "General": text("Kenobi"), "Hello": text("There"), "Help.Me": text("Me") }))
                .unwrap();
        assert_eq!(three.md5().as_deref(), Some("4c360f3fdafd970e05fae2f149d997f5"));
        assert_eq!(
            three.selected(&["Hel.*".into()]).md5().as_deref(),
            Some("83fee93c1bcd8b9a5a923ffacdc636c7")
        );
        let one = three.selected(&["Hello".into(), "absent".into()]);
        assert_eq!(one.md5().as_deref(), Some("a311262e065454b75da111d535b8dacd"));

        let trace = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";
        let binary = json!({ "DataType": "Binary", "BinaryValue": BASE64_STANDARD.encode(trace) });
        let binary = parse(json!({ "attr1": binary })).unwrap();
        assert_eq!(binary.md5().as_deref(), Some("8cbe4db156db8a94db8b801b7addb984"));
        assert_eq!(Attributes::default().md5(), None);
    }

    #[test]
    fn a_receiver_selects_by_name_by_prefix_or_all() {
        let all = parse(json!({ "a.b": text("1"), "a.c": text("2"), "d": text("3") })).unwrap();
        let names = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(|&name| name.to_owned()).collect();
            all.selected(&wanted).iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&["All"]), ["a.b", "a.c", "d"]);
        assert_eq!(names(&[".*"]), ["a.b", "a.c", "d"]);
        assert_eq!(names(&["a.*"]), ["a.b", "a.c"]);
        assert_eq!(names(&["d", "e"]), ["d"]);
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn attributes_are_stored_as_they_came() {
        let number = json!({ "DataType": "Number.int", "StringValue": "-1.5" });
        let bytes = json!({ "DataType": "Binary", "BinaryValue": "AP8=" });
        let wire = json!({ "n": number, "b": bytes });
        assert_eq!(serde_json::to_value(parse(wire.clone()).unwrap()).unwrap(), wire);
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        let eleven: serde_json::Map<_, _> = (0..11).map(|n| (n.to_string(), text("x"))).collect();
        assert!(parse(eleven.into()).is_err());
        for name in ["", ".a", "a.", "a..b", "a b", "AWS.x", "amazon.x", &"n".repeat(257)] {
            assert!(parse(json!({ name: text("x") })).is_err(), "{name:?}");
        }
        let wrong_values = [
            json!({ "StringValue": "no type" }),
            json!({ "DataType": "Text", "StringValue": "x" }),
            json!({ "DataType": "String" }),
            json!({ "DataType": "String", "StringValue": "" }),
            json!({ "DataType": "String", "StringValue": "\u{1}" }),
            json!({ "DataType": "String", "BinaryValue": "AA==" }),
            json!({ "DataType": "Number", "StringValue": "one" }),
            json!({ "DataType": "Binary", "BinaryValue": "not base64" }),
            json!({ "DataType": format!("String.{}", "x".repeat(256)), "StringValue": "x" }),
        ];
        for value in wrong_values {
            assert!(parse(json!({ "name": value })).is_err(), "{value}");
        }
    }
}
