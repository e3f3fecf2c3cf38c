"""`detente drill`: what still runs without a provider, a host or a publisher.

On recorded traffic, or live (`--live`) for a bounded time. Prints what moved and what failed, why,
and writes the evidence beside the ledger, as JSON and as a page. Live, a running gateway sends
nothing to whoever is cut out; it comes back by itself, whatever becomes of this command.

    detente drill --without host:microsoft --since 2026-10-01
    detente drill --without provider:azure --live --for 5m
"""

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from detente import __version__
from detente.agreements.duration import milliseconds
from detente.canonical.drill import known_in, readings_of
from detente.canonical.failure import ClientFault
from detente.canonical.world import World
from detente.cli.drill_files import written
from detente.cli.drill_live import end_drill, live_drill
from detente.cli.drill_tables import drill_text
from detente.cli.facts import span_of
from detente.cli.progress import counted
from detente.configuration.located import did_you_mean
from detente.gateway.drills import SECONDS_DEFAULT, SECONDS_MAX
from detente.ledger.entries import us_of
from detente.ledger.store.digest import DigestReader
from detente.ledger.store.interface import LedgerPlace
from detente.replay.concentration import DIMENSIONS, concentration
from detente.replay.drill import recorded_drill
from detente.replay.evidence import Evidence, LedgerRange
from detente.replay.fates import EVER_US, NEVER_US
from detente.replay.findings import in_force, notices_of
from detente.replay.terms import Terms, terms_of
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, Setup, load

DURATION: Final = Parameter(name="--for")


def drill(
    *,
    without: str | None = None,
    live: Annotated[bool, Parameter(negative="")] = False,
    for_: Annotated[str | None, DURATION] = None,
    end: Annotated[bool, Parameter(negative="")] = False,
    since: str | None = None,
    until: str | None = None,
    by: str | None = None,
    config: Path = Path(CONFIGURATION_NAME),
    ledger: Path | None = None,
    html: Path | None = None,
    out: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Show what still runs without a provider, a host or a publisher.

    Ends with 1 where a request failed, or would have. The evidence is written into the folder
    `drills` beside the ledger.

    Parameters
    ----------
    without
        Who is gone: `provider:NAME`, `host:NAME`, `publisher:NAME`, or the bare name where it can
        only mean one of them.
    live
        Have the running gateway behave as if it were gone, for the time that `--for` says; Ctrl-C
        ends it early.
    for_
        How long, live: `30s`, `5m`, at most `1h`; a minute if left out.
    end
        End the live drill that runs, whoever began it, and do nothing else.
    since
        On recorded traffic: only requests from this date or time on, in UTC.
    until
        On recorded traffic: only requests before this date or time, in UTC.
    by
        Who runs the drill, for the evidence; the system's user if left out.
    config
        The configuration, or its folder.
    ledger
        The ledger's file, in place of the configuration's own.
    html
        Write the page of the evidence into this file as well.
    out
        Write the evidence, JSON and page, into this folder as well.
    as_json
        Print the evidence as one JSON object.
    """
    if end:
        end_drill(config)
        return
    setup = load(config)
    name = _meant(without, setup.world)
    terms = terms_of(setup, without=name)
    file = setup.ledger_place if ledger is None else ledger
    by = by or _user()
    if live:
        if since or until or ledger:
            message = "a live drill has no `--since`, `--until` or `--ledger`; leave them out"
            raise ClientFault("request_invalid", message)
        evidence = live_drill(config, file, terms, seconds=_seconds(for_), by=by)
    else:
        if for_ is not None:
            message = "`--for` says how long a live drill takes; add `--live`, or leave it out"
            raise ClientFault("request_invalid", message)
        evidence = _recorded(file, terms, since=since, until=until, by=by)
    files = written(evidence, _folders(setup, ledger, out), page=html)
    if as_json:
        sys.stdout.write(msgspec.json.encode(evidence).decode() + "\n")
    else:
        console().print(drill_text(evidence))
    for path in files:
        sys.stderr.write(f"evidence: {path}\n")
    if evidence.failed:
        raise SystemExit(1)


def _recorded(
    file: LedgerPlace, terms: Terms, *, since: str | None, until: str | None, by: str
) -> Evidence:
    """The evidence of a drill on recorded traffic."""
    assert terms.without is not None
    now = datetime.now(UTC)
    start, end = span_of(since, until)
    since_us = EVER_US if start is None else us_of(start)
    until_us = NEVER_US if end is None else us_of(end)
    with counted("replaying") as progress:
        found = recorded_drill(
            file,
            msgspec.structs.replace(terms, without=None),
            terms.without,
            since_us=since_us,
            until_us=until_us,
            progress=progress,
        )
    reader = DigestReader.open(file)
    digest = reader.digest(since_us=since_us, until_us=until_us)
    rows = reader.sums(DIMENSIONS, since=start, until=end)
    reader.close()
    findings = found.findings
    return Evidence(
        without=terms.without,
        at=now,
        mode="recorded",
        requests=findings.requests,
        moved=findings.moves,
        failed=findings.failures,
        total=found.total,
        by=by,
        version=__version__,
        cut=tuple(sorted(terms.gone)),
        since=found.since,
        until=found.until,
        unfinished=findings.unfinished,
        functions=findings.functions(),
        moves=findings.moves_between(found.first_byte_ms),
        causes=findings.causes(),
        concentration=concentration(rows, terms.world),
        notices=notices_of(terms.agreements),
        agreements=in_force(terms.agreements),
        ledger=LedgerRange(
            since=start,
            until=end,
            first_block=digest.first_block,
            last_block=digest.last_block,
            sha256=digest.sha256,
        ),
    )


def _meant(text: str | None, world: World) -> str:
    """The full name of who is cut out; raises `ClientFault` where it is none, or several."""
    if text is None:
        known = ", ".join(f"`{name}`" for name in known_in(world))
        message = f"say who is gone with `--without`: {known}"
        raise ClientFault("request_invalid", message)
    readings = readings_of(text, world)
    if len(readings) == 1:
        return readings[0]
    if readings:
        listed = " or ".join(f"`{name}`" for name in readings)
        raise ClientFault("request_invalid", f"`{text}` may be {listed}; name one of them")
    known = known_in(world)
    full = ":" in text
    names = known if full else dict.fromkeys(name.partition(":")[2] for name in known)
    hint = did_you_mean(text, list(names))
    raise ClientFault("request_invalid", f"nobody is called `{text}`; {hint}")


def _user() -> str:
    """The system's user, by number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _seconds(text: str | None) -> float:
    """`--for` in seconds; raises `ClientFault`."""
    if text is None:
        return float(SECONDS_DEFAULT)
    digits, unit = text.rstrip("dhms"), text.lstrip("0123456789")
    if digits.isdecimal() and digits.isascii() and unit in ("ms", "s", "m", "h", "d"):
        seconds = milliseconds(text[:12]) / 1000
        if 0 < seconds <= SECONDS_MAX:
            return seconds
    raise ClientFault(
        "request_invalid",
        f"`--for` is no time that a drill may take: `{text}`; write `60s` or `5m`, at most `1h`",
    )


def _folders(setup: Setup, ledger: Path | None, out: Path | None) -> list[Path]:
    """Where the evidence goes: beside the ledger, but not into a state folder that is not there
    because somebody else's ledger is read; and where the user wants it."""
    folders: list[Path] = []
    if ledger is None or setup.state.is_dir():
        folders.append(setup.state / "drills")
    if out is not None:
        folders.append(out)
    return folders
