use super::*;

fn message(read: Result<Template>) -> String {
    read.unwrap_err().to_string()
}

#[test]
fn an_unknown_property_is_named_with_its_line() {
    assert_eq!(
        message(of_function("      MemorySize: 256\n      Timeuot: 3")),
        "template.yaml:7: Timeuot is not a property of AWS::Serverless::Function that the local stack understands"
    );
}

#[test]
fn an_unknown_property_among_the_globals_is_named_where_it_stands() {
    let text = "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeuot: 3
Resources:
  JobFunction: {Type: AWS::Serverless::Function}
";
    assert_eq!(
        message(read(text, &deployment())),
        "template.yaml:4: Timeuot is not a property of AWS::Serverless::Function that the local stack understands"
    );
}

#[test]
fn an_unknown_section_or_resource_is_named_with_its_line() {
    assert_eq!(
        message(of_resources("  Topic:\n    Type: AWS::SNS::Topic")),
        "template.yaml:4: AWS::SNS::Topic is not a resource that the local stack understands"
    );
    assert_eq!(
        message(of_resources("  Jobs: {Type: AWS::SQS::Queue}\nMappings: {}")),
        "template.yaml:4: Mappings is not a property of a template that the local stack understands"
    );
}

#[test]
fn an_unknown_event_is_named_with_its_line() {
    assert_eq!(
        message(of_function("      Events:\n        Topic:\n          Type: SNS\n          Properties: {}")),
        "template.yaml:8: SNS is not an event that the local stack understands"
    );
}

#[test]
fn an_unknown_intrinsic_is_named_with_its_line() {
    assert_eq!(
        message(of_function("      Timeout: !FindInMap [a, b, c]")),
        "template.yaml:6: Fn::FindInMap is not an intrinsic function that the local stack understands here"
    );
}

#[test]
fn a_reference_to_nothing_is_named_with_its_line() {
    let expected = "template.yaml:8: Jbos is neither a parameter nor a resource of this template";
    for reference in ["!Ref Jbos", "!GetAtt Jbos.Arn", "!Sub \"${Jbos}\"", "{Ref: Jbos}"] {
        let variables = format!("      Environment:\n        Variables:\n          QUEUE: {reference}");
        assert_eq!(message(of_function(&variables)), expected);
    }
}

#[test]
fn a_policy_condition_is_not_understood() {
    let policies = "      Policies:
        - Statement:
            - Effect: Allow
              Action: s3:GetObject
              Resource: \"*\"
              Condition: {Bool: {aws:SecureTransport: true}}";
    assert_eq!(message(of_function(policies)), "template.yaml:11: a condition needs StringEquals");
}

#[test]
fn a_resource_with_a_name_of_its_own_is_not_retained_when_its_first_deployment_fails() {
    let bucket = |policy: &str, properties: &str| {
        of_resources(&format!(
            "  Bucket:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: {policy}\n    Properties: {{{properties}}}"
        ))
    };
    assert_eq!(
        message(bucket("Retain", "BucketName: photos")),
        "template.yaml:5: Retain of a resource with a BucketName blocks every deployment after a first one that \
         failed; use RetainExceptOnCreate"
    );
    assert!(bucket("RetainExceptOnCreate", "BucketName: photos").is_ok());
    assert!(bucket("Retain", "").is_ok());
    assert_eq!(
        message(bucket("Keep", "")),
        "template.yaml:5: expected Delete or Retain or RetainExceptOnCreate, found \"Keep\""
    );
}

#[test]
fn a_policy_template_is_not_understood() {
    assert_eq!(
        message(of_function("      Policies:\n        - DynamoDBCrudPolicy: {TableName: t}")),
        "template.yaml:7: a policy needs Statement"
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_shown() {
    assert_eq!(
        message(of_function("      Timeout: soon")),
        "template.yaml:6: expected a whole number from 1 to 900, found \"soon\""
    );
    assert_eq!(
        message(of_function("      Timeout: 901")),
        "template.yaml:6: expected a whole number from 1 to 900, found \"901\""
    );
    assert_eq!(
        message(of_function("      Runtime: nodejs22.x")),
        "template.yaml:6: expected Runtime provided.al2023, which is all that the local stack understands, \
         found \"nodejs22.x\""
    );
}

#[test]
fn a_schedule_is_a_rate() {
    let schedule = |expression: &str| {
        of_function(&format!(
            "      Events: {{Tick: {{Type: Schedule, Properties: {{Schedule: {expression}}}}}}}"
        ))
    };
    assert!(schedule("rate(5 minutes)").is_ok());
    for refused in ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "cron(0 * * * ? *)"] {
        let expected =
            format!("template.yaml:6: expected a rate such as rate(5 minutes), found \"{refused}\"");
        assert_eq!(message(schedule(refused)), expected);
    }
}

#[test]
fn a_visibility_timeout_below_the_functions_timeout_is_refused() {
    let resources = "  Jobs: {Type: AWS::SQS::Queue}
  JobFunction:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 60
      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}";
    assert_eq!(
        message(of_resources(resources)),
        "template.yaml:3: the visibility timeout of Jobs (30 s) is below the timeout of JobFunction (60 s)"
    );
}

