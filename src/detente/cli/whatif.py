"""`detente whatif`: recorded traffic under other agreements, prices, capacity, or without somebody.

Reads the ledger and decides every request anew: what would have gone where, what it would have
cost, what would have had no route. Sends nothing, writes nothing.

    detente whatif --agreements next-year/ --since 2026-10-01
    detente whatif --without host:microsoft --json
"""

import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from msgspec.structs import replace

from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.csv_rows import write_csv
from detente.cli.facts import moment_of, span_of
from detente.cli.progress import counted
from detente.cli.whatif_report import WhatIf, told
from detente.cli.whatif_tables import print_whatif
from detente.cli.whatif_terms import Changes, changed
from detente.ledger.entries import time_of, us_of
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.using import UseReader
from detente.ledger.uses import Use
from detente.replay.commitments import counts_tokens, cuts_at, set_against, taken_by
from detente.replay.differences import DifferenceRow, Dimension
from detente.replay.fates import EVER_US, NEVER_US
from detente.replay.replaying import Order, first_start_us, replay
from detente.replay.terms import Terms, terms_of
from detente.replay.volume import months_between, savings, tiered
from detente.wiring import CONFIGURATION_NAME, load

BY: Final[tuple[Dimension, ...]] = ("model", "provider", "project", "clause")


def _several(text: str) -> Parameter:
    return Parameter(
        negative="", consume_multiple=False, help=f"{text}; may be given several times."
    )


def _flag(text: str, name: str | None = None) -> Parameter:
    return Parameter(name=name, negative="", help=text)


Config = Annotated[
    Path, Parameter(help="What the traffic ran under: a file, or a folder with `detente.toml`.")
]
Other = Annotated[
    Path | None,
    Parameter(name="--with", help="Another configuration, with its own agreements and prices."),
]
Agreements = Annotated[Path | None, Parameter(help="Another folder of agreement files.")]
PriceTexts = Annotated[
    tuple[str, ...],
    _several(
        "Another price, `publisher/model@provider input=4 output=20`, in US dollars a million"
        " tokens; meters that are not named stay"
    ),
]
PriceFile = Annotated[
    Path | None, Parameter(help="A TOML file of `[[prices]]` that come before all others.")
]
Sizes = Annotated[tuple[str, ...], _several("Another size of a capacity, `agreement/clause=300`")]
Without = Annotated[
    str | None,
    Parameter(help="Suppose that somebody is unreachable: `provider:X`, `host:X`, `publisher:X`."),
]
Since = Annotated[str | None, Parameter(help="Only requests from this date or time on, in UTC.")]
Until = Annotated[str | None, Parameter(help="Only requests before this date or time, in UTC.")]
Starting = Annotated[
    str | None,
    Parameter(
        help="Suppose that the traffic came later, the first of it on this date: under terms that"
        " begin then."
    ),
]
AsKnownThen = Annotated[
    bool,
    _flag("Decide each request by what was recorded when it came, not by all that is known today."),
]
By = Annotated[
    tuple[Dimension, ...], _several("Group by model, provider, deployment, project or clause")
]
LedgerFile = Annotated[
    Path | None,
    Parameter(help="The ledger's file; the configuration's own where it is left out."),
]
Json = Annotated[bool, _flag("Print one JSON object, with all rows.", "--json")]
Csv = Annotated[bool, _flag("Print the rows of the first `--by` as CSV.", "--csv")]


