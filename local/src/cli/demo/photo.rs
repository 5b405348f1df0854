//! The file to upload, read and checked before anything is sent.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use shared::image::{SourceFormat, sniff};
use shared::recipe::Recipe;
use shared::upload::{IMAGE_SIZE_BYTES_MAX, Method, UploadRequest};

use super::Failure;
use super::picture;
use super::place::{self, Unwritable};

const DRAWN_NAME: &str = "drawn.png";
const MEBIBYTE: u64 = 1024 * 1024;

/// An image by its first bytes, of at most [`IMAGE_SIZE_BYTES_MAX`].
#[derive(Debug)]
pub struct Photo {
    pub name: String,
    pub format: SourceFormat,
    pub bytes: Bytes,
    is_drawn: bool,
}

/// Why a file is not uploaded at all.
#[derive(Debug)]
pub enum Unsuitable {
    Unreadable { path: PathBuf, source: std::io::Error },
    NotAFile { path: PathBuf },
    Empty { path: PathBuf },
    TooLarge { path: PathBuf },
    NotAnImage { path: PathBuf },
}

impl Photo {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        Ok(Self::checked(path)?)
    }

    /// A picture made here, for whoever has no photo at hand.
    pub fn drawn() -> Result<Self, Failure> {
        let bytes = picture::png()?.into();
        Ok(Self { name: DRAWN_NAME.to_owned(), format: SourceFormat::Png, bytes, is_drawn: true })
    }

    fn checked(path: &Path) -> Result<Self, Unsuitable> {
        let unreadable = |source| Unsuitable::Unreadable { path: path.to_owned(), source };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Unsuitable::NotAFile { path: path.to_owned() });
        }
        if metadata.len() > IMAGE_SIZE_BYTES_MAX {
            return Err(Unsuitable::TooLarge { path: path.to_owned() });
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(IMAGE_SIZE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::of(path, bytes)
    }

    fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, Unsuitable> {
        if bytes.is_empty() {
            return Err(Unsuitable::Empty { path: path.to_owned() });
        }
        if bytes.len() as u64 > IMAGE_SIZE_BYTES_MAX {
            return Err(Unsuitable::TooLarge { path: path.to_owned() });
        }
        let format = sniff(&bytes).ok_or_else(|| Unsuitable::NotAnImage { path: path.to_owned() })?;
        let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy().into_owned());
        Ok(Self { name: named_by_type(&name, format), format, bytes: bytes.into(), is_drawn: false })
    }

    pub fn request(&self, recipe: Recipe) -> UploadRequest {
        UploadRequest {
            source: None,
            filename: Some(self.name.clone()),
            content_type: Some(self.format.content_type().to_owned()),
            size_bytes: Some(self.bytes.len() as u64),
            sha256: Some(hex::encode(Sha256::digest(&self.bytes))),
            recipe: recipe.into(),
            multipart: Some(false),
            method: Method::Put,
        }
    }

    /// Writes a drawn picture: there's no other file to compare its derivatives with.
    pub fn save_if_drawn(&self, folder: &Path) -> Result<(), Unwritable> {
        if self.is_drawn { place::write(&folder.join(&self.name), &self.bytes) } else { Ok(()) }
    }
}

/// The name with an extension that fits the format: a photo's name may lie.
fn named_by_type(name: &str, format: SourceFormat) -> String {
    let extensions = format.extensions();
    let own = Path::new(name).extension().unwrap_or_default().to_ascii_lowercase();
    if extensions.iter().any(|extension| own == *extension) {
        return name.to_owned();
    }
    let fitting = Path::new(name).with_extension(extensions.first().copied().unwrap_or_default());
    fitting.to_string_lossy().into_owned()
}

impl fmt::Display for Unsuitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => write!(f, "{} cannot be read: {source}", path.display()),
            Self::NotAFile { path } => write!(f, "{} is not a file", path.display()),
            Self::Empty { path } => write!(f, "{} is empty", path.display()),
            Self::TooLarge { path } => {
                let mebibytes = IMAGE_SIZE_BYTES_MAX / MEBIBYTE;
                write!(f, "{} is larger than {mebibytes} MiB, the most for images", path.display())
            }
            Self::NotAnImage { path } => {
                write!(f, "{} is neither a JPEG, a PNG, a WebP nor a GIF", path.display())
            }
        }
    }
}

impl std::error::Error for Unsuitable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<Photo, Unsuitable> {
        Photo::of(Path::new("album/photo.txt"), bytes.to_vec())
    }

    #[test]
    fn the_type_and_the_name_follow_the_first_bytes() {
        let kinds: [(&[u8], &str, &str); 4] = [
            (b"\xFF\xD8\xFF\xE0rest", "image/jpeg", "photo.jpg"),
            (b"\x89PNG\r\n\x1A\nrest", "image/png", "photo.png"),
            (b"RIFF\0\0\0\0WEBPrest", "image/webp", "photo.webp"),
            (b"GIF89arest", "image/gif", "photo.gif"),
        ];
        for (bytes, content_type, name) in kinds {
            let request = of(bytes).unwrap().request(Recipe::default());
            assert_eq!(request.content_type.as_deref(), Some(content_type));
            let expected = (Some(name), Some(bytes.len() as u64));
            assert_eq!((request.filename.as_deref(), request.size_bytes), expected);
            assert_eq!(request.validate(), Ok(()));
        }
        for (name, kept) in
            [("a.JPEG", "a.JPEG"), ("a.b.jpg", "a.b.jpg"), ("a", "a.jpg"), ("a.b.png", "a.b.jpg")]
        {
            assert_eq!(named_by_type(name, SourceFormat::Jpeg), kept);
        }
    }

    #[test]
    fn what_cannot_be_uploaded_says_why() {
        let why = |bytes: &[u8]| of(bytes).unwrap_err().to_string();
        assert_eq!(why(b""), "album/photo.txt is empty");
        assert_eq!(why(b"hello"), "album/photo.txt is neither a JPEG, a PNG, a WebP nor a GIF");
        let folder = Photo::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert!(folder.to_string().ends_with("is not a file"), "{folder}");
        let missing = Photo::read(Path::new("no/such.jpg")).unwrap_err().to_string();
        assert!(missing.starts_with("no/such.jpg cannot be read: "), "{missing}");
    }

    #[test]
    fn one_byte_too_many_is_refused() {
        let mut bytes = b"GIF89a".to_vec();
        bytes.resize(IMAGE_SIZE_BYTES_MAX as usize + 1, 0);
        let expected = "album/photo.txt is larger than 64 MiB, the most for images";
        assert_eq!(of(&bytes).unwrap_err().to_string(), expected);
    }
}
