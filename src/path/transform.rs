//! What servers do to a path before they look at it, one habit a function: `None` where it changes nothing.

/// One habit.
pub(super) type Transform = fn(&[u8]) -> Option<Vec<u8>>;

/// All of them. The order does not matter: what one makes, the others are asked about.
pub(super) const ALL: &[Transform] = &[
    root,
    decode,
    fold_overlong,
    fold_what_looks_overlong,
    turn_backslashes,
    strip_params,
    cut_at_params,
    cut_at_control,
    remove_line_breaks,
    trim,
    cut_at_query,
    drop_authority,
    merge_slashes,
    resolve_dots,
];

/// `admin` and `*` begin at the root: HTTP/2 carries a `:path` without a slash.
fn root(path: &[u8]) -> Option<Vec<u8>> {
    (path.first() != Some(&b'/')).then(|| [b"/", path].concat())
}

/// Decodes each `%XX` once, and each `%uXXXX` that stands for ASCII; what is malformed stays.
pub(super) fn decode(path: &[u8]) -> Option<Vec<u8>> {
    if !path.contains(&b'%') {
        return None;
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match rest {
            [high, low, after @ ..] if *byte == b'%' && hex(*high).is_some() => {
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) {
                    decoded.push(high << 4 | low);
                    rest = after;
                    continue;
                }
            }
            [b'u' | b'U', b'0', b'0', high, low, after @ ..] if *byte == b'%' => {
                if let (Some(high @ 0..=7), Some(low)) = (hex(*high), hex(*low)) {
                    decoded.push(high << 4 | low);
                    rest = after;
                    continue;
                }
            }
            _ => {}
        }
        decoded.push(*byte);
    }
    (decoded.len() != path.len()).then_some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// UTF-8 that is longer than it must be, for an ASCII character: `C0 AF` is a slash to a careless decoder.
fn fold_overlong(path: &[u8]) -> Option<Vec<u8>> {
    fold(path, |last| last & 0xC0 == 0x80)
}

/// The same by a decoder that takes whatever comes last for the end of a character: to it, `C0 2F` is a slash too.
fn fold_what_looks_overlong(path: &[u8]) -> Option<Vec<u8>> {
    fold(path, |_| true)
}

fn fold(path: &[u8], is_tail: fn(u8) -> bool) -> Option<Vec<u8>> {
    if !path
        .iter()
        .any(|byte| matches!(byte, 0xC0 | 0xC1 | 0xE0 | 0xF0))
    {
        return None;
    }
    let mut folded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, tail @ ..] = rest {
        let (ascii, after) = match rest {
            [first @ (0xC0 | 0xC1), last, after @ ..] if is_tail(*last) => {
                (first << 6 | last & 0x3F, after)
            }
            [0xE0, middle @ (0x80 | 0x81), last, after @ ..] if is_tail(*last) => {
                (middle << 6 | last & 0x3F, after)
            }
            [0xF0, 0x80, middle @ (0x80 | 0x81), last, after @ ..] if is_tail(*last) => {
                (middle << 6 | last & 0x3F, after)
            }
            _ => (*byte, tail),
        };
        folded.push(ascii);
        rest = after;
    }
    (folded.len() != path.len()).then_some(folded)
}

fn turn_backslashes(path: &[u8]) -> Option<Vec<u8>> {
    path.contains(&b'\\').then(|| {
        path.iter()
            .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
            .collect()
    })
}

/// Leaves out `;params` of each segment.
fn strip_params(path: &[u8]) -> Option<Vec<u8>> {
    path.contains(&b';').then(|| {
        let segments = path.split(|byte| *byte == b'/');
        let bare: Vec<&[u8]> = segments.map(|segment| up_to(segment, b';')).collect();
        bare.join(&b'/')
    })
}

/// Leaves out all from the first `;`.
fn cut_at_params(path: &[u8]) -> Option<Vec<u8>> {
    shortened(path, up_to(path, b';'))
}

/// To a C string, a path ends at NUL; to some pattern matchers, a line break ends it.
fn cut_at_control(path: &[u8]) -> Option<Vec<u8>> {
    let end = path.iter().position(u8::is_ascii_control)?;
    path.get(..end).map(<[u8]>::to_vec)
}

/// What the URL parsers of browsers leave out, and NUL.
fn remove_line_breaks(path: &[u8]) -> Option<Vec<u8>> {
    let is_break = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0);
    path.iter().any(is_break).then(|| {
        let left = path.iter().copied();
        left.filter(|byte| !is_break(byte)).collect()
    })
}

/// White space and control characters at the end, in UTF-8 or, where it is none, in Latin-1.
fn trim(path: &[u8]) -> Option<Vec<u8>> {
    let kept = if let Ok(text) = str::from_utf8(path) {
        text.trim_end_matches(|c: char| c.is_whitespace() || c.is_control())
            .as_bytes()
    } else {
        let is_kept = |byte: &u8| !matches!(byte, 0..=0x20 | 0x7F..=0xA0);
        let end = path.iter().rposition(is_kept).map_or(0, |last| last + 1);
        path.get(..end).unwrap_or_default()
    };
    shortened(path, kept)
}

/// An encoded `?` or `#`, decoded before the target was taken apart.
fn cut_at_query(path: &[u8]) -> Option<Vec<u8>> {
    let end = path.iter().position(|byte| matches!(byte, b'?' | b'#'))?;
    path.get(..end).map(<[u8]>::to_vec)
}

