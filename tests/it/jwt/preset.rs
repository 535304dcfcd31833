//! Presets: each accepts what its issuer's access tokens are like, and refuses that issuer's other tokens.

use serde_json::{Value, json};
use tower_postern::{
    ConfigErrorKind,
    bearer::Grant,
    jwt::{Claims, JwtValidator, JwtValidatorBuilder, preset},
};

use super::{
    ACCEPTED, AUDIENCE_, CLIENT, ISSUER_, KIND, MALFORMED, MISSING, TYPE, reason, validate,
};
use crate::support::{
    clock::TestClock,
    issuer::{NOW, SigningKey},
};

/// Tokens of an issuer, signed with one key for all kinds.
struct Tokens {
    validator: JwtValidator<Claims>,
    access: Value,
    header: Value,
}

impl Tokens {
    fn new(builder: JwtValidatorBuilder<Claims>, access: Value) -> Self {
        let validator = builder
            .clock_with(TestClock::at(NOW))
            .jwk(&SigningKey::rsa().jwk().to_string())
            .build()
            .unwrap();
        Self {
            validator,
            access,
            header: json!({ "alg": "RS256", "typ": "JWT" }),
        }
    }

    fn typ(mut self, typ: &Value) -> Self {
        self.header = with(&self.header, &json!({ "typ": typ }));
        self
    }

    fn ask(&self, header: &Value, claims: &Value) -> String {
        let token = SigningKey::rsa().token(header, claims);
        reason(validate(&self.validator, &token))
    }

    /// The access token is accepted, and grants this.
    #[track_caller]
    fn accepts(&self) -> Grant {
        let token = SigningKey::rsa().token(&self.header, &self.access);
        validate(&self.validator, &token).unwrap().grant
    }

    /// Another token of the same issuer.
    #[track_caller]
    fn refuses(&self, name: &str, claims: &Value, expect: &str) {
        assert_eq!(self.ask(&self.header, claims), expect, "{name}");
    }

    /// The access token with other members: `null` takes one out.
    #[track_caller]
    fn answers(&self, cases: &[(&str, Value, &str)]) {
        for (name, members, expect) in cases {
            let claims = with(&self.access, members);
            assert_eq!(self.ask(&self.header, &claims), *expect, "{name}");
        }
    }

    /// The access token under another `typ`.
    #[track_caller]
    fn answers_types(&self, cases: &[(&str, &str)]) {
        for (typ, expect) in cases {
            let header = with(&self.header, &json!({ "typ": typ }));
            assert_eq!(self.ask(&header, &self.access), *expect, "{typ}");
        }
    }
}

fn with(object: &Value, members: &Value) -> Value {
    let mut object = object.clone();
    let all = object.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    object
}

fn scopes(grant: &Grant) -> String {
    grant.scopes().to_string()
}

#[test]
fn keycloak_tells_tokens_by_the_claim_typ() {
    let builder = || preset::keycloak("https://id.example/", "shop", "orders");
    let tokens = Tokens::new(
        builder(),
        json!({
            "exp": NOW + 300, "iat": NOW, "jti": "onrtac:1c3f5c5e", "iss": "https://id.example/realms/shop",
            "aud": ["orders", "account"], "sub": "f2a5d4c8", "typ": "Bearer", "azp": "web", "sid": "8d6b",
            "acr": "1", "allowed-origins": ["https://web.example"], "realm_access": { "roles": ["admin"] },
            "resource_access": { "account": { "roles": ["view-profile"] } },
            "scope": "openid profile orders:read", "email_verified": false, "preferred_username": "ann",
        }),
    );
    let grant = tokens.accepts();
    assert_eq!(grant.issuer(), Some("https://id.example/realms/shop"));
    assert_eq!(grant.client_id(), Some("web"));
    assert_eq!(scopes(&grant), "openid profile orders:read");
    tokens.refuses(
        "ID token",
        &json!({
            "exp": NOW + 300, "iat": NOW, "auth_time": NOW, "jti": "1f", "iss": "https://id.example/realms/shop",
            "aud": "orders", "sub": "f2a5d4c8", "typ": "ID", "azp": "orders", "nonce": "n", "sid": "8d6b",
            "at_hash": "fPlsvVszI29LU2UhDyJ9vg", "acr": "1", "preferred_username": "ann",
        }),
        KIND,
    );
    tokens.answers(&[
        (
            "bound to a key, of which the layer asks for proof",
            json!({ "typ": "DPoP" }),
            ACCEPTED,
        ),
        ("refresh token", json!({ "typ": "Refresh" }), KIND),
        (
            "its own audience",
            json!({ "typ": "Refresh", "aud": "https://id.example/realms/shop" }),
            AUDIENCE_,
        ),
        ("offline token", json!({ "typ": "Offline" }), KIND),
        ("logout token", json!({ "typ": "Logout" }), KIND),
        ("another case", json!({ "typ": "bearer" }), KIND),
        ("no kind", json!({ "typ": null }), KIND),
        ("a list of kinds", json!({ "typ": ["Bearer"] }), MALFORMED),
        (
            "only the account console is meant",
            json!({ "aud": "account" }),
            AUDIENCE_,
        ),
        (
            "another realm",
            json!({ "iss": "https://id.example/realms/other" }),
            ISSUER_,
        ),
        (
            "the address alone",
            json!({ "iss": "https://id.example" }),
            ISSUER_,
        ),
    ]);
    tokens.answers_types(&[("at+jwt", ACCEPTED), ("logout+jwt", TYPE)]);
    let strict = Tokens::new(
        builder().rfc9068(),
        with(&tokens.access, &json!({ "client_id": "web" })),
    );
    strict.answers_types(&[("at+jwt", ACCEPTED), ("JWT", TYPE)]);
}

