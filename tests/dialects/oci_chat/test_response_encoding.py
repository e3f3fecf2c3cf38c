"""Whole answers as Oracle's client reads them."""

import json
from typing import Any

import msgspec
import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Extras
from detente.canonical.request import Request
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.dialects._translation.answer_samples import RESPONSES as SAMPLES
from detente.dialects.codec import Reply
from detente.dialects.oci_chat import CODEC
from detente.dialects.oci_chat.response_encoding import moment_of
from tests.dialects.oci_chat.bodies import (
    COHERE_ANSWER,
    COHERE_REQUEST,
    GENERIC_ANSWER,
    GENERIC_REQUEST,
    read,
)

GENERICS = Reply(request=CODEC.decode_request(GENERIC_REQUEST), now_s=1)
COHERES = Reply(request=CODEC.decode_request(COHERE_REQUEST), now_s=1, request_id="r1")
USED = Usage(uncached_input_tokens=3, visible_output_tokens=2)
NEWER = Extras(dialect="openai_chat", members={"newer": 1})


def answered(*parts: Any, **members: Any) -> Response:
    choice = Choice(parts=parts, stop=members.pop("stop", "end"))
    return Response(id="i", model="m", choices=(choice,), usage=USED, **members)


def told(response: Response, reply: Reply = GENERICS) -> tuple[Any, list[str]]:
    encoded = CODEC.encode_response(response, reply)
    read(encoded.body)  # the official client does
    return json.loads(encoded.body), [f"{loss} {loss.severity}" for loss in encoded.losses]


PARTS = (
    Reasoning(text="hm", state=Opaque(origin="openai_chat", value="s")),
    Text(
        text="hi",
        citations=(Citation(kind="url", url="u"),),
        logprobs=(TokenLogprob(token="hi", logprob=-0.5),),
    ),
    ToolCall(id="c1", name="f", arguments="{}"),
)


def test_generic() -> None:
    body, lost = told(answered(*PARTS, stop="tool_calls", service_tier="default"))
    assert body == {
        "modelId": "m",
        "modelVersion": "1.0.0",
        "chatResponse": {
            "apiFormat": "GENERIC",
            "timeCreated": "1970-01-01T00:00:01.000Z",
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "ASSISTANT",
                        "reasoningContent": "hm",
                        "content": [{"type": "TEXT", "text": "hi"}],
                        "toolCalls": [
                            {"id": "c1", "type": "FUNCTION", "name": "f", "arguments": "{}"}
                        ],
                        "annotations": [{"type": "url_citation", "urlCitation": {"url": "u"}}],
                    },
                    "finishReason": "tool_calls",
                    "logprobs": {
                        "tokens": ["hi"],
                        "tokenLogprobs": [-0.5],
                        "textOffset": [0],
                    },
                }
            ],
            "usage": {"promptTokens": 3, "completionTokens": 2, "totalTokens": 5},
            "serviceTier": "DEFAULT",
        },
    }
    assert lost == ["reasoning_state@choices[0].parts[0] drop"]


def test_coheres() -> None:
    body, lost = told(answered(*PARTS, stop="tool_calls"), COHERES)
    chat = body["chatResponse"]
    assert (body["modelId"], chat["apiFormat"], chat["id"]) == ("m", "COHEREV2", "i")
    assert chat["finishReason"] == "TOOL_CALL"
    assert chat["usage"] == {"promptTokens": 3, "completionTokens": 2, "totalTokens": 5}
    message = chat["message"]
    assert message["role"] == "ASSISTANT"
    assert message["content"] == [
        {"type": "THINKING", "thinking": "hm"},
        {"type": "TEXT", "text": "hi"},
    ]
    assert message["toolCalls"] == [
        {"id": "c1", "type": "FUNCTION", "function": {"name": "f", "arguments": "{}"}}
    ]
    (cited,) = message["citations"]
    assert cited["contentIndex"] == 1
    assert cited["sources"][0]["type"] == "DOCUMENT"
    assert cited["sources"][0]["document"]["document"] == {"url": "u"}
    assert chat["logProbabilities"] == [{"text": "hi", "tokenIds": [], "logProbabilities": [-0.5]}]
    assert lost == ["reasoning_state@choices[0].parts[0] drop"]


