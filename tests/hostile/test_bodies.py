"""Well-formed HTTP with hostile contents: bodies, model names, keys, headers, forgeries.

What is wrong is refused in the client's own dialect, with a stable code and one ledger entry,
and nothing of it reaches a provider.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from tests.hostile.arena import LIMITS, Arena
from tests.hostile.errors import ANTHROPIC_PATHS, error_code
from tests.hostile.malformed import CLIENT_KEY, HOST, whole
from tests.hostile.raw_client import Answer, send
from tests.ledger_entries import entry_of

OPENAI_PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings")
DEPTH = 10_000
UNREADABLE = {
    "empty": b"",
    "text": b"hello",
    "truncated": b'{"model":"m","messages":[',
    "two_values": b'{"model":"m","messages":[]} {"model":"m"}',
    "trailing_comma": b'{"model":"m","messages":[],}',
    "single_quotes": b"{'model':'m'}",
    "array": b'["model","m"]',
    "string": b'"model"',
    "null": b"null",
    "number": b"1",
    "deep_arrays": b'{"model":"m","messages":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "deep_objects": b'{"model":"m","a":' + b'{"a":' * DEPTH + b"1" + b"}" * DEPTH + b"}",
    "not_a_number": b'{"model":"m","temperature":NaN,"messages":[]}',
    "infinity": b'{"model":"m","temperature":Infinity,"messages":[]}',
    "invalid_utf8": b'{"model":"m","messages":[{"role":"user","content":"\xff\xfe"}]}',
    "invalid_utf8_model": b'{"model":"m\xff","messages":[]}',
    "lone_surrogate": b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}',
    "byte_order_mark": b'\xef\xbb\xbf{"model":"m","messages":[]}',
    "utf_16": '{"model":"m","messages":[]}'.encode("utf-16"),
    "control_in_string": b'{"model":"m","messages":[{"content":"a\nb"}]}',
    "model_twice": b'{"model":"m","model":"other","messages":[]}',
    "model_twice_escaped": b'{"model":"m","mod\\u0065l":"other","messages":[]}',
    "model_escaped_first": b'{"mod\\u0065l":"other","model":"m","messages":[]}',
    "model_absent": b'{"messages":[]}',
    "model_null": b'{"model":null,"messages":[]}',
    "model_number": b'{"model":1,"messages":[]}',
    "model_array": b'{"model":["m"],"messages":[]}',
    "model_object": b'{"model":{"m":1},"messages":[]}',
}
UNKNOWN_MODELS = {
    "unknown": b"gpt-nobody",
    "empty": b"",
    "null_character": b"m\\u0000",
    "line_feed": b"m\\r\\nx-evil: 1",
    "path": b"../../etc/passwd",
    "surrogate": b"m\\ud800",
    "long": b"m" * 100_000,
    "markup": b"<script>alert(1)</script>",
    "other_case": b"M",
    "space": b"m ",
}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its only answer."""

    name: str
    answer: Answer


def ask(arena: Arena, requests: dict[str, bytes]) -> list[Call]:
    """Sends each request on its own connection and takes the one answer that it gets."""
    return asyncio.run(_ask_all(arena.port, requests))


async def _ask_all(port: int, requests: dict[str, bytes]) -> list[Call]:
    exchanges = await asyncio.gather(
        *(send(port, [payload], until_answers=1) for payload in requests.values())
    )
    calls: list[Call] = []
    for name, exchange in zip(requests, exchanges, strict=True):
        assert len(exchange.answers) == 1, (name, exchange)
        calls.append(Call(name=name, answer=exchange.answers[0]))
    return calls


def assert_refused(
    arena: Arena, calls: Sequence[Call], *, path: str, status: int, code: str
) -> None:
    """Every call got this error, and has one ledger entry that says so."""
    assert [(call.name, call.answer.status) for call in calls if call.answer.status != status] == []
    for call in calls:
        assert error_code(call.answer, path) == code, call.name
        entry = entry_of(arena.gateway.state, call.answer.headers["x-detente-request-id"])
        assert (entry.status, entry.error) == (status, code)


