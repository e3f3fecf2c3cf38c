"""Reading Mistral's chat and embeddings requests, which refuse what they do not know.

The members are those of mistralai 3.7.0 (read 2026-11-22); the refusals' form is as users report it
(github.com/Gitlawb/openclaude, thread 739, read 2026-11-22). Does not answer.

>>> parse(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}').chat.ask.prompt
'hi'
"""

import re
from collections.abc import Iterator
from typing import Final, cast

import msgspec

from detente.canonical.extras import Json, Obj
from detente.simulator.dialects import chat_request
from detente.simulator.exchange import RequestError, decode_body

CHAT: Final = frozenset((
    "frequency_penalty", "guardrails", "logprobs", "max_tokens", "messages", "metadata",
    "min_tokens", "model", "n", "parallel_tool_calls", "prediction", "presence_penalty",
    "prompt_cache_key", "prompt_logprobs", "prompt_mode", "random_seed", "reasoning_effort",
    "repetition_penalty", "response_format", "safe_prompt", "service_tier", "stop", "stream",
    "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p", "top_prompt_logprobs",
))  # fmt: skip
EMBEDDINGS: Final = frozenset(
    ("encoding_format", "input", "metadata", "model", "output_dimension", "output_dtype")
)
MESSAGES: Final = {
    "system": frozenset(("role", "content")),
    "user": frozenset(("role", "content")),
    "assistant": frozenset(("role", "content", "tool_calls", "prefix")),
    "tool": frozenset(("role", "content", "tool_call_id", "name")),
}
CALL_ID: Final = re.compile(r"[a-zA-Z0-9]{9}")
LINKS: Final = ("image_url", "document_url")
Place = tuple[str | int, ...]


class Extra(RequestError):
    """Members that Mistral does not know, by where they stand: 422 with all of them."""

    def __init__(self, found: list[Place]) -> None:
        super().__init__(422, "Extra inputs are not permitted")
        self.found = found


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read; `guarded` is whether it asks for a guardrail that blocks."""

    chat: chat_request.Request
    guarded: bool = False


def parse(body: bytes) -> Request:
    """Reads a chat request; raises `RequestError`, `Extra` for members that nobody knows."""
    read = read_body(body, CHAT)
    listed = _objects(read.get("messages"))
    found = list(_unknown(listed))
    if found:
        raise Extra(found)
    for message in listed:
        _check_call_id(message)
    _check_last(listed)
    plain: Obj = {**read, "messages": [_plain(message) for message in listed]}
    if read.get("tool_choice") == "any":
        plain["tool_choice"] = "required"
    return Request(chat=chat_request.parse(msgspec.json.encode(plain)), guarded=_guarded(read))


def read_body(body: bytes, known: frozenset[str]) -> Obj:
    """A body's members; raises `RequestError`, `Extra` for those outside `known`."""
    read = cast("Obj", decode_body(body, dict[str, object]))
    found: list[Place] = [("body", name) for name in read if name not in known]
    if found:
        raise Extra(found)
    return read


def _objects(value: Json) -> list[Obj]:
    return [one for one in value if type(one) is dict] if type(value) is list else []


def _unknown(messages: list[Obj]) -> Iterator[Place]:
    for index, message in enumerate(messages):
        role = message.get("role")
        if type(role) is not str or role not in MESSAGES:
            yield ("body", "messages", index, "role")
            continue
        for name in message:
            if name not in MESSAGES[role]:
                yield ("body", "messages", index, role, name)
        for at, part in enumerate(_objects(message.get("content"))):
            if _is_openais(part):
                yield ("body", "messages", index, role, "content", at, str(part["type"]))


def _is_openais(part: Obj) -> bool:
    """Whether a file or a sound is in OpenAI's form: here one is an id beside its type, the other a
    string."""
    return "file" in part or type(part.get("input_audio")) is dict


def _check_call_id(message: Obj) -> None:
    """Raises `RequestError` 400 for a call's id that Mistral did not make."""
    calls = _objects(message.get("tool_calls"))
    for name in (message.get("tool_call_id"), *(call.get("id") for call in calls)):
        if type(name) is str and not CALL_ID.fullmatch(name):
            raise RequestError(
                400,
                f"Tool call id was {name} but must be a-z, A-Z, 0-9, with a length of 9.",
                kind="invalid_function_call",
                code="3280",
            )


def _check_last(messages: list[Obj]) -> None:
    """Raises `RequestError` 400 where there is nothing to answer."""
    last = messages[-1] if messages else {}
    if last.get("role") == "assistant" and last.get("prefix") is not True:
        raise RequestError(
            400,
            "Expected last role User or Tool (or Assistant with prefix True) for serving but got "
            "assistant",
            kind="invalid_request_message_order",
            code="3230",
        )


def _plain(message: Obj) -> Obj:
    """A message in OpenAI's spelling: links as objects, arguments as text."""
    told = dict(message)
    content = message.get("content")
    if type(content) is list:
        told["content"] = [_part(part) for part in _objects(content)]
    if calls := _objects(message.get("tool_calls")):
        told["tool_calls"] = [_call(call) for call in calls]
    return told


def _part(part: Obj) -> Obj:
    kind = part.get("type")
    if type(kind) is not str or kind not in LINKS:
        return {"type": kind} if kind == "input_audio" else part
    link = part.get(kind)
    url = link.get("url") if type(link) is dict else link
    return {"type": kind, "image_url": {"url": url}}


def _call(call: Obj) -> Obj:
    function = call.get("function")
    if type(function) is not dict or type(function.get("arguments")) is str:
        return call
    text = msgspec.json.encode(function.get("arguments")).decode()
    return {**call, "function": {**function, "arguments": text}}


def _guarded(read: Obj) -> bool:
    return any(one.get("block_on_error") is True for one in _objects(read.get("guardrails")))
