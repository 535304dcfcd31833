use http::{Method, Request, Uri};
use tower_postern::{
    ConfigErrorKind, RequestHead,
    predicate::{Predicate, Verdict},
    rule::{self, Path},
};

use super::{ask, get};

struct Case {
    name: &'static str,
    rule: fn() -> Path,
    path: &'static str,
    expect: Verdict,
}

fn admin() -> Path {
    rule::path(["/admin"]).unwrap()
}

fn admin_slash() -> Path {
    rule::path(["/admin/"]).unwrap()
}

fn both_slashes() -> Path {
    rule::path(["/admin", "/admin/"]).unwrap()
}

fn users() -> Path {
    rule::path(["/users/{id}", "/users/{id}/orders/{order}"]).unwrap()
}

fn files() -> Path {
    rule::path(["/files/{*rest}", "/t/{tenant}/files/{*rest}"]).unwrap()
}

fn internal() -> Path {
    rule::under(["/internal", "/{tenant}/internal"]).unwrap()
}

fn internal_slash() -> Path {
    rule::under(["/internal/"]).unwrap()
}

fn root() -> Path {
    rule::path(["/"]).unwrap()
}

fn everything() -> Path {
    rule::under(["/"]).unwrap()
}

fn encoded() -> Path {
    rule::path(["/a%20b", "/caf%C3%A9", "/100%25", "/x%2Fy"]).unwrap()
}

fn braces() -> Path {
    rule::path(["/{{id}}", "/}}x{{"]).unwrap()
}

fn any_case() -> Path {
    rule::path(["/Admin", "/users/{id}/Orders"])
        .unwrap()
        .case_insensitive()
}

fn mixed() -> Path {
    rule::path(["/users/me", "/users/{id}/orders", "/users/me/x"]).unwrap()
}

fn crossing() -> Path {
    rule::path(["/a/b/{x}/c", "/a/{y}/{z}/d"]).unwrap()
}

use Verdict::{No, Unknown, Yes};

