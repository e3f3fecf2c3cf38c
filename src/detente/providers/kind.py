"""What a kind of provider is: plain functions and facts, all pure.

>>> from detente.providers import openai
>>> openai.KIND.target(base_url="https://api.openai.com/v1", upstream_id="gpt-4",
...                    dialect="openai_chat", api_version=None)
'/v1/chat/completions'
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Literal, Protocol

import msgspec

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._sigv4 import Credentials, Header, SigningKeys

Envelope = Literal["bedrock_invoke"]
"""How a platform wraps another's dialect; what it does to the bytes is the dialects' business."""
Judge = Callable[[int, Mapping[bytes, bytes], bytes], Failure | None]
"""What an answer means: None where it is the client's to read."""

FORWARDED: Final = frozenset((b"accept", b"content-type", b"user-agent"))
"""What of a client's own headers any provider may see. Never keys, cookies, addresses, accounts
(`openai-organization`), our own words (`x-detente-…`) or keys of idempotency, which two callers
may choose alike; nor `accept-encoding`, for what is compressed cannot be read in passing."""


class Target(Protocol):
    """See `ProviderKind.target`."""

    def __call__(
        self, *, base_url: str, upstream_id: str, dialect: Dialect, api_version: str | None
    ) -> str: ...


class Sign(Protocol):
    """See `ProviderKind.sign`."""

    def __call__(
        self,
        *,
        host: bytes,
        target: bytes,
        body: bytes,
        credentials: Credentials,
        region: str,
        now: datetime,
        keys: SigningKeys,
    ) -> tuple[Header, ...]: ...


class ProviderKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of provider.

    - `default_base_url`, `default_host`: what the platform has one of; None must be configured.
      `{region}` in an address is the configured region.
    - `dialects`: what it speaks.
    - `target(…)`: the path, with query, of an operation under the configured address.
    - `auth_headers(secret)`: how the platform wants its key.
    - `forwarded_headers`: which of the client's headers may go there.
    - `judge(status, headers, body)`: the meaning of an answer, None where it is the client's to
      read; headers by lower-case name.
    - `stream_target(…)`: the path where the answer is to be streamed, None where it is the same.
    - `dialects_of(deployment)`: which of `dialects` that deployment speaks, the best first; None
      where it is all of them.
    - `sign(…)`: the headers that sign one POST, for a platform that takes access keys as well; None
      where `auth_headers` is the only way. `host` is the value of that header, `target` the raw
      path with its query, `now` aware, `keys` what the caller keeps between requests.
    - `envelopes`: the dialects that travel wrapped, each with its envelope's name.
    """

    name: str
    default_base_url: str | None
    default_host: str | None
    dialects: tuple[Dialect, ...]
    target: Target
    auth_headers: Callable[[str], tuple[Header, ...]]
    forwarded_headers: frozenset[bytes]
    judge: Judge
    stream_target: Target | None = None
    dialects_of: Callable[[Deployment], tuple[Dialect, ...]] | None = None
    sign: Sign | None = None
    envelopes: Mapping[Dialect, Envelope] = {}
