//! Reflection as a client finds it, on a real server.

use http::Request;
use prost::Message as _;
use tonic::{
    server::NamedService,
    service::{LayerExt, Routes},
};
use tonic_reflection::{pb::v1, server::Builder};
use tower_postern::{
    HideLayer,
    predicate::{Predicate, predicate},
    tonic::{
        hide_routes,
        reflection::{Reflection, ReflectionV1, ReflectionV1Alpha},
    },
};

use super::descriptors::{
    Part, enumeration, extends, file, hidden, message, of, service, set, string,
};
use crate::support::{
    greeter::{Admin, Greeter, hello},
    wire::{End, Server, http2_ended},
};

const HIDDEN: &[&str] = &["/demo.Inner", "/demo.Both/Hidden", "/test.Admin"];

/// Some files, with what is hidden in them or as they would be without.
fn files(with_hidden: bool) -> Vec<u8> {
    let hidden = |part: Part| with_hidden.then_some(part);
    let inner = file("demo/inner.proto")
        .import("demo/shared.proto")
        .message(message("InnerStats").field(of("secret", 1, ".demo.Secret")))
        .message(message("Secret").nested(message("Deep")).field(of(
            "deep",
            1,
            ".demo.Secret.Deep",
        )))
        .enumeration(enumeration("InnerKind"))
        .extension(extends(".demo.Note", string("inner_extension", 100)))
        .service(service("Inner").method("Stats", ".demo.Note", ".demo.InnerStats"));
    let note = message("Note")
        .extension_range(100..=200)
        .field(string("text", 1));
    let shared = file("demo/shared.proto").message(note).message(
        message("Reply")
            .field(of("note", 1, ".demo.Note"))
            .nested(message("Part").field(string("x", 1)))
            .field(of("part", 2, ".demo.Reply.Part")),
    );
    let shared = hidden(message("HiddenReply"))
        .into_iter()
        .fold(shared, super::descriptors::File::message);
    let both = service("Both").method("Open", ".demo.Note", ".demo.Reply");
    let both = if with_hidden {
        both.method("Hidden", ".demo.Note", ".demo.HiddenReply")
    } else {
        both
    };
    let echo = file("demo/echo.proto").import("demo/shared.proto");
    let echo = echo
        .service(service("Echo").method("Ping", ".demo.Note", ".demo.Reply"))
        .service(both);
    set([shared]
        .into_iter()
        .chain(with_hidden.then_some(inner))
        .chain([echo]))
}

fn reflection() -> Reflection {
    let builder = Reflection::builder().register_encoded_file_descriptor_set(files(true));
    builder.hide_when(hidden(HIDDEN)).build().unwrap()
}

fn ours() -> Routes {
    let reflection = reflection();
    Routes::new(reflection.v1()).add_service(reflection.v1alpha())
}

/// What `tonic-reflection` itself serves.
fn theirs(files: &[u8]) -> Routes {
    let builder = || Builder::configure().register_encoded_file_descriptor_set(files);
    Routes::new(builder().build_v1().unwrap()).add_service(builder().build_v1alpha().unwrap())
}

const VERSIONS: [&str; 2] = [ReflectionV1::NAME, ReflectionV1Alpha::NAME];

/// A question, as it is on the wire.
fn by_filename(name: &str) -> Vec<u8> {
    Part::default().text(3, name).into_bytes()
}

fn by_symbol(name: &str) -> Vec<u8> {
    Part::default().text(4, name).into_bytes()
}

fn by_extension(of: &str, number: u64) -> Vec<u8> {
    let extension = Part::default().text(1, of).number(2, number);
    Part::default().part(5, extension).into_bytes()
}

fn extension_numbers(of: &str) -> Vec<u8> {
    Part::default().text(6, of).into_bytes()
}

fn list() -> Vec<u8> {
    Part::default().text(1, "host").text(7, "*").into_bytes()
}

