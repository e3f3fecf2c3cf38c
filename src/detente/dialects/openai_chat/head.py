"""The head of a chat request, and the edits that the pass-through lane makes to it."""

from typing import Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.dialects._framing.heads import (
    answers_asked,
    decode_head,
    edit_model,
    is_set,
    larger,
    locate_model,
)
from detente.dialects._framing.json_members import decode_members, member_spans, replaced
from detente.dialects.openai_chat.wire import ChatRequest, StreamOptions
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(ChatRequest)
_OPTIONS: Final = msgspec.json.Decoder(StreamOptions)
_ENCODE: Final = msgspec.json.Encoder().encode
_ASK: Final = b'"stream_options":{"include_usage":true}'
_TRUE: Final = msgspec.Raw(b"true")


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    options = bytes(wire.stream_options)
    return RequestHead(
        model=wire.model,
        stream=wire.stream is True,
        asks_usage=_asks_usage(options) if options else False,
        features=_features(wire),
        output_tokens_max=larger(wire.max_completion_tokens, wire.max_tokens),
        answers_asked=answers_asked(wire.n) if wire.n else 1,
        model_at=locate_model(body, wire.model),
        stream_options=options,
    )


def edit_request(body: bytes, head: RequestHead, *, model: str, ask_usage: bool = True) -> bytes:
    """`body` for another model, with a wish for usage where the client's stream has none.

    `ask_usage=False` is for platforms that report usage unasked and reject the member. What is
    not an object in `stream_options` stays, for the platform to reject.
    """
    edited = edit_model(body, head, model=model)
    if not (ask_usage and head.stream and not head.asks_usage):
        return edited
    options = head.stream_options
    if not options:
        start = edited.index(b"{") + 1
        return replaced(edited, (start, start), _ASK + b",")
    if options != b"null" and not options.startswith(b"{"):
        return edited
    members = decode_members(options) if options != b"null" else {}
    members["include_usage"] = _TRUE
    return replaced(edited, member_spans(edited)["stream_options"], _ENCODE(members))


def _asks_usage(options: bytes) -> bool:
    if options == b"null":
        return False
    try:
        return _OPTIONS.decode(options).include_usage is True
    except msgspec.ValidationError:
        raise ClientFault(
            "request_invalid",
            "`stream_options` must be an object whose `include_usage` is true or false; correct it",
        ) from None


def _features(wire: ChatRequest) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    if wire.modalities and b'"audio"' in bytes(wire.modalities):
        found.append("audio")
    if is_set(wire.logprobs):
        found.append("logprobs")
    if is_set(wire.reasoning_effort):
        found.append("reasoning")
    if is_set(wire.response_format) and b'"json' in bytes(wire.response_format):
        found.append("structured_output")
    if is_set(wire.tools) or is_set(wire.functions):
        found.append("tools")
    return tuple(found)
