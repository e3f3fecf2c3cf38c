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


class Reach(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class Places:
    """Which of a plan's deployments scopes speak of; each field of a scope is worked out once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._everywhere = Grid(plan.all)
        self._known: dict[tuple[str, Words], Grid] = {}

    def where(self, scope: Scope) -> Grid:
        """The deployments in scope, whatever their model."""
        where = self._everywhere
        for wanted, name, fact in _FACTS:
            sought = wanted(scope)
            if sought is not None:
                found = self._known.get((name, sought))
                if found is None:
                    found = _spread(self._plan, pattern(sought), name, fact)
                    self._known[name, sought] = found
                where = found if where is self._everywhere else both(where, found)
        if scope.provider is not None:
            found = self._known.get(("provider", scope.provider))
            if found is None:
                found = Grid(_providers(self._plan, scope.provider))
                self._known["provider", scope.provider] = found
            where = found if where is self._everywhere else both(where, found)
        return where


def pattern(alternatives: Words) -> re.Pattern[str]:
    """One expression for several patterns with `*` (any run) and `?` (any one)."""
    return _compiled(alternatives, any_one=".")


def inner_pattern(alternatives: Words) -> re.Pattern[str]:
    """As `pattern`, for patterns that have to lie within it: `?` stands for no `*`."""
    return _compiled(alternatives, any_one="[^*]")


def _compiled(alternatives: Words, *, any_one: str) -> re.Pattern[str]:
    found = "|".join(_expression(word, any_one) for word in words(alternatives))
    return re.compile(found, re.DOTALL)


def _expression(word: str, any_one: str) -> str:
    """Each `*` but the last stops at the first place where what follows it fits, for good.

    Stopping later could only leave less for the rest. So the time is bounded, whatever the word.
    """
    first, *rest = (re.escape(part).replace(r"\?", any_one) for part in re.split(r"\*+", word))
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>.*?{part})" for part in middle) + ".*" + last


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
