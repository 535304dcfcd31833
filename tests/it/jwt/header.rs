//! What a header may say, and what the form of a token is.

use serde_json::json;

use super::{
    ACCEPTED, ALGORITHM, CRITICAL, ENCODING, HEADER, SHAPE, SIGNATURE, TOO_LONG, TYPE, header,
    reason, recognizes, validate, validator,
};
use crate::support::issuer::{SigningKey, base64url, claims};

#[test]
fn a_token_type_is_absent_or_jwt_or_at_jwt() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for (typ, expect) in [
        (json!("JWT"), ACCEPTED),
        (json!("jwt"), ACCEPTED),
        (json!("at+jwt"), ACCEPTED),
        (json!("AT+JWT"), ACCEPTED),
        (json!("application/at+jwt"), ACCEPTED),
        (json!("Application/JWT"), ACCEPTED),
        (json!(""), TYPE),
        (json!("dpop+jwt"), TYPE),
        (json!("logout+jwt"), TYPE),
        (json!("id_token"), TYPE),
        (json!("application/application/jwt"), TYPE),
        (json!(" JWT"), TYPE),
        (json!(null), HEADER),
        (json!(["JWT"]), HEADER),
    ] {
        let token = key.token(&json!({ "alg": "HS256", "typ": typ }), &claims());
        assert_eq!(reason(validate(&validator, &token)), expect, "{typ}");
    }
}

#[test]
fn what_a_header_says_is_read_strictly() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    for (header, expect) in [
        (r#"{"alg":"HS256"}"#, ACCEPTED),
        ("\t{ \"alg\" : \"HS256\" }\r\n ", ACCEPTED),
        (r#"{"\u0061\u006cg":"HS\u003256"}"#, ACCEPTED),
        (
            r#"{"alg":"HS256","jku":"https://evil.example","x5u":"","jwk":{},"x5c":[],"x":1}"#,
            ACCEPTED,
        ),
        (r#"{"alg":"HS256","cty":"JWT"}"#, ACCEPTED),
        (r#"{"alg":"none"}"#, ALGORITHM),
        (r#"{"alg":"hs256"}"#, ALGORITHM),
        (r#"{"alg":"RS1"}"#, ALGORITHM),
        (r"{}", HEADER),
        (r#"{"typ":"JWT"}"#, HEADER),
        (r#"{"alg":"HS256","alg":"none"}"#, HEADER),
        (r#"{"alg":"none","\u0061lg":"HS256"}"#, HEADER),
        (r#"{"alg":"HS256","x":1,"\u0078":2}"#, HEADER),
        (r#"{"alg":"HS256","kid":7}"#, HEADER),
        (r#"{"alg":"HS256","enc":"A128GCM"}"#, HEADER),
        (r#"{"alg":"HS256","zip":"DEF"}"#, HEADER),
        (r#"{"alg":"HS256","crit":["exp"]}"#, CRITICAL),
        (r#"{"alg":"HS256","crit":[]}"#, CRITICAL),
        (r#"{"alg":"HS256","b64":true}"#, CRITICAL),
        (r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, CRITICAL),
        (r#"{"alg":"HS256"} x"#, HEADER),
        (r#"[{"alg":"HS256"}]"#, HEADER),
        ("", HEADER),
    ] {
        let token = key.token_as("HS256", header, claims().to_string());
        assert_eq!(reason(validate(&validator, &token)), expect, "{header}");
    }
}

#[test]
fn a_token_has_one_spelling() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let good = key.token(&header("HS256"), &claims());
    let [head, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    // 32 bytes leave two bits over, which must be zero.
    let last = signature.chars().last().unwrap();
    let trailing = char::from(u8::try_from(last).unwrap() + 1);
    let trailing = format!("{}{trailing}", &signature[..signature.len() - 1]);
    for (name, token, expect) in [
        ("as it is", good.clone(), ACCEPTED),
        (
            "trailing bits in the signature",
            format!("{head}.{payload}.{trailing}"),
            ENCODING,
        ),
        ("padded signature", format!("{good}="), ENCODING),
        (
            "padded header",
            format!("{head}=.{payload}.{signature}"),
            ENCODING,
        ),
        ("space", format!("{head} .{payload}.{signature}"), ENCODING),
        ("space before", format!(" {good}"), ENCODING),
        ("line feed after", format!("{good}\n"), ENCODING),
        (
            "tilde",
            format!("{head}.{payload}.~{}", &signature[1..]),
            ENCODING,
        ),
        (
            "standard alphabet",
            format!("{head}.{payload}.+{}", &signature[1..]),
            ENCODING,
        ),
        (
            "not ASCII",
            format!("{head}.{payload}.ä{}", &signature[2..]),
            ENCODING,
        ),
        (
            "NUL",
            format!("{head}.{payload}.\0{}", &signature[1..]),
            ENCODING,
        ),
        (
            "length one too many",
            format!("{head}.{payload}.{signature}AA"),
            ENCODING,
        ),
        ("without signature", format!("{head}.{payload}"), SHAPE),
        ("without payload", head.to_owned(), SHAPE),
        ("dot after", format!("{good}."), SHAPE),
        ("dot before", format!(".{good}"), SHAPE),
        ("five parts", format!("{good}.AA.AA"), SHAPE),
        ("nothing", String::new(), SHAPE),
        ("dots", "..".to_owned(), HEADER),
        ("four dots", "....".to_owned(), SHAPE),
        (
            "detached payload",
            format!("{head}..{signature}"),
            super::MALFORMED,
        ),
        ("signature gone", format!("{head}.{payload}."), SIGNATURE),
        ("one megabyte", "A".repeat(1 << 20), TOO_LONG),
        (
            "one megabyte of a part",
            format!("{head}.{}.{signature}", "A".repeat(1 << 20)),
            TOO_LONG,
        ),
        ("one megabyte of dots", ".".repeat(1 << 20), TOO_LONG),
    ] {
        assert_eq!(reason(validate(&validator, &token)), expect, "{name}");
    }
}

#[test]
fn only_what_looks_like_a_token_of_the_issuer_is_recognized() {
    let key = SigningKey::secret();
    let validator = validator(&key);
    let payload = |json: &str| format!("e30.{}.", base64url(json));
    for (name, token, expect) in [
        ("good", key.token(&header("HS256"), &claims()), true),
        (
            "forged",
            SigningKey::secret().token(&header("HS256"), &claims()),
            true,
        ),
        (
            "bad header",
            payload(r#"{"iss":"https://id.example"}"#),
            true,
        ),
        (
            "escaped",
            payload(r#"{"iss":"https:\/\/id.example"}"#),
            true,
        ),
        (
            "another issuer",
            payload(r#"{"iss":"https://id.example/"}"#),
            false,
        ),
        (
            "issuer in a list",
            payload(r#"{"iss":["https://id.example"]}"#),
            false,
        ),
        ("no issuer", payload("{}"), false),
        ("no object", payload("[]"), false),
        ("no JSON", payload("x"), false),
        ("no base64", "a.b!.c".to_owned(), false),
        ("opaque", "2YotnFZFEjr1zCsicMWpAA".to_owned(), false),
        ("JWE", "e30.a.b.c.d".to_owned(), false),
        ("nothing", String::new(), false),
    ] {
        assert_eq!(recognizes(&validator, &token), expect, "{name}");
    }
}
