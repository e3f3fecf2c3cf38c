"""Floods from either side: what arrives is bounded by what is kept, not by who sends.

Memory is taken around each; the gateway serves others meanwhile.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine

import msgspec
import pytest

from tests.gateway_process import eventually
from tests.hostile.arena import LIMITS, Arena
from tests.hostile.malformed import HOST, LINE, body, chunked, whole
from tests.hostile.raw_client import Exchange, send
from tests.ledger_entries import entry_of

MIB = 1024 * 1024
FLOOD_BYTES = 24 * MIB
GROWTH_BYTES_MAX = 32 * MIB
CPU_S_MAX = 3.0
"""For 24 MiB of nonsense, on a busy machine; quadratic work would take minutes."""
PIECE_BYTES = 64 * 1024


def _pieces(first: bytes, line: bytes) -> list[bytes]:
    many = line * (PIECE_BYTES // len(line) + 1)
    return [first, *([many] * (FLOOD_BYTES // len(many)))]


CLIENT_FLOODS = {
    "trailers": _pieces(chunked(b"5\r\nhello\r\n0\r\n"), b"x-a: b\r\n"),
    "different_trailers": _pieces(
        chunked(b"5\r\nhello\r\n0\r\n"), b"".join(b"x-%d: y\r\n" % n for n in range(20_000))
    ),
    "chunk_extension": _pieces(chunked(b"5;"), b"x" * 1_000),
    "headers": _pieces(LINE + HOST, b"x-a: b\r\n"),
    "header_value": _pieces(LINE + HOST + b"x-a: ", b"y" * 1_000),
    "target": _pieces(b"POST /", b"y" * 1_000),
    "empty_lines": _pieces(b"", b"\r\n"),
    "one_byte_chunks": _pieces(chunked(b""), b"1\r\nx\r\n"),
}


def _around(arena: Arena, what: Callable[[], Exchange]) -> Exchange:
    """Runs it; memory and CPU of the gateway must stay in bounds."""
    before, cpu_before = arena.gateway.resident_bytes(), arena.gateway.cpu_s()
    exchange = what()
    assert arena.gateway.cpu_s() - cpu_before < CPU_S_MAX
    assert arena.gateway.resident_bytes() - before < GROWTH_BYTES_MAX
    return exchange


@pytest.mark.parametrize("name", CLIENT_FLOODS)
def test_a_clients_flood_is_refused(arena: Arena, name: str) -> None:
    before = len(arena.strict.received)
    exchange = _around(arena, lambda: _run(send(arena.port, CLIENT_FLOODS[name])))
    assert exchange.ended
    assert all(400 <= status < 500 for status in exchange.statuses)
    assert len(arena.strict.received) == before


def _run(sending: Coroutine[object, object, Exchange]) -> Exchange:
    return asyncio.run(sending)


def test_a_client_that_does_not_read_is_held_back_and_then_let_go(arena: Arena) -> None:
    async def stare() -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", arena.port, limit=PIECE_BYTES)
        content: dict[str, object] = {"model": "flood", "messages": [], "stream": True}
        writer.write(whole(content=msgspec.json.encode(content)))
        await writer.drain()
        began = time.monotonic()
        await asyncio.to_thread(
            eventually, lambda: arena.bad.asked["flood"] >= 1, "the provider was asked"
        )
        # Not one byte is read here until the gateway has given the provider up.
        await asyncio.to_thread(
            eventually, lambda: arena.bad.flooding == 0, "the provider was let go"
        )
        taken = time.monotonic() - began
        del reader
        writer.transport.abort()
        return taken

    before = arena.gateway.resident_bytes()
    taken_s = asyncio.run(stare())
    assert arena.gateway.resident_bytes() - before < GROWTH_BYTES_MAX
    assert taken_s < LIMITS["total_timeout_ms"] / 1000 + 5


def test_an_answer_before_the_request_was_read_is_relayed_or_an_error(arena: Arena) -> None:
    filler = "x" * (LIMITS["request_body_bytes_max"] - 1_000)
    content: dict[str, object] = {"model": "early-answer", "messages": [{"content": filler}]}
    payload = whole(content=msgspec.json.encode(content))
    exchange = asyncio.run(send(arena.port, [payload], until_answers=1))
    (answer,) = exchange.answers
    assert answer.status in (413, 502)
    entry = entry_of(arena.gateway.state, answer.headers["x-detente-request-id"])
    assert entry.status == answer.status
    assert len(entry.attempts) == 1


def test_pipelined_requests_are_answered_in_order(arena: Arena) -> None:
    payload = b"".join(whole(content=body(b"pipe-%02d" % n)) for n in range(20))
    exchange = asyncio.run(send(arena.port, [payload], until_answers=20, requests=20))
    assert exchange.statuses == [200] * 20
    bodies = [got.body for got in arena.strict.holding(b"pipe-")]
    assert bodies == [body(b"pipe-%02d" % n) for n in range(20)]


def test_what_follows_a_whole_request_cannot_undo_it(arena: Arena) -> None:
    payload = whole(content=body(b"whole-one")) + b"\x00garbage\r\n\r\n"
    exchange = asyncio.run(send(arena.port, [payload]))
    assert exchange.ended
    assert exchange.parsed
    served = len(arena.strict.holding(b"whole-one"))
    # Asked of the provider means answered to the client: it was understood and will be billed.
    assert exchange.statuses.count(200) == served


def test_an_old_client_gets_its_stream_until_the_end(arena: Arena) -> None:
    content = body(b"old-client")
    payload = whole(content=content).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    exchange = asyncio.run(send(arena.port, [payload]))
    assert exchange.statuses == [200]
    assert exchange.ended
    assert "transfer-encoding" not in exchange.answers[0].headers


def test_others_are_served_during_a_flood(arena: Arena) -> None:
    async def both() -> list[float]:
        flood = asyncio.create_task(send(arena.port, CLIENT_FLOODS["one_byte_chunks"]))
        times: list[float] = []
        for number in range(20):
            began = time.monotonic()
            good = whole(content=body(b"meanwhile-%d" % number))
            exchange = await send(arena.port, [good], until_answers=1)
            assert exchange.statuses == [200]
            times.append(time.monotonic() - began)
        await flood
        return times

    assert max(asyncio.run(both())) < CPU_S_MAX


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-detente-at", "2024-06-01"),
        ("x-detente-at", "yesterday"),
        ("x-detente-labels", "no-equals-sign"),
        ("x-detente-labels", "=value"),
        ("x-detente-on-loss", "maybe"),
        ("x-detente-route", "nobody"),
    ],
)
def test_gateway_headers_that_say_nothing_sensible_are_refused(
    arena: Arena, header: str, value: str
) -> None:
    before = len(arena.strict.received)
    payload = whole(f"{header}: {value}\r\n".encode(), content=body(b"own-headers"))
    exchange = asyncio.run(send(arena.port, [payload], until_answers=1))
    (answer,) = exchange.answers
    assert 400 <= answer.status < 504, answer
    assert value.encode() in answer.body or header.encode() in answer.body
    assert len(arena.strict.received) == before