def _line(path: str) -> bytes:
    return b"POST %b HTTP/1.1\r\n" % path.encode()


@pytest.mark.parametrize("path", [*OPENAI_PATHS, *ANTHROPIC_PATHS])
def test_unreadable_bodies_are_refused(arena: Arena, path: str) -> None:
    before = len(arena.strict.received)
    requests = {n: whole(line=_line(path), content=c) for n, c in UNREADABLE.items()}
    calls = ask(arena, requests)
    assert_refused(arena, calls, path=path, status=400, code="request_invalid")
    assert len(arena.strict.received) == before


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages"])
def test_a_stream_wish_that_is_no_wish_is_refused(arena: Arena, path: str) -> None:
    content = b'{"model":"m","stream":"true","messages":[]}'
    calls = ask(arena, {"text": whole(line=_line(path), content=content)})
    assert_refused(arena, calls, path=path, status=400, code="request_invalid")


@pytest.mark.parametrize("path", [*OPENAI_PATHS, *ANTHROPIC_PATHS])
def test_unknown_models_are_refused(arena: Arena, path: str) -> None:
    before = len(arena.strict.received)
    requests = {
        name: whole(line=_line(path), content=b'{"model":"%b","messages":[]}' % model)
        for name, model in UNKNOWN_MODELS.items()
    }
    for call in ask(arena, requests):
        assert call.answer.status in (400, 404), call
        code = error_code(call.answer, path)
        assert code == ("model_unknown" if call.answer.status == 404 else "request_invalid")
        assert b"x-evil" not in b"".join(k.encode() for k in call.answer.headers)
        assert len(call.answer.body) < 2_000
    assert len(arena.strict.received) == before


@pytest.mark.parametrize("path", [*OPENAI_PATHS, *ANTHROPIC_PATHS])
def test_wrong_keys_are_refused(arena: Arena, path: str) -> None:
    before = len(arena.strict.received)
    content = b'{"model":"m","messages":[]}'
    good = CLIENT_KEY.encode()
    headers = {
        "absent": b"",
        "empty": b"authorization:\r\n",
        "no_scheme": b"authorization: " + good + b"\r\n",
        "basic": b"authorization: Basic " + good + b"\r\n",
        "wrong": b"authorization: Bearer dt-wrong\r\n",
        "prefix": b"authorization: Bearer " + good[:-1] + b"\r\n",
        "longer": b"authorization: Bearer " + good + b"x\r\n",
        "upper": b"authorization: Bearer " + good.upper() + b"\r\n",
        "huge": b"authorization: Bearer " + b"x" * 8_000 + b"\r\n",
        "injection": b"authorization: Bearer ' OR '1'='1\r\n",
        "not_ascii": b"authorization: Bearer \xff\xfe\r\n",
        "upstreams": b"authorization: Bearer sk-upstream-canary-5d1c\r\n",
        "api_key": b"api-key: dt-wrong\r\n",
        "x_api_key": b"x-api-key: dt-wrong\r\n",
    }
    requests = {
        name: _line(path) + HOST + line + b"content-length: %d\r\n\r\n" % len(content) + content
        for name, line in headers.items()
    }
    calls = ask(arena, requests)
    assert_refused(arena, calls, path=path, status=401, code="key_invalid")
    assert len(arena.strict.received) == before


@pytest.mark.parametrize("name", ["authorization", "content-type", "x-detente-route", "expect"])
def test_headers_that_two_readers_could_read_differently_may_not_come_twice(
    arena: Arena, name: str
) -> None:
    twice = b"%b: a\r\n%b: b\r\n" % (name.encode(), name.title().encode())
    calls = ask(arena, {name: whole(twice)})
    assert_refused(arena, calls, path=OPENAI_PATHS[0], status=400, code="request_invalid")


