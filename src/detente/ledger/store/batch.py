"""What one step of the ledger's writer changes, as rows: the same for every database.

>>> Batch(positions=[("w0-1p1-00000000.journal", 4096)]).entries
[]
"""

from typing import Final

import msgspec

from detente.canonical.question import Labels

Row = tuple[str | int | bytes | None, ...]
Spends = dict[tuple[str, str], int]
"""What was spent more, in picodollars, by account and holder."""
Findings = dict[tuple[str, str, str, str], int]
"""What guardrails found, by policy, category, treatment and stage."""
Class = tuple[str, int, bool, str | None, str | None, Labels, str | None, str | None, str | None]
"""What entries share: outcome, status, rehearsed, key, project, labels, model, deployment,
decision. All of it is bounded by the configuration, not by what clients send."""

ENTRY_COLUMNS: Final = 9
CLASS_COLUMN: Final = 3


class Batch(msgspec.Struct, kw_only=True):
    """What one step changes: rows in the order of the statements' columns.

    `settled` and `gone` are deleted (owner and id of open intents, names of segments that no
    longer exist); all others are added. `entries` has the columns of all rows one after the
    other. `others` are entries whose id has another shape than the gateway's own: with the id
    at the end in place of a number in front. `spends` are added to what their holders had spent;
    the lives of the holders in `ended` are over, with nothing of theirs left to come. `findings`
    are only counted: no table has them, for they stand in the records.
    """

    classes: list[Row] = []
    prefixes: list[Row] = []
    blocks: list[Row] = []
    other_ids: list[Row] = []
    others: list[Row] = []
    decisions: list[Row] = []
    clauses: list[Row] = []
    opened: list[Row] = []
    settled: list[Row] = []
    orphans: list[Row] = []
    positions: list[Row] = []
    gone: list[Row] = []
    ended: list[Row] = []
    spends: Spends = {}
    findings: Findings = {}
    entries: list[int | None] = []
