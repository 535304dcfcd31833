//! Bad documents are clear errors, and never a panic.

use serde_json::json;
use tower_postern::{
    ConfigErrorKind,
    openapi::{OpenApi, Operations},
};

use super::support::seen;

#[test]
fn what_is_no_document_is_an_error_that_says_why() {
    for (text, expect) in [
        (
            "",
            "OpenAPI document: is not JSON, or nested too deep; give the text of an OpenAPI document",
        ),
        (
            "openapi: 3.0.0",
            "OpenAPI document: is not JSON, or nested too deep; give the text of an OpenAPI document",
        ),
        (
            "[]",
            "OpenAPI document: does not say that it is one; give an object whose member `openapi` is 3.0, 3.1 or 3.2",
        ),
        (
            "null",
            "OpenAPI document: does not say that it is one; give an object whose member `openapi` is 3.0, 3.1 or 3.2",
        ),
        (
            r#"{"swagger":"2.0"}"#,
            "OpenAPI document: does not say that it is one; give an object whose member `openapi` is 3.0, 3.1 or 3.2",
        ),
        (
            r#"{"openapi":"3.01"}"#,
            "OpenAPI document: does not say that it is one; give an object whose member `openapi` is 3.0, 3.1 or 3.2",
        ),
        (
            r#"{"openapi":3.1}"#,
            "OpenAPI document: does not say that it is one; give an object whose member `openapi` is 3.0, 3.1 or 3.2",
        ),
        (
            r#"{"openapi":"3.1.0","paths":[]}"#,
            "OpenAPI document: has a member `paths` that is no object",
        ),
        (
            r#"{"openapi":"3.1.0","paths":{"/a":1}}"#,
            "OpenAPI document: has no object at `paths`, `/a`",
        ),
        (
            r#"{"openapi":"3.1.0","paths":{"/a":{"get":true}}}"#,
            "OpenAPI document: has no object at `get` of the path `/a`",
        ),
        (
            r#"{"openapi":"3.1.0","paths":{"a":{}}}"#,
            "OpenAPI document: has a path `a`; begin it with `/`",
        ),
        (
            r#"{"openapi":"3.1.0","components":{"schemas":[]}}"#,
            "OpenAPI document: has no object at `components`, `schemas`",
        ),
        (
            r##"{"openapi":"3.1.0","paths":{"/a":{"get":{"x":{"$ref":"#/components/schemas/A"}}}}}"##,
            "OpenAPI document: has at `/paths/~1a/get/x` a reference `#/components/schemas/A` that leads nowhere; mend it, or call `keep_dangling_references()`",
        ),
        (
            r##"{"openapi":"3.1.0","components":{"schemas":{"A":{"$ref":"#/components/schemas/B"},"B":{"$ref":"#/components/schemas/A"}}}}"##,
            "OpenAPI document: has at `/components/schemas/A` a reference `#/components/schemas/B` that leads back to itself (1 more like it); mend it, or call `keep_dangling_references()`",
        ),
        (
            r##"{"openapi":"3.1.0","paths":{"/a":{"$ref":"#/paths/~1b"},"/b":{"$ref":"#/paths/~1a"}}}"##,
            "OpenAPI document: has a path `/a` that refers to itself",
        ),
        (
            r#"{"openapi":"3.1.0","paths":{"/a":{"$ref":"admin.json"}}}"#,
            "OpenAPI document: has a path `/a` that stands in another document; put both into one",
        ),
        (
            r##"{"openapi":"3.1.0","paths":{"/a":{"$ref":"#/paths/~1b"}}}"##,
            "OpenAPI document: has a path `/a` whose reference leads nowhere",
        ),
        (
            r#"{"openapi":"3.1.0","servers":[{"url":"v1"}],"paths":{"/a":{"get":{}}}}"#,
            "OpenAPI document: has a server `v1` whose path depends on where the document is; begin it with `/`, or call `base_paths(..)`",
        ),
        (
            r#"{"openapi":"3.1.0","servers":[{}],"paths":{"/a":{"get":{}}}}"#,
            "OpenAPI document: has a server without a `url`",
        ),
        (
            r#"{"openapi":"3.2.0","paths":{"/a":{"additionalOperations":{"A B":{}}}}}"#,
            "OpenAPI document: has at the path `/a` a method that HTTP cannot have",
        ),
    ] {
        let error = OpenApi::builder(text)
            .hide_unless(seen())
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::Document);
        assert_eq!(error.to_string(), expect, "{text}");
    }
}

