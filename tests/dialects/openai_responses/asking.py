"""Requests of other dialects, and how the Responses API is asked for them."""

import json
from typing import Any, cast

from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from detente.canonical.content import (
    Text,
    Turn,
)
from detente.canonical.request import (
    Request,
)
from detente.dialects.codec import Target
from detente.dialects.openai_responses.request_encoding import encode_request

HI = Turn(role="user", parts=(Text(text="hi"),))
SCHEMA: Any = {"type": "object", "properties": {"city": {"type": "string"}}}
VALID = TypeAdapter(ResponseCreateParamsNonStreaming)


def encoded(request: Request) -> tuple[dict[str, Any], list[str]]:
    """The body for model `gpt`, which the SDK's types accept, and the losses in short."""
    result = encode_request(request, Target(model="gpt"))
    body = json.loads(result.body)
    VALID.validate_python(with_ids(body))
    return body, [f"{loss.severity} {loss}" for loss in result.losses]


def with_ids(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with what the SDK's types demand and the platform does not: the ids by which it would
    look up what it has not stored."""
    items: list[Any] = []
    conversation = cast("list[dict[str, Any]]", body["input"])
    for item in conversation:
        if item.get("type") == "reasoning":
            items.append({"id": "rs_1", **item})
        elif item.get("type") == "message" and item["role"] == "assistant":
            content: list[Any] = [{"annotations": [], **part} for part in item["content"]]
            items.append({"id": "msg_1", "status": "completed", **item, "content": content})
        else:
            items.append(item)
    return {**{key: value for key, value in body.items() if key != "stream"}, "input": items}


def from_anthropic(**members: Any) -> Request:
    """A request that came in another dialect."""
    said: dict[str, Any] = {"model": "m", "turns": (HI,), **members}
    return Request(origin="anthropic_messages", **said)
