"""Thousands of requests with originals in them while everything fails: raw text reaches the own
engine and nobody else, and each request is answered or refused as its policy says."""

import asyncio
import urllib.request
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import pytest

from detente.canonical.entry import LedgerEntry
from tests.allowances.canaries import files_below, found_in
from tests.gateway_process import GatewayProcess, running_gateway
from tests.guarded_failures.callers import CALLERS, Call, Crowd, Heard
from tests.guarded_failures.dialect_requests import DOORS, PLACES, request_in
from tests.guarded_failures.disturbing import Disturbing
from tests.guarded_failures.planting import CORES, Planted, plant
from tests.guarded_failures.recorder import (
    FATES_OF_OTHERS,
    FATES_OF_OWN,
    Recorder,
    recorders,
)
from tests.guarded_failures.setting import MORE, PROJECTS, configuration, files_in, key_of
from tests.ledger_entries import entries, entries_when

WHOLE: Final = 10_000
SEED: Final = 20261122
HANG_UPS: Final = 0.02
NARROWED: Final = 0.08
"""Of the requests, so many may only go where nobody is that may see what they say."""
SETTLED_S: Final = 60.0
STAND_IN: Final = ("\u27e8".encode(), b"\\u27e8")
TREATED: Final = {"own": "flag", "eu": "pseudonymise"}
ALLOWED: Final = {
    "closed": {"own"},
    "open": {"own", "eu"},
    "alike": {"own", "eu"},
    "plain": {"own", "eu", "us"},
}
"""Who may be asked what a project asks."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it was made."""

    project: str
    dialect: str
    stream: bool
    narrowed: bool
    planted: Planted


def calls_of(count: int, chance: Random) -> tuple[list[Call], dict[int, Said]]:
    """What the crowd is to ask, by numbers."""
    ways = list(product(DOORS, (False, True), PROJECTS))
    chance.shuffle(ways)
    calls: list[Call] = []
    said: dict[int, Said] = {}
    for number in range(count):
        dialect, stream, project = ways[number % len(ways)]
        narrowed = chance.random() < NARROWED
        planted = _plain(number) if project == "plain" else plant(chance, number, PLACES)
        said[number] = Said(
            project=project, dialect=dialect, stream=stream, narrowed=narrowed, planted=planted
        )
        calls.append(
            Call(
                number=number,
                key=key_of(project),
                asked=request_in(dialect, planted.texts, stream=stream),
                headers=_headers(planted, narrowed=narrowed),
                hangs_up=chance.random() < HANG_UPS,
            )
        )
    return calls, said


def _headers(planted: Planted, *, narrowed: bool) -> str:
    """Some of the originals stand in a header that goes along, too."""
    told = [one for one in planted.asked if one.isascii()][:1]
    agent = "".join(f"user-agent: a bot of {one}\r\n" for one in told)
    return agent + ("x-detente-route: us\r\n" if narrowed else "")


def _plain(number: int) -> Planted:
    told = f"plain{number:05d}@elsewhere.contoso.net"
    return Planted(texts={"user": f"Write to {told}."}, counts={}, asked=(told,))


