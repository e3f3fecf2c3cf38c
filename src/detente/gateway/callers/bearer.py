"""Bearer tokens in place of virtual keys: verified once, then known by their digest.

A token is read (`principals.bearer_token`), its identity chosen by issuer and audience, its
signature verified by a key that the issuer publishes, its claims checked (`principals.claims`).
Then it is remembered by the SHA-256 of all of it (never of a part: tokens of one issuer begin
alike, and a cache by prefix let one pass for another, CVE-2026-35030) until it expires or the
issuer's keys change. The next request costs a hash and a look-up.

Not here: where keys come from (`issuer_keys`), what a caller may do (`gateway.principals`).

>>> tokens.identity_of(b"eyJhbGciOi…", now_us).name
'token:entra:5f1d9c0a77b24e3c'
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.principal import Administrator
from detente.configuration.callers import IdentityProvider
from detente.gateway.callers.issuer_keys import IssuerKeys
from detente.principals.bearer_token import is_token, unverified
from detente.principals.claims import ClaimRules, TokenIdentity, identity_of, is_for

TOKENS_MAX: Final = 10_000
"""Remembered at once, under a kilobyte each: an hour of ten thousand people."""
UNKNOWN_ISSUER: Final = (
    "the token is of an issuer that is not known here; get one from an issuer that is, or ask the "
    "gateway's operator for a virtual key"
)
FOREIGN_ALGORITHM: Final = (
    "the token is signed by an algorithm that is not taken from its issuer; have it sign with "
    "another, or add it to `algorithms` of `[identity.{}]`"
)
NOT_SIGNED: Final = "the token's signature does not hold; send it whole, as its issuer gave it"
NO_PROJECT: Final = (
    "the token says no project; have its issuer put `{}` into it, or set `project` of "
    "`[identity.{}]`"
)
NO_ROLE: Final = "the token gives no role here; have its issuer put one of `roles` into it"


class _Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One `[identity.NAME]`."""

    name: str
    provider: IdentityProvider
    rules: ClaimRules


class Verifier:
    """Says whom a token speaks for."""

    def __init__(self, identities: Mapping[str, IdentityProvider], keys: IssuerKeys) -> None:
        self._keys = keys
        self._identities: dict[str, list[_Identity]] = {}
        for name, provider in identities.items():
            self._identities.setdefault(provider.issuer, []).append(
                _Identity(name=name, provider=provider, rules=claim_rules(name, provider))
            )

    def identity(self, token: bytes, now_us: int) -> tuple[TokenIdentity, IdentityProvider]:
        """Whom a genuine token speaks for, and by which `[identity.NAME]`.

        Raises `ClientFault` `key_invalid`, or `IssuerUnreached` where nobody can tell now.
        """
        said = unverified(token)
        issuer = said.claims.get("iss")
        known = self._identities.get(issuer) if isinstance(issuer, str) else None
        if known is None:
            raise ClientFault("key_invalid", UNKNOWN_ISSUER)
        fitting = (one for one in known if is_for(said.claims, one.provider.audience))
        identity = next(fitting, known[0])
        if said.algorithm not in identity.provider.algorithms:
            raise ClientFault("key_invalid", FOREIGN_ALGORITHM.format(identity.name))
        key = self._keys.find(identity.name, identity.provider, said.key_id, said.algorithm, now_us)
        if not key.signed(token):
            raise ClientFault("key_invalid", NOT_SIGNED)
        return identity_of(said.claims, identity.rules, now_us), identity.provider

    def administrator(self, token: bytes, now_us: int) -> Administrator:
        """Whom a genuine token makes of its bearer in the admin API.

        Raises what `identity` raises, and `ClientFault` `role_missing` where it gives no role.
        """
        found, _ = self.identity(token, now_us)
        if found.role is None or (found.role == "member" and found.project is None):
            raise ClientFault("role_missing", NO_ROLE)
        return Administrator(name=found.name, role=found.role, project=found.project)


class Tokens:
    """The tokens that callers have shown, each verified once."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._known: dict[bytes, tuple[int, TokenIdentity]] = {}

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def remembered(self, presented: bytes, now_us: int) -> TokenIdentity | None:
        """Whom a token speaks for that was verified before and has not expired, None for anything
        else: a look-up without a signature."""
        if presented.count(b".") != 2:  # `is_token`, without the call: keys pass here, too
            return None
        known = self._known.get(sha256(presented).digest())
        return known[1] if known is not None and known[0] > now_us else None

    def identity_of(self, presented: bytes, now_us: int) -> TokenIdentity | None:
        """Whom a token speaks for, None where what was presented has not the shape of one.

        Whoever renews a token gets an equal identity: it has no end (`expires_us` is 0), and always
        a project. Raises `ClientFault` `key_invalid`, or `IssuerUnreached`.
        """
        if not is_token(presented):
            return None
        return self.remembered(presented, now_us) or self._verified(presented, now_us)

    def forget(self) -> None:
        """Verify every token anew: keys have changed."""
        self._known.clear()

    def _verified(self, token: bytes, now_us: int) -> TokenIdentity:
        identity, provider = self._verifier.identity(token, now_us)
        if identity.project is None:
            claim = provider.project_claim or "project_claim"
            raise ClientFault("key_invalid", NO_PROJECT.format(claim, identity.name.split(":")[1]))
        if len(self._known) >= TOKENS_MAX:
            self.forget()
        who = msgspec.structs.replace(identity, expires_us=0)
        self._known[sha256(token).digest()] = (identity.expires_us, who)
        return who


def tokens_of(identities: Mapping[str, IdentityProvider], keys: IssuerKeys | None) -> Tokens | None:
    """What knows the tokens of a configuration's issuers; None where it has none."""
    if not identities or keys is None:
        return None
    return Tokens(Verifier(identities, keys))


def claim_rules(name: str, provider: IdentityProvider) -> ClaimRules:
    """How the tokens of `[identity.NAME]` are read."""
    return ClaimRules(
        identity=name,
        issuer=provider.issuer,
        audience=provider.audience,
        project=provider.project,
        project_claim=provider.project_claim,
        projects=provider.projects,
        subject_claim=provider.subject_claim or "sub",
        subject_shown=provider.subject_claim is not None,
        labels=provider.labels,
        role_claim=provider.role_claim,
        roles=provider.roles,
        clock_skew_us=provider.clock_skew_ms * 1000,
    )
