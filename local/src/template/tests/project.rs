//! What the project's own template says, as far as the rest of the system leans on it.

use std::path::PathBuf;
use std::time::Duration;

use super::super::event::{ObjectCreated, QueueSource, Route, Schedule, StreamSource};
use super::super::table::{Key, Projection};
use super::*;
use crate::iam::Policies;

const BUCKET: &str = "millrace-000000000000-us-east-1";

fn project() -> Template {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    load(&path, &deployment()).unwrap()
}

fn function(name: &str) -> Function {
    project().function(name).unwrap().clone()
}

fn failure_queue() -> Option<String> {
    Some("millrace-FailureQueue".to_owned())
}

#[test]
fn the_functions_have_their_memory_and_time() {
    let sizes: Vec<_> = project()
        .functions
        .iter()
        .map(|function| (function.name.clone(), function.memory_mb, function.timeout.as_secs()))
        .collect();
    let expected = [
        ("api", 256, 29),
        ("intake", 256, 30),
        ("relay", 256, 30),
        ("observer", 256, 30),
        ("media", 1769, 120),
        ("worker", 512, 120),
        ("scheduler", 256, 60),
    ];
    assert_eq!(sizes, expected.map(|(name, memory, timeout)| (name.to_owned(), memory, timeout)));
}

#[test]
fn each_function_is_told_where_everything_is_and_of_the_queues_that_it_uses() {
    for function in project().functions {
        let (queues, others): (Vec<_>, Vec<_>) =
            function.environment.iter().partition(|(name, _)| name.ends_with("_QUEUE_URL"));
        let others: Vec<_> = others.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            others,
            [
                &format!("BUCKET_NAME={BUCKET}"),
                "LOG_LEVEL=info",
                "LOG_SUCCESS_EVERY=10",
                "SECRETS_PREFIX=/millrace",
                "STACK_NAME=millrace",
                "TABLE_NAME=millrace-Table",
                "TENANT_IN_FLIGHT_MAX_GIB=200",
                "TENANT_RATE_CAPACITY=1000",
                "TENANT_RATE_PER_SECOND=100",
                "TENANT_STORED_MAX_GIB=1024",
                "TENANT_UPLOADS_IN_FLIGHT_MAX=10000",
            ]
        );
        let queues: Vec<_> = queues.iter().map(|(name, _)| name.trim_end_matches("_QUEUE_URL")).collect();
        let expected: &[&str] = match function.name.as_str() {
            "media" => &["MEDIA"],
            "worker" => &["WORKER"],
            "relay" => &["MEDIA", "WORKER"],
            "scheduler" => &["FAILURE", "MEDIA_DEAD_LETTER", "MEDIA", "WORKER_DEAD_LETTER", "WORKER"],
            _ => &[],
        };
        assert_eq!(queues, expected, "{}", function.name);
        let scheme = "http://127.0.0.1:4566/000000000000/millrace-";
        assert!(function.environment.iter().all(|(name, value)| {
            !name.ends_with("_QUEUE_URL") || value.starts_with(scheme) && value.ends_with("Queue")
        }));
    }
}

#[test]
fn api_answers_every_route() {
    let route = |path: &str| Event::HttpApi(Route { method: None, path: path.to_owned() });
    assert_eq!(function("api").events, [route("/{proxy+}"), route("/")]);
    let cors = project().http_api.unwrap().cors.unwrap();
    assert_eq!(cors.allow_origins, ["*"]);
    assert!(cors.allow_headers.contains(&"idempotency-key".to_owned()));
}

#[test]
fn intake_hears_of_uploads_and_is_tried_three_times() {
    let intake = function("intake");
    let uploaded = ObjectCreated {
        bucket: BUCKET.to_owned(),
        prefix: "uploads/".to_owned(),
        suffix: String::new(),
        events: vec!["s3:ObjectCreated:*".to_owned()],
    };
    assert_eq!(intake.events, [Event::S3(uploaded)]);
    assert_eq!((intake.async_retries, intake.on_failure), (2, failure_queue()));
}

