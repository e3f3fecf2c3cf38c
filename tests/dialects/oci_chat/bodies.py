"""Bodies of Oracle's chat in both formats, as its official client writes and reads them.

Requests are made of that client's own models (oci 2.189.0); streams are shaped like those that open
integrations test with, for example `GenericStreamingTest` of langchain4j-community (read 22
November 2026).
"""

import json
from functools import cache
from typing import Any, Final, cast

from oci.generative_ai_inference import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    GenerativeAiInferenceClient,
    models,
)
from oci.signer import AbstractBaseSigner  # pyright: ignore[reportMissingTypeStubs] - it has none

MODEL: Final = "xai.grok-4"
COHERES_MODEL: Final = "cohere.command-a-03-2025"
COMPARTMENT: Final = "ocid1.compartment.oc1..aaaa"
ENDPOINT: Final = "ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa"
PIXEL: Final = "data:image/png;base64,aGk="
SCHEMA: Final[dict[str, Any]] = {"type": "object", "properties": {"city": {"type": "string"}}}


@cache
def base_client() -> Any:
    """The official client's own reader and writer; it never connects."""
    config = {
        "user": "ocid1.user.oc1..aaaa",
        "tenancy": "ocid1.tenancy.oc1..aaaa",
        "fingerprint": ":".join(["aa"] * 16),
        "region": "us-chicago-1",
        "key_file": "none",
    }
    client = GenerativeAiInferenceClient(
        config, signer=AbstractBaseSigner(), service_endpoint="http://127.0.0.1:9"
    )
    return cast(Any, client.base_client)


def written(chat: object, *, model: str = MODEL) -> bytes:
    """The body that the official client sends for a request."""
    if model.startswith("ocid1."):
        mode: object = models.DedicatedServingMode(endpoint_id=model)
    else:
        mode = models.OnDemandServingMode(model_id=model)
    details = models.ChatDetails(compartment_id=COMPARTMENT, serving_mode=mode, chat_request=chat)
    return json.dumps(base_client().sanitize_for_serialization(details, "ChatDetails")).encode()


def read(body: bytes) -> Any:
    """A whole answer as the official client reads it."""
    return base_client().deserialize_response_data(body, "ChatResult")


def accepted(body: bytes) -> Any:
    """A request as the official client's models read it, written again: equal to what was read."""
    details = base_client().deserialize_response_data(body, "ChatDetails")
    again = base_client().sanitize_for_serialization(details, "ChatDetails")
    assert again == _as_read(json.loads(body))
    return details


def _as_read(wire: Any) -> Any:
    """What that client reads of a body: types of content that it only writes are unknown to it."""
    if isinstance(wire, list):
        return [_as_read(one) for one in cast("list[Any]", wire)]
    if not isinstance(wire, dict):
        return wire
    read = {name: _as_read(value) for name, value in cast("dict[str, Any]", wire).items()}
    if {"audioUrl", "videoUrl", "documentUrl"} & read.keys():
        read["type"] = "UNKNOWN_ENUM_VALUE"
    return read


def cut(stream: bytes) -> list[tuple[str, object]]:
    """The events of a stream."""
    found: list[tuple[str, object]] = []
    for event in stream.split(b"\n\n"):
        if event.startswith(b"data: "):
            data = event.removeprefix(b"data: ")
            found.append(("", "[DONE]" if data == b"[DONE]" else json.loads(data)))
    return found


def streamed(*chunks: Any) -> bytes:
    """A stream of these chunks."""
    told = [one if isinstance(one, str) else json.dumps(one) for one in chunks]
    return b"".join(f"data: {one}\n\n".encode() for one in told)


def _text(text: str) -> object:
    return models.TextContent(text=text)


