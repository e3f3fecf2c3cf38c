"""An image that stands beside tools' results is told of with them, in whichever dialect."""

import base64
import json
from typing import Any

import pytest

from detente.simulator.composition import Ask, Result
from detente.simulator.dialects import (
    chat_request,
    converse_request,
    generate_request,
    messages_request,
    responses_request,
)

PNG = b"\x89PNG\xff\xfe not really"
DATA = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{DATA}"
ASKED = "see and report"


def chat(*after: Any) -> Ask:
    call = {"id": "c1", "type": "function", "function": {"name": "see", "arguments": "{}"}}
    messages: Any = [
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "seen"},
        *after,
    ]
    return chat_request.parse(json.dumps({"model": "m", "messages": messages}).encode()).ask


def responses(*after: Any) -> Ask:
    items: Any = [
        {"role": "user", "content": ASKED},
        {"type": "function_call", "call_id": "c1", "name": "see", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "seen"},
        *after,
    ]
    return responses_request.parse(json.dumps({"model": "m", "input": items}).encode()).ask


def messages(*beside: Any) -> Ask:
    turns: Any = [
        {"role": "user", "content": ASKED},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "c1", "name": "see", "input": {}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "seen"},
                *beside,
            ],
        },
    ]
    body: Any = {"model": "m", "max_tokens": 9, "messages": turns}
    return messages_request.parse(json.dumps(body).encode(), "2023-06-01").ask


def generate(*beside: Any) -> Ask:
    contents: Any = [
        {"role": "user", "parts": [{"text": ASKED}]},
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "see", "args": {}}}]},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "c1", "name": "see", "response": {"output": "seen"}}},
                *beside,
            ],
        },
    ]
    return generate_request.parse(json.dumps({"contents": contents}).encode(), "m").ask


def converse(*beside: Any) -> Ask:
    turns: Any = [
        {"role": "user", "content": [{"text": ASKED}]},
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "c1", "name": "see", "input": {}}}],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "c1", "content": [{"text": "seen"}]}},
                *beside,
            ],
        },
    ]
    body: Any = {"messages": turns, "toolConfig": {"tools": [{"toolSpec": SPEC}]}}
    return converse_request.parse(json.dumps(body).encode(), "m").ask


SPEC = {"name": "see", "inputSchema": {"json": {"type": "object"}}}
IMAGES: dict[Any, Any] = {
    chat: {"role": "user", "content": [{"type": "image_url", "image_url": {"url": URL}}]},
    responses: {"role": "user", "content": [{"type": "input_image", "image_url": URL}]},
    messages: {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": DATA},
    },
    generate: {"inlineData": {"mimeType": "image/png", "data": DATA}},
    converse: {"image": {"format": "png", "source": {"bytes": DATA}}},
}
SAYS: dict[Any, Any] = {
    chat: {"role": "user", "content": "and now?"},
    responses: {"role": "user", "content": "and now?"},
}


@pytest.mark.parametrize("dialect", IMAGES)
def test_an_image_beside_results_is_one_more_result(dialect: Any) -> None:
    ask = dialect(IMAGES[dialect])
    assert ask.prompt == ASKED
    first, beside = ask.results
    assert first == Result(id="c1", name="see", text="seen")
    assert beside.text == ""
    assert [one["bytes"] for one in beside.media] == [len(PNG)]


@pytest.mark.parametrize("dialect", IMAGES)
def test_without_an_image_there_is_no_more(dialect: Any) -> None:
    assert dialect().results == (Result(id="c1", name="see", text="seen"),)


@pytest.mark.parametrize("dialect", SAYS)
def test_words_after_results_are_a_new_prompt(dialect: Any) -> None:
    ask = dialect(SAYS[dialect])
    assert ask.prompt == "and now?"
    assert ask.results is None
