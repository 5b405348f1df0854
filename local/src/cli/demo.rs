//! `cargo dev demo [photo]`: one upload, from the photo to the files that are made of it.
//!
//! Goes through the public HTTP API alone, as any client would.

mod derivatives;
mod host;
mod photo;
mod picture;
mod place;
mod progress;
mod table;

use std::path::Path;
use std::time::Duration;

use local::stack::Options;
use shared::clock::Clock;
use shared::id::{Ids, UploadId, encode};
use shared::upload::State;

use super::api::{Api, Upload};
use super::interruption::Interruption;
use super::{Failure, say};

use host::Host;
use photo::Photo;
use place::Place;
use progress::Progress;

/// How long the derivatives may take once the bytes are sent.
const WAIT_MAX: Duration = Duration::from_secs(2 * 60);

/// As often as a guest should read an upload that somebody waits for.
const POLL_EVERY: Duration = Duration::from_millis(500);

pub fn run(options: &Options, photo: Option<&Path>) -> Result<(), Failure> {
    let photo = photo.map_or_else(Photo::drawn, Photo::read)?;
    let place = Place::of(&options.state);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut interruption = Interruption::listen()?;
        let host = tokio::select! {
            host = Host::find_or_start(options, &place) => host?,
            () = interruption.wait() => return Err("interrupted".into()),
        };
        let outcome = tokio::select! {
            outcome = demonstrate(host.api(), photo, &place) => outcome,
            () = interruption.wait() => Err("interrupted".into()),
        };
        host.release(outcome.is_ok()).await;
        outcome
    })
}

async fn demonstrate(api: &Api, photo: Photo, place: &Place) -> Result<(), Failure> {
    let clock = Clock::system();
    let upload = follow(api, &photo, &clock, Progress::new(clock.clone())).await?;
    if let Some(rejection) = &upload.rejection {
        return Err(format!("the upload was rejected: {} ({})", rejection.detail, rejection.code).into());
    }
    let saved = place.folder_of(&upload.id)?;
    photo.save_if_drawn(&saved)?;
    let files = derivatives::save(api, &upload, &saved).await?;
    say(&format!("\n{}", table::of(&files)));
    if upload.state != State::Ready {
        return Err(upload.failures().into());
    }
    Ok(())
}

/// Uploads the photo and shows its progress until it has come to an end.
async fn follow(api: &Api, photo: &Photo, clock: &Clock, mut progress: Progress) -> Result<Upload, Failure> {
    progress.photo(photo);
    let idempotency_key = format!("demo-{}", encode(Ids::system().next()));
    let created = api.create(&photo.request(derivatives::recipe()), &idempotency_key).await?;
    progress.created(&created);
    let id = created.id.clone();
    api.send(created, photo.bytes.clone()).await?;
    progress.sent();
    let give_up_at = clock.now() + WAIT_MAX;
    loop {
        let upload = api.read(&id).await?;
        progress.upload(&upload);
        if upload.state.is_final() {
            return Ok(upload);
        }
        if clock.now() > give_up_at {
            return Err(too_long(&id, upload.state).into());
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

fn too_long(id: &UploadId, state: State) -> String {
    let (minutes, state) = (WAIT_MAX.as_secs() / 60, state.as_str());
    format!("the upload {id} is still {state} after {minutes} minutes; the stack's log may tell why")
}
