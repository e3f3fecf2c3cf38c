"""Libraries that a configuration needs and that may not be installed, looked for before a start.

Those of credential chains tell by themselves, when they are first needed.

>>> check_extras(setup)
LocatedErrors: detente.toml:4: `[identity.entra]` needs PyJWT and cryptography; …
"""

from importlib.util import find_spec
from typing import Final

from detente.configuration.located import LocatedError, LocatedErrors
from detente.wiring import Setup, blind_detectors

OIDC: Final = ("jwt", "cryptography")
"""What the extra `oidc` installs, by the names of import."""
CLUSTER: Final = {"url": ("asyncpg", "alembic"), "limits_url": ("redis",)}
"""What each key of `[store]` needs of the extra `cluster`."""


def check_extras(setup: Setup) -> None:
    """Raises `LocatedErrors` where tokens are to be verified, a store is to be shared or content is
    to be looked at, and what does so is not installed."""
    errors = [
        *_of_tokens(setup),
        *_of_stores(setup),
        *_of_detectors(setup),
        *_of_memory(setup),
    ]
    if errors:
        raise LocatedErrors(errors)


def _of_tokens(setup: Setup) -> list[LocatedError]:
    if all(find_spec(name) is not None for name in OIDC):
        return []
    return [
        LocatedError(
            str(setup.path),
            setup.positions.line(("identity", name)),
            f"`[identity.{name}]` needs PyJWT and cryptography; install `detente[oidc]`",
        )
        for name in setup.configuration.identity
    ]


def _of_stores(setup: Setup) -> list[LocatedError]:
    store = setup.configuration.store
    named = {"url": store.url, "limits_url": store.limits_url}
    return [
        LocatedError(
            str(setup.path),
            setup.positions.line(("store", key)),
            f"`[store] {key}` needs {' and '.join(needs)}; install `detente[cluster]`",
        )
        for key, needs in CLUSTER.items()
        if named[key] is not None and any(find_spec(name) is None for name in needs)
    ]


def _of_detectors(setup: Setup) -> list[LocatedError]:
    """Detectors that policies ask and that cannot look: every request of theirs would fail."""
    return [
        LocatedError(
            str(setup.path),
            setup.positions.line(("guardrails", "detectors", name)),
            f"detector `{name}` cannot look, and policies ask it: {error}",
        )
        for name, error in blind_detectors(setup).items()
    ]


def can_seal() -> bool:
    """Whether maps of stand-ins can be kept: whether what seals them is installed."""
    return find_spec("cryptography") is not None


def _of_memory(setup: Setup) -> list[LocatedError]:
    """Policies that want kept what cannot be kept."""
    if can_seal():
        return []
    return [
        LocatedError(
            str(setup.path),
            setup.positions.line(("guardrails", "policies", policy.name, "on_kept_history")),
            f"policy `{policy.name}` remembers stand-ins of kept conversations, which needs "
            "cryptography; install `detente[guardrails]`",
        )
        for policy in setup.policies
        if policy.on_kept_history == "remember"
    ]
