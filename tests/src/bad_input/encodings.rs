//! Paths and queries whose percent-encoding is broken, or hides what is no text.

use crate::world::World;

#[tokio::test]
async fn an_encoding_that_is_none_or_no_text_gets_a_problem_document() {
    let world = World::new().await;
    let ids = ["%zz", "%", "%4", "%FF", "%C0%80", "%ED%A0%80", "%00", "%0D%0ASet-Cookie:%20a=b"];
    for path in ids.map(|id| format!("/v1/uploads/{id}")) {
        let answer = world.get(&path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    let queries =
        ["limit=%zz", "limit=%", "limit=%FF", "cursor=%FF%FE", "cursor=%zz", "%FF=1", "%=1", "limit=1%00"];
    for path in queries.map(|query| format!("/v1/uploads?{query}")) {
        let answer = world.get(&path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
    }
}