#[test]
fn auth0_tells_tokens_by_their_client() {
    let audience = "https://orders.example";
    let tokens = Tokens::new(
        preset::auth0("shop.eu.auth0.com", audience),
        json!({
            "iss": "https://shop.eu.auth0.com/", "sub": "auth0|123456",
            "aud": [audience, "https://shop.eu.auth0.com/userinfo"], "iat": NOW, "exp": NOW + 86400,
            "scope": "openid profile orders:read", "azp": "my_client_id", "permissions": ["orders:read"],
        }),
    );
    let grant = tokens.accepts();
    assert_eq!(grant.client_id(), Some("my_client_id"));
    assert_eq!(scopes(&grant), "openid profile orders:read");
    let id_token = json!({
        "iss": "https://shop.eu.auth0.com/", "sub": "auth0|123456", "aud": "my_client_id", "iat": NOW,
        "exp": NOW + 36000, "nickname": "ann", "email": "ann@example.com", "sid": "8d6b", "nonce": "n",
    });
    tokens.refuses("ID token", &id_token, AUDIENCE_);
    let ours = with(&id_token, &json!({ "aud": audience }));
    tokens.refuses("ID token for this audience", &ours, KIND);
    tokens.refuses(
        "the same without nonce",
        &with(&ours, &json!({ "nonce": null })),
        KIND,
    );
    tokens.answers(&[
        ("one audience", json!({ "aud": audience }), ACCEPTED),
        (
            "for userinfo alone",
            json!({ "aud": "https://shop.eu.auth0.com/userinfo" }),
            AUDIENCE_,
        ),
        (
            "profile of RFC 9068",
            json!({ "azp": null, "client_id": "my_client_id", "jti": "1" }),
            ACCEPTED,
        ),
        (
            "a client of our own grant",
            json!({ "sub": "my_client_id@clients", "gty": "client-credentials", "scope": null }),
            ACCEPTED,
        ),
        ("no client", json!({ "azp": null }), KIND),
        ("at_hash", json!({ "at_hash": "x" }), KIND),
        ("c_hash", json!({ "c_hash": "x" }), KIND),
        (
            "no slash",
            json!({ "iss": "https://shop.eu.auth0.com" }),
            ISSUER_,
        ),
        (
            "another tenant",
            json!({ "iss": "https://other.eu.auth0.com/" }),
            ISSUER_,
        ),
    ]);
    tokens.answers_types(&[("at+jwt", ACCEPTED)]);
}

const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const WEB: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

