//! What each request meets: the table of RFC 6750, in every mode, over HTTP and gRPC, with validators of every kind.

use http::Request;
use tower_postern::{BearerAuthLayer, bearer::RequireLayer};

use crate::support::bearer::{
    Echo, Guarded, Tell, as_grpc, ask, bearing, every_way, request, text,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Required,
    Optional,
    Deferred,
}

impl Tell for Mode {
    fn tell<V>(&self, layer: BearerAuthLayer<V>) -> BearerAuthLayer<V> {
        let layer = layer.realm("shop").unwrap().scope("orders:read").unwrap();
        match self {
            Self::Required => layer,
            Self::Optional => layer.optional(),
            Self::Deferred => layer.deferred(),
        }
    }
}

/// Guarded in each way; where the layer lets all pass, something inside asks for an identity.
fn guarded(mode: Mode) -> Vec<(&'static str, Guarded)> {
    if mode == Mode::Deferred {
        every_way(&mode, &RequireLayer::identity().wrap(Echo::default()))
    } else {
        every_way(&mode, &Echo::default())
    }
}

enum Answer {
    Passes(&'static str),
    /// No token: refused, but for the mode in which such callers pass.
    Missing,
    Refused {
        http: &'static str,
        grpc: &'static str,
    },
}

struct Case {
    name: &'static str,
    request: Request<String>,
    answer: Answer,
}

const MISSING: (&str, &str) = (
    "401\nwww-authenticate: Bearer realm=\"shop\", scope=\"orders:read\"",
    "200\n\
     content-type: application/grpc+proto\n\
     grpc-message: an access token is required\n\
     grpc-status: 16\n\
     www-authenticate: Bearer realm=\"shop\", scope=\"orders:read\"",
);

const INVALID_REQUEST: Answer = Answer::Refused {
    http: "400\nwww-authenticate: Bearer realm=\"shop\", error=\"invalid_request\", \
           error_description=\"The access token must be sent once and well-formed\", scope=\"orders:read\"",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the access token must be sent once and well-formed\n\
           grpc-status: 16\n\
           www-authenticate: Bearer realm=\"shop\", error=\"invalid_request\", \
           error_description=\"The access token must be sent once and well-formed\", scope=\"orders:read\"",
};

const INVALID_TOKEN: Answer = Answer::Refused {
    http: "401\nwww-authenticate: Bearer realm=\"shop\", error=\"invalid_token\", \
           error_description=\"The access token is not valid\", scope=\"orders:read\"",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the access token is not valid\n\
           grpc-status: 16\n\
           www-authenticate: Bearer realm=\"shop\", error=\"invalid_token\", \
           error_description=\"The access token is not valid\", scope=\"orders:read\"",
};

const EXPIRED: Answer = Answer::Refused {
    http: "401\nwww-authenticate: Bearer realm=\"shop\", error=\"invalid_token\", \
           error_description=\"The access token expired\", scope=\"orders:read\"",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the access token expired\n\
           grpc-status: 16\n\
           www-authenticate: Bearer realm=\"shop\", error=\"invalid_token\", \
           error_description=\"The access token expired\", scope=\"orders:read\"",
};

const INSUFFICIENT_SCOPE: Answer = Answer::Refused {
    http: "403\nwww-authenticate: Bearer realm=\"shop\", error=\"insufficient_scope\", \
           error_description=\"The access token lacks a scope\", scope=\"orders:read\"",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the access token lacks a scope\n\
           grpc-status: 7\n\
           www-authenticate: Bearer realm=\"shop\", error=\"insufficient_scope\", \
           error_description=\"The access token lacks a scope\", scope=\"orders:read\"",
};

const FORBIDDEN: Answer = Answer::Refused {
    http: "403",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the caller may not do this\n\
           grpc-status: 7",
};

const UNAVAILABLE: Answer = Answer::Refused {
    http: "503\nretry-after: 1",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the access token could not be checked\n\
           grpc-status: 14",
};

const UNAVAILABLE_FOR_90_SECONDS: Answer = Answer::Refused {
    http: "503\nretry-after: 90",
    grpc: "200\n\
           content-type: application/grpc+proto\n\
           grpc-message: the access token could not be checked\n\
           grpc-status: 14",
};

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let case = |name, request, answer| Case { name, request, answer };
    let mut beside_a_query = bearing("reader");
    *beside_a_query.uri_mut() = "/?access_token=reader".parse().unwrap();
    let mut query_alone = request(&[]);
    *query_alone.uri_mut() = "/?access_token=reader".parse().unwrap();
    vec![
        case("a good token", bearing("reader"), Answer::Passes("reader")),
        case("scheme in lower case", request(&["bearer reader"]), Answer::Passes("reader")),
        case("scheme in upper case", request(&["BEARER reader"]), Answer::Passes("reader")),
        case("scheme in any case", request(&["bEaReR reader"]), Answer::Passes("reader")),
        case("several spaces", request(&["Bearer    reader"]), Answer::Passes("reader")),
        case("a proved confirmation", bearing("proved"), Answer::Passes("proved")),
        case("no header", request(&[]), Answer::Missing),
        case("another scheme", request(&["Basic YW5uOmFubg=="]), Answer::Missing),
        case("a scheme that begins alike", request(&["Bearerish reader"]), Answer::Missing),
        case("a token without a scheme", request(&["reader"]), Answer::Missing),
        case("a token in the query alone", query_alone, Answer::Missing),
        case("two lines", request(&["Bearer reader", "Bearer reader"]), INVALID_REQUEST),
        case("two lines of which one is of another scheme", request(&["Basic YQ==", "Bearer reader"]), INVALID_REQUEST),
        case("beside one in the query", beside_a_query, INVALID_REQUEST),
        case("scheme alone", request(&["Bearer"]), INVALID_REQUEST),
        case("empty token", request(&["Bearer "]), INVALID_REQUEST),
        case("spaces alone", request(&["Bearer    "]), INVALID_REQUEST),
        case("a tab for a space", request(&["Bearer\treader"]), INVALID_REQUEST),
        case("two words", request(&["Bearer reader writer"]), INVALID_REQUEST),
        case("a list", request(&["Bearer reader, Bearer writer"]), INVALID_REQUEST),
        case("auth-params", request(&["Bearer token=\"reader\""]), INVALID_REQUEST),
        case("a token that is refused", bearing("bad"), INVALID_TOKEN),
        case("a token that was good", bearing("expired"), EXPIRED),
        case("a token that is bound to a key, without proof", bearing("bound"), INVALID_TOKEN),
        case("a token of which the validator sees nothing", bearing("unseen"), INVALID_TOKEN),
        case("a good token without the scope", bearing("ann"), INSUFFICIENT_SCOPE),
        case("a caller who may not", bearing("barred"), FORBIDDEN),
        case("an outage", bearing("down"), UNAVAILABLE),
        case("an outage of known length", bearing("down-for-90s"), UNAVAILABLE_FOR_90_SECONDS),
    ]
}

