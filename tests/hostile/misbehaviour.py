"""What a hostile or broken provider does on its connection, one coroutine a misdeed.

Each is given the connection after a request's head arrived; the name of the model that was
asked for chooses it. A misdeed ends when it is done or when the other side hangs up: the
bounds below are far above what a gateway should ever take.

>>> MISDEEDS["endless-headers"]
<function endless_headers at 0x…>
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable

from tests.hostile.strict_upstream import ANSWER

GIB = 1024 * 1024 * 1024
PIECE = b"x" * 65_536
DRIP_S = 0.05
DRIPS_MAX = 400
JSON = b"content-type: application/json\r\n"
EVENTS = b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
EVENT = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"yes"},"finish_reason":null}]}\n\n'
)

Misdeed = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def _sized(content: bytes, headers: bytes = JSON) -> bytes:
    return OK + headers + b"content-length: %d\r\n\r\n" % len(content) + content


async def endless_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Header lines without end."""
    writer.write(OK)
    for number in range(GIB // 64):
        writer.write(b"x-header-%08d: %b\r\n" % (number, b"y" * 40))
        await writer.drain()


async def huge_header(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One header value without end."""
    writer.write(OK + b"x-huge: ")
    for _number in range(GIB // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()


async def huge_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A gibibyte, announced."""
    writer.write(OK + JSON + b"content-length: %d\r\n\r\n" % GIB)
    for _number in range(GIB // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()


async def huge_chunked_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A gibibyte, chunk by chunk."""
    writer.write(OK + JSON + b"transfer-encoding: chunked\r\n\r\n")
    for _number in range(GIB // len(PIECE)):
        writer.write(_chunk(PIECE))
        await writer.drain()


async def huge_event(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A stream whose one event never ends."""
    writer.write(OK + EVENTS + b"\r\n" + _chunk(b"data: "))
    for _number in range(GIB // len(PIECE)):
        writer.write(_chunk(PIECE))
        await writer.drain()


async def slow_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A head that drips."""
    for byte in OK + b"x-slow: " + b"y" * DRIPS_MAX:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def slow_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body that drips, for longer than a whole request may take."""
    writer.write(OK + JSON + b"content-length: %d\r\n\r\n" % len(ANSWER))
    for byte in ANSWER:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Nothing at all."""
    await reader.read()


async def silent_mid_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One event, then nothing."""
    writer.write(OK + EVENTS + b"\r\n" + _chunk(EVENT))
    await writer.drain()
    await reader.read()


async def no_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes without a byte."""
    writer.close()


async def reset_connection(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Resets without a byte."""
    writer.transport.abort()


async def cut_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes inside the head."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-ty")


async def cut_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes before the announced length."""
    writer.write(OK + JSON + b"content-length: 5000\r\n\r\n" + ANSWER)


async def cut_chunks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes before the last chunk."""
    writer.write(OK + EVENTS + b"\r\n" + _chunk(EVENT) + b"ff\r\nda")


async def garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """No HTTP at all."""
    writer.write(bytes(range(256)) * 64)


async def garbage_chunks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A chunk size that is none."""
    writer.write(OK + EVENTS + b"\r\n" + _chunk(EVENT) + b"zz\r\n" + EVENT)


async def chunk_overflow(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A chunk size beyond every integer."""
    writer.write(OK + EVENTS + b"\r\nfffffffffffffffff0\r\n" + EVENT)


async def not_json(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A page where JSON was asked for."""
    writer.write(_sized(b"<html>hello</html>", b"content-type: text/html\r\n"))


async def many_interim(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Interim answers without end."""
    for _number in range(200_000):
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
    writer.write(_sized(ANSWER))


async def one_interim(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One interim answer, then a good one: legal."""
    writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + _sized(ANSWER))


async def switching(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An upgrade that nobody asked for."""
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n" + b"x" * 1000)


async def endless_trailers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A whole body, then trailers without end."""
    writer.write(OK + JSON + b"transfer-encoding: chunked\r\n\r\n" + _chunk(ANSWER) + b"0\r\n")
    line = b"x-trailer: " + b"y" * 4_000 + b"\r\n"
    for _number in range(GIB // len(line)):
        writer.write(line)
        await writer.drain()


async def endless_extension(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A chunk whose extension never ends."""
    writer.write(OK + JSON + b"transfer-encoding: chunked\r\n\r\n5;")
    for _number in range(GIB // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()


async def early_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer before the request was read, and an end with the rest of it unread."""
    error = b'{"error":{"message":"too long","type":"invalid_request_error","code":"too_long"}}'
    head = b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: %d\r\n"
    writer.write(head % len(error) + JSON + b"\r\n" + error)
    await writer.drain()


async def two_answers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A second answer behind the first, for the next request to stumble over."""
    poison = _sized(b'{"poison":true}')
    writer.write(_sized(ANSWER) + poison)


async def two_lengths(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Two lengths that differ."""
    writer.write(_sized(ANSWER, JSON + b"content-length: 3\r\n"))


async def length_and_chunked(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A length and a coding."""
    writer.write(_sized(_chunk(ANSWER) + b"0\r\n\r\n", JSON + b"transfer-encoding: chunked\r\n"))


async def gzip_bomb(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body that is a thousand times what it says, compressed though nobody asked."""
    bomb = gzip.compress(bytes(32 * 1024 * 1024), 9)
    writer.write(_sized(bomb, JSON + b"content-encoding: gzip\r\n"))


async def split_header(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A bare line feed in a header value, that would become a header of its own."""
    writer.write(_sized(ANSWER, JSON + b"x-note: a\nset-cookie: session=evil\r\n"))


async def null_header(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A NUL in a header value."""
    writer.write(_sized(ANSWER, JSON + b"x-note: a\x00b\r\n"))


async def cookies(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Headers of the provider's own session, and forgeries of the gateway's."""
    forged = b"x-detente-deployment: forged/forged\r\nx-detente-request-id: forged\r\n"
    hop = b"connection: x-secret-hop\r\nx-secret-hop: 1\r\nkeep-alive: timeout=5\r\n"
    writer.write(_sized(ANSWER, JSON + b"set-cookie: session=evil\r\n" + forged + hop))


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A good stream of a gibibyte, as fast as it is taken."""
    writer.write(OK + EVENTS + b"\r\n")
    piece = _chunk(EVENT * 400)
    for _number in range(GIB // len(piece)):
        writer.write(piece)
        await writer.drain()


UNASKED: dict[str, Misdeed] = {"early-answer": early_answer, "flood": flood}
"""Misdeeds that need a request or a reader of their own."""
MISDEEDS: dict[str, Misdeed] = {
    deed.__name__.replace("_", "-"): deed
    for deed in (
        endless_headers,
        huge_header,
        huge_body,
        huge_chunked_body,
        huge_event,
        slow_head,
        slow_body,
        silent,
        silent_mid_stream,
        no_answer,
        reset_connection,
        cut_head,
        cut_body,
        cut_chunks,
        garbage,
        garbage_chunks,
        chunk_overflow,
        not_json,
        many_interim,
        one_interim,
        switching,
        endless_trailers,
        endless_extension,
        two_answers,
        two_lengths,
        length_and_chunked,
        gzip_bomb,
        split_header,
        null_header,
        cookies,
    )
}
"""Every misdeed, by the model id that asks for it."""
