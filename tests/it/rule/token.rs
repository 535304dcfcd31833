//! Rules about what a layer outside found out.

use std::{convert::Infallible, future::ready};

use http::{Request, Response, header::AUTHORIZATION};
use tower::{Layer, ServiceExt, service_fn};
use tower_postern::{
    BearerAuthLayer, ConfigErrorKind, RequestHead,
    bearer::{AuthError, Credentials, Grant, ScopeSet, Verified, immediate},
    predicate::{
        Predicate,
        Verdict::{self, No, Unknown, Yes},
    },
    rule, scopes,
};

#[derive(Clone)]
struct User {
    admin: bool,
}

type Rule = fn() -> rule::Scope;

/// `admin` and `user` are users; what follows a `:` is granted.
fn validate(credentials: Credentials<'_>) -> Result<Verified<User>, AuthError> {
    let text = credentials.token();
    let (name, scopes) = text.split_once('/').unwrap_or((text, ""));
    let admin = match name {
        "admin" => true,
        "user" => false,
        "down" => return Err(AuthError::unavailable()),
        _ => return Err(AuthError::invalid_token()),
    };
    let scopes = ScopeSet::parse(&scopes.replace('/', " ")).unwrap_or(ScopeSet::EMPTY);
    let grant = Grant::builder().scopes(scopes).build();
    Ok(Verified::new(User { admin }).with_grant(grant))
}

/// What `rule` says behind a deferred layer.
async fn behind_layer(rule: impl Predicate + Clone, token: Option<&str>) -> Verdict {
    let inner = service_fn(move |request: Request<()>| {
        let mut response = Response::new(());
        response
            .extensions_mut()
            .insert(rule.check(&RequestHead::new(&request)));
        ready(Ok::<_, Infallible>(response))
    });
    let service = BearerAuthLayer::new(immediate(validate))
        .deferred()
        .layer(inner);
    let mut request = Request::new(());
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let response = service.oneshot(request).await.unwrap();
    *response.extensions().get().unwrap()
}

#[tokio::test]
async fn a_scope_rule_is_clear_only_about_a_good_token() {
    let one = || rule::scope("internal").unwrap();
    let both = || rule::scope("internal audit").unwrap();
    let macroed = || rule::scopes(scopes!("internal"));
    let none = || rule::scopes(ScopeSet::EMPTY);
    #[rustfmt::skip] // a table
    let cases: &[(&str, Rule, Option<&str>, Verdict)] = &[
        ("granted", one, Some("user/internal"), Yes),
        ("granted among others", one, Some("user/a/internal/b"), Yes),
        ("another is granted", one, Some("user/internals"), No),
        ("nothing is granted", one, Some("user"), No),
        ("no token", one, None, Unknown),
        ("a bad token", one, Some("bad"), Unknown),
        ("nobody could check", one, Some("down"), Unknown),
        ("both granted", both, Some("user/audit/internal"), Yes),
        ("one of two granted", both, Some("user/internal"), No),
        ("by macro", macroed, Some("user/internal"), Yes),
        ("nothing asked", none, Some("user/internal"), Unknown),
    ];
    for (name, rule, token, expect) in cases {
        assert_eq!(behind_layer(rule(), *token).await, *expect, "{name}");
    }
    assert_eq!(rule::scope("").unwrap_err().kind(), ConfigErrorKind::Scope);
}

#[tokio::test]
async fn an_identity_rule_is_clear_only_about_an_identity_of_its_type() {
    let admin = || rule::identity(|user: &User| user.admin);
    for (token, expect) in [
        (Some("admin"), Yes),
        (Some("user"), No),
        (Some("bad"), Unknown),
        (Some("down"), Unknown),
        (None, Unknown),
    ] {
        assert_eq!(behind_layer(admin(), token).await, expect, "{token:?}");
        assert_eq!(
            behind_layer(admin().not(), token).await,
            !expect,
            "{token:?}"
        );
    }
    let perhaps = rule::identity(|user: &User| user.admin.then_some(true));
    assert_eq!(behind_layer(perhaps, Some("user")).await, Unknown);
    let other = rule::identity(|_: &String| true);
    assert_eq!(behind_layer(other, Some("admin")).await, Unknown);
}

#[test]
fn an_extension_of_a_stranger_is_no_identity() {
    let mut request = Request::new(());
    request.extensions_mut().insert(User { admin: true });
    let rule = rule::identity(|user: &User| user.admin);
    assert_eq!(rule.check(&RequestHead::new(&request)), Unknown);
}

#[cfg(feature = "tracing")]
#[test]
fn an_identity_of_another_type_is_told_once() {
    use futures_util::FutureExt;

    use crate::rule::events;

    let rule = rule::identity(|_: &String| true);
    let told = events(|| {
        for _ in 0..2 {
            behind_layer(rule.clone(), Some("admin"))
                .now_or_never()
                .unwrap();
        }
    });
    let told: Vec<_> = told
        .iter()
        .filter(|line| line.starts_with("ERROR"))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("wanted=\"alloc::string::String\""),
        "{told:?}"
    );
}
