//! What others take for the same request: what people write by hand, and what they install.
//!
//! All of them get the same request, stand around the same service, and check signature, `exp`, issuer and audience with a
//! key that was read before; only what they answer differs.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{StatusCode, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::Jwk};
use serde_json::json;
use tower::{Layer, Service};
use tower_http::auth::AsyncRequireAuthorizationLayer;
use tower_oauth2_resource_server::{
    server::OAuth2ResourceServer, tenant::TenantConfiguration, validation::ClaimsValidationSpec,
};
use tower_postern::{
    BearerAuthLayer,
    jwt::{Claims, JwtValidator, TokenCache},
};

use crate::{
    support::{
        cases::validator,
        issuer::{ALGORITHMS, AUDIENCE, ISSUER, Key, OwnedClaims, claims, claims_with},
        service::{Bare, Shape, exchange},
    },
    table::{Bound, Group, Line, Pace},
};

/// The stacks, in the order of the table.
pub(crate) const STACKS: [&str; 4] = [
    "tower-postern",
    "axum `from_fn` + jsonwebtoken",
    "tower-http + jsonwebtoken",
    "tower-oauth2-resource-server",
];

/// The key and the rules, made once.
struct Rules {
    key: DecodingKey,
    validation: Validation,
}

impl Rules {
    fn new(alg: &str, key: &Key) -> Arc<Self> {
        let jwk: Jwk = serde_json::from_str(&key.jwk()).expect("it is a key");
        let mut validation = Validation::new(algorithm(alg));
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let key = DecodingKey::from_jwk(&jwk).expect("it is a key");
        Arc::new(Self { key, validation })
    }

    fn check<B>(&self, request: &http::Request<B>) -> Result<OwnedClaims, StatusCode> {
        let line = request.headers().get(AUTHORIZATION);
        let line = line.and_then(|line| line.to_str().ok());
        let token = line.and_then(|line| line.strip_prefix("Bearer "));
        let token = token.ok_or(StatusCode::UNAUTHORIZED)?;
        let token = decode(token, &self.key, &self.validation);
        Ok(token.map_err(|_| StatusCode::UNAUTHORIZED)?.claims)
    }
}

fn algorithm(alg: &str) -> Algorithm {
    alg.parse().expect("it is an algorithm")
}

/// The middleware that stands in many an application.
async fn require_token(
    State(rules): State<Arc<Rules>>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let claims = rules.check(&request)?;
    request.extensions_mut().insert(claims);
    Ok(next.run(request).await)
}

/// The hook of tower-http, as its page shows it.
fn hook(rules: Arc<Rules>) -> impl Layer<Bare, Service: Exchanges> {
    AsyncRequireAuthorizationLayer::new(move |mut request: Request| {
        let rules = rules.clone();
        async move {
            match rules.check(&request) {
                Ok(claims) => {
                    request.extensions_mut().insert(claims);
                    Ok(request)
                }
                Err(status) => {
                    let mut refusal = Response::new(Body::empty());
                    *refusal.status_mut() = status;
                    Err(refusal)
                }
            }
        }
    })
}

/// A crate for resource servers, with the same key.
fn resource_server(alg: &str, key: &Key) -> impl Layer<Bare, Service: Exchanges> {
    let rules = ClaimsValidationSpec::new().exp(true).iss(ISSUER);
    let keys = format!(r#"{{"keys":[{}]}}"#, key.jwk());
    let tenant = TenantConfiguration::static_builder(keys)
        .claims_validation(rules.aud(&vec![AUDIENCE.to_owned()]))
        .allowed_algorithms(&[algorithm(alg)])
        .build();
    let server = OAuth2ResourceServer::<OwnedClaims>::builder()
        .add_tenant(tenant.expect("the settings are good"))
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let server = runtime.expect("there is a runtime").block_on(server);
    server.expect("the settings are good").into_layer::<Body>()
}

/// A service whose requests can be measured.
trait Exchanges: Service<Request, Response = Response, Error = Infallible> + Clone + 'static {}
impl<S: Service<Request, Response = Response, Error = Infallible> + Clone + 'static> Exchanges
    for S
{
}

type Ask = Box<dyn Fn(&Shape) -> u16>;

fn ask(service: impl Exchanges) -> Ask {
    Box::new(move |shape| exchange::<_, Body, Body>(&service, shape))
}

fn stacks(alg: &str, key: &Key) -> [Ask; 4] {
    let rules = Rules::new(alg, key);
    [
        ask(BearerAuthLayer::new(validator::<Claims>(key)).wrap(Bare)),
        ask(from_fn_with_state(rules.clone(), require_token).layer(Bare)),
        ask(hook(rules).layer(Bare)),
        ask(resource_server(alg, key).layer(Bare)),
    ]
}

/// What is in a request for each of the rows.
pub(crate) fn measure(pace: Pace) -> Vec<Line> {
    // Where both backends are compiled in, `decode` has none until it is told.
    let told = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    assert!(told.is_ok(), "nobody else installs one");
    ALGORITHMS
        .iter()
        .flat_map(|alg| algorithm_of_peers(alg, pace))
        .collect()
}

fn algorithm_of_peers(alg: &str, pace: Pace) -> Vec<Line> {
    let key = Key::new(alg);
    let token = key.token(&claims());
    let expired = key.token(&claims_with("exp", json!(1_760_000_100)));
    let (good, expired) = (&Shape::bearing(&token), &Shape::bearing(&expired));
    let stacks = stacks(alg, &key);
    let builder = JwtValidator::<Claims>::builder(ISSUER, AUDIENCE).jwk(&key.jwk());
    let cached = builder.cache(TokenCache::new(1000)).build();
    let cached = ask(BearerAuthLayer::new(cached.expect("the settings are good")).wrap(Bare));

    let mut group = Group::default();
    let name = |what: &str| format!("{alg} request: {what}");
    let floor = name("bare + verify + parse");
    group.row(&floor, || {
        let status = exchange::<_, Body, Body>(&Bare, good);
        (status, key.verify_and_parse(&token))
    });
    for (stack, ask) in STACKS.iter().zip(&stacks) {
        assert_eq!(ask(good), 200, "{stack} {alg}");
        let row = group.row(name(&format!("valid, {stack}")), move || ask(good));
        row.of(&floor, Bound::None);
    }
    assert_eq!(cached(good), 200);
    let row = group.row(name("valid, tower-postern, cached"), || cached(good));
    row.of(&floor, Bound::None);
    for (stack, ask) in STACKS.iter().zip(&stacks) {
        assert_eq!(ask(expired), 401, "{stack} {alg}");
        let row = group.row(name(&format!("expired, {stack}")), move || ask(expired));
        row.of(&floor, Bound::None);
    }
    group.measure(pace)
}
