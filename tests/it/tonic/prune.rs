//! What remains of descriptors, case by case.

use http::Request;
use tower_postern::{
    ConfigErrorKind, RequestHead, predicate::predicate, tonic::reflection::Reflection,
};

use super::descriptors::{
    File, Part, assert_same, builder, enumeration, extends, file, hidden, inside, message, method,
    of, outside, service, set, string,
};

struct Case {
    name: &'static str,
    files: Vec<File>,
    /// For callers outside.
    remain: Vec<File>,
}

/// `demo.Inner`, and of `demo.Both` the method `Hidden`, are for callers inside.
const HIDDEN: &[&str] = &["/demo.Inner", "/demo.Both/Hidden"];

fn note() -> Part {
    message("Note").field(string("text", 1))
}

fn note_with_a_map() -> Part {
    let entry = message("MapEntry")
        .field(string("key", 1))
        .field(of("value", 2, ".demo.Value"))
        .part(7, Part::default().number(7, 1)); // `map_entry`
    message("Note")
        .field(of("map", 1, ".demo.Note.MapEntry"))
        .nested(entry)
}

fn echo() -> Part {
    service("Echo").method("Ping", ".demo.Note", ".demo.Note")
}

fn inner(output: &str) -> Part {
    service("Inner").method("Stats", ".demo.Note", output)
}

