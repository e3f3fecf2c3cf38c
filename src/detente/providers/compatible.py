"""Hosts of OpenAI's dialects that need no code: the rows of `compatible.toml`, a kind each.

A row says where a host is, what it speaks and where it differs; all take a key as a bearer, which
is what OpenAI's own client sends. A row without its page and the date of reading does not load.
What a host refuses of a chat client's own request is not dropped: its own error is the answer.

>>> next(kind for kind in compatible_kinds() if kind.name == "groq").default_base_url
'https://api.groq.com/openai/v1'
"""

import functools
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib import resources
from typing import Annotated, Final, Literal
from urllib.parse import urljoin

import msgspec
from msgspec import Meta

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect, Thoughts
from detente.providers import anthropic, openai, openai_compatible
from detente.providers._judging import common_judge
from detente.providers.kind import Header, Judge, ProviderKind, Quirks, Site, Target, bearer

CHAT: Final[Dialect] = "openai_chat"
KindName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One host.

    `base_url` includes `/v1` or whatever stands for it, None where everybody runs their own;
    `regions` are further addresses. `paths` are those below it that differ from OpenAI's, `..` one
    step up. `auth` is how the key travels. `renamed`, `roles` and `asks_usage` are quirks of its
    chat, as are `refused` and `thoughts` (`Quirks`).
    `own_network` is whether it runs where its users are. `page` and `read` are the source.
    """

    title: str
    host: str | None = None
    base_url: Annotated[str, Meta(pattern=r"^https://")] | None = None
    regions: dict[str, str] = {}
    dialects: tuple[Dialect, ...]
    paths: dict[Dialect, str] = {}
    auth: Literal["bearer", "bearer_and_x_api_key"] = "bearer"
    renamed: dict[str, str] = {}
    roles: dict[str, str] = {}
    asks_usage: bool = True
    refused: tuple[str, ...] = ()
    thoughts: Thoughts | None = None
    page: Annotated[str, Meta(pattern=r"^https://")]
    read: date

    @property
    def own_network(self) -> bool:
        """Whether it is run by whoever uses it."""
        return self.base_url is None


@functools.cache
def compatible_rows() -> Mapping[str, Row]:
    """The rows that are shipped, by the kind's name."""
    return read_rows(resources.files("detente.providers").joinpath("compatible.toml").read_bytes())


@functools.cache
def compatible_kinds() -> tuple[ProviderKind, ...]:
    """A kind of provider for each row."""
    return tuple(kind_of(name, row) for name, row in compatible_rows().items())


def read_rows(data: bytes) -> Mapping[str, Row]:
    """The rows in `data`; raises `ValueError` where one lacks its page or date, or has a typo."""
    try:
        return msgspec.convert(tomllib.loads(data.decode()), dict[KindName, Row])
    except msgspec.ValidationError as error:
        raise ValueError(f"a compatible host does not load: {error}; complete its row") from None


def kind_of(name: str, row: Row) -> ProviderKind:
    """The kind of provider that a row describes."""
    forwarded = openai.KIND.forwarded_headers
    if "anthropic_messages" in row.dialects:
        forwarded |= anthropic.KIND.forwarded_headers
    quirks = Quirks(
        renamed=row.renamed,
        roles=row.roles,
        asks_usage=row.asks_usage,
        refused=row.refused,
        thoughts=row.thoughts,
    )
    return ProviderKind(
        name=name,
        default_base_url=row.base_url,
        default_host=row.host,
        dialects=row.dialects,
        target=_target(row),
        auth_headers=bearer if row.auth == "bearer" else _both,
        forwarded_headers=forwarded,
        judge=_judge(row.title),
        regional_base_urls=row.regions,
        quirks={CHAT: quirks},
        own_network=row.own_network,
    )


def path_below(root: str, row: Row, dialect: Dialect) -> str:
    """The path of an operation under the path of a host's address, which has no slash at its end.

    >>> path_below("/v1", row, "openai_chat")
    '/v1/chat/completions'
    """
    below = row.paths.get(dialect) or openai_compatible.PATHS[dialect].removeprefix("/")
    return urljoin(f"{root}/", below)


def _target(row: Row) -> Target:
    def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
        del deployment  # the model travels in the body
        return path_below(site.root, row, dialect)

    return target


def _judge(title: str) -> Judge:
    def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
        return common_judge(title, status, headers, body)

    return judge


def _both(secret: str) -> tuple[Header, ...]:
    """The key where OpenAI's client puts it, and where Anthropic's did."""
    return (*bearer(secret), (b"x-api-key", secret.encode()))
