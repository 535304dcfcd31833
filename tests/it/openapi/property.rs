//! Of any document any part can be shown: what leads somewhere still does, and what is hidden is not there.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tower_postern::openapi::{OpenApi, Operations};

use super::support::{assert_sound, document_of, seen};

/// Choices out of a list of numbers; out of an empty one, always the first.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: u8) -> u8 {
        self.0.next().copied().unwrap_or(0) % sides
    }

    fn one_of<'t>(&mut self, these: &[&'t str]) -> &'t str {
        these[usize::from(self.roll(these.len().try_into().unwrap()))]
    }

    /// A reference to anything, which may or may not be there.
    fn reference(&mut self) -> String {
        let number = self.roll(4);
        let method = self.one_of(&["get", "post", "additionalOperations/X"]);
        let kind = self.one_of(&[
            "schemas",
            "responses",
            "links",
            "parameters",
            "pathItems",
            "x-kind",
            "x-list",
        ]);
        let below = self.one_of(&[
            "",
            "/properties/a",
            "/properties/c",
            "/content/j/schema",
            "/links/l",
            "/0",
            "/flows",
        ]);
        let deep = "responses/200/content/j/schema";
        match self.roll(22) {
            0..=6 => format!("#/components/{kind}/N{number}{below}"),
            7 => format!("#/components/{kind}"),
            8 => self
                .one_of(&[
                    "#",
                    "#/components",
                    "#/paths",
                    "#/webhooks",
                    "#/info",
                    "#/tags/0",
                    "#/security/0",
                    "#/x-root",
                ])
                .to_owned(),
            9 | 10 => format!("#/paths/~1p{number}/{method}/{deep}"),
            11 => format!("#/paths/~1p{number}/{method}"),
            12 => format!("#/paths/~1p{number}"),
            13 => format!("#/paths/~1p{number}/parameters{}", self.one_of(&["", "/0"])),
            14 => format!(
                "#/paths/~1p{number}/{}",
                self.one_of(&["summary", "x-path", "additionalOperations", "servers/0"])
            ),
            15 => format!("#/paths/~1p{number}/{method}/responses/200{below}"),
            16 => format!("#/$defs/N{number}{below}"),
            17 => format!("#/x-root/{number}"),
            18 => format!("#anchor{number}"),
            19 => format!(
                "#/webhooks/w{number}{}",
                self.one_of(&["", "/post", "/post/responses/200"])
            ),
            20 => format!("https://a.example/N{number}#{below}"),
            _ => "elsewhere.json#/x".to_owned(),
        }
    }

    fn schema(&mut self, number: u8) -> Value {
        let mut schema = json!({});
        for name in ["a", "b", "c"] {
            match self.roll(5) {
                0 => {}
                1 => schema[name] = json!({"type": "string"}),
                2 => schema[name] = json!({"items": {"$ref": self.reference()}}),
                3 => schema[name] = json!({"$anchor": format!("anchor{}", self.roll(4))}),
                _ => schema[name] = json!({"$ref": self.reference()}),
            }
        }
        let mut schema = json!({"properties": schema});
        match self.roll(8) {
            0 => schema["discriminator"] = json!({"mapping": {"x": self.reference(), "y": "N1"}}),
            1 => schema["example"] = json!({"$ref": self.reference()}),
            2 => schema = json!({"$ref": self.reference()}),
            3 => schema["$id"] = json!(format!("https://a.example/N{number}")),
            4 => schema["x-more"] = json!([{"$ref": self.reference()}]),
            _ => {}
        }
        schema
    }

    fn link(&mut self) -> Value {
        match self.roll(5) {
            0 => json!({"operationId": format!("/p{} get", self.roll(4))}),
            1 => json!({"operationRef": self.reference()}),
            2 => json!({"$ref": format!("#/components/links/N{}", self.roll(4))}),
            3 => json!({"$ref": self.reference()}),
            _ => json!({"description": "neither", "server": {"$ref": self.reference()}}),
        }
    }

    fn response(&mut self) -> Value {
        match self.roll(4) {
            0 => json!({"$ref": self.reference()}),
            1 => json!({"content": {"j": {"schema": self.schema(9)}}}),
            _ => {
                json!({"content": {"j": {"schema": self.schema(9)}}, "links": {"l": self.link(), "m": self.link()}})
            }
        }
    }

    fn operation(&mut self, name: &str) -> Value {
        let mut operation = json!({"operationId": name, "description": format!("marker of {name}!"), "responses": {"200": self.response()}});
        match self.roll(4) {
            0 => operation["callbacks"] = json!({"c": {"{$request}": {"$ref": self.reference()}}}),
            1 => operation["security"] = json!([{self.one_of(&["N0", "N1"]): ["scope"]}]),
            2 => operation["parameters"] = json!([{"$ref": self.reference()}]),
            _ => operation["tags"] = json!([self.one_of(&["t0", "t1"])]),
        }
        operation
    }

    fn document(&mut self) -> Value {
        let mut document = json!({
            "openapi": "3.1.0", "info": {"title": "any"}, "tags": [{"name": "t0"}, {"name": "t1"}], "security": [{"N0": []}],
            "paths": {}, "webhooks": {}, "components": {}, "$defs": {}, "x-root": [{"properties": {"a": {"$ref": self.reference()}}}]
        });
        for number in 0..self.roll(5) {
            let path = format!("/p{number}");
            let item = &mut document["paths"][&path];
            *item = json!({"parameters": [{"name": "p", "schema": self.schema(9)}], "x-path": {"$ref": self.reference()}});
            for method in ["get", "post", "X"] {
                match self.roll(4) {
                    0 => {}
                    1 if method == "get" => item["$ref"] = json!(self.reference()),
                    _ if method == "X" => {
                        item["additionalOperations"] =
                            json!({"X": self.operation(&format!("{path} X"))});
                    }
                    _ => item[method] = self.operation(&format!("{path} {method}")),
                }
            }
            if item
                .get("$ref")
                .is_some_and(|reference| !reference.as_str().unwrap().starts_with("#/"))
            {
                item.as_object_mut().unwrap().remove("$ref");
            }
        }
        for number in 0..self.roll(3) {
            document["webhooks"][format!("w{number}")] =
                json!({"post": self.operation(&format!("webhook {number}"))});
        }
        for number in 0..4 {
            let name = format!("N{number}");
            document["$defs"][&name] = self.schema(9);
            let components = &mut document["components"];
            components["schemas"][&name] = self.schema(number);
            components["responses"][&name] = self.response();
            components["links"][&name] = self.link();
            components["parameters"][&name] = json!({"schema": self.schema(9)});
            components["x-kind"][&name] = self.schema(9);
            components["securitySchemes"][&name] =
                json!({"$ref": format!("#/components/securitySchemes/N{}", self.roll(4))});
            components["pathItems"][&name] =
                json!({"post": {"responses": {"200": self.response()}}});
        }
        document["components"]["x-list"] = json!([{"$ref": self.reference()}]);
        document
    }
}

