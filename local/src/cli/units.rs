//! `cargo dev units`: what an upload costs, counted at the wire of a stack in memory.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Method;
use local::aws::Aws;
use local::connector::FaultInjector;
use local::event_source::{Positions, Rest, Sources, Surroundings};
use local::gateway::Gateway;
use local::hostile::Hostility;
use local::http::{Request, Response};
use local::in_process;
use local::lambda::Invoker;
use local::meter::Cost;
use local::outside::Outside;
use local::stack::{self, Options};
use local::state::State;
use local::template::{self, Deployment};
use serde_json::{Value, json};
use shared::api_key::{ApiKey, Credential};
use shared::clock::{Clock, Timestamp};
use shared::id::Ids;
use shared::scope::Scope;
use shared::tenant::Tenant;

use super::{Failure, say};

mod bill;

use bill::Counted;

/// Dollars for a million units, on demand in us-east-1.
const WRITE_UNITS_MILLION: f64 = 0.625;
const READ_UNITS_MILLION: f64 = 0.125;

/// After so many, tokens of the rate limit are at hand.
const WARMING_REQUESTS: usize = 20;

/// 2100-01-01: the wall clock, which some emulated parts compare with, must be behind.
const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);

/// By caller and operation.
type Costs = BTreeMap<(String, String), Cost>;

/// Prints the costs of an upload with one step and with three, call by call and in dollars.
pub fn run(options: &Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let one = runtime.block_on(costs_of_upload(&options.template, 1))?;
    let three = runtime.block_on(costs_of_upload(&options.template, 3))?;
    let template = template::load(&options.template, &Deployment::new("millrace", "http://aws.local"))?;
    say(&table(&one.costs, &three.costs));
    say(&format!("\n{}", bill::bill(&[one, three], &template)));
    Ok(())
}

/// Announces a picture, sends it, and delivers every event until all is done.
async fn costs_of_upload(template: &Path, steps: u32) -> Result<Counted, Failure> {
    let (clock, ids, state) = (Clock::starting_at(START), Ids::seeded(0), State::Memory);
    let deployment = Deployment::new("millrace", "http://aws.local");
    let template = template::load(template, &deployment)?;
    let hostility = Hostility::none();
    let aws = Aws::open(&template, deployment.clone(), &state, clock.clone(), hostility.clone())?;
    let injector = FaultInjector::default();
    let invoker =
        in_process::invoker(&template, &deployment, &aws, &clock, &ids, &injector, &Outside::default())?;
    let invocations = Arc::new(Mutex::new(BTreeMap::new()));
    let invoker = counting(invoker, Arc::clone(&invocations));
    let positions = Positions::open(&state)?;
    let gateway =
        Gateway::new(stack::gateway_settings(&template, &deployment)?, invoker.clone(), clock.clone());
    let developer = stack::developer(&template, &deployment, &aws, &clock)?;
    let tenant = Tenant::parse("acme").ok_or("acme is a tenant's name")?;
    let credential = Credential::random(tenant, &ids);
    let key = ApiKey::new("units".to_owned(), Scope::ALL, &credential, clock.now());
    developer.table.put_api_key(&key).await?;
    let cloudwatch = local::cloudwatch::CloudWatch::default();
    let around =
        Surroundings { aws: aws.clone(), invoker, clock, hostility, positions, shards: 1, cloudwatch };
    let mut sources = Sources::of(&template, &deployment, &around);

    let picture = picture()?;
    // The first use of a key in a minute is read, and on a day recorded; tokens of the rate limit are taken ahead. None of
    // that is an upload's.
    for _ in 0..WARMING_REQUESTS {
        announce(&gateway, &credential, &picture, 0).await?;
    }
    // Nor is the entry of the tenant's usage in the due index, once a day.
    deliver_all(&mut sources).await?;
    aws.meter.reset();
    invocations.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let announced = announce(&gateway, &credential, &picture, steps).await?;
    let sent = aws.call(put(&announced["request"], picture)?).await;
    expect_success("sending the picture", &sent)?;
    deliver_all(&mut sources).await?;
    let invocations = invocations.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Counted { steps, costs: aws.meter.costs(), invocations })
}

/// Invokes as `invoker` does, and counts by function.
fn counting(invoker: Invoker, counts: Arc<Mutex<BTreeMap<String, u64>>>) -> Invoker {
    Invoker::InProcess(Arc::new(move |function, payload| {
        *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(function.to_owned()).or_default() += 1;
        let (invoker, function) = (invoker.clone(), function.to_owned());
        Box::pin(async move { invoker.invoke(&function, payload).await })
    }))
}

async fn announce(
    gateway: &Gateway,
    credential: &Credential,
    picture: &[u8],
    steps: u32,
) -> Result<Value, Failure> {
    let steps: Vec<Value> =
        (1..=steps).map(|step| json!({ "name": format!("step-{step}"), "image": { "width": 8 } })).collect();
    let body = json!({
        "filename": "picture.png",
        "content_type": "image/png",
        "size_bytes": picture.len(),
        "recipe": { "steps": steps },
    });
    let request = http::Request::builder()
        .method(Method::POST)
        .uri("/v1/uploads")
        .header("host", "api.local")
        .header("authorization", format!("Bearer {}", credential.reveal()))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))?;
    let answer = gateway.call(request, SocketAddr::from((Ipv4Addr::LOCALHOST, 1))).await;
    expect_success("announcing the picture", &answer)?;
    Ok(serde_json::from_slice(answer.body())?)
}

