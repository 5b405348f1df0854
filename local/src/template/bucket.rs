//! `AWS::S3::Bucket`, private and without versions, and its policy.

use std::time::Duration;

use super::error::Result;
use super::node::Node;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 4] =
    ["BucketEncryption", "OwnershipControls", "PublicAccessBlockConfiguration", "Tags"];

const RULES_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    pub cors: Vec<CorsRule>,
    pub lifecycle: Vec<LifecycleRule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsRule {
    pub allowed_origins: Vec<String>,
    pub allowed_methods: Vec<String>,
    pub allowed_headers: Vec<String>,
    pub exposed_headers: Vec<String>,
    /// How long a browser may remember the answer to a preflight request.
    pub max_age: Option<Duration>,
}

/// A rule that acts by itself on objects whose key starts with `prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRule {
    pub prefix: String,
    pub abort_incomplete_uploads_after: Option<Duration>,
    pub expire_objects_after: Option<Duration>,
}

pub(super) fn read(resource: &Resource, scope: &Scope, left_out: &mut Vec<String>) -> Result<Bucket> {
    let mut properties = resource.properties(scope, &NOT_EMULATED, left_out)?;
    let cors = rules(&mut properties, "CorsConfiguration", "CorsRules")?;
    let lifecycle = rules(&mut properties, "LifecycleConfiguration", "Rules")?;
    properties.finish()?;
    Ok(Bucket {
        logical_id: resource.logical_id.clone(),
        name: resource.name.clone(),
        arn: scope.deployment.bucket_arn(&resource.name),
        cors: cors.into_iter().map(cors_rule).collect::<Result<_>>()?,
        lifecycle: lifecycle
            .into_iter()
            .filter_map(|rule| lifecycle_rule(rule).transpose())
            .collect::<Result<_>>()?,
    })
}

/// Accepts the one bucket policy that changes nothing here: refusing requests that did not come over TLS.
pub(super) fn check_policy(resource: &Resource, scope: &Scope) -> Result<()> {
    let mut properties = resource.properties(scope, &["Bucket"], &mut Vec::new())?;
    let mut document = Properties::of(properties.required("PolicyDocument")?, "a bucket policy")?;
    properties.finish()?;
    for statement in document.required("Statement")?.items()? {
        let mut parts = Properties::of(statement.clone(), "a bucket policy's statement")?;
        let denies = parts.text("Effect")?.as_deref() == Some("Deny");
        if !denies || !is_plain_http(parts.take("Condition").as_ref()) {
            return Err(statement.unexpected("a statement that denies requests without aws:SecureTransport"));
        }
    }
    Ok(())
}

fn is_plain_http(condition: Option<&Node>) -> bool {
    let single = |node: &Node, key: &str| match node.entries() {
        Ok([entry]) if entry.key == key => Some(entry.value.clone()),
        _ => None,
    };
    let value = condition
        .and_then(|condition| single(condition, "Bool"))
        .and_then(|operands| single(&operands, "aws:SecureTransport"));
    value.is_some_and(|value| value.text().is_ok_and(|text| text == "false"))
}

fn rules(properties: &mut Properties, configuration: &str, list: &str) -> Result<Vec<Node>> {
    let Some(mut configuration) = properties.nested(configuration, configuration)? else {
        return Ok(Vec::new());
    };
    let list = configuration.required(list)?;
    configuration.finish()?;
    let rules = list.items()?;
    if rules.len() > RULES_MAX {
        return Err(list.unexpected(&format!("at most {RULES_MAX} rules")));
    }
    Ok(rules.to_vec())
}

fn cors_rule(rule: Node) -> Result<CorsRule> {
    let mut rule = Properties::of(rule, "a CORS rule")?;
    rule.take("Id");
    let read = CorsRule {
        allowed_origins: rule.required("AllowedOrigins")?.texts()?,
        allowed_methods: rule.required("AllowedMethods")?.texts()?,
        allowed_headers: rule.texts("AllowedHeaders")?,
        exposed_headers: rule.texts("ExposedHeaders")?,
        max_age: rule.take("MaxAge").map(|age| age.seconds(0..=u32::MAX)).transpose()?,
    };
    rule.finish()?;
    Ok(read)
}

/// None for a rule that is switched off.
fn lifecycle_rule(rule: Node) -> Result<Option<LifecycleRule>> {
    let mut rule = Properties::of(rule, "a lifecycle rule")?;
    rule.take("Id");
    let status = rule.required("Status")?;
    let abort = match rule.nested("AbortIncompleteMultipartUpload", "AbortIncompleteMultipartUpload")? {
        Some(mut abort) => {
            let after = days(&abort.required("DaysAfterInitiation")?)?;
            abort.finish()?;
            Some(after)
        }
        None => None,
    };
    let read = LifecycleRule {
        prefix: rule.text("Prefix")?.unwrap_or_default(),
        abort_incomplete_uploads_after: abort,
        expire_objects_after: rule.take("ExpirationInDays").map(|node| days(&node)).transpose()?,
    };
    rule.finish()?;
    match status.text()? {
        "Enabled" => Ok(Some(read)),
        "Disabled" => Ok(None),
        _ => Err(status.unexpected("Enabled or Disabled")),
    }
}

fn days(node: &Node) -> Result<Duration> {
    const DAY_SECONDS: u64 = 24 * 60 * 60;
    const DAYS_MAX: u32 = 36_500;
    node.number(1..=DAYS_MAX).map(|days| Duration::from_secs(u64::from(days) * DAY_SECONDS))
}