#[test]
fn entra_id_tells_tokens_by_client_and_scopes() {
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let tokens = Tokens::new(
        preset::entra_id(TENANT, API),
        json!({
            "aud": API, "iss": issuer, "iat": NOW, "nbf": NOW, "exp": NOW + 4000, "aio": "AWQ", "azp": WEB,
            "azpacr": "1", "name": "Ann", "oid": "33334444", "preferred_username": "ann@shop.example", "rh": "0.A",
            "roles": ["Orders.Admin"], "scp": "Orders.Read Orders.Write", "sub": "pairwise", "tid": TENANT,
            "uti": "uti-1", "ver": "2.0",
        }),
    );
    let grant = tokens.accepts();
    assert_eq!(grant.client_id(), Some(WEB));
    assert_eq!(grant.token_id(), Some("uti-1"));
    assert_eq!(
        scopes(&grant),
        "Orders.Read Orders.Write",
        "a person's roles are no scopes"
    );
    let id_token = json!({
        "aud": WEB, "iss": issuer, "iat": NOW, "nbf": NOW, "exp": NOW + 4000, "name": "Ann", "nonce": "n",
        "oid": "33334444", "preferred_username": "ann@shop.example", "rh": "0.A", "sub": "pairwise", "tid": TENANT,
        "uti": "uti-2", "ver": "2.0", "roles": ["Orders.Admin"],
    });
    tokens.refuses("ID token", &id_token, AUDIENCE_);
    let ours = with(&id_token, &json!({ "aud": API }));
    tokens.refuses("ID token where client and API are one", &ours, KIND);
    tokens.refuses(
        "the same without nonce",
        &with(&ours, &json!({ "nonce": null })),
        KIND,
    );
    tokens.answers(&[
        ("no client", json!({ "azp": null }), KIND),
        ("neither scopes nor roles", json!({ "scp": null, "roles": null }), KIND),
        ("nonce", json!({ "nonce": "n" }), KIND),
        ("version 1.0", json!({ "ver": "1.0" }), KIND),
        ("no version", json!({ "ver": null }), KIND),
        ("a number for a version", json!({ "ver": 2.0 }), MALFORMED),
        ("another tenant", json!({ "iss": "https://login.microsoftonline.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0" }), ISSUER_),
        ("its URI, which version 2.0 has not", json!({ "aud": format!("api://{API}") }), AUDIENCE_),
    ]);
    let of_application = json!({ "scp": null, "idtyp": "app", "sub": "33334444" });
    let application = Tokens::new(
        preset::entra_id(TENANT, API),
        with(&tokens.access, &of_application),
    );
    assert_eq!(scopes(&application.accepts()), "Orders.Admin");
    let applications = preset::entra_id(TENANT, API).require_claim("idtyp", "app");
    Tokens::new(applications, application.access).accepts();
}

#[test]
fn entra_id_of_version_1_tells_tokens_by_appid() {
    let issuer = format!("https://sts.windows.net/{TENANT}/");
    let tokens = Tokens::new(
        preset::entra_id_v1(TENANT, format!("api://{API}")).audience(API),
        json!({
            "aud": format!("api://{API}"), "iss": issuer, "iat": NOW, "nbf": NOW, "exp": NOW + 4000, "acr": "1",
            "amr": ["pwd"], "appid": WEB, "appidacr": "0", "name": "Ann", "oid": "33334444", "scp": "Orders.Read",
            "sub": "pairwise", "tid": TENANT, "unique_name": "ann@shop.example", "uti": "uti-1", "ver": "1.0",
        }),
    );
    let grant = tokens.accepts();
    assert_eq!(grant.client_id(), Some(WEB));
    assert_eq!(grant.token_id(), Some("uti-1"));
    assert_eq!(scopes(&grant), "Orders.Read");
    let id_token = json!({
        "aud": API, "iss": issuer, "iat": NOW, "nbf": NOW, "exp": NOW + 4000, "amr": ["pwd"], "name": "Ann",
        "oid": "33334444", "sub": "pairwise", "tid": TENANT, "unique_name": "ann@shop.example", "uti": "uti-2",
        "ver": "1.0", "roles": ["Orders.Admin"],
    });
    tokens.refuses("ID token where client and API are one", &id_token, KIND);
    tokens.answers(&[
        ("the bare client id", json!({ "aud": API }), ACCEPTED),
        (
            "another API",
            json!({ "aud": "https://graph.microsoft.com" }),
            AUDIENCE_,
        ),
        ("no client", json!({ "appid": null }), KIND),
        (
            "a client under another name",
            json!({ "appid": null, "azp": WEB }),
            KIND,
        ),
        ("version 2.0", json!({ "ver": "2.0" }), KIND),
        ("neither scopes nor roles", json!({ "scp": null }), KIND),
        (
            "the issuer of version 2.0",
            json!({ "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0") }),
            ISSUER_,
        ),
    ]);
}

