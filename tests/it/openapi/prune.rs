//! What is hidden is gone, and all that only it used; what is shown is whole.

use serde_json::{Value, json};
use tower_postern::openapi::{OpenApi, Operations};

use super::support::{assert_sound, build, document_of, names, pruned, seen};

/// One of each kind of component, used by the one operation, the other, or both; some through others.
fn shop() -> Value {
    let uses = |who: &str| {
        json!({
            "operationId": format!("{who}Op"), "tags": ["common", who],
            "security": [{format!("{who}Key"): []}, {"oauth": ["common", who]}],
            "parameters": [{"$ref": format!("#/components/parameters/{who}Parameter")}],
            "requestBody": {"$ref": format!("#/components/requestBodies/{who}Body")},
            "responses": {"200": {"$ref": format!("#/components/responses/{who}Response")}},
            "callbacks": {"done": {"$ref": format!("#/components/callbacks/{who}Callback")}}
        })
    };
    let reference =
        |kind: &str, name: String| json!({"$ref": format!("#/components/{kind}/{name}")});
    let mut components = serde_json::Map::new();
    let mut add = |kind: &str, name: String, value: Value| {
        let kind = components.entry(kind).or_insert_with(|| json!({}));
        kind[name] = value;
    };
    for who in ["open", "secret"] {
        let schema = |name: &str| reference("schemas", format!("{who}{name}"));
        add(
            "parameters",
            format!("{who}Parameter"),
            json!({"name": "p", "in": "query", "schema": schema("A")}),
        );
        add(
            "requestBodies",
            format!("{who}Body"),
            json!({"content": {"application/json": {"schema": schema("B")}}}),
        );
        add(
            "responses",
            format!("{who}Response"),
            json!({
                "description": "",
                "headers": {"X-H": reference("headers", format!("{who}Header"))},
                "content": {"application/json": {
                    "schema": {"oneOf": [schema("C"), {"$ref": "#/components/schemas/Common"}]},
                    "examples": {"e": reference("examples", format!("{who}Example"))}
                }},
                "links": {
                    "toOpen": {"operationId": "openOp"},
                    "toSecret": {"operationId": "secretOp"},
                    "byRef": {"operationRef": "#/paths/~1secret/get"},
                    "shared": reference("links", format!("{who}Link"))
                }
            }),
        );
        add(
            "headers",
            format!("{who}Header"),
            json!({"schema": schema("D")}),
        );
        add(
            "examples",
            format!("{who}Example"),
            json!({"value": {"x": who}}),
        );
        add(
            "links",
            format!("{who}Link"),
            json!({"operationId": format!("{who}Op")}),
        );
        add(
            "callbacks",
            format!("{who}Callback"),
            json!({"{$request.body#/url}": reference("pathItems", format!("{who}Item"))}),
        );
        add(
            "pathItems",
            format!("{who}Item"),
            json!({"post": {"requestBody": {"content": {"a/b": {"schema": schema("E")}}}, "responses": {}}}),
        );
        for name in ["A", "B", "C", "D", "E", "F"] {
            add(
                "schemas",
                format!("{who}{name}"),
                json!({"type": "object", "description": format!("{who} {name}")}),
            );
        }
        add(
            "schemas",
            format!("{who}A"),
            json!({"properties": {"f": schema("F"), "self": schema("A")}}),
        );
        add(
            "securitySchemes",
            format!("{who}Key"),
            json!({"type": "http", "scheme": "bearer"}),
        );
    }
    add("schemas", "Common".into(), json!({"type": "string"}));
    add(
        "schemas",
        "Nobody".into(),
        json!({"$ref": "#/components/schemas/secretF"}),
    );
    add(
        "securitySchemes",
        "oauth".into(),
        json!({"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {"common": "", "open": "", "secret": "", "nobody": "", "openid": ""}}}}),
    );
    json!({
        "openapi": "3.1.0", "info": {"title": "shop", "version": "1"},
        "tags": [{"name": "common"}, {"name": "open"}, {"name": "secret"}, {"name": "nobody"}],
        "x-tagGroups": [{"name": "g", "tags": ["open", "secret"]}, {"name": "h", "tags": ["secret"]}],
        "x-other": {"secret": true},
        "paths": {
            "/open": {"get": uses("open"), "parameters": [{"name": "q", "in": "query"}]},
            "/secret": {"get": uses("secret"), "summary": "secret"}
        },
        "webhooks": {"hook": {"post": {"tags": ["secret"], "responses": {"200": {"$ref": "#/components/responses/secretResponse"}}}}},
        "components": components
    })
}

#[test]
fn what_only_hidden_operations_use_is_gone() {
    let document = shop();
    let seen = pruned(&document, "GET /open");
    assert_sound(&document, &seen);
    assert!(!seen.to_string().contains("secret"), "{seen:#}");
    assert!(!seen.to_string().contains("obody"), "{seen:#}");
    assert!(seen.get("webhooks").is_none() && seen.get("x-other").is_none());
}

#[test]
fn what_shown_operations_use_is_there() {
    let document = shop();
    let seen = pruned(&document, "GET /open");
    assert_eq!(
        seen["paths"]["/open"]["parameters"],
        document["paths"]["/open"]["parameters"]
    );
    assert_eq!(
        names(&seen, "/components/schemas"),
        [
            "Common", "openA", "openB", "openC", "openD", "openE", "openF"
        ]
    );
    for kind in [
        "parameters",
        "requestBodies",
        "responses",
        "headers",
        "examples",
        "links",
        "callbacks",
        "pathItems",
    ] {
        assert_eq!(
            names(&seen, &format!("/components/{kind}")).len(),
            1,
            "{kind}"
        );
    }
    assert_eq!(
        names(&seen, "/components/securitySchemes"),
        ["oauth", "openKey"]
    );
    assert_eq!(
        names(
            &seen,
            "/components/securitySchemes/oauth/flows/password/scopes"
        ),
        ["common", "open", "openid"]
    );
    assert_eq!(
        names(&seen, "/components/responses/openResponse/links"),
        ["shared", "toOpen"]
    );
    assert_eq!(seen["tags"], json!([{"name": "common"}, {"name": "open"}]));
    assert_eq!(
        seen["x-tagGroups"],
        json!([{"name": "g", "tags": ["open"]}])
    );
}

#[test]
fn who_sees_all_sees_the_document_as_it_is() {
    let document = shop();
    assert_eq!(pruned(&document, "*"), document);
    let text = r#"{"openapi":"3.0.3","zebra":1,"info":{"version":"1","title":"t"},"paths":{"/b":{"get":{}},"/a":{"get":{}}}}"#;
    let openapi = OpenApi::builder(text).hide_unless(seen()).build().unwrap();
    let bytes = openapi.document(&(&super::support::caller("*")).into());
    assert_eq!(bytes, text, "the order of the members, too");
}

#[test]
fn who_sees_nothing_sees_an_empty_document() {
    let seen = pruned(&shop(), "");
    assert_eq!(
        seen,
        json!({"openapi": "3.1.0", "info": {"title": "shop", "version": "1"}, "paths": {}})
    );
}

#[test]
fn webhooks_are_judged_by_the_caller_alone() {
    let seen = pruned(&shop(), "webhooks");
    assert_eq!(names(&seen, "/webhooks"), ["hook"]);
    assert_eq!(names(&seen, "/components/responses"), ["secretResponse"]);
    assert!(seen["paths"].as_object().unwrap().is_empty());
    assert_sound(&shop(), &seen);
}

#[test]
fn operations_of_one_path_are_judged_each() {
    let document = json!({
        "openapi": "3.0.3", "info": {},
        "paths": {"/users/{id}": {
            "summary": "users", "x-note": "delete is for admins",
            "get": {"responses": {}}, "delete": {"responses": {}}, "additionalOperations": {"PURGE": {}}
        }}
    });
    let seen = pruned(&document, "GET /users/{id}");
    assert_eq!(
        seen["paths"],
        json!({"/users/{id}": {"summary": "users", "get": {"responses": {}}}})
    );
    let seen = pruned(&document, "PURGE /users/{id}");
    assert_eq!(
        seen["paths"],
        json!({"/users/{id}": {"summary": "users", "additionalOperations": {"PURGE": {}}}})
    );
}

#[test]
fn paths_are_joined_with_the_base_paths_of_the_innermost_servers() {
    let document = json!({
        "openapi": "3.0.3", "info": {}, "servers": [{"url": "https://a.example/v1/"}, {"url": "/v2"}],
        "paths": {
            "/a": {"get": {}},
            "/b": {"servers": [{"url": "/b-servers"}], "get": {}, "put": {"servers": [{"url": "http://x"}]}}
        }
    });
    for (sees, expect) in [
        ("GET /a, GET /b, PUT /v1/b", vec![]),
        ("GET /v1/a", vec![]),
        ("GET /v1/a, GET /v2/a", vec!["/paths/~1a/get"]),
        ("GET /b-servers/b", vec!["/paths/~1b/get"]),
        ("PUT /b", vec!["/paths/~1b/put"]),
    ] {
        let seen = pruned(&document, sees);
        for place in ["/paths/~1a/get", "/paths/~1b/get", "/paths/~1b/put"] {
            assert_eq!(
                seen.pointer(place).is_some(),
                expect.contains(&place),
                "{sees}: {place}"
            );
        }
    }
    let openapi = OpenApi::builder_of(&document)
        .hide_unless(seen())
        .base_paths(["/mounted/"]);
    let seen = document_of(&openapi.build().unwrap(), "GET /mounted/a");
    assert_eq!(names(&seen, "/paths"), ["/a"]);
}

#[test]
fn a_path_item_that_stands_elsewhere_is_judged_at_each_of_its_paths() {
    let document = json!({
        "openapi": "3.1.0", "info": {},
        "paths": {
            "/a": {"$ref": "#/components/pathItems/Both"},
            "/b": {"$ref": "#/paths/~1a", "summary": "own"},
        },
        "components": {"pathItems": {"Both": {"get": {"operationId": "get"}, "delete": {"operationId": "delete"}, "summary": "both"}}}
    });
    let seen = pruned(&document, "GET /b, DELETE /a");
    assert_eq!(
        seen["paths"],
        json!({
            "/a": {"delete": {"operationId": "delete"}, "summary": "both"},
            "/b": {"get": {"operationId": "get"}, "summary": "own"}
        })
    );
    assert!(seen.get("components").is_none());
}

#[test]
fn what_a_shown_operation_borrows_from_a_hidden_one_becomes_a_component() {
    let document = json!({
        "openapi": "3.1.0", "info": {},
        "paths": {
            "/hidden/{path}": {
                "parameters": [{"name": "path", "in": "path", "schema": {"$ref": "#/components/schemas/Id"}}],
                "get": {"description": "secret", "responses": {"200": {"description": "fine", "content": {"application/json": {"schema": {
                    "properties": {"next": {"$ref": "#/paths/~1hidden~1%7Bpath%7D/get/responses/200/content/application~1json/schema"}, "id": {"$ref": "#/components/schemas/Id"}}
                }}}}}}
            },
            "/open": {
                "parameters": [{"$ref": "#/paths/~1hidden~1%7Bpath%7D/parameters/0"}],
                "get": {"responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/paths/~1hidden~1%7Bpath%7D/get/responses/200/content/application~1json/schema"}}}},
                    "201": {"$ref": "#/paths/~1hidden~1%7Bpath%7D/get/responses/200"},
                    "202": {"content": {"a/b": {"schema": {"$ref": "#/$defs/Odd"}}}}
                }}
            }
        },
        "$defs": {"Odd": {"type": "integer"}, "Secret": {}},
        "components": {"schemas": {"Id": {}, "Shared": {"description": "taken"}}}
    });
    let seen = pruned(&document, "GET /open");
    assert_sound(&document, &seen);
    let text = seen.to_string();
    assert!(
        !text.to_lowercase().contains("secret") && !text.contains("hidden"),
        "{seen:#}"
    );
    assert_eq!(
        seen["components"]["schemas"]["Odd"],
        json!({"type": "integer"})
    );
    assert_eq!(names(&seen, "/components/responses"), ["Shared"]);
    assert_eq!(names(&seen, "/components/parameters"), ["Shared"]);
    assert_eq!(
        seen["components"]["schemas"]["Shared2"]["properties"]["next"]["$ref"],
        "#/components/schemas/Shared2"
    );
}

