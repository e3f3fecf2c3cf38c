"""What a kind of provider is: plain functions and facts, all pure.

>>> from detente.providers import openai
>>> site = Site(base_url="https://api.openai.com/v1")
>>> openai.KIND.target(site, deployment, "openai_chat")
'/v1/chat/completions'
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from detente.canonical.extras import Json
from detente.canonical.failure import Failure
from detente.canonical.headroom import Headroom
from detente.canonical.model import Deployment, Dialect, Thoughts
from detente.providers._headroom import read_headroom
from detente.providers._rsa import RsaCredentials
from detente.providers._sigv4 import Credentials, Header, SigningKeys

Envelope = Literal["bedrock_invoke", "vertex_raw_predict", "vertex_count_tokens"]
"""How a platform wraps another's dialect; what it does to the bytes is the dialects' business."""
Judge = Callable[[int, Mapping[bytes, bytes], bytes], Failure | None]
"""What an answer means: None where it is the client's to read."""
HeadroomOf = Callable[[Mapping[bytes, bytes], datetime], Headroom | None]
"""What an answer's headers say of limits at a moment, None where they say nothing."""

FORWARDED: Final = frozenset((b"accept", b"content-type", b"user-agent"))
"""What of a client's own headers any provider may see. Never keys, cookies, addresses, accounts
(`openai-organization`), our own words (`x-detente-…`) or keys of idempotency, which two callers
may choose alike; nor `accept-encoding`, for what is compressed cannot be read in passing."""


class Guardrail(msgspec.Struct, frozen=True, kw_only=True):
    """A guardrail of the platform's own that every request there is put under."""

    identifier: str
    version: str = "DRAFT"
    trace: bool = False


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A configured provider, as its kind sees it when it makes an address.

    `base_url` is the configured address, or the kind's own. `project` is Google's or OpenAI's,
    `compartment` Oracle's, `workspace` Anthropic's.
    """

    base_url: str
    region: str | None = None
    api_version: str | None = None
    project: str | None = None
    compartment: str | None = None
    organization: str | None = None
    workspace: str | None = None
    guardrail: Guardrail | None = None

    @property
    def root(self) -> str:
        """The path of the address, without a slash at its end."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def name(self) -> str:
        """The name of the address's machine, empty where it has none."""
        return urlsplit(self.base_url).hostname or ""


class Quirks(msgspec.Struct, frozen=True, kw_only=True):
    """Where a host differs from the dialect that it says it speaks.

    `renamed` are top-level members of a request that mean the same there under another name,
    `roles` those of messages. `asks_usage` is whether it knows how a stream is asked for its
    usage; one that does not reports it unasked. `call_id_characters` is the length of a call's
    id where that is fixed, `prefix` the member that marks a last message of the assistant's.
    `refused` are members that it answers with an error, by their names in the dialect. They are
    not taken out of what a client of that dialect wrote, for the host's own answer is the
    client's to read; a translation leaves them out and names them. `parts.file` is a part of a
    message of that type. `thoughts` is where it takes what a model thought in earlier answers,
    None where nobody knows.
    """

    renamed: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}
    call_id_characters: int | None = None
    prefix: str | None = None
    asks_usage: bool = True
    refused: tuple[str, ...] = ()
    thoughts: Thoughts | None = None


Target = Callable[[Site, Deployment, Dialect], str]
"""The path of an operation, with its query."""
OperationOf = Callable[[Deployment, Dialect], str | None]
"""See `ProviderKind.operation`."""
Chain = Literal["aws", "azure", "google", "oci"]
"""Whose library finds and renews credentials (see `providers/credentials`)."""
SigningCredentials = Credentials | RsaCredentials


class PassedOn(msgspec.Struct, frozen=True, kw_only=True):
    """That a platform itself passed a request on: the id there of the deployment that answered, and
    the status with which the first one refused."""

    upstream_id: str
    status: int


class Sign(Protocol):
    """See `ProviderKind.sign`."""

    def __call__(
        self,
        *,
        host: bytes,
        target: bytes,
        body: bytes,
        credentials: SigningCredentials,
        region: str,
        now: datetime,
        keys: SigningKeys,
    ) -> tuple[Header, ...]: ...


def no_headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """Nothing beside what every request has."""
    del site, deployment, dialect
    return ()


def none_withheld(site: Site, deployment: Deployment, dialect: Dialect) -> bool:
    """Every dialect can say what a deployment demands."""
    del site, deployment, dialect
    return False


def none_unheard(site: Site, deployment: Deployment, dialect: Dialect) -> frozenset[bytes]:
    """The client's word holds."""
    del site, deployment, dialect
    return frozenset()


