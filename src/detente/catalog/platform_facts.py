"""What a platform says of a deployment where the configuration says nothing: zones and retention.

Defaults with a page and a date each, not promises: an account may have agreed otherwise, and then
its configuration says so. A zone is `global`, a geography (`us`, `eu`, `apac`, `jp`, `au`,
`us-gov`) or a platform's own name of a region.

>>> facts_of("bedrock", "eu-central-1", None, "eu.anthropic.claude-opus-5").processing_zone
'eu'
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

import msgspec

from detente.canonical.model import Deployment, RetentionMode
from detente.catalog.loader import Sourced, read_rows, shipped

REGION: Final = "{region}"
"""Where a deployment's region stands in a row's zone."""


class PlatformFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known; None where nothing is. `sources` has a line for each row that counted."""

    processing_zone: str | None = None
    storage_zone: str | None = None
    retention: RetentionMode | None = None
    sources: tuple[str, ...] = ()


class FactRow(Sourced, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `platform_facts.toml`; the patterns (`*`, `?`) are None where any will do.

    `regions = [""]` is a deployment without a region; a zone that is empty is not known.
    """

    kinds: tuple[str, ...]
    regions: tuple[str, ...] | None = None
    tiers: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    processing_zone: str | None = None
    storage_zone: str | None = None
    retention: RetentionMode | None = None

    def fits(self, kind: str, region: str | None, tier: str | None, upstream_id: str) -> bool:
        """Whether the row speaks of such a deployment."""
        return kind in self.kinds and all(
            patterns is None or any(fnmatchcase(word or "", pattern) for pattern in patterns)
            for word, patterns in (
                (region, self.regions),
                (tier, self.tiers),
                (upstream_id, self.ids),
            )
        )


@cache
def fact_rows() -> tuple[FactRow, ...]:
    """The rows that ship, in the order in which they count."""
    return load_facts(shipped("platform_facts.toml"))


def load_facts(data: bytes) -> tuple[FactRow, ...]:
    """A catalog file's rows; raises `ValueError` where a row lacks its page or date."""
    return read_rows(data, "facts", FactRow)


def facts_of(
    kind: str,
    region: str | None,
    tier: str | None,
    upstream_id: str,
    rows: tuple[FactRow, ...] | None = None,
) -> PlatformFacts:
    """What the platform says of such a deployment: of each fact, the first row that gives it."""
    fitting = [
        row
        for row in (fact_rows() if rows is None else rows)
        if row.fits(kind, region, tier, upstream_id)
    ]
    processing = next((row for row in fitting if row.processing_zone is not None), None)
    storage = next((row for row in fitting if row.storage_zone is not None), None)
    kept = next((row for row in fitting if row.retention is not None), None)
    return PlatformFacts(
        processing_zone=_zone(processing and processing.processing_zone, region),
        storage_zone=_zone(storage and storage.storage_zone, region),
        retention=kept and kept.retention,
        sources=tuple(dict.fromkeys(row.source for row in (processing, storage, kept) if row)),
    )


def with_platform_facts(deployments: Iterable[Deployment]) -> tuple[Deployment, ...]:
    """The deployments, with the platform's defaults where the configuration gives no fact."""
    rows = fact_rows()
    return tuple(_filled(deployment, rows) for deployment in deployments)


def _filled(d: Deployment, rows: tuple[FactRow, ...]) -> Deployment:
    known = facts_of(d.kind, d.region, d.tier, d.upstream_id, rows)
    return msgspec.structs.replace(
        d,
        processing_zone=d.processing_zone or known.processing_zone,
        storage_zone=d.storage_zone or known.storage_zone,
        retention=d.retention or known.retention,
    )


def _zone(zone: str | None, region: str | None) -> str | None:
    """A row's zone with the region in its place; None where that is nothing."""
    return (region if zone == REGION else zone) or None