fn cases() -> Vec<Case> {
    let case = |name, files: &[File], remain: &[File]| Case {
        name,
        files: files.into(),
        remain: remain.into(),
    };
    let shared = || file("shared.proto").message(note()).syntax();
    let echo_file = || {
        file("echo.proto")
            .import("shared.proto")
            .service(echo())
            .syntax()
    };
    vec![
        case(
            "a service in a file of its own, with its file and its messages",
            &[
                shared(),
                file("inner.proto")
                    .import("shared.proto")
                    .message(message("Stats").field(of("note", 1, ".demo.Note")))
                    .service(inner(".demo.Stats"))
                    .syntax(),
                echo_file(),
            ],
            &[shared(), echo_file()],
        ),
        case(
            "a service between others, and what only it uses, at any distance",
            &[file("all.proto")
                .message(note())
                .message(message("Stats").field(of("of", 1, ".demo.Deep")))
                .message(message("Deep").field(of("kind", 1, ".demo.Kind")))
                .enumeration(enumeration("Kind"))
                .service(inner(".demo.Stats"))
                .service(echo())
                .syntax()],
            &[file("all.proto").message(note()).service(echo()).syntax()],
        ),
        case(
            "a method, and what only it uses",
            &[file("all.proto")
                .message(note())
                .message(message("Secret"))
                .service(
                    service("Both")
                        .method("Open", ".demo.Note", ".demo.Note")
                        .method("Hidden", ".demo.Note", ".demo.Secret")
                        .method("Other", ".demo.Note", ".demo.Note"),
                )],
            &[file("all.proto").message(note()).service(
                service("Both")
                    .method("Open", ".demo.Note", ".demo.Note")
                    .method("Other", ".demo.Note", ".demo.Note"),
            )],
        ),
        case(
            "messages that use each other in a circle",
            &[file("all.proto")
                .message(message("Note").field(of("tree", 1, ".demo.Tree")))
                .message(message("Tree").field(of("note", 1, ".demo.Note")).field(of(
                    "tree",
                    2,
                    ".demo.Tree",
                )))
                .message(message("Ring").field(of("ring", 1, ".demo.Gnir")))
                .message(message("Gnir").field(of("gnir", 1, ".demo.Ring")))
                .service(echo())
                .service(inner(".demo.Ring"))],
            &[file("all.proto")
                .message(message("Note").field(of("tree", 1, ".demo.Tree")))
                .message(message("Tree").field(of("note", 1, ".demo.Note")).field(of(
                    "tree",
                    2,
                    ".demo.Tree",
                )))
                .service(echo())],
        ),
        case(
            "nested messages: the fields of one that only holds another, and its siblings",
            &[file("all.proto")
                .message(
                    message("Outer")
                        .field(of("secret", 1, ".demo.Outer.Secret"))
                        .nested(message("Secret"))
                        .nested(
                            message("Mid")
                                .field(string("x", 1))
                                .nested(message("Leaf").field(string("y", 1))),
                        )
                        .part(4, enumeration("Kind")),
                )
                .message(message("Note").field(of("leaf", 1, ".demo.Outer.Mid.Leaf")))
                .service(echo())
                .service(inner(".demo.Outer"))],
            &[file("all.proto")
                .message(
                    message("Outer")
                        .nested(message("Mid").nested(message("Leaf").field(string("y", 1)))),
                )
                .message(message("Note").field(of("leaf", 1, ".demo.Outer.Mid.Leaf")))
                .service(echo())],
        ),
        case(
            "a map, whose entries are a nested message",
            &[file("all.proto")
                .message(note_with_a_map())
                .message(message("Value"))
                .service(echo())
                .service(service("Inner"))],
            &[file("all.proto")
                .message(note_with_a_map())
                .message(message("Value"))
                .service(echo())],
        ),
        case(
            "names that are relative to where they stand",
            &[file("all.proto")
                .message(
                    message("Note")
                        .field(of("a", 1, "Kind"))
                        .nested(message("Kind")),
                )
                .message(message("Kind").field(of("b", 1, "demo.Note")))
                .service(service("Echo").method("Ping", "Note", "demo.Note"))
                .service(service("Inner").method("Stats", "Kind", "Kind"))],
            &[file("all.proto")
                .message(
                    message("Note")
                        .field(of("a", 1, "Kind"))
                        .nested(message("Kind")),
                )
                .service(service("Echo").method("Ping", "Note", "demo.Note"))],
        ),
        case(
            "messages and extensions that nothing uses",
            &[file("all.proto")
                .message(note().extension_range(100..=200))
                .message(message("InnerDetail"))
                .extension(extends(".demo.Note", string("inner_secret", 100)))
                .service(echo())
                .service(service("Inner"))],
            &[file("all.proto")
                .message(note().extension_range(100..=200))
                .service(echo())],
        ),
        case(
            "imports that only what is gone needed, public ones among them",
            &[
                file("a.proto").message(message("A")),
                file("b.proto").message(message("B")),
                file("c.proto").message(message("C")),
                file("pub.proto")
                    .import("b.proto")
                    .import("c.proto")
                    .import("a.proto")
                    .public(0)
                    .public(1)
                    .public(2),
                file("all.proto")
                    .import("a.proto")
                    .import("pub.proto")
                    .message(message("Note").field(of("c", 1, ".demo.C")))
                    .message(
                        message("Stats")
                            .field(of("a", 1, ".demo.A"))
                            .field(of("b", 2, ".demo.B")),
                    )
                    .service(echo())
                    .service(inner(".demo.Stats")),
            ],
            &[
                file("c.proto").message(message("C")),
                file("pub.proto").import("c.proto").public(0),
                file("all.proto")
                    .import("pub.proto")
                    .message(message("Note").field(of("c", 1, ".demo.C")))
                    .service(echo()),
            ],
        ),
        case(
            "public and weak imports are found again by their new place, packed or not",
            &[
                file("a.proto").message(message("A")),
                file("b.proto").message(message("B")),
                file("all.proto")
                    .import("a.proto")
                    .import("b.proto")
                    .with(|part| part.bytes(11, &[0, 1]))
                    .message(message("Note").field(of("b", 1, ".demo.B")))
                    .message(message("Stats").field(of("a", 1, ".demo.A")))
                    .service(echo())
                    .service(inner(".demo.Stats")),
            ],
            &[
                file("b.proto").message(message("B")),
                file("all.proto")
                    .import("b.proto")
                    .with(|part| part.number(11, 0))
                    .message(message("Note").field(of("b", 1, ".demo.B")))
                    .service(echo()),
            ],
        ),
        case(
            "an import that nothing ever needed stays, if its file does",
            &[
                shared(),
                file("gone.proto").message(message("Gone")),
                echo_file(),
                file("more.proto")
                    .import("echo.proto")
                    .import("gone.proto")
                    .import("shared.proto")
                    .service(service("More").method("Ping", ".demo.Note", ".demo.Note"))
                    .service(service("Inner")),
            ],
            &[
                shared(),
                echo_file(),
                file("more.proto")
                    .import("echo.proto")
                    .import("shared.proto")
                    .service(service("More").method("Ping", ".demo.Note", ".demo.Note")),
            ],
        ),
        case(
            "comments, of all files",
            &[
                shared().comment(&[4, 0], "what everybody writes"),
                file("all.proto")
                    .import("shared.proto")
                    .service(inner(".demo.Note"))
                    .service(echo())
                    .comment(&[6, 0], "only for us")
                    .comment(&[6, 1], "for all"),
            ],
            &[
                shared(),
                file("all.proto").import("shared.proto").service(echo()),
            ],
        ),
        case(
            "fields of the file that are not known; an edition is",
            &[file("all.proto")
                .message(note())
                .service(echo())
                .service(service("Inner"))
                .with(|part| part.number(14, 1000).text(4242, "who knows"))],
            &[file("all.proto")
                .message(note())
                .service(echo())
                .with(|part| part.number(14, 1000))],
        ),
        case(
            "all, where everything is hidden",
            &[
                shared(),
                file("inner.proto")
                    .import("shared.proto")
                    .service(inner(".demo.Note")),
            ],
            &[],
        ),
    ]
}

