//! The operations of a document as calls, for the test kit.

use http::{Method, Uri};

use super::{
    Operations,
    document::{Document, Strictness},
    json::{Json, Object},
    pointer::Pointer,
    resolve::{MAX_HOPS, Target},
    servers,
    walk::Mention,
};
use crate::{ConfigError, bearer::ScopeSet};

/// A document whose operations are called.
pub(crate) struct Plan {
    document: Document,
}

/// An operation, ready to be called.
pub(crate) struct Planned {
    at: usize,
    /// `GET /users/{id}`.
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) target: Uri,
    /// Whether it is open to callers without a token.
    pub(crate) open: bool,
    /// Whether a token is looked at.
    pub(crate) looks: bool,
    /// The scopes that do, each set for itself.
    pub(crate) scopes: Vec<ScopeSet>,
}

impl Plan {
    pub(crate) fn read(text: &[u8]) -> Result<Self, ConfigError> {
        let lenient = Strictness {
            keep_dangling: true,
            ..Strictness::default()
        };
        let document = Document::read(text, &lenient)?;
        Ok(Self { document })
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = Planned> {
        (0..self.document.items.len()).filter_map(|at| self.call(at))
    }

    pub(crate) fn is_among(&self, call: &Planned, operations: &Operations) -> bool {
        operations.contains(&self.document, call.at)
    }

    /// Whether the operation says that it may answer so.
    pub(crate) fn documents(&self, call: &Planned, status: u16) -> bool {
        let responses = self
            .document
            .object(call.at)
            .and_then(|one| one.get("responses"));
        let exact = status.to_string();
        let range = format!("{}XX", status / 100);
        responses.is_some_and(|responses| {
            [exact.as_str(), &range, "default"]
                .iter()
                .any(|name| responses.get(name).is_some())
        })
    }

    /// The example of the challenge of an answer.
    pub(crate) fn challenge(&self, call: &Planned, status: u16) -> Option<&str> {
        let responses = self.document.object(call.at)?.get("responses")?;
        let answer = self.follow(responses.get(&status.to_string())?);
        let headers = answer.get("headers")?.as_object()?;
        let (_, header) = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))?;
        self.follow(header).get("example")?.as_str()
    }

    fn call(&self, at: usize) -> Option<Planned> {
        let call = self.document.call(at)?;
        let operation = self.document.object(at)?;
        let item = Pointer::of(["paths", &call.path]);
        let item = item.find(&self.document.root)?;
        let path = fill_in(&call.path, |name| self.parameter(&[operation, item], name));
        // Of several servers, the first.
        let base = call
            .targets
            .first()?
            .path()
            .strip_suffix(servers::target("", &call.path)?.path())?;
        let target = servers::target(base, &path)?;
        let security = operation
            .get("security")
            .or_else(|| self.document.root.get("security"));
        let alternatives = security.and_then(Json::as_array).unwrap_or_default();
        let is_empty = |one: &Json| one.as_object().is_some_and(Object::is_empty);
        Some(Planned {
            at,
            name: format!("{} {}", call.method, call.path),
            method: call.method.clone(),
            target,
            open: alternatives.is_empty() || alternatives.iter().any(is_empty),
            looks: !alternatives.iter().all(is_empty),
            scopes: self.scopes(alternatives),
        })
    }

    /// The scopes of each alternative; of schemes that cannot list any in this version of OpenAPI, only where all are such.
    fn scopes(&self, alternatives: &[Json]) -> Vec<ScopeSet> {
        let version = self.document.root.get("openapi").and_then(Json::as_str);
        let lists_all = version.is_some_and(|version| !version.starts_with("3.0"));
        let mut found = Vec::<ScopeSet>::new();
        for (name, scopes) in alternatives.iter().filter_map(Json::as_object).flatten() {
            let scheme = Pointer::of(["components", "securitySchemes", name]);
            let kind = scheme
                .find(&self.document.root)
                .map(|scheme| self.follow(scheme));
            let kind = kind.and_then(|scheme| scheme.get("type")?.as_str());
            if lists_all || matches!(kind, Some("oauth2" | "openIdConnect")) {
                let scopes = scopes.strings().collect::<Vec<_>>().join(" ");
                if !found.iter().any(|other| other.as_str() == scopes) {
                    found.push(ScopeSet::from_wire(&scopes));
                }
            }
        }
        found
    }

    /// A value for a parameter of the path, as it is described.
    fn parameter(&self, levels: &[&Json], name: &str) -> Option<String> {
        let lists = levels
            .iter()
            .filter_map(|level| level.get("parameters")?.as_array());
        let parameter = lists
            .flatten()
            .map(|parameter| self.follow(parameter))
            .find(|parameter| {
                let text = |field| parameter.get(field).and_then(Json::as_str);
                text("in") == Some("path") && text("name") == Some(name)
            })?;
        let schema = parameter.get("schema").map(|schema| self.follow(schema));
        let given = [
            parameter.get("example"),
            schema.and_then(|schema| schema.get("example")),
            schema.and_then(|schema| schema.get("default")),
            schema.and_then(|schema| schema.get("enum")?.child("0")),
        ];
        if let Some(value) = given.into_iter().flatten().find_map(plain) {
            return Some(value);
        }
        let text = |field| schema.and_then(|schema| schema.get(field)?.as_str());
        match (text("type"), text("format")) {
            (Some("integer" | "number"), _) => Some("1".to_owned()),
            (Some("boolean"), _) => Some("true".to_owned()),
            (_, Some("uuid")) => Some("00000000-0000-4000-8000-000000000000".to_owned()),
            (_, Some("date")) => Some("2000-01-01".to_owned()),
            (_, Some("date-time")) => Some("2000-01-01T00:00:00Z".to_owned()),
            _ => None,
        }
    }

    /// What references lead to, where they lead somewhere.
    fn follow<'a>(&'a self, mut json: &'a Json) -> &'a Json {
        for _ in 0..MAX_HOPS {
            let Some(text) = json.get("$ref").and_then(Json::as_str) else {
                break;
            };
            let mention = Mention { text, name: false };
            match self.document.resolve(&Pointer::root(), mention) {
                Target::Exactly(place) | Target::Around(place) => {
                    match place.find(&self.document.root) {
                        Some(next) => json = next,
                        None => break,
                    }
                }
                Target::Elsewhere | Target::Nowhere => break,
            }
        }
        json
    }
}

