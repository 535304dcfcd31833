"""Reads a challenge by the letter of RFC 9110, section 11.6.1: one scheme, and parameters that stand there once each."""

import re

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARAMETER = rf'({TOKEN})=("(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t \x21-\x7e])*"|{TOKEN})'


def read(value):
    """The scheme and its parameters. Fails where the text is anything but one challenge."""
    found = re.fullmatch(rf"({TOKEN}) ({PARAMETER}(?:, {PARAMETER})*)", value or "")
    if not found:
        raise AssertionError(f"no challenge: {value!r}")
    parameters = {}
    for name, text in re.findall(PARAMETER, found[2]):
        if name in parameters:
            raise AssertionError(f"{name} twice: {value!r}")
        parameters[name] = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
    return found[1], parameters
