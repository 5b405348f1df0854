//! The meaning of each `{name}` in the paths of routes.

use serde_json::{Value, json};
use shared::id::{ApiKeyId, JobId, SigningKeyId, UploadId};
use shared::recipe::RecipeName;
use shared::upload::RUN_NUMBER_MAX;

use crate::problem::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathParameter {
    Upload,
    Run,
    Job,
    ApiKey,
    SigningKey,
    Recipe,
    Problem,
    Operation,
}

impl PathParameter {
    /// The name between the braces. Public: clients that are made from the documentation use it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upload | Self::Job | Self::ApiKey | Self::SigningKey => "id",
            Self::Run => "number",
            Self::Recipe | Self::Operation => "name",
            Self::Problem => "code",
        }
    }

    pub const fn description(self) -> &'static str {
        match self {
            Self::Upload => "The id of an upload.",
            Self::Run => "The number of a run, counted from 1 for each upload.",
            Self::Job => "The id of a job.",
            Self::ApiKey => "The id of an API key.",
            Self::SigningKey => "The id of a signing key.",
            Self::Recipe => "The name of a saved recipe.",
            Self::Problem => "The `code` of a problem.",
            Self::Operation => "The name of an operation.",
        }
    }

    /// A value of it, as it stands in a path.
    pub fn example(self) -> String {
        match &self.schema()["examples"][0] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// A JSON schema, with an example.
    pub fn schema(self) -> Value {
        match self {
            Self::Upload => text(&UploadId::pattern(), "upl_54df63zb7rnrnrnk8bhknq46c5"),
            Self::Run => {
                json!({ "type": "integer", "minimum": 1, "maximum": RUN_NUMBER_MAX, "examples": [1] })
            }
            Self::Job => text(&JobId::pattern(), "job_0x63btzp3agp08j8m7d04ch2gm"),
            Self::SigningKey => text(&SigningKeyId::pattern(), "sgk_54df63zb7rnrnrnk8bhknq46c5"),
            Self::ApiKey => text(&ApiKeyId::pattern(), "key_54df63zb7rnrnrnk8bhknq46c5"),
            Self::Recipe => text(&RecipeName::pattern(), "avatars"),
            Self::Problem => {
                json!({ "type": "string", "enum": Code::ALL.map(Code::as_str), "examples": ["invalid"] })
            }
            Self::Operation => {
                json!({ "type": "string", "pattern": "^[a-zA-Z]{1,64}$", "examples": ["createUpload"] })
            }
        }
    }
}

fn text(pattern: &str, example: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "examples": [example] })
}
