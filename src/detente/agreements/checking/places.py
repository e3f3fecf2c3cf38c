"""Of which deployments and callers a scope speaks, apart from any question.

A deployment's fact that nobody supplied is not in scope: what is doubtful is no finding. Asks no
evaluator.

>>> [d.id for d in Places(world).of(Scope(publisher="openai"))]
['azure/gpt-5']
"""

from collections.abc import Iterable, Iterator

from detente.agreements.checking.domain import Caller
from detente.agreements.checking.names import projects_of
from detente.agreements.clauses.grant import ENROLLED
from detente.agreements.reach import pattern
from detente.agreements.scope import Holders, Scope, Words, words
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.question import labels_of
from detente.canonical.world import World


class Places:
    """A world, looked up by scope and by holder."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.models = {model.name: model for model in world.models}
        self.by_model: dict[str, tuple[Deployment, ...]] = {}
        for deployment in world.deployments:
            known = self.by_model.get(deployment.model, ())
            self.by_model[deployment.model] = (*known, deployment)

    def of(self, scope: Scope) -> tuple[Deployment, ...]:
        """The deployments that `scope` speaks of, whoever calls, by model."""
        return tuple(
            d
            for model in self.models_in(scope)
            for d in self.by_model.get(model.name, ())
            if _speaks_of(scope, d)
        )

    def models_in(self, scope: Scope) -> Iterator[Model]:
        """The models that `scope` speaks of."""
        publishers = None if scope.publisher is None else set(words(scope.publisher))
        for model in self._named(scope.model):
            if publishers is None or model.publisher in publishers:
                yield model

    def _named(self, wanted: Words | None) -> Iterable[Model]:
        if wanted is None:
            return self.world.models
        if all(is_name(word) for word in words(wanted)):
            return [
                self.models[word] for word in dict.fromkeys(words(wanted)) if word in self.models
            ]
        sought = pattern(wanted)
        return [model for model in self.world.models if sought.fullmatch(model.name)]


def is_name(word: str) -> bool:
    """Whether a word of a scope is a plain name and no pattern."""
    return "*" not in word and "?" not in word


def belongs(deployment: Deployment, holders: Holders) -> bool:
    """Whether any of `holders` has the deployment."""
    for holder in words(holders):
        kind, _, name = holder.rpartition(":")
        owner = {"kind": deployment.kind, "provider": deployment.provider}.get(
            kind, deployment.host
        )
        if owner == name:
            return True
    return False


def within(zone: str | None, zones: Words) -> bool:
    """Whether a known zone fits any of `zones` (patterns)."""
    return zone is not None and pattern(zones).fullmatch(zone) is not None


def interfaces_in(scope: Scope, deployment: Deployment) -> tuple[Interface, ...]:
    """What of the deployment's interfaces is in scope."""
    wanted = scope.interface
    return tuple(i for i in deployment.interfaces if wanted is None or i in words(wanted))


def caller_in(*scopes: Scope, enrolments: Iterable[str] = ()) -> Caller | None:
    """The plainest caller of whom all `scopes` speak; None where nobody can be that."""
    labels: dict[str, set[str]] = {}
    for scope in scopes:
        for name, wanted in (scope.labels or {}).items():
            labels[name] = labels.get(name, set(words(wanted))) & set(words(wanted))
    if not all(labels.values()):
        return None
    chosen = {name: min(values) for name, values in labels.items()}
    if programmes := " ".join(sorted(set(enrolments))):
        chosen.setdefault(ENROLLED, programmes)
    for project in projects_of([s.project for s in scopes if s.project is not None]):
        return Caller(project=project, labels=labels_of(chosen))
    return None


def _speaks_of(scope: Scope, d: Deployment) -> bool:
    return (
        _fits(scope.host, d.host)
        and _fits(scope.region, d.region)
        and _fits(scope.zone, d.processing_zone)
        and _fits(scope.tier, d.tier)
        and _provided(scope.provider, d)
        and bool(interfaces_in(scope, d))
    )


def _fits(wanted: Words | None, fact: str | None) -> bool:
    if wanted is None:
        return True
    return fact is not None and pattern(wanted).fullmatch(fact) is not None


def _provided(wanted: Words | None, d: Deployment) -> bool:
    if wanted is None:
        return True
    return any(
        d.kind == word.removeprefix("kind:")
        if word.startswith("kind:")
        else pattern(word.removeprefix("provider:")).fullmatch(d.provider) is not None
        for word in words(wanted)
    )
