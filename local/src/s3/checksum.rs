//! The checksum that a client sends with its bytes, and gets back in checksum mode.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto;
use s3s::{S3Result, TrailingHeaders, s3_error};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    pub kind: Kind,
    /// Base64; for a composite one with `-N`, the number of parts.
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    FullObject,
    /// The checksum of the parts' checksums.
    Composite,
}

impl Checksum {
    /// Returns the checksum that [`declared`] found, or the one S3 adds to an object that came without.
    pub fn of(content: &[u8], declared: Option<&Checksum>) -> S3Result<Self> {
        let computed = Self::full_object(declared.map_or(Algorithm::Crc64Nvme, |it| it.algorithm), content);
        if declared.is_some_and(|declared| declared.value != computed.value) {
            return Err(s3_error!(
                BadDigest,
                "The {} you specified did not match the calculated checksum.",
                computed.algorithm.name()
            ));
        }
        Ok(computed)
    }

    pub fn full_object(algorithm: Algorithm, content: &[u8]) -> Self {
        let mut hasher = algorithm.hasher();
        hasher.update(content);
        Self { algorithm, kind: Kind::FullObject, value: value(algorithm, hasher) }
    }

    /// Returns the checksum of parts that all have one of this algorithm; `None` if one has not.
    pub fn composite<'a>(
        algorithm: Algorithm,
        parts: impl IntoIterator<Item = Option<&'a Checksum>>,
    ) -> Option<Self> {
        let mut hasher = algorithm.hasher();
        let mut count = 0;
        for part in parts {
            let part = part.filter(|part| part.algorithm == algorithm)?;
            hasher.update(&BASE64.decode(&part.value).ok()?);
            count += 1;
        }
        let value = format!("{}-{count}", value(algorithm, hasher));
        Some(Self { algorithm, kind: Kind::Composite, value })
    }

    /// In the shape that every output of `s3s` takes over field by field.
    pub fn to_dto(&self) -> dto::Checksum {
        let value = Some(self.value.clone());
        let mut shown = dto::Checksum { checksum_type: Some(self.kind.to_dto()), ..Default::default() };
        match self.algorithm {
            Algorithm::Crc32 => shown.checksum_crc32 = value,
            Algorithm::Crc32c => shown.checksum_crc32c = value,
            Algorithm::Crc64Nvme => shown.checksum_crc64nvme = value,
            Algorithm::Sha1 => shown.checksum_sha1 = value,
            Algorithm::Sha256 => shown.checksum_sha256 = value,
        }
        shown
    }
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => dto::ChecksumAlgorithm::CRC32,
            Self::Crc32c => dto::ChecksumAlgorithm::CRC32C,
            Self::Crc64Nvme => dto::ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => dto::ChecksumAlgorithm::SHA1,
            Self::Sha256 => dto::ChecksumAlgorithm::SHA256,
        }
    }

    pub fn to_dto(self) -> dto::ChecksumAlgorithm {
        dto::ChecksumAlgorithm::from_static(self.name())
    }

    fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher
    }
}

impl FromStr for Algorithm {
    type Err = s3s::S3Error;

    fn from_str(name: &str) -> S3Result<Self> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        found.ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
                 [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )
        })
    }
}

impl Kind {
    pub fn to_dto(self) -> dto::ChecksumType {
        dto::ChecksumType::from_static(match self {
            Self::FullObject => dto::ChecksumType::FULL_OBJECT,
            Self::Composite => dto::ChecksumType::COMPOSITE,
        })
    }
}

/// The one checksum among an input's fields, or in the trailer of its body, which has to have been read.
pub fn declared(fields: dto::Checksum, trailer: Option<&TrailingHeaders>) -> S3Result<Option<Checksum>> {
    let trailed = |algorithm: Algorithm| {
        let name = format!("x-amz-checksum-{}", algorithm.name().to_ascii_lowercase());
        trailer?.read(|headers| headers.get(name)?.to_str().ok().map(str::to_owned))?
    };
    let mut found = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let field = match algorithm {
            Algorithm::Crc32 => &fields.checksum_crc32,
            Algorithm::Crc32c => &fields.checksum_crc32c,
            Algorithm::Crc64Nvme => &fields.checksum_crc64nvme,
            Algorithm::Sha1 => &fields.checksum_sha1,
            Algorithm::Sha256 => &fields.checksum_sha256,
        };
        let value = field.clone().or_else(|| trailed(algorithm))?;
        Some(Checksum { algorithm, kind: Kind::FullObject, value })
    });
    let checksum = found.next();
    if found.next().is_some() {
        return Err(s3_error!(InvalidRequest, "Expecting a single x-amz-checksum- header"));
    }
    Ok(checksum)
}

/// Checks `Content-MD5` and returns the ETag of the content, without quotes.
pub fn etag(content: &[u8], content_md5: Option<&str>) -> S3Result<String> {
    let digest = Md5::checksum(content);
    if let Some(declared) = content_md5 {
        let declared = BASE64.decode(declared).ok().filter(|declared| declared.len() == digest.len());
        let declared =
            declared.ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."))?;
        if declared != digest {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
    }
    Ok(hex::encode(digest))
}

/// The ETag of an object that came in parts, from theirs.
pub fn multipart_etag<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Md5::new();
    let mut count = 0;
    for etag in parts {
        hasher.update(&hex::decode(etag).unwrap_or_default());
        count += 1;
    }
    format!("{}-{count}", hex::encode(hasher.finalize()))
}

fn value(algorithm: Algorithm, hasher: ChecksumHasher) -> String {
    let computed = hasher.finalize();
    let value = match algorithm {
        Algorithm::Crc32 => computed.checksum_crc32,
        Algorithm::Crc32c => computed.checksum_crc32c,
        Algorithm::Crc64Nvme => computed.checksum_crc64nvme,
        Algorithm::Sha1 => computed.checksum_sha1,
        Algorithm::Sha256 => computed.checksum_sha256,
    };
    value.expect("the hasher was made for this algorithm")
}

/// Takes the five checksum fields out of an input of `s3s`.
macro_rules! checksum_fields {
    ($input:expr) => {
        s3s::dto::Checksum {
            checksum_crc32: $input.checksum_crc32.take(),
            checksum_crc32c: $input.checksum_crc32c.take(),
            checksum_crc64nvme: $input.checksum_crc64nvme.take(),
            checksum_sha1: $input.checksum_sha1.take(),
            checksum_sha256: $input.checksum_sha256.take(),
            checksum_type: None,
        }
    };
}
pub(super) use checksum_fields;

/// Puts a checksum, if there is one, into the five fields of an output of `s3s`.
macro_rules! show_checksum {
    ($output:expr, $checksum:expr) => {
        if let Some(shown) = $checksum.map(|checksum: &$crate::s3::checksum::Checksum| checksum.to_dto()) {
            $output.checksum_crc32 = shown.checksum_crc32;
            $output.checksum_crc32c = shown.checksum_crc32c;
            $output.checksum_crc64nvme = shown.checksum_crc64nvme;
            $output.checksum_sha1 = shown.checksum_sha1;
            $output.checksum_sha256 = shown.checksum_sha256;
        }
    };
}
pub(super) use show_checksum;
