"""Malformed HTTP and smuggling: refused, or served in the one way that everybody reads it.

Every case travels on a connection of its own, all at once; the gateway's short timeouts end
those that wait for more.
"""

import asyncio

import msgspec
import pytest

from tests.hostile.arena import Arena
from tests.hostile.malformed import CASES, Case, body, whole
from tests.hostile.raw_client import Exchange, send
from tests.ledger_entries import entry_of

AT_ONCE = 24


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One case and what came of it."""

    case: Case
    marker: bytes
    exchange: Exchange


@pytest.fixture(scope="module")
def outcomes(arena: Arena) -> list[Outcome]:
    """All cases, sent."""
    return asyncio.run(_all(arena.port))


async def _all(port: int) -> list[Outcome]:
    gate = asyncio.Semaphore(AT_ONCE)
    return list(await asyncio.gather(*(_one(gate, port, n, c) for n, c in enumerate(CASES))))


async def _one(gate: asyncio.Semaphore, port: int, number: int, case: Case) -> Outcome:
    marker = b"K%03d" % number  # as long as `MARK`, so that lengths stay what they were
    async with gate:
        exchange = await send(port, [case.payload.replace(b"MARK", marker)])
        return Outcome(case=case, marker=marker, exchange=exchange)


def test_every_connection_ends(outcomes: list[Outcome]) -> None:
    assert not [o.case.name for o in outcomes if not o.exchange.ended]


def test_answers_are_well_formed(outcomes: list[Outcome]) -> None:
    assert not [o.case.name for o in outcomes if not o.exchange.parsed]


def test_what_is_malformed_is_refused(outcomes: list[Outcome]) -> None:
    wrong = [
        (o.case.name, o.exchange.statuses)
        for o in outcomes
        if not o.case.may_serve and any(not 400 <= s <= 505 for s in o.exchange.statuses)
    ]
    assert not wrong


def test_nothing_malformed_is_forwarded(arena: Arena, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        forwarded = arena.strict.holding(outcome.marker)
        assert len(forwarded) <= int(outcome.case.may_serve), outcome.case.name
        assert [got.body for got in forwarded] in ([], [body(outcome.marker)])
        # What a client's answers say and what a provider saw must agree.
        assert len(forwarded) == outcome.exchange.statuses.count(200), outcome.case.name
    assert arena.strict.faults == []


def test_every_answer_has_one_entry(arena: Arena, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        for answer in outcome.exchange.answers:
            assert "x-detente-request-id" in answer.headers, (outcome.case.name, answer)
            entry = entry_of(arena.gateway.state, answer.headers["x-detente-request-id"])
            assert entry.status == answer.status, outcome.case.name


def test_a_good_request_is_still_served(arena: Arena, outcomes: list[Outcome]) -> None:
    assert outcomes
    exchange = asyncio.run(
        send(arena.port, [whole(content=body(b"after-malformed"))], until_answers=1)
    )
    assert exchange.statuses == [200]
    assert len(arena.strict.holding(b"after-malformed")) == 1
