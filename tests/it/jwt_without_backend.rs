//! Without a signature backend nothing can be checked, and that is found out when the program starts.

use tower_postern::{
    ConfigErrorKind,
    jwt::{Claims, JwtValidator},
};

#[test]
fn no_backend_is_an_error_of_build() {
    let error = JwtValidator::<Claims>::builder("https://id.example", "orders")
        .hmac_secret(&[7; 32][..])
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ConfigErrorKind::Backend);
    assert_eq!(
        error.to_string(),
        "signature backend: there is none; turn on the cargo feature `aws-lc-rs` or `rust-crypto` of `tower-postern`"
    );
}
