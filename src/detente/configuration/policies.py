"""What is wrong with `[guardrails]`: names of nothing, rules that cannot be meant, keys that do not
belong to a detector.

Which detectors there are arrives as an argument. Whether a policy does what its author may have
meant is `detente check`'s to say.

>>> wrong = Configuration(guardrails=Guardrails(policies={"p": PolicyEntry(models=("a/b",))}))
>>> [problem for _, problem in guardrail_problems(wrong, {}, {})]
['unknown model `a/b`; the configuration has no model']
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol, get_args

from detente.canonical.evidence import FAILED, UNREAD
from detente.canonical.guardrail import GROUPS, PERSONAL, SECRETS
from detente.canonical.safety import SafetyCategory, SafetySource
from detente.configuration.credentials import Problem, secret_problems
from detente.configuration.guardrails import (
    DataEntry,
    DetectorEntry,
    PolicyEntry,
    categories_of,
    entities_of,
)
from detente.configuration.located import Path
from detente.configuration.remote_detectors import is_remote, remote_problems
from detente.configuration.schema import Configuration
from detente.configuration.words import did_you_mean, plain

RISKS: Final[tuple[str, ...]] = get_args(SafetyCategory)
EVIDENCE: Final = (FAILED, UNREAD)
"""Words that evidence has in the place of a category."""
SOURCES: Final[tuple[str, ...]] = get_args(SafetySource)
"""Words that evidence has in the place of a detector."""
KEYS: Final = {
    "dictionary": ("path", "ignore_case", "whole_words"),
    "pattern": ("pattern", "look_back"),
    "presidio": ("model", "entities"),
}
"""The keys of each kind of detector, besides the category; the first is required."""
SETTINGS: Final = ("regions",)
"""What some built-in detectors can be told."""


class HostOf(Protocol):
    """What is asked of a kind of provider: who owns its machines, where it is always the same."""

    @property
    def host(self) -> str | None: ...


def guardrail_problems(
    configuration: Configuration,
    detectors: Mapping[str, "BuiltIn"],
    kinds: Mapping[str, HostOf],
) -> Iterator[Problem]:
    """Every problem with where it is; `detectors` are the built-in ones by name."""
    guardrails = configuration.guardrails
    yield from secret_problems(guardrails.secret, ("guardrails", "secret"))
    for name, entry in guardrails.detectors.items():
        at: Path = ("guardrails", "detectors", name)
        yield from _detector(at, name, entry, detectors)
        if is_remote(entry):
            yield from remote_problems(at, entry, configuration)
    known = _Known(configuration, detectors, kinds)
    for name, policy in guardrails.policies.items():
        yield from _policy(("guardrails", "policies", name), policy, known)


class BuiltIn(Protocol):
    """What is asked of a built-in detector."""

    @property
    def categories(self) -> tuple[str, ...]:
        """What it may find."""
        ...

    @property
    def settings(self) -> tuple[str, ...]:
        """The keys that it can be told."""
        ...


class _Known:
    """Every name that a policy may use."""

    def __init__(
        self,
        configuration: Configuration,
        detectors: Mapping[str, BuiltIn],
        kinds: Mapping[str, HostOf],
    ) -> None:
        own = configuration.guardrails.detectors
        found = [c for detector in detectors.values() for c in detector.categories]
        self.detectors = [*dict.fromkeys((*detectors, *own, *GROUPS))]
        found += [c for entry in own.values() for c in categories_of(entry)]
        categories = (*PERSONAL, *SECRETS, *found)
        self.categories = [
            *GROUPS,
            *dict.fromkeys(c for c in categories if c not in RISKS),
        ]
        self.models = list(configuration.models)
        self.aliases = {
            alias: name for name, model in configuration.models.items() for alias in model.aliases
        }
        claimed = (
            project
            for identity in configuration.identity.values()
            for project in (identity.project, *identity.projects.values())
        )
        keys = (key.project for key in configuration.keys.values())
        self.projects = sorted({*configuration.projects, *keys, *filter(None, claimed)})
        self.providers = list(configuration.providers)
        providers = configuration.providers.values()
        hosts = (p.host or (kinds[p.kind].host if p.kind in kinds else None) for p in providers)
        self.hosts = sorted({host for host in hosts if host is not None})
        rows = (row for model in configuration.models.values() for row in model.deployments)
        regions = (*(p.region for p in providers), *(row.region for row in rows))
        self.regions = sorted({region for region in regions if region is not None})


def _detector(
    at: Path, name: str, entry: DetectorEntry, detectors: Mapping[str, BuiltIn]
) -> Iterator[Problem]:
    if entry.kind is None:
        yield from _settings(at, name, entry, detectors)
        return
    for names, what in (
        (detectors, "a built-in detector"),
        (GROUPS, "a group of categories"),
        (SOURCES, "whose filters are told of"),
    ):
        if name in names:
            yield at, f"`{name}` already is {what}; give your own another name"
    if is_remote(entry):
        return
    own = () if entry.kind == "presidio" else ("category",)
    for key in (KEYS[entry.kind][0], *own):
        if getattr(entry, key) is None:
            yield at, f"a detector of kind `{entry.kind}` needs a `{key}`; add it"
    yield from _foreign(at, entry, ("kind", *own, *KEYS[entry.kind]), f"kind `{entry.kind}`")
    given = {(key,): entry.category for key in own}
    if entry.kind == "presidio":
        given = {("entities", key): category for key, category in entities_of(entry).items()}
    for below, category in given.items():
        if category in (*GROUPS, *EVIDENCE):
            said = f"`{category}` is no category of its own; choose another word"
            yield (*at, *below), said


def _settings(
    at: Path, name: str, entry: DetectorEntry, detectors: Mapping[str, BuiltIn]
) -> Iterator[Problem]:
    if name not in detectors:
        hint = did_you_mean(name, list(detectors))
        said = f"no built-in detector is called `{name}`, and it has no `kind` of its own"
        yield at, f"{said}; {hint or 'add a `kind`'}"
        return
    yield from _foreign(at, entry, detectors[name].settings, f"the built-in `{name}`")
    if entry == DetectorEntry():
        yield at, f"nothing is said of the built-in `{name}`, which is there anyway; remove it"


def _foreign(at: Path, entry: DetectorEntry, keys: Iterable[str], whose: str) -> Iterator[Problem]:
    allowed = set(keys)
    for key in entry.__struct_fields__:
        if key not in allowed and getattr(entry, key) is not None:
            yield (*at, key), f"{whose} has no `{key}`; leave it out"


def _policy(at: Path, policy: PolicyEntry, known: _Known) -> Iterator[Problem]:
    if not policy.data and not policy.risks:
        said = "a policy without a rule does nothing; add `[[…data]]` or `[[…risks]]`, or remove it"
        yield at, said
    yield from _models((*at, "models"), policy.models, known)
    pattern = "add `[projects.NAME]`, or write a pattern with `*`"
    yield from _names((*at, "projects"), policy.projects, known.projects, "project", pattern)
    for index, word in enumerate(policy.detectors):
        if word not in known.detectors:
            hint = did_you_mean(word, known.detectors)
            yield (*at, "detectors", index), f"unknown detector `{plain(word)}`; {hint}"
    for index, rule in enumerate(policy.data):
        yield from _rule((*at, "data", index), rule, known)


def _models(at: Path, words: tuple[str, ...], known: _Known) -> Iterator[Problem]:
    for index, word in enumerate(words):
        if name := known.aliases.get(word):
            said = f"`{word}` is an alias; write `{name}`, for policies go by names"
            yield (*at, index), said
        elif "*" not in word:
            yield from _name((*at, index), word, known.models, "model", "")


def _rule(at: Path, rule: DataEntry, known: _Known) -> Iterator[Problem]:
    for index, word in enumerate(rule.categories):
        here = (*at, "categories", index)
        if word in RISKS:
            yield here, f"`{word}` is a content risk and no data; write it in `[[…risks]]`"
        elif word not in known.categories:
            hint = did_you_mean(word, known.categories)
            yield here, f"unknown category `{plain(word)}`; {hint}"
    facts, there = rule.deployments, (*at, "deployments")
    yield from _names((*there, "hosts"), facts.hosts, known.hosts, "host")
    yield from _names((*there, "providers"), facts.providers, known.providers, "provider")
    yield from _names((*there, "regions"), facts.regions, known.regions, "region")
    if rule.output == "pseudonymise":
        said = "nothing puts the original of a stand-in back once it has left; write `mask`"
        yield (*at, "output"), said
    if rule.look_alike and rule.input != "pseudonymise":
        said = '`look_alike` is a way to pseudonymise; write `input = "pseudonymise"`, or leave it'
        yield (*at, "look_alike"), f"{said} out"


def _names(
    at: Path, words: tuple[str, ...], known: list[str], kind: str, cure: str = ""
) -> Iterator[Problem]:
    for index, word in enumerate(words):
        if "*" not in word:
            yield from _name((*at, index), word, known, kind, cure)


def _name(at: Path, word: str, known: list[str], kind: str, cure: str) -> Iterator[Problem]:
    """A name without `*` that nobody has is a slip of the pen, and would govern nothing."""
    if word not in known:
        hint = "; ".join(part for part in (did_you_mean(word, known), cure) if part)
        yield at, f"unknown {kind} `{plain(word)}`; {hint or f'the configuration has no {kind}'}"
