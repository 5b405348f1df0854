//! The rules once everything has come to rest: nothing lost, nothing doubled, nothing stuck, nothing left behind.

use shared::upload::key;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use serde_json::{Value, json};
use shared::aws::table::RowKind;
use shared::derivative::StepWork;
use shared::job::{self, Job, ParentKind};
use shared::kinds::Output;
use shared::upload::{self, Upload};

use super::World;

/// All jobs and uploads that the table holds.
#[derive(Debug, Default)]
pub struct Rows {
    /// Jobs that carry out steps.
    pub jobs: Vec<Job>,
    /// Jobs that belong to nothing: those that remove what is of no more use.
    pub removals: Vec<Job>,
    /// Jobs that clients submitted.
    pub submitted: Vec<Job>,
    /// Jobs that tell of the end of another.
    pub callbacks: Vec<Job>,
    pub uploads: Vec<Upload>,
    /// Each is a row like its upload's.
    pub runs: Vec<Upload>,
    /// Jobs that the due index holds.
    pub waiting: usize,
    /// Audits that were asked for and are under way.
    pub audits: usize,
    /// Bodies of the messages that no job claimed.
    pub dead_letters: Vec<String>,
}

impl World {
    /// Every row, read past hostility and policies.
    pub fn rows(&self) -> Rows {
        let mut rows = Rows::default();
        for item in self.items() {
            rows.add(&item);
        }
        rows
    }

    /// Every row as it lies in the table.
    pub fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut body = json!({ "TableName": self.template.tables[0].name, "ConsistentRead": true });
            if !after.is_null() {
                body["ExclusiveStartKey"] = after;
            }
            let request = http::Request::builder()
                .method("POST")
                .header("x-amz-target", "DynamoDB_20120810.Scan")
                .body(Bytes::from(body.to_string()))
                .expect("a request");
            let answer = self.aws.dynamodb.call(&request);
            let page: Value = serde_json::from_slice(answer.body()).expect("JSON");
            items.extend(page["Items"].as_array().into_iter().flatten().cloned());
            after = page["LastEvaluatedKey"].clone();
            if after.is_null() {
                return items;
            }
        }
    }

    /// Whether nothing is left to be done: all is final and every queue and index is empty.
    pub async fn is_at_rest(&self) -> bool {
        let rows = self.rows();
        rows.all_jobs().all(is_at_rest)
            && rows.uploads.iter().chain(&rows.runs).all(|upload| upload.state.is_final())
            && rows.waiting == 0
            && self.queues_hold() == 0
            && self.aws.s3.next_notification_at().ok().flatten().is_none()
    }

    /// Lists whatever is not at rest.
    pub async fn unrest(&self) -> Vec<String> {
        let rows = self.rows();
        let jobs = rows.all_jobs().filter(|job| !is_at_rest(job)).map(|job| format!("{job:?}"));
        let uploads = rows.uploads.iter().chain(&rows.runs).filter(|upload| !upload.state.is_final());
        let queues = format!("the queues hold {} messages", self.queues_hold());
        jobs.chain(uploads.map(|upload| format!("{upload:?}"))).chain([queues]).collect()
    }

    pub fn dead_letters(&self) -> Vec<String> {
        self.rows().dead_letters
    }

    fn queues_hold(&self) -> u64 {
        let queues = self.template.queues.iter();
        queues.map(|queue| self.aws.sqs.message_count(&queue.name).unwrap_or(u64::MAX)).sum()
    }

    /// Everything that must hold at rest, whatever happened before.
    pub async fn assert_at_rest(&self) {
        assert!(self.is_at_rest().await, "not at rest: {:#?}", self.unrest().await);
        assert_eq!(self.aws.meter.refusals(), [""; 0], "a function lacks a permission");
        let rows = self.rows();
        let keys: BTreeSet<String> = self
            .aws
            .s3
            .keys(&self.template.buckets[0].name)
            .expect("the store answers")
            .into_iter()
            .collect();
        let open = self.aws.s3.open_uploads(&self.template.buckets[0].name).expect("the store answers");
        let parts = rows.uploads.iter().filter_map(|upload| upload.multipart.as_ref());
        let left: Vec<_> = parts.filter(|parts| open.contains(&parts.s3_upload_id)).collect();
        assert!(left.is_empty(), "parts are left behind: {left:?}");
        let mut referred = BTreeSet::new();
        let deleted = rows.uploads.iter().filter(|upload| upload.state == upload::State::Deleted);
        let deleted: BTreeSet<_> = deleted.map(|upload| &upload.id).collect();
        for upload in &rows.uploads {
            let original = key::original(&upload.tenant, &upload.id);
            match upload.state {
                upload::State::Ready | upload::State::Failed => {
                    assert!(keys.contains(&original), "the original of {upload:?} is lost");
                    referred.insert(original);
                }
                _ => assert!(!keys.contains(&original), "the original of {upload:?} is left behind"),
            }
            let ended = upload.done.union(&upload.failed).count();
            let is_whole =
                upload.state != upload::State::Ready || upload.done.len() == upload.step_count as usize;
            assert!(is_whole && ended <= upload.step_count as usize, "{upload:?}");
        }
        for run in &rows.runs {
            let is_whole = run.state != upload::State::Ready || run.done.len() == run.step_count as usize;
            let is_gone = run.state == upload::State::Deleted;
            assert!(is_whole && is_gone == deleted.contains(&run.id), "{run:?}");
        }
        for job in rows.jobs.iter().chain(&rows.removals) {
            let successes = job.timeline.iter().filter(|attempt| attempt.code == "succeeded").count();
            assert_eq!(successes, usize::from(job.state == job::State::Succeeded), "{job:?}");
            let Some(step) = StepWork::of_job(job).filter(|step| !deleted.contains(&step.upload)) else {
                continue;
            };
            let derived = step.derived_key(&job.tenant);
            let is_stored = job.stored_bytes > 0;
            assert!(!is_stored || keys.contains(&derived), "the derivative of {job:?} is lost");
            referred.insert(derived);
            if let Some(Output::ImageStep(image)) = Output::of(job) {
                let alternatives = image.alternatives.iter();
                referred.extend(alternatives.map(|other| step.alternative_key(&job.tenant, other.format)));
            }
        }
        let orphans: Vec<_> = keys.difference(&referred).collect();
        assert!(orphans.is_empty(), "nothing refers to {orphans:?}");
        self.assert_usage_at_rest().await;
        self.assert_activity_at_rest();
        self.assert_in_time();
    }
}

