//! Writes into a document what layers ask for.

use std::collections::{BTreeMap, BTreeSet};

use http::Request;

use super::{
    Operations, Protection, SecurityScheme,
    document::{Call, Document, Strictness},
    json::{Json, Object},
    pointer::Pointer,
};
use crate::{
    ConfigError, ConfigErrorKind, RequestHead,
    bearer::{Asks, AuthError, ScopeSet},
};

/// Which operations of a document stand behind which layers.
///
/// It writes into the document what the layers [describe](crate::BearerAuthLayer::describe): security schemes, the
/// `security` of each operation with its scopes, and the answers 400, 401, 403 and 503 with their headers, where the
/// operation has none of its own. What a layer exempts is written as open.
///
/// [`OpenApiBuilder::protect`](super::OpenApiBuilder::protect) does it for a document that is served. For one that is not,
/// there is [`write`](Self::write); and with the feature `utoipa` this is a `utoipa::Modify`.
///
/// # Examples
/// ```
/// use tower_postern::{
///     BearerAuthLayer, bearer::{AuthError, Verified, immediate}, openapi::{Operations, Protections}, rule,
/// };
///
/// # let validator = immediate(|credentials| match credentials.token() {
/// #     "good" => Ok(Verified::new("ann")),
/// #     _ => Err(AuthError::invalid_token()),
/// # });
/// let auth = BearerAuthLayer::new(validator).exempt(rule::path(["/health"])?);
/// let document = r#"{"openapi":"3.1.0","paths":{"/me":{"get":{}},"/health":{"get":{}}}}"#;
///
/// let protections = Protections::new().protect(Operations::all(), auth.describe());
/// let written: serde_json::Value = serde_json::from_slice(&protections.write(document)?)?;
/// assert_eq!(written["paths"]["/me"]["get"]["security"][0]["bearer"], serde_json::json!([]));
/// assert!(written["paths"]["/health"]["get"].get("security").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Protections(Vec<(Operations, Protection)>);

impl Protections {
    /// Of no operation so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what these operations stand behind. Said of one operation more than once, the last counts.
    pub fn protect(mut self, operations: Operations, protection: Protection) -> Self {
        self.0.push((operations, protection));
        self
    }

    /// Writes it into a document, and returns that.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Document`] where it is no OpenAPI document, has no operation that is said to stand behind
    /// something, or another security scheme of a name that is written.
    pub fn write(&self, json: impl AsRef<[u8]>) -> Result<Vec<u8>, ConfigError> {
        let lenient = Strictness {
            keep_dangling: true,
            ..Strictness::default()
        };
        let document = Document::read(json.as_ref(), &lenient)?;
        let written = self.write_into(&document)?;
        written.to_bytes().map_err(|error| {
            ConfigError::new(ConfigErrorKind::Document, "cannot be written").with_source(error)
        })
    }

    pub(super) fn write_into(&self, document: &Document) -> Result<Json, ConfigError> {
        let mut root = document.root.clone();
        let mut schemes = Schemes::default();
        for (operations, _) in &self.0 {
            if !(0..document.items.len()).any(|at| operations.contains(document, at)) {
                return Err(ConfigError::new(
                    ConfigErrorKind::Document,
                    format!(
                        "has nothing to protect that is {operations}; spell it as the document does"
                    ),
                ));
            }
        }
        let version = root
            .get("openapi")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let lists_all = !version.starts_with("3.0");
        let inherited = root.get("security").is_some();
        for (at, item) in document.items.iter().enumerate() {
            let last = self
                .0
                .iter()
                .rfind(|(operations, _)| operations.contains(document, at));
            let (Some((_, protection)), Some(call)) = (last, &item.call) else {
                continue;
            };
            let Some(operation) = find_mut(&mut root, &item.place) else {
                continue;
            };
            if exempt(protection, call) {
                if inherited {
                    operation.insert("security".to_owned(), Json::Array(Vec::new()));
                } else {
                    operation.shift_remove("security");
                }
                continue;
            }
            let security = security(protection, lists_all);
            schemes.add(protection);
            operation.insert("security".to_owned(), security);
            if protection.asks != Asks::Nothing {
                let responses = operation.entry("responses".to_owned());
                let responses = responses.or_insert_with(|| Object::new().into());
                if let Some(responses) = responses.as_object_mut() {
                    write_responses(responses, protection);
                }
            }
        }
        schemes.write(&mut root)?;
        Ok(root)
    }
}

