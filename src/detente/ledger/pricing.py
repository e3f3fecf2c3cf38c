"""Which price row counts for a deployment at a time; pure.

The first row that names the deployment's model and provider and holds at the time. What it
amounts to is `canonical.price.cost_usd`; where rows come from is the catalog's and the
configuration's.

>>> price_at(prices, "openai/gpt-4", "openai", at)
Price(id='openai/gpt-4@openai', ...)
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from detente.canonical.model import Deployment
from detente.canonical.price import Price
from detente.canonical.tariff import Tariff

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


def price_at(prices: Iterable[Price], model: str, provider: str, at: datetime) -> Price | None:
    """The row for `model` at the configured provider at `at`; None where it is unknown."""
    for price in prices:
        if _names(price, model, provider) and price.holds_at(at):
            return price
    return None


class _Held:
    """An answer, and the half-open interval in which it stays the answer."""

    __slots__ = ("since", "tariff", "until")

    def __init__(self, since: datetime, until: datetime, tariff: Tariff | None) -> None:
        self.since = since
        self.until = until
        self.tariff = tariff


class PriceBook:
    """Price rows, with the current answer of each deployment held until its next boundary.

    Holds one answer a deployment: as many as the configuration has. Made anew on reload.
    """

    def __init__(self, prices: tuple[Price, ...]) -> None:
        self._prices = prices
        self._held: dict[str, _Held] = {}

    def tariff_of(self, deployment: Deployment, at: datetime) -> Tariff | None:
        """What `deployment` costs at `at`; None where it is unknown."""
        held = self._held.get(deployment.id)
        if held is None or not held.since <= at < held.until:
            held = self._find(deployment, at)
            self._held[deployment.id] = held
        return held.tariff

    def _find(self, deployment: Deployment, at: datetime) -> _Held:
        model, provider = deployment.model, deployment.provider
        rows = [price for price in self._prices if _names(price, model, provider)]
        bounds = [b for row in rows for b in (row.from_, row.until) if b is not None]
        price = price_at(rows, model, provider, at)
        return _Held(
            since=max((b for b in bounds if b <= at), default=_EVER),
            until=min((b for b in bounds if b > at), default=_NEVER),
            tariff=None if price is None else Tariff(price),
        )


def _names(price: Price, model: str, provider: str) -> bool:
    return fnmatchcase(model, price.model) and fnmatchcase(provider, price.provider)
