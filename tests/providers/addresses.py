"""Paths of a kind of provider, for the tests of kinds.

>>> path_of(KIND, "https://api.example.com/v1", "openai_chat")
'/v1/chat/completions'
"""

from detente.canonical.model import Deployment, Dialect
from detente.providers import ProviderKind, Site


def deployment_of(kind: ProviderKind, upstream_id: str = "m", model: str = "p/m") -> Deployment:
    """A deployment at a provider of that kind."""
    return Deployment(
        id=f"at/{upstream_id}",
        model=model,
        provider="at",
        kind=kind.name,
        upstream_id=upstream_id,
        host="somebody",
    )


def path_of(
    kind: ProviderKind,
    site: Site | str,
    dialect: Dialect,
    upstream_id: str = "m",
    *,
    model: str = "p/m",
    stream: bool = False,
) -> str:
    """The path of an operation, of its stream where `stream`; a site may be an address alone."""
    target = (kind.stream_target or kind.target) if stream else kind.target
    place = Site(base_url=site) if isinstance(site, str) else site
    return target(place, deployment_of(kind, upstream_id, model), dialect)
