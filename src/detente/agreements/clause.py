"""What every clause has, and what a clause type has to say for itself.

A clause type is one file in `clauses/`: the keys that it adds, and what it decides, once
plainly (`covers`, `rejects`, `opens`, read by `reference`) and once over sets of deployments
(`covered`, `rejected`, `opened`, run by `compiled`). The two forms share no predicate, so that
one checks the other.

>>> Forbid(id="house/no-preview", scope=Scope(tier="preview"), reason="not in production")
"""

from datetime import datetime
from typing import ClassVar, Final, Literal, Protocol, TypeGuard

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

_EXCEPTING: Final = frozenset[Role](("grant", "listing", "prohibition", "offering"))
"""The roles that speak of a request, so that a clause can be an exception."""


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

    def refused(self) -> tuple[Deployment, ...]:
        """The model's deployments that have refused this very request."""
        ...

    def offers_of(self, type_: str, deployment: Deployment) -> tuple[tuple["Clause", Truth], ...]:
        """The offering clauses of a type, and whether each is in force for `deployment`."""
        ...

    def offers_known(self, type_: str, deployment: Deployment) -> tuple["Clause", ...]:
        """The offering clauses of a type that speak of `deployment`, in force yet or not."""
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
    beyond: ClassVar[bool] = False
    """Whether it speaks of all deployments of the models in its scope, not only of those in it."""

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
    def scopes(self) -> tuple[Scope, ...]:
        """Everything that it speaks about."""
        return (self.scope,)

    @property
    def excepts(self) -> bool:
        """Whether it is an exception to the clause that it names."""
        return self.except_of is not None and self.role in _EXCEPTING

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

    def covered(self, plan: Plan, asked: Asked) -> Grid | None:
        """`covers` over all deployments of the plan; None where it is all of them."""
        del plan, asked
        return None

    def prepare(self, plan: Plan) -> tuple[Grid, ...]:
        """What of it depends on no question: worked out once, found in `plan.prepared`."""
        del plan
        return ()

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

    def admission(self, deployment: Deployment, question: Question) -> str:
        """Why it helped to admit `deployment`, in one sentence without a full stop."""
        del question
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

    def prepays(self, case: Case, deployment: Deployment) -> bool:
        """Whether `deployment` was paid for already, used or not."""
        del case, deployment
        return False

    def prepaid(self, plan: Plan, asked: Asked) -> int:
        """`prepays`, compiled."""
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

    def opens(self, case: Case, deployment: Deployment) -> datetime | None:
        """When its own condition will have lifted, if a date says so."""
        del case, deployment

    def opened(self, plan: Plan, asked: Asked, bit: int) -> datetime | None:
        """`opens`, compiled: for the deployment of that bit."""
        del plan, asked, bit

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`, in one sentence without a full stop."""
        del model, question
        raise AssertionError(f"a {self.type} has no sentence: {deployment.id}")

    def discharge(self, deployment: Deployment, question: Question) -> str | None:
        """What could lift it for this very request, if anything could."""
        del deployment, question
        return None

    def releases(self, deployment: Deployment, model: Model) -> tuple[str, ...]:
        """What would lift it, dates apart, nearest first."""
        del deployment, model
        return tuple(f"after the event `{event}` is recorded" for event in words(self.ends_on))


def forbids(clause: Clause) -> TypeGuard[Prohibition]:
    """Whether `clause` can reject: one of a prohibition's type may be an offer instead."""
    return clause.role == "prohibition"
