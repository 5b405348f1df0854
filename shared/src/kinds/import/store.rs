//! The file on its way into the bucket, at most a part of it in memory at a time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::aws::Completion;
use crate::clock::Timestamp;
use crate::error::{Bound, Fault};
use crate::outbound::{self, error::Phase, response::Body};
use crate::upload::{Multipart, PART_SIZE_BYTES, PARTS_MAX, Source, StoredPart, Upload};
use crate::usage::Usage;

use super::fetch::{self, Fetched, Rest, check_type, fetch};
use super::problem::Problem;
use crate::kinds::contract::{Run, Stopped};

/// Fetching stops this long before the invocation ends: the part that is being stored, and the outcome, take time.
const STOPS_BEFORE: Duration = Duration::from_secs(15);

/// S3 is asked again after this whether it has completed the object.
const COMPLETED_WITHIN: Duration = Duration::from_secs(5);

/// The parts of a file that an earlier run stored.
struct Begun {
    parts: Vec<StoredPart>,
    rest: Rest,
}

/// Fetches the upload's file and stores it, and returns its size in bytes.
pub async fn import(run: &Run<'_>, upload: &Upload, source: &Source) -> Result<u64, Problem> {
    let app = run.app;
    let works_on_image = app.table.recipe_of(upload).await?.works_on_image();
    let begun = begun(app, upload).await?;
    if let Some(begun) = &begun
        && begun.rest.from == upload.size_bytes
    {
        return complete(run, upload, &begun.parts).await;
    }
    let bytes_max = fetch::bytes_max(upload, works_on_image);
    let time = (run.deadline - STOPS_BEFORE).since(app.clock.now());
    let rest = begun.as_ref().map(|begun| &begun.rest);
    let fetched = fetch(app, source, rest, bytes_max, time).await?;
    let is_same_file = |fetched: &Fetched| fetched.size_bytes.is_none_or(|size| size == upload.size_bytes);
    match begun.filter(|_| fetched.is_rest && is_same_file(&fetched)) {
        Some(begun) => {
            let storing = Storing { run, upload: upload.clone(), parts: begun.parts, made: 0 };
            storing.all(Parts::new(fetched.response.body)).await
        }
        // The server sent a range of another file; the next run asks for all of it.
        None if fetched.is_rest => {
            forget_etag(app, upload).await?;
            Err(Problem::passing("source_changed", "the file changed while it was being fetched"))
        }
        None => from_start(run, upload, bytes_max, fetched).await,
    }
}

/// The parts that lie at S3, if the rest of the same file can be asked for.
async fn begun(app: &App, upload: &Upload) -> Result<Option<Begun>, Fault> {
    let etag = upload.source.as_ref().and_then(|source| source.etag.clone());
    let (Some(multipart), Some(etag)) = (&upload.multipart, etag) else { return Ok(None) };
    let Some(stored) = app.bucket.stored_parts(upload, multipart, 1, PARTS_MAX).await? else {
        return Ok(None);
    };
    let plan = upload.plan();
    let is_next = |(part, number): &(StoredPart, u32)| {
        part.number == *number && plan.and_then(|plan| plan.part_bytes(*number)) == Some(part.size_bytes)
    };
    let parts: Vec<StoredPart> =
        stored.into_iter().zip(1..).take_while(is_next).map(|(part, _)| part).collect();
    let from = parts.iter().map(|part| part.size_bytes).sum();
    Ok((!parts.is_empty()).then_some(Begun { parts, rest: Rest { from, etag } }))
}

/// From now on, the file is fetched from its start.
async fn forget_etag(app: &App, upload: &Upload) -> Result<(), Problem> {
    let source = upload.source.as_ref().map(|source| source.with_etag(None));
    describe(app, upload, Upload { source, ..upload.clone() }).await?;
    Ok(())
}

