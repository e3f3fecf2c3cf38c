"""Hostile providers: the client gets an error it can read, and the gateway stays as it was.

Every misdeed is asked for twice, as a whole answer and as a stream, many at once. Memory is
taken before and after.
"""

import asyncio

import msgspec
import pytest

from tests.gateway_process import eventually
from tests.hostile.arena import Arena
from tests.hostile.errors import error_code
from tests.hostile.malformed import body, whole
from tests.hostile.misbehaviour import MISDEEDS
from tests.hostile.raw_client import Answer, Exchange, send
from tests.ledger_entries import entry_of

PATH = "/v1/chat/completions"
GROWTH_BYTES_MAX = 64 * 1024 * 1024
KEPT_MAX = 4
FAILED = {502, 503, 504}
RELAYED = {"not-json", "one-interim", "two-answers", "cookies", "gzip-bomb"}
"""Misdeeds that leave an answer which may be passed on."""
EITHER = {"many-interim"}
STREAMS = {
    "huge-event",
    "silent-mid-stream",
    "cut-chunks",
    "garbage-chunks",
    "chunk-overflow",
}
"""Misdeeds that begin as a good stream: the status line may be sent before they show."""
FORBIDDEN_HEADERS = {"set-cookie", "x-secret-hop", "keep-alive", "alt-svc"}


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One misdeed and what the client saw of it."""

    name: str
    stream: bool
    exchange: Exchange

    @property
    def answer(self) -> Answer:
        """The one answer."""
        assert len(self.exchange.answers) == 1, (self.name, self.exchange.received[:500])
        return self.exchange.answers[0]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All misdeeds, and the gateway's memory around them."""

    deeds: list[Deed]
    before_bytes: int
    after_bytes: int


@pytest.fixture(scope="module")
def measured(arena: Arena) -> Measured:
    """Every misdeed once as a whole answer and once as a stream."""
    warm = asyncio.run(send(arena.port, [whole(content=body())], until_answers=1))
    assert warm.statuses == [200]
    before = arena.gateway.resident_bytes()
    deeds = asyncio.run(_all(arena.port))
    return Measured(deeds=deeds, before_bytes=before, after_bytes=arena.gateway.resident_bytes())


async def _all(port: int) -> list[Deed]:
    kinds = [(name, stream) for name in MISDEEDS for stream in (False, True)]
    return list(await asyncio.gather(*(_one(port, name, stream) for name, stream in kinds)))


async def _one(port: int, name: str, stream: bool) -> Deed:
    exchange = await send(port, [_request(name, stream)])
    return Deed(name=name, stream=stream, exchange=exchange)


def _request(name: str, stream: bool) -> bytes:
    content: dict[str, object] = {"model": name, "messages": [], "stream": stream}
    return whole(content=msgspec.json.encode(content))


def test_every_request_ends(measured: Measured) -> None:
    assert not [(d.name, d.stream) for d in measured.deeds if not d.exchange.ended]


def test_memory_is_bounded(measured: Measured) -> None:
    assert measured.after_bytes - measured.before_bytes < GROWTH_BYTES_MAX


def test_failures_are_errors_in_the_clients_dialect(measured: Measured) -> None:
    for deed in measured.deeds:
        if deed.name in RELAYED | STREAMS | EITHER:
            continue
        assert deed.answer.status in FAILED, (deed.name, deed.stream, deed.answer)
        assert error_code(deed.answer, PATH) in (
            "upstream_failed",
            "deadline_exceeded",
            "no_deployment",
        ), deed.name


def test_broken_streams_end_with_an_error_event_or_a_cut(measured: Measured) -> None:
    for deed in measured.deeds:
        if deed.name not in STREAMS:
            continue
        answer = deed.answer
        if answer.status in FAILED:
            assert error_code(answer, PATH)
            continue
        assert answer.status == 200
        told = b'"error"' in answer.body
        assert told or not answer.complete, (deed.name, answer.body[-300:])
        assert b"[DONE]" not in answer.body


def test_what_can_be_relayed_is(measured: Measured) -> None:
    for deed in measured.deeds:
        if deed.name in RELAYED:
            assert deed.answer.status in {200, *FAILED}, deed.name
            assert b"poison" not in deed.answer.body
    served = {d.name for d in measured.deeds if not d.stream and d.answer.status == 200}
    assert {"one-interim", "two-answers", "cookies"} <= served


def test_no_header_of_the_provider_reaches_the_client_that_should_not(measured: Measured) -> None:
    for deed in measured.deeds:
        headers = deed.answer.headers
        assert not FORBIDDEN_HEADERS & set(headers), deed.name
        assert headers["x-detente-request-id"] != "forged"
        assert "forged" not in headers.get("x-detente-deployment", "")


def test_every_request_has_one_entry(arena: Arena, measured: Measured) -> None:
    for deed in measured.deeds:
        entry = entry_of(arena.gateway.state, deed.answer.headers["x-detente-request-id"])
        assert entry.status == deed.answer.status
        assert (entry.outcome, deed.name) != ("interrupted", deed.name)
        if deed.name in STREAMS and deed.answer.status == 200:
            assert entry.outcome == "failed", deed.name


def test_nothing_is_asked_twice(arena: Arena, measured: Measured) -> None:
    assert measured.deeds
    twice = {name: arena.bad.asked[name] for name in MISDEEDS if arena.bad.asked[name] != 2}
    assert twice == {}, "each misdeed was asked for once whole and once as a stream"


def test_a_second_answer_never_meets_another_request(arena: Arena) -> None:
    exchanges = asyncio.run(_in_turn(arena.port, "two-answers", 6))
    assert all(b"poison" not in exchange.received for exchange in exchanges)


async def _in_turn(port: int, name: str, times: int) -> list[Exchange]:
    return [await send(port, [_request(name, False)], until_answers=1) for _ in range(times)]


def test_providers_connections_are_given_up(arena: Arena, measured: Measured) -> None:
    assert measured.deeds
    # Those that were answered well may be kept for the next request.
    eventually(lambda: arena.bad.open <= KEPT_MAX, "the bad provider's connections are closed")
