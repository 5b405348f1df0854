//! The query of a URL: every parameter at most once, and none that the route does not know.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::error::{FieldError, Rejected};

use super::from_value;

/// Reads the parameters of a query as a `T`.
pub fn query<T: DeserializeOwned>(query: &str) -> Result<T, Rejected> {
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if parameters.contains_key(name.as_ref()) {
            let error = FieldError::new(format!("/{name}"), "is there twice");
            return Err(Rejected::Invalid { errors: vec![error] });
        }
        parameters.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    from_value(&Value::Object(parameters), true)
}