/// Stores a file from its first byte on: in one request if it is one part, else in parts.
async fn from_start(
    run: &Run<'_>,
    upload: &Upload,
    bytes_max: u64,
    fetched: Fetched,
) -> Result<u64, Problem> {
    let (app, mut described) = (run.app, upload.clone());
    if let (Some(source), Some(content_type)) = (&upload.source, &fetched.content_type)
        && source.names_type
    {
        described.content_type = content_type.clone();
    } else {
        check_type(&upload.content_type, fetched.content_type.as_deref())?;
    }
    if let Some(size_bytes) = fetched.size_bytes {
        check_size(upload, size_bytes)?;
        if size_bytes > bytes_max {
            return Err(outbound::Error::BodyTooLarge { bytes_max }.into());
        }
        described.size_bytes = size_bytes;
    }
    check_bounds(app, upload, &described).await?;
    let mut parts = Parts::new(fetched.response.body);
    let first = parts.next().await.map_err(too_slow)?;
    if first.is_last {
        described.size_bytes = first.bytes.len() as u64;
        return whole(app, upload, described, first.bytes).await;
    }
    app.bucket.abort_parts(upload).await?;
    described.source = upload.source.as_ref().map(|source| {
        // Without its size, the rest of a file can't be told from all of it.
        source.with_etag(fetched.etag.as_deref().filter(|_| fetched.size_bytes.is_some()))
    });
    let s3_upload_id = app.bucket.begin_parts(&described).await?;
    let described = describe(app, upload, described.in_parts(s3_upload_id)).await?;
    let mut storing = Storing { run, upload: described, parts: Vec::new(), made: 0 };
    storing.store(first.bytes).await?;
    storing.all(parts).await
}

/// Stores a file that is one part.
async fn whole(app: &App, upload: &Upload, described: Upload, bytes: Bytes) -> Result<u64, Problem> {
    let size_bytes = bytes.len() as u64;
    if size_bytes == 0 {
        return Err(Problem::refused("source_empty", "the server sent an empty file"));
    }
    check_size(upload, size_bytes)?;
    let sha256 = hex::encode(&Sha256::digest(&bytes)[..]);
    if upload.sha256.as_ref().is_some_and(|declared| *declared != sha256) {
        let detail = "the SHA-256 of the file that the server sent is not the declared one";
        return Err(Problem::refused("checksum_mismatch", detail));
    }
    app.bucket.abort_parts(upload).await?;
    let described = describe(app, upload, described.in_one_piece()).await?;
    app.bucket.put_original(&described, bytes, &sha256).await?;
    Ok(size_bytes)
}

/// A file that is stored in parts.
struct Storing<'a> {
    run: &'a Run<'a>,
    /// As its row describes it.
    upload: Upload,
    /// Those that are stored, from the first on.
    parts: Vec<StoredPart>,
    /// How many of them this run stored.
    made: usize,
}

impl Storing<'_> {
    /// Stores all that follows the parts that are stored, and has S3 make the object.
    async fn all(mut self, mut parts: Parts) -> Result<u64, Problem> {
        loop {
            let part = parts.next().await.map_err(|error| self.stopped(error))?;
            let is_last = part.is_last;
            if !part.bytes.is_empty() {
                self.store(part.bytes).await?;
            }
            if is_last {
                break;
            }
        }
        let size_bytes: u64 = self.parts.iter().map(|part| part.size_bytes).sum();
        check_size(&self.upload, size_bytes)?;
        let described = Upload { size_bytes, ..self.upload.clone() };
        check_bounds(self.run.app, &self.upload, &described).await?;
        let described = describe(self.run.app, &self.upload, described).await?;
        complete(self.run, &described, &self.parts).await
    }

    async fn store(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let Some(multipart) = &self.upload.multipart else { return Ok(()) };
        let number = self.parts.last().map_or(0, |last| last.number) + 1;
        let stored = self.run.app.bucket.put_part(&self.upload, multipart, number, bytes).await?;
        self.parts.push(stored);
        self.made += 1;
        Ok(())
    }

    /// Goes on in the next run if this one came further, and the server can send the rest.
    fn stopped(&self, error: outbound::Error) -> Problem {
        let can_resume = self.upload.source.as_ref().is_some_and(|source| source.etag.is_some());
        match error {
            outbound::Error::TimedOut(Phase::Reading) if can_resume && self.made > 0 => {
                Stopped::Deferred { until: self.run.app.clock.now(), failure: None }.into()
            }
            error => too_slow(error),
        }
    }
}

