//! The text that a newcomer reads first: where things are, and three commands that work when pasted.

use std::time::Duration;

use local::stack::Ready;
use local::state::State;

use crate::cli::STATE_FOLDER;

use super::not_emulated;

/// The region that the local stack plays.
const REGION: &str = "us-east-1";

/// The body of the first request: small enough to read, and whole.
const FIRST_UPLOAD: &str = r#"{"filename": "photo.jpg", "content_type": "image/jpeg", "size_bytes": 123456,
         "recipe": {"steps": [{"name": "thumb", "image": {"width": 200, "height": 200}}]}}"#;

pub fn text(ready: &Ready, state: &State, took: Duration) -> String {
    let Ready { url, api_key, access_key_id, secret_access_key, .. } = ready;
    let aws = ready.endpoints.get("s3").map(String::as_str).unwrap_or_default();
    let seconds = took.as_secs_f64();
    let not_emulated = not_emulated::summary(&ready.not_emulated);
    let (kept, list) = match state {
        State::Memory => ("in memory".to_owned(), String::new()),
        State::Folder(folder) => {
            (folder.display().to_string(), format!(" ({})", folder.join("dev.json").display()))
        }
    };
    let demo = demo(state);
    format!(
        "\
Millrace is up after {seconds:.2} s. Ctrl-C stops it.

  API      {url}
  API key  {api_key}  (tenant demo)
  AWS      {aws}
  State    {kept}

Upload a photo, or a picture made for you, and see what becomes of it:

  {demo}

Announce an upload by hand; the answer is the request that sends the bytes:

  curl {url}/v1/uploads \\
    -H 'Authorization: Bearer {api_key}' \\
    -H 'Content-Type: application/json' \\
    -d '{FIRST_UPLOAD}'

Look into the emulated AWS:

  AWS_ACCESS_KEY_ID={access_key_id} AWS_SECRET_ACCESS_KEY={secret_access_key} aws --endpoint-url {aws} --region {REGION} s3 ls

Not emulated: {not_emulated}{list}

"
    )
}

/// The command that finds this very stack, or as near as one can get to a stack that leaves no trace.
fn demo(state: &State) -> String {
    match state {
        State::Folder(folder) if folder.as_os_str() != STATE_FOLDER => {
            format!("cargo dev demo --state '{}' [photo.jpg]", folder.display())
        }
        _ => "cargo dev demo [photo.jpg]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Ready {
        Ready {
            url: "http://127.0.0.1:3000".to_owned(),
            api_key: "mk_demo_x".to_owned(),
            endpoints: [("s3".to_owned(), "http://127.0.0.1:3001".to_owned())].into(),
            access_key_id: "id".to_owned(),
            secret_access_key: "secret".to_owned(),
            not_emulated: vec!["Outputs".to_owned()],
        }
    }

    #[test]
    fn a_reader_finds_everything_that_gets_them_in() {
        let text = text(&ready(), &State::Folder(".millrace".into()), Duration::from_millis(214));
        for part in [
            "up after 0.21 s",
            "curl http://127.0.0.1:3000/v1/uploads \\\n",
            "'Authorization: Bearer mk_demo_x'",
            "AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret aws --endpoint-url http://127.0.0.1:3001 ",
            "cargo dev demo",
            "Not emulated: outputs (.millrace/dev.json)",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn state_in_memory_leaves_no_file_to_point_at() {
        let text = text(&ready(), &State::Memory, Duration::ZERO);
        assert!(text.contains("in memory") && !text.contains("dev.json"), "{text}");
    }

    #[test]
    fn the_demo_is_pointed_at_the_same_state() {
        assert_eq!(demo(&State::Folder(".millrace".into())), "cargo dev demo [photo.jpg]");
        assert_eq!(demo(&State::Folder("/tmp/x".into())), "cargo dev demo --state '/tmp/x' [photo.jpg]");
    }

    #[test]
    fn the_first_upload_is_what_the_api_takes() {
        let request: shared::upload::UploadRequest = serde_json::from_str(FIRST_UPLOAD).unwrap();
        assert_eq!(request.validate(), Ok(()));
        assert!(!FIRST_UPLOAD.contains('\''), "the shell's quotes would end there");
    }
}
