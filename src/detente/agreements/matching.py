"""Whether a clause's scope takes in a question and a deployment, as the plain evaluator reads it.

A field that is not given matches; a deployment's fact that nobody supplied leaves the match
open; a label or project that the caller does not have is a plain no.
"""

from fnmatch import fnmatchcase

from detente.agreements.scope import Scope, Words, words
from detente.agreements.truth import Truth, all_of, missing
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Labels, Question


def speaks_of_place(scope: Scope, model: Model, question: Question, d: Deployment) -> Truth:
    """Whether model, interface and deployment are in scope; the caller apart."""
    return all_of(speaks_of_use(scope, model, question), speaks_of_deployment(scope, d))


def speaks_of_use(scope: Scope, model: Model, question: Question) -> bool:
    """Whether model and interface are in scope."""
    return speaks_of_model(scope, model) and (
        scope.interface is None or question.interface in words(scope.interface)
    )


def speaks_of_model(scope: Scope, model: Model) -> bool:
    """Whether the model is in scope."""
    of_publisher = scope.publisher is None or model.publisher in words(scope.publisher)
    return of_publisher and _among(scope.model, model.name)


def speaks_of_deployment(scope: Scope, d: Deployment) -> Truth:
    """Whether the deployment is in scope, whatever its model."""
    return all_of(
        _among_providers(scope.provider, d),
        _among(scope.host, d.host),
        _fact(scope.region, d.region, f"region of {d.id}"),
        _fact(scope.zone, d.processing_zone, f"processing zone of {d.id}"),
        _fact(scope.tier, d.tier, f"tier of {d.id}"),
    )


def speaks_of_caller(scope: Scope, question: Question, labels: Labels) -> bool:
    """Whether the caller is in scope, by the `labels` that count for this clause."""
    if scope.project is not None and not (
        question.project is not None and _among(scope.project, question.project)
    ):
        return False
    return all(
        any((name, value) in labels for value in words(wanted))
        for name, wanted in (scope.labels or {}).items()
    )


def belongs(deployment: Deployment, holder: str) -> bool:
    """Whether `holder` (`host:X`, `kind:X`, `provider:X`, or bare for a host) has it."""
    match holder.split(":"):
        case ["kind", kind]:
            return deployment.kind == kind
        case ["provider", provider]:
            return deployment.provider == provider
        case [*_, host]:
            return deployment.host == host
        case _:
            return False


def fits(word: str, pattern: str) -> bool:
    """Whether `word` fits `pattern`, where `*` is any run, `?` any one, all else itself."""
    return fnmatchcase(word, pattern.replace("[", "[[]"))


def lies_within(inner: str, outer: str) -> bool:
    """Whether all that the pattern `inner` matches fits the pattern `outer` as well.

    May say no where it is so in a roundabout way (`a*` and `?*` in place of `a*`), never yes
    where it is not.
    """
    return fnmatchcase(inner, outer.replace("[", "[[]").replace("?", "[!*]"))


def _fact(wanted: Words | None, fact: str | None, name: str) -> Truth:
    if wanted is None:
        return True
    return missing(name) if fact is None else _among(wanted, fact)


def _among(wanted: Words | None, word: str) -> bool:
    return wanted is None or any(fits(word, pattern) for pattern in words(wanted))


def _among_providers(wanted: Words | None, d: Deployment) -> bool:
    return wanted is None or any(
        d.kind == pattern.removeprefix("kind:")
        if pattern.startswith("kind:")
        else fits(d.provider, pattern.removeprefix("provider:"))
        for pattern in words(wanted)
    )
