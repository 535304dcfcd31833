//! Nothing of a request reaches an answer or an event.

use http::{HeaderValue, Request, header::AUTHORIZATION};
use tower_postern::{
    BearerAuthLayer, RequestHead,
    bearer::{
        AuthError, Confirmation, ConfirmationMethod, Credentials, Grant, RequireLayer, TokenSource,
        TokenValidator, Verified, immediate,
    },
};

use crate::support::{
    bearer::{Echo, Now, User, Waits, as_grpc, ask, poll_once, text},
    events::Events,
};

const MARK: &str = "m4rk";

/// Requests that carry the mark wherever a caller can put it.
fn marked() -> Vec<Request<String>> {
    let long = format!("Bearer {}{MARK}", "x".repeat(9000));
    let list = format!("Bearer {MARK}, Bearer {MARK}");
    let lines: &[&[&str]] = &[
        &[],
        &["Bearer m4rk"],
        &["Bearer slow-m4rk"],
        &["bearer  m4rk"],
        &["Bearer m4rk m4rk"],
        &["Bearer\tm4rk"],
        &["Bearer m4rk\"\\"],
        &["Bearer m4rk", "Bearer m4rk"],
        &["Basic m4rk"],
        &["m4rk"],
        &["m4rk m4rk"],
        &[&long],
        &[&list],
    ];
    let mut requests = Vec::new();
    for lines in lines {
        let mut request = Request::new(MARK.to_owned());
        *request.uri_mut() = format!("http://{MARK}.example/{MARK}?access_token={MARK}")
            .parse()
            .unwrap();
        for line in *lines {
            request
                .headers_mut()
                .append(AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        request
            .headers_mut()
            .insert("x-m4rk", MARK.parse().unwrap());
        request
            .headers_mut()
            .insert("x-key", format!("{MARK} {MARK}").parse().unwrap());
        request
            .headers_mut()
            .insert("origin", MARK.parse().unwrap());
        let mut grpc = as_grpc(request.clone());
        grpc.headers_mut().remove("x-key");
        requests.push(grpc);
        let mut without_query = request.clone();
        *without_query.uri_mut() = format!("/{MARK}").parse().unwrap();
        without_query.headers_mut().remove("x-key");
        requests.push(without_query);
        requests.push(request);
    }
    requests
}

fn refuses() -> impl TokenValidator<Identity = User> {
    immediate(|credentials| {
        tracing::trace!(?credentials, head = ?credentials.head(), token = ?credentials.to_token(), "validating");
        Err::<Verified<User>, _>(AuthError::invalid_token())
    })
}

#[tokio::test]
async fn nothing_of_a_request_is_in_an_answer_or_an_event() {
    let events = Events::record();
    let key = TokenSource::header("x-key").unwrap();
    let two = || [TokenSource::authorization(), key.clone()];
    let require = || RequireLayer::scope("a").unwrap().wrap(Echo::default());
    let mut asked = 0;
    for request in marked() {
        for response in [
            ask(
                &BearerAuthLayer::new(refuses()).wrap(Echo::default()),
                request.clone(),
            )
            .await,
            ask(
                &BearerAuthLayer::new(Now).wrap(Echo::default()),
                request.clone(),
            )
            .await,
            ask(
                &BearerAuthLayer::new(Waits).optional().wrap(require()),
                request.clone(),
            )
            .await,
            ask(
                &BearerAuthLayer::new(refuses()).deferred().wrap(require()),
                request.clone(),
            )
            .await,
            ask(
                &BearerAuthLayer::new(Now)
                    .sources(two())
                    .wrap(Echo::default()),
                request.clone(),
            )
            .await,
            ask(&require(), request.clone()).await,
        ] {
            asked += 1;
            let text = text(&response);
            assert!(!text.contains(MARK), "{text}");
            let error = response.extensions().get::<AuthError>();
            let text = format!("{error:?}");
            assert!(!text.contains(MARK), "{text}");
        }
    }
    assert!(asked > 200);
    let said = events.take();
    assert!(said.lines().count() > 100, "{said}");
    assert!(!said.contains(MARK), "{said}");
}

#[test]
fn debug_of_what_is_near_a_token_shows_none() {
    let mut request = Request::new(String::new());
    *request.uri_mut() = format!("/{MARK}").parse().unwrap();
    request
        .headers_mut()
        .insert(AUTHORIZATION, format!("Bearer {MARK}").parse().unwrap());
    let head = RequestHead::new(&request);
    let credentials = Credentials::new(MARK, head);
    let text = format!("{head:?} {credentials:?} {:?}", credentials.to_token());
    assert!(!text.contains(MARK), "{text}");

    let mut service = BearerAuthLayer::new(Waits).wrap(Echo::default());
    assert!(
        tower::Service::<Request<String>>::poll_ready(
            &mut service,
            &mut std::task::Context::from_waker(std::task::Waker::noop())
        )
        .is_ready()
    );
    let mut call = Box::pin(tower::Service::call(&mut service, request));
    let text = format!("{call:?} {service:?}");
    assert!(!text.contains(MARK), "{text}");
    assert!(poll_once(&mut call).is_pending());
    let text = format!("{call:?}");
    assert!(!text.contains(MARK), "{text}");
}

#[test]
fn debug_of_what_a_token_grants_shows_nobody() {
    let grant = Grant::builder()
        .issuer("https://id.example")
        .subject(MARK)
        .client_id(MARK)
        .token_id(MARK)
        .session_id(MARK)
        .confirmation(Confirmation::new(ConfirmationMethod::JwkThumbprint, MARK));
    let text = format!("{grant:?}");
    assert!(!text.contains(MARK), "{text}");
    let grant = grant.build();
    let (principal, bound) = (grant.principal().unwrap(), grant.confirmations());
    assert_eq!((principal.subject, bound[0].value()), (MARK, MARK));
    let text = format!("{grant:?} {principal:?} {bound:?}");
    assert!(!text.contains(MARK), "{text}");
    assert!(text.contains("https://id.example"), "{text}");
}

#[tokio::test]
async fn an_operator_hears_of_each_refusal_once_with_its_kind_and_cause() {
    let validator = || {
        immediate(|credentials| match credentials.token() {
            "down" => Err::<Verified<User>, _>(
                AuthError::unavailable().with_source(std::io::Error::other("pool timed out")),
            ),
            _ => Err(AuthError::invalid_token()),
        })
    };
    let events = Events::record();
    let required = BearerAuthLayer::new(validator());
    let deferred = required.clone().deferred();
    for (name, layer) in [("required", required), ("deferred", deferred)] {
        let service = layer.wrap(RequireLayer::identity().wrap(Echo::default()));
        for (token, level, message) in [
            (
                "down",
                "WARN",
                "kind=\"unavailable\" verified=false cause=pool timed out",
            ),
            (
                "bad",
                "DEBUG",
                "kind=\"invalid_token\" verified=false cause=none",
            ),
        ] {
            ask(&service, crate::support::bearer::bearing(token)).await;
            let said = events.take();
            assert_eq!(said.lines().count(), 1, "{name}: {said}");
            assert!(
                said.contains(level) && said.contains(message),
                "{name}: {said}"
            );
        }
    }
}
