//! Where presets find their keys.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tower_postern::{
    ConfigErrorKind,
    fetch::{Fetch, FetchError, FetchRequest, FetchResponse},
    jwt::{Claims, JwtValidatorBuilder, preset},
};

use super::{Outcome, check, named, now, set, until};
use crate::support::{
    clock::TestClock,
    issuer::{NOW, SigningKey},
};

const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// The internet: one document and one set, each under one address. All that is asked for is remembered.
#[derive(Clone)]
struct Internet(Arc<Site>);

struct Site {
    issuer: String,
    document: Option<&'static str>,
    keys: &'static str,
    set: String,
    asked: Mutex<Vec<String>>,
}

impl Internet {
    fn of(
        issuer: &str,
        document: Option<&'static str>,
        keys: &'static str,
        key: &SigningKey,
    ) -> Self {
        Self(Arc::new(Site {
            issuer: issuer.to_owned(),
            document,
            keys,
            set: set(&[named(key, "1")]),
            asked: Mutex::default(),
        }))
    }
}

impl Fetch for Internet {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let uri = request.uri().to_string();
        let site = &*self.0;
        site.asked.lock().unwrap().push(uri.clone());
        let body = if Some(&*uri) == site.document {
            json!({ "issuer": site.issuer, "jwks_uri": site.keys }).to_string()
        } else if uri == site.keys {
            site.set.clone()
        } else {
            return Ok(FetchResponse::new(
                StatusCode::NOT_FOUND,
                HeaderMap::new(),
                "",
            ));
        };
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
        Ok(FetchResponse::new(StatusCode::OK, headers, body))
    }
}

struct Case {
    name: &'static str,
    builder: JwtValidatorBuilder<Claims>,
    issuer: &'static str,
    document: Option<&'static str>,
    keys: &'static str,
    claims: Value,
}

#[tokio::test]
async fn each_preset_finds_its_keys_where_the_issuer_publishes_them() {
    let cases = [
        Case {
            name: "keycloak",
            builder: preset::keycloak("https://id.example", "shop", "orders"),
            issuer: "https://id.example/realms/shop",
            document: Some("https://id.example/realms/shop/.well-known/openid-configuration"),
            keys: "https://id.example/realms/shop/protocol/openid-connect/certs",
            claims: json!({ "typ": "Bearer", "aud": "orders" }),
        },
        Case {
            name: "auth0",
            builder: preset::auth0("shop.eu.auth0.com", "orders"),
            issuer: "https://shop.eu.auth0.com/",
            document: Some("https://shop.eu.auth0.com/.well-known/openid-configuration"),
            keys: "https://shop.eu.auth0.com/.well-known/jwks.json",
            claims: json!({ "azp": "web", "aud": "orders" }),
        },
        Case {
            name: "entra_id",
            builder: preset::entra_id(TENANT, API),
            issuer: "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0",
            document: Some(
                "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/.well-known/openid-configuration",
            ),
            keys: "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/discovery/v2.0/keys",
            claims: json!({ "azp": "web", "aud": API, "ver": "2.0", "scp": "a" }),
        },
        Case {
            name: "entra_id_v1, whose name is no address",
            builder: preset::entra_id_v1(TENANT, API),
            issuer: "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/",
            document: Some(
                "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/.well-known/openid-configuration",
            ),
            keys: "https://login.microsoftonline.com/common/discovery/keys",
            claims: json!({ "appid": "web", "aud": API, "ver": "1.0", "scp": "a" }),
        },
        Case {
            name: "okta",
            builder: preset::okta("shop.okta.com", "default", "api://default"),
            issuer: "https://shop.okta.com/oauth2/default",
            document: Some("https://shop.okta.com/oauth2/default/.well-known/openid-configuration"),
            keys: "https://shop.okta.com/oauth2/default/v1/keys",
            claims: json!({ "cid": "web", "aud": "api://default" }),
        },
        Case {
            name: "cognito",
            builder: preset::cognito("us-west-2", "us-west-2_example", ["web"]),
            issuer: "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example",
            document: Some(
                "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example/.well-known/openid-configuration",
            ),
            keys: "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example/.well-known/jwks.json",
            claims: json!({ "client_id": "web", "token_use": "access" }),
        },
        Case {
            name: "google_id_tokens",
            builder: preset::google_id_tokens("orders", ["a@b.iam.gserviceaccount.com"]),
            issuer: "https://accounts.google.com",
            document: Some("https://accounts.google.com/.well-known/openid-configuration"),
            keys: "https://www.googleapis.com/oauth2/v3/certs",
            claims: json!({ "email": "a@b.iam.gserviceaccount.com", "email_verified": true, "aud": "orders" }),
        },
        Case {
            name: "google_iap, which has no document",
            builder: preset::google_iap("/projects/1/apps/a"),
            issuer: "https://cloud.google.com/iap",
            document: None,
            keys: "https://www.gstatic.com/iap/verify/public_key-jwk",
            claims: json!({ "aud": "/projects/1/apps/a" }),
        },
        Case {
            name: "kubernetes",
            builder: preset::kubernetes("https://kubernetes.default.svc", "orders"),
            issuer: "https://kubernetes.default.svc",
            document: Some("https://kubernetes.default.svc/.well-known/openid-configuration"),
            keys: "https://kubernetes.default.svc/openid/v1/jwks",
            claims: json!({ "aud": ["orders"], "sub": "system:serviceaccount:a:b", "kubernetes.io": {} }),
        },
    ];
    for Case {
        name,
        builder,
        issuer,
        document,
        keys,
        claims,
    } in cases
    {
        let (key, other) = (SigningKey::p256(), SigningKey::p256());
        let internet = Internet::of(issuer, document, keys, &key);
        let jwt = builder
            .clock_with(TestClock::at(NOW))
            .discover_keys(internet.clone())
            .build()
            .unwrap();
        let mut all = json!({ "iss": issuer, "iat": NOW, "exp": NOW + 300 });
        for (member, value) in claims.as_object().unwrap() {
            all[member] = value.clone();
        }
        let token = |key: &SigningKey| key.token(&json!({ "alg": "ES256", "kid": "1" }), &all);
        assert_eq!(check(&jwt, &token(&key)).await, Outcome::Accepted, "{name}");
        assert_eq!(
            check(&jwt, &token(&other)).await,
            Outcome::Refused,
            "{name}"
        );
        let asked = internet.0.asked.lock().unwrap().clone();
        let expect: Vec<_> = document.into_iter().chain([keys]).collect();
        assert_eq!(asked, expect, "{name}");
    }
}

