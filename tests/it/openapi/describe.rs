//! The document says of an operation what the layer before it does.

use serde_json::{Value, json};
use tower_postern::{
    BearerAuthLayer,
    bearer::{RequireLayer, TokenSource},
    openapi::{OpenApi, Operations, Protection, Protections, SecurityScheme},
    rule, scopes,
};

use super::support::{document_of, names, seen};

fn auth() -> BearerAuthLayer<impl tower_postern::bearer::TokenValidator> {
    BearerAuthLayer::new(super::kit::validator())
        .realm("shop")
        .unwrap()
}

fn written(version: &str, protection: Protection) -> Value {
    let document = json!({"openapi": version, "info": {}, "paths": {"/a": {"get": {"responses": {"200": {"description": "fine"}}}}, "/open": {"get": {}}}});
    let protections = Protections::new().protect(Operations::path("/a"), protection);
    serde_json::from_slice(&protections.write(document.to_string()).unwrap()).unwrap()
}

#[test]
fn a_layer_is_described_with_its_scheme_and_its_refusals() {
    let document = written("3.1.0", auth().describe().format("JWT"));
    assert_eq!(
        document["components"]["securitySchemes"],
        json!({"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}})
    );
    let challenge = |example: &str| json!({"WWW-Authenticate": {"description": "What a caller must bring", "schema": {"type": "string"}, "example": example}});
    assert_eq!(
        document["paths"]["/a"]["get"],
        json!({
            "security": [{"bearer": []}],
            "responses": {
                "200": {"description": "fine"},
                "400": {"description": "The access token was not sent as it must be", "headers": challenge(
                    "Bearer realm=\"shop\", error=\"invalid_request\", error_description=\"The access token must be sent once and well-formed\"")},
                "401": {"description": "There is no access token, or it is not valid", "headers": challenge("Bearer realm=\"shop\"")},
                "503": {"description": "The access token could not be checked", "headers": {
                    "Retry-After": {"description": "In how many seconds to try again", "schema": {"type": "integer"}, "example": 1}}}
            }
        })
    );
    assert_eq!(document["paths"]["/open"]["get"], json!({}));
}

#[test]
fn scopes_of_the_layer_and_of_what_is_inside_are_asked_for_together() {
    let auth = auth().scopes(scopes!("base"));
    let all = RequireLayer::scopes(scopes!("a b"));
    let any = RequireLayer::any_scope(scopes!("c d"));
    let document = written(
        "3.1.0",
        auth.describe().and(all.describe()).and(any.describe()),
    );
    let operation = &document["paths"]["/a"]["get"];
    assert_eq!(
        operation["security"],
        json!([{"bearer": ["base", "a", "b", "c"]}, {"bearer": ["base", "a", "b", "d"]}])
    );
    assert_eq!(
        operation["responses"]["403"]["headers"]["WWW-Authenticate"]["example"],
        "Bearer realm=\"shop\", error=\"insufficient_scope\", error_description=\"The access token lacks a scope\", scope=\"base a b c d\""
    );
    assert_eq!(
        operation["responses"]["401"]["headers"]["WWW-Authenticate"]["example"],
        "Bearer realm=\"shop\", scope=\"base\"",
        "the outer layer refuses before the inner ones are asked"
    );
}

#[test]
fn openapi_3_0_lists_scopes_of_oauth_alone() {
    let readers = RequireLayer::scopes(scopes!("read"));
    let login = SecurityScheme::oauth2()
        .password("/token")
        .scope("extra", "More");
    let document = written(
        "3.0.3",
        auth()
            .describe()
            .and(readers.describe())
            .scheme("login", login),
    );
    assert_eq!(
        document["paths"]["/a"]["get"]["security"],
        json!([{"bearer": []}, {"login": ["read"]}])
    );
    assert_eq!(
        document["components"]["securitySchemes"]["login"],
        json!({"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {"extra": "More", "read": ""}}}})
    );
}

#[test]
fn optional_and_deferred_layers_are_an_empty_alternative() {
    let optional = written("3.1.0", auth().optional().describe());
    assert_eq!(
        optional["paths"]["/a"]["get"]["security"],
        json!([{}, {"bearer": []}])
    );
    assert_eq!(
        optional["paths"]["/a"]["get"]["responses"]["401"]["headers"]["WWW-Authenticate"]["example"],
        "Bearer realm=\"shop\", error=\"invalid_token\", error_description=\"The access token is not valid\""
    );
    let deferred = auth().deferred();
    let document = written("3.1.0", deferred.describe());
    assert_eq!(
        document["paths"]["/a"]["get"]["security"],
        json!([{}, {"bearer": []}])
    );
    assert_eq!(names(&document, "/paths/~1a/get/responses"), ["200"]);
    let document = written(
        "3.1.0",
        deferred.describe().and(RequireLayer::identity().describe()),
    );
    assert_eq!(
        document["paths"]["/a"]["get"]["security"],
        json!([{"bearer": []}])
    );
    assert_eq!(
        names(&document, "/paths/~1a/get/responses"),
        ["200", "400", "401", "503"]
    );
}

#[test]
fn sources_are_schemes_of_their_own() {
    let gateway = TokenSource::header("x-assertion").unwrap();
    let layer = auth().sources([
        TokenSource::authorization(),
        gateway,
        TokenSource::header("x-b").unwrap(),
    ]);
    let document = written("3.1.0", layer.describe());
    assert_eq!(
        document["components"]["securitySchemes"],
        json!({
            "bearer": {"type": "http", "scheme": "bearer"},
            "apiKey": {"type": "apiKey", "in": "header", "name": "x-assertion"},
            "apiKey2": {"type": "apiKey", "in": "header", "name": "x-b"}
        })
    );
    assert_eq!(
        document["paths"]["/a"]["get"]["security"],
        json!([{"bearer": []}, {"apiKey": []}, {"apiKey2": []}])
    );
}

#[test]
fn what_a_layer_exempts_is_open_unless_something_inside_asks() {
    let layer = auth().exempt(rule::path(["/health", "/users/me"]).unwrap());
    let document = json!({
        "openapi": "3.1.0", "security": [{"old": []}],
        "paths": {"/health": {"get": {"security": [{"old": []}]}}, "/users/{id}": {"get": {}}, "/users/me": {"get": {}}}
    });
    let write = |protection| -> Value {
        let protections = Protections::new().protect(Operations::all(), protection);
        serde_json::from_slice(&protections.write(document.to_string()).unwrap()).unwrap()
    };
    let written = write(layer.describe());
    assert_eq!(written["paths"]["/health"]["get"], json!({"security": []}));
    assert_eq!(written["paths"]["/users/me"]["get"]["security"], json!([]));
    assert_eq!(
        written["paths"]["/users/{id}"]["get"]["security"],
        json!([{"bearer": []}])
    );
    let written = write(layer.describe().and(RequireLayer::identity().describe()));
    assert_eq!(
        written["paths"]["/health"]["get"]["security"],
        json!([{"bearer": []}])
    );
}

#[test]
fn what_the_author_wrote_stays() {
    let document = json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"security": [{"wrong": []}], "responses": {
            "400": {"$ref": "#/components/responses/Bad"}, "401": {"description": "mine", "headers": {"www-authenticate": {}}}, "503": {"description": "mine"}
        }}}},
        "components": {"responses": {"Bad": {"description": "bad"}}, "securitySchemes": {"bearer": {"type": "http", "scheme": "Bearer", "description": "mine"}}}
    });
    let protections = Protections::new().protect(Operations::all(), auth().describe());
    let written: Value =
        serde_json::from_slice(&protections.write(document.to_string()).unwrap()).unwrap();
    let operation = &written["paths"]["/a"]["get"];
    assert_eq!(
        operation["security"],
        json!([{"bearer": []}]),
        "the layer decides, not the author"
    );
    assert_eq!(
        operation["responses"]["400"],
        document["paths"]["/a"]["get"]["responses"]["400"]
    );
    assert_eq!(
        operation["responses"]["401"],
        document["paths"]["/a"]["get"]["responses"]["401"]
    );
    assert_eq!(operation["responses"]["503"]["description"], "mine");
    assert!(
        operation["responses"]["503"]["headers"]
            .get("Retry-After")
            .is_some()
    );
    assert_eq!(
        written["components"]["securitySchemes"],
        document["components"]["securitySchemes"]
    );
}

