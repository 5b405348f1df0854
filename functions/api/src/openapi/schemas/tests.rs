use serde_json::json;

use super::*;

fn object(schema: Value) -> Map<String, Value> {
    schema.as_object().cloned().unwrap()
}

#[test]
fn an_enum_has_all_of_its_names_whether_they_are_described_or_not() {
    let format = json!({ "oneOf": [
        { "enum": ["jpeg", "png"], "type": "string" },
        { "const": "auto", "type": "string", "description": "Several\nat once." },
    ] });
    let state = json!({ "anyOf": [{ "enum": ["pending"], "type": "string" }, { "$ref": "#/components/schemas/Format" }] });
    let made = of(object(json!({ "Format": format, "State": state })), Map::new());
    assert_eq!(
        made["Format"],
        json!({ "type": "string", "enum": ["jpeg", "png", "auto"], "x-enumDescriptions": { "auto": "Several at once." } })
    );
    assert_eq!(made["State"]["enum"], json!(["pending", "jpeg", "png", "auto"]));
}

#[test]
fn a_choice_of_more_than_names_stays_one() {
    let choice = json!({ "anyOf": [{ "type": "string", "pattern": "a" }, { "type": "object" }] });
    assert_eq!(of(object(json!({ "Choice": choice })), Map::new())["Choice"], choice);
}

#[test]
fn a_default_is_said_and_makes_no_field_required() {
    let request = json!({ "type": "object", "properties": {
        "algorithm": { "$ref": "#/a", "default": "sha256" },
        "seconds": { "type": "integer", "default": 5, "description": "How long." },
        "steps": { "type": "array", "default": [] },
        "default": { "type": "string" },
    } });
    let made = &of(object(json!({ "Request": request })), Map::new())["Request"]["properties"];
    assert_eq!(made["algorithm"], json!({ "$ref": "#/a", "description": "Default: `sha256`." }));
    assert_eq!(made["seconds"], json!({ "type": "integer", "description": "How long. Default: `5`." }));
    assert_eq!(made["steps"], json!({ "type": "array" }));
    assert_eq!(made["default"], json!({ "type": "string" }), "a field of that name is none");
}

#[test]
fn what_may_be_absent_from_a_response_is_never_null_and_what_is_there_may_be() {
    let response = json!({ "type": "object", "required": ["shown"], "properties": {
        "shown": { "type": ["string", "null"] },
        "absent": { "type": ["string", "null"] },
        "referred": { "anyOf": [{ "$ref": "#/a" }, { "type": "null" }], "description": "One." },
    } });
    let made = &of(Map::new(), object(json!({ "Response": response })))["Response"]["properties"];
    assert_eq!(made["shown"], json!({ "type": ["string", "null"] }));
    assert_eq!(made["absent"], json!({ "type": "string" }));
    assert_eq!(made["referred"], json!({ "$ref": "#/a", "description": "One." }));
}
