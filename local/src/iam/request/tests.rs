use bytes::Bytes;

use super::*;

fn deployment() -> Deployment {
    Deployment::new("millrace", "http://127.0.0.1:4566")
}

fn call(target: &str, body: &str) -> Request {
    let request = http::Request::post("/").header("X-Amz-Target", target);
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn s3(method: &str, uri: &str) -> Request {
    http::Request::builder().method(method).uri(uri).body(Bytes::new()).unwrap()
}

/// `action resource`, without the part of the ARN that is always the same.
fn needs(request: &Request) -> Vec<String> {
    let short = |arn: &str| arn.replace(":us-east-1:000000000000:", ":").replace("arn:aws:", "");
    let needed = required(request, &deployment()).unwrap();
    needed.iter().map(|needed| format!("{} {}", needed.action, short(&needed.resource_arn))).collect()
}

#[test]
fn an_item_needs_its_table() {
    let request = call("DynamoDB_20120810.UpdateItem", r#"{"TableName": "t"}"#);
    assert_eq!(needs(&request), ["dynamodb:UpdateItem dynamodb:table/t"]);
}

#[test]
fn a_table_may_be_named_by_its_arn() {
    let body = r#"{"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/t"}"#;
    let request = call("DynamoDB_20120810.GetItem", body);
    assert_eq!(needs(&request), ["dynamodb:GetItem dynamodb:table/t"]);
}

#[test]
fn a_query_of_an_index_needs_the_index() {
    let table = call("DynamoDB_20120810.Query", r#"{"TableName": "t", "IndexName": null}"#);
    assert_eq!(needs(&table), ["dynamodb:Query dynamodb:table/t"]);
    let index = call("DynamoDB_20120810.Query", r#"{"TableName": "t", "IndexName": "due"}"#);
    assert_eq!(needs(&index), ["dynamodb:Query dynamodb:table/t/index/due"]);
}

#[test]
fn a_batch_needs_each_of_its_tables() {
    let request = call("DynamoDB_20120810.BatchGetItem", r#"{"RequestItems": {"a": {}, "b": {}}}"#);
    assert_eq!(
        needs(&request),
        ["dynamodb:BatchGetItem dynamodb:table/a", "dynamodb:BatchGetItem dynamodb:table/b"]
    );
}

#[test]
fn a_transaction_needs_what_its_items_would_need() {
    let body = r#"{"TransactItems": [
        {"Put": {"TableName": "t"}}, {"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}
    ]}"#;
    let request = call("DynamoDB_20120810.TransactWriteItems", body);
    assert_eq!(
        needs(&request),
        ["dynamodb:PutItem dynamodb:table/t", "dynamodb:ConditionCheckItem dynamodb:table/u"]
    );
}

#[test]
fn a_stream_is_a_resource_of_its_own() {
    let stream = deployment().stream_arn("t");
    let describe =
        call("DynamoDBStreams_20120810.DescribeStream", &format!(r#"{{"StreamArn": "{stream}"}}"#));
    let read =
        call("DynamoDBStreams_20120810.GetRecords", &format!(r#"{{"ShardIterator": "{stream}|1|x"}}"#));
    let arn = stream.replace(":us-east-1:000000000000:", ":").replace("arn:aws:", "");
    assert_eq!(needs(&describe), [format!("dynamodb:DescribeStream {arn}")]);
    assert_eq!(needs(&read), [format!("dynamodb:GetRecords {arn}")]);
}

#[test]
fn a_batch_of_messages_needs_the_single_action() {
    let body = r#"{"QueueUrl": "http://127.0.0.1:4566/000000000000/jobs"}"#;
    for (operation, action) in [
        ("SendMessage", "sqs:SendMessage"),
        ("SendMessageBatch", "sqs:SendMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
        ("ReceiveMessage", "sqs:ReceiveMessage"),
    ] {
        let request = call(&format!("AmazonSQS.{operation}"), body);
        assert_eq!(needs(&request), [format!("{action} sqs:jobs")]);
    }
}

#[test]
fn an_object_needs_what_its_method_and_query_say() {
    for (method, uri, needed) in [
        ("GET", "/", "s3:ListAllMyBuckets s3:::*"),
        ("GET", "/b/uploads/a%20b", "s3:GetObject s3:::b/uploads/a b"),
        ("HEAD", "/b/uploads/a", "s3:GetObject s3:::b/uploads/a"),
        ("PUT", "/b/uploads/a?x-id=PutObject&X-Amz-Expires=900", "s3:PutObject s3:::b/uploads/a"),
        ("PUT", "/b/a?partNumber=1&uploadId=u", "s3:PutObject s3:::b/a"),
        ("POST", "/b/a?uploads", "s3:PutObject s3:::b/a"),
        ("POST", "/b/a?uploadId=u", "s3:PutObject s3:::b/a"),
        ("GET", "/b/a?uploadId=u", "s3:ListMultipartUploadParts s3:::b/a"),
        ("DELETE", "/b/a?uploadId=u", "s3:AbortMultipartUpload s3:::b/a"),
        ("DELETE", "/b/a", "s3:DeleteObject s3:::b/a"),
        ("GET", "/b?list-type=2&prefix=x", "s3:ListBucket s3:::b"),
        ("HEAD", "/b", "s3:ListBucket s3:::b"),
        ("GET", "/b/?uploads", "s3:ListBucketMultipartUploads s3:::b"),
    ] {
        assert_eq!(needs(&s3(method, uri)), [needed], "{method} {uri}");
    }
}

#[test]
fn deleting_many_objects_needs_each_of_them() {
    let mut request = s3("POST", "/b?delete");
    let body = "<Delete><Object><Key>derived/a</Key></Object><Object><Key>uploads/b</Key></Object></Delete>";
    *request.body_mut() = body.into();
    assert_eq!(needs(&request), ["s3:DeleteObject s3:::b/derived/a", "s3:DeleteObject s3:::b/uploads/b"]);
    for unreadable in ["", "<Key>a", "<Key>a&amp;b</Key>"] {
        *request.body_mut() = unreadable.into();
        assert!(required(&request, &deployment()).is_err(), "{unreadable}");
    }
}

#[test]
fn an_encoded_path_or_query_is_judged_by_what_it_decodes_to() {
    assert_eq!(needs(&s3("GET", "/b%2Fuploads/a")), ["s3:GetObject s3:::b/uploads/a"]);
    assert_eq!(needs(&s3("DELETE", "/b/a?upload%49d=u")), ["s3:AbortMultipartUpload s3:::b/a"]);
}

#[test]
fn a_copy_also_needs_its_source() {
    let mut request = s3("PUT", "/b/derived/a");
    request.headers_mut().insert("x-amz-copy-source", "/b/uploads/a%20b?versionId=1".parse().unwrap());
    assert_eq!(needs(&request), ["s3:PutObject s3:::b/derived/a", "s3:GetObject s3:::b/uploads/a b"]);
}

#[test]
fn an_operation_that_is_not_known_is_not_judged() {
    for request in [
        call("DynamoDB_20120810.ExecuteStatement", "{}"),
        call("AmazonSQS.AddPermission", r#"{"QueueUrl": "http://x/0/q"}"#),
        call("Kinesis_20131202.PutRecord", "{}"),
        s3("PUT", "/b/a?acl"),
    ] {
        assert!(matches!(required(&request, &deployment()), Err(Unjudged::Operation(_))));
    }
}

#[test]
fn a_body_that_cannot_be_read_is_not_judged() {
    let deployment = deployment();
    let garbled = required(&call("DynamoDB_20120810.GetItem", "{"), &deployment);
    assert!(matches!(garbled, Err(Unjudged::Body(_))));
    let without_table = required(&call("DynamoDB_20120810.GetItem", "{}"), &deployment);
    assert!(matches!(without_table, Err(Unjudged::Field("TableName"))));
}

#[test]
fn the_signer_is_named_in_the_header_or_in_the_query() {
    let mut signed = s3("GET", "/b/a");
    let header =
        "AWS4-HMAC-SHA256 Credential=LOCALKEYAPI/20260101/us-east-1/s3/aws4_request, SignedHeaders=host";
    signed.headers_mut().insert("authorization", header.parse().unwrap());
    assert_eq!(access_key_id(&signed), Some("LOCALKEYAPI"));

    let presigned = s3("GET", "/b/a?X-Amz-Credential=LOCALKEYAPI%2F20260101%2Fus-east-1%2Fs3%2Faws4_request");
    assert_eq!(access_key_id(&presigned), Some("LOCALKEYAPI"));
    assert_eq!(access_key_id(&s3("GET", "/b/a")), None);
}

#[test]
fn a_parameter_needs_its_arn_by_whatever_it_is_named() {
    for name in ["/millrace/x", "/millrace/x:3", "arn:aws:ssm:us-east-1:000000000000:parameter/millrace/x"] {
        let request = call("AmazonSSM.GetParameter", &format!(r#"{{"Name": "{name}"}}"#));
        assert_eq!(needs(&request), ["ssm:GetParameter ssm:parameter/millrace/x"], "{name}");
    }
    let put = call("AmazonSSM.PutParameter", r#"{"Name": "bare", "Value": "v"}"#);
    assert_eq!(needs(&put), ["ssm:PutParameter ssm:parameter/bare"]);
    let several = call("AmazonSSM.GetParameters", r#"{"Names": ["/a/b", "c"]}"#);
    assert_eq!(needs(&several), ["ssm:GetParameters ssm:parameter/a/b", "ssm:GetParameters ssm:parameter/c"]);
    let other = call("AmazonSSM.DescribeParameters", "{}");
    assert!(required(&other, &deployment()).is_err());
}