#[test]
fn okta_tells_tokens_by_cid() {
    let issuer = "https://shop.okta.com/oauth2/default";
    let tokens = Tokens::new(
        preset::okta("shop.okta.com", "default", "api://default"),
        json!({
            "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": issuer, "aud": "api://default",
            "iat": NOW, "exp": NOW + 3600, "cid": "0oa8web", "uid": "00ujmkLgagxeRrAg20g3",
            "scp": ["openid", "orders:read"], "sub": "ann@example.com", "auth_time": NOW,
        }),
    )
    .typ(&Value::Null);
    let grant = tokens.accepts();
    assert_eq!(grant.client_id(), Some("0oa8web"));
    assert_eq!(scopes(&grant), "openid orders:read");
    let id_token = json!({
        "sub": "00ujmkLgagxeRrAg20g3", "name": "Ann", "email": "ann@example.com", "ver": 1, "iss": issuer,
        "aud": "0oa8web", "iat": NOW, "exp": NOW + 3600, "jti": "ID.radCQMOQUmyvcTBmmIL0J6BaS60apUEiC7-vI7pOmkw",
        "amr": ["pwd"], "idp": "00ok1u7AsAkrwdZL3z0g", "auth_time": NOW, "at_hash": "fPlsvVszI29LU2UhDyJ9vg",
    });
    tokens.refuses("ID token", &id_token, AUDIENCE_);
    let ours = with(&id_token, &json!({ "aud": "api://default" }));
    tokens.refuses("ID token for this audience", &ours, KIND);
    tokens.refuses(
        "the same without at_hash",
        &with(&ours, &json!({ "at_hash": null })),
        KIND,
    );
    tokens.answers(&[
        (
            "without a user",
            json!({ "uid": null, "sub": "0oa8web" }),
            ACCEPTED,
        ),
        ("no cid", json!({ "cid": null }), KIND),
        (
            "a client under another name",
            json!({ "cid": null, "client_id": "0oa8web" }),
            KIND,
        ),
        ("at_hash", json!({ "at_hash": "x" }), KIND),
        (
            "the organization's own server",
            json!({ "iss": "https://shop.okta.com", "aud": "https://shop.okta.com" }),
            ISSUER_,
        ),
        (
            "another server",
            json!({ "iss": "https://shop.okta.com/oauth2/aus1" }),
            ISSUER_,
        ),
    ]);
    tokens.answers_types(&[("application/okta-internal-at+jwt", TYPE)]);
    let others = preset::okta("shop.okta.com", "default", "api://default").clients(["0oa9other"]);
    Tokens::new(others, tokens.access.clone()).refuses("another client", &tokens.access, CLIENT);
}

#[test]
fn cognito_tells_tokens_by_token_use_and_whose_they_are_by_client_id() {
    let issuer = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example";
    let client = "57cbishk4j24pabc1234567890";
    let builder = || preset::cognito("us-west-2", "us-west-2_example", [client]);
    let tokens = Tokens::new(
        builder(),
        json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "device_key": "aaaaaaaa", "cognito:groups": ["admin"],
            "token_use": "access", "scope": "openid orders/read", "auth_time": NOW - 10, "iss": issuer,
            "exp": NOW + 3600, "iat": NOW, "origin_jti": "bbbb", "jti": "cccc", "client_id": client,
            "username": "janedoe@example.com",
        }),
    )
    .typ(&Value::Null);
    let grant = tokens.accepts();
    assert_eq!(grant.client_id(), Some(client));
    assert_eq!(scopes(&grant), "openid orders/read");
    tokens.refuses(
        "ID token",
        &json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["admin"], "email_verified": true,
            "iss": issuer, "cognito:username": "jane", "nonce": "n", "origin_jti": "bbbb", "aud": client,
            "event_id": "64f5", "token_use": "id", "auth_time": NOW - 10, "exp": NOW + 3600, "iat": NOW, "jti": "dddd",
        }),
        AUDIENCE_,
    );
    tokens.answers(&[
        ("another use", json!({ "token_use": "id" }), KIND),
        ("no use", json!({ "token_use": null }), KIND),
        ("another client", json!({ "client_id": "other" }), CLIENT),
        ("no client", json!({ "client_id": null }), CLIENT),
        (
            "for another service",
            json!({ "aud": "https://other.example" }),
            AUDIENCE_,
        ),
        (
            "another pool",
            json!({ "iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_other" }),
            ISSUER_,
        ),
        ("no end", json!({ "exp": null }), MISSING),
    ]);
    // An ID token is refused also where its audience is one that is named.
    let bound = Tokens::new(
        builder()
            .audience("https://orders.example")
            .audience(client),
        tokens.access.clone(),
    );
    bound.answers(&[
        (
            "bound to this service",
            json!({ "aud": "https://orders.example" }),
            ACCEPTED,
        ),
        ("bound to none", json!({}), ACCEPTED),
        (
            "an ID token for the client",
            json!({ "aud": client, "token_use": "id" }),
            KIND,
        ),
    ]);
}