GENERIC_REQUEST: Final = written(
    models.GenericChatRequest(
        messages=[
            models.SystemMessage(content=[_text("Be brief.")]),
            models.DeveloperMessage(content=[_text("In French.")]),
            models.UserMessage(
                name="ann",
                content=[
                    _text("What is this?"),
                    models.ImageContent(image_url=models.ImageUrl(url=PIXEL, detail="LOW")),
                    models.DocumentContent(
                        document_url=models.DocumentUrl(url="https://example.org/a.pdf")
                    ),
                    models.AudioContent(
                        audio_url=models.AudioUrl(url="data:audio/wav;base64,aGk=")
                    ),
                    models.VideoContent(video_url=models.VideoUrl(url="https://example.org/a.mp4")),
                ],
            ),
            models.AssistantMessage(
                content=[_text("Let me look.")],
                reasoning_content="Hm.",
                tool_calls=[models.FunctionCall(id="c1", name="weather", arguments='{"city":"P"}')],
            ),
            models.ToolMessage(tool_call_id="c1", content=[_text("rain")]),
            models.AssistantMessage(
                content=[_text("It rains.")],
                annotations=[
                    models.Annotation(
                        type="url_citation",
                        url_citation=models.UrlCitation(
                            start_index=0, end_index=2, title="t", url="https://example.org"
                        ),
                    )
                ],
            ),
            models.AssistantMessage(refusal="No."),
        ],
        is_stream=True,
        stream_options=models.StreamOptions(is_include_usage=True),
        tools=[models.FunctionDefinition(name="weather", description="d", parameters=SCHEMA)],
        tool_choice=models.ToolChoiceFunction(name="weather"),
        is_parallel_tool_calls=False,
        response_format=models.JsonSchemaResponseFormat(
            json_schema=models.ResponseJsonSchema(
                name="a", description="d", schema=SCHEMA, is_strict=True
            )
        ),
        reasoning_effort="LOW",
        verbosity="HIGH",
        metadata={"team": "a"},
        service_tier="PRIORITY",
        max_completion_tokens=50,
        log_probs=2,
        stop=["x"],
        temperature=0.5,
        top_p=0.9,
        top_k=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        num_generations=2,
        is_echo=False,
        logit_bias={"1": 2},
    )
)
COHERE_REQUEST: Final = written(
    models.CohereChatRequestV2(
        messages=[
            models.CohereSystemMessageV2(content=[models.CohereTextContentV2(text="Be brief.")]),
            models.CohereUserMessageV2(
                content=[
                    models.CohereTextContentV2(text="What is this?"),
                    models.CohereImageContentV2(
                        image_url=models.CohereImageUrlV2(url=PIXEL, detail="AUTO")
                    ),
                ]
            ),
            models.CohereAssistantMessageV2(
                tool_plan="I look.",
                tool_calls=[
                    models.CohereToolCallV2(
                        id="c1",
                        type="FUNCTION",
                        function={"name": "weather", "arguments": "{}"},
                    )
                ],
            ),
            models.CohereToolMessageV2(
                tool_call_id="c1",
                content=[models.CohereDocumentContentV2(document={"data": {"sky": "rain"}})],
            ),
        ],
        is_stream=True,
        stream_options=models.StreamOptions(is_include_usage=True),
        tools=[
            models.CohereToolV2(
                type="FUNCTION",
                function=models.Function(name="weather", description="d", parameters=SCHEMA),
            )
        ],
        tools_choice="REQUIRED",
        is_strict_tools_enabled=True,
        response_format=models.CohereResponseJsonFormat(schema=SCHEMA),
        thinking=models.CohereThinkingV2(type="ENABLED", token_budget=50),
        citation_options=models.CitationOptionsV2(mode="FAST"),
        documents=[{"data": {"a": "b"}}],
        safety_mode="STRICT",
        priority=1,
        max_tokens=50,
        is_log_probs_enabled=True,
        stop_sequences=["x"],
        temperature=0.5,
        top_p=0.9,
        top_k=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
    ),
    model=COHERES_MODEL,
)
PLAIN: Final = models.GenericChatRequest(messages=[models.UserMessage(content=[_text("hi")])])
REQUESTS: Final = {
    "generic": GENERIC_REQUEST,
    "cohere": COHERE_REQUEST,
    "plain": written(PLAIN),
    "dedicated": written(PLAIN, model=ENDPOINT),
    "cohere dedicated": written(
        models.CohereChatRequestV2(
            messages=[models.CohereUserMessageV2(content=[models.CohereTextContentV2(text="hi")])],
            is_stream=False,
        ),
        model=ENDPOINT,
    ),
}