#[rustfmt::skip] // a table
const CASES: &[Case] = &[
    Case { name: "the path itself", rule: admin, path: "/admin", expect: Yes },
    Case { name: "a query is no part of it", rule: admin, path: "/admin?x=/y", expect: Yes },
    Case { name: "another path", rule: admin, path: "/admins", expect: No },
    Case { name: "a shorter path", rule: admin, path: "/admi", expect: No },
    Case { name: "a longer path", rule: admin, path: "/admin/x", expect: No },
    Case { name: "the root", rule: admin, path: "/", expect: No },
    Case { name: "another case of letters", rule: admin, path: "/ADMIN", expect: No },
    Case { name: "a slash at the end", rule: admin, path: "/admin/", expect: Unknown },
    Case { name: "a slash at the end of the pattern", rule: admin_slash, path: "/admin", expect: Unknown },
    Case { name: "both with a slash at the end", rule: admin_slash, path: "/admin/", expect: Yes },
    Case { name: "both named, without", rule: both_slashes, path: "/admin", expect: Yes },
    Case { name: "both named, with", rule: both_slashes, path: "/admin/", expect: Yes },
    Case { name: "an encoded letter", rule: admin, path: "/%61dmin", expect: Unknown },
    Case { name: "encoded twice", rule: admin, path: "/%2561dmin", expect: Unknown },
    Case { name: "a doubled slash", rule: admin, path: "//admin", expect: Unknown },
    Case { name: "a dot segment", rule: admin, path: "/./admin", expect: Unknown },
    Case { name: "up and down again", rule: admin, path: "/x/../admin", expect: Unknown },
    Case { name: "up and down again, encoded", rule: admin, path: "/x/%2e%2e/admin", expect: Unknown },
    Case { name: "up from it", rule: admin, path: "/admin/..", expect: No },
    Case { name: "overlong dots", rule: admin, path: "/x/%c0%ae%c0%ae/admin", expect: Unknown },
    Case { name: "a slash that only looks overlong", rule: admin, path: "/x/..%c0%2fadmin", expect: Unknown },
    Case { name: "a backslash", rule: admin, path: "/x/..%5Cadmin", expect: Unknown },
    Case { name: "parameters", rule: admin, path: "/admin;x=y", expect: Unknown },
    Case { name: "parameters of dots", rule: admin, path: "/x/..;/admin", expect: Unknown },
    Case { name: "a NUL", rule: admin, path: "/admin%00.png", expect: Unknown },
    Case { name: "an encoded question mark", rule: admin, path: "/admin%3Fx", expect: Unknown },
    Case { name: "an absolute target", rule: admin, path: "http://example.com/admin", expect: Yes },
    Case { name: "an absolute target of another path", rule: admin, path: "http://example.com/x", expect: No },
    Case { name: "the asterisk", rule: admin, path: "*", expect: No },
    Case { name: "an odd path that has nothing to do with it", rule: admin, path: "/x%20y", expect: No },
    Case { name: "more readings than can be told", rule: admin, path: "/%25252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525252525", expect: Unknown },
    Case { name: "a parameter", rule: users, path: "/users/7", expect: Yes },
    Case { name: "two parameters", rule: users, path: "/users/7/orders/8", expect: Yes },
    Case { name: "a parameter with encoded letters", rule: users, path: "/users/a%20b%C3%A9", expect: Yes },
    Case { name: "a parameter with an encoded slash", rule: users, path: "/users/a%2Fb", expect: Unknown },
    Case { name: "a parameter that climbs", rule: users, path: "/users/%2e%2e", expect: Unknown },
    Case { name: "a parameter with parameters", rule: users, path: "/users/7;v=1", expect: Yes },
    Case { name: "a slash after a parameter", rule: users, path: "/users/7/", expect: Unknown },
    Case { name: "an empty parameter", rule: users, path: "/users/", expect: No },
    Case { name: "an empty parameter before other segments, which Axum takes", rule: users, path: "/users//orders/8", expect: Unknown },
    Case { name: "an empty parameter first", rule: internal, path: "//internal/a", expect: Unknown },
    Case { name: "an empty parameter and another path", rule: users, path: "/users//invoices/8", expect: No },
    Case { name: "no parameter", rule: users, path: "/users", expect: No },
    Case { name: "between two patterns", rule: users, path: "/users/7/orders", expect: No },
    Case { name: "below a pattern", rule: users, path: "/users/7/orders/8/x", expect: No },
    Case { name: "a literal beside a parameter", rule: mixed, path: "/users/me", expect: Yes },
    Case { name: "back from a literal to the parameter", rule: mixed, path: "/users/me/orders", expect: Yes },
    Case { name: "the parameter does not end here", rule: mixed, path: "/users/7", expect: No },
    Case { name: "back from a literal that leads nowhere", rule: crossing, path: "/a/b/7/d", expect: Yes },
    Case { name: "no way leads there", rule: crossing, path: "/a/c/7/c", expect: No },
    Case { name: "the rest", rule: files, path: "/files/a/b.css", expect: Yes },
    Case { name: "the rest, encoded", rule: files, path: "/files/a%20b.css", expect: Yes },
    Case { name: "the rest after a parameter", rule: files, path: "/t/x/files/a/b", expect: Yes },
    Case { name: "the rest, ending in a slash", rule: files, path: "/files/a/", expect: Yes },
    Case { name: "no rest", rule: files, path: "/files", expect: No },
    Case { name: "an empty rest", rule: files, path: "/files/", expect: Unknown },
    Case { name: "the rest climbs out", rule: files, path: "/files/../admin", expect: Unknown },
    Case { name: "the rest climbs out, encoded", rule: files, path: "/files/..%2fadmin", expect: Unknown },
    Case { name: "the rest climbs in itself", rule: files, path: "/files/a/../b", expect: Yes },
    Case { name: "the prefix", rule: internal, path: "/internal", expect: Yes },
    Case { name: "the prefix with a slash", rule: internal, path: "/internal/", expect: Yes },
    Case { name: "below the prefix", rule: internal, path: "/internal/a/b", expect: Yes },
    Case { name: "below a prefix with a parameter", rule: internal, path: "/t1/internal/a", expect: Yes },
    Case { name: "a prefix with a parameter", rule: internal, path: "/t1/internal", expect: Yes },
    Case { name: "only the start of a segment", rule: internal, path: "/internals/a", expect: No },
    Case { name: "out of the prefix", rule: internal, path: "/internal/../a", expect: Unknown },
    Case { name: "below the prefix, oddly", rule: internal, path: "/internal//a%20b;c", expect: Yes },
    Case { name: "the prefix with its slash", rule: internal_slash, path: "/internal/", expect: Yes },
    Case { name: "the prefix without its slash", rule: internal_slash, path: "/internal", expect: Unknown },
    Case { name: "below the prefix with a slash", rule: internal_slash, path: "/internal/a", expect: Yes },
    Case { name: "the root is the root", rule: root, path: "/", expect: Yes },
    Case { name: "below the root", rule: root, path: "/a", expect: No },
    Case { name: "everything: the root", rule: everything, path: "/", expect: Yes },
    Case { name: "everything: a path", rule: everything, path: "/a/b", expect: Yes },
    Case { name: "everything: an odd path", rule: everything, path: "/a/../b//c;d", expect: Yes },
    Case { name: "encoded as written", rule: encoded, path: "/a%20b", expect: Yes },
    Case { name: "encoded UTF-8 as written", rule: encoded, path: "/caf%C3%A9", expect: Yes },
    Case { name: "encoded UTF-8 in small letters", rule: encoded, path: "/caf%c3%a9", expect: Unknown },
    Case { name: "UTF-8 that is not encoded", rule: encoded, path: "/café", expect: Unknown },
    Case { name: "encoded percent", rule: encoded, path: "/100%25", expect: Yes },
    Case { name: "encoded slash as written", rule: encoded, path: "/x%2Fy", expect: Yes },
    Case { name: "encoded slash as a slash", rule: encoded, path: "/x/y", expect: No },
    Case { name: "encoded twice where once is written", rule: encoded, path: "/a%2520b", expect: Unknown },
    Case { name: "escaped braces", rule: braces, path: "/{id}", expect: Yes },
    Case { name: "escaped braces are no parameter", rule: braces, path: "/7", expect: No },
    Case { name: "any case, small", rule: any_case, path: "/admin", expect: Yes },
    Case { name: "any case, large", rule: any_case, path: "/ADMIN", expect: Yes },
    Case { name: "any case, with a parameter", rule: any_case, path: "/uSERS/x/oRDERS", expect: Yes },
    Case { name: "any case, another path", rule: any_case, path: "/admim", expect: No },
];

