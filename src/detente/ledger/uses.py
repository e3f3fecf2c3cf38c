"""What was used, summed: requests, tokens and money by who used what, between two instants.

Values only; `store.using` sums a ledger into them, and `reports` sets them against agreements.

>>> Use(of=UseClass(deployment="azure/gpt5", model="openai/gpt-5"), since=None, until=None)
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import msgspec

from detente.canonical.model import Interface
from detente.canonical.question import Labels
from detente.canonical.usage import Usage


class UseClass(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What requests have in common: where they were answered, for whom and for what.

    `labels` are the key's own. `interface` is None where it was not looked up.
    """

    deployment: str
    model: str
    project: str | None = None
    labels: Labels = ()
    interface: Interface | None = None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of a class that started in `since ≤ t < until`, None where there is no bound.

    `requests` are those that a deployment answered. Money is exact and only that which is known;
    `cost_unknown` and `charge_unknown` count the requests whose price is not, which is not zero.
    """

    of: UseClass
    since: datetime | None
    until: datetime | None
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    cost_unknown: int = 0
    charge_usd: Decimal = Decimal(0)
    charge_unknown: int = 0

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.input_tokens + self.output_tokens


class Used(msgspec.Struct, frozen=True, gc=False):
    """One request that a deployment answered, as one that follows the ledger sees it.

    `first_byte_ms` is the deployment's own time to its first byte, None where it was not told.
    """

    of: UseClass
    started_us: int
    requests: int
    usage: Usage | None
    cost_pico_usd: int | None
    first_byte_ms: float | None

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return 0 if self.usage is None else self.usage.tokens


def spans(
    cuts: Iterable[datetime],
) -> tuple[tuple[datetime | None, datetime | None], ...]:
    """The spans between sorted instants, the open ones at both ends included."""
    return tuple(pairwise((None, *sorted(set(cuts)), None)))
