//! The derivatives that the demo asks for, and where it saves them.

use std::path::Path;

use shared::image::{Fit, TargetFormat, Transform};
use shared::recipe::{Action, Recipe, Step};

use super::Failure;
use super::place;
use super::table::File;
use crate::cli::api::{Api, Derivative, Upload};

/// A square thumbnail, a picture for a page, and one for a screen.
pub fn recipe() -> Recipe {
    let thumb = Transform {
        width: Some(200),
        height: Some(200),
        fit: Some(Fit::Cover),
        format: Some(TargetFormat::WebP),
        quality: Some(75),
        ..Transform::default()
    };
    let wide = |width, format, quality| Transform {
        width: Some(width),
        format: Some(format),
        quality: Some(quality),
        ..Transform::default()
    };
    let step = |name: &str, image| Step { name: name.to_owned(), from: None, action: Action::Image(image) };
    Recipe {
        steps: vec![
            step("thumb", thumb),
            step("medium", wide(800, TargetFormat::Jpeg, 80)),
            step("large", wide(1600, TargetFormat::WebP, 75)),
        ],
    }
}

/// Fetches what was made into `folder`, as `<name>.<extension>`.
pub async fn save(api: &Api, upload: &Upload, folder: &Path) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for Step { name, .. } in recipe().steps {
        let derivative = upload.derivatives.iter().find(|derivative| derivative.name == name);
        let Some(Derivative { url: Some(url), format: Some(format), width, height, .. }) = derivative else {
            continue;
        };
        let bytes = api.fetch(url).await?;
        let path = folder.join(&name).with_extension(format.extension());
        place::write(&path, &bytes)?;
        files.push(File { name, pixels: width.zip(*height), size_bytes: bytes.len() as u64, path });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_is_one_that_the_api_takes() {
        assert_eq!(recipe().field_errors(""), []);
    }
}
