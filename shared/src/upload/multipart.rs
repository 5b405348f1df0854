//! Uploads that come in parts: the plan that the client follows, and what it says of it held against what arrived.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// A larger file comes in parts, unless its request says otherwise.
pub const UNDIVIDED_BYTES: u64 = 16 * 1024 * 1024;

/// One request carries at most this much.
pub const SINGLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The size of every part but the last; S3 takes no smaller ones than 5 MiB.
pub const PART_SIZE_BYTES: u64 = 8 * 1024 * 1024;

/// S3's own bound. A file that would have more gets larger parts.
pub const PARTS_MAX: u32 = 10_000;

/// All parts must arrive, and the upload be completed, within this long of the request. The bucket's lifecycle rule
/// removes parts that nobody completed, and must not do so earlier.
pub const MULTIPART_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// An answer names at most this many parts that are not as they should be.
const FIELD_ERRORS_MAX: usize = 20;

/// How an upload comes in parts, as its row keeps it. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multipart {
    /// S3's own name of what the parts belong to.
    pub s3_upload_id: String,
    pub part_size_bytes: u64,
}

/// Which bytes of a file each part holds: all parts but the last are of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub size_bytes: u64,
    pub part_size_bytes: u64,
}

/// A part as it lies at S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    pub number: u32,
    /// Without quotes.
    pub etag: String,
    pub size_bytes: u64,
}

/// A part that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SentPart")]
pub struct NamedPart {
    #[schemars(range(min = 1, max = PARTS_MAX), example = 1)]
    pub number: u32,
    /// The `ETag` that the storage returned for the part, with or without its quotes.
    #[schemars(example = &"\"5d41402abc4b2a76b9719d911017c592\"")]
    pub etag: String,
}

impl Plan {
    /// The plan for a file of this size.
    pub fn of(size_bytes: u64) -> Self {
        let part_size_bytes = PART_SIZE_BYTES.max(size_bytes.div_ceil(u64::from(PARTS_MAX)));
        Self { size_bytes, part_size_bytes }
    }

    pub fn part_count(&self) -> u32 {
        let count = self.size_bytes.div_ceil(self.part_size_bytes.max(1));
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many bytes the part with this number has; `None` where there is no such part.
    pub fn part_bytes(&self, number: u32) -> Option<u64> {
        let before = u64::from(number.checked_sub(1)?).checked_mul(self.part_size_bytes)?;
        let rest = self.size_bytes.checked_sub(before).filter(|rest| *rest > 0)?;
        Some(rest.min(self.part_size_bytes))
    }

    /// The parts that make up the file, in order, or what is wrong with them: with pointers into the client's list.
    ///
    /// If a number is named more than once, the last counts, in whatever order. Without a list, all stored parts count.
    pub fn choose(
        &self,
        arrived: &[StoredPart],
        named: &[NamedPart],
    ) -> Result<Vec<StoredPart>, Vec<FieldError>> {
        let arrived: BTreeMap<u32, &StoredPart> = arrived.iter().map(|part| (part.number, part)).collect();
        let latest: BTreeMap<u32, usize> =
            named.iter().enumerate().map(|(index, part)| (part.number, index)).collect();
        let strange = latest.iter().filter(|(number, _)| self.part_bytes(**number).is_none());
        let strange = strange.map(|(_, index)| {
            let detail = format!("there are parts 1 to {} alone", self.part_count());
            FieldError::new(format!("/parts/{index}/number"), detail)
        });
        let mut errors: Vec<FieldError> = strange.take(FIELD_ERRORS_MAX).collect();
        let mut chosen = Vec::new();
        for number in 1..=self.part_count() {
            let named = latest.get(&number).map(|&index| (index, &named[index]));
            match self.judge(number, arrived.get(&number).copied(), named, latest.is_empty()) {
                Ok(part) => chosen.push(part.clone()),
                Err(error) if errors.len() < FIELD_ERRORS_MAX => errors.push(error),
                Err(_) => break,
            }
        }
        if errors.is_empty() { Ok(chosen) } else { Err(errors) }
    }

    fn judge<'a>(
        &self,
        number: u32,
        arrived: Option<&'a StoredPart>,
        named: Option<(usize, &NamedPart)>,
        takes_all: bool,
    ) -> Result<&'a StoredPart, FieldError> {
        let at = named.map_or_else(|| "/parts".to_owned(), |(index, _)| format!("/parts/{index}"));
        if named.is_none() && !takes_all {
            return Err(FieldError::new(at, format!("part {number} is not in the list")));
        }
        let Some(arrived) = arrived else {
            return Err(FieldError::new(at, format!("part {number} has not arrived: send it")));
        };
        let bytes = self.part_bytes(number).unwrap_or(0);
        if arrived.size_bytes != bytes {
            let detail = format!(
                "part {number} has {} bytes and must have {bytes}: send it again",
                arrived.size_bytes
            );
            return Err(FieldError::new(at, detail));
        }
        match named {
            Some((_, named)) if unquoted(&named.etag) != arrived.etag => {
                let detail =
                    format!("part {number} arrived as {:?}: name that, or send it again", arrived.etag);
                Err(FieldError::new(format!("{at}/etag"), detail))
            }
            _ => Ok(arrived),
        }
    }
}

fn unquoted(etag: &str) -> &str {
    etag.trim().trim_matches('"')
}
