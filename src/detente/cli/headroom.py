"""`detente providers headroom`: what is left of the limits, as the last answers said.

Asks the running gateway, which has it from the answers that passed; no provider is asked anything.
`headroom_words` is one reading as a sentence.

>>> headroom_words(Headroom(requests_limit=2000, requests_remaining=1999))
'1,999 of 2,000 requests left'
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from detente.canonical.headroom import Headroom
from detente.cli.running import ask_running
from detente.gateway.measures.headroom_report import HeadroomReport
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME

SCARCE: Final = 0.1
"""Less than this share of a limit is shown as a warning."""
_UNITS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))


def headroom(
    *,
    config: Path = Path(CONFIGURATION_NAME),
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Show what is left of each deployment's limits, as its last answer said.

    Asks a running gateway, which remembers for ten minutes. Deployments whose platforms say nothing
    of limits, or that nobody has asked, are left out.

    Parameters
    ----------
    config
        The configuration of the running gateway, or its folder.
    as_json
        Print one JSON object.
    """
    body = ask_running(config, "GET", "/admin/v1/headroom")
    report = msgspec.json.decode(body, type=HeadroomReport)
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    elif report.deployments:
        console().print(_table(report, datetime.now(UTC)))
    else:
        sys.stdout.write("no deployment has said anything of limits in the last ten minutes\n")
    if report.silent:
        names = ", ".join(report.silent)
        sys.stderr.write(f"{names} did not answer in time; what it has heard is left out\n")


def headroom_words(headroom: Headroom) -> str:
    """What is left, what is used and when it is whole again, parts separated by `; `."""
    return "; ".join(_parts(headroom))


def _parts(told: Headroom) -> Iterator[str]:
    rows = (
        ("requests", told.requests_limit, told.requests_remaining, told.requests_reset_ms),
        ("tokens", told.tokens_limit, told.tokens_remaining, told.tokens_reset_ms),
        (
            "input tokens",
            told.input_tokens_limit,
            told.input_tokens_remaining,
            told.input_tokens_reset_ms,
        ),
        (
            "output tokens",
            told.output_tokens_limit,
            told.output_tokens_remaining,
            told.output_tokens_reset_ms,
        ),
    )
    for what, limit, left, reset_ms in rows:
        counted = _counted(what, limit, left)
        if counted:
            yield counted + ("" if reset_ms is None else f", whole again in {_duration(reset_ms)}")
    if told.provisioned_utilisation is not None:
        yield f"{told.provisioned_utilisation:.0%} of provisioned capacity in use"
    if told.spilled_from is not None:
        yield f"passed on by `{told.spilled_from}`"


def _counted(what: str, limit: int | None, left: int | None) -> str:
    if left is None:
        return "" if limit is None else f"a limit of {limit:,} {what}"
    return f"{left:,} {what} left" if limit is None else f"{left:,} of {limit:,} {what} left"


def _duration(wait_ms: int) -> str:
    """In the largest unit of which there is a whole one."""
    for unit_ms, name in _UNITS:
        if wait_ms >= unit_ms:
            return f"{wait_ms / unit_ms:.3g} {name}"
    return f"{wait_ms} ms"


def _table(report: HeadroomReport, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("DEPLOYMENT", "SAID", "LEFT"):
        table.add_column(heading, overflow="fold")
    for name, reading in report.deployments.items():
        share = reading.headroom.share_left
        style = "yellow" if share is not None and share < SCARCE else ""
        ago_ms = max(0, round((now - reading.at).total_seconds())) * 1000
        words = Text(headroom_words(reading.headroom), style=style)
        table.add_row(Text(name, style="bold"), f"{_duration(ago_ms)} ago", words)
    return table
