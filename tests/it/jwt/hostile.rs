//! What is hostile by intent: each refused with the right code, at a bounded cost, and without a word of it in an event.

use std::{convert::Infallible, fmt::Write as _};

use allocation_counter::measure;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tower_postern::{
    BearerAuthLayer, RequestHead,
    bearer::{Credentials, ErrorKind, TokenValidator},
    jwt::{Claims, JwtValidator, preset},
};

use super::{ACCEPTED, EXPIRED, MALFORMED, header, reason, validate, validator};
use crate::support::{
    bearer::{ask, bearing, text},
    clock::TestClock,
    issuer::{AUDIENCE, ISSUER, NOW, SigningKey, base64url, claims, claims_with},
};

/// In all that is hostile: none of it may come back.
const MARK: &str = "m4rk";

/// A token under that header, signed by whoever sends it.
fn forged(key: &SigningKey, members: &Value) -> String {
    let mut header = header("EdDSA");
    for (name, value) in members.as_object().unwrap() {
        header[name] = value.clone();
    }
    key.token(&header, &claims_with(&json!({ "sub": MARK })))
}

/// Tokens that no issuer makes, by what is wrong with them.
fn hostile() -> Vec<(String, String)> {
    let key = SigningKey::ed25519();
    let mut all = Vec::new();
    for (name, members) in [
        ("jku", json!({ "jku": "https://m4rk.example/jwks.json" })),
        ("jku of ours", json!({ "jku": format!("{ISSUER}/m4rk") })),
        ("x5u", json!({ "x5u": "https://m4rk.example/cert.pem" })),
        ("x5u, file", json!({ "x5u": "file:///etc/m4rk" })),
        (
            "jwk",
            json!({ "jwk": key.jwk_with(&json!({ "kid": MARK })) }),
        ),
        ("jwk, secret", json!({ "jwk": { "kty": "oct", "k": MARK } })),
        ("x5c", json!({ "x5c": [MARK] })),
        ("x5t", json!({ "x5t": MARK, "x5t#S256": MARK })),
        ("crit", json!({ "crit": [MARK], MARK: 1 })),
        ("crit, known", json!({ "crit": ["exp"], "exp": 1 })),
        ("crit, empty", json!({ "crit": [] })),
        ("crit, no list", json!({ "crit": MARK })),
        ("b64", json!({ "b64": false, "crit": ["b64"] })),
        ("b64 alone", json!({ "b64": true })),
        ("kid, path", json!({ "kid": "../../../../dev/m4rk" })),
        ("kid, SQL", json!({ "kid": "m4rk' UNION SELECT 'a" })),
        ("kid, shell", json!({ "kid": "|m4rk; $(m4rk) `m4rk`" })),
        (
            "kid, lines",
            json!({ "kid": "m4rk\r\nm4rk: m4rk\0\u{1b}[2Jm4rk" }),
        ),
        (
            "kid, format",
            json!({ "kid": "m4rk{}%s%n${jndi:ldap://m4rk}" }),
        ),
        ("kid, long", json!({ "kid": MARK.repeat(5_000) })),
        ("kid, empty", json!({ "kid": "" })),
        ("kid, list", json!({ "kid": [MARK] })),
        ("kid, object", json!({ "kid": { MARK: MARK } })),
        ("typ", json!({ "typ": MARK })),
        ("zip", json!({ "zip": "DEF" })),
        ("enc", json!({ "enc": MARK })),
        ("alg", json!({ "alg": MARK })),
        ("alg, none", json!({ "alg": "none" })),
        ("alg, number", json!({ "alg": 0 })),
    ] {
        all.push((name.to_owned(), forged(&key, &members)));
    }
    let open = |n: usize| "[".repeat(n);
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let objects = |n: usize| format!("{}1{}", "{\"m4rk\":".repeat(n), "}".repeat(n));
    let body = claims().to_string();
    let with = |more: &str| format!("{},{more}}}", &body[..body.len() - 1]);
    for depth in [100, 1_000, 10_000, 100_000] {
        for (name, json) in [
            ("arrays", deep(depth)),
            ("objects", objects(depth)),
            ("open", open(depth)),
        ] {
            let name = format!("{depth} {name} deep");
            let member = with(&format!("\"m4rk\":{json}"));
            let audience = body.replace("\"orders\"", &json);
            for claims in [&*member, &audience, &json] {
                let token = key.token_as("EdDSA", r#"{"alg":"EdDSA"}"#, claims);
                all.push((name.clone(), token));
            }
            for header in [
                json.clone(),
                format!("{{\"alg\":\"EdDSA\",\"m4rk\":{json}}}"),
            ] {
                let token = key.token_as("EdDSA", &header, &body);
                all.push((format!("header, {name}"), token));
            }
        }
    }
    let names = [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "scope",
        "scp",
        "client_id",
        "cnf",
        "m4rk",
    ];
    for name in names {
        let mut escaped = String::new();
        for c in name.chars() {
            write!(escaped, "\\u{:04x}", u32::from(c)).unwrap();
        }
        for second in [name, &escaped] {
            let twice = format!("\"{name}\":\"{MARK}\",\"{second}\":\"{MARK}\"");
            let token = key.token_as("EdDSA", r#"{"alg":"EdDSA"}"#, with(&twice));
            all.push((format!("{name} twice"), token));
        }
    }
    for header in [
        r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","\u0061lg":"none"}"#,
        r#"{"alg":"EdDSA","m4rk":1,"m4rk":1}"#,
    ] {
        all.push((
            "header twice".to_owned(),
            key.token_as("EdDSA", header, &body),
        ));
    }
    for text in [
        MARK.to_owned(),
        MARK.repeat(10_000),
        format!("{MARK}.{MARK}.{MARK}"),
        ".".repeat(50_000),
    ] {
        all.push(("garbage".to_owned(), text));
    }
    all
}

async fn nobody(_: Request<String>) -> Result<Response<String>, Infallible> {
    panic!("a hostile token passed")
}

#[tokio::test]
async fn what_is_hostile_meets_401_and_one_event_that_says_nothing_of_it() {
    let jwt = || validator(&SigningKey::ed25519());
    let events = crate::support::events::Events::record();
    let short = BearerAuthLayer::new(jwt()).wrap(tower::service_fn(nobody));
    // So that none is refused for its length before it is read.
    let long = BearerAuthLayer::new(jwt())
        .max_token_bytes(1 << 20)
        .wrap(tower::service_fn(nobody));
    let expect = "401\nwww-authenticate: Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token is not valid\"";
    let mut asked = 0;
    for (name, token) in hostile() {
        for service in [&short, &long] {
            let answer = ask(service, bearing(&token)).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}");
            assert_eq!(text(&answer), expect, "{name}");
            let said = events.take();
            assert_eq!(said.lines().count(), 1, "{name}: {said}");
            assert!(
                said.contains("kind=\"invalid_token\" verified=false cause="),
                "{name}: {said}"
            );
            assert!(!said.contains(MARK) && said.len() < 300, "{name}: {said}");
            asked += 1;
        }
    }
    assert!(asked > 200, "{asked}");
}

/// What is decoded, and no more: a few allocations, whose sum is that of the token.
#[test]
fn what_is_hostile_costs_little() {
    let jwt = validator(&SigningKey::ed25519());
    let request = Request::new(());
    for (name, token) in hostile() {
        let credentials = Credentials::new(&token, RequestHead::new(&request));
        let cost = measure(|| {
            let answer = jwt.validate_now(credentials).unwrap();
            assert_eq!(
                answer.unwrap_err().kind(),
                ErrorKind::InvalidToken,
                "{name}"
            );
        });
        assert!(cost.count_total <= 16, "{name}: {cost:?}");
        let most = 4 * u64::try_from(token.len()).unwrap() + 4_096;
        assert!(
            cost.bytes_total <= most,
            "{name}: {cost:?}, {} bytes",
            token.len()
        );
    }
}

/// JSON of every type, and what is odd within them.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.5",
    "1e3",
    "\"\"",
    "\"x\"",
    "[]",
    "[\"x\"]",
    "[1]",
    "[null]",
    "[[\"x\"]]",
    "{}",
    "{\"x\":1}",
    "{\"jkt\":\"x\"}",
];

