"""Who calls: a virtual key, or what else proves a caller, with its project, labels and scope.

Keys of the configuration and of the key store stand in one table, by keyed digests
(`key_table.py`). A presented key is hashed before anything is looked up or compared, so the time of
a look-up says nothing about any key, and the digests themselves are compared in constant time. AWS
clients do not send a key but sign with one (`access_keys.py`).

With no key anywhere everyone on loopback is the same anonymous caller, but for web pages: a
browser would let any page that its user visits call loopback, and says so in `origin`.

Not here: what the key store has and whether that still counts (`stored_keys.py`), and tokens
(`Tokens`).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from detente.accounts.rules import Rule, rules_of
from detente.canonical.failure import ClientFault, Fault
from detente.canonical.principal import Key, Source
from detente.canonical.question import Labels, labels_of
from detente.configuration.principals import key_of, project_of, scope_of
from detente.configuration.schema import Configuration
from detente.configuration.world import is_loopback, split_listen
from detente.gateway.callers.access_keys import secret_access_key
from detente.gateway.callers.key_table import KeyTable, Secret
from detente.gateway.callers.presented_key import (
    AMBIGUOUS,
    MISSING,
    QUESTION_MARK,
    SIGNED,
    is_local_page,
    other_keys,
    sole_key,
)
from detente.gateway.callers.stored_keys import (
    NOT_HEARD,
    NOT_LOADED,
    PROJECT_NOT_LOADED,
    KeysUnreached,
    StoredKeys,
    Told,
)
from detente.gateway.http.message import Request
from detente.principals.claims import TokenIdentity
from detente.principals.scopes import EVERYTHING, Allowed, allowed_by, labels_by, scopes_of
from detente.providers import Reason, SignatureFault, SigningKeys, read_claim, verify

if TYPE_CHECKING:
    from detente.gateway.routing import Plan

FOREIGN: Final = (
    "a web page may not use a gateway without keys; make one (`detente keys create`) and send it"
)
UNKNOWN: Final = "the key is not known here; ask the gateway's operator for a virtual key"
EXPIRED: Final = "the key has expired; ask for a new one"
REVOKED: Final = "the key was revoked; ask the gateway's operator for another"
NO_MASTER_KEY: Final = (
    "AWS signatures are not verified here, for no master key is configured; set "
    "`server.master_key`, or send a virtual key as a bearer (`AWS_BEARER_TOKEN_BEDROCK`)"
)
NO_SUCH_PROJECT: Final = (
    "the token names a project that is not known here; have its issuer name another, or the "
    "gateway's operator create it"
)
PROJECT_GONE: Final = (
    "the project of the key is not known here, and with it what the key may spend; have the "
    "gateway's operator create it, here and on every machine that shares the key store"
)
UNSIGNED: Final[dict[Reason, str]] = {
    "missing": MISSING,
    "malformed": "the AWS signature cannot be read; sign with Signature Version 4, "
    "and both `host` and `x-amz-date`",
    "unknown_key": "the access key is not known here; have `detente keys aws` print one",
    "expired": "the AWS signature was made at another time; set the client's clock and sign anew",
    "mismatch": "the AWS signature does not fit the request; check the secret access key, "
    "and that nothing on the way changes what was signed",
}
"""Why a signature does not hold, and what to do."""


TOKEN_CALLERS_MAX: Final = 100_000
"""Subjects of tokens that are kept as callers, with their plans; one that is forgotten costs a
decision."""


class Caller:
    """Who calls, as the gateway knows them; no secret is kept.

    `allowed` is what they may use, `rules` what they may spend (`accounts.rules`). `plans` caches
    their decisions by (asked model, dialect); see `routing.py`. A caller never changes: who is
    told of another scope makes another one, and with it other plans.
    """

    __slots__ = ("allowed", "labels", "name", "plans", "project", "rules")

    def __init__(
        self,
        name: str | None,
        project: str | None,
        labels: Labels = (),
        *,
        allowed: Allowed = EVERYTHING,
        rules: tuple[Rule, ...] = (),
    ) -> None:
        self.name = name
        self.project = project
        self.labels = labels
        self.allowed = allowed
        self.rules = rules
        self.plans: dict[tuple[str, str], Plan] = {}


class Tokens(Protocol):
    """What verifies tokens that stand in place of keys (`bearer.py`)."""

    def remembered(self, presented: bytes, now_us: int) -> TokenIdentity | None:
        """Whom a token speaks for that was verified before, None for anything else."""
        ...

    def identity_of(self, presented: bytes, now_us: int) -> TokenIdentity | None:
        """Whom a token speaks for, None where it is none; raises `Fault`."""
        ...


class Keys:
    """The keys of one configuration and of the key store; `master_key` is what secrets of AWS
    clients derive from."""

    def __init__(
        self,
        configuration: Configuration,
        master_key: str | None = None,
        *,
        stored: StoredKeys | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        self._stored = StoredKeys.none() if stored is None else stored
        self._tokens = tokens
        self._master_key = master_key
        self._signing_keys = SigningKeys()
        self._organisation = scope_of(configuration.organisation)
        self._projects = {
            name: project_of(name, entry) for name, entry in configuration.projects.items()
        }
        self._configured = {name: key_of(name, entry) for name, entry in configuration.keys.items()}
        self._declared = projects_of(configuration)
        self._is_local = is_loopback(split_listen(configuration.server.listen)[0])
        self._table = KeyTable(self._stored.peppers, master_key)
        self._callers: dict[tuple[Source, str], Caller] = {}
        self._token_callers: dict[tuple[str, str | None, Labels], Caller] = {}
        self._anonymous: Caller | None = None
        self._make()

    def callers(self) -> Iterable[Caller]:
        """Everyone who has called."""
        yield from self._callers.values()
        yield from self._token_callers.values()
        if self._anonymous is not None:
            yield self._anonymous

    def changed(self, told: Told) -> None:
        """The key store has changed: what was told counts from now on."""
        if told.whole:
            self._make()
            return
        if not told.keys and not told.projects:
            return  # only that nothing is new
        for name in told.keys | self._table.names_of(told.projects):
            self._callers.pop(("store", name), None)
            self._callers.pop(("configuration", name), None)
            self._table.forget(name)
            if name in self._configured:
                self._table.add(self._configured[name])
            if name in self._stored.keys:
                self._table.add(self._stored.keys[name])
        self._token_callers.clear()
        self._open_or_close()

    def authenticate(
        self,
        target: bytes,
        headers: dict[bytes, bytes],
        now_us: int,
        whole: Request | None,
    ) -> Caller:
        """The caller whom a request's head names; raises `ClientFault` `key_invalid`, or
        `KeysUnreached` where nobody can know.

        A key proves itself. A signature proves nothing before the body is there: without the
        `whole` request it is only known whose it claims to be.
        """
        if self._anonymous is not None:
            return _unless_foreign(self._anonymous, headers)
        presented = headers.get(b"authorization")
        if presented is not None:
            if presented[:7] != b"Bearer " and presented[:7].lower() != b"bearer ":
                if not presented.startswith(SIGNED):
                    raise ClientFault("key_invalid", MISSING)
                return self._signer(target, headers, now_us, whole)
            presented = presented[7:].strip()
        if (
            presented is None
            or b"x-api-key" in headers
            or b"api-key" in headers
            or b"x-goog-api-key" in headers
            or QUESTION_MARK in target
        ):
            presented = sole_key(presented, target, headers)
            if presented is None:
                raise self._unknown(MISSING)
        return self._proved(presented, now_us)

    def _proved(self, presented: bytes, now_us: int) -> Caller:
        """Whom a key proves, or a token; raises `Fault`."""
        if self._tokens is not None:
            identity = self._tokens.remembered(presented, now_us)
            if identity is not None:
                return self._token_caller(identity)
        secret = self._table.find(presented)
        if secret is None:
            return self._otherwise(presented, now_us)
        return self._calling(secret, now_us)

    def _otherwise(self, presented: bytes, now_us: int) -> Caller:
        """Whom something proves that is no key: a token's subject; raises `Fault`."""
        identity = None if self._tokens is None else self._tokens.identity_of(presented, now_us)
        if identity is None:
            raise self._unknown(UNKNOWN)
        return self._token_caller(identity)

    def _unknown(self, said: str) -> Fault:
        """What is said to whom nobody knows: nobody can know before the key store was read."""
        if not self._stored.loaded:
            return KeysUnreached(NOT_LOADED)
        return ClientFault("key_invalid", said)

    def _calling(self, secret: Secret, now_us: int) -> Caller:
        """Who calls with a secret that is known; raises `Fault` where it does not count now."""
        if secret.until_us <= now_us:
            raise ClientFault("key_invalid", EXPIRED if secret.until_us else REVOKED)
        if secret.stored and self._stored.stale:
            raise KeysUnreached(NOT_HEARD)
        return secret.caller or self._caller(secret)

    def _signer(
        self,
        target: bytes,
        headers: Mapping[bytes, bytes],
        now_us: int,
        whole: Request | None,
    ) -> Caller:
        """Who signed, as far as can be known."""
        if self._master_key is None:
            raise ClientFault("key_invalid", NO_MASTER_KEY)
        if other_keys(target, headers):
            raise ClientFault("key_invalid", AMBIGUOUS)
        try:
            name = read_claim(headers).access_key_id
            secret = self._table.signer(name)
            if secret is None:
                raise self._unknown(UNSIGNED["unknown_key"])
            if whole is not None:
                verify(
                    whole.method,
                    target,
                    headers,
                    whole.body,
                    secret_of=self._secret_of,
                    now=datetime.fromtimestamp(now_us / 1_000_000, UTC),
                    keys=self._signing_keys,
                )
        except SignatureFault as fault:
            raise ClientFault("key_invalid", UNSIGNED[fault.reason]) from None
        return self._calling(secret, now_us)

    def _secret_of(self, access_key: str) -> str | None:
        if self._master_key is None or self._table.signer(access_key) is None:
            return None
        return secret_access_key(self._master_key, access_key)

    # Who calls, and whether anybody has to say so.

    def _make(self) -> None:
        """The whole table anew; callers are made when they first call."""
        self._table.clear()
        self._callers.clear()
        self._token_callers.clear()
        for key in (*self._configured.values(), *self._stored.keys.values()):
            self._table.add(key)
        self._open_or_close()

    def _open_or_close(self) -> None:
        """Whether everyone may call: on loopback, where there is no key, and that is known."""
        keys = self._configured or self._stored.keys or self._tokens is not None
        if keys or not self._stored.loaded or not self._is_local:
            self._anonymous = None
        elif self._anonymous is None:
            self._anonymous = self._caller_of(None, None, None, ())

    def _caller(self, secret: Secret) -> Caller:
        """The caller of a key that is used for the first time since it was told."""
        key = secret.key
        of = (key.source, key.name)  # a name may stand in both
        caller = self._callers.get(of)
        if caller is None:
            if key.source == "store" and not self._has(key.project):
                raise ClientFault("key_invalid", PROJECT_GONE)
            caller = self._callers[of] = self._caller_of(key.name, key.project, key, ())
        secret.caller = caller
        return caller

    def _token_caller(self, identity: TokenIdentity) -> Caller:
        """The caller for whom a token speaks: another token of the same subject is the same one."""
        known = (identity.name, identity.project, identity.labels)
        caller = self._token_callers.get(known)
        if caller is None:
            self._check_project(identity.project)
            if len(self._token_callers) >= TOKEN_CALLERS_MAX:
                self._token_callers.clear()
            caller = self._caller_of(identity.name, identity.project, None, identity.labels)
            self._token_callers[known] = caller
        return caller

    def _check_project(self, project: str | None) -> None:
        """Whoever says what a token claims names a project; only one that is known has budgets."""
        if not self._knows(project):
            raise self._unknown(NO_SUCH_PROJECT)

    def _has(self, project: str) -> bool:
        """Whether there is the project of a stored key, with what it may spend; one that has no
        table of its own may be named by keys of the configuration."""
        named = (key.project for key in self._configured.values())
        return self._knows(project) or project in named

    def _knows(self, project: str | None) -> bool:
        """Whether a project is one of the configuration's or of the key store's."""
        known = (self._projects, self._stored.projects, self._declared)
        return any(project in projects for projects in known)

    def _caller_of(
        self, name: str | None, project: str | None, key: Key | None, labels: Labels
    ) -> Caller:
        """A caller of `project`, with all scopes that hold; `labels` are a token's own. Raises
        `KeysUnreached` where the project may be one of the store's, which was not read yet."""
        found = None
        if project is not None:
            found = self._projects.get(project) or self._stored.projects.get(project)
            if found is None and not self._stored.loaded:
                raise KeysUnreached(PROJECT_NOT_LOADED)
        scopes = scopes_of(self._organisation, found, key)
        return Caller(
            name,
            project,
            labels_of({**dict(labels_by(*scopes)), **dict(labels)}),
            allowed=allowed_by(*scopes),
            rules=rules_of(self._organisation, found, key),
        )


def projects_of(configuration: Configuration) -> frozenset[str | None]:
    """The projects that the configuration itself gives to tokens."""
    identities = configuration.identity.values()
    renamed = (project for identity in identities for project in identity.projects.values())
    return frozenset((*(identity.project for identity in identities), *renamed))


def _unless_foreign(anonymous: Caller, headers: Mapping[bytes, bytes]) -> Caller:
    """Everyone on this machine, but a web page from elsewhere; raises `ClientFault`."""
    if b"origin" in headers and not is_local_page(headers[b"origin"]):
        raise ClientFault("key_invalid", FOREIGN)
    return anonymous
