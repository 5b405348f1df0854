//! AWS in one process: every request is judged by the policies of the template, then answered by its service.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use shared::clock::{Clock, Timestamp};

use crate::dynamodb::DynamoDb;
use crate::hostile::{self, Hostility};
use crate::http::{Request, Response};
use crate::iam::credentials::{Principal, access_key_id};
use crate::iam::session::{self, NoSession};
use crate::iam::signature::{self, Unauthenticated};
use crate::iam::{self, Policies};
use crate::latency::Latency;
use crate::meter::Meter;
use crate::partitions::{Partitions, WRITE_UNITS_PER_SECOND};
use crate::s3::{BucketSettings, CorsRule, S3};
use crate::service::Service;
use crate::sqs::{QueueSettings, Redrive, Sqs};
use crate::ssm::Ssm;
use crate::state::{self, State};
use crate::template::{self, Deployment, Event, Template};

/// The emulated services, as the template declares them. Clones share all state.
#[derive(Clone)]
pub struct Aws {
    pub dynamodb: DynamoDb,
    pub s3: S3,
    pub sqs: Sqs,
    pub ssm: Ssm,
    pub meter: Meter,
    pub partitions: Partitions,
    /// How long the calls of functions take that run in this process.
    pub latency: Latency,
    policies: Arc<Policies>,
    deployment: Arc<Deployment>,
    hostility: Hostility,
    clock: Clock,
}

impl Aws {
    pub fn open(
        template: &Template,
        deployment: Deployment,
        state: &State,
        clock: Clock,
        hostility: Hostility,
    ) -> state::Result<Self> {
        let policies = Arc::new(Policies::of(template, &deployment));
        let dynamodb = DynamoDb::open(state, clock.clone())?;
        for table in &template.tables {
            dynamodb.create_table(table)?;
        }
        let keys = Arc::clone(&policies);
        let secret = deployment.secret.clone();
        let secret = move |id: &str| keys.principal(id).map(|principal| principal.secret_access_key(&secret));
        let s3 = S3::open(state, clock.clone(), secret)?;
        for bucket in &template.buckets {
            s3.create_bucket(bucket_settings(bucket, template))?;
        }
        let sqs = Sqs::open(state, clock.clone(), deployment.endpoint_url.clone())?;
        for queue in &template.queues {
            sqs.create_queue(queue_settings(queue))?;
        }
        let ssm = Ssm::open(state, clock.clone(), &deployment.arn("ssm", ""))?;
        let deployment = Arc::new(deployment);
        let meter = Meter::default();
        let partitions = match hostility.is_hostile() {
            true => Partitions::bounded_by(WRITE_UNITS_PER_SECOND),
            false => Partitions::default(),
        };
        let latency = Latency::none();
        Ok(Self {
            dynamodb,
            s3,
            sqs,
            ssm,
            meter,
            partitions,
            latency,
            policies,
            deployment,
            hostility,
            clock,
        })
    }

    /// Handles a request that reached the endpoint of any service.
    pub async fn call(&self, request: Request) -> Response {
        // A preflight asks for nothing: it is answered whoever signed the request that it comes before.
        let signer = iam::request::access_key_id(&request).filter(|_| request.method() != Method::OPTIONS);
        let principal = signer.and_then(|id| self.policies.principal(id));
        let mut promised_too_much = None;
        if let Some(Principal::Function(function)) = &principal {
            match self.end_of_session(function, &request) {
                Ok(end) if session::promised_end(&request).is_some_and(|promised| promised > end) => {
                    promised_too_much = Some(function.clone());
                }
                Ok(_) => {}
                Err(none) => return without_session(&request, none),
            }
        }
        if let Some(Principal::Function(function)) = &principal
            && let Err(refusal) = self.judge(function, &request)
        {
            tracing::error!(function, refusal, "IAM refused a call");
            // A request that a function signed for somebody else is not the function's call.
            if request.headers().contains_key(header::AUTHORIZATION) {
                self.meter.count_refusal(&refusal);
            }
            return refused(&request, &refusal);
        }
        let service = Service::of(&request);
        if service != Service::S3
            && let Err(unauthenticated) = self.authenticate(&request)
        {
            return nobody(unauthenticated, StatusCode::BAD_REQUEST);
        }
        match service {
            Service::DynamoDb => self.call_dynamodb(&request, principal.as_ref()),
            Service::Sqs => {
                self.meter.count_sqs(&request, principal.as_ref());
                self.sqs.call(request).await
            }
            Service::Ssm => self.hostility.throttle().unwrap_or_else(|| self.ssm.call(&request)),
            // The SDK tries again; what a client sends by a presigned request, nobody does.
            Service::S3 if request.headers().contains_key(header::AUTHORIZATION) => {
                match self.hostility.slow_down() {
                    Some(refusal) => refusal,
                    None => self.call_s3(request, principal.as_ref()).await,
                }
            }
            Service::S3 => {
                let answer = self.call_s3(request, principal.as_ref()).await;
                // A URL that S3 refuses promises nothing: somebody may have changed it.
                if let Some(function) = promised_too_much.filter(|_| answer.status().is_success()) {
                    let refusal = format!("{function} has promised more time than its credentials have");
                    self.meter.count_refusal(&refusal);
                }
                answer
            }
        }
    }

