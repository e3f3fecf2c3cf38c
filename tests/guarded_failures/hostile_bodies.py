"""Bodies that want to be read in two ways, or not at all, each with an original in it.

>>> HOSTILE["utf-16"](b"{}")[:4]
b'\\xff\\xfe{\\x00'
"""

import gzip
import zlib
from collections.abc import Callable
from typing import Final

ANN: Final = b"ann@kanarien.contoso.com"
DEPTH: Final = 50_000
MARK: Final = b"MARKED"
"""Stands in the body that is made hostile, where the client says something."""


def _said(text: bytes) -> Callable[[bytes], bytes]:
    """Says something else in the place of the mark."""
    return lambda body: body.replace(MARK, text)


def _member(member: bytes) -> Callable[[bytes], bytes]:
    """Puts a member before all others."""
    return lambda body: b"{" + member + b"," + body.lstrip()[1:]


def _twice(body: bytes) -> bytes:
    """Everything twice: what one reader takes is not what another takes."""
    return body[:-1] + b"," + body.replace(MARK, ANN).lstrip()[1:]


def _twice_before(body: bytes) -> bytes:
    return body.replace(MARK, ANN)[:-1] + b"," + body.lstrip()[1:]


def _twice_escaped(body: bytes) -> bytes:
    """The second spelling of a name hides behind an escape."""
    hidden = body.replace(MARK, ANN).replace(b'"messages"', b'"m\\u0065ssages"')
    hidden = hidden.replace(b'"input"', b'"\\u0069nput"').replace(
        b'"contents"', b'"content\\u0073"'
    )
    return body[:-1] + b"," + hidden.lstrip()[1:]


def _ann(body: bytes) -> bytes:
    return body.replace(MARK, ANN)


def _in_utf(name: str) -> Callable[[bytes], bytes]:
    return lambda body: _ann(body).decode().encode(name)


HOSTILE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "deep list": _member(b'"x_deep":' + b"[" * DEPTH + b'"' + ANN + b'"' + b"]" * DEPTH),
    "deep object": _member(b'"x_deep":' + b'{"a":' * DEPTH + b'"' + ANN + b'"' + b"}" * DEPTH),
    "rather deep": _member(b'"x_deep":' + b"[" * 90 + b'"' + ANN + b'"' + b"]" * 90),
    "deep in a string": _said(b"[" * DEPTH + ANN + b"]" * DEPTH),
    "never closed": _member(b'"x_deep":' + b"[" * DEPTH),
    "twice": _twice,
    "twice, the other way": _twice_before,
    "twice, escaped": _twice_escaped,
    "twice within": _member(b'"x_a":{"b":"' + ANN + b'","b":"c"}'),
    "invalid utf-8": _said(ANN + b"\xff"),
    "overlong": _said(b"ann\xc1\x80kanarien.contoso.com " + ANN),
    "surrogates in utf-8": _said(ANN + b"\xed\xa0\x80"),
    "cut utf-8": _said(ANN + b"\xe2\x9f"),
    "lone surrogate": _said(ANN + b" \\ud800"),
    "lone surrogate, low": _said(b"\\udc00 " + ANN),
    "surrogate within": _said(b"ann\\ud800" + ANN),
    "surrogate pair": _said(b"\\ud83d\\ude00" + ANN),
    "escaped": _said(b"ann\\u0040kanarien.contoso.com"),
    "all escaped": _said(b"".join(b"\\u%04x" % byte for byte in ANN)),
    "solidus": _said(b"a\\/b " + ANN + b"\\/x"),
    "nul, escaped": _said(b"\\u0000" + ANN + b"\\u0000"),
    "nul": _said(b"\x00" + ANN),
    "control": _said(b"\x07" + ANN),
    "bom": lambda body: b"\xef\xbb\xbf" + _ann(body),
    "utf-16": _in_utf("utf-16"),
    "utf-16, no bom": _in_utf("utf-16-be"),
    "utf-32": _in_utf("utf-32"),
    "something after": lambda body: _ann(body) + b'{"x":"' + ANN + b'"}',
    "something before": lambda body: b'"' + ANN + b'"' + _ann(body),
    "white space": lambda body: b" \r\n\t" + _ann(body) + b"\n ",
    "comment": lambda body: b"/*" + ANN + b"*/" + body,
    "list": lambda body: b"[" + _ann(body) + b"]",
    "string": lambda _: b'"' + ANN + b'"',
    "number": lambda _: b"4539771122000001",
    "null": lambda _: b"null",
    "nothing": lambda _: b"",
    "single quotes": lambda body: _ann(body).replace(b'"', b"'"),
    "not a number": _member(b'"x_n":NaN,"x_s":"' + ANN + b'"'),
    "infinite": _member(b'"x_n":1e9999,"x_s":"' + ANN + b'"'),
    "many digits": _member(b'"x_n":' + b"9" * 5_000 + b',"x_s":"' + ANN + b'"'),
    "as a key": _member(b'"' + ANN + b'":1'),
    "as a key within": _member(b'"metadata":{"' + ANN + b'":"x"}'),
    "as keys that become equal": _member(
        b'"x_k":{"' + ANN + b'":1,"ann\\u0040kanarien.contoso.com ":2}'
    ),
    "as a number": _member(b'"x_card":4539771122000001'),
    "json in a string": _said(b'{\\"to\\":\\"' + ANN + b'\\"}'),
    "json in json in a string": _said(b'{\\"to\\":\\"[\\\\\\"' + ANN + b'\\\\\\"]\\"}'),
    "full width": _said("ann\uff20kanarien.contoso.com".encode()),
    "invisible": _said("ann\u200b@kanarien\u2060.contoso.com".encode()),
}
ENCODED: Final[dict[str, tuple[bytes, Callable[[bytes], bytes]]]] = {
    "gzip": (b"gzip", lambda body: gzip.compress(_ann(body))),
    "deflate": (b"deflate", lambda body: zlib.compress(_ann(body))),
    "unknown": (b"br", _ann),
    "not so": (b"gzip", _ann),
    "twice": (b"gzip, gzip", lambda body: gzip.compress(gzip.compress(_ann(body)))),
    "identity": (b"identity", _ann),
}
"""By the `content-encoding` that they come with."""
