"""Under what a request is decided and priced: a configuration's world, agreements and facts.

Values only; deciding is `deciding`'s.

>>> Terms(world=setup.world, agreements=setup.agreements, without="host:microsoft")
"""

from datetime import UTC, datetime

import msgspec

from detente.agreements import AgreementSet
from detente.canonical.drill import cut_from
from detente.canonical.question import Event, Offer
from detente.canonical.world import World
from detente.wiring import Setup


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What decides and prices requests.

    `without` is who is absent, `provider:X`, `host:X` or `publisher:X`: every request there meets
    `unreachable`, which is what a first refusal may wait for.
    """

    world: World
    agreements: AgreementSet
    events: tuple[Event, ...] = ()
    offers: tuple[Offer, ...] = ()
    without: str | None = None

    @property
    def gone(self) -> frozenset[str]:
        """The ids of the deployments that are absent."""
        return frozenset() if self.without is None else cut_from(self.world, self.without)

    def agrees_with(self, other: "Terms") -> bool:
        """Whether what is agreed, declared and offered is the same; prices and places apart."""
        return (self.agreements.fingerprints, self.events, self.offers) == (
            other.agreements.fingerprints,
            other.events,
            other.offers,
        )

    def known_from(self) -> datetime:
        """When the last that these terms say had been recorded: whoever asks later knows all."""
        clauses = (c.recorded_at for c in self.agreements.clauses if c.recorded_at is not None)
        answers = (o.answer_recorded_at for o in self.offers if o.answer_recorded_at is not None)
        return max(
            (
                *clauses,
                *answers,
                *(agreement.recorded_at for agreement in self.agreements.agreements),
                *(event.recorded_at for event in self.events),
                *(offer.recorded_at for offer in self.offers),
            ),
            default=datetime.min.replace(tzinfo=UTC),
        )


def terms_of(setup: Setup, *, without: str | None = None) -> Terms:
    """The terms of a configuration."""
    return Terms(
        world=setup.world,
        agreements=setup.agreements,
        events=setup.events,
        offers=setup.offers,
        without=without,
    )
