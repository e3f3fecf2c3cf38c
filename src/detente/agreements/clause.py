"""What every clause has, and what a clause type has to say for itself.

A clause type is one file in `clauses/`: the keys that it adds, and what it decides, once
plainly (`covers`, `rejects`, `opens`, read by `reference`) and once over sets of deployments
(`covered`, `rejected`, `opened`, run by `compiled`). The two forms share no predicate, so that
one checks the other.

>>> Forbid(id="house/no-preview", scope=Scope(tier="preview"), reason="not in production")
"""

from datetime import datetime
from typing import ClassVar, Literal, Protocol

import msgspec

from detente.agreements.grid import Grid
from detente.agreements.moment import At, Moment, earliest, latest
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Holders, Id, Scope, Word, Words, words
from detente.agreements.truth import Truth
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question

Role = Literal["grant", "listing", "prohibition", "offering", "commitment", "preference", "term"]
"""What a clause does to a deployment: permits it, makes it available, rejects it, supplies a fact
of it that meets a demand, or gives it a place in the order. A term says nothing of a request.
"""


class Case(Protocol):
    """One question with all that answers it, as the plain evaluator shows it to a clause."""

    @property
    def question(self) -> Question:
        """What is asked."""
        ...

    @property
    def model(self) -> Model:
        """The model asked for."""
        ...

    def held_by(self, holders: Holders) -> tuple[Deployment, ...]:
        """The model's deployments that serve the interface and belong to any of `holders`."""
        ...

    def barred(self, deployment: Deployment) -> Truth:
        """Whether a clause other than a first refusal rejects `deployment`."""
        ...

    def happened(self, events: Words | None) -> bool:
        """Whether any of `events` is recorded as having happened."""
        ...

    def listings_of(self, holders: Holders) -> tuple[tuple["Clause", Truth], ...]:
        """The listings recorded by now, and whether each speaks of what `holders` have."""
        ...


class Clause(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
):
    """The keys that every clause has.

    In a loaded set, `id` is `agreement/clause`, dates are resolved against the agreement's,
    and `recorded_at` is set. `except_of` suspends the prohibition that it names, within this
    clause's scope; `amends` replaces the clause that it names, from this one's start on.
    `ends_on` names events any of which ends it. `quote` is the wording that grounds it.
    """

    rivals: ClassVar[bool] = False

    id: Id
    scope: Scope = Scope()
    from_: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = None
    recorded_at: At | None = None
    except_of: Word | None = None
    amends: Word | None = None
    ends_on: Words | None = None
    title: str | None = None
    quote: str | None = None
    source: str | None = None

    @property
    def role(self) -> Role:
        """What it does to a deployment."""
        raise AssertionError(f"a {self.type} has no role")

    @property
    def type(self) -> str:
        """The clause type as files write it."""
        return str(self.__struct_config__.tag)

    @property
    def agreement(self) -> str:
        """The id of the agreement that it stands in."""
        return self.id.partition("/")[0]

    def known_by(self, at: datetime) -> bool:
        """Whether it was recorded at `at` or before."""
        return self.recorded_at is not None and self.recorded_at <= at

    def covers(self, case: Case, deployment: Deployment) -> Truth:
        """Whether its own keys let it speak of `deployment`; scope and dates apart."""
        del case, deployment
        return True

    def covered(self, plan: Plan, asked: Asked) -> Grid:
        """`covers` over all deployments of the plan."""
        del asked
        return Grid(yes=plan.all)

    def instants(self, model: Model, listings: tuple["Clause", ...]) -> tuple[datetime, ...]:
        """The times at which what it says about `model` may change."""
        del model, listings
        return tuple(
            instant
            for moment in (self.from_, self.until)
            if moment is not None
            for instant in (earliest(moment), latest(moment))
        )

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """What is wrong with its own keys beyond their shape: the key and a sentence for each."""
        return ()

    def admission(self, deployment: Deployment) -> str:
        """Why it helped to admit `deployment`, in one sentence without a full stop."""
        raise AssertionError(f"a {self.type} admits nothing: {deployment.id}")


class Prohibition(Clause, frozen=True, kw_only=True):
    """A clause that rejects deployments in its scope."""

    bars_holder: ClassVar[bool] = True

    @property
    def role(self) -> Role:
        """It rejects."""
        return "prohibition"

    def rejects(self, case: Case, deployment: Deployment) -> Truth:
        """Whether it rejects `deployment`, given that it is in force there."""
        del case, deployment
        return True

    def rejected(self, plan: Plan, asked: Asked) -> Grid:
        """`rejects` over all deployments of the plan."""
        del asked
        return Grid(yes=plan.all)

    def admits(self, case: Case, deployment: Deployment) -> bool:
        """Whether it is a reason to admit `deployment`: a duty, or a duty that was done."""
        del case, deployment
        return False

    def admitted(self, plan: Plan, asked: Asked) -> int:
        """`admits`, compiled."""
        del plan, asked
        return 0

    def favours(self, case: Case, deployment: Deployment) -> bool:
        """Whether it puts `deployment` before all others."""
        del case, deployment
        return False

    def favoured(self, plan: Plan, asked: Asked) -> int:
        """`favours`, compiled."""
        del plan, asked
        return 0

    @property
    def wait_ms(self) -> int | None:
        """How long those whom it favours may take to answer, in milliseconds."""
        return None

    def opens(self, case: Case) -> datetime | None:
        """When its own condition will have lifted, if a date says so."""
        del case

    def opened(self, plan: Plan, asked: Asked) -> datetime | None:
        """`opens`, compiled."""
        del plan, asked

    def rejection(self, deployment: Deployment) -> str:
        """Why it rejects `deployment`, in one sentence without a full stop."""
        raise AssertionError(f"a {self.type} has no sentence: {deployment.id}")

    def discharge(self) -> str | None:
        """What could lift it for this very request, if anything could."""
        return None

    def releases(self) -> tuple[str, ...]:
        """The events that would lift it for all, nearest first."""
        return tuple(f"after the event `{event}` is recorded" for event in words(self.ends_on))