/// `//host/path` and `http://host/path` are references with an authority.
fn drop_authority(path: &[u8]) -> Option<Vec<u8>> {
    let start = path.windows(2).position(|pair| pair == b"//")?;
    let before = path.get(..start)?;
    let is_scheme = |name: &[u8]| name.iter().all(u8::is_ascii_alphanumeric);
    match before.strip_suffix(b":") {
        Some(scheme) if is_scheme(scheme.strip_prefix(b"/").unwrap_or(scheme)) => {}
        None if before.is_empty() => {}
        Some(_) | None => return None,
    }
    let mut after = path.get(start + 2..)?.splitn(2, |byte| *byte == b'/');
    let _authority = after.next();
    Some([b"/", after.next().unwrap_or_default()].concat())
}

fn merge_slashes(path: &[u8]) -> Option<Vec<u8>> {
    let mut pairs = path.windows(2);
    pairs.any(|pair| pair == b"//").then(|| {
        let mut merged = path.to_vec();
        merged.dedup_by(|later, earlier| *later == b'/' && *earlier == b'/');
        merged
    })
}

/// [RFC 3986, section 5.2.4](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4).
fn resolve_dots(path: &[u8]) -> Option<Vec<u8>> {
    let relative = path.strip_prefix(b"/")?;
    let is_dot = |segment: &[u8]| matches!(segment, b"." | b"..");
    if !relative.split(|byte| *byte == b'/').any(is_dot) {
        return None;
    }
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut is_directory = false;
    for segment in relative.split(|byte| *byte == b'/') {
        is_directory = is_dot(segment);
        match segment {
            b"." => {}
            b".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut resolved = [b"/", kept.join(&b'/').as_slice()].concat();
    if is_directory && !kept.is_empty() {
        resolved.push(b'/');
    }
    Some(resolved)
}

fn up_to(bytes: &[u8], end: u8) -> &[u8] {
    bytes.split(|byte| *byte == end).next().unwrap_or_default()
}

/// Every habit makes a path shorter, or longer by the one slash at its start: so there is an end to it.
fn shortened(before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    (after.len() < before.len()).then(|| after.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(habit: Transform, cases: &[(&[u8], &[u8])]) {
        for (path, expect) in cases {
            let shown = path.escape_ascii();
            let expect = (path != expect).then(|| expect.to_vec());
            assert_eq!(habit(path), expect, "{shown}");
        }
    }

    #[test]
    fn each_triple_is_decoded_once_and_a_malformed_one_stays() {
        check(
            decode,
            &[
                (b"/%61%2F%2f", b"/a//"),
                (b"/%2561", b"/%61"),
                (b"/%", b"/%"),
                (b"/%4", b"/%4"),
                (b"/%zz%4g", b"/%zz%4g"),
                (b"/%%61", b"/%a"),
                (b"/%u0061%U002f", b"/a/"),
                (b"/%u0161", b"/%u0161"),
                (b"/%u00e1", b"/%u00e1"),
                (b"/xu0061%62", b"/xu0061b"),
                (b"/%c0%ae", b"/\xc0\xae"),
            ],
        );
    }

    #[test]
    fn overlong_ascii_is_folded_and_true_utf_8_stays() {
        check(
            fold_overlong,
            &[
                (b"/\xc0\xaf\xc0\xae\xc1\xa1", b"//.a"),
                (b"/\xe0\x80\xaf\xe0\x81\xa1", b"//a"),
                (b"/\xf0\x80\x80\xaf\xf0\x80\x81\xa1", b"//a"),
                ("/é€😀".as_bytes(), "/é€😀".as_bytes()),
                (b"/\xc0", b"/\xc0"),
                (b"/\xe0\x80", b"/\xe0\x80"),
                (
                    b"/\xc0/\xe0\x80/\xf0\x80\x80/",
                    b"/\xc0/\xe0\x80/\xf0\x80\x80/",
                ),
                (b"/\xc0\xc0\xaf", b"/\xc0/"),
            ],
        );
        check(
            fold_what_looks_overlong,
            &[
                (b"/\xc0\xaf\xc0\x2f\xc1\x1c\xc1\x5c", b"///\\\\"),
                (b"/\xe0\x80\x2e\xf0\x80\x81\x21", b"/.a"),
                ("/é€😀".as_bytes(), "/é€😀".as_bytes()),
                (b"/\xc0", b"/\xc0"),
            ],
        );
    }

    #[test]
    fn dots_are_resolved_as_in_rfc_3986_section_5_2_4() {
        check(
            resolve_dots,
            &[
                (b"/a/b/c/./../../g", b"/a/g"),
                (b"/..", b"/"),
                (b"/../..", b"/"),
                (b"/.", b"/"),
                (b"/a/.", b"/a/"),
                (b"/a/..", b"/"),
                (b"/a/b/..", b"/a/"),
                (b"/a//../b", b"/a/b"),
                (b"/a/...", b"/a/..."),
                (b"/", b"/"),
                (b"*", b"*"),
            ],
        );
    }

    #[test]
    fn an_authority_is_dropped_only_from_the_start() {
        check(
            drop_authority,
            &[
                (b"//host/a/b", b"/a/b"),
                (b"//host", b"/"),
                (b"http://host/a", b"/a"),
                (b"/http://host/a", b"/a"),
                (b"/a//b", b"/a//b"),
                (b"/a/http://b", b"/a/http://b"),
            ],
        );
    }
}
