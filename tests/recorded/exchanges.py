"""The recorded exchanges of the dialects that the gateway speaks, as values.

Reads `DETENTE_RECORDED` (default `../shared/recorded`): the tests skip where it is absent,
except in CI, where absence is a failure. Nothing here talks to a network.

>>> exchanges()[0].dialect
'openai-chat'
"""

import gzip
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import msgspec
import pytest

from tests.gateway_configuration import ModelRow, ProviderRow

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recorded"
SUFFIXES = {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    "embeddings": "/embeddings",
    "anthropic-messages": "/v1/messages",
    "anthropic-count-tokens": "/v1/messages/count_tokens",
}
"""How a path ends, by the recordings' own name of the dialect; embeddings of another shape
(Cohere's, Ollama's) end otherwise and are left out."""
FRONT_PATHS = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "embeddings": "/v1/embeddings",
    "anthropic-messages": "/v1/messages",
    "anthropic-count-tokens": "/v1/messages/count_tokens",
}
MODEL_MEMBER = re.compile(r'("model"\s*:\s*)("(?:[^"\\]|\\.)*")')
NO_KEY_MEMBERS = ("model", "stream_options", "encoding_format")
"""What the gateway or a client may set by itself, so that no exchange is found by it."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent."""

    headers: dict[str, str]
    text: str


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform said."""

    status: int
    headers: dict[str, str]
    text: str


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded exchange; `id` is unique."""

    id: str
    dialect: str
    platform: str
    host: str
    path: str
    query: dict[str, str]
    stream: bool
    request: Request
    response: Response

    @property
    def base_path(self) -> str:
        """What stands before the dialect's own path."""
        return self.path.removesuffix(SUFFIXES[self.dialect])

    @property
    def azure_deployment(self) -> str | None:
        """The deployment that an Azure path of the old style names."""
        found = re.search(r"/openai/deployments/([^/]+)/", self.path)
        return found[1] if found else None

    @property
    def body(self) -> dict[str, object]:
        """The request's body."""
        return msgspec.json.decode(self.request.text, type=dict[str, object])

    @property
    def asks_stream(self) -> bool:
        """Whether the client asked for a stream (which it may not have got)."""
        return bool(self.body.get("stream", False))

    @property
    def model(self) -> str:
        """The model that the body asks for."""
        return str(self.body["model"])

    @property
    def upstream_id(self) -> str:
        """The model's id at its provider: Azure's deployment, else the body's model."""
        return self.azure_deployment or self.model

    @property
    def kind(self) -> str:
        """The kind of provider that serves it."""
        if self.platform in ("openai", "azure", "anthropic"):
            return self.platform
        return "openai_compatible"

    @property
    def provider(self) -> str:
        """The name under which its platform is configured."""
        version = self.query.get("api-version", "")
        prefix = self.base_path if self.kind == "openai_compatible" else ""
        return re.sub(r"[^A-Za-z0-9]+", "-", f"{self.host}{prefix}-{version}").strip("-")

    def base_url(self, origin: str) -> str:
        """What the platform's own client would be given, with the platform at `origin`."""
        root = f"{origin}/at/{self.host}"
        return root if self.kind in ("azure", "anthropic") else root + self.base_path

    def request_bytes(self, model: str) -> bytes:
        """The recorded body with another model in it, every other byte as recorded."""
        quoted = msgspec.json.encode(model).decode()
        text, count = MODEL_MEMBER.subn(lambda found: found[1] + quoted, self.request.text, count=1)
        assert count == 1
        return text.encode()


def match_key(target_path: str, body: bytes) -> tuple[str, bytes]:
    """What tells two requests apart, whoever serialised them."""
    members = msgspec.json.decode(body, type=dict[str, object])
    stream = members.pop("stream", False)
    kept = {k: v for k, v in members.items() if k not in NO_KEY_MEMBERS}
    return target_path, msgspec.json.encode([bool(stream), kept], order="deterministic")


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Every recorded exchange of the dialects in `SUFFIXES`; skips the test without them."""
    folder = Path(os.environ.get("DETENTE_RECORDED", DEFAULT_FOLDER))
    if not folder.is_dir():
        sentence = f"no recorded exchanges in {folder}; set DETENTE_RECORDED to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    found: list[Exchange] = []
    for dialect, suffix in SUFFIXES.items():
        lines = gzip.decompress((folder / f"{dialect}.jsonl.gz").read_bytes()).splitlines()
        rows = (msgspec.json.decode(line, type=Exchange) for line in lines)
        found.extend(
            row for row in rows if row.path.endswith(suffix) and row.path != "/api/embeddings"
        )
    return tuple(found)


def waves(rows: Iterable[Exchange]) -> list[list[Exchange]]:
    """The exchanges in groups, no two of a group with the same request.

    Equal requests were answered differently at different times: within a wave a request
    tells which exchange is meant.
    """
    met: Counter[tuple[str, bytes]] = Counter()
    groups: list[list[Exchange]] = []
    for row in rows:
        key = match_key(f"/at/{row.host}{row.path}", row.request.text.encode())
        if met[key] == len(groups):
            groups.append([])
        groups[met[key]].append(row)
        met[key] += 1
    return groups


def alias(row: Exchange) -> str:
    """The name by which a client asks the gateway for this exchange's model at its platform."""
    if row.kind == "azure":  # its clients put the name into the path, as one segment
        return f"{row.provider}-{row.upstream_id}-{row.model}"
    return f"{row.provider}/{row.upstream_id}/{row.model}"


def provider_rows(rows: Sequence[Exchange], origin: str) -> list[ProviderRow]:
    """One configured provider for each platform address among `rows`, all at `origin`."""
    first = {row.provider: row for row in reversed(rows)}
    return [
        ProviderRow(
            name=name,
            kind=row.kind,
            base_url=row.base_url(origin),
            settings=_settings(row),
        )
        for name, row in sorted(first.items())
    ]


def model_rows(rows: Sequence[Exchange]) -> list[ModelRow]:
    """One configured model for each model at each platform address."""
    first = {alias(row): row for row in rows}
    return [
        ModelRow(
            name=f"recorded/{place}",
            aliases=(name,),
            deployments=((row.provider, row.upstream_id),),
        )
        for place, (name, row) in enumerate(sorted(first.items()))
    ]


def _settings(row: Exchange) -> str:
    version = row.query.get("api-version")
    lines = [f'api_version = "{version}"'] if version else []
    return "\n".join([*lines, 'host = "replay"'])
