"""Libraries that a configuration needs and that may not be installed, looked for before a start.

Those of credential chains tell by themselves, when they are first needed.

>>> check_extras(setup)
LocatedErrors: detente.toml:4: `[identity.entra]` needs PyJWT and cryptography; …
"""

from importlib.util import find_spec
from typing import Final

from detente.configuration.located import LocatedError, LocatedErrors
from detente.wiring import Setup

OIDC: Final = ("jwt", "cryptography")
"""What the extra `oidc` installs, by the names of import."""


def check_extras(setup: Setup) -> None:
    """Raises `LocatedErrors` where tokens are to be verified and nothing can."""
    if all(find_spec(name) is not None for name in OIDC):
        return
    errors = [
        LocatedError(
            str(setup.path),
            setup.positions.line(("identity", name)),
            f"`[identity.{name}]` needs PyJWT and cryptography; install `detente[oidc]`",
        )
        for name in setup.configuration.identity
    ]
    if errors:
        raise LocatedErrors(errors)