#[test]
fn relay_reads_the_stream_of_the_table() {
    let relay = function("relay");
    let [Event::DynamoDbStream(source)] = relay.events.as_slice() else { panic!("{:?}", relay.events) };
    let of_row = |sk: &str| serde_json::json!({ "dynamodb": { "Keys": { "sk": { "S": sk } } } });
    assert!(source.filter.wants(&of_row("job")) && source.filter.wants(&of_row("upload")));
    assert!(!source.filter.wants(&of_row("limit#1000#100")));
    let changed = StreamSource {
        table: "millrace-Table".to_owned(),
        filter: source.filter.clone(),
        batch_size: 100,
        batching_window: Duration::ZERO,
        parallelization: 1,
        retries: Some(10),
        record_age_max: Some(Duration::from_secs(21_600)),
        bisect_on_error: true,
        report_batch_item_failures: true,
        on_failure: failure_queue(),
    };
    assert_eq!(*source, changed);
}

#[test]
fn observer_reads_whole_batches_of_what_a_projection_needs() {
    let observer = function("observer");
    let [Event::DynamoDbStream(source)] = observer.events.as_slice() else { panic!("{:?}", observer.events) };
    let counted = StreamSource {
        table: "millrace-Table".to_owned(),
        filter: source.filter.clone(),
        batch_size: 1000,
        batching_window: Duration::from_secs(5),
        parallelization: 1,
        retries: Some(10),
        record_age_max: Some(Duration::from_secs(21_600)),
        // A part of a batch would not be known for what was counted before.
        bisect_on_error: false,
        report_batch_item_failures: false,
        on_failure: failure_queue(),
    };
    assert_eq!(*source, counted);
    let wants = |sk: &str, state: &str| {
        source.filter.wants(&serde_json::json!({ "dynamodb": {
            "Keys": { "sk": { "S": sk } }, "NewImage": { "state": { "S": state } },
        }}))
    };
    let states =
        ["pending", "received", "ready", "rejected", "failed", "expired", "aborted", "deleting", "deleted"];
    assert!(states.iter().all(|state| wants("upload", state)));
    // An upload amounts to the same as before: `shared::usage::tests`.
    assert!(!wants("upload", "processing"));
    assert!(["succeeded", "dead", "cancelled"].iter().all(|state| wants("job", state)));
    assert!(!wants("job", "running") && !wants("usage", "pending"));
    let wants_after = |attempts: u32, state: &str| {
        source.filter.wants(&serde_json::json!({ "dynamodb": {
            "Keys": { "sk": { "S": "job" } },
            "NewImage": { "state": { "S": state }, "attempts": { "N": attempts.to_string() } },
        }}))
    };
    assert!((1..=99).all(|attempts| wants_after(attempts, "queued") && wants_after(attempts, "waiting")));
    assert!(!wants_after(0, "queued") && !wants_after(1, "running"));
}

#[test]
fn media_reads_its_queue_within_its_concurrency() {
    let media = function("media");
    let jobs = QueueSource {
        queue: "millrace-MediaQueue".to_owned(),
        batch_size: 5,
        batching_window: Duration::ZERO,
        maximum_concurrency: Some(20),
        report_batch_item_failures: true,
    };
    assert_eq!(media.events, [Event::Sqs(jobs)]);
    assert_eq!(media.reserved_concurrency, None);

    let mut deployment = deployment();
    deployment.parameters.insert("MediaReservedConcurrency".to_owned(), "7".to_owned());
    let reserved = read(include_str!("../../../../template.yaml"), &deployment).unwrap();
    assert_eq!(reserved.function("media").unwrap().reserved_concurrency, Some(7));
}

#[test]
fn scheduler_runs_every_minute_and_is_not_tried_again() {
    let scheduler = function("scheduler");
    assert_eq!(scheduler.events, [Event::Schedule(Schedule { every: Duration::from_secs(60) })]);
    assert_eq!((scheduler.async_retries, scheduler.on_failure), (0, failure_queue()));
}

#[test]
fn the_table_has_two_indexes_of_keys_alone() {
    let table = project().tables.remove(0);
    assert_eq!(table.name, "millrace-Table");
    let key =
        |partition: &str, sort: &str| Key { partition: partition.to_owned(), sort: Some(sort.to_owned()) };
    assert_eq!(table.key, key("pk", "sk"));
    let indexes: Vec<_> =
        table.indexes.iter().map(|index| (index.name.as_str(), index.key.clone())).collect();
    assert_eq!(indexes, [("by_time", key("listing", "listed_at")), ("due", key("due_shard", "due_at"))]);
    assert!(table.indexes.iter().all(|index| index.projection == Projection::KeysOnly));
    assert_eq!(table.attributes["due_at"], AttributeType::Number);
    assert_eq!(table.stream_view.as_deref(), Some("NEW_AND_OLD_IMAGES"));
    assert_eq!(table.ttl_attribute.as_deref(), Some("expires_at"));
}

