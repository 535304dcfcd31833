//! `Forwarded`, [RFC 7239, section 4](https://www.rfc-editor.org/rfc/rfc7239#section-4).

/// What one line of it says of each hop, from the first one to the last: the value of `for`, where there is one.
///
/// `None` where the line does not follow the grammar of [RFC 7239, section 4]. A line is read alone: a quotation mark that
/// a caller leaves open cannot swallow what a proxy writes in the next.
///
/// [RFC 7239, section 4]: https://www.rfc-editor.org/rfc/rfc7239#section-4
pub(super) fn parse(line: &str) -> Option<Vec<Option<String>>> {
    let mut elements = Vec::new();
    let mut rest = trim(line);
    loop {
        let element;
        (element, rest) = parse_element(rest)?;
        elements.push(element);
        rest = trim(rest);
        if rest.is_empty() {
            return Some(elements);
        }
        rest = trim(rest.strip_prefix(',')?);
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Pairs with `;` between. An empty one is allowed by the grammar and says nothing; the same name twice is not.
fn parse_element(text: &str) -> Option<(Option<String>, &str)> {
    let mut names: Vec<&str> = Vec::new();
    let mut node = None;
    let mut rest = text;
    loop {
        if !rest.starts_with([';', ',', ' ', '\t']) && !rest.is_empty() {
            let (name, value, after) = parse_pair(rest)?;
            if names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return None;
            }
            if name.eq_ignore_ascii_case("for") {
                node = Some(value);
            }
            names.push(name);
            rest = after;
        }
        match rest.strip_prefix(';') {
            Some(after) => rest = after,
            None => return Some((node, rest)),
        }
    }
}

fn parse_pair(text: &str) -> Option<(&str, String, &str)> {
    let (name, rest) = take_token(text)?;
    let rest = rest.strip_prefix('=')?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let (value, rest) = take_quoted(quoted)?;
        Some((name, value, rest))
    } else {
        let (value, rest) = take_token(rest)?;
        Some((name, value.to_owned(), rest))
    }
}

/// [RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
fn take_token(text: &str) -> Option<(&str, &str)> {
    let is_token = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    let end = text.find(|char| !is_token(char)).unwrap_or(text.len());
    text.split_at_checked(end)
        .filter(|(token, _)| !token.is_empty())
}

/// [RFC 9110, section 5.6.4](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4), after the first quotation mark.
fn take_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next().filter(|char| is_text(*char))?),
            char if is_text(char) => value.push(char),
            _ => return None,
        }
    }
}

fn is_text(char: char) -> bool {
    char == '\t' || !char.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_read_by_the_grammar_of_rfc_7239_section_4() {
        #[rustfmt::skip] // a table
        let cases: &[(&str, Option<&[Option<&str>]>)] = &[
            ("for=192.0.2.60", Some(&[Some("192.0.2.60")])),
            ("For=\"[2001:db8:cafe::17]:4711\"", Some(&[Some("[2001:db8:cafe::17]:4711")])),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", Some(&[Some("192.0.2.60")])),
            ("proto=http;FOR=192.0.2.60", Some(&[Some("192.0.2.60")])),
            ("for=192.0.2.43, for=198.51.100.17", Some(&[Some("192.0.2.43"), Some("198.51.100.17")])),
            ("for=a\t ,\t for=b", Some(&[Some("a"), Some("b")])),
            (" for=a ", Some(&[Some("a")])),
            ("for=\"_gazonk\"", Some(&[Some("_gazonk")])),
            ("for=\"a\\\"b\\\\,;c\"", Some(&[Some("a\"b\\,;c")])),
            ("for=unknown;", Some(&[Some("unknown")])),
            ("proto=https", Some(&[None])),
            (";;", Some(&[None])),
            ("", Some(&[None])),
            ("for=a,", Some(&[Some("a"), None])),
            (",for=a", Some(&[None, Some("a")])),
            ("for=a;for=b", None),
            ("for=a;For=b", None),
            ("by=a;by=b", None),
            ("for", None),
            ("for=", None),
            ("=a", None),
            ("for =a", None),
            ("for= a", None),
            ("for=a; proto=http", None),
            ("for=a b", None),
            ("for=192.0.2.1:80", None),
            ("for=[::1]", None),
            ("for=\"a", None),
            ("for=\"a\\\"", None),
            ("for=\"a\"b", None),
            ("for=a\"b\"", None),
            ("for=\"a\u{1}\"", None),
            ("for=10.0.0.1;x=\", for=192.0.2.1;by=\"_x\"", None),
            ("för=a", None),
        ];
        for (line, expect) in cases {
            let found = parse(line);
            let found = found
                .as_ref()
                .map(|all| all.iter().map(Option::as_deref).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), *expect, "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_grammar_is_read_as_it_was_meant(
            hops in prop::collection::vec(("[a-z0-9._]{1,8}|[ -~]{0,12}", "(;proto=http)?", "[ \t]{0,2}"), 1..5),
        ) {
            let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            let parts = hops.iter().map(|(node, more, space)| format!("{space}for={}{more}{space}", quoted(node)));
            let line = parts.collect::<Vec<_>>().join(",");
            let expect: Vec<_> = hops.iter().map(|(node, ..)| Some(node.clone())).collect();
            prop_assert_eq!(parse(&line), Some(expect), "{}", line);
        }

        #[test]
        fn no_line_makes_it_panic(line in "(for|by|=|\"|\\\\|;|,| |a|\\[::1\\]){0,16}|\\PC*") {
            drop(parse(&line));
        }

        /// What a caller writes before it changes nothing of what a proxy adds, or spoils the whole line.
        #[test]
        fn nothing_before_it_changes_what_a_proxy_adds(before in "(for|by|=|\"|\\\\|;|,| |a){0,12}|[ -~]{0,20}") {
            for added in ["for=192.0.2.1", "for=\"[2001:db8::1]:80\";by=\"_x\"", "by=\"_x\";for=\"192.0.2.1:80\""] {
                let alone = parse(added).unwrap();
                if let Some(all) = parse(&format!("{before}, {added}")) {
                    prop_assert_eq!(all.last(), alone.last(), "{} {}", before, added);
                }
            }
        }
    }
}