#[test]
fn a_scheme_of_another_kind_or_a_misspelled_operation_is_an_error() {
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}, "components": {"securitySchemes": {"bearer": {"type": "apiKey"}}}});
    let protections = Protections::new().protect(Operations::all(), auth().describe());
    assert_eq!(
        protections
            .write(document.to_string())
            .unwrap_err()
            .to_string(),
        "OpenAPI document: has another security scheme `bearer`; rename it, or describe the layer's under another name"
    );
    let protections = Protections::new().protect(Operations::path("/b"), auth().describe());
    assert_eq!(
        protections
            .write(document.to_string())
            .unwrap_err()
            .to_string(),
        "OpenAPI document: has nothing to protect that is the path `/b`; spell it as the document does"
    );
}

#[test]
fn each_caller_sees_the_locks_of_what_it_sees() {
    let document = json!({"openapi": "3.1.0", "info": {}, "paths": {"/read": {"get": {}}, "/admin": {"get": {}}}});
    let login = SecurityScheme::oauth2().password("/token");
    let auth = auth();
    let any = auth.describe().scheme("login", login);
    let openapi = OpenApi::builder_of(&document)
        .hide_unless(seen())
        .protect(
            Operations::all(),
            any.clone()
                .and(RequireLayer::scopes(scopes!("read")).describe()),
        )
        .protect(
            Operations::path("/admin"),
            any.and(RequireLayer::scopes(scopes!("admin")).describe()),
        )
        .build()
        .unwrap();
    for (sees, expect) in [
        ("GET /read", vec!["read"]),
        ("GET /admin", vec!["admin"]),
        ("*", vec!["admin", "read"]),
    ] {
        let seen = document_of(&openapi, sees);
        assert_eq!(
            names(
                &seen,
                "/components/securitySchemes/login/flows/password/scopes"
            ),
            expect,
            "{sees}"
        );
    }
}