#[test]
fn the_media_queue_gives_up_late_and_comes_back_later_than_media_runs() {
    let template = project();
    let queue = template.queues.iter().find(|queue| queue.logical_id == "MediaQueue").unwrap();
    let redrive = queue.redrive.as_ref().unwrap();
    assert_eq!((redrive.queue.as_str(), redrive.receives_max), ("millrace-MediaDeadLetterQueue", 100));
    assert!(queue.visibility_timeout >= 2 * function("media").timeout);
}

#[test]
fn the_bucket_serves_browsers_and_drops_what_was_left_half_sent() {
    let bucket = project().buckets.remove(0);
    assert_eq!(bucket.name, BUCKET);
    assert_eq!(bucket.cors[0].allowed_methods, ["PUT", "POST", "GET", "HEAD"]);
    assert!(bucket.cors[0].exposed_headers.contains(&"ETag".to_owned()));
    assert_eq!(bucket.lifecycle[0].abort_incomplete_uploads_after, Some(Duration::from_secs(2 * 86_400)));
}

#[test]
fn what_only_aws_needs_is_listed_as_not_emulated() {
    let not_emulated = project().not_emulated;
    for expected in [
        "ApiLogs (AWS::Logs::LogGroup)",
        "BucketPolicy (AWS::S3::BucketPolicy)",
        "Bucket.BucketEncryption",
        "FailuresAlarm (AWS::CloudWatch::Alarm)",
        "MediaFunction.Architectures",
        "Outputs",
        "SchedulerFunction.EveryMinute.RetryPolicy",
        "Table.PointInTimeRecoverySpecification",
    ] {
        assert!(not_emulated.contains(&expected.to_owned()), "{expected} is not in {not_emulated:?}");
    }
}

#[test]
fn no_policy_names_its_actions_by_wildcard_or_reaches_every_resource() {
    for statement in project().functions.iter().flat_map(|function| &function.statements) {
        assert!(statement.actions.iter().all(|action| !action.contains('*')), "{statement:?}");
        assert!(statement.resources.iter().all(|resource| resource.starts_with("arn:aws:")), "{statement:?}");
    }
}

#[test]
fn each_function_may_do_its_own_work_and_no_other() {
    let policies = Policies::of(&project(), &deployment());
    let table = deployment().table_arn("millrace-Table");
    let by_time = deployment().index_arn("millrace-Table", "by_time");
    let queue = deployment().queue_arn("millrace-MediaQueue");
    let upload = deployment().object_arn(BUCKET, "uploads/a");
    let secret = deployment().parameter_arn("/millrace/cursor-signing");
    let derived = deployment().object_arn(BUCKET, "derived/a");
    let may = |function, action, resource: &str| policies.allow(function, action, resource).is_ok();

    assert!(may("api", "dynamodb:PutItem", &table));
    assert!(may("api", "dynamodb:Query", &by_time));
    assert!(may("api", "s3:PutObject", &upload));
    assert!(may("api", "ssm:GetParameter", &secret));
    assert!(may("api", "ssm:PutParameter", &secret));
    assert!(may("relay", "sqs:SendMessage", &queue));
    assert!(may("media", "sqs:ReceiveMessage", &queue));
    assert!(may("media", "s3:PutObject", &derived));
    assert!(may("scheduler", "dynamodb:Scan", &table));
    assert!(may("scheduler", "dynamodb:Query", &by_time));
    for action in ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"] {
        assert!(may("observer", action, &table), "{action}");
    }

    assert!(!may("api", "ssm:DeleteParameter", &secret));
    assert!(!may("api", "ssm:GetParameter", &deployment().parameter_arn("/millrace-of-another/x")));
    assert!(!may("media", "ssm:GetParameter", &secret));
    assert!(!may("api", "sqs:SendMessage", &queue));
    assert!(!may("api", "dynamodb:Scan", &table));
    assert!(!may("media", "dynamodb:DeleteItem", &table));
    assert!(!may("media", "s3:PutObject", &upload));
    assert!(!may("intake", "s3:PutObject", &upload));
    assert!(!may("relay", "dynamodb:DeleteItem", &table));
    assert!(!may("observer", "dynamodb:Query", &table));
    assert!(!may("observer", "dynamodb:DeleteItem", &table));
}
