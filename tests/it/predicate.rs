//! Predicates: three answers, and how they are put together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{Method, Request, Uri, Version};
use tower_postern::{
    RequestHead,
    predicate::{Predicate, Verdict, all, any, predicate},
};

const VERDICTS: [Verdict; 3] = [Verdict::No, Verdict::Unknown, Verdict::Yes];

fn says(verdict: Verdict) -> impl Predicate + Clone {
    predicate(move |_| verdict)
}

#[track_caller]
fn assert_verdict(predicate: &impl Predicate, expect: Verdict, name: &str) {
    let request = Request::new(());
    assert_eq!(
        predicate.check(&RequestHead::new(&request)),
        expect,
        "{name}"
    );
}

#[test]
fn predicates_are_put_together_in_kleenes_logic() {
    for a in VERDICTS {
        assert_verdict(&says(a).not(), !a, &format!("not {a:?}"));
        for b in VERDICTS {
            // In Kleene's order (No < Unknown < Yes) `and` is the lesser and `or` the greater of both.
            let rank = |verdict| VERDICTS.iter().position(|one| *one == verdict);
            let (lesser, greater) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
            assert_verdict(&says(a).and(says(b)), lesser, &format!("{a:?} and {b:?}"));
            assert_verdict(&says(a).or(says(b)), greater, &format!("{a:?} or {b:?}"));
            assert_verdict(
                &all([says(a), says(b)]),
                lesser,
                &format!("all of {a:?}, {b:?}"),
            );
            assert_verdict(
                &any([says(a), says(b)]),
                greater,
                &format!("any of {a:?}, {b:?}"),
            );
        }
    }
}

#[test]
fn of_no_predicates_any_is_no_and_all_is_unknown() {
    let none: [Arc<dyn Predicate>; 0] = [];
    assert_verdict(&any(none.clone()), Verdict::No, "any");
    assert_verdict(&all(none), Verdict::Unknown, "all");
}

#[test]
fn what_is_decided_asks_no_further() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counts = {
        let asked = asked.clone();
        predicate(move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            true
        })
    };
    assert_verdict(&says(Verdict::No).and(counts.clone()), Verdict::No, "and");
    assert_verdict(&says(Verdict::Yes).or(counts.clone()), Verdict::Yes, "or");
    let rest = [says(Verdict::Yes).erased(), counts.erased()];
    assert_verdict(&any(rest), Verdict::Yes, "any");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_closure_answers_with_bool_option_or_verdict() {
    fn named(_: &RequestHead<'_>) -> bool {
        true
    }
    assert_verdict(&named, Verdict::Yes, "a function");
    assert_verdict(&|_: &RequestHead<'_>| false, Verdict::No, "bool");
    assert_verdict(
        &|_: &RequestHead<'_>| None::<bool>,
        Verdict::Unknown,
        "option",
    );
    assert_verdict(&|_: &RequestHead<'_>| Verdict::Yes, Verdict::Yes, "verdict");
    assert_verdict(&predicate(|_| Some(false)), Verdict::No, "inferred");
    assert_verdict(&Arc::new(says(Verdict::Yes)), Verdict::Yes, "shared");
    assert_verdict(&says(Verdict::Yes).erased(), Verdict::Yes, "erased");
}

#[test]
fn about_a_caller_alone_a_closure_that_reads_the_target_cannot_tell() {
    let request = Request::get("/admin")
        .header("x-inside", "1")
        .body(())
        .unwrap();
    let head = RequestHead::new(&request);
    let by_path = predicate(|request| !request.uri().path().starts_with("/admin"));
    let by_method = predicate(|request| request.method() == Method::OPTIONS);
    let by_header = predicate(|request| request.headers().contains_key("x-inside"));

    assert_eq!(by_path.check(&head), Verdict::No);
    assert_eq!(by_path.check(&head.caller()), Verdict::Unknown);
    assert_eq!(by_method.check(&head.caller()), Verdict::Unknown);
    assert_eq!(by_path.not().check(&head.caller()), Verdict::Unknown);
    assert_eq!(by_header.check(&head.caller()), Verdict::Yes);
    assert_eq!(by_path.or(by_header).check(&head.caller()), Verdict::Yes);
    assert_eq!(
        by_path.and(by_header).check(&head.caller()),
        Verdict::Unknown
    );
    assert_eq!(by_header.check(&head), Verdict::Yes);
}

#[test]
fn a_head_turned_to_another_operation_keeps_the_caller() {
    let request = Request::post("/openapi.json")
        .version(Version::HTTP_2)
        .header("x-tenant", "a")
        .extension(7_u8)
        .body(())
        .unwrap();
    let (method, uri) = (Method::DELETE, Uri::from_static("/users/1"));
    let head = RequestHead::new(&request).caller().at(&method, &uri);

    assert_eq!(
        (head.method(), head.uri().path()),
        (&Method::DELETE, "/users/1")
    );
    assert_eq!(head.headers()["x-tenant"], "a");
    assert_eq!(head.version(), Version::HTTP_2);
    assert_eq!(head.extension(), Some(&7_u8));
    assert_eq!(head.extensions().get(), Some(&7_u8));
    assert!(head.has_target());
    assert!(!head.is_routed());
    assert!(RequestHead::new(&request).is_routed());
    assert!(!RequestHead::new(&request).caller().is_routed());
    assert!(!RequestHead::new(&request).caller().has_target());
}

#[test]
fn a_caller_alone_has_placeholders_and_another_operation_of_his_has_a_target_to_read() {
    let request = Request::post("/secret").body(()).unwrap();
    let head = RequestHead::new(&request);
    let caller = head.caller();
    assert_eq!(
        (caller.method(), caller.uri().path()),
        (&Method::OPTIONS, "*")
    );

    // Who reads the placeholder cannot tell; who turns the head to an operation of his own can.
    let uri = Uri::from_static("/other");
    let reads = predicate(|head| head.uri().path() != "/secret");
    assert_eq!(reads.check(&caller), Verdict::Unknown);
    let turns = predicate(move |head| head.at(&Method::GET, &uri).uri().path() == "/other");
    assert_eq!(turns.check(&caller), Verdict::Yes);
}

#[test]
fn a_verdict_is_clear_or_not() {
    let clear = VERDICTS.map(|verdict| (verdict.is_no(), verdict.is_yes()));
    assert_eq!(clear, [(true, false), (false, false), (false, true)]);
}

#[test]
fn the_debug_form_of_a_head_shows_neither_uri_nor_headers() {
    let request = Request::get("/?access_token=s3cr3t")
        .header("authorization", "Bearer s3cr3t")
        .body(())
        .unwrap();
    let head = RequestHead::new(&request);
    let shown = format!("{head:?} {:?}", head.caller());
    assert_eq!(
        shown,
        "RequestHead { version: HTTP/1.1, target: Own, .. } RequestHead { version: HTTP/1.1, target: Absent, .. }"
    );
}
