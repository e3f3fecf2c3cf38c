"""What a term of money speaks of: deployments, and the callers of requests that were made.

Where a deployment's fact that a scope names was never supplied, the term does not speak of it:
money is reckoned by what is known. What a clause rejects is matched elsewhere (`matching`).

>>> speaks_of_deployment(Scope(host="microsoft"), deployment)
True
"""

from detente.agreements.matching import fits
from detente.agreements.scope import Scope, Words, words
from detente.canonical.model import Deployment
from detente.canonical.question import Labels


def speaks_of_deployment(scope: Scope, deployment: Deployment) -> bool:
    """Whether the deployment is in scope, whoever calls it and for whatever."""
    publisher = deployment.model.partition("/")[0]
    return (
        (scope.publisher is None or publisher in words(scope.publisher))
        and _among(scope.model, deployment.model)
        and _among_providers(scope.provider, deployment)
        and _among(scope.host, deployment.host)
        and _among(scope.region, deployment.region)
        and _among(scope.zone, deployment.processing_zone)
        and _among(scope.tier, deployment.tier)
    )


def speaks_of_request(
    scope: Scope, interface: str | None, project: str | None, labels: Labels
) -> bool:
    """Whether a request's use and caller are in scope; an `interface` of None is not known."""
    if scope.interface is not None and interface not in words(scope.interface):
        return False
    return _among(scope.project, project) and all(
        any((name, value) in labels for value in words(wanted))
        for name, wanted in (scope.labels or {}).items()
    )


def _among(wanted: Words | None, word: str | None) -> bool:
    return wanted is None or (
        word is not None and any(fits(word, pattern) for pattern in words(wanted))
    )


def _among_providers(wanted: Words | None, deployment: Deployment) -> bool:
    return wanted is None or any(
        deployment.kind == pattern.removeprefix("kind:")
        if pattern.startswith("kind:")
        else fits(deployment.provider, pattern.removeprefix("provider:"))
        for pattern in words(wanted)
    )
