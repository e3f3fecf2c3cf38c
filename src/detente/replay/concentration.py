"""How much of the traffic hangs on few: shares by publisher, provider and host, and the index.

Counts what deployments served, as sums of the ledger say; reads nothing. Two providers whose
machines have one owner are two by provider and one by host, which is what an outage counts.

>>> concentration(rows, world).axes[2].index.requests
1.0
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Literal

import msgspec

from detente.canonical.world import World
from detente.ledger.store.reading import SumRow

Axis = Literal["publisher", "provider", "host"]
AXES: Final[tuple[Axis, ...]] = ("publisher", "provider", "host")
DIMENSIONS: Final = ("outcome", "deployment", "model")
"""What the sums have to be grouped by."""
SERVED: Final = frozenset({"answered", "client_gone"})
UNKNOWN: Final = "unknown"
"""Who owned the machines of a deployment that is not configured any more."""
MODERATE: Final = 0.10
HIGH: Final = 0.18
"""Where an index begins to be called moderate and high: 1,000 and 1,800 of 10,000 points.

U.S. Department of Justice and Federal Trade Commission, Merger Guidelines of 18 December 2023,
section 2.1 (justice.gov/atr/merger-guidelines/applying-merger-guidelines/guideline-1, read
2026-11-22), and the Department's page on the index. They speak of markets; here it is a usual
reading of the same arithmetic, not a finding.
"""


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """Requests, tokens and dollars; of a share the parts of one, of an index the index each.

    None where there is nothing to divide.
    """

    requests: float | None
    tokens: float | None
    cost: float | None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one of them carried. `cost_unknown` requests have no known price: not in the cost."""

    name: str
    requests: int
    tokens: int
    cost_usd: Decimal
    cost_unknown: int
    share: Amounts


class AxisShares(msgspec.Struct, frozen=True, kw_only=True):
    """One way to count: the shares, largest first, and their Herfindahl indices (0 to 1).

    The index is the sum of the squared shares: 1 where one carries all, 1/n where n carry the
    same.
    """

    axis: Axis
    shares: tuple[Share, ...]
    index: Amounts

    @property
    def reading(self) -> str | None:
        """How such an index is usually read, by requests; None where there were none."""
        return None if self.index.requests is None else reading_of(self.index.requests)


class Concentration(msgspec.Struct, frozen=True, kw_only=True):
    """All three ways to count. `shared_hosts` are hosts with several providers, and those."""

    axes: tuple[AxisShares, ...]
    shared_hosts: dict[str, tuple[str, ...]] = {}


def reading_of(index: float) -> str:
    """`low`, `moderate` or `high`; see `HIGH`."""
    if index > HIGH:
        return "high"
    return "moderate" if index >= MODERATE else "low"


def concentration(rows: Iterable[SumRow], world: World) -> Concentration:
    """The shares of what was served; `rows` are sums by `DIMENSIONS`."""
    served = [
        row
        for row in rows
        if row.group["outcome"] in SERVED and row.group["deployment"] is not None
    ]
    hosts = {deployment.id: deployment.host for deployment in world.deployments}
    used = {row.group["deployment"] or "" for row in served}
    return Concentration(
        axes=tuple(_axis(axis, served, hosts) for axis in AXES),
        shared_hosts=_shared(used, hosts),
    )


def _axis(axis: Axis, rows: list[SumRow], hosts: dict[str, str]) -> AxisShares:
    groups: dict[str, list[SumRow]] = {}
    for row in rows:
        groups.setdefault(_name(axis, row, hosts), []).append(row)
    sums = {name: _sum(found) for name, found in groups.items()}
    requests = sum(total[0] for total in sums.values())
    tokens = sum(total[1] for total in sums.values())
    cost = sum((total[2] for total in sums.values()), Decimal(0))
    shares = [
        Share(
            name=name,
            requests=own[0],
            tokens=own[1],
            cost_usd=own[2],
            cost_unknown=own[3],
            share=Amounts(
                requests=_part(own[0], requests),
                tokens=_part(own[1], tokens),
                cost=_part(own[2], cost),
            ),
        )
        for name, own in sums.items()
    ]
    shares.sort(key=lambda share: (-share.requests, share.name))
    return AxisShares(
        axis=axis,
        shares=tuple(shares),
        index=Amounts(
            requests=_index(share.share.requests for share in shares),
            tokens=_index(share.share.tokens for share in shares),
            cost=_index(share.share.cost for share in shares),
        ),
    )


def _name(axis: Axis, row: SumRow, hosts: dict[str, str]) -> str:
    deployment = row.group["deployment"] or ""
    match axis:
        case "publisher":
            return (row.group["model"] or UNKNOWN).partition("/")[0]
        case "provider":
            return deployment.partition("/")[0]
        case "host":
            return hosts.get(deployment, UNKNOWN)


def _sum(rows: list[SumRow]) -> tuple[int, int, Decimal, int]:
    return (
        sum(row.requests for row in rows),
        sum(row.input_tokens + row.output_tokens for row in rows),
        sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0)),
        sum(row.cost_unknown for row in rows),
    )


def _part(own: int | Decimal, whole: int | Decimal) -> float | None:
    return float(Decimal(own) / Decimal(whole)) if whole else None


def _index(parts: Iterable[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return min(1.0, sum(part * part for part in known)) if known else None


def _shared(used: set[str], hosts: dict[str, str]) -> dict[str, tuple[str, ...]]:
    providers: dict[str, set[str]] = {}
    for deployment in used:
        if deployment in hosts:
            providers.setdefault(hosts[deployment], set()).add(deployment.partition("/")[0])
    return {
        host: tuple(sorted(names)) for host, names in sorted(providers.items()) if len(names) > 1
    }