    /// Returns the refusal of a request that the developer has not signed.
    pub fn refuse_all_but_developer(&self, request: &Request) -> Option<Response> {
        match self.authenticate(request) {
            Ok(Principal::Developer) => None,
            Ok(Principal::Function(function)) => {
                let refusal =
                    format!("{function} may not perform: {} {}", request.method(), request.uri().path());
                Some(failure("AccessDeniedException", &refusal, StatusCode::FORBIDDEN))
            }
            Err(unauthenticated) => Some(nobody(unauthenticated, StatusCode::FORBIDDEN)),
        }
    }

    /// When the session ends that the function's credentials are good for.
    fn end_of_session(&self, function: &str, request: &Request) -> Result<Timestamp, NoSession> {
        session::verify(request, &access_key_id(function), &self.deployment.secret, self.clock.now())
    }

    /// Whether a URL that a function has signed says that it works for longer than its signer's credentials do.
    pub fn promises_too_much(&self, url: &http::Uri) -> bool {
        let request = Request::new(Bytes::new());
        let (mut head, body) = request.into_parts();
        head.uri = url.clone();
        let request = Request::from_parts(head, body);
        let Some(promised) = session::promised_end(&request) else { return false };
        let id = iam::request::access_key_id(&request).unwrap_or_default();
        let end = session::verify(&request, id, &self.deployment.secret, self.clock.now());
        end.is_ok_and(|end| promised > end)
    }

    /// Who has signed a request to a service other than S3.
    fn authenticate(&self, request: &Request) -> Result<Principal, Unauthenticated> {
        let secret = |id: &str| {
            let principal = self.policies.principal(id)?;
            Some(principal.secret_access_key(&self.deployment.secret))
        };
        let id = signature::verify(request, secret, self.clock.now())?;
        self.policies.principal(id).ok_or(Unauthenticated::UnknownKey)
    }

    async fn call_s3(&self, request: Request, principal: Option<&Principal>) -> Response {
        self.meter.count_s3(&request, principal);
        let read = object_read(&request);
        let answer = self.s3.call(request).await;
        match (read, principal) {
            (Some(read), Some(Principal::Function(function))) if answer.status() == StatusCode::NOT_FOUND => {
                self.hide_absence(function, &read, answer)
            }
            _ => answer,
        }
    }

    /// Hides which object is absent from callers that may not list the bucket.
    fn hide_absence(&self, function: &str, read: &ObjectRead, answer: Response) -> Response {
        let bucket = self.deployment.bucket_arn(&read.bucket);
        match self.policies.allow(function, "s3:ListBucket", &bucket) {
            Ok(()) => answer,
            Err(denied) => {
                let mut refused = s3_refused(&denied.to_string());
                if read.is_head {
                    *refused.body_mut() = Bytes::new();
                }
                refused
            }
        }
    }

    fn call_dynamodb(&self, request: &Request, principal: Option<&Principal>) -> Response {
        if let Some(answer) = self.hostility.instead_of(&self.dynamodb, request) {
            return answer;
        }
        if self.partitions.is_bounded()
            && let Some(refusal) = self.partitions.refusal(request, &self.row_of(request), &self.clock)
        {
            return refusal;
        }
        let metered = Meter::ask_for_capacity(request);
        let answer = self.dynamodb.call(&metered);
        self.meter.count_dynamodb(&metered, &answer, principal);
        self.hostility.bend(request, Meter::without_capacity(request, answer))
    }