/// Whether a claim may be of the value's type.
fn fits(claim: &str, value: &str) -> bool {
    match claim {
        "iss" | "sub" | "jti" | "client_id" | "azp" | "sid" | "acr" => value.starts_with('"'),
        "exp" | "nbf" | "iat" | "auth_time" => value.starts_with(|c: char| c.is_ascii_digit()),
        "aud" | "scope" | "scp" => value.starts_with('"') || matches!(value, "[]" | "[\"x\"]"),
        "cnf" => value.starts_with('{'),
        other => panic!("an unknown claim: {other}"),
    }
}

#[test]
fn every_claim_is_refused_where_it_is_of_another_type() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for claim in [
        "iss",
        "sub",
        "jti",
        "client_id",
        "azp",
        "sid",
        "acr",
        "exp",
        "nbf",
        "iat",
        "auth_time",
        "aud",
        "scope",
        "scp",
        "cnf",
    ] {
        for value in VALUES {
            let body = claims_with(&json!({ claim: null })).to_string();
            let body = format!("{},\"{claim}\":{value}}}", &body[..body.len() - 1]);
            let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, body);
            let found = reason(validate(&validator, &token));
            assert_eq!(
                found == MALFORMED,
                !fits(claim, value),
                "{claim}: {value}: {found}"
            );
        }
    }
}