LOST: list[tuple[Response, list[str]]] = [
    (answered(stop="refusal"), ["stop_reason@choices[0].stop drop"]),
    (
        answered(
            Media(kind="audio", source=Inline(media_type="audio/wav", data=""), transcript="x")
        ),
        ["audio_output@choices[0].parts[0] drop"],
    ),
    (
        answered(Native(dialect="openai_chat", name="n", value={})),
        ["native_part@choices[0].parts[0] drop"],
    ),
    (
        answered(
            extras=NEWER,
            filters=(ContentFilter(dialect="openai_chat", stage="input", name="f", value=1),),
        ),
        ["content_filter@filters[0] drop", "unknown_member@newer drop"],
    ),
    (
        Response(
            id="",
            model="",
            choices=(
                Choice(
                    parts=(),
                    filters=(
                        ContentFilter(dialect="openai_chat", stage="output", name="f", value=1),
                    ),
                    extras=NEWER,
                ),
            ),
        ),
        ["content_filter@choices[0].filters[0] drop", "unknown_member@newer drop"],
    ),
]


@pytest.mark.parametrize(("response", "losses"), LOST)
def test_what_is_left_behind_is_named(response: Response, losses: list[str]) -> None:
    body, lost = told(response)
    assert lost == losses
    message = body["chatResponse"]["choices"][0]["message"]
    spoken = "audio_output" in losses[0]
    assert message.get("content") == ([{"type": "TEXT", "text": "x"}] if spoken else None)


def test_a_blocked_prompt() -> None:
    body, _ = told(Response(id="", model="", choices=()))
    assert body["modelId"] == "xai.grok-4"
    (choice,) = body["chatResponse"]["choices"]
    assert choice["finishReason"] == "content_filter"


def test_several_choices() -> None:
    choices = (Choice(parts=(Text(text="a"),)), Choice(index=1, parts=(Text(text="b"),)))
    body, lost = told(Response(id="", model="m", choices=choices))
    assert [one["index"] for one in body["chatResponse"]["choices"]] == [0, 1]
    assert lost == []


def test_the_client_is_answered_in_its_own_format() -> None:
    generic = CODEC.decode_response(GENERIC_ANSWER)
    body, _ = told(msgspec.structs.replace(generic, choices=generic.choices[:1]), COHERES)
    assert body["chatResponse"]["apiFormat"] == "COHEREV2"
    assert body["chatResponse"]["message"]["content"][-1] == {"type": "TEXT", "text": "hi"}
    assert "serviceTier" not in body["chatResponse"]
    coheres = CODEC.decode_response(COHERE_ANSWER)
    body, lost = told(coheres, GENERICS)
    chat = body["chatResponse"]
    assert chat["apiFormat"] == "GENERIC"
    assert chat["choices"][0]["message"]["content"] == [{"type": "TEXT", "text": "hi"}]
    assert any(loss.startswith("citations") for loss in lost)
    stranger = Reply(request=Request(model="m", turns=(), origin="openai_chat"))
    assert b"COHEREV2" in CODEC.encode_response(coheres, stranger).body


def test_moments() -> None:
    assert moment_of(0) == "1970-01-01T00:00:00.000Z"
    assert moment_of(-5) == "1970-01-01T00:00:00.000Z"
    assert moment_of(10**15).startswith("9999")


@pytest.mark.parametrize("reply", [GENERICS, COHERES], ids=["generic", "coheres"])
@pytest.mark.parametrize("name", SAMPLES)
def test_the_official_client_reads_it(name: str, reply: Reply) -> None:
    told(SAMPLES[name], reply)
