//! Hiding that the handler asks for.

use std::convert::Infallible;

use axum::{Router, body::Bytes, extract::Path, routing::get};
use http::{HeaderMap, Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, limit::ConcurrencyLimitLayer, service_fn};
use tower_http::compression::CompressionLayer;
use tower_postern::{
    HideLayer,
    hide::{self, Concealed, Undecided},
    predicate::predicate,
};

use super::probe::{INSIDE, answers, assert_absent, difference, inside};
use crate::support::wire::Server;

/// Hides nothing of its own accord.
fn nothing() -> HideLayer<Undecided> {
    HideLayer::when(predicate(|_| false))
}

/// `secret` exists, and only callers inside may see it; of all others there is `open` alone.
fn find(name: &str, headers: &HeaderMap) -> Result<String, Concealed> {
    match name {
        "open" => Ok("open".to_owned()),
        "secret" if headers.contains_key(INSIDE.0) => Ok("secret".to_owned()),
        _ => Err(hide::conceal()),
    }
}

fn public() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .fallback(async || (StatusCode::NOT_FOUND, "no such page"))
}

fn app() -> Router {
    // Without feature `axum` a handler makes a response of it.
    let answer = |name: String, headers: HeaderMap| match find(&name, &headers) {
        Ok(text) => Response::new(axum::body::Body::from(text)),
        Err(concealed) => concealed.into(),
    };
    let read = async move |Path(name): Path<String>, headers: HeaderMap| answer(name, headers);
    let write = async move |Path(name): Path<String>, headers: HeaderMap, body: Bytes| {
        assert_eq!(body, "a body");
        answer(name, headers)
    };
    public()
        .route("/things/{name}", get(read).delete(read))
        .route("/written/{name}", get(read).post(write))
}

