//! Rules that the project's own template keeps, whatever is added to it. That its values are understood and do what they
//! should is what the whole-system tests show, which run it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::event::{QueueSource, StreamSource};
use super::super::queue::Queue;
use super::*;
use crate::iam::{Policies, implied};

const BUCKET: &str = "millrace-000000000000-us-east-1";

/// Poison is counted in a job's row: its message is given up long after the job was.
const RECEIVES_MIN: u32 = 100;

fn project() -> Template {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    load(&path, &deployment()).unwrap()
}

/// Every queue that a function reads, with that function.
fn queues(template: &Template) -> Vec<(&Function, &QueueSource, &Queue)> {
    let events = template
        .functions
        .iter()
        .flat_map(|function| function.events.iter().map(move |event| (function, event)));
    let queues = events.filter_map(|(function, event)| match event {
        Event::Sqs(source) => Some((function, source)),
        _ => None,
    });
    let declared = |name: &str| template.queues.iter().find(|queue| queue.name == name).unwrap();
    queues.map(|(function, source)| (function, source, declared(&source.queue))).collect()
}

fn streams(template: &Template) -> Vec<(&Function, &StreamSource)> {
    let events = template
        .functions
        .iter()
        .flat_map(|function| function.events.iter().map(move |event| (function, event)));
    let streams = events.filter_map(|(function, event)| match event {
        Event::DynamoDbStream(source) => Some((function, source)),
        _ => None,
    });
    streams.collect()
}

#[test]
fn a_queue_gives_up_late_and_its_messages_come_back_after_the_function_has_ended() {
    let template = project();
    assert!(!queues(&template).is_empty());
    for (function, source, queue) in queues(&template) {
        let redrive =
            queue.redrive.as_ref().unwrap_or_else(|| panic!("{} has no dead-letter queue", queue.name));
        assert!(redrive.receives_max >= RECEIVES_MIN, "{}", queue.name);
        assert!(queue.visibility_timeout >= 2 * function.timeout, "{}", queue.name);
        assert!(source.report_batch_item_failures, "{}: one failed message fails alone", function.name);
        assert!(source.maximum_concurrency.is_some(), "{} starves the others", function.name);
    }
}

#[test]
fn what_is_given_up_is_told_to_a_queue() {
    let template = project();
    for function in &template.functions {
        let is_asynchronous = |event: &Event| matches!(event, Event::S3(_) | Event::Schedule(_));
        if function.events.iter().any(is_asynchronous) {
            assert!(function.on_failure.is_some(), "{}", function.name);
        }
    }
    assert_eq!(streams(&template).len(), 2);
    for (function, source) in streams(&template) {
        assert!(source.on_failure.is_some(), "{}", function.name);
        assert!(
            source.retries.is_some() && source.record_age_max.is_some(),
            "{} stops for ever",
            function.name
        );
        assert_eq!(
            source.batching_window > Duration::ZERO,
            function.name == "observer",
            "only observer may lag"
        );
    }
}

#[test]
fn relay_takes_parts_of_batches_and_observer_takes_them_whole() {
    let template = project();
    for (function, source) in streams(&template) {
        let takes_parts = source.bisect_on_error && source.report_batch_item_failures;
        let takes_the_whole = !source.bisect_on_error && !source.report_batch_item_failures;
        match function.name.as_str() {
            "relay" => assert!(takes_parts),
            // A part of a batch would not be known for what was counted before.
            _ => assert!(takes_the_whole),
        }
    }
}

#[test]
fn observer_is_handed_what_a_projection_needs() {
    let template = project();
    let observer =
        streams(&template).into_iter().find(|(function, _)| function.name == "observer").unwrap().1;
    let wants = |sk: &str, state: &str| {
        let change: Value = json!({ "dynamodb": {
            "Keys": { "sk": { "S": sk } }, "NewImage": { "state": { "S": state } },
        }});
        observer.filter.wants(&change)
    };
    let states =
        ["pending", "received", "ready", "rejected", "failed", "expired", "aborted", "deleting", "deleted"];
    assert!(states.iter().all(|state| wants("upload", state)));
    // An upload amounts to the same as before: `shared::usage::tests`.
    assert!(!wants("upload", "processing"));
    assert!(["succeeded", "dead", "cancelled"].iter().all(|state| wants("job", state)));
    assert!(!wants("job", "running") && !wants("usage", "pending"));
    let wants_after = |attempts: u32, state: &str| {
        observer.filter.wants(&json!({ "dynamodb": {
            "Keys": { "sk": { "S": "job" } },
            "NewImage": { "state": { "S": state }, "attempts": { "N": attempts.to_string() } },
        }}))
    };
    assert!((1..=99).all(|attempts| wants_after(attempts, "queued") && wants_after(attempts, "waiting")));
    assert!(!wants_after(0, "queued") && !wants_after(1, "running"));
}