/// The request that the API asked for.
fn put(asked: &Value, picture: Vec<u8>) -> Result<Request, Failure> {
    let uri: http::Uri = asked["url"].as_str().unwrap_or_default().parse()?;
    let host = uri.host().unwrap_or_default().to_owned();
    let mut request = http::Request::builder()
        .method(Method::PUT)
        .uri(uri)
        .header("host", host)
        .header("content-length", picture.len());
    for (name, value) in asked["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().unwrap_or_default());
    }
    Ok(request.body(picture.into())?)
}

async fn deliver_all(sources: &mut Sources) -> Result<(), Failure> {
    match sources.deliver_all(&Hostility::none()).await? {
        Rest::Reached => Ok(()),
        Rest::OutOfReach => Err("the upload does not come to rest".into()),
    }
}

fn expect_success(doing: &str, answer: &Response) -> Result<(), Failure> {
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!("{doing}: {} {}", answer.status(), String::from_utf8_lossy(answer.body())).into())
}

fn picture() -> Result<Vec<u8>, Failure> {
    const SIDE: u32 = 16;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&[128; (SIDE * SIDE) as usize])?;
    writer.finish()?;
    Ok(bytes)
}

/// A Markdown table of both, with sums and prices below.
fn table(one: &Costs, three: &Costs) -> String {
    let mut text = "\
| caller | operation | 1 step: calls | W | R | 3 steps: calls | W | R |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"
    .to_owned();
    let names = one.keys().chain(three.keys()).collect::<std::collections::BTreeSet<_>>();
    let of = |costs: &Costs, name| costs.get(name).copied().unwrap_or_default();
    for name in names {
        let (caller, operation) = name;
        let (first, second) = (cells(of(one, name)), cells(of(three, name)));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {caller} | {operation} | {first} | {second} |");
    }
    let (first, second) = (sum(one, is_own), sum(three, is_own));
    let _ = writeln!(text, "| **sum, without observer** | | {} | {} |", cells(first), cells(second));
    let (own_of_one, own_of_three) = (dollars_of_a_million(first), dollars_of_a_million(second));
    let shared = |costs| dollars_of_a_million(sum(costs, |caller| !is_own(caller)));
    let (shared_of_one, shared_of_three) = (shared(one), shared(three));
    let _ = writeln!(
        text,
        "\nDynamoDB's units of a million uploads: ${own_of_one:.2} with one step, ${own_of_three:.2} with three. Counting \
         usage and activity adds\n${shared_of_one:.2} and ${shared_of_three:.2} where each upload is by itself, as here, and next to \
         nothing where many share its writes."
    );
    text
}

/// Whether what a function does is an upload's own, and not shared by all that happens within some seconds.
fn is_own(caller: &str) -> bool {
    caller != "observer"
}

fn cells(cost: Cost) -> String {
    format!("{} | {} | {}", cost.calls, cost.write_units, cost.read_units)
}

fn sum(costs: &Costs, of: impl Fn(&str) -> bool) -> Cost {
    let costs = costs.iter().filter(|((caller, _), _)| of(caller)).map(|(_, cost)| cost);
    costs.fold(Cost::default(), |sum, cost| Cost {
        calls: sum.calls + cost.calls,
        write_units: sum.write_units + cost.write_units,
        read_units: sum.read_units + cost.read_units,
    })
}

fn dollars_of_a_million(cost: Cost) -> f64 {
    cost.write_units * WRITE_UNITS_MILLION + cost.read_units * READ_UNITS_MILLION
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of a document between the marks of this name.
    fn documented(path: &str, name: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let text = std::fs::read_to_string(path).unwrap();
        let (_, rest) = text.split_once(&format!("<!-- {name}: begin -->\n")).unwrap();
        rest.split_once(&format!("<!-- {name}: end -->")).unwrap().0.to_owned()
    }

    #[test]
    fn the_documentation_says_what_is_counted() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let template = template::load(&path, &Deployment::new("millrace", "http://aws.local")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let one = runtime.block_on(costs_of_upload(&path, 1)).unwrap();
        let three = runtime.block_on(costs_of_upload(&path, 3)).unwrap();
        assert_eq!(documented("docs/data-model.md", "cargo dev units"), table(&one.costs, &three.costs));
        let bill = bill::bill(&[one, three], &template);
        assert_eq!(documented("docs/operations.md", "cargo dev units: bill"), bill);
    }

    #[test]
    fn a_table_shows_every_operation_of_both_and_their_sums() {
        let cost = |write_units| Cost { calls: 1, write_units, read_units: 0.5 };
        let key = |caller: &str| (caller.to_owned(), "dynamodb:PutItem".to_owned());
        let costs = |units| Costs::from([(key("relay"), cost(units)), (key("observer"), cost(1.0))]);
        let text = table(&costs(2.0), &costs(4.0));
        let rows = "| relay | dynamodb:PutItem | 1 | 2 | 0.5 | 1 | 4 | 0.5 |\n| **sum, without observer** | | 1 | 2 | 0.5 |";
        assert!(text.contains(rows), "{text}");
        assert!(text.contains("$1.31 with one step, $2.56 with three."), "{text}");
        assert!(text.contains("adds\n$0.69 and $0.69 where"), "{text}");
    }
}
