"""InvokeModel's envelope around a request: a publisher's own body, model and stream in the path.

Works both ways, and leaves every other byte alone: `opened` reads what a Bedrock client sends,
`wrapped` writes what Bedrock is sent. Not here: streams and errors (`invoke_stream.py`), and
embeddings' bodies, which travel without a change and are only recognised.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
(read 2026-11-21).

>>> wrapped(b'{"model": "claude", "max_tokens": 8, "messages": []}')
b'{"anthropic_version":"bedrock-2023-05-31","max_tokens": 8,"messages": []}'
"""

from collections.abc import Container, Mapping
from typing import Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.loss import FEATURES, Loss
from detente.canonical.model import Dialect
from detente.dialects._framing.json_members import Span, member_spans, rewritten

VERSION: Final = "bedrock-2023-05-31"
"""Bedrock's name of Anthropic's API of 2023-06-01, for every model that it has."""
NATIVE_VERSIONS: Final = {VERSION: "2023-06-01"}
"""What the platform's version is called by Anthropic itself; later ones have one name."""
LATER_VERSIONS: Final = frozenset(("2026-10-21",))
"""Versions that Bedrock takes under their own name, where the deployment says so."""
BETAS_MAX: Final = 64
"""More than Anthropic has features."""

OPTIONS: Final[dict[bytes, str]] = {
    b"x-amzn-bedrock-guardrailidentifier": "safety",
    b"x-amzn-bedrock-guardrailversion": "safety",
    b"x-amzn-bedrock-performanceconfig-latency": "service_tier",
    b"x-amzn-bedrock-service-tier": "service_tier",
    b"x-amzn-bedrock-request-metadata": "metadata",
    b"x-amzn-bedrock-trace": "content_filter",
}
"""Options that InvokeModel has as headers, and what is lost where nobody reads them."""

_MOVED: Final = frozenset(("model", "stream"))
"""What the path says."""
_WRAPPING: Final = frozenset((*_MOVED, "anthropic_version", "anthropic_beta"))
_CONVERSE: Final = frozenset(("schemaVersion", "inferenceConfig", "toolConfig"))
"""Members of Amazon's own models, whose body is Converse's."""
_EMBEDS: Final = frozenset(("inputText", "inputImage", "texts", "images", "inputs", "input_type"))
_STRING: Final = msgspec.json.Decoder(str)
_STRINGS: Final = msgspec.json.Decoder(tuple[str, ...])
_ENCODE: Final = msgspec.json.Encoder().encode


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What was in an envelope: the publisher's dialect and a body in it.

    `api_version` and `betas` are what Anthropic's own clients say in headers.
    """

    dialect: Dialect
    body: bytes
    api_version: str | None = None
    betas: tuple[str, ...] = ()


def opened(body: bytes, *, model: str, stream: bool) -> Opened:
    """The native request in an InvokeModel body; raises `ClientFault`.

    `model` and `stream` are what the path said; they win over the body's.
    """
    spans = member_spans(body)
    dialect = _dialect(spans)
    if dialect == "bedrock_embeddings":
        if stream:
            said = "embeddings are not streamed; call `InvokeModel`"
            raise ClientFault("request_invalid", said)
        return Opened(dialect=dialect, body=body)
    add = {"model": _ENCODE(model)}
    if stream:
        add["stream"] = b"true"
    if dialect == "openai_chat":
        return Opened(dialect=dialect, body=rewritten(body, spans, drop=_MOVED, add=add))
    version = _version(body, spans)
    return Opened(
        dialect=dialect,
        body=rewritten(body, spans, drop=_WRAPPING, add=add),
        api_version=NATIVE_VERSIONS.get(version, version),
        betas=_betas(body, spans),
    )


def wrapped(body: bytes, *, api_version: str | None = None, betas: tuple[str, ...] = ()) -> bytes:
    """The InvokeModel body of a native messages request, whose model and stream the path says.

    `api_version` is the deployment's, None the one that every model has; `betas` are what the
    client's `anthropic-beta` names. Raises `ClientFault` where `body` is no JSON object.
    """
    spans = member_spans(body)
    version = api_version if api_version in LATER_VERSIONS else VERSION
    add = {"anthropic_version": _ENCODE(version)}
    betas = tuple(dict.fromkeys((*betas, *_betas(body, spans))))
    if betas:
        add["anthropic_beta"] = _ENCODE(betas)
    return rewritten(body, spans, drop=_WRAPPING, add=add)


def betas_of(header: bytes | None) -> tuple[str, ...]:
    """The names in an `anthropic-beta` header, which may hold several."""
    if header is None:
        return ()
    names = (name.strip() for name in header.decode("latin-1").split(",", BETAS_MAX)[:BETAS_MAX])
    return tuple(name for name in names if name)


def options_lost(headers: Mapping[bytes, bytes]) -> tuple[Loss, ...]:
    """What a client asked for in InvokeModel's headers, for an upstream that reads none of them."""
    return tuple(
        Loss(
            path=name.decode(),
            what=what,
            why="it is an option of InvokeModel, which this deployment is not reached by",
            severity=FEATURES[what],
        )
        for name, what in OPTIONS.items()
        if name in headers
    )


def _dialect(names: Container[str]) -> Dialect:
    """Whose body it is, by its members."""
    if "anthropic_version" in names:
        return "anthropic_messages"
    if any(name in names for name in _CONVERSE):
        raise ClientFault(
            "request_invalid",
            "the body is one of Amazon's own models', which `Converse` serves; call that",
        )
    if "messages" in names:
        return "openai_chat"
    if any(name in names for name in _EMBEDS) and "textGenerationConfig" not in names:
        return "bedrock_embeddings"
    raise ClientFault(
        "request_invalid",
        "the body is of no API that is served through `InvokeModel`; send Anthropic's messages "
        "with `anthropic_version`, OpenAI's chat completions or an embedding, or call `Converse`",
    )


def _version(body: bytes, spans: Mapping[str, Span]) -> str:
    start, end = spans["anthropic_version"]
    try:
        version = _STRING.decode(body[start:end])
    except (msgspec.DecodeError, UnicodeDecodeError):
        version = ""
    if not version.isprintable() or not 0 < len(version) <= 64:
        raise ClientFault("request_invalid", f"`anthropic_version` is a text; write `{VERSION}`")
    return version


def _betas(body: bytes, spans: Mapping[str, Span]) -> tuple[str, ...]:
    if "anthropic_beta" not in spans:
        return ()
    start, end = spans["anthropic_beta"]
    try:
        betas = _STRINGS.decode(body[start:end])
    except (msgspec.DecodeError, UnicodeDecodeError):
        betas = ("",)
    if len(betas) > BETAS_MAX or not all(_is_name(beta) for beta in betas):
        raise ClientFault("request_invalid", "`anthropic_beta` is a list of names; send them so")
    return betas


def _is_name(beta: str) -> bool:
    """Whether it can stand in a header's list."""
    return 0 < len(beta) <= 128 and beta.isascii() and beta.isprintable() and "," not in beta