#[tokio::test]
async fn a_concealed_object_meets_what_an_absent_path_meets() {
    let layer = nothing().fallback(public()).late();
    let server = Server::axum(Router::new().fallback_service(layer.wrap(app()))).await;
    assert_absent("an object", &server, "/things/secret", "/things/absent").await;
    let answer = server.http1("GET", "/things/secret", &[], "").await;
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("no such page"),
        "{answer}"
    );
    for (path, headers) in [("/things/open", &[][..]), ("/things/secret", &[INSIDE])] {
        let answer = server.http1("GET", path, headers, "").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    // What the handler's own layers did to its answer is gone with it.
    let dressed = app().layer(CompressionLayer::new().gzip(true));
    let layer = nothing().fallback(public()).late();
    let server = Server::axum(Router::new().fallback_service(layer.wrap(dressed))).await;
    for (method, body) in [("GET", ""), ("POST", "a body"), ("HEAD", "")] {
        for headers in [&[][..], &[("accept-encoding", "gzip")]] {
            let found = server.http2(method, "/written/secret", headers, body).await;
            let expect = server.http2(method, "/nothing/absent", headers, body).await;
            assert_eq!(found, expect, "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_concealed_object_cannot_be_told_with_the_other_answers_either() {
    let reroute = nothing().reroute().late().wrap(app());
    let bare = nothing().not_found().late().wrap(app());
    let plain = nothing().not_found().wrap(app());
    for (name, app) in [
        ("reroute", Router::new().fallback_service(reroute)),
        ("not_found", Router::new().fallback_service(bare)),
        ("without late", Router::new().fallback_service(plain)),
    ] {
        let server = Server::axum(app).await;
        assert_absent(name, &server, "/things/secret", "/things/absent").await;
    }
}

#[tokio::test]
async fn a_rerouted_object_meets_the_page_of_an_absent_path() {
    let layer = nothing().reroute().late();
    let server = Server::axum(Router::new().fallback_service(layer.wrap(app()))).await;
    let answer = server.http1("GET", "/things/secret", &[], "").await;
    assert!(answer.ends_with("no such page"), "{answer}");
}

#[tokio::test]
async fn late_hiding_goes_with_hiding_by_the_caller() {
    let hidden = app().route("/metrics", get(async || "42"));
    let layer = HideLayer::unless(inside()).by_caller().fallback(app());
    let layer = layer.late();
    let app = Router::new().fallback_service(layer.wrap(hidden));
    let server = Server::axum(app).await;
    let found = answers(&server, "/metrics").await;
    assert_eq!(
        difference(&found, &answers(&server, "/absents").await),
        None
    );
    let answer = server.http1("GET", "/metrics", &[INSIDE], "").await;
    assert!(answer.ends_with("42"), "{answer}");
}

/// Says what it was asked.
async fn echo(request: Request<String>) -> Result<Response<String>, Infallible> {
    let said = request.extensions().get::<u8>().copied();
    let text = format!(
        "{} {} {:?} {said:?} {:?}",
        request.method(),
        request.uri(),
        request.headers().get("x"),
        request.body()
    );
    Ok(Response::new(text))
}

#[tokio::test]
async fn the_head_is_kept_and_the_body_is_gone() {
    let conceals = service_fn(async |mut request: Request<String>| {
        request.extensions_mut().clear();
        Ok::<Response<String>, Infallible>(hide::conceal().into())
    });
    let service = nothing().fallback(service_fn(echo)).late().wrap(conceals);
    let request = Request::put("/x?y=1").header("x", "1").extension(7_u8);
    let answer = service
        .oneshot(request.body("a body".to_owned()).unwrap())
        .await;
    assert_eq!(
        answer.unwrap().into_body(),
        "PUT /x?y=1 Some(\"1\") Some(7) \"\""
    );
}

#[tokio::test]
async fn nothing_is_left_in_the_answer_for_a_layer_further_out() {
    let conceals =
        service_fn(async |_: Request<()>| Ok::<Response<()>, Infallible>(hide::conceal().into()));
    let service = nothing().not_found().late().wrap(conceals);
    let answer = service.oneshot(Request::new(())).await.unwrap();
    assert!(answer.extensions().get::<Concealed>().is_none());
}

#[tokio::test]
async fn an_answer_with_extensions_of_others_is_shown() {
    let shows = service_fn(async |_: Request<()>| {
        let mut answer = Response::new("shown");
        answer.extensions_mut().insert(7_u8);
        Ok::<_, Infallible>(answer)
    });
    let service = nothing().not_found().late().wrap(shows);
    let answer = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(answer.extensions().get(), Some(&7_u8));
    assert_eq!(answer.into_body(), "shown");
    assert_eq!(hide::conceal().to_string(), "concealed from this caller");
}

#[tokio::test]
async fn a_limit_inside_is_given_back_before_the_same_service_is_asked_again() {
    let read = service_fn(async |request: Request<()>| {
        tokio::task::yield_now().await;
        Ok::<Response<String>, Infallible>(match request.uri().path() {
            "/secret" => hide::conceal().into(),
            path => Response::new(path.len().to_string()),
        })
    });
    let limited = ConcurrencyLimitLayer::new(1).layer(read);
    let mut service = nothing().reroute().late().wrap(limited);
    for _ in 0..3 {
        let request = Request::get("/secret").body(()).unwrap();
        let answer = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(answer.into_body(), "7");
    }
}

#[cfg(feature = "tonic")]
#[tokio::test]
async fn a_status_conceals_as_well() {
    use tonic::{Code, Status, service::Routes};

    use crate::support::{
        greeter::{Greeter, hello},
        wire::unary,
    };

    fn read(request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
        match request.get_ref().as_str() {
            "open" => hello(request),
            _ => Err(hide::conceal().into()),
        }
    }
    let layer = nothing().unimplemented();
    for (server, expect) in [
        (
            Server::tonic(layer.clone().late().wrap(Routes::new(Greeter(read)))),
            Code::Unimplemented,
        ),
        (
            Server::tonic(layer.wrap(Routes::new(Greeter(read)))),
            Code::NotFound,
        ),
    ] {
        let channel = server.channel().await;
        let ask = |name: &str| {
            unary(
                channel.clone(),
                "/test.Greeter/Say",
                tonic::Request::new(name.to_owned()),
            )
        };
        assert_eq!(ask("open").await.unwrap().into_inner(), "hello open");
        let status = ask("secret").await.unwrap_err();
        assert_eq!((status.code(), status.message()), (expect, ""));
    }
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn an_axum_handler_returns_it_as_its_error() {
    let read = async |Path(name): Path<String>, headers: HeaderMap| find(&name, &headers);
    let inner = Router::new().route("/things/{name}", get(read));
    let layer = nothing().fallback(public()).late();
    let server = Server::axum(Router::new().fallback_service(layer.wrap(inner))).await;
    let answer = server.http1("GET", "/things/secret", &[], "").await;
    assert!(answer.ends_with("no such page"), "{answer}");
}