#[test]
fn a_path_rule_is_clear_only_where_all_readings_agree() {
    for Case {
        name,
        rule,
        path,
        expect,
    } in CASES
    {
        assert_eq!(ask(&rule(), get(path)), *expect, "{name}");
    }
}

#[test]
fn a_target_without_a_path_may_be_the_root_and_is_no_other() {
    let connect = || Request::connect("example.com:443");
    assert_eq!(ask(&root(), connect()), Unknown);
    assert_eq!(ask(&admin(), connect()), No);
    let options = || Request::options("*");
    assert_eq!(ask(&root(), options()), No);
    assert_eq!(ask(&everything(), options()), Unknown);
}

#[test]
fn a_template_that_could_match_and_could_not_is_unknown() {
    type Rule = fn() -> Path;
    #[rustfmt::skip] // a table
    let cases: &[(Rule, &str, Verdict)] = &[
        (admin, "/admin", Yes),
        (admin, "/{page}", Unknown),
        (admin, "/{page}/x", No),
        (admin, "/a{rest}", Unknown),
        (admin, "/b{rest}", No),
        (admin, "/{start}min", Unknown),
        (admin, "/{start}max", No),
        (admin, "/admin{more}", No),
        (admin, "/{*rest}", Unknown),
        (admin, "/%61dmin", Unknown),
        (users, "/users/{id}", Yes),
        (users, "/users/{id}/", Unknown),
        (users, "/users/{id}/orders/{order}", Yes),
        (users, "/users/{id}/{what}/{order}", Unknown),
        (users, "/users/{id}/invoices/{order}", No),
        (users, "/{kind}/{id}", Unknown),
        (users, "/users/v{version}", Yes),
        (users, "/users/{*rest}", Unknown),
        (users, "/users", No),
        (users, "/users//orders/{order}", Unknown),
        (files, "/files/{name}", Yes),
        (files, "/files/{*rest}", Yes),
        (files, "/{kind}/{name}", Unknown),
        (internal, "/internal/{x}", Yes),
        (internal, "/{tenant}/internal/{x}", Yes),
        (internal, "/{tenant}/{x}", Unknown),
        (internal, "/{tenant}", Unknown),
        (internal, "/public/x/{y}", No),
        (any_case, "/ADMIN", Yes),
        (any_case, "/users/{id}/ORDERS", Yes),
        (mixed, "/users/{id}", Unknown),
        (mixed, "/users/{id}/orders", Yes),
        (braces, "/}x{", Yes),
        (encoded, "/a%20b", Yes),
        (encoded, "/caf%c3%a9", Unknown),
    ];
    let request = Request::get("/openapi.json").body(()).unwrap();
    let head = RequestHead::new(&request);
    for (rule, template, expect) in cases {
        let uri: Uri = template.parse().unwrap();
        let verdict = rule().check(&head.at(&Method::GET, &uri));
        assert_eq!(verdict, *expect, "{template}");
    }
}

#[test]
fn about_a_caller_alone_nothing_is_known_of_the_path() {
    let request = Request::get("/admin").body(()).unwrap();
    let head = RequestHead::new(&request).caller();
    for rule in [admin(), everything()] {
        assert_eq!(rule.check(&head), Unknown);
    }
    assert_eq!(rule::method([Method::GET]).check(&head), Unknown);
}

