//! Uploads of one small picture, of which a thumbnail is made.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;
use shared::id::{Ids, UploadId, encode};
use shared::image::{TargetFormat, Transform};
use shared::recipe::{Action, Recipe, Step};
use shared::upload::{Method, State, UploadRequest};

use super::{Failure, admitted, timed};
use crate::cli::api::Api;

/// Clients that fill the stack at once.
const CLIENTS: usize = 16;

/// Much less than an upload takes.
const POLL_EVERY: Duration = Duration::from_millis(5);

/// Width and height of the picture, in pixels.
const SIDE: u32 = 64;

pub struct Load {
    api: Arc<Api>,
    request: UploadRequest,
    picture: Bytes,
    ids: Ids,
}

/// How long one upload took, and what reads took right after it.
pub struct Sample {
    /// From the request for it until it is ready.
    pub ready: Duration,
    pub post: Duration,
    pub get: Duration,
    pub list: Duration,
}

impl Load {
    pub fn new(api: Api) -> Result<Self, Failure> {
        let picture = picture()?;
        let thumbnail =
            Transform { width: Some(SIDE / 2), format: Some(TargetFormat::WebP), ..Transform::default() };
        let step = Step { name: "thumb".to_owned(), from: None, action: Action::Image(thumbnail) };
        let request = UploadRequest {
            source: None,
            filename: Some("small.png".to_owned()),
            content_type: Some("image/png".to_owned()),
            size_bytes: Some(picture.len() as u64),
            sha256: None,
            recipe: Recipe { steps: vec![step] }.into(),
            multipart: Some(false),
            method: Method::Put,
        };
        Ok(Self { api: Arc::new(api), request, picture: picture.into(), ids: Ids::system() })
    }

    /// Makes `count` uploads, several at once, and waits until all are ready.
    pub async fn fill(&self, count: usize) -> Result<(), Failure> {
        let clients = (0..CLIENTS).map(|client| async move {
            let share = count / CLIENTS + usize::from(client < count % CLIENTS);
            let mut ids = Vec::with_capacity(share);
            for _ in 0..share {
                ids.push(self.upload().await?.0);
            }
            for id in ids {
                self.until_ready(&id, Duration::from_millis(200)).await?;
            }
            Ok::<_, Failure>(())
        });
        try_join_all(clients).await?;
        Ok(())
    }

    pub async fn sample(&self) -> Result<Sample, Failure> {
        let (made, ready) = timed(async {
            let (id, post) = self.upload().await?;
            self.until_ready(&id, POLL_EVERY).await?;
            Ok::<_, Failure>((id, post))
        })
        .await;
        let (id, post) = made?;
        let (read, get) = timed(self.api.read(&id)).await;
        read?;
        let (listed, list) = timed(self.api.list(20)).await;
        listed?;
        Ok(Sample { ready, post, get, list })
    }

    async fn upload(&self) -> Result<(UploadId, Duration), Failure> {
        let key = format!("bench-{}", encode(self.ids.next()));
        let (created, post) = timed(admitted(async || self.api.create(&self.request, &key).await)).await;
        let created = created?;
        let id = created.id.clone();
        self.api.send(created, self.picture.clone()).await?;
        Ok((id, post))
    }

    async fn until_ready(&self, id: &UploadId, poll_every: Duration) -> Result<(), Failure> {
        loop {
            let upload = admitted(async || self.api.read(id).await).await?;
            match upload.state {
                State::Ready => return Ok(()),
                state if state.is_final() => return Err(upload.failures().into()),
                _ => tokio::time::sleep(poll_every).await,
            }
        }
    }
}

/// A gradient: nothing to compress away, and no work to speak of.
fn picture() -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    let pixels =
        (0..SIDE * SIDE).flat_map(|n| [n % SIDE, n / SIDE, n % 251].map(|level| (level % 256) as u8));
    encoder.write_header()?.write_image_data(&pixels.collect::<Vec<_>>())?;
    Ok(file)
}