GENERIC_ANSWER: Final = json.dumps(
    {
        "modelId": MODEL,
        "modelVersion": "1.0",
        "chatResponse": {
            "apiFormat": "GENERIC",
            "timeCreated": "2025-05-01T12:00:00.123Z",
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "ASSISTANT",
                        "content": [{"type": "TEXT", "text": "hi"}],
                        "toolCalls": [
                            {"id": "c1", "type": "FUNCTION", "name": "f", "arguments": "{}"}
                        ],
                        "reasoningContent": "hm",
                        "annotations": [
                            {
                                "type": "url_citation",
                                "urlCitation": {
                                    "startIndex": 0,
                                    "endIndex": 2,
                                    "title": "t",
                                    "url": "https://example.org",
                                },
                            }
                        ],
                    },
                    "finishReason": "tool_calls",
                    "logprobs": {
                        "tokens": ["hi"],
                        "tokenLogprobs": [-0.5],
                        "topLogprobs": [{"hi": "-0.5", "ho": "-1.5"}],
                        "textOffset": [0],
                    },
                },
                {"index": 1, "message": {"role": "ASSISTANT"}, "finishReason": "content_filter"},
            ],
            "usage": {
                "promptTokens": 9,
                "completionTokens": 3,
                "totalTokens": 12,
                "promptTokensDetails": {"cachedTokens": 4},
                "completionTokensDetails": {"reasoningTokens": 1},
            },
            "serviceTier": "DEFAULT",
        },
    }
).encode()
COHERE_ANSWER: Final = json.dumps(
    {
        "modelId": COHERES_MODEL,
        "modelVersion": "1.0",
        "chatResponse": {
            "apiFormat": "COHEREV2",
            "id": "x",
            "message": {
                "role": "ASSISTANT",
                "content": [
                    {"type": "THINKING", "thinking": "hm"},
                    {"type": "TEXT", "text": "hi"},
                ],
                "toolPlan": "I look.",
                "toolCalls": [
                    {"id": "c1", "type": "FUNCTION", "function": {"name": "f", "arguments": "{}"}}
                ],
                "citations": [
                    {
                        "start": 0,
                        "end": 2,
                        "text": "hi",
                        "contentIndex": 1,
                        "type": "TEXT_CONTENT",
                        "sources": [
                            {
                                "type": "DOCUMENT",
                                "document": {"id": "d", "document": {"title": "t"}},
                            },
                            {"type": "TOOL", "tool": {"id": "c0", "toolOutput": {"a": "b"}}},
                        ],
                    }
                ],
            },
            "finishReason": "TOOL_CALL",
            "logProbabilities": [{"tokenIds": [1], "text": "hi", "logProbabilities": [-0.5]}],
            "usage": {"promptTokens": 9, "completionTokens": 3, "totalTokens": 12},
        },
    }
).encode()
ANSWERS: Final = {
    "generic": GENERIC_ANSWER,
    "cohere": COHERE_ANSWER,
    "bare": b'{"modelId":"m","chatResponse":{"apiFormat":"GENERIC","choices":[{"message":null}]}}',
}


def chunk(member: str, value: Any, **beside: Any) -> dict[str, Any]:
    """One chunk whose message has a member."""
    return {"index": 0, "message": {"role": "ASSISTANT", member: value}, **beside, "pad": "aaa"}


def said(text: str) -> list[dict[str, str]]:
    """A content."""
    return [{"type": "TEXT", "text": text}]


def call(**members: str) -> list[dict[str, str]]:
    """A piece of a call."""
    return [{"type": "FUNCTION", **members}]


USAGE: Final[dict[str, Any]] = {
    "usage": {"completionTokens": 8, "promptTokens": 41, "totalTokens": 49},
    "pad": "aaaa",
}
STREAMS: Final = {
    "text": streamed(
        chunk("content", said("")),
        chunk("content", said("Hello")),
        chunk("content", said(", world")),
        {"message": {"role": "ASSISTANT"}, "finishReason": "stop", "pad": "aaa"},
        USAGE,
    ),
    "done": streamed(
        chunk("content", said("Hello")),
        {"message": {"role": "ASSISTANT", "content": said("")}, "finishReason": "stop"},
        USAGE,
        "[DONE]",
    ),
    "calls in pieces": streamed(
        chunk("content", said("")),
        chunk("toolCalls", call(id="c1", name="sqrt")),
        chunk("toolCalls", call(arguments='{"arg0": "')),
        chunk("toolCalls", call(arguments='16"}')),
        chunk("toolCalls", call(arguments="")),
        chunk("toolCalls", call(id="c2", name="magic")),
        chunk("toolCalls", call(arguments='{"arg1": "7"}')),
        {
            "message": {"role": "ASSISTANT", "toolCalls": call(arguments="")},
            "finishReason": "tool_calls",
            "pad": "aaa",
        },
    ),
    "calls at once": streamed(
        chunk("toolCalls", call(id="c1", name="sqrt", arguments='{"arg0":16}')),
        chunk("toolCalls", call(id="c2", name="magic", arguments='{"arg1":7}')),
        {"finishReason": "tool_calls", "pad": "aaa"},
    ),
    "thoughts": streamed(
        chunk("reasoningContent", "Hm."),
        chunk("content", said("Yes"), logprobs={"tokens": ["Yes"], "tokenLogprobs": [-0.5]}),
        {"message": {"role": "ASSISTANT"}, "finishReason": "length"},
    ),
    "text with the end": streamed(
        {"message": {"role": "ASSISTANT", "content": said("Hello ")}, "finishReason": "stop"}
    ),
    "cohere": streamed(
        {"apiFormat": "COHEREV2", "message": {"role": "ASSISTANT", "content": said("Hi")}},
        {"apiFormat": "COHEREV2", "message": {"role": "ASSISTANT", "content": said(" there")}},
        {
            "apiFormat": "COHEREV2",
            "message": {"role": "ASSISTANT", "content": said("Hi there")},
            "finishReason": "COMPLETE",
            "usage": {"completionTokens": 2, "promptTokens": 6, "totalTokens": 8},
        },
    ),
    "an error": streamed(
        chunk("content", said("Hello")), {"code": "InternalServerError", "message": "it broke"}
    ),
}
