"""`detente report guardrails`: what policies and platforms' filters found, and what was done.

detente report guardrails --since 2026-11-01 --by project --by category
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich import box
from rich.table import Table
from rich.text import Text

from detente.canonical.failure import ClientFault
from detente.cli.facts import span_of
from detente.cli.progress import counted
from detente.cli.report.printing import Config, Csv, File, Json, printed
from detente.configuration.located import did_you_mean
from detente.ledger.store.guarded import GuardedReader
from detente.reports.guardrails import DIMENSIONS, USUAL, Dimension, GuardrailRow, tallied
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, load

Several = Parameter(negative="", consume_multiple=False)
STYLES: Final = {"block": "red", "hold": "red", "elsewhere": "yellow", "flag": "yellow"}
NONE: Final = "-"


def guardrails(
    *,
    by: Annotated[tuple[str, ...], Several] = (),
    since: str | None = None,
    until: str | None = None,
    config: Config = Path(CONFIGURATION_NAME),
    ledger: File = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show what policies on content and platforms' filters found, and what was done.

    By category and count, never what it was. What a platform did by itself stands under no policy;
    what was blocked before anything was sent, under no platform. Rehearsed requests are left out.

    Parameters
    ----------
    by
        Tell apart by project, platform, policy, stage, detector, category or treatment; may be
        given several times. Without it: by all but stage and detector.
    since
        Only requests from this date or time on, in UTC.
    until
        Only requests before this date or time, in UTC.
    """
    chosen: Sequence[Dimension] = [_dimension(name) for name in by]
    dimensions = chosen or USUAL
    start, end = span_of(since, until)
    place = load(config).ledger_place if ledger is None else ledger
    with closing(GuardedReader.open(place)) as reader, counted("reading the ledger") as told:
        rows = tallied(reader.guarded(since=start, until=end, told=told), dimensions)
    if printed(GuardrailRow, rows, as_json=as_json, as_csv=as_csv):
        return
    if rows:
        console().print(_table(dimensions, rows))
    else:
        console().print("nothing was found in that time, by any policy or platform")


def _dimension(name: str) -> Dimension:
    for known in DIMENSIONS:
        if name == known:
            return known
    raise ClientFault(
        "request_invalid", f"cannot tell apart by `{name}`; {did_you_mean(name, [*DIMENSIONS])}"
    )


def _table(dimensions: Sequence[Dimension], rows: Sequence[GuardrailRow]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in dimensions:
        table.add_column(name, overflow="fold")
    for name in ("requests", "findings"):
        table.add_column(name, justify="right")
    for row in rows:
        words = [Text(getattr(row, name) or NONE, style=_style(row, name)) for name in dimensions]
        table.add_row(*words, f"{row.requests:,}", f"{row.findings:,}")
    return table


def _style(row: GuardrailRow, dimension: Dimension) -> str:
    return STYLES.get(row.treatment or "", "") if dimension == "treatment" else ""
