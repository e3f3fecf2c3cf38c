"""W01: names that nobody has, and scopes that can never match. A warning.

A holder that is neither configured nor a party of its agreement holds nothing; a verifier who is
neither can never be meant. Of what a scope names, agreements may well speak of models, hosts and
publishers that are not configured yet: told are those that look like a mistyped one, providers
and projects (whose names are the configuration's own), and words of one scope that exclude each
other.

>>> [finding.message for finding in names_of_nothing(survey)]
['`holder` of `a/api` names `host:microsft`, whom nobody has configured; did you mean `host:microsoft`?']
"""  # noqa: E501 - a message is one line

import re
from collections.abc import Collection, Iterator
from difflib import SequenceMatcher
from typing import Final

from detente.agreements.checking.places import is_name
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.clause import Clause
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.covenant import Covenant
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.clauses.revenue_share import RevenueShare
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.reach import pattern
from detente.agreements.scope import Scope, Words, words
from detente.canonical.world import World
from detente.configuration.located import did_you_mean

ALIKE: Final = 0.85
"""How alike two names are of which one is the other mistyped: a letter or two of a dozen."""
LETTERS_MORE_MAX: Final = 2


def names_of_nothing(
    survey: Survey, projects: Collection[str] | None = None
) -> Iterator[CheckFinding]:
    """One finding a name, and one a scope that contradicts itself.

    `projects` are the configured ones; where they are not given, none is missed.
    """
    known = _Known(survey.world, projects)
    parties = {a.id: frozenset(a.parties) for a in survey.agreements.agreements}
    for clause in survey.agreements.clauses:
        own = parties.get(clause.agreement, frozenset())
        problems = [
            *(known.holder(clause, key, word, own) for key, word in _holders(clause)),
            *(known.party(clause, key, word, own) for key, word in _parties(clause)),
            *(said for key, scope in _scopes(clause) for said in known.scope(clause, key, scope)),
        ]
        for message in problems:
            if message is not None:
                yield CheckFinding(
                    code="W01",
                    message=message,
                    clauses=(clause.id,),
                    place=survey.agreements.places.get(clause.id),
                    fact=message.partition(";")[0],
                )


