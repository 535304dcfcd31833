//! Percent-encoding, [RFC 3986, section 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1).

/// Decodes each `%XX` once; what is no escape stays as it is.
pub(crate) fn decode(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let escaped = match rest {
            [b'%', high, low, tail @ ..] => byte(*high, *low).map(|byte| (byte, tail)),
            _ => None,
        };
        let (byte, tail) =
            escaped.or_else(|| rest.split_first().map(|(byte, tail)| (*byte, tail)))?;
        rest = tail;
        Some(byte)
    })
}

/// Writes the escape of a byte.
#[cfg_attr(
    not(any(feature = "openapi", feature = "tonic-health")),
    expect(
        dead_code,
        reason = "only names that are told of elsewhere are escaped"
    )
)]
pub(crate) fn escape(byte: u8, text: &mut String) {
    text.push('%');
    for half in [byte >> 4, byte & 15] {
        text.extend(char::from_digit(half.into(), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_decoded_once_and_all_else_stays() {
        for (text, expect) in [
            ("", &b""[..]),
            ("%41b%43", b"AbC"),
            ("%c3%A4", "ä".as_bytes()),
            ("%2541", b"%41"),
            ("%%41", b"%A"),
            ("%4", b"%4"),
            ("%", b"%"),
            ("%zz%ff", b"%zz\xff"),
            ("%+1", b"%+1"),
        ] {
            assert_eq!(
                decode(text.as_bytes()).collect::<Vec<_>>(),
                expect,
                "{text:?}"
            );
        }
    }
}
