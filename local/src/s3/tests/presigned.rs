use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3s::crypto::Checksum as _;

use super::*;

const LIFETIME: Duration = Duration::from_secs(900);

/// A presigned PUT of `hello` that signs everything that the API signs.
async fn presigned_put(world: &World) -> PresignedRequest {
    let put =
        world.client.put_object().bucket(BUCKET).key("in/a b+c").content_length(5).content_type("text/plain");
    let checksum = BASE64.encode(s3s::crypto::Sha256::checksum(b"hello"));
    let put = put.if_none_match("*").checksum_sha256(checksum);
    put.presigned(presigning(&world.clock, LIFETIME)).await.unwrap()
}

fn with_header(mut request: Request, name: &'static str, value: &'static str) -> Request {
    request.headers_mut().insert(name, ::http::HeaderValue::from_static(value));
    request
}

fn without_header(mut request: Request, name: &str) -> Request {
    request.headers_mut().remove(name).expect("a header that is signed");
    request
}

fn with_uri(request: Request, from: &str, to: &str) -> Request {
    let uri = request.uri().to_string();
    assert!(uri.contains(from), "{uri}");
    let (mut head, body) = request.into_parts();
    head.uri = uri.replace(from, to).parse().unwrap();
    Request::from_parts(head, body)
}

#[tokio::test]
async fn a_presigned_put_is_stored_once() {
    let world = World::new();
    let presigned = presigned_put(&world).await;
    assert_eq!(world.send(request(&presigned, b"hello")).await.status(), 200);
    let again = world.send(request(&presigned, b"hello")).await;
    assert_eq!(again.error(), (412, "PreconditionFailed".into()));
    assert_eq!(world.get("in/a b+c").await, "hello");
}

#[tokio::test]
async fn a_presigned_put_takes_no_other_length() {
    let world = World::new();
    let presigned = presigned_put(&world).await;
    let refused = (403, "SignatureDoesNotMatch".to_owned());
    let more = with_header(request(&presigned, b"hello!"), "content-length", "6");
    assert_eq!(world.send(more).await.error(), refused);
    let fewer = with_header(request(&presigned, b"hell"), "content-length", "4");
    assert_eq!(world.send(fewer).await.error(), refused);
    assert_eq!(world.send(request(&presigned, b"hell")).await.error(), (400, "IncompleteBody".into()));
    assert!(world.s3.keys(BUCKET).unwrap().is_empty());
}

#[tokio::test]
async fn a_presigned_put_takes_nothing_else_than_was_signed() {
    let world = World::new();
    let presigned = presigned_put(&world).await;
    let refused = (403, "SignatureDoesNotMatch".to_owned());
    let put = || request(&presigned, b"hello");
    let other_type = with_header(put(), "content-type", "text/html");
    assert_eq!(world.send(other_type).await.error(), refused);
    assert_eq!(world.send(without_header(put(), "content-type")).await.error(), refused);
    assert_eq!(world.send(without_header(put(), "if-none-match")).await.error(), refused);
    let other_key = with_uri(put(), "/in/a", "/in/b");
    assert_eq!(world.send(other_key).await.error(), refused);
    let longer = with_uri(put(), "X-Amz-Expires=900", "X-Amz-Expires=901");
    assert_eq!(world.send(longer).await.error(), refused);
    let get = Request::from_parts(
        {
            let mut head = put().into_parts().0;
            head.method = ::http::Method::GET;
            head
        },
        Bytes::from_static(b"hello"),
    );
    assert_eq!(world.send(get).await.error(), refused);
    let extra = with_header(put(), "x-amz-meta-colour", "blue");
    assert_eq!(world.send(extra).await.error(), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn a_presigned_put_takes_no_other_bytes() {
    let world = World::new();
    let presigned = presigned_put(&world).await;
    assert_eq!(world.send(request(&presigned, b"hullo")).await.error(), (400, "BadDigest".into()));
}

#[tokio::test]
async fn a_presigned_request_ends_by_the_stacks_clock() {
    let world = World::new();
    let presigned = presigned_put(&world).await;
    world.clock.advance(LIFETIME + Duration::from_secs(1));
    let late = world.send(request(&presigned, b"hello")).await;
    assert_eq!(late.error(), (403, "AccessDenied".into()));
    assert!(String::from_utf8_lossy(late.0.body()).contains("Request has expired"));

    let fresh = presigned_put(&world).await;
    world.clock.advance(LIFETIME);
    assert_eq!(world.send(request(&fresh, b"hello")).await.status(), 200);
}

#[tokio::test]
async fn a_presigned_get_can_be_handed_to_anyone() {
    let world = World::new();
    world.put("a", b"hello").await;
    let get = world.client.get_object().bucket(BUCKET).key("a").response_content_disposition("attachment");
    let presigned = get.presigned(presigning(&world.clock, LIFETIME)).await.unwrap();
    let answer = world.send(request(&presigned, b"")).await;
    assert_eq!((answer.status().as_u16(), &answer.0.body()[..]), (200, &b"hello"[..]));
    assert_eq!(answer.header("content-disposition"), Some("attachment"));
}