#[test]
fn each_function_is_told_of_the_queues_that_it_uses() {
    for function in project().functions {
        let names = function.environment.keys().filter_map(|name| name.strip_suffix("_QUEUE_URL"));
        let expected: &[&str] = match function.name.as_str() {
            "media" => &["MEDIA"],
            "worker" => &["WORKER"],
            "relay" => &["MEDIA", "WORKER"],
            "scheduler" => &["FAILURE", "MEDIA_DEAD_LETTER", "MEDIA", "WORKER_DEAD_LETTER", "WORKER"],
            _ => &[],
        };
        assert_eq!(names.collect::<Vec<_>>(), expected, "{}", function.name);
    }
}

#[test]
fn no_policy_names_its_actions_by_wildcard_or_reaches_every_resource() {
    for statement in project().functions.iter().flat_map(|function| &function.statements) {
        assert!(statement.actions.iter().all(|action| !action.contains('*')), "{statement:?}");
        assert!(statement.resources.iter().all(|resource| resource.starts_with("arn:aws:")), "{statement:?}");
    }
}

/// SAM's managed policies let a function read every queue and every stream of the account.
#[test]
fn each_function_has_a_role_that_allows_what_lambda_does_in_its_name_and_no_more() {
    let template = project();
    let policies = Policies::of(&template, &deployment());
    for function in &template.functions {
        assert!(function.has_role, "{}", function.name);
        for statement in implied::statements(function, &deployment()) {
            for action in &statement.actions {
                let allowed = policies.allow(&function.name, action, &statement.resources[0]);
                assert!(allowed.is_ok(), "{}: {action}", function.name);
            }
        }
        let group = |name: &str| deployment().log_group_arn(&format!("/aws/lambda/millrace-{name}"));
        assert!(policies.allow(&function.name, "logs:PutLogEvents", &group(&function.name)).is_ok());
        assert!(policies.allow(&function.name, "logs:PutLogEvents", &group("another")).is_err());
        let foreign = deployment().queue_arn("another-queue");
        assert!(policies.allow(&function.name, "sqs:ReceiveMessage", &foreign).is_err());
    }
    let other = deployment().queue_arn("millrace-WorkerQueue");
    assert!(policies.allow("media", "sqs:ReceiveMessage", &other).is_err());
}

/// A new account has 10 executions at once for everything.
#[test]
fn what_works_through_queues_leaves_room_in_a_new_account() {
    const ACCOUNT: u32 = 10;
    /// One each for relay, observer and the scheduler, and one at least for api and intake.
    const REST_MIN: u32 = 4;
    let template = project();
    let most: u32 = queues(&template).iter().map(|(_, source, _)| source.maximum_concurrency.unwrap()).sum();
    assert!(most + REST_MIN <= ACCOUNT, "{most} of {ACCOUNT}");
}

/// Each metric that an alarm watches costs $0.10 a month.
#[test]
fn the_alarms_cost_less_than_a_dollar_a_month() {
    assert!(project().alarms.len() < 10, "{}", project().alarms.len());
}

