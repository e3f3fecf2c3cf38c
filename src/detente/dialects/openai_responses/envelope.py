"""The response object around an answer: what it repeats of the request, and how it ended.

The official SDK's types demand most of these members; where the client's request is known they
repeat it, as the platform does, elsewhere they are the platform's defaults.

>>> status_of("length")
('incomplete', 'max_output_tokens')
"""

import re
from typing import Final, assert_never

from detente.canonical.content import Text
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Request
from detente.canonical.response import StopReason
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import marked
from detente.dialects.codec import Reply
from detente.dialects.openai_responses.settings import nested, reasoning_wire, text_wire
from detente.dialects.openai_responses.tools import choice_wire, tools_wire
from detente.dialects.openai_responses.words import DIALECT, OPTIONS

_PREFIX: Final = "resp_"
_MADE_HERE: Final = re.compile(r"[a-z]+_.+_\d{1,6}")
_WITHOUT_EQUAL: Final = ("pause", "context_window", "malformed", "other")
_NOT_REPEATED: Final = frozenset(
    ("stream_options", "background_options", "context_management", "moderation")
)


def response_id(id_: str, reply: Reply) -> str:
    """An id of this API's form, made of the upstream's or of the request's."""
    id_ = id_ or reply.request_id
    return id_ if id_.startswith(_PREFIX) else _PREFIX + id_


def item_id(prefix: str, response: str, index: int) -> str:
    """The id of the item at `index` of a response: told by those two alone."""
    return f"{prefix}_{response.removeprefix(_PREFIX)}_{index}"


def is_made_here(id_: str) -> bool:
    """Whether `item_id` made an id: the platform's own have no index at their end."""
    return _MADE_HERE.fullmatch(id_) is not None


def status_of(stop: StopReason | None) -> tuple[str, str | None]:
    """The status of a response that ended so, and why it is incomplete where it is."""
    match stop:
        case None | "end" | "tool_calls" | "stop_sequence" | "refusal" | "pause":
            return "completed", None
        case "length" | "context_window":
            return "incomplete", "max_output_tokens"
        case "content_filter":
            return "incomplete", "content_filter"
        case "malformed" | "other":
            return "incomplete", None
        case "cancelled":
            return "cancelled", None
        case "error":
            return "failed", None
        case _:
            assert_never(stop)


def leave_stop(stop: StopReason | None, losses: Losses) -> None:
    """Name a reason to stop that this API has no word for."""
    if stop in _WITHOUT_EQUAL:
        losses.lose("stop_reason", "choices[0].stop", f"the Responses API has no word for `{stop}`")


def envelope(reply: Reply, *, id_: str, model: str, created_s: int) -> Obj:
    """A response that has just begun. What has to be different later, is set later."""
    wire: Obj = {
        "id": id_,
        "object": "response",
        "created_at": created_s,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": model,
        "output": [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None,
        "user": None,
        "metadata": {},
    }
    if reply.request is not None:
        _repeat(reply.request, wire)
    return wire


def ended(wire: Obj, stop: StopReason | None, detail: str | None, now_s: int) -> None:
    """Set how a response ended."""
    status, reason = status_of(stop)
    wire["status"] = status
    if status == "completed":
        wire["completed_at"] = now_s
    elif status == "incomplete":
        wire["incomplete_details"] = {"reason": reason}
    elif status == "failed":
        message = detail or "the model's platform failed; try again"
        wire["error"] = {"code": "server_error", "message": message}


def _repeat(request: Request, wire: Obj) -> None:
    """Repeat what the client asked for; it has been told of losses before."""
    unheard = Losses()
    words = [part.text for part in request.instructions if isinstance(part, Text)]
    if words:
        wire["instructions"] = "\n\n".join(words)
    if request.tools:
        wire["tools"] = tools_wire(request.tools, unheard)
    if request.tool_choice is not None:
        wire["tool_choice"] = choice_wire(request.tool_choice, request.tools, unheard)
    text = text_wire(request, unheard)
    if text is not None:
        wire["text"] = {"format": {"type": "text"}, **text}
    if request.reasoning is not None:
        wire["reasoning"] = {
            "effort": None,
            "summary": None,
            **reasoning_wire(request.reasoning, unheard),
        }
    said: tuple[tuple[str, Json], ...] = (
        ("max_output_tokens", request.max_output_tokens),
        ("parallel_tool_calls", request.parallel_tool_calls),
        ("prompt_cache_key", request.cache_key),
        ("store", request.store),
        ("temperature", request.temperature),
        ("top_logprobs", request.top_logprobs),
        ("top_p", request.top_p),
    )
    for name, value in said:
        if value is not None:
            wire[name] = value
    if request.user is not None:
        of_old = marked(request.extras, DIALECT, "user")
        wire["user" if of_old else "safety_identifier"] = request.user
    if request.metadata:
        wire["metadata"] = dict(request.metadata)
    _repeat_options(request, wire)


def _repeat_options(request: Request, wire: Obj) -> None:
    for option in request.options:
        name, value = option.name, option.value
        if option.dialect != DIALECT or name in _NOT_REPEATED:
            continue
        if name == "conversation" and type(value) is str:
            wire[name] = {"id": value}
        elif name in OPTIONS or name == "tool_choice":
            wire[name] = value
        elif "." in name:
            nested(wire, name, value)
