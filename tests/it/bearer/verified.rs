//! What the operator hears of a refusal: its kind, its cause, and whether it was proved by then who made the token.

use serde_json::{Value, json};
use tower::ServiceExt;
use tower_postern::{
    BearerAuthLayer,
    bearer::{AuthError, RequireLayer, Revocable, RevocationList, TokenValidator},
    jwt::{Claims, Jwt, JwtValidator},
    scopes,
};

use crate::support::{
    bearer::{Echo, Guarded, ask, bearing, raises, request},
    clock::TestClock,
    events::Events,
    issuer::{AUDIENCE, ISSUER, NOW, SigningKey, claims_with},
};

/// In each claim and in the header: none of it may be told.
const MARK: &str = "m4rk";

fn validator(key: &SigningKey) -> JwtValidator<Claims> {
    let jwk = key.jwk_with(&json!({ "kid": MARK }));
    let builder = JwtValidator::builder(ISSUER, AUDIENCE).clock_with(TestClock::at(NOW));
    builder.jwk(&jwk.to_string()).build().unwrap()
}

fn token(key: &SigningKey, alg: &str, header: &Value, claims: &Value) -> String {
    let mut all = json!({ "alg": alg, "kid": MARK, "mark": MARK });
    for (name, value) in header.as_object().unwrap() {
        all[name] = value.clone();
    }
    let mut claims = claims_with(claims);
    for (name, value) in [("sub", MARK), ("jti", MARK), ("mark", MARK)] {
        claims[name] = value.into();
    }
    key.token_as(alg, &all.to_string(), claims.to_string())
}

/// What was told about that one request.
#[track_caller]
fn heard(events: &Events, token: &str) -> String {
    let said = events.take();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!said.contains(MARK), "{said}");
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!said.contains(part), "{said}");
    }
    said
}