/// All that can be asked about what is there, what is hidden, and what is not.
fn questions() -> Vec<Vec<u8>> {
    let mut questions = vec![list(), Vec::new(), b"\xff".to_vec()];
    let packages = ["demo.", ".demo.", "grpc.reflection.v1."];
    let symbols = [
        "Echo",
        "Echo.Ping",
        "Echo.Absent",
        "Both",
        "Both.Open",
        "Both.Hidden",
        "Inner",
        "Inner.Stats",
        "InnerStats",
        "InnerStats.secret",
        "Secret",
        "Secret.Deep",
        "Secret.deep",
        "InnerKind",
        "InnerKind.ZERO",
        "ZERO",
        "inner_extension",
        "HiddenReply",
        "Note",
        "Note.text",
        "Reply",
        "Reply.Part",
        "Reply.Part.x",
        "Absent",
        "ServerReflection",
        "ServerReflection.ServerReflectionInfo",
        "",
    ];
    for symbol in packages
        .iter()
        .flat_map(|package| symbols.map(|symbol| format!("{package}{symbol}")))
    {
        questions.push(by_symbol(&symbol));
        questions.push(extension_numbers(&symbol));
        questions.push(by_extension(&symbol, 100));
    }
    for name in ["shared", "inner", "echo", "absent"] {
        questions.push(by_filename(&format!("demo/{name}.proto")));
        questions.push(by_filename(&format!("{name}.proto")));
    }
    questions.extend(
        [
            "reflection_v1.proto",
            "reflection_v1alpha.proto",
            "",
            "google/protobuf/descriptor.proto",
        ]
        .map(by_filename),
    );
    questions
}

/// The stream of an answer to a stream of questions, as it is on the wire.
async fn ask(server: &Server, service: &str, questions: &[Vec<u8>], from_inside: bool) -> String {
    let path = format!("{service}/ServerReflectionInfo");
    super::call(server, &path, questions, from_inside).await
}

fn serve(routes: Routes) -> Server {
    Server::tonic(routes.prepare())
}

#[tokio::test]
async fn an_outsider_is_answered_as_if_the_hidden_services_had_never_been_described() {
    let (ours, theirs) = (serve(ours()), serve(theirs(&files(false))));
    for service in VERSIONS {
        for question in questions()
            .into_iter()
            .filter(|question| question.is_ascii())
        {
            let question = [question];
            let found = ask(&ours, service, &question, false).await;
            let expect = ask(&theirs, service, &question, false).await;
            assert_eq!(found, expect, "{service} {}", question[0].escape_ascii());
        }
        // One question after another, on one stream, until the first that has no answer.
        let many = [
            list(),
            by_symbol("demo.Echo"),
            by_filename("demo/shared.proto"),
            by_symbol("demo.Inner"),
            list(),
        ];
        let found = ask(&ours, service, &many, false).await;
        assert_eq!(
            found,
            ask(&theirs, service, &many, false).await,
            "{service}"
        );
        assert!(
            found.contains("demo.Echo") && found.contains(r"symbol%20\'demo.Inner\'%20not%20found"),
            "{found}"
        );
    }
}

#[tokio::test]
async fn an_insider_is_answered_as_if_nothing_were_hidden() {
    let (ours, theirs) = (serve(ours()), serve(theirs(&files(true))));
    for service in VERSIONS {
        for question in questions()
            .into_iter()
            .filter(|question| question.is_ascii())
        {
            let question = [question];
            let found = ask(&ours, service, &question, true).await;
            let expect = ask(&theirs, service, &question, true).await;
            assert_eq!(found, expect, "{service} {}", question[0].escape_ascii());
        }
        let found = ask(&ours, service, &[by_symbol("demo.Both.Hidden")], true).await;
        assert!(found.contains("HiddenReply"), "{found}");
    }
}