#[test]
fn every_claim_of_a_preset_is_refused_where_it_is_of_another_type() {
    let key = SigningKey::ed25519();
    let tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    let cases = [
        (
            preset::keycloak("https://id.example", "a", "b"),
            json!({ "iss": "https://id.example/realms/a", "typ": "Bearer" }),
            vec!["typ"],
        ),
        (
            preset::entra_id_v1(tenant, "b"),
            json!({ "iss": format!("https://sts.windows.net/{tenant}/"), "appid": "c", "ver": "1.0", "scp": "a", "uti": "u" }),
            vec!["appid", "ver", "uti"],
        ),
        (
            preset::okta("a.okta.com", "b", "b"),
            json!({ "iss": "https://a.okta.com/oauth2/b", "cid": "c" }),
            vec!["cid"],
        ),
        (
            preset::cognito("r", "p", ["c"]).audience("b"),
            json!({ "iss": "https://cognito-idp.r.amazonaws.com/p", "client_id": "c", "token_use": "access" }),
            vec!["token_use", "client_id"],
        ),
        (
            preset::google_id_tokens("b", ["a@b"]),
            json!({ "iss": "https://accounts.google.com", "email": "a@b", "email_verified": true }),
            vec!["email", "email_verified"],
        ),
        (
            preset::kubernetes("https://k", "b"),
            json!({ "iss": "https://k", "sub": "system:serviceaccount:a:b", "kubernetes.io": {} }),
            vec!["kubernetes.io", "sub"],
        ),
    ];
    for (builder, mut good, names) in cases {
        let jwk = key.jwk().to_string();
        let jwt: JwtValidator<Claims> = builder
            .clock_with(TestClock::at(NOW))
            .jwk(&jwk)
            .build()
            .unwrap();
        good["aud"] = json!("b");
        good["exp"] = json!(NOW + 300);
        let ask = |claims: &Value| reason(validate(&jwt, &key.token(&header("EdDSA"), claims)));
        assert_eq!(ask(&good), ACCEPTED, "{good}");
        for name in names {
            for value in VALUES {
                let value: Value = serde_json::from_str(value).unwrap();
                let same_type =
                    std::mem::discriminant(&value) == std::mem::discriminant(&good[name]);
                let mut claims = good.clone();
                claims[name] = value.clone();
                let found = ask(&claims);
                assert_eq!(found == MALFORMED, !same_type, "{name}: {value}: {found}");
            }
        }
    }
}