def whatif(
    *,
    config: Config = Path(CONFIGURATION_NAME),
    other: Other = None,
    agreements: Agreements = None,
    price: PriceTexts = (),
    prices: PriceFile = None,
    capacity: Sizes = (),
    without: Without = None,
    since: Since = None,
    until: Until = None,
    starting: Starting = None,
    as_known_then: AsKnownThen = False,
    by: By = (),
    ledger: LedgerFile = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Replay recorded traffic under other terms: where it would have gone, for how much.

    Ends with status 1 where requests that were served would have had no route.
    """
    if as_json and as_csv:
        raise ClientFault("request_invalid", "`--json` and `--csv` exclude each other; give one")
    setup = load(config)
    changes = Changes(
        other=other,
        agreements=agreements,
        prices=price,
        price_file=prices,
        capacity=capacity,
        without=without,
    )
    path = setup.ledger_place if ledger is None else ledger
    start, end = span_of(since, until)
    order = Order(
        before=terms_of(setup),
        after=changed(config, setup, changes),
        since_us=EVER_US if start is None else us_of(start),
        until_us=NEVER_US if end is None else us_of(end),
        as_known_then=as_known_then,
    )
    if starting is not None:
        order = replace(order, shift_us=_shift_us(path, order, starting))
    found = _found(path, order, by or BY, _supposing(changes, order.after, starting))
    _print(found, as_json=as_json, as_csv=as_csv)
    if found.no_route.requests:
        raise SystemExit(BAD_NEWS)


def _found(
    path: LedgerPlace, order: Order, by: tuple[Dimension, ...], supposing: tuple[str, ...]
) -> WhatIf:
    """Replays, and sets what was found against the commitments."""
    after, at = order.after, _seen_at(datetime.now(UTC), order)
    months = _months(path, order, at) if tiered(after) else ()
    cuts = tuple(sorted({*cuts_at(after, at), *months}))
    # what came before counts towards periods that go on; moved traffic has nothing before it
    began = None if order.since_us == EVER_US or order.shift_us else time_of(order.since_us)
    earlier = [] if began is None else _earlier(path, cuts, after, began)
    order = replace(
        order,
        cuts=cuts,
        with_tokens=bool(months) or (bool(cuts) and counts_tokens(after)),
        taken={} if began is None else taken_by(after, earlier, began),
    )
    with counted("replaying") as progress:
        comparison = replay(path, order, progress=progress)
    weighed = set_against(after, comparison, cuts=cuts, at=at, earlier=earlier) if cuts else ()
    return told(
        comparison,
        supposing=supposing,
        by=by,
        commitments=weighed,
        volume=savings(after, comparison, cuts) if months else (),
        notes=_notes(order),
    )


def _shift_us(path: LedgerPlace, order: Order, starting: str) -> int:
    first = first_start_us(path, order.since_us, order.until_us)
    return 0 if first is None else us_of(moment_of(starting, "--starting")) - first


def _seen_at(now: datetime, order: Order) -> datetime:
    """From when balances are seen: now, or the end of what is replayed."""
    shifted = now + timedelta(microseconds=order.shift_us)
    if order.until_us == NEVER_US:
        return shifted
    return min(shifted, time_of(order.until_us + order.shift_us))


def _months(path: LedgerPlace, order: Order, at: datetime) -> tuple[datetime, ...]:
    """The calendar months that the replay may touch."""
    first = first_start_us(path, order.since_us, order.until_us)
    return () if first is None else months_between(time_of(first + order.shift_us), at)


def _earlier(
    path: LedgerPlace, cuts: tuple[datetime, ...], after: Terms, began: datetime
) -> list[Use]:
    """What was used before the replay begins, where there is a commitment that asks."""
    if not cuts:
        return []
    with closing(UseReader.open(path)) as reader:
        return reader.uses((*cuts, *cuts_at(after, began)), until=began, interfaces=True)


def _supposing(changes: Changes, after: Terms, starting: str | None) -> tuple[str, ...]:
    words = (
        None if changes.other is None else f"under `{changes.other}`",
        None if changes.agreements is None else f"under the agreements in `{changes.agreements}`",
        *(f"at `{text}`" for text in changes.prices),
        None if changes.price_file is None else f"at the prices of `{changes.price_file}`",
        *(f"with `{text}`" for text in changes.capacity),
        None if after.without is None else f"without `{after.without}`",
        None if starting is None else f"starting on {starting}",
    )
    return tuple(word for word in words if word is not None)


def _notes(order: Order) -> tuple[str, ...]:
    if order.as_known_then:
        return ("each request was decided by what was recorded when it came",)
    if order.shift_us or not order.after.agrees_with(order.before):
        return ("requests were decided by all that is recorded today, also of what came later",)
    return ()


def _print(found: WhatIf, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    elif as_csv:
        name = next(iter(found.by))
        fields = DifferenceRow.__struct_fields__
        rows = ([getattr(row, field) for field in fields] for row in found.by[name])
        write_csv((name, *fields[1:]), rows)
    else:
        print_whatif(found)
