use super::*;

/// Returns the value of a function's variable set to `expression`, next to a queue, a table and two parameters.
fn value(expression: &str) -> Option<String> {
    let text = format!(
        "Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String, Default: dev}}
  Count: {{Type: Number, Default: 0}}
Conditions:
  Production: !Equals [!Ref Stage, production]
  Development: !Not [!Condition Production]
  Counted: !And [!Condition Development, !Not [!Equals [!Ref Count, 0]]]
  Either: !Or [!Condition Production, !Condition Development]
Resources:
  Jobs: {{Type: AWS::SQS::Queue}}
  Bucket: {{Type: AWS::S3::Bucket}}
  JobFunction:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          VALUE: {expression}
"
    );
    let template = read(&text, &deployment()).unwrap_or_else(|error| panic!("{expression}: {error}"));
    template.functions[0].environment.get("VALUE").cloned()
}

#[test]
fn a_reference_is_a_name_or_the_url_of_a_queue() {
    assert_eq!(value("!Ref Stage").unwrap(), "dev");
    assert_eq!(value("!Ref Bucket").unwrap(), "millrace-bucket");
    assert_eq!(value("!Ref Jobs").unwrap(), "http://127.0.0.1:4566/000000000000/millrace-Jobs");
    assert_eq!(value("!Ref AWS::AccountId").unwrap(), "000000000000");
}

#[test]
fn the_long_form_means_the_same() {
    assert_eq!(value("{Ref: Stage}"), value("!Ref Stage"));
    assert_eq!(value("{'Fn::GetAtt': [Jobs, Arn]}"), value("!GetAtt Jobs.Arn"));
    assert_eq!(value("{'Fn::Sub': '${Stage}'}"), value("!Sub '${Stage}'"));
}

#[test]
fn an_attribute_is_an_arn() {
    assert_eq!(value("!GetAtt Jobs.Arn").unwrap(), "arn:aws:sqs:us-east-1:000000000000:millrace-Jobs");
    assert_eq!(value("!GetAtt Bucket.Arn").unwrap(), "arn:aws:s3:::millrace-bucket");
}

#[test]
fn a_substitution_knows_names_attributes_literals_and_its_own_map() {
    assert_eq!(
        value("!Sub '${AWS::Region}/${Stage}/${Jobs.QueueName}'").unwrap(),
        "us-east-1/dev/millrace-Jobs"
    );
    assert_eq!(value("!Sub 'a ${!Stage} $5'").unwrap(), "a ${Stage} $5");
    assert_eq!(value("!Sub ['${Own}-${Stage}', {Own: !Ref Bucket}]").unwrap(), "millrace-bucket-dev");
}

#[test]
fn lists_are_joined_split_and_selected_from() {
    assert_eq!(value("!Join ['/', [a, !Ref Stage]]").unwrap(), "a/dev");
    assert_eq!(value("!Select [1, !Split ['-', a-b-c]]").unwrap(), "b");
}

#[test]
fn a_condition_chooses() {
    assert_eq!(value("!If [Production, a, b]").unwrap(), "b");
    assert_eq!(value("!If [Development, a, b]").unwrap(), "a");
    assert_eq!(value("!If [Counted, a, b]").unwrap(), "b");
    assert_eq!(value("!If [Either, a, b]").unwrap(), "a");
}

#[test]
fn no_value_leaves_out_the_property() {
    assert_eq!(value("!If [Production, a, !Ref AWS::NoValue]"), None);
}

#[test]
fn a_resource_whose_condition_fails_does_not_exist() {
    let text = "Transform: AWS::Serverless-2016-10-31
Conditions:
  Never: !Equals [a, b]
Resources:
  Jobs: {Type: AWS::SQS::Queue, Condition: Never}
";
    assert_eq!(read(text, &deployment()).unwrap().queues, []);
}

#[test]
fn conditions_in_a_circle_are_refused() {
    let text = "Transform: AWS::Serverless-2016-10-31
Conditions:
  A: !Not [!Condition B]
  B: !Not [!Condition A]
Resources:
  Jobs: {Type: AWS::SQS::Queue, Condition: A}
";
    let error = read(text, &deployment()).unwrap_err().to_string();
    assert!(error.ends_with("refers to itself"), "{error}");
}

#[test]
fn an_override_is_checked_like_a_default() {
    let text = "Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, production]}
  Count: {Type: Number, Default: 5, MinValue: 2, MaxValue: 9}
Resources: {}
";
    let with = |name: &str, value: &str| {
        let mut deployment = deployment();
        deployment.parameters.insert(name.to_owned(), value.to_owned());
        read(text, &deployment).map_err(|error| error.to_string())
    };
    assert!(with("Stage", "production").is_ok());
    assert_eq!(
        with("Stage", "test").unwrap_err(),
        "template.yaml:3: Stage is \"test\", which is not one of dev, production"
    );
    assert_eq!(with("Count", "1").unwrap_err(), "template.yaml:4: Count is 1, which is out of its range");
    assert_eq!(with("Stgae", "dev").unwrap_err(), "template.yaml:3: the template has no parameter Stgae");
}

#[test]
fn a_functions_own_properties_are_merged_into_the_global_ones() {
    let text = "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 9
    MemorySize: 256
    Environment: {Variables: {A: global, B: global}}
Resources:
  JobFunction:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 10
      Environment: {Variables: {B: own}}
";
    let function = read(text, &deployment()).unwrap().functions.remove(0);
    assert_eq!((function.timeout.as_secs(), function.memory_mb), (10, 256));
    assert_eq!(function.environment["A"], "global");
    assert_eq!(function.environment["B"], "own");
}