/// Whether the layer lets this operation pass whoever calls it: asked as a caller of whom nothing is known.
fn exempt(protection: &Protection, call: &Call) -> bool {
    let nobody = Request::new(());
    let head = RequestHead::new(&nobody);
    let targets = &call.targets;
    !targets.is_empty()
        && targets
            .iter()
            .all(|target| protection.exempts(&head.at(&call.method, target)))
}

fn security(protection: &Protection, lists_all: bool) -> Json {
    let mut alternatives: Vec<Json> = Vec::new();
    if protection.asks != Asks::Token {
        alternatives.push(Object::new().into());
    }
    for (name, scheme) in &protection.schemes {
        for scopes in &protection.scopes {
            // Of other schemes OpenAPI 3.0 wants the list empty.
            let listed = scopes.iter().filter(|_| lists_all || scheme.has_scopes());
            let listed: Json = listed.map(Json::from).collect();
            let alternative = Json::from([(name.as_str(), listed)]);
            if !alternatives.contains(&alternative) {
                alternatives.push(alternative);
            }
        }
    }
    Json::Array(alternatives)
}

/// The schemes of all operations, and all scopes that are asked for under each.
#[derive(Default)]
struct Schemes<'a>(BTreeMap<&'a str, (Vec<&'a SecurityScheme>, BTreeSet<String>)>);

impl<'a> Schemes<'a> {
    fn add(&mut self, protection: &'a Protection) {
        for (name, scheme) in &protection.schemes {
            let (schemes, scopes) = self.0.entry(name).or_default();
            schemes.push(scheme);
            scopes.extend(
                protection
                    .scopes
                    .iter()
                    .flat_map(ScopeSet::iter)
                    .map(str::to_owned),
            );
        }
    }

    fn write(self, root: &mut Json) -> Result<(), ConfigError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let there = root.as_object_mut().and_then(|root| {
            let components = root.entry("components".to_owned());
            let components = components.or_insert_with(|| Object::new().into());
            let schemes = components
                .as_object_mut()?
                .entry("securitySchemes".to_owned());
            schemes
                .or_insert_with(|| Object::new().into())
                .as_object_mut()
        });
        let Some(there) = there else { return Ok(()) };
        for (name, (schemes, scopes)) in self.0 {
            for scheme in schemes {
                let written = scheme.written(there.get(name), &scopes).ok_or_else(|| {
                    ConfigError::new(
                        ConfigErrorKind::Document,
                        format!("has another security scheme `{name}`; rename it, or describe the layer's under another name"),
                    )
                })?;
                there.insert(name.to_owned(), written);
            }
        }
        Ok(())
    }
}

fn write_responses(responses: &mut Object, protection: &Protection) {
    let challenge = |error: &AuthError| {
        let value = protection.challenge(error);
        let example = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (
            "WWW-Authenticate",
            "What a caller must bring",
            "string",
            Json::String(example),
        )
    };
    let missing = match protection.asks {
        Asks::Token => AuthError::missing_token(),
        Asks::Good | Asks::Nothing => AuthError::invalid_token(),
    };
    let mut answers = vec![
        (
            "400",
            "The access token was not sent as it must be",
            challenge(&AuthError::invalid_request()),
        ),
        (
            "401",
            "There is no access token, or it is not valid",
            challenge(&missing),
        ),
    ];
    if protection.scopes.iter().all(|scopes| !scopes.is_empty()) {
        let error = AuthError::insufficient_scope(ScopeSet::EMPTY);
        answers.push(("403", "The access token lacks a scope", challenge(&error)));
    }
    let retry = (
        "Retry-After",
        "In how many seconds to try again",
        "integer",
        Json::Number(1.into()),
    );
    answers.push(("503", "The access token could not be checked", retry));
    for (status, description, (name, about, kind, example)) in answers {
        let header = Json::from([
            ("description", about.into()),
            ("schema", Json::from([("type", kind.into())])),
            ("example", example),
        ]);
        let answer = responses.entry(status.to_owned());
        let answer = answer.or_insert_with(|| Json::from([("description", description.into())]));
        let Some(answer) = answer
            .as_object_mut()
            .filter(|answer| !answer.contains_key("$ref"))
        else {
            continue;
        };
        let headers = answer.entry("headers".to_owned());
        let headers = headers
            .or_insert_with(|| Object::new().into())
            .as_object_mut();
        if let Some(headers) = headers
            && !headers.keys().any(|other| other.eq_ignore_ascii_case(name))
        {
            headers.insert(name.to_owned(), header);
        }
    }
}

fn find_mut<'a>(root: &'a mut Json, place: &Pointer) -> Option<&'a mut Object> {
    place
        .names()
        .iter()
        .try_fold(root, |json, name| json.as_object_mut()?.get_mut(name))?
        .as_object_mut()
}
