use super::*;
use crate::upload::Task;

#[test]
fn what_was_announced_is_accepted() {
    assert_eq!(inspect(&pending(json!({})), &stored(PNG)), Inspection::Accepted);
}

#[test]
fn another_size_is_rejected() {
    let longer = StoredObject { size_bytes: 1001, ..stored(PNG) };
    assert_eq!(rejection_code(&pending(json!({})), &longer).as_deref(), Some("size_mismatch"));
}

#[test]
fn another_checksum_than_the_announced_one_is_rejected() {
    let upload = pending(json!({"sha256": SHA256}));
    let with = |sha256: Option<&str>| StoredObject { sha256: sha256.map(str::to_owned), ..stored(PNG) };
    assert_eq!(rejection_code(&upload, &with(Some(SHA256))), None);
    assert_eq!(rejection_code(&upload, &with(Some("00"))).as_deref(), Some("checksum_mismatch"));
}

#[test]
fn a_checksum_that_s3_does_not_report_is_left_to_a_job_that_reads_the_file() {
    let upload = pending(json!({"sha256": SHA256}));
    assert_eq!(rejection_code(&upload, &stored(PNG)), None);
    assert!(upload.is_unverified_by(&stored(PNG)));
    let received = Upload { etag: Some("\"e1\"".to_owned()), unverified: true, ..upload };
    assert!(received.must_be_verified() && received.check_runnable().is_err());
    let [(_, Task::Verify(checksum))] = &received.ready_tasks(&Recipe::default())[..] else {
        panic!("nothing but the verification is ready");
    };
    assert_eq!(checksum.sha256, SHA256);
}

#[test]
fn a_file_that_a_browser_would_unpack_is_rejected() {
    for encoding in ["gzip", "br", "identity"] {
        let encoded = StoredObject { content_encoding: Some(encoding.to_owned()), ..stored(PNG) };
        assert_eq!(rejection_code(&pending(json!({})), &encoded).as_deref(), Some("encoding_not_allowed"));
    }
}

#[test]
fn a_checksum_that_was_not_announced_does_not_matter() {
    let with = StoredObject { sha256: Some(SHA256.to_owned()), ..stored(PNG) };
    assert_eq!(rejection_code(&pending(json!({})), &with), None);
}

#[test]
fn an_announced_checksum_counts_in_either_case_of_letters() {
    let upload = pending(json!({"sha256": SHA256.to_ascii_uppercase()}));
    let with = StoredObject { sha256: Some(SHA256.to_owned()), ..stored(PNG) };
    assert_eq!(rejection_code(&upload, &with), None);
}

#[test]
fn what_was_announced_as_an_image_and_is_none_is_rejected_however_that_is_written() {
    for content_type in ["image/jpeg", "IMAGE/PNG", "image/jpg", "image/pjpeg", "image/x-png", "Image/Gif"] {
        let upload = pending(json!({"content_type": content_type}));
        assert_eq!(rejection_code(&upload, &stored(PNG)), None, "{content_type}");
        assert_eq!(rejection_code(&upload, &stored(b"hello")).as_deref(), Some("type_mismatch"));
        assert_eq!(rejection_code(&upload, &stored(b"")).as_deref(), Some("type_mismatch"));
    }
}

#[test]
fn an_image_out_of_bounds_is_rejected_by_its_header() {
    let code = rejection_code(&pending(json!({})), &stored(PNG_TOO_WIDE));
    assert_eq!(code.as_deref(), Some("image_too_large"));
}

#[test]
fn an_image_whose_dimensions_lie_further_in_is_left_to_decoding() {
    assert_eq!(rejection_code(&pending(json!({})), &stored(&PNG[..12])), None);
}

#[test]
fn a_file_that_is_no_image_is_not_looked_into() {
    let upload = pending(json!({"content_type": "text/plain"}));
    assert_eq!(rejection_code(&upload, &stored(PNG)), None);
}
