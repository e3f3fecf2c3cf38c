"""Requests that no server should serve, or only in one way, as bytes.

Each `Case` says what may be forwarded for it: nothing, or one request with the marker. Where
a case is legal HTTP that the gateway may serve or refuse, `may_serve` is true.

>>> CASES[0].name
'content_length_and_chunked'
"""

import msgspec

HOST = b"host: gateway.test\r\n"
CLIENT_KEY = "dt-arena-canary-77aa"
JSON = b"content-type: application/json\r\nauthorization: Bearer " + CLIENT_KEY.encode() + b"\r\n"
"""What every request says of itself, its key included."""
LINE = b"POST /v1/chat/completions HTTP/1.1\r\n"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One hostile request; `MARK` in it is replaced by a marker of its own."""

    name: str
    payload: bytes
    may_serve: bool = False


def body(marker: bytes = b"MARK") -> bytes:
    """A small request body."""
    return b'{"model":"m","messages":[{"role":"user","content":"' + marker + b'"}]}'


def whole(
    headers: bytes = b"", *, line: bytes = LINE, content: bytes | None = None, length: bool = True
) -> bytes:
    """A request with further header lines, and a right length unless told otherwise."""
    content = body() if content is None else content
    size = b"content-length: %d\r\n" % len(content) if length else b""
    return line + HOST + JSON + headers + size + b"\r\n" + content


def chunked(chunks: bytes, headers: bytes = b"transfer-encoding: chunked\r\n") -> bytes:
    """A request with a body that is already cut in chunks."""
    return LINE + HOST + JSON + headers + b"\r\n" + chunks


def chunk(content: bytes, extension: bytes = b"") -> bytes:
    """One chunk and the last chunk."""
    return b"%x%b\r\n%b\r\n0\r\n\r\n" % (len(content), extension, content)


GOOD = body()
SIZE = b"%d" % len(GOOD)
SMUGGLED = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"


def _case(name: str, payload: bytes, *, may_serve: bool = False) -> Case:
    return Case(name=name, payload=payload, may_serve=may_serve)


LENGTHS = (
    _case("content_length_and_chunked", whole(b"transfer-encoding: chunked\r\n")),
    _case(
        "chunked_and_content_length",
        chunked(chunk(GOOD), b"transfer-encoding: chunked\r\ncontent-length: 4\r\n"),
    ),
    _case("two_lengths_that_differ", whole(b"content-length: 3\r\n")),
    _case("two_lengths_alike", whole(b"content-length: " + SIZE + b"\r\n")),
    _case("length_list", whole(b"content-length: 3, 3\r\n", length=False)),
    _case("negative_length", whole(b"content-length: -1\r\n", length=False)),
    _case("plus_length", whole(b"content-length: +" + SIZE + b"\r\n", length=False)),
    _case("hex_length", whole(b"content-length: 0x10\r\n", length=False)),
    _case("empty_length", whole(b"content-length:\r\n", length=False)),
    _case("huge_length", whole(b"content-length: 99999999999\r\n", length=False)),
    _case("overflowing_length", whole(b"content-length: 18446744073709551617\r\n", length=False)),
    _case("length_with_space_inside", whole(b"content-length: 1 2\r\n", length=False)),
    _case("no_length", whole(length=False)),
)
TRANSFER = (
    _case("coding_list", chunked(chunk(GOOD), b"transfer-encoding: gzip, chunked\r\n")),
    _case("chunked_not_last", chunked(chunk(GOOD), b"transfer-encoding: chunked, gzip\r\n")),
    _case("chunked_twice", chunked(chunk(GOOD), b"transfer-encoding: chunked, chunked\r\n")),
    _case("identity", chunked(chunk(GOOD), b"transfer-encoding: identity\r\n")),
    _case("misspelt_chunked", chunked(chunk(GOOD), b"transfer-encoding: xchunked\r\n")),
    _case("vertical_tab_chunked", chunked(chunk(GOOD), b"transfer-encoding: \x0bchunked\r\n")),
    _case(
        "coding_twice",
        chunked(chunk(GOOD), b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n"),
    ),
    _case("old_version_chunked", chunked(chunk(GOOD)).replace(b"HTTP/1.1", b"HTTP/1.0")),
    _case("quoted_chunked", chunked(chunk(GOOD), b'transfer-encoding: "chunked"\r\n')),
)
CHUNKS = (
    _case("chunk_size_overflow", chunked(b"fffffffffffffffff\r\nx\r\n0\r\n\r\n")),
    _case("chunk_size_sign", chunked(b"+5\r\nhello\r\n0\r\n\r\n")),
    _case("chunk_size_negative", chunked(b"-5\r\nhello\r\n0\r\n\r\n")),
    _case("chunk_size_prefix", chunked(b"0x5\r\nhello\r\n0\r\n\r\n")),
    _case("chunk_size_space", chunked(b"5 \r\nhello\r\n0\r\n\r\n")),
    _case("chunk_size_empty", chunked(b"\r\nhello\r\n0\r\n\r\n")),
    _case("chunk_too_long", chunked(b"%x\r\n%bxx\r\n0\r\n\r\n" % (len(GOOD), GOOD))),
    _case("chunk_bare_line_feed", chunked(b"%x\n%b\n0\n\n" % (len(GOOD), GOOD))),
    _case("chunk_bare_return", chunked(b"%x\r%b\r\n0\r\n\r\n" % (len(GOOD), GOOD))),
    _case("chunk_extension", chunked(chunk(GOOD, b";a=b")), may_serve=True),
    _case("chunk_extension_line_feed", chunked(chunk(GOOD, b";a\nb"))),
    # Skipped unread; what an endless one may cost is in `test_floods.py`.
    _case("chunk_extension_huge", chunked(chunk(GOOD, b";" + b"a" * 300_000)), may_serve=True),
    _case(
        "trailer_smuggles_length",
        chunked(b"%x\r\n%b\r\n0\r\ncontent-length: 5\r\n\r\n" % (len(GOOD), GOOD)),
        may_serve=True,
    ),
    _case("endless_trailers", chunked(b"0\r\n" + b"a: b\r\n" * 60_000)),
)
HEADS = (
    _case("bare_line_feeds", whole().replace(b"\r\n", b"\n")),
    _case("bare_line_feed_in_header", whole(b"x-a: b\nx-c: d\r\n")),
    _case("lone_return", whole(b"x-a: b\rx-c: d\r\n")),
    _case("folded_header", whole(b"x-a: b\r\n c\r\n")),
    _case("folded_first_header", LINE + b" x: y\r\n" + HOST + b"\r\n"),
    _case("space_before_colon", whole(b"x-a : b\r\n")),
    _case("space_before_colon_length", whole(b"content-length : 3\r\n", length=False)),
    _case("no_colon", whole(b"x-a\r\n")),
    _case("no_name", whole(b": b\r\n")),
    _case("null_in_name", whole(b"x\x00a: b\r\n")),
    _case("null_in_value", whole(b"x-a: b\x00c\r\n")),
    _case("control_in_value", whole(b"x-a: b\x07c\r\n")),
    _case("null_in_forwarded_value", whole(b"anthropic-beta: a\x00b\r\n")),
    _case("line_feed_in_forwarded_value", whole(b"anthropic-beta: a\nauthorization: b\r\n")),
    _case("huge_header", whole(b"x-a: " + b"b" * 300_000 + b"\r\n")),
    _case("huge_name", whole(b"x" * 300_000 + b": b\r\n")),
    _case("many_headers", whole(b"".join(b"x-%d: y\r\n" % n for n in range(2_000)))),
    # RFC 9112 section 3.2: neither may be served.
    _case("two_hosts", whole(b"host: other.test\r\n")),
    _case("no_host", whole().replace(HOST, b"")),
)
LINES = (
    _case("huge_target", whole(line=b"POST /" + b"a" * 300_000 + b" HTTP/1.1\r\n")),
    _case("space_in_target", whole(line=b"POST /v1/chat/ completions HTTP/1.1\r\n")),
    _case("tab_in_line", whole(line=b"POST\t/v1/chat/completions\tHTTP/1.1\r\n")),
    _case("null_in_target", whole(line=b"POST /v1/chat/completions\x00 HTTP/1.1\r\n")),
    _case("return_in_target", whole(line=b"POST /v1/chat\r/completions HTTP/1.1\r\n")),
    _case("no_version", whole(line=b"POST /v1/chat/completions\r\n")),
    _case("version_9", whole(line=b"POST /v1/chat/completions HTTP/9.9\r\n")),
    _case("http_2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    _case("tls_hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)),
    _case("noise", bytes(range(256)) * 8),
    _case("lower_case_method", whole(line=b"post /v1/chat/completions HTTP/1.1\r\n")),
    _case("unknown_method", whole(line=b"STEAL /v1/chat/completions HTTP/1.1\r\n")),
    _case("delete", whole(line=b"DELETE /v1/chat/completions HTTP/1.1\r\n")),
    _case("connect", b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: 127.0.0.1:22\r\n\r\n"),
    _case("absolute_elsewhere", whole(line=b"POST http://evil.test/v1/x HTTP/1.1\r\n")),
    _case(
        "absolute_form",
        whole(line=b"POST http://gateway.test/v1/chat/completions HTTP/1.1\r\n"),
        may_serve=True,
    ),
    _case("asterisk", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    _case("options", b"OPTIONS /v1/chat/completions HTTP/1.1\r\n" + HOST + b"\r\n"),
    _case("upgrade", whole(b"connection: upgrade\r\nupgrade: h2c\r\n"), may_serve=True),
    _case("dot_segments", whole(line=b"POST /v1/../v1/chat/completions HTTP/1.1\r\n")),
    _case("double_slash", whole(line=b"POST //v1/chat/completions HTTP/1.1\r\n")),
    _case("encoded_path", whole(line=b"POST /v1/%63hat/completions HTTP/1.1\r\n"), may_serve=True),
    _case("encoded_return", whole(line=b"POST /v1/chat/completions%0d%0ax:y HTTP/1.1\r\n")),
)
CASES = (*LENGTHS, *TRANSFER, *CHUNKS, *HEADS, *LINES)
"""All of them; names are unique."""
