"""What a process knows of issuers' public keys, and whom it asks for those that it does not know.

Keys come from the control process, which alone talks to issuers (`issuers.py`). A key that nobody
knows may be a fresh one: then the issuer is asked, and who sent the token is told to try again;
when it was asked just now, the token is refused. So a flood of made-up key ids asks an issuer
hardly ever, and refuses nobody whose key is known.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from detente.canonical.failure import ClientFault, Fault
from detente.configuration.callers import IdentityProvider
from detente.gateway.callers.key_set import ALGORITHMS, KeySet, read_key_set

if TYPE_CHECKING:
    from detente.gateway.callers.jose import TokenKey

FRESH_US: Final = 5_000_000
"""So long after an issuer was asked, a key that it did not publish then is none."""
ASK_AGAIN_US: Final = 1_000_000
"""A question may have been lost with the process that it was put to."""
RETRY_AFTER_MS: Final = 1_000

UNKNOWN_KEY: Final = (
    "the token is signed with a key that its issuer does not publish; get a new token from it"
)
UNREACHED: Final = (
    "the public keys of the issuer `{}` are not known here yet; try again, or have the operator "
    "look at the gateway's log"
)


class IssuerUnreached(Fault):
    """Nobody can tell now whether a token is genuine; it is not the client's fault."""

    def __init__(self, identity: str) -> None:
        super().__init__(
            "store_unavailable", UNREACHED.format(identity), retry_after_ms=RETRY_AFTER_MS
        )


class _Known:
    """The keys of one issuer, and when they were last told (by the wall clock, 0 for never)."""

    __slots__ = ("asked_us", "issuer", "jwks", "keys", "told_us")

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.jwks = b""
        self.keys: KeySet | None = None
        self.told_us = 0
        self.asked_us = 0


class IssuerKeys:
    """Every issuer's keys by the name of its `[identity.NAME]`; outlives a reload."""

    def __init__(self, ask: Callable[[str], object]) -> None:
        self._ask = ask
        self._known: dict[str, _Known] = {}

    def told(self, name: str, issuer: str, jwks: bytes, now_us: int) -> bool:
        """Take what an issuer publishes now (nothing: it is not known any more); whether that is
        anything else than before. Raises `BadKeySet`, which whoever fetched it has found out."""
        known = self._known.get(name)
        if known is None or known.issuer != issuer:
            known = self._known[name] = _Known(issuer)
        known.asked_us = 0
        known.told_us = now_us
        if known.jwks == jwks:
            return False
        known.jwks = jwks
        known.keys = read_key_set(jwks, ALGORITHMS) if jwks else None
        return True

    def find(
        self,
        name: str,
        identity: IdentityProvider,
        key_id: str | None,
        algorithm: str,
        now_us: int,
    ) -> "TokenKey":
        """The key that verifies; raises `ClientFault` where there is none, `IssuerUnreached` where
        nobody knows yet."""
        known = self._known.get(name)
        if known is None or known.issuer != identity.issuer:
            known = self._known[name] = _Known(identity.issuer)
        if known.keys is not None:
            key = known.keys.find(key_id, algorithm)
            if key is not None:
                return key
            if known.keys.knows(key_id) or abs(now_us - known.told_us) < FRESH_US:
                raise ClientFault("key_invalid", UNKNOWN_KEY)
        if abs(now_us - known.asked_us) >= ASK_AGAIN_US:
            known.asked_us = now_us
            self._ask(name)
        raise IssuerUnreached(name)
