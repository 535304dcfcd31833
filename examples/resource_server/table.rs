//! The table of routes, and what is made of it: the router, and the OpenAPI document.
//!
//! What guards a route and what hides it is said once. The document has the operations of the routes that are there, shows
//! each caller those that the router would, and says of the guards what they say of themselves.

use std::{error::Error, sync::Arc};

use axum::{Router, routing::MethodRouter};
use serde_json::Value;
use tower_postern::{
    BearerAuthLayer, ConfigError, HideLayer,
    axum::hide_routes,
    bearer::{RequireLayer, TokenValidator},
    hide::NoStoreLayer,
    openapi::{OpenApi, OpenApiBuilder, Operations, Protection},
    predicate::Predicate,
    rule,
};

use crate::settings::HideMode;

/// The operations in words. Who may call them is not among these.
const DOCUMENT: &str = include_str!("openapi.json");
/// Where it is served.
const DOCUMENT_PATH: &str = "/openapi.json";

/// Routes, in groups.
pub(crate) struct Table(Vec<Group>);

/// Some routes, and what stands before all of them.
pub(crate) struct Group {
    router: Router,
    paths: Vec<&'static str>,
    protection: Option<Protection>,
    hidden: Option<Hidden>,
}

#[derive(Clone)]
struct Hidden {
    below: &'static str,
    visible_to: Arc<dyn Predicate>,
}

/// A layer that asks for a token, and says so.
pub(crate) trait Guard {
    fn describe(&self) -> Protection;
    fn guard(self, router: Router) -> Router;
}

impl Guard for RequireLayer {
    fn describe(&self) -> Protection {
        Self::describe(self)
    }

    fn guard(self, router: Router) -> Router {
        router.route_layer(self)
    }
}

impl<V: TokenValidator> Guard for BearerAuthLayer<V> {
    fn describe(&self) -> Protection {
        Self::describe(self)
    }

    fn guard(self, router: Router) -> Router {
        router.route_layer(self)
    }
}

impl Group {
    /// For everybody.
    pub(crate) fn open(routes: impl IntoIterator<Item = (&'static str, MethodRouter)>) -> Self {
        let mut group = Self {
            router: Router::new(),
            paths: Vec::new(),
            protection: None,
            hidden: None,
        };
        for (path, methods) in routes {
            group.router = group.router.route(path, methods);
            group.paths.push(path);
        }
        group
    }

    /// For those whom the guard lets in.
    pub(crate) fn guarded(
        guard: impl Guard,
        routes: impl IntoIterator<Item = (&'static str, MethodRouter)>,
    ) -> Self {
        let open = Self::open(routes);
        Self {
            protection: Some(guard.describe()),
            router: guard.guard(open.router),
            ..open
        }
    }

    /// For all others they are not there. The paths are below that one, and nothing else is.
    pub(crate) fn hidden_unless(self, visible_to: impl Predicate, below: &'static str) -> Self {
        let visible_to = Arc::new(visible_to);
        let hidden = Some(Hidden { below, visible_to });
        Self { hidden, ..self }
    }
}

impl Table {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn add(&mut self, group: Group) {
        self.0.push(group);
    }

    /// The router: all that is open or guarded, the document of all, and hidden routes beside them.
    ///
    /// `around` is what the layer around it says of itself; `base` answers what is not there.
    pub(crate) fn into_router(
        self,
        mode: HideMode,
        around: &Protection,
        base: Router,
    ) -> Result<Router, Box<dyn Error>> {
        let openapi = self.document(around)?;
        let mut public = base.route_service(DOCUMENT_PATH, openapi);
        let mut hidden = Vec::new();
        for group in self.0 {
            match group.hidden {
                Some(rule) => hidden.push((rule, group.router)),
                None => public = public.merge(group.router),
            }
        }
        let mut all = public;
        for (rule, router) in hidden {
            all = rule.hide(mode, all, router)?;
        }
        Ok(all)
    }

    fn document(&self, around: &Protection) -> Result<OpenApi, Box<dyn Error>> {
        let mut openapi = self.there(OpenApi::builder(DOCUMENT))?;
        for group in &self.0 {
            if let Some(protection) = &group.protection {
                let protection = around.clone().and(protection.clone());
                for path in &group.paths {
                    openapi = openapi.protect(Operations::path(*path), protection.clone());
                }
            }
            if let Some(hidden) = &group.hidden {
                openapi = openapi.hide_when(hidden.outsiders()?);
            }
        }
        if self.0.iter().all(|group| group.hidden.is_none()) {
            openapi = openapi.show_all();
        }
        Ok(openapi.build()?)
    }

    /// Leaves out what is not there. What is there, and not in it, was forgotten.
    fn there(&self, mut openapi: OpenApiBuilder) -> Result<OpenApiBuilder, Box<dyn Error>> {
        let document: Value = serde_json::from_str(DOCUMENT)?;
        let described = document.get("paths").and_then(Value::as_object);
        let described = described.ok_or("openapi.json has no paths")?;
        let mut paths = vec![DOCUMENT_PATH];
        for group in &self.0 {
            let below = group.hidden.as_ref().map_or("/", |hidden| hidden.below);
            for path in &group.paths {
                if !described.contains_key(*path) {
                    return Err(format!("{path} is not in openapi.json").into());
                }
                if !path.starts_with(below) {
                    return Err(format!("{path} is not below {below}, and is not hidden").into());
                }
                paths.push(path);
            }
        }
        for path in described.keys() {
            if !paths.contains(&path.as_str()) {
                openapi = openapi.exclude(Operations::path(path));
            }
        }
        Ok(openapi)
    }
}

impl Hidden {
    /// Those from whom it is hidden.
    fn outsiders(&self) -> Result<impl Predicate + use<>, ConfigError> {
        Ok(rule::under([self.below])?.and(self.visible_to.clone().not()))
    }

    /// Puts hidden routes beside what is there already.
    fn hide(self, mode: HideMode, public: Router, hidden: Router) -> Result<Router, ConfigError> {
        Ok(match mode {
            // The one to choose: others meet a router that never had them.
            HideMode::Fallback => hide_routes(public, hidden, self.visible_to),
            // For a service that cannot be split: others are taken to another path.
            HideMode::Reroute => {
                let all = public.merge(hidden.route_layer(NoStoreLayer::new()));
                let layer = HideLayer::when(self.outsiders()?).reroute();
                Router::new().fallback_service(layer.wrap(all))
            }
        })
    }
}
