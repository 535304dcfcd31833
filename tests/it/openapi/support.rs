//! Documents, callers, and what a document must never have.

use std::collections::BTreeSet;

use http::{Request, Uri};
use serde_json::Value;
use tower_postern::{
    ConfigError, RequestHead,
    openapi::OpenApi,
    predicate::{Predicate, predicate},
};

/// A caller who sees the operations in this list: `GET /a, POST /b`, or `*`.
pub(crate) fn caller(sees: &str) -> Request<()> {
    Request::get("/openapi.json")
        .header("x-sees", sees)
        .body(())
        .unwrap()
}

/// Whether a caller sees an operation, or of webhooks all.
pub(crate) fn seen() -> impl Predicate {
    predicate(|request: &RequestHead<'_>| {
        let sees = request
            .headers()
            .get("x-sees")
            .map_or("", |sees| sees.to_str().unwrap());
        if sees == "*" {
            return true;
        }
        if !request.has_target() {
            return sees.contains("webhooks");
        }
        let operation = format!("{} {}", request.method(), request.uri());
        sees.split(", ").any(|one| one == operation)
    })
}

pub(crate) fn build(document: &Value) -> Result<OpenApi, ConfigError> {
    OpenApi::builder_of(document).hide_unless(seen()).build()
}

#[track_caller]
pub(crate) fn pruned(document: &Value, sees: &str) -> Value {
    document_of(&build(document).unwrap(), sees)
}

pub(crate) fn document_of(openapi: &OpenApi, sees: &str) -> Value {
    let bytes = openapi.document(&RequestHead::new(&caller(sees)));
    serde_json::from_slice(&bytes).unwrap()
}

/// The text of each `$ref`, wherever it stands.
pub(crate) fn references(json: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(json, &mut found);
    found
}

fn collect(json: &Value, found: &mut BTreeSet<String>) {
    match json {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get("$ref") {
                found.insert(text.clone());
            }
            if let Some(Value::Object(mapping)) =
                members.get("discriminator").and_then(|d| d.get("mapping"))
            {
                let texts = mapping.values().filter_map(Value::as_str);
                found.extend(
                    texts
                        .filter(|text| text.starts_with('#'))
                        .map(str::to_owned),
                );
            }
            members.values().for_each(|value| collect(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a reference leads somewhere, as the strictest reader follows it.
pub(crate) fn resolves(json: &Value, reference: &str) -> bool {
    let Some(fragment) = reference.strip_prefix('#') else {
        return true; // another document
    };
    let decoded = decode(fragment);
    if decoded.is_empty() || decoded.starts_with('/') {
        return json.pointer(&decoded).is_some();
    }
    has_anchor(json, &decoded)
}

fn decode(fragment: &str) -> String {
    let uri: Uri = format!("/?{fragment}").parse().unwrap_or_default();
    let query = uri.query().unwrap_or(fragment).to_owned();
    let mut bytes = Vec::new();
    let mut rest = query.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn has_anchor(json: &Value, name: &str) -> bool {
    match json {
        Value::Object(members) => {
            members.get("$anchor").is_some_and(|anchor| anchor == name)
                || members.values().any(|value| has_anchor(value, name))
        }
        Value::Array(values) => values.iter().any(|value| has_anchor(value, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Nothing leads nowhere that did not before.
#[track_caller]
pub(crate) fn assert_sound(original: &Value, pruned: &Value) {
    for reference in references(pruned) {
        assert!(
            resolves(pruned, &reference)
                || !resolves(original, &reference) && references(original).contains(&reference),
            "`{reference}` leads nowhere in {pruned:#}"
        );
    }
}

/// The names in a section of the components.
pub(crate) fn names(document: &Value, section: &str) -> Vec<String> {
    let section = document.pointer(section).and_then(Value::as_object);
    section
        .into_iter()
        .flat_map(|members| members.keys().cloned())
        .collect()
}