#[tokio::test]
async fn what_is_hidden_and_what_is_absent_are_answered_alike() {
    let server = serve(ours());
    let question: [fn(&str) -> Vec<u8>; 4] = [by_symbol, by_filename, extension_numbers, |name| {
        by_extension(name, 100)
    }];
    for service in VERSIONS {
        for question in question {
            for (hidden, absent) in [
                ("demo.Inner", "demo.Abcde"),
                ("demo.Inner.Stats", "demo.Abcde.Stats"),
                ("demo.Both.Hidden", "demo.Both.Absent"),
                ("demo.InnerStats", "demo.AbcdeStats"),
                ("demo.HiddenReply", "demo.AbsentReply"),
                ("demo/inner.proto", "demo/abcde.proto"),
            ] {
                let found = ask(&server, service, &[question(hidden)], false).await;
                let expect = ask(&server, service, &[question(absent)], false).await;
                assert_eq!(found, expect.replace(absent, hidden), "{service} {hidden}");
            }
        }
    }
}

/// What version 1 lists.
fn listed(answer: &str) -> Vec<String> {
    let (_, rest) = answer.split_once("\n\n").unwrap();
    let body = rest.split('\n').next().unwrap();
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let [first, tail @ ..] = rest {
        (bytes, rest) = match (first, tail) {
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let byte = u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap();
                ([bytes, vec![byte]].concat(), tail)
            }
            (b'\\', [escaped, tail @ ..]) => {
                let byte = match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                };
                ([bytes, vec![byte]].concat(), tail)
            }
            _ => ([bytes, vec![*first]].concat(), tail),
        };
    }
    let answer = v1::ServerReflectionResponse::decode(&bytes[5..]).unwrap();
    match answer.message_response {
        Some(v1::server_reflection_response::MessageResponse::ListServicesResponse(list)) => list
            .service
            .into_iter()
            .map(|service| service.name)
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_stream_is_answered_for_the_caller_who_opened_it() {
    let server = serve(ours());
    let [v1, _] = VERSIONS;
    let all = [
        "demo.Inner",
        "demo.Echo",
        "demo.Both",
        "grpc.reflection.v1.ServerReflection",
    ];
    assert_eq!(listed(&ask(&server, v1, &[list()], true).await), all);
    assert_eq!(listed(&ask(&server, v1, &[list()], false).await), all[1..]);
    assert_eq!(listed(&ask(&server, v1, &[list()], true).await), all);
}

#[tokio::test]
async fn a_server_has_more_callers_than_it_keeps_classes() {
    let tenants = |request: &tower_postern::RequestHead<'_>| {
        let tenant = request
            .headers()
            .get("x-tenant")
            .map_or("", |tenant| tenant.to_str().unwrap());
        request.uri().path() == format!("/demo.S{tenant}/M")
    };
    let files = (0..5).fold(file("all.proto").message(message("Note")), |file, at| {
        file.service(service(&format!("S{at}")).method("M", ".demo.Note", ".demo.Note"))
    });
    let reflection = Reflection::builder()
        .register_encoded_file_descriptor_set(set([files]))
        .hide_unless(tenants)
        .max_classes(2)
        .build()
        .unwrap();
    let server = serve(Routes::new(reflection.v1()));
    for _ in 0..2 {
        for tenant in 0..6 {
            let question = String::from_utf8([vec![0, 0, 0, 0, 9], list()].concat()).unwrap();
            let request =
                Request::post(format!("http://test/{}/ServerReflectionInfo", VERSIONS[0]))
                    .header("content-type", "application/grpc")
                    .header("x-tenant", tenant)
                    .body(question);
            let answer = http2_ended(server.address(), request.unwrap(), End::Send).await;
            let expect: &[String] = if tenant < 5 {
                &[format!("demo.S{tenant}")]
            } else {
                &[]
            };
            assert_eq!(listed(&answer), expect);
        }
    }
}

