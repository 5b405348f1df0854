//! URLs that hand out bytes.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use shared::download::{Disposition, LIFE, LIFE_MAX, LIFE_MIN, Method};
use shared::operations::uploads::SignedDownload;
use shared::upload::RUN_NUMBER_MAX;

use super::time::Time;

/// A URL that hands out stored bytes, to whoever has it, until it expires.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Download {
    /// For this method alone. Ranges, and conditions on its `ETag`, are answered.
    method: Method,
    url: String,
    /// `attachment` whatever was asked for, if a browser could run what is stored.
    disposition: Disposition,
    #[schemars(example = &"photo-thumb.webp")]
    filename: String,
    #[schemars(example = &"image/webp")]
    content_type: String,
    expires_at: Time,
}

/// What the URL is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadQuery {
    /// The number of a run, whose derivative it is.
    #[serde(default, deserialize_with = "run_number")]
    #[schemars(range(min = 1, max = RUN_NUMBER_MAX))]
    pub run: Option<u32>,
    /// The name of a step: what it made. The original if missing.
    #[serde(default)]
    pub derivative: Option<String>,
    /// Media types that the reader takes, as a browser says in `Accept`: of a step with the format `auto`, the smallest
    /// is chosen that is named here.
    #[serde(default)]
    #[schemars(example = &"image/avif,image/webp,*/*;q=0.8")]
    pub accept: Option<String>,
    /// Whether a browser saves the bytes or shows them.
    #[serde(default)]
    pub disposition: Disposition,
    /// What the URL is requested with.
    #[serde(default)]
    pub method: Method,
    /// Seconds.
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
