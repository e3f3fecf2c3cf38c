"""Requests that fail in every way, each with a credential in it, and a provider that tells on us.

>>> sent = Asked(keys, chance).data_plane()
"""

import asyncio
import re
from collections.abc import Generator
from contextlib import contextmanager
from random import Random

import msgspec

from tests.loop_thread import loop_thread

KEY_LINES = (
    "authorization: Bearer {key}",
    "authorization: {key}",
    "authorization: Basic {key}",
    "x-api-key: {key}",
    "api-key: {key}",
    "x-goog-api-key: {key}",
    "proxy-authorization: Bearer {key}",
    "cookie: session={key}",
    "x-detente-labels: team={key}",
)
TARGETS = (
    "/v1/chat/completions",
    "/v1/messages",
    "/v1/responses",
    "/v1/embeddings",
    "/v1beta/models/m:generateContent",
    "/model/m/converse",
    "/v1/models",
    "/v1/nothing",
)
QUERIES = ("?key={key}", "?api_key={key}", "?access_token={key}", "?x=1&key={key}")
ADMIN = (
    "/admin/v1/status",
    "/admin/v1/keys",
    "/admin/v1/keys/nobody",
    "/admin/v1/budgets",
    "/admin/v1/audit",
    "/admin/v1/openapi.json",
    "/admin/v1/nothing",
    "/metrics",
    "/nothing",
)
BODY = (
    '{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hello"}],'
    '"contents":[{"role":"user","parts":[{"text":"hi"}]}],"input":"hi"}'
)
SIGNED = (
    "authorization: AWS4-HMAC-SHA256 Credential={id}/20261122/us-east-1/bedrock/aws4_request,"
    " SignedHeaders=host;x-amz-date, Signature={key}\r\nx-amz-date: 20261122T000000Z"
)


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What clients send: `good` is a key that is known, `poor` one with no budget left."""

    good: str
    poor: str
    bad: tuple[str, ...]
    good_admin: str
    bad_admin: tuple[str, ...]
    access_key: str


class Asked:
    """Makes requests; each of them fails, or is one of those at which the provider fails."""

    def __init__(self, keys: Credentials, chance: Random) -> None:
        self._keys = keys
        self._chance = chance

    def data_plane(self) -> bytes:
        """One request to the gateway."""
        chance, keys = self._chance, self._keys
        kind = chance.randrange(10)
        bad = chance.choice(keys.bad)
        if kind < 4:
            line = chance.choice(KEY_LINES).format(key=bad)
            return _request(chance.choice(TARGETS), line)
        if kind == 4:
            query = chance.choice(QUERIES).format(key=bad.replace(" ", "%20"))
            return _request(chance.choice(TARGETS) + query, "x-nothing: 1")
        if kind == 5:
            line = SIGNED.format(id=keys.access_key, key=bad)
            return _request("/model/m/converse", line)
        if kind == 6:
            return self._malformed(chance.choice((bad, keys.good)))
        key = keys.poor if kind == 7 else keys.good
        return _request(TARGETS[0], f"authorization: Bearer {key}")

    def _malformed(self, key: str) -> bytes:
        line = f"authorization: Bearer {key}"
        whole = _request(TARGETS[0], line)
        return self._chance.choice(
            (
                whole.replace(b"HTTP/1.1", b"HTTP/9.9"),
                whole.replace(b"content-length: ", b"content-length: x"),
                whole.replace(b"authorization:", b"authorization :"),
                whole.replace(b'"messages"', b'"messages'),
                whole.replace(b"host: gateway.test\r\n", b""),
                whole.replace(b"\r\nhost", b"\r\ntransfer-encoding: chunked\r\nhost"),
                whole.replace(b"POST ", b"P\x00ST "),
                f"GET /{key} {key}\r\n\r\n".encode(),
                f"{line}\r\n\r\n".encode(),
                _request(TARGETS[0], f"{line}\r\nx-api-key: {key}x"),
                _request(TARGETS[0], line, f'{{"model":"m","api_key":"{key}","n":[}}'),
                _request(f"/v1/{key}", line),
                _request(f"/v1beta/models/none:{key}", line),
            )
        )

    def admin(self) -> bytes:
        """One request to the admin API; nothing that changes anything is understood."""
        chance, keys = self._chance, self._keys
        key = chance.choice((*keys.bad_admin, *keys.bad, keys.good, keys.good_admin))
        line = chance.choice(("authorization: Bearer {key}", "x-api-key: {key}", "cookie: k={key}"))
        host = chance.choice(("127.0.0.1", "127.0.0.1", "127.0.0.1", f"{key}.example"))
        target = chance.choice(ADMIN)
        if chance.random() < 0.2:
            target += f"?key={key}"
        method = chance.choice(("GET", "GET", "POST", "PATCH", "PUT"))
        body = chance.choice((f'{{"name": "{key}"', f'{{"secret": "{key}"}}', "[]"))
        return _request(target, line.format(key=key), body, method=method, host=host)


def _request(
    target: str, line: str, body: str = BODY, *, method: str = "POST", host: str = "gateway.test"
) -> bytes:
    content = body.encode()
    head = (
        f"{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{line}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode("latin-1") + content


LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
SENT = re.compile(rb"(?i)\r\nauthorization:\s*bearer ([^\r]+)")
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


class TellTale:
    """A provider that fails in turn in every way, and quotes the key that it was sent.

    Not in answers of status 200: what stands in those is relayed byte for byte, and is not looked
    at.
    """

    def __init__(self) -> None:
        self.base_url = ""
        self.asked = 0

    async def start(self) -> asyncio.Server:
        """Listens on a free loopback port of the running loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            found = LENGTH.search(head)
            await reader.readexactly(int(found[1]) if found else 0)
            sent = SENT.search(head)
            self.asked += 1
            writer.write(_failing(self.asked, sent[1] if sent else b""))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _failing(number: int, key: bytes) -> bytes:
    """Answers that quote the key: in headers, in words, in what should be JSON or a stream."""
    said = b'{"error":{"message":"Incorrect API key provided: %b.","type":"e","code":"%b"}}'
    error = said % (key, key)
    answers = (
        _answer(401, error),
        _answer(403, error, b"www-authenticate: Bearer " + key + b"\r\n"),
        _answer(400, error),
        _answer(429, error, b"retry-after: " + key + b"\r\n"),
        _answer(500, b"<html>" + key),
        _answer(503, error),
        _answer(200, b"not json"),
        _answer(302, b"", b"location: http://127.0.0.1:9/?key=" + key + b"\r\n"),
        b"HTTP/1.1 " + key + b"\r\n\r\n",
        key,
        b"",
        STREAM + b"data: {",
    )
    return answers[number % len(answers)]


def _answer(status: int, body: bytes, headers: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\nconnection: close\r\n" % status
    return head + headers + b"content-length: %d\r\n\r\n" % len(body) + body


@contextmanager
def tell_tale() -> Generator[TellTale]:
    """The provider, while the block runs."""
    provider = TellTale()
    with loop_thread() as thread:
        server = thread.run(provider.start())
        try:
            yield provider
        finally:
            thread.loop.call_soon_threadsafe(server.close)
