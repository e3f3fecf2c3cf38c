"""A credential for a while: what a chain hands out, and how it says that it cannot.

Not here: when to renew, which is the gateway's business; a source only does as it is told.

>>> Lease(credential="a bearer token", expires_at=None)
Lease(expires_at=None)
"""

import importlib
import logging
import re
from datetime import datetime
from types import ModuleType
from typing import Any, Final, Protocol

import msgspec

from detente.providers._rsa import RsaCredentials
from detente.providers._sigv4 import Credentials
from detente.providers.credentials.settings import ChainSettings

Credential = str | Credentials | RsaCredentials
"""A bearer token's text, an access key of AWS, or a key that signs."""


OWN_ERRORS: Final = (
    ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError
)  # fmt: skip
"""What libraries let through of Python's own errors where an answer, a file or a variable is not
as they expect."""

CHARACTERS_MAX: Final = 32 * 1024
"""Of a token: those of Entra with many groups have some 10,000."""
_SENDABLE: Final = re.compile(r"[!-~]+")


class CredentialError(Exception):
    """No credential could be had: one sentence with the cure, safe to show to anyone.

    Never a library's own words, which may quote what it was given.
    """


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """A credential and when it ends (aware, UTC; None where nothing is known of an end)."""

    credential: Credential
    expires_at: datetime | None

    def __repr__(self) -> str:
        """Until when, never what."""
        return f"Lease(expires_at={self.expires_at!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same on a terminal, where structs show all that they have."""
        return [("expires_at", self.expires_at)]


def check_sendable(lease: Lease) -> None:
    """Raises `CredentialError` where a header could not carry a credential as it is.

    A token endpoint's answer is text from outside: a line end in it would begin another header.
    """
    credential = lease.credential
    if isinstance(credential, str):
        texts: tuple[str, ...] = (credential,)
    elif isinstance(credential, Credentials):
        keys, token = credential, credential.session_token
        texts = (keys.access_key_id, keys.secret_access_key, *(() if token is None else (token,)))
    else:
        texts = (credential.key_id,)
    for text in texts:
        if len(text) > CHARACTERS_MAX or _SENDABLE.fullmatch(text) is None:
            raise CredentialError(
                "what its identity service gave is no credential that a header can carry; check "
                "that the address of the service is right"
            )


class Source(Protocol):
    """Where credentials of one provider come from."""

    def fetch(self, *, anew: bool = False) -> Lease:
        """The credential that is valid now, renewed where the library thinks it due.

        `anew` forgets what the library keeps, for a platform that refused it. Blocks for seconds
        where the network does; called by one thread at a time. Raises `CredentialError`.
        """
        ...


class Opener(Protocol):
    """See `CHAINS`."""

    def __call__(self, settings: ChainSettings, *, scope: str | None) -> Source:
        """A source; `scope` is what its tokens are for, None where the platform has no scopes.

        Touches no network. Raises `CredentialError`.
        """
        ...


def library(module: str, *, kind: str, package: str) -> ModuleType:
    """A module of a platform's library; where it is missing, says what to install."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise CredentialError(
            f"provider credentials of kind `{kind}` need {package}; install `detente[{kind}]`"
        ) from None


def refuse_others(settings: ChainSettings, *, kind: str, taken: frozenset[str]) -> None:
    """Raises `CredentialError` for a setting that credentials of this kind have no use for."""
    for name in settings.__struct_fields__:
        if getattr(settings, name) is not None and name not in taken:
            known = ", ".join(f"`{key}`" for key in sorted(taken))
            raise CredentialError(
                f"credentials of kind `{kind}` take no `{name}`; remove it, or use one of {known}"
            )


def silence(*loggers: str) -> None:
    """Lets libraries log nothing below these names: at DEBUG they write whole answers, secrets
    included (botocore's parsers do, read 2026-11-22). What failed is told by `CredentialError`."""
    for name in loggers:
        logging.getLogger(name).setLevel(logging.CRITICAL)