#[test]
fn what_only_hidden_calls_use_is_gone() {
    for Case {
        name,
        files,
        remain,
    } in cases()
    {
        let whole = set(files);
        let reflection = builder(&whole).hide_when(hidden(HIDDEN)).build().unwrap();
        assert_same(&outside(&reflection), &set(remain), name);
        assert_same(&inside(&reflection), &whole, name);
    }
}

/// Options of others: extensions of the messages of `google/protobuf/descriptor.proto`.
fn descriptor_proto() -> File {
    let options = |name: &str| message(name).extension_range(1000..=60000);
    // In a package of its own; the last package that is written counts.
    file("google/protobuf/descriptor.proto")
        .with(|part| part.text(2, "google.protobuf"))
        .message(options("MethodOptions").field(of("features", 35, ".google.protobuf.FeatureSet")))
        .message(options("FieldOptions"))
        .message(options("FileOptions"))
        .message(options("FeatureSet"))
        .message(message("Unused"))
}

#[test]
fn options_of_others_stay_with_what_they_say_and_where_they_are_defined() {
    const METHOD: &str = ".google.protobuf.MethodOptions";
    let annotations = || {
        file("annotations.proto")
            .import("google/protobuf/descriptor.proto")
            .message(
                message("Role")
                    .field(string("name", 1))
                    .extension_range(1..=9),
            )
            .extension(extends(METHOD, of("role", 50001, ".demo.Role")))
            .extension(extends(
                ".google.protobuf.FileOptions",
                string("team", 50001),
            ))
            .extension(extends(
                ".google.protobuf.FeatureSet",
                string("feature", 1001),
            ))
            .extension(extends(".demo.Role", string("deep", 2)))
    };
    let secret = || extends(".google.protobuf.FieldOptions", string("secret", 50002));
    let ping = || {
        let role = Part::default()
            .text(1, "admin")
            .text(2, "in the message of an option");
        let features = Part::default().text(1001, "within a known option");
        let options = Part::default()
            .part(50001, role)
            .part(35, features)
            .number(33, 1);
        method("Ping", ".demo.Note", ".demo.Note").part(4, options)
    };
    let all = |stats: bool| {
        let hidden = Part::default().text(50002, "hidden");
        let all = file("all.proto")
            .import("annotations.proto")
            .message(note());
        let all = all.options(Part::default().text(50001, "ours").text(11, "go"));
        let all = all.service(service("Echo").part(2, ping()));
        if stats {
            let stats = message("Stats").field(string("x", 1).part(8, hidden));
            all.message(stats).service(inner(".demo.Stats"))
        } else {
            all
        }
    };
    let whole = set([
        descriptor_proto(),
        annotations().extension(secret()),
        all(true),
    ]);
    let reflection = builder(&whole).hide_when(hidden(HIDDEN)).build().unwrap();
    // `descriptor.proto` is whole, though `Unused` is not used: all the world knows it.
    let expect = set([descriptor_proto(), annotations(), all(false)]);
    assert_same(&outside(&reflection), &expect, "known files whole");

    let reflection = builder(&whole)
        .hide_when(hidden(HIDDEN))
        .known_files([""; 0])
        .build()
        .unwrap();
    let found = String::from_utf8_lossy(&outside(&reflection)).into_owned();
    assert!(
        found.contains("FeatureSet") && !found.contains("Unused"),
        "{found}"
    );
}

