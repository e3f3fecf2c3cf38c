"""Sums of a configuration's ledger for a report; says what they leave out. Changes nothing.

>>> sums_of(setup, None, cuts, scopes).uses
[Use(...)]
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from detente.agreements.scope import Scope
from detente.cli.progress import counted
from detente.ledger.entries import time_of
from detente.ledger.store.using import UseReader
from detente.ledger.uses import Use
from detente.wiring import Setup

NAMES_SHOWN_MAX: Final = 5


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What was used, cut as asked, and about when the ledger began, None where it is empty."""

    uses: list[Use]
    began_at: datetime | None


def sums_of(
    setup: Setup, ledger: Path | None, cuts: Sequence[datetime], scopes: Iterable[Scope]
) -> Sums:
    """The sums of the ledger in all time; raises `LedgerUnusable` where there is none.

    Says on stderr which deployments are no longer configured: a scope that needs their host or
    zone cannot take them in.
    """
    reader = UseReader.open(setup.ledger_place if ledger is None else ledger)
    try:
        with counted("adding up the ledger") as told:
            uses = reader.uses(
                cuts, interfaces=any(s.interface is not None for s in scopes), told=told
            )
        began_us = reader.began_us()
    finally:
        reader.close()
    known = {(d.id, d.model) for d in setup.world.deployments}
    gone = {use.of.deployment for use in uses if (use.of.deployment, use.of.model) not in known}
    if gone:
        names = ", ".join(f"`{name}`" for name in sorted(gone)[:NAMES_SHOWN_MAX])
        more = len(gone) - NAMES_SHOWN_MAX
        beside = f" and {more} more" if more > 0 else ""
        sys.stderr.write(
            f"{names}{beside}: no longer configured, so only model and provider are known of their"
            " use\n"
        )
    return Sums(uses=uses, began_at=None if began_us is None else time_of(began_us))
