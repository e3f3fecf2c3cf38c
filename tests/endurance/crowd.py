"""Clients in numbers: each sends one request and keeps what it got.

>>> stream = await ask_stream(port, model="m", marker="a-1", tokens=5)
>>> stream.text == expected_stream(5)
True
"""

import asyncio
import time

import msgspec

from tests.hostile.raw_client import parse_answers

READ_BYTES = 64 * 1024
TIMEOUT_S = 60.0
LINE = b"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n"


class Got(msgspec.Struct, frozen=True, kw_only=True):
    """What one client got; `status` is None where no whole head came."""

    marker: str
    status: int | None
    request_id: str | None
    text: bytes
    complete: bool
    hung_up_at: float | None = None


def request(model: str, marker: str, tokens: int, *, stream: bool) -> bytes:
    """One request for `tokens` tokens."""
    content = b'{"model":"%b","stream":%b,"messages":[{"role":"user","content":"%b %d"}]}' % (
        model.encode(),
        b"true" if stream else b"false",
        marker.encode(),
        tokens,
    )
    return LINE + b"content-length: %d\r\n\r\n" % len(content) + content


async def ask(
    port: int,
    *,
    model: str,
    marker: str,
    tokens: int,
    stream: bool = True,
    leave_after: int | None = None,
) -> Got:
    """Asks and reads to the end, or hangs up once token number `leave_after` has come."""
    received = bytearray()
    hung_up_at: float | None = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return _got(marker, b"", None)
    try:
        writer.write(request(model, marker, tokens, stream=stream))
        async with asyncio.timeout(TIMEOUT_S):
            while piece := await reader.read(READ_BYTES):
                received += piece
                if leave_after is not None and received.count(b'"content":"t') > leave_after:
                    writer.transport.abort()
                    hung_up_at = time.monotonic()
                    break
    except ConnectionError:
        pass
    finally:
        writer.close()
    return _got(marker, bytes(received), hung_up_at)


def _got(marker: str, received: bytes, hung_up_at: float | None) -> Got:
    answers, _ = parse_answers(received, 1)
    if not answers:
        return Got(marker=marker, status=None, request_id=None, text=b"", complete=False)
    (answer,) = answers
    return Got(
        marker=marker,
        status=answer.status,
        request_id=answer.headers.get("x-detente-request-id"),
        text=answer.body,
        complete=answer.complete,
        hung_up_at=hung_up_at,
    )
