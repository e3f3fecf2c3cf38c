"""Decides recorded questions under some terms, with what was measured then.

>>> Decider(terms).path(recorded, at=at, known_at=at).served_by
'openai/gpt-5.5'
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec

from detente.agreements import compile_agreements
from detente.canonical.decision import Decision
from detente.canonical.model import Deployment
from detente.canonical.price import Price
from detente.canonical.question import Question
from detente.canonical.tariff import Tariff
from detente.ledger.pricing import PriceBook
from detente.replay.recorded import Recorded
from detente.replay.terms import Terms
from detente.replay.walk import Path, walk

DECISIONS_HELD_MAX: Final = 1_000
"""Whoever asks keeps the answers by class; here they only bridge the steps of a walk."""


class Decider:
    """Terms ready to answer, and to price."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._compiled = compile_agreements(
            terms.world, terms.agreements, decisions_cached_max=DECISIONS_HELD_MAX
        )
        self._places = {(d.model, d.id): d for d in terms.world.deployments}
        self._prices = PriceBook(terms.world.cost_prices)
        self._rows: dict[tuple[str, str], list[Price]] = {}
        self._gone = terms.gone

    def path(
        self,
        recorded: Recorded,
        *,
        at: datetime,
        known_at: datetime,
        full: Collection[str] = (),
    ) -> Path:
        """The way of a request of that class, by what was measured then; see `walk`."""
        self._compiled.observe(recorded.snapshot)
        return walk(
            self._decide,
            recorded,
            at=at,
            known_at=known_at,
            gone=self._gone,
            full=full,
        )

    def place(self, model: str, name: str | None) -> Deployment | None:
        """The deployment of that id, None where these terms know none."""
        return None if name is None else self._places.get((model, name))

    def tariffs(self, model: str, name: str | None, at: datetime) -> tuple[Tariff, ...]:
        """The rows that may count for an answer of that deployment; none where it is unknown."""
        place = self.place(model, name)
        return () if place is None else self._prices.tariffs_at(place, at)

    def rows(self, model: str, name: str | None) -> list[Price]:
        """All price rows of that deployment."""
        place = self.place(model, name)
        if place is None:
            return []
        found = self._rows.get((model, place.id))
        if found is None:
            found = self._rows[model, place.id] = self._prices.rows_of(place)
        return found

    def _decide(self, question: Question) -> Decision:
        terms = self.terms
        return self._compiled.decide(
            msgspec.structs.replace(question, events=terms.events, offers=terms.offers)
        )