#[tokio::test]
async fn before_a_good_signature_nothing_is_told_as_verified() {
    let cases: &[(&str, Value, Value, bool, &str)] = &[
        // name, header, claims, signed by our key, what is told
        (
            "another issuer",
            json!({}),
            json!({ "iss": MARK }),
            true,
            "verified=false cause=the token is from another issuer: `iss`",
        ),
        (
            "another audience",
            json!({}),
            json!({ "aud": [MARK] }),
            true,
            "verified=false cause=the token is for another audience: `aud`",
        ),
        (
            "expired",
            json!({}),
            json!({ "exp": NOW - 100 }),
            true,
            "verified=false cause=the token expired: `exp`",
        ),
        (
            "another type",
            json!({ "typ": MARK }),
            json!({}),
            true,
            "verified=false cause=the token is of another type: `typ`",
        ),
        (
            "an extension",
            json!({ "crit": [MARK] }),
            json!({}),
            true,
            "verified=false cause=the token's header asks for an extension: `crit` or `b64`",
        ),
        (
            "an unknown key",
            json!({ "kid": "m4rk-2" }),
            json!({}),
            true,
            "verified=false cause=no key fits the token's `kid` and `alg`",
        ),
        (
            "claims of wrong types",
            json!({}),
            json!({ "scope": { MARK: MARK } }),
            true,
            "verified=false cause=the token's claims are malformed, or one is there twice",
        ),
        (
            "a forged signature",
            json!({}),
            json!({}),
            false,
            "verified=false cause=the token's signature is not good",
        ),
    ];
    let (ours, other) = (SigningKey::ed25519(), SigningKey::ed25519());
    let required = BearerAuthLayer::new(validator(&ours));
    let deferred = required.clone().deferred();
    let events = Events::record();
    for (name, header, claims, signed, expect) in cases {
        let key = if *signed { &ours } else { &other };
        let token = token(key, "EdDSA", header, claims);
        for layer in [&required, &deferred] {
            let service = layer.wrap(RequireLayer::identity().wrap(Echo::default()));
            ask(&service, bearing(&token)).await;
            let said = heard(&events, &token);
            let expect = format!("kind=\"invalid_token\" {expect}");
            assert!(said.contains(&expect), "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn what_is_refused_after_a_good_signature_is_told_as_verified() {
    let key = SigningKey::secret();
    let jwt = || validator(&key);
    let revoked = RevocationList::with_clock(8, TestClock::at(NOW));
    let until = std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 400);
    revoked.revoke_token(ISSUER, MARK, until).unwrap();
    let events = Events::record();
    let good = token(&key, "HS256", &json!({}), &json!({}));

    let told = async |name: &str, service: Guarded, token: &str, expect: &str| {
        ask(&service, bearing(token)).await;
        let said = heard(&events, token);
        assert!(said.contains(expect), "{name}: {said}");
    };
    for (name, claims, expect) in [
        (
            "expired",
            json!({ "exp": NOW - 100 }),
            "kind=\"invalid_token\" verified=true cause=the token expired: `exp`",
        ),
        (
            // With a secret the signature is checked first: it costs less than an honest answer is worth.
            "another issuer",
            json!({ "iss": MARK }),
            "kind=\"invalid_token\" verified=true cause=the token is from another issuer: `iss`",
        ),
        (
            "bound to a key",
            json!({ "cnf": { "jkt": MARK } }),
            "kind=\"invalid_token\" verified=true cause=the token is bound to a key",
        ),
    ] {
        let token = token(&key, "HS256", &json!({}), &claims);
        told(name, guard(jwt()), &token, expect).await;
    }
    let layer = BearerAuthLayer::new(jwt()).scopes(scopes!("orders:delete"));
    let expect = "kind=\"insufficient_scope\" verified=true";
    told(
        "a scope",
        layer.wrap(Echo::default()).boxed_clone(),
        &good,
        expect,
    )
    .await;

    let expect = "kind=\"invalid_token\" verified=true cause=the token was revoked";
    told(
        "revoked",
        guard(Revocable::new(jwt(), revoked)),
        &good,
        expect,
    )
    .await;

    let no_user = jwt().and_then(async |_: Jwt<Claims>| Err::<(), _>(AuthError::invalid_token()));
    let expect = "kind=\"invalid_token\" verified=true cause=none";
    told("no such user", guard(no_user), &good, expect).await;

    let down = jwt().and_then(async |_: Jwt<Claims>| Err::<(), _>(AuthError::unavailable()));
    let expect = "kind=\"unavailable\" verified=true cause=none";
    told("users unreachable", guard(down), &good, expect).await;
}

#[tokio::test]
async fn of_what_is_raised_inside_it_is_told_whether_the_caller_is_known() {
    type Raised = (fn() -> AuthError, &'static str);
    let key = SigningKey::secret();
    let good = token(&key, "HS256", &json!({}), &json!({}));
    let layer = BearerAuthLayer::new(validator(&key)).deferred();
    let events = Events::record();
    let raised: &[Raised] = &[
        (AuthError::forbidden, "kind=\"forbidden\""),
        (AuthError::invalid_token, "kind=\"invalid_token\""),
        (AuthError::unavailable, "kind=\"unavailable\""),
    ];
    for (error, kind) in raised {
        let service = layer.wrap(raises(*error));
        for (name, request, verified) in [
            ("known", bearing(&good), "verified=true"),
            ("anonymous", request(&[]), "verified=false"),
        ] {
            ask(&service, request).await;
            let said = heard(&events, &good);
            assert!(
                said.contains(&format!("{kind} {verified}")),
                "{name}: {said}"
            );
        }
        // The refusal of the token is told first, and is not a word about what was raised.
        ask(&service, bearing("m4rk.m4rk.m4rk")).await;
        let said = events.take();
        assert!(
            said.lines().all(|line| line.contains("verified=false")),
            "{said}"
        );
        assert!(!said.contains(MARK), "{said}");
    }
    let missing = BearerAuthLayer::new(validator(&key)).wrap(Echo::default());
    ask(&missing, request(&[])).await;
    let said = heard(&events, "");
    assert!(
        said.contains("kind=\"missing_token\" verified=false cause=none"),
        "{said}"
    );
    ask(&missing, request(&["Bearer m4rk", "Bearer m4rk"])).await;
    let said = heard(&events, "");
    assert!(
        said.contains("kind=\"invalid_request\" verified=false cause=none"),
        "{said}"
    );
}

fn guard(validator: impl TokenValidator) -> Guarded {
    let layer = BearerAuthLayer::new(validator);
    layer.wrap(Echo::default()).boxed_clone()
}