/// What the operations are called by that a caller sees who is shown some of those of the generator.
fn sees(mask: u32) -> String {
    let mut sees: Vec<String> = Vec::new();
    for (at, method) in ["GET", "POST", "X"].iter().enumerate() {
        for number in 0..4 {
            if mask >> (at * 4 + number) & 1 == 1 {
                sees.push(format!("{method} /p{number}"));
            }
        }
    }
    if mask >> 12 & 1 == 1 {
        sees.push("webhooks".to_owned());
    }
    sees.join(", ")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_document_any_part_can_be_shown(numbers in prop::collection::vec(any::<u8>(), 0..400), mask in any::<u32>()) {
        let document = Dice(numbers.iter()).document();
        let built = OpenApi::builder_of(&document).hide_unless(seen()).keep_dangling_references().build();
        // Paths that refer to themselves, or to what is no path item, are errors.
        let Ok(openapi) = built else { return Ok(()) };
        let whole = document_of(&openapi, "*");
        let sees = sees(mask);
        let part = document_of(&openapi, &sees);
        assert_sound(&whole, &part);

        let shown = |name: &str| {
            let (path, method) = name.split_once(' ').unwrap();
            sees == "*" || sees.split(", ").any(|one| one == format!("{} {path}", method.to_uppercase()))
        };
        let text = part.to_string();
        for path in 0..4 {
            let at = |method: &str| whole.pointer(&format!("/paths/~1p{path}/{method}"));
            for (method, operation) in [("get", at("get")), ("post", at("post")), ("X", at("additionalOperations/X"))] {
                let Some(id) = operation.and_then(|operation| operation["operationId"].as_str()) else { continue };
                // What stands at two paths is one operation.
                let twice = whole.to_string().matches(&format!("\"{id}\"")).count() > 1;
                let marker = format!("marker of {id}!");
                let name = format!("/p{path} {method}");
                if shown(&name) {
                    prop_assert!(text.contains(&marker), "{name} is shown to {sees}: {part:#}");
                } else if !twice {
                    prop_assert!(!text.contains(&marker), "{name} is hidden from {sees}: {part:#}");
                }
            }
        }

        // What was made can be read again, and shown again as it is.
        let again = OpenApi::builder_of(&part).hide_unless(seen()).keep_dangling_references().build();
        prop_assert_eq!(document_of(&again.unwrap(), "*"), part);
    }

    #[test]
    fn of_any_document_anything_can_be_excluded(numbers in prop::collection::vec(any::<u8>(), 0..400), path in 0..4_u8) {
        let document = Dice(numbers.iter()).document();
        let whole = OpenApi::builder_of(&document).show_all().keep_dangling_references().build();
        let Ok(whole) = whole else { return Ok(()) };
        let whole = document_of(&whole, "*");
        let path = format!("/p{path}");
        let excluded = OpenApi::builder_of(&document).show_all().exclude(Operations::path(path.clone())).keep_dangling_references().build();
        let Ok(excluded) = excluded else { return Ok(()) };
        let part = document_of(&excluded, "*");
        assert_sound(&whole, &part);
        prop_assert!(part["paths"].get(&path).is_none(), "{part:#}");
    }

    #[test]
    fn no_text_makes_the_builder_panic(text in r#"\{"openapi":"3.1.0",?("(paths|components|servers|tags|security)":[\[\]{}":,a-z$#/0-9~%]{0,60},?){0,4}\}?"#) {
        drop(OpenApi::builder(text).hide_unless(seen()).build());
    }

    #[test]
    fn no_json_makes_it_panic(numbers in prop::collection::vec(any::<u8>(), 0..200), mask in any::<u32>()) {
        let mut dice = Dice(numbers.iter());
        let mut document = json!({"openapi": "3.2.0"});
        for section in ["paths", "components", "webhooks", "servers", "tags", "security", "x-tagGroups", "x-a"] {
            document[section] = odd(&mut dice, 0);
        }
        if let Ok(openapi) = OpenApi::builder_of(&document).hide_unless(seen()).keep_dangling_references().build() {
            let whole = document_of(&openapi, "*");
            assert_sound(&whole, &document_of(&openapi, &sees(mask)));
        }
    }
}

