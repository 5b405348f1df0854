use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::clock::Timestamp;
use crate::derivative::{Digest, Metadata};
use crate::id::JobId;
use crate::tenant::Tenant;

/// A kind keeps its column for a thousand rows in the log and in answers.
const NAME_CHARS_MAX: usize = 32;

fn job(kind: &str) -> Job {
    let tenant = Tenant::parse("acme").unwrap();
    let now = Timestamp::from_millis(0);
    Job::accept(tenant, JobId::derived(&["j"]), KindName::new(kind), json!({}), now)
}

#[test]
fn stored_names_never_change() {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let of_media = ["image_step", "metadata_step", "checksum_step", "checksum"];
    let of_worker = ["http", "import", "purge_upload", "remove_original"];
    let expected = [&of_media[..], &of_worker].concat();
    assert_eq!(names, expected);
    assert!(names.iter().all(|name| name.len() <= NAME_CHARS_MAX));
    assert_eq!(Queue::ALL.map(Queue::name), ["media", "worker"]);
}

#[test]
fn a_kind_is_known_by_its_name_alone() {
    for &kind in Kind::ALL {
        assert_eq!(Kind::of(&job(kind.as_str())).unwrap(), kind);
    }
    assert_eq!(Kind::parse("image"), None);
    assert!(
        Kind::of(&job("of_a_later_version")).unwrap_err().chain().contains("of_a_later_version is unknown")
    );
}

#[test]
fn every_queue_has_kinds_and_every_kind_ends_within_its_functions_invocation() {
    let queues: BTreeSet<Queue> = Kind::ALL.iter().map(|kind| kind.queue()).collect();
    assert_eq!(queues, BTreeSet::from(Queue::ALL));
    for kind in Kind::ALL {
        assert!(kind.time_limit().as_secs() <= 60, "{kind:?} could never be begun in half of an invocation");
        assert!(!kind.retry().waits.is_empty(), "{kind:?} is never tried again");
    }
}

#[test]
fn an_output_is_read_by_the_name_of_its_kind() {
    let with = |output| Output::of(&Job { output: Some(output), ..job("image_step") });
    let image = json!({"format": "webp", "width": 2, "height": 1, "size_bytes": 9});
    assert!(matches!(with(json!({"image_step": image})), Some(Output::ImageStep(image)) if image.width == 2));
    let metadata = Output::MetadataStep(Metadata { json_size_bytes: 7 });
    assert_eq!(with(json!({"metadata_step": {"json_size_bytes": 7}})), Some(metadata));
    let digest = Output::ChecksumStep(Digest { sha256: "0a".to_owned() });
    assert_eq!(with(json!({"checksum_step": {"sha256": "0a"}})), Some(digest));
    assert_eq!(with(json!({"checksum": null})), Some(Output::VerifyChecksum(())));
    let imported = import::Imported { size_bytes: 7 };
    assert_eq!(with(json!({"import": {"size_bytes": 7}})), Some(Output::Import(imported)));
    assert_eq!(with(json!({"purge_upload": null})), Some(Output::PurgeUpload(())));
    assert_eq!(with(json!({"of_a_later_version": {}})), None);
    assert_eq!(Output::of(&job("image_step")), None);
}
