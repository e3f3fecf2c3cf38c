"""Which price row counts for a deployment's answer at a time; pure.

The first row that names the deployment's model and provider, holds at the time and in the
deployment's zone, and counts for the answer's length and tier. What it amounts to is
`canonical.price.cost_usd`; where rows come from is the catalog's and the configuration's.

>>> price_at(prices, deployment, at, Usage())
Price(id='openai/gpt-4@openai', ...)
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from detente.canonical.model import Deployment
from detente.canonical.price import Price
from detente.canonical.tariff import Tariff
from detente.canonical.usage import Usage

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


def price_at(
    prices: Iterable[Price], deployment: Deployment, at: datetime, usage: Usage
) -> Price | None:
    """The row for an answer with `usage` from `deployment` at `at`; None where it is unknown."""
    for price in prices:
        if _names(price, deployment) and price.holds_at(at) and price.counts_for(usage):
            return price
    return None


class _Held:
    """The answer for a deployment, and the half-open interval in which it stays the answer.

    `tariffs` are the rows that may count, in order; where the first counts for every usage, it is
    the only one, and `sole` as well.
    """

    __slots__ = ("deployment", "since", "sole", "tariffs", "until")

    def __init__(
        self,
        deployment: Deployment,
        since: datetime,
        until: datetime,
        tariffs: tuple[Tariff, ...],
    ) -> None:
        self.deployment = deployment
        self.since = since
        self.until = until
        self.tariffs = tariffs
        plain = bool(tariffs) and not tariffs[0].price.depends_on_usage
        self.sole: Tariff | None = tariffs[0] if plain else None


class PriceBook:
    """Price rows, with the current answer of each deployment held until its next boundary.

    Holds one answer a deployment: as many as the configuration has. Made anew on reload.
    """

    def __init__(self, prices: tuple[Price, ...]) -> None:
        self._prices = prices
        self._held: dict[str, _Held] = {}

    def tariff_of(self, deployment: Deployment, at: datetime, usage: Usage) -> Tariff | None:
        """What an answer with `usage` from `deployment` costs at `at`; None where unknown."""
        held = self._held.get(deployment.id)
        # two models may share one id at a provider, and need not cost the same
        if held is None or held.deployment is not deployment or not held.since <= at < held.until:
            held = self._find(deployment, at)
            self._held[deployment.id] = held
        if held.sole is not None:
            return held.sole
        for tariff in held.tariffs:
            if tariff.price.counts_for(usage):
                return tariff
        return None

    def tariffs_at(self, deployment: Deployment, at: datetime) -> tuple[Tariff, ...]:
        """The rows that may count for an answer from `deployment` at `at`, of which the first that
        does counts; only the last of them can count for every usage."""
        held = self._held.get(deployment.id)
        if held is None or held.deployment is not deployment or not held.since <= at < held.until:
            held = self._held[deployment.id] = self._find(deployment, at)
        return held.tariffs

    def rows_of(self, deployment: Deployment) -> list[Price]:
        """All rows that name `deployment`, whenever they hold."""
        return [price for price in self._prices if _names(price, deployment)]

    def _find(self, deployment: Deployment, at: datetime) -> _Held:
        rows = self.rows_of(deployment)
        bounds = [b for row in rows for b in (row.from_, row.until) if b is not None]
        tariffs: list[Tariff] = []
        for row in rows:
            if row.holds_at(at):
                tariffs.append(Tariff(row))
                if not row.depends_on_usage:
                    break
        return _Held(
            deployment,
            since=max((b for b in bounds if b <= at), default=_EVER),
            until=min((b for b in bounds if b > at), default=_NEVER),
            tariffs=tuple(tariffs),
        )


def _names(price: Price, deployment: Deployment) -> bool:
    return (
        price.speaks_of(deployment.id)
        and fnmatchcase(deployment.model, price.model)
        and fnmatchcase(deployment.provider, price.provider)
        and price.holds_in(deployment.processing_zone)
    )
