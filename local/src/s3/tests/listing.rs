use super::*;

async fn page(
    world: &World,
    delimiter: Option<&str>,
    token: Option<String>,
) -> (Vec<String>, Option<String>) {
    let list = world.client.list_objects_v2().bucket(BUCKET).prefix("p/").max_keys(2);
    let page =
        list.set_delimiter(delimiter.map(str::to_owned)).set_continuation_token(token).send().await.unwrap();
    let keys = page.contents().iter().map(|object| object.key().unwrap().to_owned());
    let common = page.common_prefixes().iter().map(|common| common.prefix().unwrap().to_owned());
    let names: Vec<_> = keys.chain(common).collect();
    assert_eq!(page.key_count(), Some(names.len() as i32));
    (names, page.next_continuation_token)
}

async fn world_of(keys: &[&str]) -> World {
    let world = World::new();
    for key in keys {
        world.put(key, b"x").await;
    }
    world
}

#[tokio::test]
async fn a_list_has_every_key_once_page_by_page() {
    let world = world_of(&["p/b", "o", "p/a/1", "p/c", "q", "p/a/2", "p/a"]).await;
    let (first, next) = page(&world, None, None).await;
    assert_eq!(first, ["p/a", "p/a/1"]);
    let (second, next) = page(&world, None, next).await;
    assert_eq!(second, ["p/a/2", "p/b"]);
    let (third, next) = page(&world, None, next).await;
    assert_eq!((third, next), (vec!["p/c".to_owned()], None));
}

#[tokio::test]
async fn a_delimiter_folds_keys_into_what_they_have_in_common() {
    let world = world_of(&["p/a", "p/a/1", "p/a/2", "p/b/1", "p/b/2", "p/c"]).await;
    let (first, next) = page(&world, Some("/"), None).await;
    assert_eq!(first, ["p/a", "p/a/"]);
    let (second, next) = page(&world, Some("/"), next).await;
    assert_eq!(second, ["p/c", "p/b/"]);
    assert_eq!(next, None);
}

#[tokio::test]
async fn a_list_starts_after_a_key_and_spells_keys_as_asked() {
    let world = world_of(&["a", "b c+ü", "d"]).await;
    let list = world.client.list_objects_v2().bucket(BUCKET).start_after("a").max_keys(1);
    let encoded = list.encoding_type(aws_sdk_s3::types::EncodingType::Url).send().await.unwrap();
    assert_eq!(encoded.contents()[0].key(), Some("b+c%2B%C3%BC"));
    assert_eq!(encoded.is_truncated(), Some(true));
    let older = world.client.list_objects().bucket(BUCKET).marker("a").send().await.unwrap();
    assert_eq!(older.contents().len(), 2);
}
