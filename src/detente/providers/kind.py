"""What a kind of provider is: plain functions and facts, all pure.

>>> from detente.providers import openai
>>> openai.KIND.target(base_url="https://api.openai.com/v1", upstream_id="gpt-4",
...                    dialect="openai_chat", api_version=None)
'/v1/chat/completions'
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from detente.canonical.failure import Failure
from detente.canonical.model import Dialect

Header = tuple[bytes, bytes]
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


class ProviderKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of provider.

    - `default_base_url`, `default_host`: what the platform has one of; None must be configured.
    - `dialects`: what it speaks.
    - `target(…)`: the path, with query, of an operation under the configured address.
    - `auth_headers(secret)`: how the platform wants its key.
    - `forwarded_headers`: which of the client's headers may go there.
    - `judge(status, headers, body)`: the meaning of an answer, None where it is the client's to
      read; headers by lower-case name.
    """

    name: str
    default_base_url: str | None
    default_host: str | None
    dialects: tuple[Dialect, ...]
    target: Target
    auth_headers: Callable[[str], tuple[Header, ...]]
    forwarded_headers: frozenset[bytes]
    judge: Judge