#[cfg(feature = "tracing")]
#[test]
fn a_target_rule_that_is_asked_about_a_caller_alone_says_so_once() {
    use crate::rule::events;

    let request = Request::get("/admin").body(()).unwrap();
    let head = RequestHead::new(&request).caller();
    let rule = admin();
    let told = events(|| {
        rule.check(&head);
        rule.clone().check(&head);
    });
    assert_eq!(
        told,
        [
            "ERROR a rule about the path was asked about a caller alone, and answers Unknown; decide by a rule about the \
             caller, or mount a `HideLayer` that asks about the whole request"
        ]
    );
}

#[test]
fn method_override_and_original_url_headers_change_nothing() {
    for name in [
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-path",
        "x-forwarded-prefix",
        "x-http-method-override",
    ] {
        for (path, expect) in [("/admin", Yes), ("/x", No)] {
            let verdict = ask(&admin(), get(path).header(name, "/admin"));
            assert_eq!(verdict, expect, "{name} {path}");
        }
        let rule = rule::method([Method::POST]);
        assert_eq!(ask(&rule, get("/").header(name, "POST")), No, "{name}");
    }
}

#[test]
fn an_empty_list_of_paths_is_an_error() {
    for result in [
        rule::path::<&str>([]),
        rule::under::<&str>([]),
        rule::path([""]),
    ] {
        assert_eq!(result.unwrap_err().kind(), ConfigErrorKind::Path);
    }
}

#[test]
fn a_pattern_below_another_takes_nothing_from_it() {
    for patterns in [
        &["/a", "/a/b/c"][..],
        &["/a/b/c", "/a"],
        &["/a", "/a/b", "/x/y"],
    ] {
        let rule = rule::under(patterns).unwrap();
        for (path, expect) in [
            ("/a", Yes),
            ("/a/b", Yes),
            ("/a/b/c", Yes),
            ("/a/b/c/d", Yes),
            ("/b", No),
            ("/", No),
        ] {
            assert_eq!(ask(&rule, get(path)), expect, "{patterns:?} {path}");
        }
    }
}

#[test]
fn names_that_differ_in_the_middle_alone_are_not_the_same() {
    let name = |at: usize| format!("/a-long-beginning-{at:04}-and-a-long-end");
    let exact = rule::path((0..500).map(name)).unwrap();
    let under = rule::under((0..500).map(name)).unwrap();
    for at in 0..3_000 {
        let expect = if at < 500 { Yes } else { No };
        assert_eq!(ask(&exact, get(&name(at))), expect, "{at}");
        assert_eq!(ask(&under, get(&(name(at) + "/x"))), expect, "{at}");
    }
}

#[test]
fn a_pattern_has_a_longest_form() {
    let long = |length: usize| format!("/{}", "a".repeat(length - 1));
    let deep = |segments: usize| "/a".repeat(segments);
    for (name, pattern, fits) in [
        ("4096 bytes", long(4096), true),
        ("4097 bytes", long(4097), false),
        ("5000 bytes", long(5000), false),
        ("60 segments", deep(60), true),
        ("61 segments", deep(61), false),
        ("70 segments", deep(70), false),
        ("60 segments, a slash encoded", deep(59) + "%2Fa", true),
        ("61 segments, a slash encoded", deep(60) + "%2Fa", false),
    ] {
        match rule::path([&pattern]) {
            Ok(rule) => {
                assert!(fits, "{name}");
                if !pattern.contains('%') {
                    assert_eq!(ask(&rule, get(&pattern)), Yes, "{name}");
                }
            }
            Err(error) => {
                assert!(!fits, "{name}: {error}");
                assert_eq!(error.kind(), ConfigErrorKind::Path, "{name}");
            }
        }
    }
}

/// Against one comparison after the other.
#[test]
fn ten_thousand_patterns_answer_as_each_alone() {
    let exact: Vec<String> = (0..5_000).map(|i| format!("/a/{i}/b")).collect();
    let rule = rule::path(exact.iter().chain(&["/c/{id}/d".to_owned()])).unwrap();
    for i in 0..6_000 {
        let expect = if i < 5_000 { Yes } else { No };
        assert_eq!(ask(&rule, get(&format!("/a/{i}/b"))), expect, "{i}");
        assert_eq!(ask(&rule, get(&format!("/c/{i}/d"))), Yes, "{i}");
    }
    let under: Vec<String> = (0..5_000).map(|i| format!("/a/{i}")).collect();
    let rule = rule::under(&under).unwrap();
    for i in 0..6_000 {
        let expect = if i < 5_000 { Yes } else { No };
        assert_eq!(ask(&rule, get(&format!("/a/{i}/b/c"))), expect, "{i}");
        assert_eq!(ask(&rule, get(&format!("/a/{i}"))), expect, "{i}");
    }
}
