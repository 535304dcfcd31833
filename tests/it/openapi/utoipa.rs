//! The documents of utoipa.

use ::utoipa::{Modify, OpenApi as _, ToSchema};
use serde_json::{Value, json};
use tower_postern::{
    BearerAuthLayer,
    bearer::RequireLayer,
    openapi::{OpenApi, Operations, Protections, SecurityScheme},
    scopes,
};

use super::support::{assert_sound, document_of, names, seen};

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema counts")]
struct Order {
    id: u64,
    lines: Vec<Line>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema counts")]
struct Line {
    article: String,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema counts")]
struct Report {
    orders: Vec<Order>,
    secret: Secret,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema counts")]
enum Secret {
    Known { word: String },
    Unknown(u8),
}

#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = u64, Path)), responses((status = 200, body = Order), (status = 404, description = "none")))]
#[expect(dead_code, reason = "only its attribute counts")]
fn order() {}

#[utoipa::path(get, path = "/report", tag = "admin", responses((status = 200, body = Report)))]
#[expect(dead_code, reason = "only its attribute counts")]
fn report() {}

#[derive(utoipa::OpenApi)]
#[openapi(paths(order, report), tags((name = "orders"), (name = "admin", description = "for insiders")))]
struct Document;

fn protections() -> Protections {
    let auth = BearerAuthLayer::new(super::kit::validator()).describe();
    let login = SecurityScheme::oauth2().password("/token");
    let auth = auth.format("JWT").scheme("login", login);
    let admin = auth
        .clone()
        .and(RequireLayer::scopes(scopes!("admin")).describe());
    Protections::new()
        .protect(Operations::all(), auth)
        .protect(Operations::tag("admin"), admin)
}

#[test]
fn what_utoipa_makes_is_shown_to_each_caller() {
    let openapi = OpenApi::builder_of(&Document::openapi())
        .hide_unless(seen())
        .build()
        .unwrap();
    let whole = document_of(&openapi, "*");
    assert_eq!(
        names(&whole, "/components/schemas"),
        ["Line", "Order", "Report", "Secret"]
    );
    let part = document_of(&openapi, "GET /orders/{id}");
    assert_sound(&whole, &part);
    assert_eq!(names(&part, "/paths"), ["/orders/{id}"]);
    assert_eq!(names(&part, "/components/schemas"), ["Line", "Order"]);
    assert_eq!(part["tags"], json!([{"name": "orders"}]));
}

#[test]
fn utoipa_takes_the_protections_in() {
    let mut document = Document::openapi();
    protections().modify(&mut document);
    let written = serde_json::to_value(&document).unwrap();
    assert_eq!(
        written["components"]["securitySchemes"],
        json!({
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            "login": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {"admin": ""}}}}
        })
    );
    assert_eq!(
        written["paths"]["/orders/{id}"]["get"]["security"],
        json!([{"bearer": []}, {"login": []}])
    );
    assert_eq!(
        written["paths"]["/report"]["get"]["security"],
        json!([{"bearer": ["admin"]}, {"login": ["admin"]}])
    );
    let headers = |status: &str| {
        names(
            &written,
            &format!("/paths/~1report/get/responses/{status}/headers"),
        )
    };
    assert_eq!(headers("401"), ["WWW-Authenticate"]);
    assert_eq!(headers("403"), ["WWW-Authenticate"]);
    assert_eq!(headers("503"), ["Retry-After"]);
}

#[test]
fn a_document_that_cannot_be_written_stays_as_it_is() {
    let mut document = Document::openapi();
    let before = serde_json::to_value(&document).unwrap();
    let auth = BearerAuthLayer::new(super::kit::validator()).describe();
    Protections::new()
        .protect(Operations::path("/nowhere"), auth)
        .modify(&mut document);
    let after: Value = serde_json::to_value(&document).unwrap();
    assert_eq!(after, before);
}