impl World {
    /// Asserts that each tenant's count is right, unless the stream told it twice in parts, or not at all.
    async fn assert_usage_at_rest(&self) {
        let Rows { uploads, runs, .. } = self.rows();
        // Two runs that make the same store one object, which is counted for each until the next recount.
        let is_exact = runs.is_empty() && !self.hostility.is_hostile();
        if !is_exact || self.has_lost_changes.load(Ordering::SeqCst) {
            return;
        }
        let tenants: BTreeSet<_> = uploads.iter().map(|upload| upload.tenant.as_str()).collect();
        for tenant in tenants {
            assert_eq!(self.counted(tenant), self.real(tenant).await, "the usage of {tenant}");
        }
    }
}

/// Whether nothing happens to the job unless somebody asks for it.
fn is_at_rest(job: &Job) -> bool {
    job.state.is_final() || job.state == job::State::Paused
}

impl Rows {
    pub fn all_jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().chain(&self.removals).chain(&self.submitted).chain(&self.callbacks)
    }

    fn add(&mut self, item: &Value) {
        let sk = item["sk"]["S"].as_str().unwrap_or_default();
        let kind = RowKind::of(sk).unwrap_or_else(|| panic!("no kind of row has the sort key {sk}"));
        // A recount is no work that anything waits for.
        self.waiting += usize::from(item.get("due_shard").is_some() && kind != RowKind::Usage);
        let row: serde_dynamo::Item = serde_json::from_value(item.clone()).expect("an item");
        match kind {
            RowKind::Job => {
                let job: Job = serde_dynamo::from_item(row).expect("a job");
                let parent = job.parent.as_ref().map(|parent| parent.kind);
                match parent {
                    Some(ParentKind::Job) => self.callbacks.push(job),
                    Some(_) => self.jobs.push(job),
                    None if job.submission.is_some() => self.submitted.push(job),
                    None => self.removals.push(job),
                }
            }
            RowKind::Audit => self.audits += 1,
            RowKind::DeadLetter => self.dead_letters.extend(item["body"]["S"].as_str().map(str::to_owned)),
            RowKind::Run => self.runs.push(serde_dynamo::from_item(row).expect("a run")),
            RowKind::Upload => self.uploads.push(serde_dynamo::from_item(row).expect("an upload")),
            _ => {}
        }
    }
}
