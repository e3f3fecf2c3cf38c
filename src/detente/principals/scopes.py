"""How the scopes of organisation, project and key join for one caller.

Labels add up downwards, the key's own win. Allowed models and deployments intersect: each level may
only narrow. What may be spent does not join: every budget and limit of every level counts by itself
(`accounts.rules`).

>>> allowed = Allowed(models=(("openai/*",), ("*/gpt-4",)))
>>> allowed.admits_model("openai/gpt-4"), allowed.admits_model("openai/gpt-5")
(True, False)
"""

from fnmatch import fnmatchcase

import msgspec

from detente.canonical.principal import Key, Project, Scope
from detente.canonical.question import Labels, labels_of

Patterns = tuple[str, ...]


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may use: one pattern of each list has to fit. No list is everything, and an
    empty one nothing."""

    models: tuple[Patterns, ...] = ()
    deployments: tuple[Patterns, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.models and not self.deployments

    def admits_model(self, name: str) -> bool:
        """Whether a model, by its canonical name, may be used."""
        return all(_fits_any(name, patterns) for patterns in self.models)

    def admits_deployment(self, id_: str) -> bool:
        """Whether a deployment, by its `provider/upstream-id`, may be used."""
        return all(_fits_any(id_, patterns) for patterns in self.deployments)


EVERYTHING = Allowed()


def allowed_by(*scopes: Scope) -> Allowed:
    """What all scopes together allow."""
    return Allowed(
        models=tuple(scope.models for scope in scopes if scope.models is not None),
        deployments=tuple(scope.deployments for scope in scopes if scope.deployments is not None),
    )


def labels_by(*scopes: Scope) -> Labels:
    """The labels of all scopes, from the widest to the narrowest: the last one wins."""
    return labels_of({name: value for scope in scopes for name, value in scope.labels})


def scopes_of(organisation: Scope, project: Project | None, key: Key | None) -> tuple[Scope, ...]:
    """The scopes that hold for a caller, from the widest to the narrowest."""
    scopes = [organisation]
    if project is not None:
        scopes.append(project.scope)
    if key is not None:
        scopes.append(key.scope)
    return tuple(scopes)


def _fits_any(word: str, patterns: Patterns) -> bool:
    return any(fnmatchcase(word, pattern.replace("[", "[[]")) for pattern in patterns)
