//! What a validator takes for a token, beside what no validator can save.

use http::Request;
use serde_json::json;
use tower_postern::{
    RequestHead,
    bearer::{Credentials, TokenValidator},
    jwt::{Claims, JwtValidator, ReadClaims},
};

use crate::{
    support::{
        cases::validator,
        issuer::{Key, OwnedClaims, claims, claims_with},
    },
    table::{Bound, Group, Line, Pace},
};

/// The claims as one text, what shares them, the grant, and its `sub`, `client_id`, `jti`, `scope`.
const OWNED: u64 = 7;

fn accepts<C: ReadClaims>(validator: &JwtValidator<C>, token: &str) -> bool {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    let answer = validator.validate_now(credentials);
    answer.expect("fixed keys answer at once").is_ok()
}

/// What is asked of a good token with our claims and with those of a user, as multiples of a signature and one parse.
fn bounds(alg: &str) -> (f64, f64) {
    match alg {
        "HS256" => (1.25, 1.6),
        "RS256" => (1.05, 1.08),
        _ => (1.03, 1.04),
    }
}

pub(crate) fn measure(alg: &str, pace: Pace) -> Vec<Line> {
    let key = Key::new(alg);
    let (ours, users) = (validator::<Claims>(&key), validator::<OwnedClaims>(&key));
    let good = key.token(&claims());
    let forged = Key::new(alg).token(&claims());
    let refused = [
        ("expired", "exp", json!(1_760_000_100)),
        ("other issuer", "iss", json!("https://other.example")),
        ("other audience", "aud", json!("https://other.example")),
    ]
    .map(|(name, claim, value)| (name, key.token(&claims_with(claim, value))));
    let (signed, _) = good.rsplit_once('.').expect("it has dots");
    let signature = key.sign(signed.as_bytes());
    assert!(key.verify(signed.as_bytes(), &signature) && key.verify_and_parse(&good).is_some());
    assert!(accepts(&ours, &good) && accepts(&users, &good) && !accepts(&ours, &forged));

    let mut group = Group::default();
    let name = |what: &str| format!("{alg}: {what}");
    let (verify, limit) = (name("verify alone"), name("verify + parse"));
    let (our_bound, their_bound) = bounds(alg);
    group.row(&verify, || key.verify(signed.as_bytes(), &signature));
    group.row(&limit, || key.verify_and_parse(&good));
    let row = group.row(name("valid, our claims"), || accepts(&ours, &good));
    row.of(&limit, Bound::Times(our_bound)).allocations(OWNED);
    let row = group.row(name("valid, claims of a user"), || accepts(&users, &good));
    row.of(&limit, Bound::Times(their_bound));
    let row = group.row(name("forged"), || accepts(&ours, &forged));
    row.of(&limit, Bound::Times(1.05));
    for (what, token) in &refused {
        assert!(!accepts(&ours, token), "{what}");
        let ours = &ours;
        let bound = match alg {
            "HS256" => Bound::None, // its signature costs less than to read the claims
            _ => Bound::Times(0.1),
        };
        let row = group.row(name(what), move || accepts(ours, token));
        row.of(&verify, bound);
    }
    group.measure(pace)
}
