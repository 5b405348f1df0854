use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Method, Response};
use http_body_util::{Full, StreamBody};
use hyper::body::Frame;
use shared::clock::{Clock, Timestamp};
use shared::outbound::error::Phase;
use shared::outbound::{Client, Error, Guard, Limits, Request, Target};

use super::Outside;
use crate::connector::{FaultInjector, InjectedFault};
use crate::invocations::{End, Invocations};

const LIMITS: Limits = Limits { time: Duration::from_secs(30), body_bytes_max: 1024 * 1024 };

/// A host that counts the requests that it handled, and a function that calls it.
struct Visit {
    outside: Outside,
    injector: FaultInjector,
    invocations: Invocations,
    clock: Clock,
    handled: Arc<AtomicU32>,
    client: Client,
}

impl Visit {
    fn new() -> Self {
        let (outside, injector) = (Outside::default(), FaultInjector::default());
        let (invocations, clock) = (Invocations::default(), Clock::starting_at(Timestamp::from_millis(0)));
        let handled = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&handled);
        outside.serve("files.example", move |request| {
            counter.fetch_add(1, Ordering::Relaxed);
            let body = format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
            async move { Response::new(Full::new(Bytes::from(body))) }
        });
        let network = outside.network("worker", injector.clone(), invocations.clone());
        let client = Client::new(network, Guard::default(), clock.clone());
        Self { outside, injector, invocations, clock, handled, client }
    }

    /// Posts to the host with this fault in the way; returns status and body.
    async fn post(&self, fault: InjectedFault) -> Result<(u16, String), Error> {
        let mut fault = Some(fault);
        self.injector.set(move |call| {
            assert_eq!((&*call.function, &*call.operation), ("worker", "POST files.example/a?b"));
            fault.take().unwrap_or_default()
        });
        let target = Target::parse("http://files.example/a?b").unwrap();
        let response = self.client.send(Request::new(Method::POST, target, LIMITS).body("x")).await?;
        let status = response.status.as_u16();
        let body = response.body.whole().await?;
        Ok((status, String::from_utf8(body.to_vec()).expect("text")))
    }

    fn handled(&self) -> u32 {
        self.handled.swap(0, Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_host_is_called_by_its_name() {
    let visit = Visit::new();
    assert_eq!(visit.post(InjectedFault::None).await.unwrap(), (200, "/a?b x".to_owned()));
    assert_eq!((visit.handled(), visit.injector.calls()), (1, 1));
    let unknown = Request::new(Method::GET, Target::parse("http://other.example/").unwrap(), LIMITS);
    assert!(matches!(visit.client.send(unknown).await, Err(Error::DnsFailed { .. })));
}

#[tokio::test]
async fn a_call_fails_before_or_after_it_took_effect() {
    let visit = Visit::new();
    for (fault, handled) in
        [(InjectedFault::Refused, 0), (InjectedFault::RefusedAfter, 1), (InjectedFault::AnswerLost, 1)]
    {
        let error = visit.post(fault.clone()).await.unwrap_err();
        assert!(matches!(error, Error::ConnectionLost { .. }), "{fault:?}: {error:?}");
        assert_eq!(visit.handled(), handled, "{fault:?}");
    }
    assert_eq!(visit.post(InjectedFault::Answered(503, "busy")).await.unwrap(), (503, "busy".to_owned()));
    assert_eq!(visit.post(InjectedFault::Throttled("any")).await.unwrap().0, 429);
    assert_eq!(visit.handled(), 0);
}

#[tokio::test]
async fn a_function_dies_or_hangs_in_a_call_before_or_after_it_took_effect() {
    let faults = [
        (InjectedFault::Dies, End::Dies, 0),
        (InjectedFault::DiesAfter, End::Dies, 1),
        (InjectedFault::Hangs, End::Hangs, 0),
    ];
    for (fault, expected, handled) in faults {
        let visit = Visit::new();
        let ended = visit.invocations.begin("worker");
        tokio::select! {
            outcome = visit.post(fault.clone()) => panic!("{fault:?}: {outcome:?}"),
            end = ended => assert_eq!(end.unwrap(), expected),
        }
        assert_eq!(visit.handled(), handled, "{fault:?}");
    }
}

#[tokio::test]
async fn a_panic_in_a_call_is_the_functions_own() {
    let visit = Visit::new();
    let panicked = tokio::spawn(async move { visit.post(InjectedFault::Panics).await }).await.unwrap_err();
    assert!(panicked.is_panic());
}

#[tokio::test]
async fn a_call_that_stalls_ends_at_its_deadline() {
    for (fault, handled) in [(InjectedFault::Stalls, 0), (InjectedFault::StallsAfter, 1)] {
        let visit = Visit::new();
        let (clock, mut fault) = (visit.clock.clone(), Some(fault));
        visit.injector.set(move |_| {
            clock.advance(LIMITS.time + Duration::from_millis(1));
            fault.take().unwrap_or_default()
        });
        let target = Target::parse("http://files.example/").unwrap();
        let error = visit.client.send(Request::new(Method::GET, target, LIMITS)).await.unwrap_err();
        assert!(matches!(error, Error::TimedOut(Phase::Waiting)), "{error:?}");
        assert_eq!(visit.handled(), handled);
    }
}

#[tokio::test]
async fn a_streamed_body_may_be_cut_off() {
    let visit = Visit::new();
    visit.outside.serve("files.example", async |_| {
        let part = async { Ok(Frame::data(Bytes::from_static(&[0; 1000]))) };
        let lost = async {
            tokio::task::yield_now().await;
            Err(std::io::Error::other("lost"))
        };
        Response::new(StreamBody::new(stream::once(part).chain(stream::once(lost))))
    });
    let target = Target::parse("http://files.example/").unwrap();
    let mut body = visit.client.send(Request::new(Method::GET, target, LIMITS)).await.unwrap().body;
    assert_eq!(body.chunk().await.unwrap().unwrap().len(), 1000);
    let error = body.chunk().await.unwrap_err();
    assert!(matches!(error, Error::BodyCutOff { .. }), "{error:?}");
}

#[tokio::test]
async fn a_large_body_comes_whole() {
    let visit = Visit::new();
    visit.outside.serve("files.example", async |_| {
        let part = |_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[7; 10_000])));
        Response::new(StreamBody::new(stream::iter((0..100).map(part))))
    });
    let target = Target::parse("http://files.example/").unwrap();
    let response = visit.client.send(Request::new(Method::GET, target, LIMITS)).await.unwrap();
    assert_eq!(response.body.whole().await.unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn a_host_whose_name_has_another_address_is_refused() {
    let visit = Visit::new();
    visit.outside.resolve_to("files.example", &["169.254.169.254".parse().unwrap()]);
    let error = visit.post(InjectedFault::None).await.unwrap_err();
    assert!(matches!(error, Error::AddressRefused { .. }), "{error:?}");
    assert_eq!(visit.handled(), 0);
}