class _Known:
    """What is configured, by what it is."""

    def __init__(self, world: World, projects: Collection[str] | None) -> None:
        self.holders = {
            *(f"host:{d.host}" for d in world.deployments),
            *(f"kind:{d.kind}" for d in world.deployments),
            *(f"provider:{d.provider}" for d in world.deployments),
        }
        self.publishers = {model.publisher for model in world.models}
        self.models = {model.name: model.publisher for model in world.models}
        self.providers = {d.provider: d.host for d in world.deployments}
        self.kinds = {d.kind for d in world.deployments}
        self.hosts = {d.host for d in world.deployments}
        self.projects = None if projects is None else set(projects)

    def holder(self, clause: Clause, key: str, word: str, own: frozenset[str]) -> str | None:
        """What is wrong with a holder, or None."""
        name = word if ":" in word else f"host:{word}"
        bare = name.partition(":")[2]
        if name in self.holders or (name.startswith("host:") and bare in own):
            return None
        near = did_you_mean(name, sorted(self.holders))
        return f"`{key}` of `{clause.id}` names `{word}`, whom nobody has configured; {near}"

    def party(self, clause: Clause, key: str, word: str, own: frozenset[str]) -> str | None:
        """What is wrong with a party, or None."""
        configured = self.hosts | self.publishers | set(self.providers)
        if word in own or word in configured or word.partition(":")[2] in configured:
            return None
        near = did_you_mean(word, sorted(own | configured))
        return f"`{key}` of `{clause.id}` names `{word}`, who is no party of the agreement; {near}"

    def scope(self, clause: Clause, key: str, scope: Scope) -> Iterator[str]:
        """What is wrong with a scope."""
        where = f"of `{clause.id}` names"
        for name, wanted, known in (
            ("publisher", scope.publisher, self.publishers),
            ("model", scope.model, set(self.models)),
            ("host", scope.host, self.hosts),
        ):
            for word in words(wanted):
                near = _mistyped(word, known)
                if near is not None:
                    yield f"`{key}.{name}` {where} `{word}`; did you mean `{near}`?"
        for word in words(scope.provider):
            if not self._is_provider(word):
                near = did_you_mean(word, sorted(self.providers))
                yield f"`{key}.provider` {where} `{word}`, which is not configured; {near}"
        for word in words(scope.project):
            if self.projects is not None and not _matches(word, self.projects):
                near = did_you_mean(word, sorted(self.projects)) or "configure it"
                yield f"`{key}.project` {where} `{word}`, which is not configured; {near}"
        yield from self._contradictions(clause, key, scope)

    def _contradictions(self, clause: Clause, key: str, scope: Scope) -> Iterator[str]:
        """Words of one scope of which none goes with another: whatever comes, it matches nothing.

        A model's name begins with its publisher's; a provider runs on its own host.
        """
        if scope.publisher is not None and scope.model is not None:
            heads = {word.partition("/")[0] for word in words(scope.model)}
            names = all(is_name(head) for head in heads)
            listed = {self.models[m] for m in words(scope.model) if m in self.models}
            if names and not (heads | listed) & set(words(scope.publisher)):
                yield (
                    f"`{key}` of `{clause.id}` can never match: none of its models is its "
                    f"publisher's; correct `publisher` or `model`"
                )
        if scope.provider is not None and scope.host is not None:
            hosts = {
                host
                for word in words(scope.provider)
                for provider, host in self.providers.items()
                if _matches(word.removeprefix("provider:"), (provider,))
            }
            if hosts and not any(_matches(word, hosts) for word in words(scope.host)):
                yield (
                    f"`{key}` of `{clause.id}` can never match: none of its providers runs on its "
                    f"host; correct `provider` or `host`"
                )

    def _is_provider(self, word: str) -> bool:
        if word.startswith("kind:"):
            return word.removeprefix("kind:") in self.kinds
        return _matches(word.removeprefix("provider:"), self.providers)


def _holders(clause: Clause) -> Iterator[tuple[str, str]]:
    """The keys of a clause that name holders, with each holder."""
    found: tuple[tuple[str, Words], ...]
    match clause:
        case Exclusive() | FirstRefusal():
            found = (("holder", clause.holder),)
        case Hold():
            found = (("leader", clause.leader), ("follower", clause.follower))
        case Prefer():
            found = (("order", clause.order),)
        case Capacity():
            found = (("spill_to", clause.spill_to or ()),)
        case Threshold():
            found = (("party", clause.party),)
        case _:
            found = ()
    return ((key, word) for key, holders in found for word in words(holders))


def _parties(clause: Clause) -> Iterator[tuple[str, str]]:
    """The keys of a clause that name parties, with each party."""
    found: tuple[tuple[str, Words | None], ...]
    match clause:
        case Threshold():
            found = (("declared_by", clause.declared_by), ("verified_by", clause.verified_by))
        case RevenueShare():
            found = (("payer", clause.payer), ("payee", clause.payee))
        case Covenant():
            found = (("party", clause.party),)
        case _:
            found = ()
    return ((key, word) for key, parties in found for word in words(parties))


def _scopes(clause: Clause) -> Iterator[tuple[str, Scope]]:
    yield "scope", clause.scope
    if isinstance(clause, Commit) and clause.eligible is not None:
        yield "eligible", clause.eligible


def _matches(word: str, known: Collection[str]) -> bool:
    if is_name(word):
        return word in known
    sought = pattern(word)
    return any(sought.fullmatch(name) for name in known)


def _mistyped(word: str, known: Collection[str]) -> str | None:
    """The known name of which `word` looks like a slip; other digits are another model's."""
    if not is_name(word) or word in known:
        return None
    digits = re.sub(r"\D", "", word)
    for name in sorted(known):
        if re.sub(r"\D", "", name) != digits or abs(len(name) - len(word)) > LETTERS_MORE_MAX:
            continue
        if SequenceMatcher(None, word, name).ratio() >= ALIKE:
            return name
    return None