#[test]
fn a_known_file_is_whole_or_not_there_unless_its_own_service_is_hidden() {
    let known = |service: bool| {
        let known = file("google/rpc/x.proto")
            .message(message("Used"))
            .message(message("Unused"));
        if service {
            known.service(super::descriptors::service("Inner").method(
                "Stats",
                ".demo.Used",
                ".demo.Unused",
            ))
        } else {
            known
        }
    };
    let other = || file("google/rpc/y.proto").message(message("Other"));
    let all = |hidden: bool| {
        let all = file("all.proto").import("google/rpc/x.proto");
        let all = if hidden {
            all.import("google/rpc/y.proto")
        } else {
            all
        };
        let echo = service("Echo").method("Ping", ".demo.Used", ".demo.Used");
        let both = service("Both").method("Hidden", ".demo.Used", ".demo.Other");
        if hidden {
            all.service(both).service(echo)
        } else {
            all.service(echo)
        }
    };
    let whole = set([known(false), other(), all(true)]);
    let reflection = builder(&whole).hide_when(hidden(HIDDEN)).build().unwrap();
    assert_same(
        &outside(&reflection),
        &set([known(false), all(false)]),
        "whole",
    );

    let whole = set([known(true), other(), all(true)]);
    let reflection = builder(&whole).hide_when(hidden(HIDDEN)).build().unwrap();
    let expect = file("google/rpc/x.proto").message(message("Used"));
    assert_same(
        &outside(&reflection),
        &set([expect, all(false)]),
        "its own service",
    );
}

#[test]
fn what_is_named_is_shown_also_with_what_it_uses() {
    let all = |names: &[&str]| {
        let all = file("all.proto").message(note().extension_range(100..=200));
        let all = names.iter().fold(all, |all, name| {
            all.message(message(name).field(of("x", 1, ".demo.Note")))
        });
        all.extension(extends(".demo.Note", string("wanted", 100)))
    };
    let whole = set([all(&["Detail", "Other"])
        .service(echo())
        .service(service("Inner"))]);
    let builder = || builder(&whole).hide_when(hidden(HIDDEN));
    let reflection = builder()
        .also(["demo.Detail", "demo.wanted"])
        .build()
        .unwrap();
    assert_same(
        &outside(&reflection),
        &set([all(&["Detail"]).service(echo())]),
        "also",
    );

    let error = builder().also(["demo.Absent"]).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "file descriptor set: has no `demo.Absent` to show; name it with its package"
    );

    // Who is shown no method is shown nothing else.
    let reflection = super::descriptors::builder(&whole)
        .hide_unless(predicate(|_| false))
        .also(["demo.Detail"])
        .build()
        .unwrap();
    assert_same(&outside(&reflection), &[], "nothing");
}

#[test]
fn a_rule_that_cannot_tell_shows_nothing() {
    let whole = set([file("all.proto").message(note()).service(echo())]);
    let unknown = || predicate(|_| None::<bool>);
    for reflection in [
        builder(&whole).hide_when(unknown()).build().unwrap(),
        builder(&whole).hide_unless(unknown()).build().unwrap(),
        // Of two rules, each hides.
        builder(&whole)
            .hide_when(predicate(|_| false))
            .hide_when(unknown())
            .build()
            .unwrap(),
    ] {
        assert_same(&outside(&reflection), &[], "unknown");
    }
    let reflection = builder(&whole).show_all().build().unwrap();
    assert_same(&outside(&reflection), &whole, "all");
}

#[test]
fn a_predicate_is_asked_for_each_method_as_the_caller_would_ask() {
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = asked.clone();
    let rule = predicate(move |request| {
        assert!(!request.is_routed() && request.has_target());
        seen.lock().unwrap().push(format!(
            "{} {} {:?}",
            request.method(),
            request.uri(),
            request.headers().get("x-who")
        ));
        true
    });
    let whole = set([file("all.proto")
        .message(note())
        .service(echo())
        .service(service("Empty"))]);
    let reflection = Reflection::builder()
        .register_encoded_file_descriptor_set(&whole)
        .hide_unless(rule)
        .build()
        .unwrap();
    let request = Request::builder()
        .uri("/x")
        .header("x-who", "ann")
        .body(())
        .unwrap();
    reflection.file_descriptor_set(&RequestHead::new(&request));
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "POST /demo.Echo/Ping Some(\"ann\")",
            "POST /demo.Empty/{method} Some(\"ann\")",
            "POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo Some(\"ann\")",
        ]
    );
}

