"""The head of a chat request to Ollama; without a word about it, the answer is streamed."""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set, locate_model, positive
from detente.dialects.ollama_chat.wire import ChatOptions, ChatRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(ChatRequest)
_OPTIONS: Final = msgspec.json.Decoder(ChatOptions)
_NO_FORM: Final = b'""'


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(
        model=wire.model,
        stream=wire.stream is not False,
        asks_usage=True,
        features=_features(wire),
        output_tokens_max=_limit(wire.options),
        model_at=locate_model(body, wire.model),
    )


def _features(wire: ChatRequest) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    if is_set(wire.logprobs):
        found.append("logprobs")
    if is_set(wire.think):
        found.append("reasoning")
    if is_set(wire.format) and bytes(wire.format) != _NO_FORM:
        found.append("structured_output")
    if is_set(wire.tools):
        found.append("tools")
    return tuple(found)


def _limit(options: msgspec.Raw) -> int | None:
    if not options:
        return None
    try:
        limit = _OPTIONS.decode(options).num_predict
    except (msgspec.DecodeError, RecursionError):
        return None
    return positive(int(limit)) if limit is not None and abs(limit) < 2**53 else None