#[test]
fn a_document_that_is_too_large_or_too_deep_is_an_error() {
    let large = format!(r#"{{"openapi":"3.1.0","x":"{}"}}"#, "x".repeat(10_000_000));
    let error = OpenApi::builder(large.clone())
        .hide_unless(seen())
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "OpenAPI document: has 10000026 bytes, more than 8388608; raise `max_bytes(..)` if it is meant to be so large"
    );
    OpenApi::builder(large)
        .max_bytes(11_000_000)
        .hide_unless(seen())
        .build()
        .unwrap();

    let deep = format!(r#"{{"openapi":"3.1.0","x":{}"#, "[".repeat(1_000_000));
    assert!(OpenApi::builder(deep).hide_unless(seen()).build().is_err());
}

#[test]
fn a_document_without_a_rule_is_an_error_unless_it_is_said_to_be_for_all() {
    let document = json!({"openapi": "3.1.0", "paths": {}});
    let error = OpenApi::builder_of(&document).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "OpenAPI document: would be shown to everyone; call `hide_unless(..)`, `hide_when(..)` or `show_all()`"
    );
    OpenApi::builder_of(&document).show_all().build().unwrap();
    assert!(
        OpenApi::builder_of(&document)
            .show_all()
            .hide_unless(seen())
            .build()
            .is_err()
    );
}

#[test]
fn what_is_excluded_by_a_misspelled_name_is_an_error() {
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}});
    for (operations, name) in [
        (Operations::path("/A"), "the path `/A`"),
        (Operations::call(http::Method::POST, "/a"), "`POST /a`"),
        (Operations::id("a"), "the operation `a`"),
        (Operations::tag("a"), "the tag `a`"),
        (Operations::webhook("a"), "the webhook `a`"),
        (Operations::matching(|_| false), "a closure"),
    ] {
        let error = OpenApi::builder_of(&document)
            .hide_unless(seen())
            .exclude(operations)
            .build()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "OpenAPI document: has nothing to exclude that is {name}; spell it as the document does"
            )
        );
    }
}

#[test]
fn other_settings_that_cannot_be_used_are_errors() {
    let builder = || OpenApi::builder_of(&json!({"openapi": "3.1.0"})).hide_unless(seen());
    assert_eq!(
        builder().vary(["a b"]).build().unwrap_err().kind(),
        ConfigErrorKind::Header
    );
    assert!(builder().base_paths(["v1"]).build().is_err());
    builder()
        .base_paths(["", "/v1"])
        .vary([""; 0])
        .build()
        .unwrap();
    let error = OpenApi::builder_of(&std::collections::BTreeMap::from([((1, 2), 3)]))
        .show_all()
        .build()
        .unwrap_err();
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_schema_that_holds_itself_is_no_circle() {
    let tree = json!({"openapi": "3.1.0", "components": {"schemas": {
        "Tree": {"properties": {"left": {"$ref": "#/components/schemas/Tree"}, "root": {"$ref": "#"}}}
    }}});
    OpenApi::builder_of(&tree)
        .hide_unless(seen())
        .build()
        .unwrap();
}

#[test]
fn references_in_data_and_into_other_documents_may_lead_nowhere() {
    let document = json!({"openapi": "3.1.0", "x-y": {"$ref": "#/nowhere"}, "components": {"schemas": {
        "A": {"example": {"$ref": "#/nowhere"}, "default": {"$ref": "#/nowhere"}, "properties": {"b": {"$ref": "b.json#/b"}}}
    }}});
    OpenApi::builder_of(&document)
        .hide_unless(seen())
        .build()
        .unwrap();
}

#[test]
fn dangling_references_stay_where_they_are_kept() {
    let document = json!({"openapi": "3.1.0", "info": {}, "paths": {
        "/a": {"get": {"x": {"$ref": "#/components/schemas/A"}}}, "/b": {"$ref": "#/paths/~1c"}, "/h": {"get": {}}
    }});
    let builder = OpenApi::builder_of(&document)
        .hide_unless(seen())
        .keep_dangling_references();
    let seen = super::support::document_of(&builder.build().unwrap(), "GET /a");
    assert_eq!(
        seen["paths"],
        json!({"/a": {"get": {"x": {"$ref": "#/components/schemas/A"}}}})
    );
}
