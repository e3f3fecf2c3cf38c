"""The live part of `detente drill`: order it, watch the ledger, end it, tell what it showed.

Ctrl-C or SIGTERM ends the drill early, and what it showed is still told. Where this command dies,
the gateway comes back by itself.

>>> live_drill(config, ledger, terms, seconds=60, by="ops").moved
97
"""

import json
import signal
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from detente import __version__
from detente.canonical.failure import ClientFault
from detente.cli.running import ask_if_running, ask_running
from detente.gateway.admin.drills import DrillAsked, DrillShown
from detente.gateway.drills import Drill
from detente.ledger.entries import us_of
from detente.ledger.store.digest import DigestReader
from detente.ledger.store.interface import LedgerPlace
from detente.replay.concentration import DIMENSIONS, concentration
from detente.replay.evidence import Evidence, LedgerRange
from detente.replay.findings import in_force, notices_of
from detente.replay.live_drill import LiveDrill, usual_first_byte_ms
from detente.replay.terms import Terms

DRILL_PATH: Final = "/admin/v1/drill"
STATUS_PATH: Final = "/admin/v1/status"
LOOK_S: Final = 0.25
"""How often the ledger is looked at while a drill runs."""
SETTLE_S: Final = 1.0
"""After the end, what the ledger takes to hear of requests that have ended: five of its turns."""
SETTLE_S_MAX: Final = 5.0
"""How long requests that are still open after the end are waited for."""
RECENT: Final = 2_000
"""Requests before the drill that say what is usual."""
BLOCKS: Final = 100


def end_drill(config: Path) -> None:
    """End the drill that runs; says which one it was."""
    ended = _shown(ask_running(config, "DELETE", DRILL_PATH)).drill
    said = "no drill runs" if ended is None else f"ended the drill without `{ended.without}`"
    sys.stdout.write(f"{said}\n")


def live_drill(
    config: Path, ledger: LedgerPlace, terms: Terms, *, seconds: float, by: str
) -> Evidence:
    """Have the running gateway do without `terms.without` for that long, and tell what happened.

    Raises `ClientFault` where the gateway refuses, for a drill that runs already, say.
    """
    assert terms.without is not None
    with closing(DigestReader.open(ledger)) as reader:
        usual = usual_first_byte_ms(reader.tail(RECENT))
        block = reader.last_block()
        drill = _begun(config, DrillAsked(without=terms.without, seconds=seconds))
        found = LiveDrill(terms, began_at=drill.began_at, ended_at=drill.ends_at)
        watch = _Watch(reader, found, block)
        with _interruptible():
            try:
                _watch_until_end(config, watch, drill, seconds)
            except KeyboardInterrupt:
                found.end(datetime.now(UTC))
                ask_if_running(config, "DELETE", DRILL_PATH)
        _settle(config, watch)
        return _evidence(reader, terms, found, drill=drill, usual=usual, by=by)


class _Watch:
    """What the ledger has of the drill so far."""

    def __init__(self, reader: DigestReader, drill: LiveDrill, block: int) -> None:
        self.drill = drill
        self._reader = reader
        self._block = block

    def look(self) -> None:
        """Take in what is new."""
        while True:
            entries, self._block = self._reader.after(self._block, BLOCKS)
            if not entries:
                return
            for entry in entries:
                self.drill.take(entry, self._reader.decision)


def _watch_until_end(config: Path, watch: _Watch, drill: Drill, seconds: float) -> None:
    """Watch for as long as the drill lasts; somebody else may end it, too."""
    until = time.monotonic() + seconds
    with _bar(drill, seconds) as bar:
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(LOOK_S, left))
            watch.look()
            answer = ask_if_running(config, "GET", DRILL_PATH)
            running = None if answer is None else _shown(answer).drill
            if time.monotonic() < until and (running is None or running.without != drill.without):
                watch.drill.end(datetime.now(UTC))
                return
            found = watch.drill.findings
            bar.update(
                bar.task_ids[0],
                completed=seconds - max(0.0, until - time.monotonic()),
                told=f"{found.moves:,} moved, {found.failures:,} failed",
            )


@contextmanager
def _bar(drill: Drill, seconds: float) -> Generator[Progress]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    bar.add_task(f"without {drill.without}", total=seconds, told="")
    with bar:
        yield bar


@contextmanager
def _interruptible() -> Generator[None]:
    """SIGTERM ends a drill as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settle(config: Path, watch: _Watch) -> None:
    """Wait, within a bound, for requests that started in the drill and are still open."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < SETTLE_S_MAX:
        watch.look()
        answer = ask_if_running(config, "GET", STATUS_PATH)
        if waited > SETTLE_S and (answer is None or not json.loads(answer)["open"]):
            return
        time.sleep(LOOK_S)


def _evidence(
    reader: DigestReader,
    terms: Terms,
    found: LiveDrill,
    *,
    drill: Drill,
    usual: dict[str, float],
    by: str,
) -> Evidence:
    findings = found.findings
    since_us, until_us = us_of(drill.began_at), us_of(found.ended_at)
    digest = reader.digest(since_us=since_us, until_us=until_us)
    rows = reader.sums(DIMENSIONS, until=drill.began_at)
    return Evidence(
        without=drill.without,
        at=drill.began_at,
        mode="live",
        requests=findings.requests,
        moved=findings.moves,
        failed=findings.failures,
        exit_takes_s=found.exit_takes_s,
        total=found.total,
        by=by,
        version=__version__,
        cut=drill.deployments,
        since=drill.began_at,
        until=found.ended_at,
        unfinished=findings.unfinished,
        functions=findings.functions(),
        moves=findings.moves_between(found.first_byte_ms(usual)),
        causes=findings.causes(),
        concentration=concentration(rows, terms.world),
        notices=notices_of(terms.agreements),
        agreements=in_force(terms.agreements),
        ledger=LedgerRange(
            since=drill.began_at,
            until=found.ended_at,
            first_block=digest.first_block,
            last_block=digest.last_block,
            sha256=digest.sha256,
        ),
    )


def _begun(config: Path, asked: DrillAsked) -> Drill:
    shown = _shown(ask_running(config, "POST", DRILL_PATH, msgspec.json.encode(asked)))
    if shown.drill is None or shown.errors:
        raise ClientFault("request_invalid", shown.errors[0])
    return shown.drill


def _shown(body: bytes) -> DrillShown:
    try:
        return msgspec.json.decode(body, type=DrillShown)
    except (ValueError, RecursionError):
        message = "the gateway that runs knows no drills; update it and start it again"
        raise ClientFault("request_invalid", message) from None
