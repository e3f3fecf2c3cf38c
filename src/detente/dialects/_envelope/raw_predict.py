"""Vertex AI's rawPredict around Anthropic's messages: the model in the path, the version in the
body. Answers, streams and errors are the publisher's own, so that only requests are wrapped.

Counting keeps its model in the body, for its path names none. Betas stay in their header
(`lib/vertex/_client.py` of anthropic 2.12.0, read 2026-11-22).

>>> wrapped(b'{"model": "claude", "max_tokens": 8, "messages": []}', dialect="anthropic_messages")
b'{"anthropic_version":"vertex-2023-10-16","max_tokens": 8,"messages": []}'
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.dialects._envelope.invoke import Opened
from detente.dialects._framing.json_members import Span, member_spans, rewritten
from detente.dialects.codec import Codec, Encoded, Target
from detente.dialects.counting_codec import CountingCodec

VERSION: Final = "vertex-2023-10-16"
"""Vertex AI's name of Anthropic's API of 2023-06-01."""
NATIVE_VERSIONS: Final = {VERSION: "2023-06-01"}
LATER_VERSIONS: Final = frozenset(("2026-10-21",))
"""Versions that have one name everywhere."""
VERSION_CHARACTERS_MAX: Final = 64

AnyCodec = TypeVar("AnyCodec", Codec, CountingCodec)

_NAMES: Final = LATER_VERSIONS.union(NATIVE_VERSIONS.values())
_MEMBER: Final = "anthropic_version"
_STRING: Final = msgspec.json.Decoder(str)
_ENCODE: Final = msgspec.json.Encoder().encode


def opened(body: bytes, *, dialect: Dialect, model: str | None, stream: bool) -> Opened:
    """The native request in a body of rawPredict; raises `ClientFault`.

    `model` (None where the body has it) and `stream` are what the path said; they win.
    """
    spans = member_spans(body)
    version = _version(body, spans)
    drop = {_MEMBER, "stream"}
    add: dict[str, bytes] = {}
    if model is not None:
        drop.add("model")
        add["model"] = _ENCODE(model)
    if stream:
        add["stream"] = b"true"
    return Opened(
        dialect=dialect,
        body=rewritten(body, spans, drop=frozenset(drop), add=add),
        api_version=None if version is None else NATIVE_VERSIONS.get(version, version),
    )


def wrapped(
    body: bytes,
    *,
    dialect: Dialect,
    api_version: str | None = None,
    asked_version: str | None = None,
) -> bytes:
    """The body of rawPredict of a native request.

    `api_version` is the deployment's, `asked_version` the client's, which wins, for the client
    reads the answer. Raises `ClientFault` where `body` is no JSON object.
    """
    asked = asked_version if asked_version in _NAMES else api_version
    drop = {_MEMBER} if dialect == "anthropic_count_tokens" else {_MEMBER, "model"}
    add = {_MEMBER: _ENCODE(version_of(asked))}
    return rewritten(body, member_spans(body), drop=frozenset(drop), add=add)


def version_of(api_version: str | None) -> str:
    """What Vertex AI calls a version; that of every model where it has none of that name."""
    if api_version is not None and api_version in LATER_VERSIONS:
        return api_version
    return VERSION


def upstream_codec(codec: AnyCodec) -> AnyCodec:
    """What `codec` is in front of Vertex AI."""

    def encode_request(request: Request, target: Target) -> Encoded:
        told = msgspec.structs.replace(target, api_version=version_of(target.api_version))
        encoded = codec.encode_request(request, told)
        body = wrapped(encoded.body, dialect=codec.name, api_version=target.api_version)
        return Encoded(body=body, losses=encoded.losses)

    return msgspec.structs.replace(codec, encode_request=encode_request)


def _version(body: bytes, spans: Mapping[str, Span]) -> str | None:
    if _MEMBER not in spans:
        return None
    start, end = spans[_MEMBER]
    try:
        version = _STRING.decode(body[start:end])
    except (msgspec.DecodeError, UnicodeDecodeError):
        version = ""
    usable = version.isascii() and version.isprintable()
    if not usable or not 0 < len(version) <= VERSION_CHARACTERS_MAX:
        raise ClientFault("request_invalid", f"`{_MEMBER}` is a text; write `{VERSION}`")
    return version