/// Whatever stops working, somebody is told: by its own metric, or by where its work then lies.
#[test]
fn every_function_and_every_queue_has_an_alarm_that_sees_it_fail() {
    let template = project();
    let watched = |namespace: &str, name: &str, value: &str| {
        template.alarms.iter().any(|Alarm { metric, .. }| {
            let value_fits = metric.dimension.as_ref().is_some_and(|(_, watched)| watched == value);
            metric.namespace == namespace && metric.name == name && value_fits
        })
    };
    for function in &template.functions {
        let is_watched = function.events.iter().all(|event| match event {
            Event::HttpApi(_) => watched("AWS/ApiGateway", "5xx", "millrace-HttpApi"),
            Event::Sqs(source) => watched("AWS/SQS", "ApproximateAgeOfOldestMessage", &source.queue),
            Event::DynamoDbStream(_) => watched("AWS/Lambda", "IteratorAge", &function.deployed_name),
            Event::Schedule(_) => watched("AWS/Lambda", "Invocations", &function.deployed_name),
            // Its events that are given up go to a queue that is watched.
            Event::S3(_) => function.on_failure.is_some(),
        });
        assert!(is_watched, "{}", function.name);
        if let Some(queue) = &function.on_failure {
            // Received messages would be counted by the very function that may have failed.
            assert!(watched("AWS/SQS", "NumberOfMessagesSent", queue), "{queue}");
        }
    }
    assert!(watched("Millrace", "dead_letters_kept", "millrace"));
    let everywhere = |alarm: &Alarm| alarm.metric.name == "Throttles" && alarm.metric.dimension.is_none();
    assert!(template.alarms.iter().any(everywhere));
}

/// After three receives a message no longer counts as the oldest.
#[test]
fn a_queue_whose_messages_all_fail_is_seen_before_they_are_passed_over() {
    const RECEIVES_COUNTED: u32 = 3;
    let template = project();
    for (_, source, queue) in queues(&template) {
        let alarm = template.alarms.iter().find(|Alarm { metric, .. }| {
            metric.dimension.as_ref().is_some_and(|(_, watched)| *watched == source.queue)
        });
        let alarm = alarm.unwrap();
        let seen_after =
            Duration::from_secs(alarm.threshold.into()) + alarm.period * alarm.evaluation_periods;
        assert!(seen_after < queue.visibility_timeout * RECEIVES_COUNTED, "{}", queue.name);
    }
}

/// One that refuses to be deleted would block the removal after a first deployment that failed.
#[test]
fn the_table_is_protected_only_once_it_is_asked_for() {
    let text = include_str!("../../../../template.yaml");
    let parameter = text.split("\n  TableDeletionProtection:").nth(1).unwrap();
    assert!(parameter.split("\n  AlarmTopicArn:").next().unwrap().contains("Default: \"false\""));
    assert!(text.contains("DeletionProtectionEnabled: !Ref TableDeletionProtection"));
}

/// GovCloud and China are partitions of their own.
#[test]
fn no_name_is_bound_to_one_partition() {
    assert!(!include_str!("../../../../template.yaml").contains("arn:aws:"));
}

/// Whole-system tests, in which policies are enforced, fail unless each function is granted all that it needs.
#[test]
fn no_function_may_do_the_work_of_another() {
    let policies = Policies::of(&project(), &deployment());
    let table = deployment().table_arn("millrace-Table");
    let queue = deployment().queue_arn("millrace-MediaQueue");
    let upload = deployment().object_arn(BUCKET, "uploads/a");
    let form_file = deployment().object_arn(BUCKET, "forms/a");
    let secret = deployment().parameter_arn("/millrace/cursor-signing");
    let of_another = deployment().parameter_arn("/millrace-of-another/x");
    let denied = [
        ("api", "ssm:DeleteParameter", &secret),
        ("api", "ssm:GetParameter", &of_another),
        ("media", "ssm:GetParameter", &secret),
        ("api", "sqs:SendMessage", &queue),
        ("api", "dynamodb:Scan", &table),
        ("media", "dynamodb:DeleteItem", &table),
        ("media", "s3:PutObject", &upload),
        ("intake", "s3:PutObject", &form_file),
        ("media", "s3:GetObject", &form_file),
        ("relay", "dynamodb:DeleteItem", &table),
        ("observer", "dynamodb:Query", &table),
        ("observer", "dynamodb:DeleteItem", &table),
    ];
    for (function, action, resource) in denied {
        assert!(policies.allow(function, action, resource).is_err(), "{function}: {action} on {resource}");
    }
    assert!(policies.allow("api", "dynamodb:PutItem", &table).is_ok());
}