def test_a_trailer_is_no_header(arena: Arena) -> None:
    content = b'{"model":"m","messages":[{"role":"user","content":"by-trailer"}]}'
    head = _line(OPENAI_PATHS[0]) + HOST + b"transfer-encoding: chunked\r\n\r\n"
    key = b"authorization: Bearer " + CLIENT_KEY.encode() + b"\r\n\r\n"
    payload = head + b"%x\r\n%b\r\n0\r\n" % (len(content), content) + key
    calls = ask(arena, {"key": payload})
    assert_refused(arena, calls, path=OPENAI_PATHS[0], status=401, code="key_invalid")
    assert arena.strict.holding(b"by-trailer") == []


def test_large_bodies_are_refused_before_they_are_read(arena: Arena) -> None:
    size = LIMITS["request_body_bytes_max"] + 1
    head = b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST
    head += b"authorization: Bearer " + CLIENT_KEY.encode() + b"\r\n"
    requests = {
        "announced": head + b"content-length: %d\r\n\r\n" % size,
        "expected": head + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % size,
        "chunked": head
        + b"transfer-encoding: chunked\r\n\r\n"
        + b"10000\r\n%b\r\n" % (b"x" * 65_536) * 17,
    }
    calls = ask(arena, requests)
    assert_refused(arena, calls, path="/v1/chat/completions", status=413, code="request_too_large")


def test_a_client_that_expects_continue_is_served(arena: Arena) -> None:
    content = b'{"model":"m","messages":[{"role":"user","content":"continue-me"}]}'
    payload = whole(b"expect: 100-continue\r\n", content=content)
    head, _, body = payload.partition(b"\r\n\r\n")
    exchange = asyncio.run(send(arena.port, [head + b"\r\n\r\n", body], until_answers=1))
    assert exchange.statuses == [200]
    (got,) = arena.strict.holding(b"continue-me")
    assert got.header(b"expect") == []


def test_only_named_headers_travel_and_credentials_never(arena: Arena) -> None:
    forged = (
        b"x-detente-request-id: forged\r\nx-detente-deployment: forged\r\nx-detente-labels: a=b\r\n"
        b"x-forwarded-for: 10.0.0.1\r\nforwarded: for=10.0.0.1\r\nx-real-ip: 10.0.0.1\r\n"
        b"cookie: session=1\r\nproxy-authorization: Basic eA==\r\nconnection: keep-alive, x-hop\r\n"
        b"x-hop: 1\r\nx-api-key: dt-arena-canary-77aa\r\napi-key: dt-arena-canary-77aa\r\n"
        b"openai-organization: org\r\nopenai-project: proj\r\nreferer: http://x/\r\n"
        b"accept-encoding: br\r\nx-amz-security-token: t\r\ntransfer: x\r\nte: trailers\r\n"
    )
    content = b'{"model":"m","messages":[{"role":"user","content":"headers-here"}]}'
    exchange = asyncio.run(send(arena.port, [whole(forged, content=content)], until_answers=1))
    assert exchange.statuses == [200]
    assert exchange.answers[0].headers["x-detente-request-id"] != "forged"
    (got,) = arena.strict.holding(b"headers-here")
    names = {name.lower() for name, _ in got.headers}
    assert names <= {
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
        b"accept",
        b"accept-encoding",
        b"user-agent",
    }
    assert got.header(b"authorization") == [b"Bearer sk-upstream-canary-5d1c"]
    assert b"gateway.test" not in b"".join(got.header(b"host"))


def test_canary_keys_are_in_no_log_and_no_ledger(arena: Arena) -> None:
    for file in arena.gateway.folder.rglob("*"):
        if file.is_file() and file.suffix not in (".toml", ".key"):
            content = file.read_bytes()
            assert CLIENT_KEY.encode() not in content, file.name
            assert b"sk-upstream-canary" not in content, file.name


