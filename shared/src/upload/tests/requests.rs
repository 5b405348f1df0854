use super::*;

#[test]
fn a_request_without_fault_is_valid() {
    assert_eq!(pointers(json!({"sha256": SHA256, "recipe": steps(&["thumb", "a-b_9"])})), [""; 0]);
}

#[test]
fn a_filename_never_turns_the_text_around_it() {
    for mark in ['\u{202e}', '\u{202a}', '\u{2066}', '\u{2069}', '\u{200f}', '\u{61c}'] {
        let request = request(json!({ "filename": format!("photo{mark}gpj.exe") }));
        assert!(request.validate().is_err(), "{mark:?}");
    }
    assert!(request(json!({ "filename": "שלום.jpg" })).validate().is_ok());
}

#[test]
fn a_filename_is_one_to_255_characters_of_a_plain_name() {
    for good in ["a", "Ferien 2026.png", "..a", &"ü".repeat(FILENAME_CHARS_MAX)] {
        assert_eq!(pointers(json!({"filename": good})), [""; 0], "{good}");
    }
    for bad in ["", ".", "..", "a/b", "a\\b", "a\nb", "a\u{0}", &"x".repeat(FILENAME_CHARS_MAX + 1)] {
        assert_eq!(pointers(json!({"filename": bad})), ["/filename"], "{bad:?}");
    }
}

#[test]
fn a_content_type_is_a_media_type_without_parameters() {
    for good in ["image/png", "application/vnd.oasis.opendocument.text", "image/svg+xml"] {
        assert_eq!(pointers(json!({"content_type": good})), [""; 0], "{good}");
    }
    let long = format!("text/{}", "x".repeat(123));
    for bad in ["", "png", "/", "image/", "/png", "image/png/x", "text/plain; charset=utf-8", "a b/c", &long]
    {
        assert_eq!(pointers(json!({"content_type": bad})), ["/content_type"], "{bad:?}");
    }
}

#[test]
fn a_size_is_one_byte_to_5_gibibytes() {
    for good in [1, SIZE_BYTES_MAX] {
        assert_eq!(pointers(json!({"size_bytes": good})), [""; 0]);
    }
    for bad in [0, SIZE_BYTES_MAX + 1, u64::MAX] {
        assert_eq!(pointers(json!({"size_bytes": bad})), ["/size_bytes"]);
    }
}

#[test]
fn a_checksum_is_64_hexadecimal_digits() {
    for bad in ["", &SHA256[1..], &format!("{SHA256}0"), &format!("g{}", &SHA256[1..])] {
        assert_eq!(pointers(json!({"sha256": bad})), ["/sha256"], "{bad}");
    }
}

#[test]
fn a_recipe_with_steps_needs_an_image_that_millrace_reads() {
    for good in ["image/jpeg", "image/png", "image/webp", "image/gif"] {
        assert_eq!(pointers(json!({"content_type": good, "recipe": steps(&["a"])})), [""; 0]);
    }
    let avif = json!({"content_type": "image/avif", "recipe": steps(&["a"])});
    assert_eq!(pointers(avif), ["/content_type"]);
    assert_eq!(pointers(json!({"content_type": "image/avif", "recipe": steps(&[])})), [""; 0]);
}

#[test]
fn a_recipe_has_at_most_ten_steps() {
    let names: Vec<String> = (0..=10).map(|step| format!("step-{step}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(pointers(json!({"recipe": steps(&names[..10])})), [""; 0]);
    assert_eq!(pointers(json!({"recipe": steps(&names)})), ["/recipe/steps"]);
}

#[test]
fn a_step_has_a_short_plain_name_of_its_own() {
    for bad in ["", "Thumb", "a b", "a/b", "ü", &"x".repeat(33)] {
        assert_eq!(pointers(json!({"recipe": steps(&[bad])})), ["/recipe/steps/0/name"], "{bad}");
    }
    assert_eq!(pointers(json!({"recipe": steps(&["a", "b", "a"])})), ["/recipe/steps/2/name"]);
}

#[test]
fn a_transform_out_of_bounds_is_named_by_its_place_in_the_recipe() {
    let recipe = json!({"steps": [{"name": "a", "image": {}}, {"name": "b", "image": {"width": 0}}]});
    assert_eq!(pointers(json!({"recipe": recipe})), ["/recipe/steps/1/image/width"]);
}

#[test]
fn all_faults_are_named_at_once() {
    let all = pointers(json!({"filename": "", "content_type": "", "size_bytes": 0, "sha256": "x"}));
    assert_eq!(all, ["/filename", "/content_type", "/size_bytes", "/sha256"]);
}

#[test]
fn an_unknown_field_is_refused() {
    let body = json!({"filename": "a", "content_type": "a/b", "size_bytes": 1, "recipes": {}});
    assert!(serde_json::from_value::<UploadRequest>(body).is_err());
}

#[test]
fn what_depends_on_a_recipe_that_is_kept_by_name_is_checked_once_it_is_known() {
    let request = request(json!({"content_type": "text/plain", "recipe": "avatars@3"}));
    assert_eq!(request.validate(), Ok(()));
    let recipe: Recipe = serde_json::from_value(steps(&["thumb"])).unwrap();
    let Err(Rejected::Invalid { errors }) = request.validate_for(&recipe) else { panic!("it is accepted") };
    assert_eq!(errors[0].pointer, "/content_type");
}