class Run:
    """One gateway, its upstreams, and what came of it all."""

    def __init__(self, folder: Path, count: int) -> None:
        self.chance = Random(SEED)
        self.own = Recorder(FATES_OF_OWN, SEED)
        self.eu = Recorder(FATES_OF_OTHERS, SEED + 1)
        self.us = Recorder(FATES_OF_OTHERS, SEED + 2)
        self.calls, self.said = calls_of(count, self.chance)
        self.heard: dict[int, Heard] = {}
        self.entries: list[LedgerEntry] = []
        self.metrics = b""
        self.kills = 0
        self.done: Counter[str] = Counter()
        self.folder = folder
        self.count = count

    def go(self) -> None:
        """Ask everything, and stop the gateway."""
        with recorders(self.own, self.eu, self.us) as thread:
            urls = {"own": self.own.base_url, "eu": self.eu.base_url, "us": self.us.base_url}
            text = configuration(**urls)
            more = text.replace("\n[guardrails.policies", MORE + "\n[guardrails.policies", 1)
            with running_gateway(self.folder, text, files_in(self.folder)) as gateway:
                disturbing = Disturbing(gateway, self.own, thread, (text, more), chance=self.chance)
                asyncio.run(self._ask(gateway, disturbing))
                disturbing.over()
                self.kills, self.done = disturbing.kills, disturbing.done
                with urllib.request.urlopen(gateway.admin_url + "/metrics", timeout=30) as page:
                    self.metrics = page.read()
                # What a worker that was killed had begun may have no entry, nor what somebody
                # asked who hung up before it was read.
                gone = sum(heard.gone for heard in self.heard.values())
                least = self.count - self.kills * CALLERS - gone
                self.entries = entries_when(gateway.state, least, SETTLED_S)
            self.entries = entries(gateway.state)

    async def _ask(self, gateway: GatewayProcess, disturbing: Disturbing) -> None:
        crowd = Crowd(gateway.port)
        every = max(30, self.count // 70)
        async with asyncio.TaskGroup() as group:
            group.create_task(crowd.ask(self.calls))
            group.create_task(disturbing.go_on(crowd, total=self.count, every=every, kills_max=2))
        self.heard = crowd.heard

    def raw_elsewhere(self) -> list[str]:
        """Where originals were found that may be nowhere."""
        places = [
            ("what Europe got", bytes(self.eu.seen)),
            ("what the US got", bytes(self.us.seen)),
        ]
        places.append(("the metrics", self.metrics))
        places += [
            (f"the refusal of {number}", heard.raw)
            for number, heard in self.heard.items()
            if heard.status == 403
        ]
        places += files_below(self.folder, but=("clients.txt",))
        return sorted(set(found_in(places, CORES)))

    def wrong(self) -> Iterator[str]:
        """What did not come as the policies say."""
        by_id = {entry.id: entry for entry in self.entries}
        for entry in self.entries:
            if entry.project is not None and _asked(entry) - ALLOWED[entry.project]:
                yield f"{entry.project} asked {_asked(entry)}"
        for number, heard in self.heard.items():
            said = self.said[number]
            if heard.status == 0:
                continue
            entry = by_id.get(heard.request_id)
            if entry is None:
                yield f"{number}: no entry of {heard.request_id}, status {heard.status}"
                continue
            for trouble in _wrong(said, heard, entry):
                yield f"{number} {said.dialect} {said.project} {said.stream}: {trouble} {entry}"

    def lost(self) -> int:
        """Requests without an answer: their worker was killed."""
        return sum(heard.status == 0 and not heard.gone for heard in self.heard.values())


def _wrong(said: Said, heard: Heard, entry: LedgerEntry) -> Iterator[str]:
    if said.project == "plain":
        if entry.screened:
            yield "nobody governs it"
    elif entry.outcome != "interrupted":
        yield from _wrongly_told(said, _asked(entry), entry)
        yield from _wrongly_ended(said, heard, entry)


def _asked(entry: LedgerEntry) -> set[str]:
    """The providers that were tried."""
    return {attempt.deployment.partition("/")[0] for attempt in entry.attempts}


def _wrongly_told(said: Said, asked: set[str], entry: LedgerEntry) -> Iterator[str]:
    """What the ledger does not tell, or not so."""
    told: dict[str, dict[str, int]] = {}
    for one in entry.screened:
        told.setdefault(f"{one.stage} {one.treatment}", {})[one.category] = one.count
    if any(counts != said.planted.counts for counts in told.values()):
        yield f"told {told}, planted {said.planted.counts}"
    expected = {f"input {TREATED[place]}" for place in asked}
    if entry.outcome != "answered":  # all others were kept from it, or nobody asked any more
        expected |= told.keys() & {"input block"}
    if said.narrowed:
        expected.add("input block")
    if told.keys() != expected:
        yield f"told {told.keys()}, asked {asked}"


def _wrongly_ended(said: Said, heard: Heard, entry: LedgerEntry) -> Iterator[str]:
    """An answer that is not as it should be."""
    ended = (heard.status, entry.outcome, entry.error)
    if said.narrowed != (ended == (403, "denied", "guardrail_blocked")):
        yield f"ended {ended}"
    if entry.outcome == "invalid":
        yield f"invalid: {heard.body[:200]!r}"
    if heard.status == 200 and entry.outcome == "answered":
        missing = [one for one in said.planted.asked if one not in heard.text]
        if missing:
            yield f"not given back: {missing}"
        if any(mark in heard.body for mark in STAND_IN):
            yield "a stand-in is left"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "count", [300, pytest.param(WHOLE, marks=pytest.mark.proof)], ids=["quick", "whole"]
)
def test_raw_text_reaches_the_own_engine_alone(tmp_path: Path, count: int) -> None:
    run = Run(tmp_path, count)
    run.go()
    outcomes = Counter(
        (run.said[number].project, heard.status) for number, heard in run.heard.items()
    )
    planted = sum(sum(said.planted.counts.values()) for said in run.said.values())
    print(  # noqa: T201 - figures to read
        f"{count} requests, {planted} originals; bytes: own {len(run.own.seen)}, "
        f"eu {len(run.eu.seen)}, us {len(run.us.seen)}; own did {dict(run.own.fates)}, "
        f"eu {dict(run.eu.fates)}, us {dict(run.us.fates)}; {dict(run.done)}, "
        f"{run.lost()} lost to kills, {Counter(entry.outcome for entry in run.entries)}\n"
        f"{sorted(outcomes.items())}"
    )
    assert run.raw_elsewhere() == []
    assert list(run.wrong()) == []
    assert len(run.heard) == count
    assert run.lost() <= run.kills * CALLERS
    errors = (tmp_path / "stderr.log").read_text(encoding="utf-8")
    assert "bug in request" not in errors
    # The search finds what it is there to find, and stand-ins were needed.
    assert {name for name, core in CORES.items() if core in run.own.seen} == CORES.keys()
    assert b"EMAIL_" in run.eu.seen
    assert b"plain" in run.us.seen + run.eu.seen
