//! What a JWT costs, beside what it must: `cargo bench --bench jwt`.
//!
//! For each algorithm: the signature alone, the signature and one parse (which no validator can save), and ours.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench fails loudly"
)]

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use serde_json::json;
use tower_postern::{
    RequestHead,
    bearer::{Credentials, TokenValidator},
    jwt::{Claims, JwtValidator, ReadClaims},
};

use support::{
    cases::validator,
    issuer::{ALGORITHMS, Key, OwnedClaims, claims, claims_with},
};

fn validates<C: ReadClaims>(validator: &JwtValidator<C>, token: &str) -> bool {
    let request = Request::new(());
    let credentials = Credentials::new(token, RequestHead::new(&request));
    let answer = validator.validate_now(credentials);
    black_box(answer)
        .expect("fixed keys answer at once")
        .is_ok()
}

fn jwt(c: &mut Criterion) {
    for alg in ALGORITHMS {
        let key = Key::new(alg);
        let ours = validator::<Claims>(&key);
        let users = validator::<OwnedClaims>(&key);
        let good = key.token(&claims());
        let expired = key.token(&claims_with("exp", json!(1_760_000_100)));
        let audience = key.token(&claims_with("aud", json!("other")));
        let forged = Key::new(alg).token(&claims());
        let garbage = "x".repeat(good.len());
        let (signed, signature) = good.rsplit_once('.').expect("it has dots");
        let signature =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature)
                .expect("it is base64url");
        assert!(validates(&ours, &good) && validates(&users, &good));
        for refused in [&expired, &audience, &forged, &garbage] {
            assert!(!validates(&ours, refused));
        }

        let mut group = c.benchmark_group(alg);
        group.bench_function("reference: verify", |b| {
            b.iter(|| key.verify(black_box(signed.as_bytes()), black_box(&signature)));
        });
        group.bench_function("reference: verify and parse", |b| {
            b.iter(|| key.verify_and_parse(black_box(&good)));
        });
        for (name, token) in [
            ("good", &good),
            ("expired", &expired),
            ("other audience", &audience),
            ("forged", &forged),
            ("garbage", &garbage),
        ] {
            group.bench_function(name, |b| b.iter(|| validates(&ours, black_box(token))));
        }
        group.bench_function("good, claims of a user's type", |b| {
            b.iter(|| validates(&users, black_box(&good)));
        });
        group.finish();
    }
}

criterion_group!(benches, jwt);
criterion_main!(benches);