    /// The row that a write is about, as it is.
    fn row_of(&self, request: &Request) -> Value {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let Some(key) = hostile::key(&body) else { return Value::Null };
        hostile::current(&self.dynamodb, request, &body["TableName"], &key)["Item"].clone()
    }

    fn judge(&self, function: &str, request: &Request) -> Result<(), String> {
        let needed =
            iam::request::required(request, &self.deployment).map_err(|unjudged| unjudged.to_string())?;
        let principal = Principal::Function(function.to_owned());
        self.policies.allow_all(&principal, &needed).map_err(|denied| denied.to_string())
    }
}

/// A GET or HEAD of one object.
struct ObjectRead {
    bucket: String,
    is_head: bool,
}

fn object_read(request: &Request) -> Option<ObjectRead> {
    let is_head = request.method() == Method::HEAD;
    let (bucket, key) = request.uri().path().trim_start_matches('/').split_once('/')?;
    let is_read = (is_head || request.method() == Method::GET) && !key.is_empty();
    is_read.then(|| ObjectRead { bucket: bucket.to_owned(), is_head })
}

fn refused(request: &Request, message: &str) -> Response {
    match Service::of(request) {
        Service::DynamoDb | Service::Sqs | Service::Ssm => {
            failure("AccessDeniedException", message, StatusCode::BAD_REQUEST)
        }
        Service::S3 => s3_refused(message),
    }
}

fn s3_refused(message: &str) -> Response {
    s3_error("AccessDenied", message, StatusCode::FORBIDDEN)
}

fn s3_error(code: &str, message: &str, status: StatusCode) -> Response {
    let escaped = message.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!("<Error><Code>{code}</Code><Message>{escaped}</Message></Error>");
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

fn without_session(request: &Request, none: NoSession) -> Response {
    if Service::of(request) == Service::S3 {
        let (code, message, status) = none.of_s3();
        return s3_error(code, message, status);
    }
    let (kind, message) = none.of_json();
    failure(kind, message, StatusCode::BAD_REQUEST)
}

fn nobody(unauthenticated: Unauthenticated, status: StatusCode) -> Response {
    failure(unauthenticated.kind(), &unauthenticated.to_string(), status)
}

/// An error of the services that speak JSON.
fn failure(kind: &str, message: &str, status: StatusCode) -> Response {
    let mut response = crate::dynamodb::failure(&format!("com.amazon.coral.service#{kind}"), message);
    *response.status_mut() = status;
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert("x-amzn-errortype", kind);
    }
    response
}

fn bucket_settings(bucket: &template::Bucket, template: &Template) -> BucketSettings {
    let events = template.functions.iter().flat_map(|function| &function.events);
    let prefixes = events.into_iter().filter_map(|event| match event {
        Event::S3(created) if created.bucket == bucket.name => Some(created.prefix.clone()),
        _ => None,
    });
    let cors = bucket.cors.iter().map(|rule| CorsRule {
        allowed_origins: rule.allowed_origins.clone(),
        allowed_methods: rule.allowed_methods.clone(),
        allowed_headers: rule.allowed_headers.clone(),
        exposed_headers: rule.exposed_headers.clone(),
        max_age_secs: rule.max_age.map(|age| u32::try_from(age.as_secs()).unwrap_or(u32::MAX)),
    });
    BucketSettings {
        name: bucket.name.clone(),
        cors: cors.collect(),
        notification_prefixes: prefixes.collect(),
    }
}

fn queue_settings(queue: &template::Queue) -> QueueSettings {
    QueueSettings {
        visibility_timeout: queue.visibility_timeout,
        retention: queue.retention,
        delay: queue.delay,
        receive_wait: queue.receive_wait,
        redrive: queue.redrive.as_ref().map(|redrive| Redrive {
            dead_letter_queue: redrive.queue.clone(),
            max_receive_count: redrive.receives_max,
        }),
        fair: true,
        ..QueueSettings::named(&queue.name)
    }
}