#[test]
fn every_kind_of_scheme_is_written_as_the_specification_has_it() {
    let document = written(
        "3.1.0",
        auth()
            .describe()
            .scheme("dpop", SecurityScheme::dpop())
            .scheme(
                "key",
                SecurityScheme::from(&TokenSource::header("x-key").unwrap()).description("a key"),
            )
            .scheme(
                "oidc",
                SecurityScheme::open_id_connect(
                    "https://id.example/.well-known/openid-configuration",
                ),
            )
            .scheme(
                "code",
                SecurityScheme::oauth2()
                    .authorization_code("https://id.example/a", "https://id.example/t"),
            )
            .scheme(
                "machine",
                SecurityScheme::oauth2().client_credentials("https://id.example/t"),
            ),
    );
    assert_eq!(
        document["components"]["securitySchemes"],
        json!({
            "bearer": {"type": "http", "scheme": "bearer"},
            "dpop": {"type": "http", "scheme": "dpop"},
            "key": {"type": "apiKey", "in": "header", "name": "x-key", "description": "a key"},
            "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.example/.well-known/openid-configuration"},
            "code": {"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "https://id.example/a", "tokenUrl": "https://id.example/t", "scopes": {}}}},
            "machine": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://id.example/t", "scopes": {}}}}
        })
    );
}