#[test]
fn bad_descriptors_are_found_before_the_first_request() {
    let file = || file("a.proto");
    let deep = (0..120).fold(message("M"), |inner, _| message("M").nested(inner));
    for (name, set, expect) in [
        ("no set", b"no set".to_vec(), "is none; give"),
        ("cut off", vec![0x0A, 0x7F, 0x01], "is none; give"),
        ("a group", vec![0x0B, 0x0C], "is none; give"),
        (
            "a number where a message stands",
            set([file().with(|part| part.number(4, 1))]),
            "is none; give",
        ),
        (
            "text that is none",
            set([file().with(|part| part.bytes(1, &[0xFF]))]),
            "is none; give",
        ),
        (
            "a file without a name",
            Part::default().part(1, Part::default()).into_bytes(),
            "is none; give",
        ),
        (
            "a message without a name",
            set([file().message(Part::default())]),
            "is none; give",
        ),
        (
            "a name that is none",
            set([file().message(message("a/b"))]),
            "has something in `demo` whose name is `a/b`, which is none",
        ),
        (
            "a package that is none",
            set([file().with(|part| part.text(2, "a..b"))]),
            "has the package `a..b`, which is no name",
        ),
        (
            "a dangling field",
            set([file().message(message("M").field(of("x", 1, ".demo.Absent")))]),
            "has `demo.M`, which names `.demo.Absent`, and no such type; have it written with `--include_imports`",
        ),
        (
            "a dangling method",
            set([file().service(service("S").method("M", ".demo.A", ".demo.B"))]),
            "has `demo.S.M`, which names `.demo.A`, and no such type; have it written with `--include_imports`",
        ),
        (
            "a method of an enum",
            set([file()
                .enumeration(enumeration("E"))
                .service(service("S").method("M", ".demo.E", ".demo.E"))]),
            "has `demo.S.M`, which names `.demo.E`, and no such type; have it written with `--include_imports`",
        ),
        (
            "a method of nothing",
            set([file().service(service("S").part(2, message("M")))]),
            "has the method `demo.S.M` without a type",
        ),
        (
            "an extension of nothing",
            set([file().extension(string("x", 1))]),
            "has the extension `demo.x` of nothing",
        ),
        (
            "an import that is not there",
            set([file().import("b.proto")]),
            "imports `b.proto`, which is not there; have it written with `--include_imports`",
        ),
        (
            "a public import of none",
            set([file().public(0)]),
            "imports publicly what it does not import",
        ),
        (
            "a file that imports itself",
            set([file().import("a.proto")]),
            "has `a.proto`, which imports itself by way of others",
        ),
        (
            "files that import each other",
            set([
                super::descriptors::file("c.proto").import("a.proto"),
                file().import("b.proto"),
                super::descriptors::file("b.proto").import("a.proto"),
            ]),
            "has `a.proto`, which imports itself by way of others",
        ),
        (
            "a name twice",
            set([file().message(message("M")).enumeration(enumeration("M"))]),
            "defines `demo.M` more than once",
        ),
        (
            "messages without end",
            set([file().message(deep)]),
            "is none; give",
        ),
    ] {
        let error = builder(&set).show_all().build().expect_err(name);
        assert_eq!(error.kind(), ConfigErrorKind::Descriptor, "{name}");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("file descriptor set: {expect}")),
            "{name}: {text}"
        );
    }
}

#[test]
fn rules_are_given_or_expressly_not() {
    let error = Reflection::builder().build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "file descriptor set: would be shown to everyone; call `hide_unless(..)`, `hide_when(..)` or `show_all()`"
    );
    let error = Reflection::builder()
        .show_all()
        .hide_when(predicate(|_| true))
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "file descriptor set: is to be shown as a whole, and has rules; leave out one or the other"
    );
}

#[test]
fn of_files_of_one_name_the_first_counts() {
    let first = set([file("all.proto").message(note()).service(echo())]);
    let second = set([file("all.proto").message(message("Other"))]);
    let reflection = builder(&first)
        .register_encoded_file_descriptor_set(&second)
        .show_all()
        .build()
        .unwrap();
    assert_same(&inside(&reflection), &first, "first");
}
