//! A JSON value read as a type, keeping track of where it is: a refusal points at the field, and says which field may
//! have been meant.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;
use shared::error::{FieldError, Rejected};

/// Names that are less alike than this are no suggestion.
const LIKENESS_MIN: f64 = 0.7;

/// Reads `value` as a `T`. Texts stand for numbers and truth values too if `is_text`, as in a query.
pub fn from_value<T: DeserializeOwned>(value: &Value, is_text: bool) -> Result<T, Rejected> {
    let read = T::deserialize(At { value, is_text });
    read.map_err(|refusal| Rejected::Invalid { errors: vec![refusal.into()] })
}

/// The one of `names` that may have been meant by `name`.
pub fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let likeness = |other: &&str| strsim::jaro_winkler(name, other);
    let closest = names.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&closest) >= LIKENESS_MIN).then(|| closest.to_owned())
}

/// A value, and how it is read.
#[derive(Clone, Copy)]
struct At<'a> {
    value: &'a Value,
    is_text: bool,
}

/// Why a value is refused, and where below the value that was being read.
#[derive(Debug)]
struct Refusal {
    /// Names and indices from the inside out.
    path: Vec<String>,
    detail: String,
    suggestion: Option<String>,
}

impl Refusal {
    fn new(detail: impl Into<String>) -> Self {
        Self { path: Vec::new(), detail: detail.into(), suggestion: None }
    }

    fn below(mut self, name: impl Into<String>) -> Self {
        self.path.push(name.into());
        self
    }
}

impl From<Refusal> for FieldError {
    fn from(refusal: Refusal) -> Self {
        let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
        let pointer = refusal.path.iter().rev().map(|name| format!("/{}", escaped(name)));
        Self { suggestion: refusal.suggestion, ..Self::new(pointer.collect::<String>(), refusal.detail) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Refusal {}

impl Error for Refusal {
    fn custom<T: fmt::Display>(detail: T) -> Self {
        Self::new(detail.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}, and is {unexpected}"))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}, and is {unexpected}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing").below(field)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let suggestion = closest(field, expected.iter().copied());
        Self { suggestion, ..Self::new(format!("is not known here; {}", listed(expected))).below(field) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let suggestion = closest(variant, expected.iter().copied());
        Self { suggestion, ..Self::new(format!("must be one of {}", expected.join(", "))) }
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "there are no fields".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}

impl<'a> At<'a> {
    fn unexpected(self) -> Unexpected<'a> {
        match self.value {
            Value::Null => Unexpected::Other("null"),
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("another number"),
            Value::String(_) => Unexpected::Other("a text"),
            Value::Array(_) => Unexpected::Other("an array"),
            Value::Object(_) => Unexpected::Other("an object"),
        }
    }

    /// The number or truth value that a text stands for.
    fn meant(self) -> Option<Value> {
        let text = self.value.as_str().filter(|_| self.is_text)?;
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        serde_json::from_str(text).ok().filter(|meant: &Value| plain && !meant.is_string())
    }
}

macro_rules! read_as_meant {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            match self.meant() {
                Some(meant) => At { value: &meant, is_text: false }.visit_scalar(visitor),
                None => self.deserialize_any(visitor),
            }
        })*
    };
}

impl At<'_> {
    fn visit_scalar<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(_) | Value::Object(_) => Err(Refusal::invalid_type(self.unexpected(), &visitor)),
        }
    }
}

impl<'de> Deserializer<'de> for At<'de> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.value {
            Value::Array(items) => {
                visitor.visit_seq(Items { items: items.iter().enumerate(), is_text: self.is_text })
            }
            Value::Object(entries) => {
                visitor.visit_map(Entries { entries: entries.iter(), value: None, is_text: self.is_text })
            }
            _ => self.visit_scalar(visitor),
        }
    }

    read_as_meant! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    /// An array is no object, although serde would take the one for the other: the order of fields is nobody's business.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        if self.value.is_object() {
            return self.deserialize_any(visitor);
        }
        Err(Refusal::new(format!("must be an object, and is {}", self.unexpected())))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.value {
            Value::String(name) => visitor.visit_enum(name.as_str().into_deserializer()),
            Value::Object(entries) if entries.len() == 1 => match entries.iter().next() {
                Some((name, value)) => visitor.visit_enum(Variant { name, inner: Self { value, ..self } }),
                None => Err(Refusal::new("must have one field")),
            },
            Value::Object(_) => Err(Refusal::new("must have exactly one field")),
            _ => Err(Refusal::invalid_type(self.unexpected(), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Value>>,
    is_text: bool,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let read = seed.deserialize(At { value, is_text: self.is_text });
        read.map(Some).map_err(|refusal| refusal.below(index.to_string()))
    }
}

struct Entries<'a> {
    entries: serde_json::map::Iter<'a>,
    /// Of the name that was read last.
    value: Option<(&'a str, &'a Value)>,
    is_text: bool,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some((name, value));
        let name: StrDeserializer<'_, Refusal> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let (name, value) = self.value.take().ok_or_else(|| Refusal::new("a value without a name"))?;
        let read = seed.deserialize(At { value, is_text: self.is_text });
        read.map_err(|refusal| refusal.below(name))
    }
}

struct Variant<'a> {
    name: &'a str,
    inner: At<'a>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refusal> {
        let name: StrDeserializer<'_, Refusal> = self.name.into_deserializer();
        // What is no variant is an unknown field to whoever wrote the object.
        let name = seed.deserialize(name).map_err(|refusal| refusal.below(self.name))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        Err(Refusal::new("takes no value").below(self.name))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        seed.deserialize(self.inner).map_err(|refusal| refusal.below(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.inner.deserialize_any(visitor).map_err(|refusal| refusal.below(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.inner.deserialize_struct("", fields, visitor).map_err(|refusal| refusal.below(self.name))
    }
}

#[cfg(test)]
mod tests;