/// The body of a response, a part at a time.
struct Parts {
    body: Body,
    read: BytesMut,
}

struct Part {
    bytes: Bytes,
    is_last: bool,
}

impl Parts {
    fn new(body: Body) -> Self {
        Self { body, read: BytesMut::new() }
    }

    /// The next part: as large as all, unless it is the last.
    async fn next(&mut self) -> Result<Part, outbound::Error> {
        const PART_BYTES: usize = PART_SIZE_BYTES as usize;
        // One byte more tells whether the part is the last.
        while self.read.len() <= PART_BYTES {
            match self.body.chunk().await? {
                Some(chunk) => self.read.extend_from_slice(&chunk),
                None => return Ok(Part { bytes: self.read.split().freeze(), is_last: true }),
            }
        }
        Ok(Part { bytes: self.read.split_to(PART_BYTES).freeze(), is_last: false })
    }
}

/// Has S3 make the object. One that is there already is this one: nobody else may store any.
async fn complete(run: &Run<'_>, upload: &Upload, parts: &[StoredPart]) -> Result<u64, Problem> {
    let app = run.app;
    let gone = || Problem::ours("storage_unavailable", "storage lost the parts of the file");
    let multipart: &Multipart = upload.multipart.as_ref().ok_or_else(gone)?;
    match app.bucket.complete_parts(upload, multipart, parts).await? {
        Completion::Done => Ok(upload.size_bytes),
        Completion::Gone if app.bucket.has_original(upload).await? => Ok(upload.size_bytes),
        Completion::UnderWay => {
            Err(Stopped::Deferred { until: app.clock.now() + COMPLETED_WITHIN, failure: None }.into())
        }
        Completion::Gone | Completion::OtherParts => Err(gone()),
    }
}

/// Writes into the row what is known of the file by now, unless another run was faster.
async fn describe(app: &App, seen: &Upload, described: Upload) -> Result<Upload, Problem> {
    let is_known = (seen.size_bytes, &seen.content_type, &seen.multipart, &seen.source)
        == (described.size_bytes, &described.content_type, &described.multipart, &described.source);
    if is_known {
        return Ok(described);
    }
    let now = next_after(seen.updated_at, app.clock.now());
    let written = app.table.describe_import(seen, &described, now).await?;
    written.ok_or_else(|| Problem::ours("upload_moved", "another run of the import was faster"))
}

/// Every write moves the time on, because the next one is conditional on it.
fn next_after(last: Timestamp, now: Timestamp) -> Timestamp {
    now.max(last + Duration::from_millis(1))
}

fn check_size(upload: &Upload, size_bytes: u64) -> Result<(), Problem> {
    match upload.declared_bytes() {
        Some(declared) if declared != size_bytes => {
            let detail = format!("{declared} bytes were declared, the server sent {size_bytes}");
            Err(Problem::refused("size_mismatch", detail))
        }
        _ => Ok(()),
    }
}

/// A file whose size nobody declared counts once it is known.
async fn check_bounds(app: &App, seen: &Upload, described: &Upload) -> Result<(), Problem> {
    let wanted = Usage::of_upload(described) - Usage::of_upload(seen);
    if wanted.is_nothing() || app.bounds.are_none() {
        return Ok(());
    }
    let counted = app.table.usage_of(&seen.tenant).await?;
    app.bounds.check(counted.usage, wanted).map_err(|exceeded| {
        let room = exceeded.most.saturating_sub(exceeded.used);
        let detail = format!("the file has {} bytes, and there is room for {room}", exceeded.wanted);
        let code = match exceeded.bound {
            Bound::BytesStored | Bound::UploadsStored => "storage_full",
            Bound::BytesInFlight | Bound::UploadsInFlight => "too_many_bytes_in_flight",
        };
        Problem::passing(code, detail)
    })
}

fn too_slow(error: outbound::Error) -> Problem {
    match error {
        outbound::Error::TimedOut(Phase::Reading) => Problem::passing(
            "source_too_slow",
            "the server sent too little of the file in the time that there is",
        ),
        error => error.into(),
    }
}