#[tokio::test]
async fn settings_of_discovered_keys_can_be_given_and_are_checked_at_build() {
    let key = SigningKey::p256();
    let internet = Internet::of(
        "https://id.example/realms/shop",
        None,
        "http://keycloak:8080/keys",
        &key,
    );
    let builder = || preset::keycloak::<Claims>("https://id.example", "shop", "orders");
    let jwt = builder()
        .discover_keys_with(internet.clone(), |keys| {
            keys.fetch_from("http://keycloak:8080")
                .danger_allow_http("keycloak")
        })
        .clock_with(TestClock::at(NOW))
        .build()
        .unwrap();
    let claims = json!({
        "iss": "https://id.example/realms/shop", "typ": "Bearer", "aud": "orders", "exp": NOW + 300,
    });
    let token = key.token(&json!({ "alg": "ES256", "kid": "1" }), &claims);
    assert_eq!(now(&jwt, &token), None);
    assert!(matches!(check(&jwt, &token).await, Outcome::Unavailable(_)));
    until(|| !internet.0.asked.lock().unwrap().is_empty()).await;
    assert_eq!(
        internet.0.asked.lock().unwrap()[0],
        "http://keycloak:8080/realms/shop/.well-known/openid-configuration"
    );
    let error = builder()
        .discover_keys_with(internet.clone(), |keys| {
            keys.fetch_from("http://keycloak:8080")
        })
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Url);
    let twice = builder()
        .discover_keys(internet)
        .jwk(&key.jwk().to_string());
    assert_eq!(twice.build().unwrap_err().kind(), ConfigErrorKind::Key);
}

#[test]
fn tenants_of_entra_id_are_named_as_in_iss() {
    for (tenant, is_named) in [
        (TENANT, true),
        ("common", false),
        ("shop.onmicrosoft.com", false),
        ("AAAABBBB-0000-CCCC-1111-DDDD2222EEEE", false),
    ] {
        let internet = Internet::of("", None, "", &SigningKey::p256());
        let tenants = preset::entra_id_tenants::<Claims>(API, internet).tenants([TENANT, tenant]);
        assert_eq!(tenants.build().is_ok(), is_named, "{tenant}");
    }
}

#[tokio::test]
async fn tenants_of_entra_id_are_told_by_tid_and_their_id_tokens_are_refused() {
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let key = SigningKey::p256();
    let internet = Internet::of(
        "https://login.microsoftonline.com/{tenantid}/v2.0",
        Some(
            "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/.well-known/openid-configuration",
        ),
        "https://login.microsoftonline.com/common/discovery/v2.0/keys",
        &key,
    );
    let tenants = preset::entra_id_tenants::<Claims>(API, internet.clone())
        .tenants([TENANT])
        .validators_with(|validator| validator.clock_with(TestClock::at(NOW)))
        .build()
        .unwrap();
    let good = json!({
        "iss": issuer, "tid": TENANT, "aud": API, "azp": "web", "ver": "2.0", "scp": "Orders.Read", "exp": NOW + 300,
    });
    let id_token = json!({
        "iss": issuer, "tid": TENANT, "aud": API, "nonce": "n", "ver": "2.0", "name": "Ann", "exp": NOW + 300,
    });
    let mut other_tid = good.clone();
    other_tid["tid"] = json!("bbbbcccc-1111-dddd-2222-eeee3333ffff");
    let mut other = other_tid.clone();
    other["iss"] =
        json!("https://login.microsoftonline.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0");
    for (name, claims, expect) in [
        ("access token", &good, Outcome::Accepted),
        ("ID token", &id_token, Outcome::Refused),
        ("another tid", &other_tid, Outcome::Refused),
        ("another tenant", &other, Outcome::Refused),
    ] {
        let token = key.token(&json!({ "alg": "ES256", "kid": "1" }), claims);
        assert_eq!(
            super::tenants::check(&tenants, &token).await,
            expect,
            "{name}"
        );
    }
    assert_eq!(
        internet.0.asked.lock().unwrap().len(),
        2,
        "one document, one set"
    );
}