/// JSON of words that mean something, in places where they mean nothing.
fn odd(dice: &mut Dice<'_>, depth: u8) -> Value {
    let kind = if depth > 6 {
        2 + dice.roll(4)
    } else {
        dice.roll(6)
    };
    match kind {
        0 => (0..dice.roll(4)).map(|_| odd(dice, depth + 1)).collect(),
        1 => {
            let mut members = Map::new();
            for _ in 0..dice.roll(5) {
                let name = dice.one_of(&[
                    "/p0",
                    "/p1",
                    "get",
                    "post",
                    "$ref",
                    "links",
                    "l",
                    "operationId",
                    "operationRef",
                    "security",
                    "tags",
                    "name",
                    "schemas",
                    "securitySchemes",
                    "flows",
                    "scopes",
                    "discriminator",
                    "mapping",
                    "properties",
                    "servers",
                    "url",
                    "variables",
                    "enum",
                    "$id",
                    "$anchor",
                    "additionalOperations",
                    "parameters",
                    "responses",
                    "x-a",
                    "parent",
                    "callbacks",
                    "pathItems",
                ]);
                members.insert(name.to_owned(), odd(dice, depth + 1));
            }
            Value::Object(members)
        }
        2 => json!(dice.one_of(&[
            "",
            "#",
            "#/",
            "#/paths",
            "#/paths/~1p0",
            "#/paths/~1p0/get",
            "#/components/schemas/l",
            "#l",
            "l",
            "/l",
            "x#y",
            "#/x-a/0"
        ])),
        3 => json!(dice.roll(3)),
        4 => {
            json!({"$ref": dice.one_of(&["#/components/schemas/l", "#/paths/~1p0/get/tags", "#/components/links/l", "#/x-a", "#/tags/0", "#/paths/~1p1"])})
        }
        _ => Value::Null,
    }
}
