"""Two parsers, one meaning: what the gateway forwards is what h11 reads, or it is refused.

A seeded generator writes connections of one to three requests with smuggling mutations. The
gateway (llhttp) may refuse what h11 accepts; it may never forward a request that h11 does
not see in the same bytes, nor in another order.
"""

import asyncio
import random
import re
from collections.abc import Callable

import h11
import msgspec
import pytest

from tests.hostile.arena import Arena
from tests.hostile.malformed import HOST, JSON, LINE
from tests.hostile.raw_client import Exchange, send

SEED = 21
PAYLOADS = 500
AT_ONCE = 48

EMPTY_LINES = re.compile(rb"(?:\r\n)+POST ")

Mutation = Callable[[random.Random, bytes], bytes]


def _insert_header(dice: random.Random, request: bytes) -> bytes:
    line = dice.choice(
        (
            b"transfer-encoding: chunked",
            b"Transfer-Encoding : chunked",
            b"transfer-encoding:\tchunked",
            b"transfer-encoding: chunked\r\n\t",
            b"transfer-encoding: identity, chunked",
            b"content-length: 0",
            b"content-length: 00000005",
            b"content-length: 5\r\ncontent-length: 6",
            b"content-length: 5,5",
            b"content-length: +5",
            b"content-length:\x0b5",
            b"x: y\ncontent-length: 0",
            b"x: y\rcontent-length: 0",
            b" content-length: 0",
            b"x: y\r\n content-length: 0",
            b"connection: content-length",
            b"connection: close, transfer-encoding",
            b"expect: 100-continue",
            b"upgrade: websocket\r\nconnection: upgrade",
            b"\x00content-length: 0",
            b"content_length: 0",
            b"host: a\r\nhost: b",
        )
    )
    head, _, rest = request.partition(b"\r\n")
    return head + b"\r\n" + line + b"\r\n" + rest


def _chunk_body(dice: random.Random, request: bytes) -> bytes:
    head, _, content = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    size = dice.choice((b"%x", b"%X", b"0%x", b"%x;a=b", b'%x;a="b\r\n"', b"%x ", b" %x", b"0x%x"))
    end = dice.choice((b"0\r\n\r\n", b"0\r\nx: y\r\n\r\n", b"0\n\n", b"00\r\n\r\n", b"0\r\n"))
    coding = dice.choice(
        (b"chunked", b"Chunked", b"chunked ", b" chunked", b"chunked;q=1", b"ch\x00")
    )
    body = size % len(content) + b"\r\n" + content + b"\r\n" + end
    return b"\r\n".join([*lines, b"transfer-encoding: " + coding, b"", body])


def _change_byte(dice: random.Random, request: bytes) -> bytes:
    place = dice.randrange(len(request))
    byte = dice.choice((0, 9, 10, 11, 13, 32, 58, 127, 255, dice.randrange(256)))
    return request[:place] + bytes([byte]) + request[place + 1 :]


def _insert_byte(dice: random.Random, request: bytes) -> bytes:
    place = dice.randrange(len(request))
    piece = dice.choice((b"\x00", b"\n", b"\r", b"\r\n", b" ", b"\t", b":", b"0"))
    return request[:place] + piece + request[place:]


def _change_ends(dice: random.Random, request: bytes) -> bytes:
    found = [n for n in range(len(request)) if request.startswith(b"\r\n", n)]
    place = dice.choice(found)
    end = dice.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\r\n", b""))
    return request[:place] + end + request[place + 2 :]


def _change_length(dice: random.Random, request: bytes) -> bytes:
    wrong = b"content-length: %d" % dice.choice((0, 1, 5, 40, 2**31, 2**63, 2**64))
    return request.replace(b"content-length: ", wrong + b"\r\nx-was: ", 1)


def _change_line(dice: random.Random, request: bytes) -> bytes:
    line = dice.choice(
        (
            b"POST /v1/chat/completions HTTP/1.0\r\n",
            b"POST /v1/chat/completions HTTP/1.1 \r\n",
            b"POST  /v1/chat/completions HTTP/1.1\r\n",
            b"POST /v1/chat/completions\r\n",
            b"GET /v1/chat/completions HTTP/1.1\r\n",
            b"\r\nPOST /v1/chat/completions HTTP/1.1\r\n",
            b"POST http://x/v1/chat/completions HTTP/1.1\r\n",
            b"POST /v1/chat/completions HTTP/1.1\n",
        )
    )
    return request.replace(LINE, line, 1)