#[test]
fn google_id_tokens_are_those_of_service_accounts_that_are_let_in() {
    let account = "web@shop.iam.gserviceaccount.com";
    let tokens = Tokens::new(
        preset::google_id_tokens("https://orders.example", [account]),
        json!({
            "aud": "https://orders.example", "azp": "112010400000000710080", "email": account, "email_verified": true,
            "exp": NOW + 3600, "iat": NOW, "iss": "https://accounts.google.com", "sub": "112010400000000710080",
        }),
    );
    let grant = tokens.accepts();
    assert_eq!(grant.issuer(), Some("https://accounts.google.com"));
    tokens.refuses(
        "the ID token of a person who signed in",
        &json!({
            "iss": "https://accounts.google.com", "azp": "1234.apps.googleusercontent.com",
            "aud": "1234.apps.googleusercontent.com", "sub": "110169484474386276334", "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
            "email": "ann@gmail.com", "email_verified": true, "iat": NOW, "exp": NOW + 3600, "nonce": "n",
        }),
        AUDIENCE_,
    );
    tokens.answers(&[
        (
            "a person's, for this audience",
            json!({ "email": "ann@gmail.com" }),
            KIND,
        ),
        ("signed in with nonce", json!({ "nonce": "n" }), KIND),
        ("signed in with at_hash", json!({ "at_hash": "HK6E" }), KIND),
        (
            "another project's account",
            json!({ "email": "web@evil.iam.gserviceaccount.com" }),
            KIND,
        ),
        (
            "no address",
            json!({ "email": null, "email_verified": null }),
            KIND,
        ),
        ("not verified", json!({ "email_verified": false }), KIND),
        (
            "a text for verified",
            json!({ "email_verified": "true" }),
            MALFORMED,
        ),
        (
            "another audience",
            json!({ "aud": "https://other.example" }),
            AUDIENCE_,
        ),
        (
            "another issuer",
            json!({ "iss": "http://accounts.google.com" }),
            ISSUER_,
        ),
        (
            "without the scheme",
            json!({ "iss": "accounts.google.com" }),
            ACCEPTED,
        ),
    ]);
    let other = Tokens::new(
        preset::google_id_tokens("https://orders.example", [account]),
        with(&tokens.access, &json!({ "iss": "accounts.google.com" })),
    );
    assert_eq!(
        other.accepts().principal(),
        grant.principal(),
        "one caller, two spellings"
    );
}

#[test]
fn google_iap_asserts_and_is_no_id_token() {
    let key = SigningKey::p256();
    let audience = "/projects/123456/global/backendServices/7890";
    let jwt = preset::google_iap::<Claims>(audience)
        .clock_with(TestClock::at(NOW))
        .jwk(&key.jwk().to_string())
        .build()
        .unwrap();
    let assertion = json!({
        "iss": "https://cloud.google.com/iap", "aud": audience, "sub": "accounts.google.com:1234", "hd": "example.com",
        "email": "ann@example.com", "iat": NOW, "exp": NOW + 600,
    });
    for (name, members, expect) in [
        ("assertion", json!({}), ACCEPTED),
        (
            "ID token",
            json!({ "iss": "https://accounts.google.com" }),
            ISSUER_,
        ),
        ("ID token under this name", json!({ "nonce": "n" }), KIND),
        (
            "another backend",
            json!({ "aud": "/projects/123456/global/backendServices/1" }),
            AUDIENCE_,
        ),
    ] {
        let token = key.token(&json!({ "alg": "ES256" }), &with(&assertion, &members));
        assert_eq!(reason(validate(&jwt, &token)), expect, "{name}");
    }
}

