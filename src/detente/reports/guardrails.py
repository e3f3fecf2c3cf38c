"""Adds up what guardrails found and did: by project, platform, policy, category, and treatment.

>>> tallied([guarded], ("category",))[0].findings
3
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, get_args

import msgspec

from detente.canonical.evidence import Guarded
from detente.canonical.guardrail import Screened

Dimension = Literal["project", "platform", "policy", "stage", "detector", "category", "treatment"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
USUAL: Final[tuple[Dimension, ...]] = ("project", "platform", "policy", "category", "treatment")
"""What is told apart where nobody says otherwise."""

_Key = tuple[str | None, ...]


class GuardrailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group. A dimension is None where the groups are not told apart by it, or there is none: a
    request that was blocked before anything was sent has no platform, what a platform did by itself
    has no policy.

    `requests` counts requests in which it was found, `findings` what was found in them: 0 where a
    detector or a filter did not run.
    """

    project: str | None = None
    platform: str | None = None
    policy: str | None = None
    stage: str | None = None
    detector: str | None = None
    category: str | None = None
    treatment: str | None = None
    requests: int
    findings: int


def tallied(
    requests: Iterable[Guarded], by: Sequence[Dimension] = USUAL
) -> tuple[GuardrailRow, ...]:
    """The groups by these dimensions, those of most requests first; equal ones by their names."""
    sums: dict[_Key, list[int]] = {}
    for request in requests:
        met: set[_Key] = set()
        for one in request.findings:
            key = tuple(_value(dimension, request, one) for dimension in by)
            counts = sums.setdefault(key, [0, 0])
            if key not in met:
                met.add(key)
                counts[0] += 1
            counts[1] += one.count
    rows = [_row(by, key, *counts) for key, counts in sums.items()]
    return tuple(sorted(rows, key=_most_first))


def _value(dimension: Dimension, request: Guarded, found: Screened) -> str | None:
    match dimension:
        case "project":
            return request.project
        case "platform":
            return None if request.deployment is None else request.deployment.partition("/")[0]
        case "policy" | "stage" | "detector" | "category" | "treatment":
            return getattr(found, dimension) or None


def _row(by: Sequence[Dimension], key: _Key, requests: int, findings: int) -> GuardrailRow:
    group = dict(zip(by, key, strict=True))
    return GuardrailRow(
        project=group.get("project"),
        platform=group.get("platform"),
        policy=group.get("policy"),
        stage=group.get("stage"),
        detector=group.get("detector"),
        category=group.get("category"),
        treatment=group.get("treatment"),
        requests=requests,
        findings=findings,
    )


def _most_first(row: GuardrailRow) -> tuple[int, list[str]]:
    return -row.requests, [getattr(row, dimension) or "" for dimension in DIMENSIONS]