MUTATIONS: tuple[Mutation, ...] = (
    _insert_header,
    _chunk_body,
    _change_byte,
    _insert_byte,
    _change_ends,
    _change_length,
    _change_line,
)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One connection's bytes, and what came of them."""

    marker: bytes
    payload: bytes
    exchange: Exchange


def payload_of(number: int) -> tuple[bytes, bytes]:
    """The marker and the bytes of one connection."""
    dice = random.Random(SEED * 100_000 + number)  # a test's seed
    marker = b"T%05d" % number
    requests: list[bytes] = []
    for place in range(dice.randint(1, 3)):
        content = b'{"model":"m","messages":[{"role":"user","content":"%b-%d"}]}' % (marker, place)
        length = b"content-length: %d\r\n" % len(content)
        request = LINE + HOST + JSON + length + b"\r\n" + content
        for _ in range(dice.randint(0, 2)):
            request = dice.choice(MUTATIONS)(dice, request)
        requests.append(request)
    return marker, b"".join(requests)


def accepted(payload: bytes) -> list[list[bytes]]:
    """The readings of `payload` that are right: h11's own, and with what RFC 9112 tolerates.

    Section 2.2: empty lines before a request line are ignored. Section 3: the parts of a
    request line may be parted by more than one space. Neither moves a message's end.
    """
    spaced = payload.replace(b"POST  /", b"POST /")
    # In the middle an empty line may also be the end of chunks, so both readings count.
    tolerant = (spaced.lstrip(b"\r\n"), EMPTY_LINES.sub(b"POST ", spaced))
    return [accepted_by_h11(text) for text in (payload, *tolerant)]


def accepted_by_h11(payload: bytes) -> list[bytes]:
    """The bodies of the requests that h11 reads in `payload`, in order."""
    bodies: list[bytes] = []
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1024 * 1024)
    connection.receive_data(payload)
    body = bytearray()
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                bodies.append(bytes(body))
                body.clear()
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    return bodies
                connection.start_next_cycle()
            elif not isinstance(event, h11.Request):
                return bodies
    except h11.RemoteProtocolError:
        return bodies


@pytest.fixture(scope="module")
def trials(arena: Arena) -> list[Trial]:
    """All payloads, sent."""
    return asyncio.run(_all(arena.port))


async def _all(port: int) -> list[Trial]:
    gate = asyncio.Semaphore(AT_ONCE)
    return list(await asyncio.gather(*(_one(gate, port, number) for number in range(PAYLOADS))))


async def _one(gate: asyncio.Semaphore, port: int, number: int) -> Trial:
    async with gate:
        marker, payload = payload_of(number)
        return Trial(marker=marker, payload=payload, exchange=await send(port, [payload]))


def test_what_is_forwarded_is_what_the_other_parser_reads(
    arena: Arena, trials: list[Trial]
) -> None:
    forwarded_total = 0
    for trial in trials:
        forwarded = [got.body for got in arena.strict.holding(trial.marker)]
        readings = accepted(trial.payload)
        assert any(_in_order(forwarded, bodies) for bodies in readings), trial.payload
        forwarded_total += len(forwarded)
    # The generator must reach both sides, or it proves nothing.
    assert forwarded_total >= PAYLOADS // 4
    assert arena.strict.faults == []
    assert any(not trial.exchange.statuses or 400 in trial.exchange.statuses for trial in trials)


def _in_order(some: list[bytes], all_of_them: list[bytes]) -> bool:
    """Whether `some` are among `all_of_them`, in the same order."""
    rest = iter(all_of_them)
    return all(body in rest for body in some)


def test_nothing_else_was_forwarded(arena: Arena, trials: list[Trial]) -> None:
    known = {body for trial in trials for bodies in accepted(trial.payload) for body in bodies}
    ours = [got.body for got in arena.strict.received if b'"content":"T' in got.body]
    assert ours
    assert [body for body in ours if body not in known] == []


def test_every_connection_ended_with_whole_answers(trials: list[Trial]) -> None:
    for trial in trials:
        assert trial.exchange.ended, trial.payload
        assert trial.exchange.parsed, trial.payload
