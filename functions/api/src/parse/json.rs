//! JSON in which every name of an object is there once.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use shared::error::Rejected;

/// Up to here every integer has a floating-point number of its own.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Reads one JSON value; serde_json bounds its depth at 128.
pub fn json(text: &[u8]) -> Result<Value, Rejected> {
    let malformed = |error: serde_json::Error| Rejected::Malformed { detail: error.to_string() };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Unique.deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok(value)
}

/// Takes any value; an object that has a name twice is an error: readers differ in which of the two they believe.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// To JSON Schema `1.0` is an integer, and some languages write every number like that.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if value.fract() == 0.0 && value.abs() <= EXACT_MAX {
            return Ok((value as i64).into());
        }
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Unique)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Unique)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the name {name:?} is there twice in one object")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_json_value_is_read_as_it_stands() {
        let text = r#"{"a": [1, -2, 2.5, true, null, "é"], "b": {"a": 1}}"#;
        assert_eq!(json(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn an_integer_is_one_however_it_is_written() {
        for (text, integer) in
            [("201.0", 201), ("-2.0", -2), ("1e3", 1000), ("-0.0", 0), ("9007199254740992.0", 1_i64 << 53)]
        {
            assert_eq!(json(text.as_bytes()).unwrap(), Value::from(integer), "{text}");
        }
        assert!(json(b"1e300").unwrap().is_f64());
    }

    #[test]
    fn what_is_no_json_and_what_has_a_name_twice_is_malformed() {
        let deep = "[".repeat(10_000);
        for wrong in ["", "{", "{} {}", r#"{"a":1,"a":1}"#, r#"[{"a":{"b":1,"b":2}}]"#, &deep] {
            assert!(matches!(json(wrong.as_bytes()), Err(Rejected::Malformed { .. })), "{wrong}");
        }
        assert!(json(b"\"\xff\"").is_err());
    }
}