#[test]
fn exp_at_every_edge_of_u64_and_f64_is_a_date_or_refused() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let last = 253_402_300_799_u64; // the last second of the year 9999
    for (value, expect) in [
        ((NOW + 1).to_string(), ACCEPTED),
        (format!("{}.999999", NOW + 1), ACCEPTED),
        (format!("{}e0", NOW + 1), ACCEPTED),
        ("2000000001e0".to_owned(), ACCEPTED),
        ("0.2000000001e10".to_owned(), ACCEPTED),
        (last.to_string(), ACCEPTED),
        (format!("{last}.0"), ACCEPTED),
        ("0".to_owned(), EXPIRED),
        ("-0".to_owned(), EXPIRED),
        ("-0.0".to_owned(), EXPIRED),
        ("5e-324".to_owned(), EXPIRED), // the smallest f64
        ("2.2250738585072014e-308".to_owned(), EXPIRED), // the smallest normal one
        ("1e-999999".to_owned(), EXPIRED),
        ("-5e-324".to_owned(), MALFORMED),
        ("-1".to_owned(), MALFORMED),
        (i64::MIN.to_string(), MALFORMED),
        (format!("{last}.5"), MALFORMED),
        ((last + 1).to_string(), MALFORMED),
        ("9007199254740991".to_owned(), MALFORMED), // the last whole number that an f64 tells from the next
        ("9007199254740993".to_owned(), MALFORMED),
        (i64::MAX.to_string(), MALFORMED),
        (
            i64::MAX.unsigned_abs().wrapping_add(1).to_string(),
            MALFORMED,
        ),
        ((u64::MAX - 1).to_string(), MALFORMED),
        (u64::MAX.to_string(), MALFORMED),
        ("18446744073709551615.0".to_owned(), MALFORMED),
        ("18446744073709551616".to_owned(), MALFORMED), // u64::MAX + 1
        (u128::MAX.to_string(), MALFORMED),
        ("1e19".to_owned(), MALFORMED),
        ("1.7976931348623157e308".to_owned(), MALFORMED), // the largest f64
        ("1.7976931348623159e308".to_owned(), MALFORMED), // more than that
        ("-1.7976931348623157e308".to_owned(), MALFORMED),
        ("1e999999".to_owned(), MALFORMED),
        ("1e99999999999999999999".to_owned(), MALFORMED),
        ("NaN".to_owned(), MALFORMED),
        ("Infinity".to_owned(), MALFORMED),
        ("-Infinity".to_owned(), MALFORMED),
    ] {
        let claims = claims().to_string().replace(
            &format!("\"exp\":{}", NOW + 300),
            &format!("\"exp\":{value}"),
        );
        assert!(claims.contains(&value));
        let token = key.token_as("HS256", r#"{"alg":"HS256"}"#, claims);
        let answer = validate(&validator, &token);
        if let Ok(verified) = &answer {
            let expires_at = verified.grant.expires_at().unwrap();
            let seconds = expires_at
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_secs();
            assert!(seconds == NOW + 1 || seconds == last, "{value}: {seconds}");
        }
        assert_eq!(reason(answer), expect, "{value}");
    }
}

/// The same at a validator whose claims are a type of the service's own.
#[test]
fn a_key_that_a_token_brings_along_is_never_used() {
    let key = SigningKey::ed25519();
    let jwt = JwtValidator::<Value>::builder(ISSUER, AUDIENCE)
        .clock_with(TestClock::at(NOW))
        .jwk(&SigningKey::ed25519().jwk().to_string())
        .build()
        .unwrap();
    for members in [
        json!({ "jwk": key.jwk() }),
        json!({ "x5c": [base64url(key.pem())] }),
        json!({ "jku": "data:application/json,{}" }),
    ] {
        assert_ne!(
            reason(validate(&jwt, &forged(&key, &members))),
            ACCEPTED,
            "{members}"
        );
    }
}
