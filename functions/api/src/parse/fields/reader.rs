//! A deserializer that knows where it is.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::refusal::Refusal;
use super::stand_in::StandIn;
use super::{Detour, Detours, Place};

/// A value, where it is, and how it is read.
#[derive(Clone, Copy)]
pub struct Reader<'de, 'p> {
    pub value: &'de Value,
    pub is_text: bool,
    pub place: Place<'p>,
    pub detours: &'p Detours,
}

impl<'de> Reader<'de, '_> {
    fn unexpected(self) -> Unexpected<'de> {
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

    fn visit_scalar<'v, V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Refusal> {
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

    /// Reads what is in this value under `name`, or a stand-in for it.
    fn read_inner<T: DeserializeSeed<'de>>(
        self,
        seed: T,
        name: &str,
        value: Option<&'de Value>,
    ) -> Result<T::Value, Refusal> {
        let place = Place { outer: Some(&self.place), name };
        let read = match value {
            Some(value) if self.detours.at(place) != Some(Detour::StandIn) => {
                seed.deserialize(Reader { value, is_text: self.is_text, place, detours: self.detours })
            }
            _ => seed.deserialize(StandIn { place, detours: self.detours }),
        };
        read.map_err(|refusal| refusal.below(name))
    }

    fn is_skipped(self, name: &str) -> bool {
        self.detours.at(Place { outer: Some(&self.place), name }) == Some(Detour::Skip)
    }
}

macro_rules! read_as_meant {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            match self.meant() {
                Some(meant) => Reader { value: &meant, ..self }.visit_scalar(visitor),
                None => self.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items { array: self, items: items.iter().enumerate() }),
            Value::Object(entries) => {
                let is_absent = |name: &String| !entries.contains_key(name);
                let supplied = self.detours.supplied(self.place).into_iter().filter(is_absent).collect();
                visitor.visit_map(Entries { object: self, entries: entries.iter(), supplied, next: None })
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

    /// An array is no object, although serde would take the one for the other: the order of fields means nothing.
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
                Some((name, value)) => visitor.visit_enum(Variant { outer: self, name, value }),
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

struct Items<'de, 'p> {
    array: Reader<'de, 'p>,
    items: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let array = self.array;
        let next = self.items.find(|(index, _)| !array.is_skipped(&index.to_string()));
        let Some((index, value)) = next else { return Ok(None) };
        array.read_inner(seed, &index.to_string(), Some(value)).map(Some)
    }
}

struct Entries<'de, 'p> {
    object: Reader<'de, 'p>,
    entries: serde_json::map::Iter<'de>,
    /// Names that are missing, and stood in for.
    supplied: Vec<String>,
    /// The name that was read last, and its value unless it is stood in for.
    next: Option<(String, Option<&'de Value>)>,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let object = self.object;
        let entry = self.entries.find(|(name, _)| !object.is_skipped(name));
        let next = match entry {
            Some((name, value)) => Some((name.clone(), Some(value))),
            None => self.supplied.pop().map(|name| (name, None)),
        };
        let Some((name, value)) = next else { return Ok(None) };
        let key: StrDeserializer<'_, Refusal> = name.as_str().into_deserializer();
        let key = seed.deserialize(key)?;
        self.next = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let (name, value) = self.next.take().ok_or_else(|| Refusal::new("a value without a name"))?;
        self.object.read_inner(seed, &name, value)
    }
}

struct Variant<'de, 'p> {
    outer: Reader<'de, 'p>,
    name: &'de str,
    value: &'de Value,
}

impl<'de> EnumAccess<'de> for Variant<'de, '_> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refusal> {
        let name: StrDeserializer<'_, Refusal> = self.name.into_deserializer();
        // An unknown variant is an unknown field to the author of the object.
        let name = seed.deserialize(name).map_err(|refusal| refusal.below(self.name))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        Err(Refusal::new("takes no value").below(self.name))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        self.outer.read_inner(seed, self.name, Some(self.value))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.inner().deserialize_any(visitor).map_err(|refusal| refusal.below(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.inner().deserialize_struct("", fields, visitor).map_err(|refusal| refusal.below(self.name))
    }
}

impl<'de> Variant<'de, '_> {
    fn inner(&self) -> Reader<'de, '_> {
        let place = Place { outer: Some(&self.outer.place), name: self.name };
        Reader { value: self.value, place, ..self.outer }
    }
}