#[tokio::test]
async fn other_paths_of_the_service_are_answered_as_by_the_original() {
    let (ours, theirs) = (serve(ours()), serve(theirs(&files(false))));
    for service in VERSIONS {
        for path in ["Absent", "ServerReflectionInfo/", "serverreflectioninfo"] {
            for end in [End::Send, End::Withhold] {
                let ask = async |server: &Server| {
                    let request = Request::post(format!("http://test/{service}/{path}"))
                        .header("content-type", "application/grpc");
                    http2_ended(
                        server.address(),
                        request.body("\0\0\0\0\0".to_owned()).unwrap(),
                        end,
                    )
                    .await
                };
                assert_eq!(
                    ask(&ours).await,
                    ask(&theirs).await,
                    "{service}/{path} {end:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn it_goes_with_routes_that_are_hidden_and_with_layers_by_name() {
    let inside = || predicate(|request| request.headers().contains_key("x-inside"));
    let reflection = reflection();

    // Beside hidden routes, it is one of the public ones.
    let public = Routes::new(Greeter(hello)).add_service(reflection.v1());
    let server = serve(hide_routes(public, Routes::new(Admin(hello)), inside()));
    let found = listed(&ask(&server, VERSIONS[0], &[list()], false).await);
    assert_eq!(
        found,
        [
            "demo.Echo",
            "demo.Both",
            "grpc.reflection.v1.ServerReflection"
        ]
    );
    let found = listed(&ask(&server, VERSIONS[0], &[list()], true).await);
    assert_eq!(found[0], "demo.Inner");

    // Hidden itself, it is not there at all.
    let server = serve(hide_routes(
        Routes::new(Greeter(hello)),
        Routes::new(reflection.v1()),
        inside(),
    ));
    let found = ask(&server, VERSIONS[0], &[list()], false).await;
    assert_eq!(found, ask(&server, "demo.Absent", &[list()], false).await);
    assert!(!listed(&ask(&server, VERSIONS[0], &[list()], true).await).is_empty());

    let layer = HideLayer::unless(inside()).unimplemented();
    let server = serve(Routes::new(Greeter(hello)).add_service(layer.named_layer(reflection.v1())));
    let found = ask(&server, VERSIONS[0], &[list()], false).await;
    assert_eq!(found, ask(&server, "demo.Absent", &[list()], false).await);
    assert!(!listed(&ask(&server, VERSIONS[0], &[list()], true).await).is_empty());
}

#[tokio::test]
async fn a_call_that_reflection_does_not_tell_of_is_hidden_by_the_same_rule() {
    // One rule for the routes and for what is told of them, and an unknown service is answered as a hidden one.
    let rule = hidden(HIDDEN);
    let routes = Routes::new(Greeter(hello))
        .add_service(Admin(hello))
        .add_service(reflection().v1());
    let server = Server::tonic(
        HideLayer::when(rule.clone())
            .reroute()
            .wrap(routes.prepare()),
    );
    let call = async |path: &str, from_inside: bool| {
        let mut request =
            Request::post(format!("http://test{path}")).header("content-type", "application/grpc");
        if from_inside {
            request = request.header("x-inside", "1");
        }
        http2_ended(
            server.address(),
            request.body("\0\0\0\0\x05\x0a\x03ann".to_owned()).unwrap(),
            End::Send,
        )
        .await
    };
    for (hidden, absent) in [
        ("/test.Admin/Say", "/test.Abcde/Say"),
        ("/test.Admin/Absent", "/test.Abcde/Absent"),
    ] {
        assert_eq!(call(hidden, false).await, call(absent, false).await);
    }
    assert!(call("/test.Admin/Say", true).await.contains("hello ann"));
    assert!(rule.check(&(&Request::new(())).into()).is_no());
    assert!(
        !ask(&server, VERSIONS[0], &[list()], false)
            .await
            .contains("demo.Inner")
    );
}

#[cfg(feature = "test-util")]
#[tokio::test]
async fn the_kit_finds_no_difference_where_reflection_is_served_by_the_same_rule() {
    use tower_postern::test_util::Parity;

    let inside = || predicate(|request| request.headers().contains_key("x-inside"));
    let reflection = reflection();
    let public = Routes::new(Greeter(hello))
        .add_service(reflection.v1())
        .add_service(reflection.v1alpha());
    let routes = hide_routes(public, Routes::new(Admin(hello)), inside());
    let outsider = Parity::of(routes.prepare()).await;
    for path in ["/test.Admin", "/test.Admin/Say", "/test.Admin/Absent"] {
        outsider.assert_hidden(path).await;
    }
}