def no_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """Nothing that a body must have."""
    del site, deployment, dialect
    return {}


def usual_operation(deployment: Deployment, dialect: Dialect) -> None:
    """The one by which most platforms are asked."""
    del deployment, dialect


def bearer(secret: str) -> tuple[Header, ...]:
    """A key or token as a bearer."""
    return ((b"authorization", b"Bearer " + secret.encode()),)


class ProviderKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of provider.

    - `default_base_url`, `default_host`: what the platform has one of; None must be configured.
      `{region}` in an address is the configured region; `regional_base_urls` are the addresses of
      regions that have one of another form.
    - `dialects`: what it speaks.
    - `target(site, deployment, dialect)`: the path, with query, of an operation.
    - `auth_headers(secret)`: how the platform wants its key.
    - `forwarded_headers`: which of the client's headers may go there.
    - `judge(status, headers, body)`: the meaning of an answer, None where it is the client's to
      read; headers by lower-case name.
    - `headroom(headers, now)`: what an answer's limit headers say; the common reader does for all
      whose resets are no bare milliseconds.
    - `stream_target(…)`: the path where the answer is to be streamed, None where it is the same.
    - `dialects_of(deployment)`: which of `dialects` that deployment speaks, the best first; None
      where it is all of them.
    - `sign(…)`: the headers that sign one POST, for a platform that takes signing keys as well;
      None where a header is the only way. `host` is the value of that header, `target` the raw
      path with its query, `now` aware, `keys` what the caller keeps between requests.
    - `envelopes`: the dialects that travel wrapped, each with its envelope's name.
    - `operation(deployment, dialect)`: by which of a dialect's operations a deployment is asked;
      None is the dialect's usual one.
    - `chain`: whose library finds credentials where none are configured by name, None where there
      is none; `token_scope` is what its tokens are asked for, `token_headers(token)` how the
      platform wants one.
    - `headers(site, deployment, dialect)`: further headers of every request of a deployment.
    - `unheard(site, deployment, dialect)`: which of the `forwarded_headers` stay behind, for the
      deployment has a word of its own on what they say.
    - `body_members(site, deployment, dialect)`: top-level members that every body must have: a
      tier, a zone, a guardrail. They are the operator's word, and replace the client's.
    - `withheld(site, deployment, dialect)`: whether something that is demanded of a deployment
      cannot be said in a dialect, which is then not offered.
    - `guards`: whether it has guardrails of its own.
    - `quirks`: where it differs from a dialect that it speaks.
    - `needs`: keys of a provider's table without which it cannot be addressed; `token_needs` are
      further ones where no `api_key` is given, and where they are there, it is a token.
    - `regions`: the only ones that it can be asked for, empty where nobody knows them all.
    - `unplaced(upstream_id)`: whether a model there cannot be asked for a region; None where that
      is so of none.
    - `spill(upstream_id)`: the headers that have the platform itself pass what a deployment has no
      capacity for on to another one there; None where it cannot.
    - `passed_on(lines)`: whether the platform did so, by an answer's header lines with names in
      lower case; None where it never does.
    - `own_network`: whether its machines are expected on the operator's own network.
    """

    name: str
    default_base_url: str | None
    default_host: str | None
    dialects: tuple[Dialect, ...]
    target: Target
    auth_headers: Callable[[str], tuple[Header, ...]]
    forwarded_headers: frozenset[bytes]
    judge: Judge
    headroom: HeadroomOf = read_headroom
    stream_target: Target | None = None
    dialects_of: Callable[[Deployment], tuple[Dialect, ...]] | None = None
    sign: Sign | None = None
    envelopes: Mapping[Dialect, Envelope] = {}
    operation: OperationOf = usual_operation
    regional_base_urls: Mapping[str, str] = {}
    chain: Chain | None = None
    token_scope: str | None = None
    token_headers: Callable[[str], tuple[Header, ...]] = bearer
    headers: Callable[[Site, Deployment, Dialect], tuple[Header, ...]] = no_headers
    unheard: Callable[[Site, Deployment, Dialect], frozenset[bytes]] = none_unheard
    body_members: Callable[[Site, Deployment, Dialect], dict[str, Json]] = no_members
    withheld: Callable[[Site, Deployment, Dialect], bool] = none_withheld
    guards: bool = False
    quirks: Mapping[Dialect, Quirks] = {}
    needs: tuple[str, ...] = ()
    token_needs: tuple[str, ...] = ()
    own_network: bool = False
    regions: tuple[str, ...] = ()
    unplaced: Callable[[str], bool] | None = None
    spill: Callable[[str], tuple[Header, ...]] | None = None
    passed_on: Callable[[bytes], PassedOn | None] | None = None
