use super::*;

#[tokio::test]
async fn an_unknown_access_key_is_refused() {
    let world = World::new();
    let stranger = client(&world.s3, &world.clock, "AKIDOTHER", RequestChecksumCalculation::WhenRequired);
    assert_eq!(refusal(stranger.list_buckets().send().await), (403, "InvalidAccessKeyId".into()));
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused() {
    let world = World::new();
    let request =
        ::http::Request::builder().uri("/uploads/a").header("host", "localhost").body(Bytes::new()).unwrap();
    assert_eq!(world.send(request).await.error(), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn a_signature_is_good_for_a_quarter_of_an_hour() {
    let world = World::new();
    let signer = Clock::starting_at(START - Duration::from_secs(15 * 60));
    let client = client(&world.s3, &signer, ACCESS_KEY, RequestChecksumCalculation::WhenRequired);
    client.list_buckets().send().await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(refusal(client.list_buckets().send().await), (403, "RequestTimeTooSkewed".into()));
    signer.advance(Duration::from_secs(30 * 60 + 2));
    assert_eq!(refusal(client.list_buckets().send().await), (403, "RequestTimeTooSkewed".into()));
}

#[tokio::test]
async fn a_signature_of_version_2_is_refused() {
    let world = World::new();
    let query = "/uploads/a?AWSAccessKeyId=AKIDLOCAL&Expires=9999999999&Signature=c2lnbmF0dXJl";
    for (uri, authorization) in [(query, None), ("/uploads/a", Some("AWS AKIDLOCAL:c2lnbmF0dXJl"))] {
        let mut request = ::http::Request::builder().uri(uri).header("host", "localhost");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer = world.send(request.body(Bytes::new()).unwrap()).await;
        assert_eq!(answer.error(), (400, "InvalidRequest".into()));
    }
}

#[tokio::test]
async fn a_presigned_request_lives_no_longer_than_a_week() {
    let world = World::new();
    let get = world.client.get_object().bucket(BUCKET).key("a");
    let presigned = get.presigned(presigning(&world.clock, Duration::from_secs(900))).await.unwrap();
    let uri = presigned.uri().replace("X-Amz-Expires=900", "X-Amz-Expires=604801");
    let request =
        ::http::Request::builder().uri(uri).header("host", "s3.localhost:9000").body(Bytes::new()).unwrap();
    assert_eq!(world.send(request).await.error(), (400, "AuthorizationQueryParametersError".into()));
}

/// Swaps the first byte of every body on its way.
#[derive(Debug)]
struct Tampering(S3);

impl HttpConnector for Tampering {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let mut body = request.body().bytes().expect("a body in memory").to_vec();
        if let Some(first) = body.first_mut() {
            *first ^= 1;
        }
        *request.body_mut() = body.into();
        InProcess(self.0.clone()).call(request)
    }
}

#[tokio::test]
async fn a_body_that_was_changed_on_its_way_is_refused() {
    let world = World::new();
    let tampering = SharedHttpConnector::new(Tampering(world.s3.clone()));
    let config = world.client.config().to_builder();
    let config = config.http_client(http_client_fn(move |_, _| tampering.clone())).build();
    let put =
        Client::from_conf(config).put_object().bucket(BUCKET).key("a").body(Bytes::from("hello").into());
    assert_eq!(refusal(put.send().await), (400, "XAmzContentSHA256Mismatch".into()));
    assert!(world.s3.keys(BUCKET).unwrap().is_empty());
}
