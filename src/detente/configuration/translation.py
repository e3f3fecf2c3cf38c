"""What is wrong with a configuration's dialects and with what it allows to be lost.

Which dialects a kind of provider speaks arrives as an argument; which features there are to lose is
in the canonical form.

>>> wrong = Configuration(translation=Translation(allow=("sed",)))
>>> [problem for _, problem in translation_problems(wrong, {})]
['unknown feature `sed`; did you mean `seed`?']
"""

from collections.abc import Collection, Iterator, Mapping

from detente.canonical.loss import FEATURES
from detente.canonical.model import Dialect
from detente.configuration.positions import Path
from detente.configuration.schema import Configuration
from detente.configuration.words import did_you_mean

Problem = tuple[Path, str]
"""Where it stands, and the sentence."""


def translation_problems(
    configuration: Configuration, spoken: Mapping[str, Collection[Dialect]]
) -> Iterator[Problem]:
    """Each problem; `spoken` are the dialects of each kind of provider."""
    for name, provider in configuration.providers.items():
        at: Path = ("providers", name, "dialects")
        yield from _unspoken(at, provider.kind, provider.dialects, spoken)
    for name, model in configuration.models.items():
        for index, entry in enumerate(model.deployments):
            owner = configuration.providers.get(entry.provider)
            if owner is not None:
                at = ("models", name, "deployments", index, "dialects")
                yield from _unspoken(at, owner.kind, entry.dialects, spoken)
    for feature in configuration.translation.allow:
        if feature not in FEATURES:
            hint = did_you_mean(feature, [*FEATURES])
            yield ("translation", "allow"), f"unknown feature `{feature}`; {hint}"


def _unspoken(
    at: Path,
    kind: str,
    dialects: tuple[Dialect, ...] | None,
    spoken: Mapping[str, Collection[Dialect]],
) -> Iterator[Problem]:
    """A list of dialects narrows what a kind speaks; it cannot teach it another one."""
    if dialects == ():
        yield at, "an empty list leaves nothing to speak; leave the key out for all"
    known = [*spoken[kind]] if kind in spoken else []
    for dialect in dialects or ():
        if dialect not in known:
            hint = did_you_mean(dialect, [*known])
            yield at, f"a provider of kind `{kind}` does not speak `{dialect}`; {hint}"
