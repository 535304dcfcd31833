//! Validators made of validators.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use http::{HeaderMap, Request, StatusCode};
use tower_postern::{
    BearerAuthLayer, RequestHead,
    bearer::{
        AuthError, Credentials, ErrorKind, Scheme, Schemes, Token, TokenSource, TokenValidator,
        Verified, immediate, validator_fn,
    },
};

use crate::support::bearer::{Echo, Now, User, Waits, ask, bearing, poll_once};

/// Says which of its methods were called, and answers as it is told.
#[derive(Clone)]
struct Recorder {
    calls: Arc<Mutex<Vec<&'static str>>>,
    recognizes: bool,
    now: bool,
    answer: fn() -> Result<Verified<User>, AuthError>,
}

impl Recorder {
    fn new(answer: fn() -> Result<Verified<User>, AuthError>) -> Self {
        Self {
            calls: Arc::default(),
            recognizes: true,
            now: true,
            answer,
        }
    }

    fn good() -> Self {
        Self::new(|| Ok(User("good").into()))
    }

    fn blind(self) -> Self {
        Self {
            recognizes: false,
            ..self
        }
    }

    fn waiting(self) -> Self {
        Self { now: false, ..self }
    }

    fn note(&self, call: &'static str) {
        self.calls.lock().unwrap().push(call);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl TokenValidator for Recorder {
    type Identity = User;

    async fn validate(&self, _: Credentials<'_>) -> Result<Verified<User>, AuthError> {
        self.note("validate");
        (self.answer)()
    }

    fn validate_now(&self, _: Credentials<'_>) -> Option<Result<Verified<User>, AuthError>> {
        self.note("validate_now");
        self.now.then(self.answer)
    }

    fn schemes(&self) -> Schemes {
        self.note("schemes");
        Schemes::BEARER
    }

    fn recognizes(&self, _: &Credentials<'_>) -> bool {
        self.note("recognizes");
        self.recognizes
    }
}

/// Calls each method of a validator that wraps the recorder.
fn each_method(validator: &impl TokenValidator) {
    let request = Request::new(());
    let credentials = Credentials::new("token", RequestHead::new(&request));
    assert!(validator.schemes().contains(Scheme::Bearer));
    validator.recognizes(&credentials);
    drop(validator.validate_now(credentials));
    assert!(poll_once(&mut Box::pin(validator.validate(credentials))).is_ready());
}

#[test]
fn each_combinator_forwards_each_method() {
    fn forwards(name: &str, wrap: impl FnOnce(Recorder) -> Vec<&'static str>) {
        let recorder = Recorder::good();
        let calls = wrap(recorder.clone());
        assert_eq!(recorder.take(), calls, "{name}");
    }
    let all = ["schemes", "recognizes", "validate_now", "validate"];
    forwards("shared", |recorder| {
        each_method(&Arc::new(recorder));
        all.to_vec()
    });
    forwards("boxed", |recorder| {
        each_method(&Box::new(recorder));
        all.to_vec()
    });
    forwards("erased", |recorder| {
        each_method(&recorder.erased());
        all.to_vec()
    });
    forwards("erased twice", |recorder| {
        each_method(&recorder.erased().erased());
        all.to_vec()
    });
    forwards("map", |recorder| {
        each_method(&recorder.map(|_| ()));
        all.to_vec()
    });
    // Here `validate_now` does not answer, so that a token is not checked twice; `validate` asks for it.
    forwards("and_then", |recorder| {
        each_method(&recorder.and_then(|_| async { Ok(()) }));
        vec!["schemes", "recognizes", "validate_now"]
    });
    forwards("or, first", |recorder| {
        each_method(&recorder.or(Recorder::good()));
        vec![
            "schemes",
            "recognizes",
            "recognizes",
            "validate_now",
            "recognizes",
            "validate",
        ]
    });
    forwards("or, second", |recorder| {
        each_method(&Recorder::good().blind().or(recorder));
        vec![
            "schemes",
            "recognizes",
            "recognizes",
            "validate_now",
            "recognizes",
            "validate",
        ]
    });
}

#[tokio::test]
async fn and_then_checks_a_token_once() {
    for recorder in [Recorder::good(), Recorder::good().waiting()] {
        let service =
            BearerAuthLayer::new(recorder.clone().and_then(|_| async { Ok(User("loaded")) }))
                .wrap(Echo::default());
        recorder.take();
        assert_eq!(ask(&service, bearing("x")).await.body(), "loaded");
        let expect: &[_] = if recorder.now {
            &["validate_now"]
        } else {
            &["validate_now", "validate"]
        };
        assert_eq!(recorder.take(), expect);
    }
}

#[tokio::test]
async fn and_then_refuses_with_its_own_error_and_keeps_the_grant() {
    let load = |user: User| async move {
        match user.0 {
            "reader" => Ok(User("loaded")),
            "ann" => Err(AuthError::forbidden()),
            _ => Err(AuthError::unavailable()),
        }
    };
    let service = BearerAuthLayer::new(Waits.and_then(load))
        .scope("orders:read")
        .unwrap()
        .wrap(Echo::default());
    for (token, expect) in [
        ("reader", StatusCode::OK),
        ("ann", StatusCode::FORBIDDEN),
        ("writer", StatusCode::SERVICE_UNAVAILABLE),
        ("bad", StatusCode::UNAUTHORIZED),
    ] {
        let response = ask(&service, bearing(token)).await;
        assert_eq!(response.status(), expect, "{token}");
    }
}

#[tokio::test]
async fn the_first_that_recognizes_a_token_decides_and_nothing_falls_through() {
    let invalid = || Recorder::new(|| Err(AuthError::invalid_token()));
    let down = || Recorder::new(|| Err(AuthError::unavailable()));
    let good = Recorder::good;
    for (name, first, second, expect, asked) in [
        ("good", good(), invalid(), Ok(()), (true, false)),
        (
            "refused",
            invalid(),
            good(),
            Err(ErrorKind::InvalidToken),
            (true, false),
        ),
        (
            "outage",
            down(),
            good(),
            Err(ErrorKind::Unavailable),
            (true, false),
        ),
        (
            "not its own",
            invalid().blind(),
            good(),
            Ok(()),
            (false, true),
        ),
        (
            "not its own, refused",
            good().blind(),
            invalid(),
            Err(ErrorKind::InvalidToken),
            (false, true),
        ),
        (
            "not its own, outage",
            good().blind(),
            down(),
            Err(ErrorKind::Unavailable),
            (false, true),
        ),
        (
            "nobody's",
            good().blind(),
            good().blind(),
            Err(ErrorKind::InvalidToken),
            (false, false),
        ),
    ] {
        for (first, second) in [
            (first.clone(), second.clone()),
            (first.clone().waiting(), second.clone().waiting()),
        ] {
            first.take();
            second.take();
            let service =
                BearerAuthLayer::new(first.clone().or(second.clone())).wrap(Echo::default());
            let response = ask(&service, bearing("x")).await;
            let answer = match response.extensions().get::<AuthError>() {
                Some(error) => Err(error.kind()),
                None => Ok(()),
            };
            assert_eq!(answer, expect, "{name}");
            let was_asked =
                |one: &Recorder| one.take().iter().any(|call| call.starts_with("validate"));
            assert_eq!((was_asked(&first), was_asked(&second)), asked, "{name}");
        }
    }
}

#[tokio::test]
async fn three_validators_are_asked_in_order() {
    let by_prefix = |prefix: &'static str| {
        struct ByPrefix(&'static str);
        impl TokenValidator for ByPrefix {
            type Identity = User;
            async fn validate(&self, _: Credentials<'_>) -> Result<Verified<User>, AuthError> {
                Ok(User(self.0).into())
            }
            fn recognizes(&self, credentials: &Credentials<'_>) -> bool {
                credentials.token().starts_with(self.0)
            }
        }
        ByPrefix(prefix)
    };
    let service = BearerAuthLayer::new(
        by_prefix("a")
            .or(by_prefix("b"))
            .or(by_prefix("ab").or(by_prefix("c"))),
    )
    .wrap(Echo::default());
    for (token, expect) in [("a1", "a"), ("b1", "b"), ("ab", "a"), ("c", "c")] {
        assert_eq!(ask(&service, bearing(token)).await.body(), expect);
    }
    let response = ask(&service, bearing("d")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_validator_sees_where_the_token_stood_and_the_whole_head() {
    let sources = [
        TokenSource::authorization(),
        TokenSource::header("x-api-key").unwrap(),
    ];
    let service = BearerAuthLayer::new(immediate(|credentials| {
        let token = credentials.to_token();
        assert_eq!(token.as_str(), credentials.token());
        let from_header = *credentials.source() == TokenSource::header("x-api-key").unwrap();
        assert_eq!(credentials.scheme().is_none(), from_header);
        assert_eq!(credentials.head().uri().path(), "/where");
        assert_eq!(credentials.head().headers()["x-tenant"], "a");
        Ok(Verified::new(User(if from_header {
            "key"
        } else {
            "header"
        })))
    }))
    .sources(sources)
    .wrap(Echo::default());
    let prepared = |mut request: Request<String>| {
        *request.uri_mut() = "/where".parse().unwrap();
        request
            .headers_mut()
            .insert("x-tenant", "a".parse().unwrap());
        request
    };
    let response = ask(&service, prepared(bearing("a.b-c=="))).await;
    assert_eq!(response.body(), "header");
    let mut key = Request::new(String::new());
    key.headers_mut()
        .insert("x-api-key", "abc".parse().unwrap());
    assert_eq!(ask(&service, prepared(key)).await.body(), "key");
}

#[tokio::test]
async fn a_closure_that_waits_gets_the_token_to_keep() {
    let kept = Arc::new(Mutex::new(None::<Token>));
    let keep = kept.clone();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let service = BearerAuthLayer::new(validator_fn(move |token: Token| {
        let (keep, counter) = (keep.clone(), counter.clone());
        async move {
            tokio::task::yield_now().await;
            counter.fetch_add(1, Ordering::Relaxed);
            *keep.lock().unwrap() = Some(token);
            Ok(Verified::new(User("kept")))
        }
    }))
    .wrap(Echo::default());
    assert_eq!(ask(&service, bearing("a.b.c")).await.body(), "kept");
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let token = kept.lock().unwrap().take().unwrap();
    assert_eq!(token.as_str(), "a.b.c");
    assert_eq!(format!("{token:?}"), "[redacted]");
}

#[test]
fn credentials_made_for_a_test_are_those_of_the_layer() {
    let request = Request::new(());
    let credentials = Credentials::new("a.b", RequestHead::new(&request));
    assert_eq!(credentials.token(), "a.b");
    assert_eq!(credentials.to_token().as_str(), "a.b");
    assert_eq!(credentials.scheme(), Some(Scheme::Bearer));
    assert_eq!(*credentials.source(), TokenSource::authorization());
    assert_eq!(*credentials.head().headers(), HeaderMap::new());
}

#[test]
fn debug_names_validators_and_no_secret() {
    let secret = "s3cr3t".to_owned();
    let closure = immediate(move |credentials| {
        if credentials.token() == secret {
            Ok(Verified::new(User("x")))
        } else {
            Err(AuthError::invalid_token())
        }
    });
    let text = format!("{:?} {:?}", closure, Now.or(Now).map(|user| user));
    assert!(
        text.contains("Immediate") && text.contains("Or") && text.contains("Map"),
        "{text}"
    );
    assert!(format!("{:?}", Now.erased()).contains("Now"));
    let layer = BearerAuthLayer::new(closure);
    let text = format!("{layer:?} {:?}", layer.wrap(Echo::default()));
    assert!(!text.contains("s3cr3t"), "{text}");
}