#[test]
fn discriminators_keep_the_schemas_that_they_name() {
    let document = json!({
        "openapi": "3.0.3", "info": {},
        "paths": {
            "/pets": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}}},
            "/hidden": {"get": {"x": {"$ref": "#/components/schemas/Fox"}}}
        },
        "components": {"schemas": {
            "Pet": {"discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat", "dog": "#/components/schemas/Dog", "foreign": "fox.json"}}},
            "Cat": {}, "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}]}, "Fox": {"allOf": [{"$ref": "#/components/schemas/Pet"}]}
        }}
    });
    let seen = pruned(&document, "GET /pets");
    assert_eq!(names(&seen, "/components/schemas"), ["Cat", "Dog", "Pet"]);
}

#[test]
fn schemas_are_found_by_anchor_and_by_id() {
    let document = json!({
        "openapi": "3.1.0", "info": {},
        "paths": {
            "/open": {"get": {"a": {"$ref": "#anchored"}, "b": {"$ref": "https://schemas.example/tree"}, "c": {"$dynamicRef": "#node"}}},
            "/hidden": {"get": {"d": {"$ref": "#/components/schemas/Hidden"}}}
        },
        "components": {"schemas": {
            "Anchored": {"$anchor": "anchored", "$defs": {"x": {"$dynamicAnchor": "node"}}},
            "Tree": {"$id": "https://schemas.example/tree", "$defs": {"leaf": {"type": "string"}}, "properties": {
                "leaf": {"$ref": "#/$defs/leaf"}, "sibling": {"$ref": "other#/properties/x"}
            }},
            "Other": {"$id": "https://schemas.example/other", "properties": {"x": {}}},
            "Hidden": {"$id": "https://schemas.example/hidden"}
        }}
    });
    let seen = pruned(&document, "GET /open");
    assert_eq!(
        names(&seen, "/components/schemas"),
        ["Anchored", "Other", "Tree"]
    );
}

