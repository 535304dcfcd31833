use super::*;

fn date(text: &str) -> Option<(u64, u64)> {
    let date: Date = serde_json::from_str(text).ok()?;
    Some((date.floor(), date.ceil()))
}

#[test]
fn a_date_is_a_number_of_seconds_within_four_digits_of_years() {
    for (text, expect) in [
        ("0", Some((0, 0))),
        ("-0", Some((0, 0))),
        ("-0.0", Some((0, 0))),
        ("1", Some((1, 1))),
        ("1.5", Some((1, 2))),
        ("1.0", Some((1, 1))),
        ("1e3", Some((1000, 1000))),
        ("0.25e-300", Some((0, 1))),
        ("4294967296", Some((1 << 32, 1 << 32))),
        ("253402300799", Some((253_402_300_799, 253_402_300_799))),
        ("253402300799.0", Some((253_402_300_799, 253_402_300_799))),
        ("253402300798.5", Some((253_402_300_798, 253_402_300_799))),
        ("253402300800", None),
        ("253402300799.5", None),
        ("9007199254740993", None),
        ("9223372036854775807", None),
        ("9223372036854775808", None),
        ("18446744073709551615", None),
        ("18446744073709551616", None),
        ("1e308", None),
        ("1e309", None),
        ("1e999999999999", None),
        ("-1", None),
        ("-0.5", None),
        ("-1e300", None),
        ("NaN", None),
        ("Infinity", None),
        ("null", None),
        ("true", None),
        ("\"1\"", None),
        ("[1]", None),
        ("{}", None),
        ("01", None),
        ("1.", None),
        ("+1", None),
        ("0x1", None),
    ] {
        assert_eq!(date(text), expect, "{text}");
    }
}

#[test]
fn one_member_is_read_and_the_others_are_skipped() {
    let text = r#"{"a":[1,{"b":2}],"\u0062":3,"c":"x"}"#;
    assert_eq!(read_member::<u8>(text, "b").unwrap(), Some(3));
    assert_eq!(
        read_member::<String>(text, "c").unwrap().as_deref(),
        Some("x")
    );
    assert_eq!(read_member::<u8>(text, "d").unwrap(), None);
    assert!(read_member::<u8>(text, "c").is_err());
}
