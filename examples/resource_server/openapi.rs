//! The OpenAPI document: of the operations that there are, each caller finds those that it may see.

use tower_postern::{
    ConfigError,
    openapi::{OpenApi, Operations},
    predicate::Predicate,
    rule,
};

use crate::{routes::Visible, settings::Settings};

/// Asks the same rules as the routes.
pub(crate) fn document(settings: &Settings, visible: &Visible) -> Result<OpenApi, ConfigError> {
    let is_there = [
        ("read", settings.scope_read.is_some()),
        ("write", settings.scope_write.is_some()),
        ("either", settings.issuer_b.is_some()),
        ("internal", visible.inside.is_some()),
        ("of the house", visible.of_the_house.is_some()),
    ];
    let mut openapi = OpenApi::builder(include_str!("openapi.json"));
    for (tag, is_there) in is_there {
        if !is_there {
            openapi = openapi.exclude(Operations::tag(tag));
        }
    }
    if let Some(inside) = visible.inside.clone() {
        openapi = openapi.hide_when(rule::under(["/internal"])?.and(inside.not()));
    }
    if let Some(of_the_house) = visible.of_the_house.clone() {
        openapi = openapi.hide_when(rule::under(["/secret"])?.and(of_the_house.not()));
    }
    if visible.inside.is_none() && visible.of_the_house.is_none() {
        openapi = openapi.show_all();
    }
    openapi.build()
}
