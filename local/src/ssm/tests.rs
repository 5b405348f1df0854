//! The Parameter Store as its callers meet it: on the wire.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use shared::clock::{Clock, Timestamp};

use super::*;
use crate::state::TemporaryFolder;

const START: Timestamp = Timestamp::from_millis(1_800_000_000_500);
const NAME: &str = "/millrace/a";

fn open(state: &State) -> Ssm {
    Ssm::open(state, Clock::starting_at(START), "arn:aws:ssm:us-east-1:000000000000:").unwrap()
}

fn call(ssm: &Ssm, operation: &str, body: &Value) -> (u16, Value) {
    let request = http::Request::post("/").header("x-amz-target", format!("AmazonSSM.{operation}"));
    let answer = ssm.call(&request.body(Bytes::from(body.to_string())).unwrap());
    assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.1");
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

fn refused(ssm: &Ssm, operation: &str, body: &Value) -> String {
    let (status, answer) = call(ssm, operation, body);
    assert_eq!(status, 400, "{answer}");
    answer["__type"].as_str().unwrap().to_owned()
}

fn put(ssm: &Ssm, value: &str, overwrite: bool) -> (u16, Value) {
    let body = json!({ "Name": NAME, "Value": value, "Type": "SecureString", "Overwrite": overwrite });
    call(ssm, "PutParameter", &body)
}

#[test]
fn a_parameter_is_read_back_with_all_that_aws_says_of_it() {
    let ssm = open(&State::Memory);
    assert_eq!(put(&ssm, "secret", false), (200, json!({ "Version": 1, "Tier": "Standard" })));
    let expected = json!({ "Parameter": {
        "ARN": "arn:aws:ssm:us-east-1:000000000000:parameter/millrace/a",
        "DataType": "text",
        "LastModifiedDate": 1_800_000_000.5,
        "Name": NAME,
        "Type": "SecureString",
        "Value": "secret",
        "Version": 1,
    }});
    let get = json!({ "Name": NAME, "WithDecryption": true });
    assert_eq!(call(&ssm, "GetParameter", &get), (200, expected));
}

#[test]
fn a_secure_string_is_hidden_from_who_does_not_ask_for_decryption() {
    let ssm = open(&State::Memory);
    put(&ssm, "secret", false);
    let (_, answer) = call(&ssm, "GetParameter", &json!({ "Name": NAME }));
    assert!(!answer.to_string().contains("secret"), "{answer}");
    ssm.put("plain", Kind::String, "open").unwrap();
    let (_, answer) = call(&ssm, "GetParameter", &json!({ "Name": "plain" }));
    assert_eq!(answer["Parameter"]["Value"], "open");
}

#[test]
fn only_overwriting_makes_another_version() {
    let ssm = open(&State::Memory);
    put(&ssm, "first", false);
    let (status, answer) = put(&ssm, "second", false);
    assert_eq!((status, answer["__type"].as_str()), (400, Some("ParameterAlreadyExists")));
    assert_eq!(ssm.value(NAME).unwrap().as_deref(), Some("first"));
    assert_eq!(put(&ssm, "second", true).1["Version"], 2);

    let of_version = |version: &str| {
        let body = json!({ "Name": format!("{NAME}{version}"), "WithDecryption": true });
        call(&ssm, "GetParameter", &body).1["Parameter"].clone()
    };
    assert_eq!((&of_version("")["Value"], &of_version("")["Selector"]), (&json!("second"), &Value::Null));
    assert_eq!((&of_version(":1")["Value"], &of_version(":1")["Selector"]), (&json!("first"), &json!(":1")));
    assert_eq!(
        refused(&ssm, "GetParameter", &json!({ "Name": format!("{NAME}:3") })),
        "ParameterVersionNotFound"
    );
    assert_eq!(refused(&ssm, "GetParameter", &json!({ "Name": format!("{NAME}:x") })), "ValidationException");
}

#[test]
fn a_hundred_versions_are_kept() {
    let ssm = open(&State::Memory);
    for version in 1..=101 {
        assert_eq!(ssm.put(NAME, Kind::String, "x").unwrap(), version);
    }
    assert_eq!(
        refused(&ssm, "GetParameter", &json!({ "Name": format!("{NAME}:1") })),
        "ParameterVersionNotFound"
    );
    assert_eq!(call(&ssm, "GetParameter", &json!({ "Name": format!("{NAME}:2") })).0, 200);
}

#[test]
fn a_kind_is_needed_at_first_and_never_changes() {
    let ssm = open(&State::Memory);
    let bare = json!({ "Name": NAME, "Value": "x", "Overwrite": true });
    assert_eq!(refused(&ssm, "PutParameter", &bare), "ValidationException");
    ssm.put(NAME, Kind::String, "x").unwrap();
    assert_eq!(call(&ssm, "PutParameter", &bare).1["Version"], 2);
    assert_eq!(put(&ssm, "x", true).1["__type"], "HierarchyTypeMismatchException");
    let odd = json!({ "Name": NAME, "Value": "x", "Type": "Number", "Overwrite": true });
    assert_eq!(refused(&ssm, "PutParameter", &odd), "UnsupportedParameterType");
}

#[test]
fn what_is_removed_is_gone_with_all_versions() {
    let ssm = open(&State::Memory);
    put(&ssm, "first", false);
    put(&ssm, "second", true);
    assert_eq!(call(&ssm, "DeleteParameter", &json!({ "Name": NAME })), (200, json!({})));
    let not_found = (400, json!({ "__type": "ParameterNotFound" }));
    for version in ["", ":1"] {
        assert_eq!(call(&ssm, "GetParameter", &json!({ "Name": format!("{NAME}{version}") })), not_found);
    }
    assert_eq!(call(&ssm, "DeleteParameter", &json!({ "Name": NAME })), not_found);
    assert_eq!(put(&ssm, "again", false).1["Version"], 1);
}

#[test]
fn several_are_read_and_removed_at_once_and_the_missing_are_named() {
    let ssm = open(&State::Memory);
    put(&ssm, "secret", false);
    let names = json!({ "Names": [NAME, "/millrace/b"], "WithDecryption": true });
    let (_, answer) = call(&ssm, "GetParameters", &names);
    assert_eq!(answer["Parameters"][0]["Value"], "secret");
    assert_eq!(answer["InvalidParameters"], json!(["/millrace/b"]));
    let (_, answer) = call(&ssm, "DeleteParameters", &json!({ "Names": [NAME, "/millrace/b"] }));
    assert_eq!(answer, json!({ "DeletedParameters": [NAME], "InvalidParameters": ["/millrace/b"] }));
    for count in [0, 11] {
        let names = json!({ "Names": vec!["x"; count] });
        assert_eq!(refused(&ssm, "GetParameters", &names), "ValidationException");
    }
}

#[test]
fn a_parameter_is_found_by_its_arn() {
    let ssm = open(&State::Memory);
    for name in ["/millrace/a", "bare"] {
        ssm.put(name, Kind::String, name).unwrap();
        let (_, answer) = call(&ssm, "GetParameter", &json!({ "Name": ssm.arn(name) }));
        assert_eq!(answer["Parameter"]["Value"], name);
    }
    for odd in [
        "arn:",
        "arn:aws:ssm:us-east-1:000000000000:parameter",
        "arn:aws:ssm:us-east-1:000000000000:parameter/",
    ] {
        let (status, _) = call(&ssm, "GetParameter", &json!({ "Name": odd }));
        assert_eq!(status, 400, "{odd}");
    }
}

#[test]
fn names_and_values_out_of_bounds_are_refused() {
    let ssm = open(&State::Memory);
    let refused = |name: &str, value: &str| {
        let body = json!({ "Name": name, "Value": value, "Type": "String" });
        refused(&ssm, "PutParameter", &body)
    };
    let long = "x".repeat(1012);
    for name in ["", "a b", "a:1", "a/b", "/a//b", "/a/", "/aws/x", "AWSx", "ssm.x", "é", &long] {
        assert_eq!(refused(name, "x"), "ValidationException", "{name}");
    }
    assert_eq!(refused(&"/a".repeat(16), "x"), "HierarchyLevelLimitExceededException");
    assert_eq!(refused("a", ""), "ValidationException");
    assert_eq!(refused("a", &"x".repeat(4097)), "ValidationException");
    let most = json!({ "Name": "/a".repeat(15), "Value": "x".repeat(4096), "Type": "String" });
    assert_eq!(call(&ssm, "PutParameter", &most).0, 200);
}

#[test]
fn what_is_not_emulated_is_refused_by_name() {
    let ssm = open(&State::Memory);
    assert_eq!(refused(&ssm, "DescribeParameters", &json!({})), "UnknownOperationException");
    assert_eq!(refused(&ssm, "GetParameter", &json!({ "Name": 1 })), "SerializationException");
    for (field, value) in [
        ("Tier", json!("Advanced")),
        ("Policies", json!("[]")),
        ("Tags", json!([])),
        ("DataType", json!("aws:x")),
    ] {
        let mut body = json!({ "Name": NAME, "Value": "x", "Type": "String" });
        body[field] = value;
        let (status, answer) = call(&ssm, "PutParameter", &body);
        assert_eq!(
            (status, answer["message"].as_str()),
            (400, Some(format!("{field} is not emulated.").as_str()))
        );
    }
    let body = json!({ "Name": NAME, "Value": "x", "Type": "SecureString", "KeyId": "alias/own" });
    assert_eq!(refused(&ssm, "PutParameter", &body), "InvalidKeyId");
}

#[test]
fn parameters_outlive_their_process() {
    let folder = TemporaryFolder::make().unwrap();
    let state = folder.state();
    put(&open(&state), "secret", false);
    assert_eq!(open(&state).value(NAME).unwrap().as_deref(), Some("secret"));
}

#[test]
fn the_time_of_a_version_is_the_clocks() {
    let clock = Clock::starting_at(START);
    let ssm = Ssm::open(&State::Memory, clock.clone(), "arn:aws:ssm:us-east-1:000000000000:").unwrap();
    put(&ssm, "first", false);
    clock.advance(Duration::from_secs(60));
    put(&ssm, "second", true);
    let (_, answer) = call(&ssm, "GetParameter", &json!({ "Name": NAME }));
    assert_eq!(answer["Parameter"]["LastModifiedDate"], 1_800_000_060.5);
}
