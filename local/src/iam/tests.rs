use super::*;
use crate::template;

fn deployment() -> Deployment {
    Deployment::new("millrace", "http://127.0.0.1:4566")
}

/// The policies of one function, `JobFunction`, with these statements.
fn policies(statements: &str) -> Policies {
    let text = format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {{Type: AWS::SQS::Queue}}
  Failures: {{Type: AWS::SQS::Queue}}
  JobFunction:
    Type: AWS::Serverless::Function
    Properties:
      EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt Failures.Arn}}}}}}
      Policies: [{{Statement: [{statements}]}}]
      Events: {{Jobs: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn}}}}}}
"
    );
    Policies::of(&template::read(&text, &deployment()).unwrap(), &deployment())
}

const ALLOW_UPLOADS: &str = r#"{Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::b/uploads/*"}"#;

#[test]
fn an_action_that_a_statement_allows_is_allowed() {
    let policies = policies(ALLOW_UPLOADS);
    assert_eq!(policies.allow("job", "s3:PutObject", "arn:aws:s3:::b/uploads/a"), Ok(()));
}

#[test]
fn a_refusal_names_the_function_the_action_and_the_resource() {
    let denied =
        policies(ALLOW_UPLOADS).allow("job", "s3:PutObject", "arn:aws:s3:::b/derived/a").unwrap_err();
    assert_eq!(denied.reason(), Reason::Implicit);
    assert_eq!(
        denied.to_string(),
        "User: arn:aws:sts::000000000000:assumed-role/JobFunction is not authorized to perform: s3:PutObject \
         on resource: arn:aws:s3:::b/derived/a because no identity-based policy allows the s3:PutObject action"
    );
}

#[test]
fn an_explicit_deny_wins_over_every_allow() {
    let deny = r#"{Effect: Deny, Action: s3:DeleteObject, Resource: "*"}"#;
    let policies = policies(&format!("{ALLOW_UPLOADS}, {deny}"));
    let denied = policies.allow("job", "s3:DeleteObject", "arn:aws:s3:::b/uploads/a").unwrap_err();
    assert_eq!(denied.reason(), Reason::Explicit);
    assert!(denied.to_string().ends_with("with an explicit deny in an identity-based policy"));
}

#[test]
fn an_event_source_brings_what_it_needs_for_its_own_queue() {
    let policies = policies(ALLOW_UPLOADS);
    let jobs = deployment().queue_arn("millrace-Jobs");
    let failures = deployment().queue_arn("millrace-Failures");
    assert_eq!(policies.allow("job", "sqs:ReceiveMessage", &jobs), Ok(()));
    assert_eq!(policies.allow("job", "sqs:SendMessage", &failures), Ok(()));
    assert!(policies.allow("job", "sqs:SendMessage", &jobs).is_err());
    assert!(policies.allow("job", "sqs:ReceiveMessage", &failures).is_err());
}

#[test]
fn a_function_that_the_template_does_not_have_may_do_nothing() {
    assert!(policies(ALLOW_UPLOADS).allow("other", "s3:PutObject", "arn:aws:s3:::b/uploads/a").is_err());
}

#[test]
fn one_refused_permission_refuses_the_request() {
    let policies = policies(ALLOW_UPLOADS);
    let on = |key: &str| Permission {
        action: "s3:GetObject".to_owned(),
        resource_arn: format!("arn:aws:s3:::b/{key}"),
        context: None,
    };
    let function = Principal::Function("job".to_owned());
    assert_eq!(policies.allow_all(&function, &[on("uploads/a")]), Ok(()));
    let denied = policies.allow_all(&function, &[on("uploads/a"), on("derived/a")]).unwrap_err();
    assert_eq!(denied.permission(), &on("derived/a"));
}

#[test]
fn the_developer_may_do_everything() {
    let anything =
        Permission { action: "sqs:PurgeQueue".to_owned(), resource_arn: "*".to_owned(), context: None };
    assert_eq!(policies(ALLOW_UPLOADS).allow_all(&Principal::Developer, &[anything]), Ok(()));
}

#[test]
fn an_access_key_belongs_to_the_function_that_it_is_made_from() {
    let policies = policies(ALLOW_UPLOADS);
    let function = Principal::Function("job".to_owned());
    assert_eq!(function.access_key_id(), "LOCALKEYJOB");
    assert_eq!(policies.principal("LOCALKEYJOB"), Some(function));
    assert_eq!(policies.principal("millrace"), Some(Principal::Developer));
    assert_eq!(policies.principal("AKIAIOSFODNN7EXAMPLE"), None);
}

#[test]
fn a_secret_is_stable_and_differs_between_functions_and_deployments() {
    let secret = credentials::secret_access_key;
    assert_eq!(secret("job", "x"), secret("job", "x"));
    assert_ne!(secret("job", "x"), secret("media", "x"));
    assert_ne!(secret("job", "x"), secret("job", "y"));
    assert_eq!(secret("job", "x").len(), 64);
}

#[test]
fn a_statement_with_a_condition_applies_where_the_call_meets_it() {
    let parameters = r#"Action: ssm:PutParameter, Resource: "arn:aws:ssm:*:*:parameter/a""#;
    let deny =
        format!("{{Effect: Deny, {parameters}, Condition: {{StringEquals: {{ssm:Overwrite: true}}}}}}");
    let policies = policies(&format!("{{Effect: Allow, {parameters}}}, {deny}"));
    let put = |overwrites: bool| {
        let needed = Permission {
            action: "ssm:PutParameter".to_owned(),
            resource_arn: deployment().parameter_arn("/a"),
            context: Some(("ssm:Overwrite", overwrites.to_string())),
        };
        policies.allow_all(&Principal::Function("job".to_owned()), &[needed])
    };
    assert_eq!(put(false), Ok(()));
    assert_eq!(put(true).unwrap_err().reason(), Reason::Explicit);
}
