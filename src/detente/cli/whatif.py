"""`detente whatif`: recorded traffic under other agreements, prices, capacity, or without somebody.

Reads the ledger and decides every request anew: what would have gone where, what it would have
cost, what would have had no route. Sends nothing, writes nothing.

    detente whatif --agreements next-year/ --since 2026-10-01
    detente whatif --without host:microsoft --json
"""

import csv
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.facts import moment_of
from detente.cli.ledger import LEDGER_NAME
from detente.cli.progress import counted
from detente.cli.whatif_report import WhatIf, told
from detente.cli.whatif_tables import print_whatif
from detente.cli.whatif_terms import Changes, changed
from detente.ledger.entries import time_of, us_of
from detente.ledger.store.using import UseReader
from detente.ledger.uses import Use
from detente.replay.commitments import counts_tokens, cuts_at, set_against, taken_by
from detente.replay.differences import DifferenceRow, Dimension
from detente.replay.fates import EVER_US, NEVER_US
from detente.replay.replaying import Order, first_start_us, replay
from detente.replay.terms import Terms, terms_of
from detente.wiring import CONFIGURATION_NAME, load

BY: Final[tuple[Dimension, ...]] = ("model", "provider", "project", "clause")
Several = Parameter(negative="", consume_multiple=False)
Flag = Parameter(negative="")


def whatif(
    *,
    config: Path = Path(CONFIGURATION_NAME),
    other: Annotated[Path | None, Parameter(name="--with")] = None,
    agreements: Path | None = None,
    price: Annotated[tuple[str, ...], Several] = (),
    prices: Path | None = None,
    capacity: Annotated[tuple[str, ...], Several] = (),
    without: str | None = None,
    since: str | None = None,
    until: str | None = None,
    starting: str | None = None,
    as_known_then: Annotated[bool, Flag] = False,
    by: Annotated[tuple[Dimension, ...], Several] = (),
    ledger: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    as_csv: Annotated[bool, Parameter(name="--csv", negative="")] = False,
) -> None:
    """Replay recorded traffic under other terms: where it would have gone, for how much.

    Ends with status 1 where requests that were served would have had no route.

    Parameters
    ----------
    config
        The configuration that the traffic ran under: a file, or a folder with `detente.toml`.
    other
        Another configuration, with its own agreements and prices.
    agreements
        Another folder of agreement files.
    price
        Another price, `publisher/model@provider input=4 output=20`, in US dollars a million
        tokens; may be given several times. Meters that are not named stay.
    prices
        A TOML file of `[[prices]]` that come before all others.
    capacity
        Another size of a capacity, `agreement/clause=300`; may be given several times.
    without
        Suppose that somebody is unreachable: `provider:X`, `host:X` or `publisher:X`.
    since
        Only requests from this date or time on, in UTC.
    until
        Only requests before this date or time, in UTC.
    starting
        Suppose that the traffic came later, the first of it on this date: under terms that begin
        then.
    as_known_then
        Decide each request by what was recorded when it came, not by all that is known today.
    by
        Group by model, provider, deployment, project or clause; may be given several times.
    ledger
        The ledger's file; the configuration's own where it is left out.
    as_json
        Print one JSON object, with all rows.
    as_csv
        Print the rows of the first `--by` as CSV.
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
    before, after = terms_of(setup), changed(config, setup, changes)
    path = setup.state / LEDGER_NAME if ledger is None else ledger
    since_us = EVER_US if since is None else us_of(moment_of(since, "--since"))
    until_us = NEVER_US if until is None else us_of(moment_of(until, "--until"))
    shift_us = 0 if starting is None else _shift_us(path, since_us, until_us, starting)
    now = datetime.now(UTC)
    at = _seen_at(now, until_us, shift_us)
    cuts = cuts_at(after, at)
    # what came before counts towards periods that go on; moved traffic has nothing before it
    began = None if since is None or starting is not None else time_of(since_us)
    earlier = [] if began is None else _earlier(path, cuts, after, began)
    order = Order(
        before=before,
        after=after,
        since_us=since_us,
        until_us=until_us,
        shift_us=shift_us,
        as_known_then=as_known_then,
        cuts=cuts,
        with_tokens=bool(cuts) and counts_tokens(after),
        taken={} if began is None else taken_by(after, earlier, began),
    )
    with counted("replaying") as progress:
        comparison = replay(path, order, progress=progress)
    found = told(
        comparison,
        supposing=_supposing(changes, after, starting),
        by=by or BY,
        commitments=set_against(after, comparison, cuts=cuts, at=at, earlier=earlier)
        if cuts
        else (),
        notes=_notes(order),
    )
    _print(found, as_json=as_json, as_csv=as_csv)
    if found.no_route.requests:
        raise SystemExit(BAD_NEWS)


def _shift_us(path: Path, since_us: int, until_us: int, starting: str) -> int:
    first = first_start_us(path, since_us, until_us)
    return 0 if first is None else us_of(moment_of(starting, "--starting")) - first


def _seen_at(now: datetime, until_us: int, shift_us: int) -> datetime:
    """From when balances are seen: now, or the end of what is replayed."""
    shifted = now + timedelta(microseconds=shift_us)
    return shifted if until_us == NEVER_US else min(shifted, time_of(until_us + shift_us))


def _earlier(path: Path, cuts: tuple[datetime, ...], after: Terms, began: datetime) -> list[Use]:
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
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow((name, *fields[1:]))
        writer.writerows([getattr(row, field) for field in fields] for row in found.by[name])
    else:
        print_whatif(found)
