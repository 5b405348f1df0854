//! URLs that return stored files.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use shared::download::{Disposition, LIFE, LIFE_MAX, LIFE_MIN, Method};
use shared::operations::uploads::SignedDownload;
use shared::upload::RUN_NUMBER_MAX;

use super::time::Time;

/// A URL that returns a stored file to anyone who has it, until it expires.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Download {
    /// The URL works only with this method. Ranges and conditions on the `ETag` work too.
    method: Method,
    url: String,
    /// Always `attachment` for a file that a browser could run.
    disposition: Disposition,
    #[schemars(example = &"photo-thumb.webp")]
    filename: String,
    #[schemars(example = &"image/webp")]
    content_type: String,
    expires_at: Time,
}

/// The parameters of a URL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadQuery {
    /// The number of the run that made the derivative.
    #[serde(default, deserialize_with = "run_number")]
    #[schemars(range(min = 1, max = RUN_NUMBER_MAX))]
    pub run: Option<u32>,
    /// The name of the step whose result to return. Default: the original.
    #[serde(default)]
    pub derivative: Option<String>,
    /// The media types that the reader can show, as in a browser's `Accept` header. For a step with the format `auto`, the
    /// URL returns the smallest image of a type that is named here.
    #[serde(default)]
    #[schemars(example = &"image/avif,image/webp,*/*;q=0.8")]
    pub accept: Option<String>,
    /// Whether a browser saves the file or shows it.
    #[serde(default)]
    pub disposition: Disposition,
    /// The method that the URL is requested with.
    #[serde(default)]
    pub method: Method,
    /// How long the URL works, in seconds.
    #[serde(default)]
    pub expires_in: Life,
}

fn run_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = u32::deserialize(deserializer).ok().filter(|number| (1..=RUN_NUMBER_MAX).contains(number));
    number.map(Some).ok_or_else(|| D::Error::custom(format!("must be 1 to {RUN_NUMBER_MAX}")))
}

/// How long a URL works, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life(u64);

impl Life {
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Default for Life {
    fn default() -> Self {
        Self(LIFE.as_secs())
    }
}

impl<'de> Deserialize<'de> for Life {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (least, most) = (LIFE_MIN.as_secs(), LIFE_MAX.as_secs());
        let life = u64::deserialize(deserializer).ok().filter(|life| (least..=most).contains(life));
        life.map(Self).ok_or_else(|| D::Error::custom(format!("must be {least} to {most} seconds")))
    }
}

impl JsonSchema for Life {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Life".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "minimum": LIFE_MIN.as_secs(),
            "maximum": LIFE_MAX.as_secs(),
            "default": LIFE.as_secs(),
        })
    }
}

pub fn download(signed: SignedDownload, method: Method) -> Download {
    Download {
        method,
        url: signed.url,
        disposition: signed.download.disposition,
        filename: signed.download.filename,
        content_type: signed.download.content_type,
        expires_at: signed.expires_at.into(),
    }
}