#[test]
fn names_that_look_like_words_of_openapi_are_names() {
    let document = json!({
        "openapi": "3.1.0", "info": {},
        "paths": {
            "/open": {"get": {"responses": {"default": {"$ref": "#/components/responses/default"}}}},
            "/hidden": {"get": {}}
        },
        "components": {
            "responses": {"default": {"content": {"a/b": {"schema": {"properties": {
                "example": {"$ref": "#/components/schemas/example"}, "links": {"properties": {"dead": {"operationId": "none"}}}, "$ref": {"type": "string"},
                "security": {"type": "string"}, "x-y": {"$ref": "#/components/schemas/x-y"}
            }}}}}},
            "schemas": {"example": {"properties": {"enum": {"$ref": "#/components/schemas/enum"}}}, "enum": {}, "x-y": {}}
        }
    });
    let seen = pruned(&document, "GET /open");
    assert_eq!(seen["components"], document["components"]);
}

#[test]
fn the_security_of_the_document_stays_while_something_shown_has_none_of_its_own() {
    let document = json!({
        "openapi": "3.0.3", "info": {}, "security": [{"key": []}],
        "paths": {"/own": {"get": {"security": [{"other": []}]}}, "/none": {"get": {"security": []}}, "/inherits": {"get": {}}},
        "components": {"securitySchemes": {"key": {"$ref": "#/components/securitySchemes/real"}, "real": {}, "other": {}}}
    });
    for (sees, security, schemes) in [
        ("GET /inherits", true, &["key", "real"][..]),
        ("GET /own", false, &["other"]),
        ("GET /none", false, &[]),
        ("GET /none, GET /inherits", true, &["key", "real"]),
    ] {
        let seen = pruned(&document, sees);
        assert_eq!(seen.get("security").is_some(), security, "{sees}");
        assert_eq!(
            names(&seen, "/components/securitySchemes"),
            schemes,
            "{sees}"
        );
    }
}