/// The value of a JSON string, number or truth, as it stands in a path.
fn plain(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.replace(['/', '?', '#', '%', '{', '}'], "")),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
    .filter(|text| !text.is_empty())
}

/// The path with a value for each slot; `x` where nothing is known of it.
fn fill_in(path: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        filled.push_str(value(name).as_deref().unwrap_or("x"));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_a_path_are_filled_with_what_the_document_says_of_them() {
        let document = br##"{
            "openapi": "3.0.3", "servers": [{"url": "/v1"}],
            "paths": {"/a/{id}/{kind}.{ext}/{uuid}/{none}": {
                "parameters": [{"$ref": "#/components/parameters/id"}, {"in": "path", "name": "kind", "schema": {"enum": ["x/y", "z"]}}],
                "get": {"parameters": [{"in": "path", "name": "uuid", "schema": {"type": "string", "format": "uuid"}}, {"in": "query", "name": "ext", "example": "no"}]}
            }},
            "components": {"parameters": {"id": {"in": "path", "name": "id", "schema": {"$ref": "#/components/schemas/Id"}}}, "schemas": {"Id": {"type": "integer"}}}
        }"##;
        let plan = Plan::read(document).unwrap();
        let calls: Vec<Planned> = plan.calls().collect();
        assert_eq!(
            calls[0].target,
            "/v1/a/1/xy.x/00000000-0000-4000-8000-000000000000/x"
        );
        assert_eq!(calls[0].name, "GET /a/{id}/{kind}.{ext}/{uuid}/{none}");
    }
}
