//! Calls to the world, made by a function's environment, under the same fault injector as its calls to AWS.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::Full;
use local::connector::InjectedFault;
use shared::outbound::{Error, Limits, Request, Target};
use shared::tenant::Tenant;

use crate::world::World;

const LIMITS: Limits = Limits { time: Duration::from_secs(30), body_bytes_max: 1024 };

fn post(url: &str) -> Request {
    Request::new(Method::POST, Target::parse(url).expect("a URL"), LIMITS)
}

/// A world with a host that counts what it handles.
async fn world_with_host() -> (World, Arc<AtomicU32>) {
    let world = World::new().await;
    let handled = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&handled);
    world.outside.serve("hooks.example", move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Response::new(Full::new(Bytes::from_static(b"thanks"))) }
    });
    (world, handled)
}

#[tokio::test]
async fn every_second_call_may_fail_whether_it_goes_to_aws_or_to_the_world() {
    let (world, handled) = world_with_host().await;
    let app = world.environment("api", 1);
    let tenant = Tenant::parse("acme").unwrap();
    for (fault, handled_at_last) in [(InjectedFault::Refused, 1), (InjectedFault::RefusedAfter, 2)] {
        let before = world.injector.calls();
        world.injector.set(move |call| {
            if (call.number - before).is_multiple_of(2) { fault.clone() } else { InjectedFault::None }
        });
        handled.store(0, Ordering::Relaxed);
        app.table.list_api_keys(&tenant).await.expect("the first call succeeds");
        let lost = app.outbound.send(post("http://hooks.example/")).await.unwrap_err();
        assert!(matches!(lost, Error::ConnectionLost { .. }), "{lost:?}");
        let response =
            app.outbound.send(post("http://hooks.example/")).await.expect("the third call succeeds");
        assert_eq!(response.body.whole().await.unwrap(), "thanks");
        app.table.list_api_keys(&tenant).await.expect_err("the fourth call fails");
        assert_eq!((handled.load(Ordering::Relaxed), world.injector.calls() - before), (handled_at_last, 4));
    }
}

#[tokio::test]
async fn a_function_calls_no_address_that_is_not_public() {
    let (world, handled) = world_with_host().await;
    let app = world.environment("api", 1);
    world.outside.resolve_to("hooks.example", &["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()]);
    for url in ["http://hooks.example/", "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"] {
        let error = app.outbound.send(post(url)).await.unwrap_err();
        assert!(matches!(error, Error::AddressRefused { .. }), "{url}: {error:?}");
    }
    assert_eq!(handled.load(Ordering::Relaxed), 0);
}