def test_queries_and_paths_do_not_travel(arena: Arena) -> None:
    content = b'{"model":"m","messages":[{"role":"user","content":"query-here"}]}'
    lines = {
        "query": b"POST /v1/chat/completions?api-version=x%0d%0ax:y&a=b HTTP/1.1\r\n",
        "azure": b"POST /openai/deployments/m/chat/completions?api-version=%0d%0ax:y HTTP/1.1\r\n",
    }
    exchanges = ask(arena, {n: whole(line=line, content=content) for n, line in lines.items()})
    assert [call.answer.status for call in exchanges] == [200, 200]
    targets = {got.target for got in arena.strict.holding(b"query-here")}
    assert targets == {b"/v1/chat/completions"}


def test_an_azure_path_cannot_inject(arena: Arena) -> None:
    before = len(arena.strict.received)
    content = b'{"messages":[]}'
    names = (b"m%0d%0ax:y", b"m%00", b"..%2f..%2fadmin", b"%2e%2e", b"m%ff", b"%6d%2fx", b"%zz")
    requests = {
        name.decode(): whole(
            line=b"POST /openai/deployments/%b/chat/completions?api-version=1 HTTP/1.1\r\n" % name,
            content=content,
        )
        for name in names
    }
    for call in ask(arena, requests):
        assert 400 <= call.answer.status < 500, call
    assert len(arena.strict.received) == before


ODD = {
    "huge_integer": b'{"model":"m","marker":"odd-1","seed":' + b"9" * 400 + b"}",
    "huge_float": b'{"model":"m","marker":"odd-2","temperature":1e999999}',
    "small_float": b'{"model":"m","marker":"odd-3","temperature":-0.0000000000000000000000001E-7}',
    "null_character": b'{"model":"m","marker":"odd-5","messages":[{"content":"a\\u0000\\r\\nb"}]}',
    "other_key_twice": b'{"model":"m","marker":"odd-6","seed":1,"seed":2}',
    "white_space": b'\r\n\t {"marker" :\t"odd-7"\r\n,\n"model"\n:\n"m"\n}\n\n',
    "model_in_other_places": b'{"a":{"model":"x"},"model":"m","b":["model"],"marker":"odd-8"}',
    "escaped_key": b'{"mod\\u0065l":"m","marker":"odd-9"}',
    "escaped_value": b'{"model":"\\u006d","marker":"odd-10"}',
    "nested": b'{"model":"m","marker":"odd-11","a":' + b"[" * 200 + b"]" * 200 + b"}",
    "emoji": '{"model":"m","marker":"odd-12","a":"\U0001f600\u2028\u00e9"}'.encode(),
    "line_separators": b'{"model":"m","marker":"odd-13","a":"\xe2\x80\xa8\xef\xbf\xbe"}',
}
"""Legal JSON that careless readers break; the providers judge what it says."""


def test_odd_but_legal_bodies_travel_unchanged(arena: Arena) -> None:
    calls = ask(arena, {name: whole(content=content) for name, content in ODD.items()})
    assert [(c.name, c.answer.status) for c in calls if c.answer.status != 200] == []
    forwarded = {got.body for got in arena.strict.holding(b'"odd-')}
    # `escaped_value` may be written plainly: it is the member that the gateway edits.
    plain = ODD["escaped_value"].replace(b"\\u006d", b"m")
    assert set(ODD.values()) - forwarded <= {ODD["escaped_value"]}
    assert forwarded <= {*ODD.values(), plain}


@pytest.mark.parametrize("target", ["/v1/models", "/v1/chat/completions", "/nowhere"])
def test_an_answer_to_head_has_no_body(arena: Arena, target: str) -> None:
    head = f"HEAD {target} HTTP/1.1\r\nhost: gateway.test\r\n".encode()
    key = f"authorization: Bearer {CLIENT_KEY}\r\n\r\n".encode()
    exchange = asyncio.run(send(arena.port, [head + key]))
    assert exchange.ended
    line, _, body = exchange.received.partition(b"\r\n\r\n")
    assert line.startswith((b"HTTP/1.1 200", b"HTTP/1.1 40"))
    assert body == b""
