"""The head of a body for Oracle Cloud's chat, and the edits that the pass-through lane makes to it.

The model stands in `servingMode`, as the id of a model or of a dedicated endpoint.
"""

from typing import Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.dialects._framing.heads import (
    MODEL_CHARS_MAX,
    answers_asked,
    decode_head,
    is_set,
    larger,
)
from detente.dialects._framing.json_members import (
    decode_members,
    member_spans,
    replaced,
    sole_end,
    spells_keys_plainly,
)
from detente.dialects.oci_chat.wire import ENDPOINT, ChatRequest, Details, StreamOptions
from detente.dialects.spec import RequestHead

_DETAILS: Final = msgspec.json.Decoder(Details)
_OPTIONS: Final = msgspec.json.Decoder(StreamOptions)
_ENCODE: Final = msgspec.json.Encoder().encode
_TRUE: Final = msgspec.Raw(b"true")
_NAMES: Final = (b'"servingMode"', b'"chatRequest"')
_IDS: Final = (b'"modelId"', b'"endpointId"')


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_DETAILS, body)
    model = wire.serving_mode.model_id or wire.serving_mode.endpoint_id or ""
    if not 0 < len(model) <= MODEL_CHARS_MAX:
        raise ClientFault(
            "request_invalid",
            "`servingMode` must have a `modelId` or an `endpointId` of 1 to"
            f" {MODEL_CHARS_MAX} characters; send a model's name",
        )
    _check_unambiguous(body)
    chat = wire.chat_request
    options = bytes(chat.stream_options)
    return RequestHead(
        model=model,
        stream=chat.is_stream is True,
        asks_usage=_asks_usage(options),
        features=_features(chat),
        output_tokens_max=larger(chat.max_completion_tokens, chat.max_tokens),
        answers_asked=answers_asked(chat.num_generations) if chat.num_generations else 1,
        stream_options=options,
    )


def edit_request(body: bytes, head: RequestHead, *, model: str, ask_usage: bool = True) -> bytes:
    """`body` for another model, with a wish for usage where the client's stream has none."""
    asks = ask_usage and head.stream and not head.asks_usage
    if asks:
        span = member_spans(body)["chatRequest"]
        body = replaced(body, span, _asking(body[span[0] : span[1]], head.stream_options))
    if model == head.model:
        return body
    return replaced(body, member_spans(body)["servingMode"], _ENCODE(serving_mode(model)))


def serving_mode(model: str) -> dict[str, str]:
    """`servingMode` for a model, or for a dedicated endpoint (told by how its id begins)."""
    if model.startswith(ENDPOINT):
        return {"servingType": "DEDICATED", "endpointId": model}
    return {"servingType": "ON_DEMAND", "modelId": model}


def _check_unambiguous(body: bytes) -> None:
    """Raises `ClientFault` where another reader could find another model."""
    sole = all(sole_end(body, name) >= 0 for name in _NAMES)
    ids = sum(body.count(name) for name in _IDS)
    if sole and ids == 1 and spells_keys_plainly(body):
        return
    start, end = member_spans(body)["servingMode"]
    found = member_spans(body[start:end])
    if "modelId" in found and "endpointId" in found:
        raise ClientFault(
            "request_invalid", "`servingMode` has `modelId` and `endpointId`; send one of them"
        )


def _asking(chat: bytes, options: bytes) -> bytes:
    """`chatRequest` with `isIncludeUsage`; what is no object in `streamOptions` stays."""
    if options and options != b"null" and not options.startswith(b"{"):
        return chat
    members = decode_members(options) if options and options != b"null" else {}
    members["isIncludeUsage"] = _TRUE
    told = _ENCODE(members)
    if options:
        return replaced(chat, member_spans(chat)["streamOptions"], told)
    start = chat.index(b"{") + 1
    return replaced(chat, (start, start), b'"streamOptions":' + told + b",")


def _asks_usage(options: bytes) -> bool:
    if not options or options == b"null":
        return False
    try:
        return _OPTIONS.decode(options).is_include_usage is True
    except msgspec.ValidationError:
        raise ClientFault(
            "request_invalid",
            "`chatRequest.stream_options` must be an object whose `isIncludeUsage` is true or"
            " false; correct it",
        ) from None


def _features(chat: ChatRequest) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    if is_set(chat.log_probs) or is_set(chat.is_log_probs_enabled):
        found.append("logprobs")
    if _thinks(chat):
        found.append("reasoning")
    if is_set(chat.response_format) and b'"JSON' in bytes(chat.response_format):
        found.append("structured_output")
    if is_set(chat.tools):
        found.append("tools")
    return tuple(found)


def _thinks(chat: ChatRequest) -> bool:
    if is_set(chat.reasoning_effort) and bytes(chat.reasoning_effort) != b'"NONE"':
        return True
    return is_set(chat.thinking) and b'"DISABLED"' not in bytes(chat.thinking)