#[tokio::test]
async fn each_request_meets_its_status_and_challenge_in_every_mode() {
    for mode in [Mode::Required, Mode::Optional, Mode::Deferred] {
        let vary = match mode {
            Mode::Required => "",
            Mode::Optional | Mode::Deferred => "\nvary: Authorization",
        };
        // Between `retry-after` or nothing and `www-authenticate`: headers are sorted.
        let with_vary = |expect: &str| match expect.split_once("\nwww-authenticate") {
            Some((before, after)) => format!("{before}{vary}\nwww-authenticate{after}"),
            None => format!("{expect}{vary}"),
        };
        for (way, service) in guarded(mode) {
            for Case {
                name,
                request,
                answer,
            } in cases()
            {
                let label = format!("{mode:?}, {way}: {name}");
                let (http, grpc) = match answer {
                    Answer::Passes(who) => {
                        let expect = format!("200{vary}\n\n{who}");
                        (expect.clone(), expect)
                    }
                    Answer::Missing if mode == Mode::Optional => {
                        let expect = format!("200{vary}\n\nanonymous");
                        (expect.clone(), expect)
                    }
                    Answer::Missing => (with_vary(MISSING.0), with_vary(MISSING.1)),
                    Answer::Refused { http, grpc } => (with_vary(http), with_vary(grpc)),
                };
                let response = ask(&service, request.clone()).await;
                assert_eq!(text(&response), http, "{label}, in HTTP");
                let response = ask(&service, as_grpc(request)).await;
                assert_eq!(text(&response), grpc, "{label}, in gRPC");
            }
        }
    }
}