#[test]
fn a_table_needs_the_stream_that_is_read_and_a_type_for_each_key() {
    let table = |attribute: &str| {
        of_resources(&format!(
            "  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: {attribute}, AttributeType: S}}]
      KeySchema: [{{AttributeName: pk, KeyType: HASH}}]
  JobFunction:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Changed:
          Type: DynamoDB
          Properties: {{Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON}}"
        ))
    };
    let without_stream = "template.yaml:3: Table has no StreamSpecification, but its stream is read";
    assert_eq!(message(table("pk")), without_stream);
    assert_eq!(message(table("id")), "template.yaml:3: the key attribute pk has no type");
}

#[test]
fn a_stream_has_no_more_readers_than_keep_up_with_it() {
    let read_by = |names: &[&str]| {
        let table = "  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}";
        let reader = |name: &&str| {
            format!(
                "\n  {name}Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Changed:
          Type: DynamoDB
          Properties: {{Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON}}"
            )
        };
        of_resources(&format!("{table}{}", names.iter().map(reader).collect::<String>()))
    };
    assert!(read_by(&["First", "Second"]).is_ok());
    let refused = message(read_by(&["First", "Second", "Third"]));
    assert_eq!(refused, "template.yaml:3: the stream of Table has 3 readers; AWS lets two keep up");
}

#[test]
fn a_name_that_aws_would_refuse_is_refused() {
    assert_eq!(
        message(of_resources(
            "  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: Photos"
        )),
        "template.yaml:6: \"Photos\" cannot be the name of an AWS::S3::Bucket"
    );
}

#[test]
fn a_bucket_policy_may_only_refuse_plain_http() {
    let policy = |effect: &str, condition: &str| {
        of_resources(&format!(
            "  Bucket: {{Type: AWS::S3::Bucket}}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument: {{Statement: [{{Effect: {effect}, Condition: {condition}}}]}}"
        ))
    };
    assert!(policy("Deny", "{Bool: {aws:SecureTransport: false}}").is_ok());
    assert!(policy("Allow", "{Bool: {aws:SecureTransport: false}}").is_err());
    assert!(policy("Deny", "{Bool: {aws:SecureTransport: true}}").is_err());
    let both = "{Bool: {aws:SecureTransport: false}, StringEquals: {aws:username: x}}";
    assert!(policy("Deny", both).is_err());
}

#[test]
fn broken_yaml_is_named_with_its_line() {
    for (text, line) in [
        ("a: [\n", 2),
        ("a: 1\na: 2\n", 2),
        ("a: &x 1\nb: *x\n", 2),
        ("a:\nb: 1\n", 1),
        ("a: 1\n---\nb: 1\n", 2),
        ("", 1),
    ] {
        let error = message(read(text, &deployment()));
        assert!(error.starts_with(&format!("template.yaml:{line}: ")), "{text:?}: {error}");
    }
}

#[test]
fn nesting_and_size_are_bounded() {
    let nested = message(read(&"- ".repeat(100_000), &deployment()));
    assert_eq!(nested, "template.yaml:1: nested deeper than 64 levels");
    let long = message(read(&" ".repeat(TEMPLATE_BYTES_MAX + 1), &deployment()));
    assert_eq!(long, "template.yaml:1: a template has at most 1000000 bytes");
}

#[test]
fn a_file_that_cannot_be_read_keeps_its_cause() {
    let error = load(Path::new("/nowhere/template.yaml"), &deployment()).unwrap_err();
    assert!(error.to_string().starts_with("reading /nowhere/template.yaml: "));
    assert!(std::error::Error::source(&error).is_some());
}
