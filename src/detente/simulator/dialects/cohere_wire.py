"""What Cohere's chat takes: its members, and no others.

A member that Cohere does not know is its 422 (seen in many a bug report: an OpenAI tool's `strict`,
a call's `index`). Does not answer, and knows nothing of the order of messages.

>>> read_body(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}').model
'm'
"""

import re
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from detente.simulator.exchange import RequestError

T = TypeVar("T", bound=msgspec.Struct)

UNKNOWN_FIELD: Final = re.compile(r"Object contains unknown field `([^`]+)`")


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What refuses members that it does not know."""


class Link(Strict, frozen=True):
    """Where an image is, perhaps in the URL itself."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class Document(Strict, frozen=True):
    """A document in a tool's result: text, or an object."""

    data: str | dict[str, msgspec.Raw]
    id: str | None = None


class Part(Strict, frozen=True):
    """A part of a message."""

    type: Literal["text", "thinking", "image_url", "document"]
    text: str | None = None
    thinking: str | None = None
    image_url: Link | None = None
    document: Document | None = None


class CalledFunction(Strict, frozen=True):
    """What is called; arguments are JSON text."""

    name: str
    arguments: str = "{}"


class Call(Strict, frozen=True):
    """A call that the model made."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"


class Message(Strict, frozen=True):
    """One turn."""

    role: Literal["system", "user", "assistant", "tool", "developer"]
    content: str | list[Part] | None = None
    tool_calls: list[Call] | None = None
    tool_plan: str | None = None
    tool_call_id: str | None = None
    citations: list[msgspec.Raw] | None = None


class OfferedFunction(Strict, frozen=True):
    """A function that may be called."""

    name: Annotated[str, Meta(pattern=r"^[a-zA-Z_][a-zA-Z0-9_-]{0,255}$")]
    parameters: msgspec.Raw = msgspec.Raw(b"{}")
    description: str | None = None


class Tool(Strict, frozen=True):
    """A tool that is offered."""

    function: OfferedFunction
    type: Literal["function"] = "function"


class Format(Strict, frozen=True):
    """The form that an answer must have; `schema` is the older name of `json_schema`."""

    type: Literal["text", "json_object"]
    json_schema: msgspec.Raw = msgspec.Raw(b"{}")
    schema: msgspec.Raw = msgspec.Raw(b"{}")


class Thinking(Strict, frozen=True):
    """Whether to think first."""

    type: Literal["enabled", "disabled"]
    token_budget: Annotated[int, Meta(ge=1)] | None = None


class Body(Strict, frozen=True):
    """A request."""

    model: str | None = None
    messages: list[Message] | None = None
    stream: bool | None = None
    tools: list[Tool] | None = None
    strict_tools: bool | None = None
    documents: list[msgspec.Raw] | None = None
    citation_options: msgspec.Raw = msgspec.Raw(b"{}")
    response_format: Format | None = None
    safety_mode: Literal["CONTEXTUAL", "STRICT", "OFF", "NONE"] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop_sequences: Annotated[list[str], Meta(max_length=5)] | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    seed: Annotated[int, Meta(ge=0)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Meta(ge=0, le=1)] | None = None
    k: Annotated[int, Meta(ge=0, le=500)] | None = None
    p: Annotated[float, Meta(ge=0.01, le=0.99)] | None = None
    logprobs: bool | None = None
    tool_choice: Literal["REQUIRED", "NONE"] | None = None
    thinking: Thinking | None = None
    priority: int | None = None


def read_body(body: bytes) -> Body:
    """The request; raises `RequestError` in Cohere's words."""
    return read_as(body, Body)


def read_as(body: bytes, schema: type[T]) -> T:
    """The body as `schema`: 422 for a member that Cohere does not know, 400 for one in error."""
    try:
        return msgspec.json.decode(body.decode(), type=schema)
    except msgspec.ValidationError as error:
        unknown = UNKNOWN_FIELD.search(str(error))
        if unknown is None:
            raise RequestError(400, f"invalid request: {error}") from None
        raise RequestError(
            422,
            f"unknown field: parameter '{unknown[1]}' is not a valid field. For proper usage, "
            "please refer to https://docs.cohere.com/reference/chat",
        ) from None
    except (ValueError, RecursionError):
        raise RequestError(400, "invalid request: the body is not valid JSON") from None