#[tokio::test]
async fn deferred_refuses_nobody_and_records_the_outcome() {
    for (way, service) in every_way(&Mode::Deferred, &Echo::default()) {
        for (line, expect) in [
            ("Bearer reader", "reader"),
            ("Basic YQ==", "anonymous"),
            ("Bearer ", "refused: invalid_request"),
            ("Bearer bad", "refused: invalid_token"),
            ("Bearer bound", "refused: invalid_token"),
            ("Bearer unseen", "refused: invalid_token"),
            ("Bearer ann", "refused: insufficient_scope"),
            ("Bearer barred", "refused: forbidden"),
            ("Bearer down", "refused: unavailable"),
        ] {
            let response = ask(&service, request(&[line])).await;
            let expect = format!("200\nvary: Authorization\n\n{expect}");
            assert_eq!(text(&response), expect, "{way}: {line}");
            let response = ask(&service, as_grpc(request(&[line]))).await;
            assert_eq!(text(&response), expect, "{way}: {line}, in gRPC");
        }
    }
}

#[tokio::test]
async fn a_grpc_call_is_a_post_of_a_grpc_content_type() {
    struct Plain;
    impl Tell for Plain {
        fn tell<V>(&self, layer: BearerAuthLayer<V>) -> BearerAuthLayer<V> {
            layer
        }
    }
    let challenge = "www-authenticate: Bearer realm=\"api\"";
    let grpc = |content_type: &str| {
        format!(
            "200\ncontent-type: {content_type}\ngrpc-message: an access token is required\ngrpc-status: 16\n{challenge}"
        )
    };
    let http = format!("401\n{challenge}");
    let long = format!("application/grpc+proto;{}", "x".repeat(64));
    for (way, service) in every_way(&Plain, &Echo::default()) {
        for (method, content_type, expect) in [
            ("POST", "application/grpc", grpc("application/grpc")),
            (
                "POST",
                "application/grpc+json",
                grpc("application/grpc+json"),
            ),
            ("POST", "Application/gRPC", grpc("Application/gRPC")),
            ("POST", "application/grpc;x=y", grpc("application/grpc;x=y")),
            ("POST", "application/grpc-web", grpc("application/grpc-web")),
            (
                "POST",
                "application/grpc-web+proto",
                grpc("application/grpc-web+proto"),
            ),
            (
                "POST",
                "application/grpc-web-text",
                grpc("application/grpc-web-text"),
            ),
            ("POST", long.as_str(), grpc("application/grpc")),
            ("GET", "application/grpc", http.clone()),
            ("PUT", "application/grpc", http.clone()),
            ("POST", "application/grpcat", http.clone()),
            ("POST", "application/json", http.clone()),
        ] {
            let mut request = request(&[]);
            *request.method_mut() = method.parse().unwrap();
            request
                .headers_mut()
                .insert("content-type", content_type.parse().unwrap());
            let response = ask(&service, request).await;
            assert_eq!(text(&response), expect, "{way}: {method} {content_type}");
        }
    }
}
