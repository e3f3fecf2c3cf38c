"""Which deployments and callers a scope reaches: the compiled form of matching.

Patterns become sets of a plan's deployments once, when it is compiled; what is left for the
question is two set look-ups and the labels.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from detente.agreements.grid import Grid, both
from detente.agreements.plan import Plan
from detente.agreements.scope import Scope, Words, words
from detente.canonical.model import Deployment


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A scope over one plan: where it applies, and to which callers.

    `projects` is None where any caller's project will do; `labels` are alternatives by name.
    """

    where: Grid
    interfaces: frozenset[str] | None
    projects: re.Pattern[str] | None
    labels: tuple[tuple[str, frozenset[str]], ...]

    def takes(
        self, interface: str, project: str | None, labels: Mapping[str, frozenset[str]]
    ) -> bool:
        """Whether interface and caller are in scope; `labels` are those that count."""
        if self.interfaces is not None and interface not in self.interfaces:
            return False
        if self.projects is not None and (
            project is None or self.projects.fullmatch(project) is None
        ):
            return False
        return all(not wanted.isdisjoint(labels.get(name, ())) for name, wanted in self.labels)


def reach(scope: Scope, plan: Plan) -> Reach | None:
    """`scope` over `plan`, or None where it can reach none of its deployments."""
    model = plan.model
    if scope.publisher is not None and model.publisher not in set(words(scope.publisher)):
        return None
    if scope.model is not None and pattern(scope.model).fullmatch(model.name) is None:
        return None
    where = Grid(plan.all)
    for wanted, name, fact in _FACTS:
        sought = wanted(scope)
        if sought is not None:
            where = both(where, _spread(plan, pattern(sought), name, fact))
    if scope.provider is not None:
        where = both(where, Grid(_providers(plan, scope.provider)))
    if not where.yes and not where.open:
        return None
    return Reach(
        where=where,
        interfaces=None if scope.interface is None else frozenset(words(scope.interface)),
        projects=None if scope.project is None else pattern(scope.project),
        labels=tuple((n, frozenset(words(v))) for n, v in sorted((scope.labels or {}).items())),
    )


def pattern(alternatives: Words) -> re.Pattern[str]:
    """One expression for several patterns with `*` (any run) and `?` (any one)."""
    return _compiled(alternatives, any_one=".")


def inner_pattern(alternatives: Words) -> re.Pattern[str]:
    """As `pattern`, for patterns that have to lie within it: `?` stands for no `*`."""
    return _compiled(alternatives, any_one="[^*]")


def _compiled(alternatives: Words, *, any_one: str) -> re.Pattern[str]:
    escaped = (re.escape(word) for word in words(alternatives))
    found = "|".join(word.replace(r"\*", ".*").replace(r"\?", any_one) for word in escaped)
    return re.compile(found, re.DOTALL)


_FACTS: tuple[
    tuple[Callable[[Scope], Words | None], str, Callable[[Deployment], str | None]], ...
] = (
    (lambda scope: scope.host, "host", lambda d: d.host),
    (lambda scope: scope.region, "region", lambda d: d.region),
    (lambda scope: scope.zone, "processing zone", lambda d: d.processing_zone),
    (lambda scope: scope.tier, "tier", lambda d: d.tier),
)


def _spread(
    plan: Plan, sought: re.Pattern[str], name: str, fact: Callable[[Deployment], str | None]
) -> Grid:
    yes, unknown = 0, dict[int, frozenset[str]]()
    for index, deployment in enumerate(plan.deployments):
        value = fact(deployment)
        if value is None:
            unknown[1 << index] = frozenset((f"{name} of {deployment.id}",))
        elif sought.fullmatch(value) is not None:
            yes |= 1 << index
    return Grid(yes, unknown)


def _providers(plan: Plan, wanted: Words) -> int:
    mask = 0
    for word in words(wanted):
        kind, _, name = word.rpartition(":")
        if kind == "kind":
            mask |= plan.by_kind.get(name, 0)
            continue
        sought = pattern(name if kind == "provider" else word)
        for provider, bits in plan.by_provider.items():
            if sought.fullmatch(provider) is not None:
                mask |= bits
    return mask