#[test]
fn kubernetes_tells_tokens_by_their_service_account() {
    let issuer = "https://kubernetes.default.svc.cluster.local";
    let tokens = Tokens::new(
        preset::kubernetes(issuer, "orders"),
        json!({
            "aud": ["orders"], "exp": NOW + 3600, "iat": NOW, "nbf": NOW, "iss": issuer,
            "jti": "e51f1fbc-4733-4b85-a59f-ba80c0523874", "sub": "system:serviceaccount:shop:web",
            "kubernetes.io": {
                "namespace": "shop", "node": { "name": "worker", "uid": "517e" }, "pod": { "name": "web-1", "uid": "0d8b" },
                "serviceaccount": { "name": "web", "uid": "e6a8" }, "warnafter": NOW + 3000,
            },
        }),
    )
    .typ(&Value::Null);
    assert_eq!(
        tokens.accepts().subject(),
        Some("system:serviceaccount:shop:web")
    );
    tokens.refuses(
        "the ID token of a provider under the same name",
        &json!({
            "iss": issuer, "aud": "orders", "sub": "ann", "iat": NOW, "exp": NOW + 3600, "nonce": "n",
            "email": "ann@example.com", "groups": ["system:masters"],
        }),
        KIND,
    );
    tokens.answers(&[
        ("the subject alone", json!({ "kubernetes.io": null }), KIND),
        (
            "a text for it",
            json!({ "kubernetes.io": "shop" }),
            MALFORMED,
        ),
        ("a person", json!({ "sub": "ann" }), KIND),
        ("no subject", json!({ "sub": null }), KIND),
        (
            "another of the system's",
            json!({ "sub": "system:node:worker" }),
            KIND,
        ),
        ("for the API server", json!({ "aud": [issuer] }), AUDIENCE_),
        (
            "kept in a secret",
            json!({ "exp": null, "aud": null, "iss": "kubernetes/serviceaccount" }),
            ISSUER_,
        ),
        ("no audience", json!({ "aud": null }), AUDIENCE_),
        ("no end", json!({ "exp": null }), MISSING),
    ]);
}

#[test]
fn what_cannot_be_an_issuers_name_is_refused_at_build() {
    let issuer = ConfigErrorKind::Issuer;
    let nobody: [&str; 0] = [];
    let cases: Vec<(&str, JwtValidatorBuilder<Claims>, ConfigErrorKind)> = vec![
        (
            "no scheme",
            preset::keycloak("id.example", "shop", "a"),
            issuer,
        ),
        ("no host", preset::keycloak("https://", "shop", "a"), issuer),
        (
            "credentials",
            preset::keycloak("https://a@id.example", "shop", "a"),
            issuer,
        ),
        (
            "no realm",
            preset::keycloak("https://id.example", "", "a"),
            issuer,
        ),
        (
            "two segments",
            preset::keycloak("https://id.example", "shop/../other", "a"),
            issuer,
        ),
        (
            "parent",
            preset::keycloak("https://id.example", "..", "a"),
            issuer,
        ),
        (
            "address for a domain",
            preset::auth0("https://shop.auth0.com", "a"),
            issuer,
        ),
        ("path", preset::auth0("shop.auth0.com/", "a"), issuer),
        ("no domain", preset::auth0("", "a"), issuer),
        (
            "no audience",
            preset::auth0("shop.auth0.com", ""),
            ConfigErrorKind::Audience,
        ),
        ("common", preset::entra_id("common", "a"), issuer),
        (
            "name of a tenant",
            preset::entra_id_v1("shop.onmicrosoft.com", "a"),
            issuer,
        ),
        (
            "another case",
            preset::entra_id("AAAABBBB-0000-CCCC-1111-DDDD2222EEEE", "a"),
            issuer,
        ),
        (
            "not quite",
            preset::entra_id("aaaabbbb00000-cccc-1111-dddd2222eeee", "a"),
            issuer,
        ),
        ("no server", preset::okta("shop.okta.com", "", "a"), issuer),
        (
            "a query",
            preset::okta("shop.okta.com", "default?", "a"),
            issuer,
        ),
        ("no region", preset::cognito("", "p", ["c"]), issuer),
        ("no pool", preset::cognito("us-west-2", "", ["c"]), issuer),
        (
            "no client",
            preset::cognito("us-west-2", "p", nobody),
            ConfigErrorKind::Claim,
        ),
        (
            "no account",
            preset::google_id_tokens("a", nobody),
            ConfigErrorKind::Claim,
        ),
        (
            "what the preset asks for",
            preset::keycloak("https://id.example", "a", "a").require_claim("typ", "ID"),
            ConfigErrorKind::Claim,
        ),
        ("no name", preset::kubernetes("", "a"), issuer),
    ];
    for (name, builder, expect) in cases {
        let error = builder
            .jwk(&SigningKey::p256().jwk().to_string())
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), expect, "{name}: {error}");
    }
}