#[test]
fn links_lead_to_what_is_shown() {
    let document = json!({
        "openapi": "3.0.3", "info": {},
        "paths": {
            "/open": {"get": {"operationId": "open", "responses": {"200": {"links": {
                "self": {"operationRef": "#/paths/~1open/get"}, "elsewhere": {"operationRef": "https://b.example/openapi.json#/paths/~1x/get"},
                "hidden": {"operationRef": "#/paths/~1hidden/get"}, "beside": {"operationRef": "openapi.json#/paths/~1hidden/get"},
                "unknown": {"operationId": "unknown"}, "chain": {"$ref": "#/components/links/one"}
            }}, "201": {"links": {"hidden": {"operationId": "hidden"}}}}}},
            "/hidden": {"get": {"operationId": "hidden"}}
        },
        "components": {"links": {"one": {"$ref": "#/components/links/two"}, "two": {"operationId": "hidden"}}}
    });
    let seen = pruned(&document, "GET /open");
    assert_eq!(
        names(&seen, "/paths/~1open/get/responses/200/links"),
        ["elsewhere", "self"]
    );
    assert_eq!(seen["paths"]["/open"]["get"]["responses"]["201"], json!({}));
    assert!(seen.get("components").is_none());
}

#[test]
fn excluded_operations_are_in_nobodys_document() {
    let document = shop();
    for operations in [
        Operations::path("/secret"),
        Operations::call(http::Method::GET, "/secret"),
        Operations::id("secretOp"),
        Operations::tag("secret"),
        Operations::matching(|operation| operation.path() == "/secret" && operation.id().is_some()),
    ] {
        let name = format!("{operations}");
        let openapi = OpenApi::builder_of(&document)
            .hide_unless(seen())
            .exclude(operations)
            .exclude(Operations::webhook("hook"));
        let seen = document_of(&openapi.build().unwrap(), "*");
        assert_sound(&document, &seen);
        assert_eq!(names(&seen, "/paths"), ["/open"], "{name}");
        // What nobody uses stays, with what it needs; it is not for the exclusion to judge.
        assert_eq!(
            names(&seen, "/components/schemas"),
            [
                "Common", "Nobody", "openA", "openB", "openC", "openD", "openE", "openF", "secretF"
            ]
        );
        assert_eq!(names(&seen, "/components/links"), ["openLink"]);
        assert_eq!(
            names(&seen, "/components/securitySchemes"),
            ["oauth", "openKey"]
        );
        let scopes = names(
            &seen,
            "/components/securitySchemes/oauth/flows/password/scopes",
        );
        assert_eq!(scopes, ["common", "nobody", "open", "openid"]);
        assert_eq!(
            seen["tags"],
            json!([{"name": "common"}, {"name": "open"}, {"name": "nobody"}])
        );
        assert_eq!(seen["x-other"], document["x-other"]);
    }
}

#[test]
fn operations_of_unknown_verdict_are_hidden() {
    use tower_postern::predicate::{Verdict, predicate};
    for rule in [
        OpenApi::builder_of(&shop()).hide_when(predicate(|_| Verdict::Unknown)),
        OpenApi::builder_of(&shop()).hide_unless(predicate(|_| Verdict::Unknown)),
        OpenApi::builder_of(&shop())
            .hide_unless(seen())
            .hide_when(predicate(|_| true)),
    ] {
        assert!(names(&document_of(&rule.build().unwrap(), "*"), "/paths").is_empty());
    }
    build(&shop()).unwrap();
}
