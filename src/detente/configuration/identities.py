"""What crosses the keys of `[identity.NAME]`: addresses that can be trusted, and what tokens say.

>>> list(identity_problems(configuration))
[(('identity', 'entra', 'issuer'), '`http://id.example` is no `https://` address; …')]
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from detente.configuration.addresses import is_loopback
from detente.configuration.callers import IdentityProvider
from detente.configuration.located import Path
from detente.configuration.schema import Configuration


def identity_problems(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    """Every problem with where it is."""
    seen: dict[tuple[str, str], str] = {}
    for name, identity in configuration.identity.items():
        at: Path = ("identity", name)
        for key, url in (("issuer", identity.issuer), ("jwks_url", identity.jwks_url)):
            problem = None if url is None else address_problem(url)
            if problem is not None:
                yield (*at, key), problem
        for path, problem in _claim_problems(identity):
            yield (*at, *path), problem
        twin = seen.setdefault((identity.issuer, identity.audience), name)
        if twin != name:
            yield (
                (*at, "audience"),
                f"`[identity.{twin}]` takes the same issuer and audience; change one of them",
            )


def address_problem(url: str) -> str | None:
    """Why nobody can be asked at `url` for keys that others are to be trusted by, None where that
    can be."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"`{url}` is no address; write it as the issuer's discovery document does"
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        return f"`{url}` is no address; write it as the issuer's discovery document does"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return f"`{url}` is no `https://` address; use one, or one on loopback"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "an address with a user, a password or a fragment is not taken; leave them out"
    return None


def _claim_problems(identity: IdentityProvider) -> Iterator[tuple[Path, str]]:
    if not identity.audience:
        yield (
            ("audience",),
            "without an audience every token of the issuer would do; write the one that is yours",
        )
    if identity.project is None and identity.project_claim is None and not identity.roles:
        yield (
            ("issuer",),
            "nothing says which project its tokens call for; set `project` or `project_claim`",
        )
    if (identity.role_claim is None) == bool(identity.roles):
        yield (
            ("role_claim",),
            "`role_claim` and `roles` belong together; set both or none",
        )
    if identity.projects and identity.project_claim is None:
        yield (
            ("projects",),
            "`projects` renames the values of `project_claim`; set it, too",
        )
