"""Answers from elsewhere as whole responses, and what a response means."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.openai_responses.request_decoding import decode_request
from detente.dialects.openai_responses.response import (
    decode_response,
    encode_response,
    read_error,
)
from tests.dialects.openai_responses.bare import bare
from tests.dialects.openai_responses.sdk import read_response

REPLY = Reply(request_id="req_9", now_s=70)


def answer(*parts: Part, stop: StopReason | None = "end", **members: Any) -> Response:
    """An answer of another dialect."""
    choice = Choice(parts=parts, stop=stop)
    said: dict[str, Any] = {"id": "msg_1", "model": "claude", "choices": (choice,), **members}
    return Response(**said)


def encoded(response: Response, reply: Reply = REPLY) -> tuple[dict[str, Any], list[str]]:
    """The body, which the SDK accepts, and the losses in short."""
    result = encode_response(response, reply)
    read_response(result.body)
    return json.loads(result.body), [f"{loss.severity} {loss}" for loss in result.losses]


def message(*content: dict[str, Any], index: int = 0) -> dict[str, Any]:
    """A message of the answer."""
    return {
        "id": f"msg_msg_1_{index}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": list(content),
    }


def text(words: str, **members: Any) -> dict[str, Any]:
    """A text in it."""
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": words, **members}


def test_a_whole_envelope() -> None:
    usage = Usage(uncached_input_tokens=3, cache_read_tokens=2, visible_output_tokens=1)
    body, losses = encoded(answer(Text(text="hi"), usage=usage, created_s=60))
    assert body == {
        "id": "resp_msg_1",
        "object": "response",
        "created_at": 60,
        "status": "completed",
        "background": False,
        "completed_at": 70,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": "claude",
        "output": [message(text("hi"))],
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
        "usage": {
            "input_tokens": 5,
            "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
            "output_tokens": 1,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 6,
        },
        "user": None,
        "metadata": {},
    }
    assert losses == []


def test_the_request_is_repeated() -> None:
    asked: dict[str, Any] = {
        "instructions": "Be.",
        "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": False}],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"verbosity": "low"},
        "reasoning": {"effort": "low", "mode": "pro"},
        "max_output_tokens": 5,
        "parallel_tool_calls": False,
        "prompt_cache_key": "k",
        "store": False,
        "temperature": 0.1,
        "top_logprobs": 1,
        "top_p": 0.2,
        "user": "u",
        "metadata": {"a": "b"},
        "previous_response_id": "resp_0",
        "conversation": "conv_1",
        "truncation": "auto",
        "moderation": {"model": "m"},
    }
    body = json.dumps({"model": "m", "input": "hi", **asked}).encode()
    reply = Reply(request=decode_request(body), request_id="r", now_s=1)
    told, losses = encoded(answer(Text(text="hi")), reply)
    assert told | asked == told | {
        "text": {"verbosity": "low"},
        "reasoning": {"effort": "low", "mode": "pro"},
        "conversation": "conv_1",
        "moderation": {"model": "m"},
    }
    assert told["text"] == {"format": {"type": "text"}, "verbosity": "low"}
    assert told["reasoning"] == {"effort": "low", "summary": None, "mode": "pro"}
    assert told["conversation"] == {"id": "conv_1"}
    assert "moderation" not in told
    assert losses == []


SEARCH: dict[str, Any] = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "q", "queries": ["q"]},
}

ITEMS: list[Any] = [
    {
        "id": "rs_msg_1_0",
        "type": "reasoning",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "hm"}],
        "encrypted_content": "dt1.s.anthropic_messages.sig",
    },
    {
        "id": "rs_7",
        "type": "reasoning",
        "summary": [
            {"type": "summary_text", "text": "a"},
            {"type": "summary_text", "text": "b"},
        ],
        "encrypted_content": "gAAA",
    },
    message(text("It is "), text("sunny."), {"type": "refusal", "refusal": "But no."}, index=2),
    {
        "id": "fc_msg_1_3",
        "status": "completed",
        "type": "function_call",
        "call_id": "c1",
        "name": "look",
        "arguments": '{"city":"Rome"}',
    },
    {
        "id": "fc_msg_1_4",
        "status": "completed",
        "type": "function_call",
        "call_id": "c2",
        "name": "now",
        "arguments": "{}",
    },
    {
        "id": "ctc_msg_1_5",
        "type": "custom_tool_call",
        "call_id": "c3",
        "name": "free",
        "input": "go",
    },
    SEARCH,
    message(text("Bye."), index=7),
]
"""What becomes of the parts below."""


def test_every_part_has_its_item() -> None:
    own = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
    foreign = Opaque(origin="anthropic_messages", value="sig")
    body, losses = encoded(
        answer(
            Reasoning(text="hm", state=foreign),
            Reasoning(summary=("a", "b"), state=own, id="rs_7"),
            Text(text="It is "),
            Text(text="sunny."),
            Refusal(text="But no."),
            ToolCall(id="c1", name="look", arguments='{"city":"Rome"}', state=foreign),
            ToolCall(id="c2", name="now", arguments=""),
            ToolCall(id="c3", name="free", arguments="go", kind="custom"),
            Native(dialect="openai_responses", name="web_search_call", value=SEARCH),
            Native(dialect="anthropic_messages", name="server_tool_use", value={}),
            Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
            Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk=")),
            ToolResult(call_id="c1"),
            Text(text="Bye."),
            stop="tool_calls",
        )
    )
    assert body["output"] == ITEMS
    assert losses == [
        "drop reasoning_state@choices[0].parts[5]",
        "refuse native_part@choices[0].parts[9]",
        "refuse image@choices[0].parts[10]",
        "refuse audio_output@choices[0].parts[11]",
        "refuse native_part@choices[0].parts[12]",
    ]


def test_citations_and_log_probabilities() -> None:
    cited = Text(
        text="Rome",
        citations=(
            Citation(kind="url", url="https://a.example", title="A", start=0, end=4),
            Citation(kind="url", url="https://b.example", quote="q"),
            Citation(kind="file", file_id="file-1", title="a.txt", start=2),
            Citation(kind="document", source_index=0),
        ),
        logprobs=(
            TokenLogprob(token="é", logprob=-0.5, top=(TokenLogprob(token="e", logprob=-1.0),)),
        ),
    )
    body, losses = encoded(answer(cited))
    assert body["output"][0]["content"] == [
        text(
            "Rome",
            annotations=[
                {
                    "type": "url_citation",
                    "url": "https://a.example",
                    "title": "A",
                    "start_index": 0,
                    "end_index": 4,
                },
                {
                    "type": "url_citation",
                    "url": "https://b.example",
                    "title": "https://b.example",
                    "start_index": 0,
                    "end_index": 4,
                },
                {
                    "type": "file_citation",
                    "file_id": "file-1",
                    "filename": "a.txt",
                    "index": 2,
                },
            ],
            logprobs=[
                {
                    "token": "é",
                    "logprob": -0.5,
                    "bytes": [195, 169],
                    "top_logprobs": [{"token": "e", "logprob": -1.0, "bytes": [101]}],
                }
            ],
        )
    ]
    assert losses == [
        "drop citations@choices[0].parts[0].citations[1].quote",
        "drop citations@choices[0].parts[0].citations[3]",
    ]


@pytest.mark.parametrize(
    ("stop", "status", "reason", "lost"),
    [
        ("end", "completed", None, []),
        ("tool_calls", "completed", None, []),
        ("stop_sequence", "completed", None, []),
        (None, "completed", None, []),
        ("pause", "completed", None, ["drop stop_reason@choices[0].stop"]),
        ("length", "incomplete", "max_output_tokens", []),
        (
            "context_window",
            "incomplete",
            "max_output_tokens",
            ["drop stop_reason@choices[0].stop"],
        ),
        ("content_filter", "incomplete", "content_filter", []),
        ("refusal", "incomplete", "content_filter", []),
        ("malformed", "incomplete", None, ["drop stop_reason@choices[0].stop"]),
        ("other", "incomplete", None, ["drop stop_reason@choices[0].stop"]),
        ("cancelled", "cancelled", None, []),
    ],
)
def test_every_reason_to_stop(
    stop: StopReason | None, status: str, reason: str | None, lost: list[str]
) -> None:
    body, losses = encoded(answer(Text(text="hi"), stop=stop))
    details = {"reason": reason} if status == "incomplete" else None
    assert (body["status"], body["incomplete_details"]) == (status, details)
    assert (body["completed_at"] is not None) is (status == "completed")
    assert losses == lost


def test_a_refusal_in_words_is_a_whole_answer() -> None:
    body, losses = encoded(answer(Refusal(text="No."), stop="refusal"))
    assert body["status"] == "completed"
    assert body["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]
    assert losses == []


def test_an_error_is_told() -> None:
    choice = Choice(parts=(), stop="error", stop_detail="it broke")
    body, _ = encoded(Response(id="", model="m", choices=(choice,)))
    assert body["id"] == "resp_req_9"
    assert body["status"] == "failed"
    assert body["error"] == {"code": "server_error", "message": "it broke"}


def test_a_blocked_prompt_has_no_answer() -> None:
    body, losses = encoded(Response(id="resp_1", model="m", choices=()))
    assert (body["id"], body["output"]) == ("resp_1", [])
    assert body["incomplete_details"] == {"reason": "content_filter"}
    assert losses == []


def test_what_a_response_has_no_place_for() -> None:
    verdict = ContentFilter(
        dialect="gemini_generate", stage="output", name="safetyRatings", value=[]
    )
    response = Response(
        id="resp_1",
        model="m",
        choices=(
            Choice(parts=(Text(text="a"),), stop="end", filters=(verdict,)),
            Choice(index=1, parts=(Text(text="b"),), stop="end"),
        ),
        filters=(verdict,),
        service_tier="standard",
        extras=Extras(dialect="gemini_generate", members={"new": 1}),
    )
    result = encode_response(response, REPLY)
    assert json.loads(result.body)["service_tier"] == "default"  # the API has no such tier
    assert [str(loss) for loss in result.losses] == [
        "content_filter@filters[0]",
        "choices@choices[1]",
        "content_filter@filters[0]",
        "unknown_member@new",
    ]


def body_of(**members: Any) -> bytes:
    """A response of the platform."""
    return json.dumps({"id": "resp_1", "model": "gpt", "output": [], **members}).encode()


ENDS: list[tuple[dict[str, Any], StopReason, str | None]] = [
    ({"status": "completed"}, "end", None),
    ({}, "end", None),
    ({"output": [{"type": "message", "role": "assistant", "content": []}]}, "end", None),
    (
        {
            "output": [
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "refusal", "refusal": "no"}],
                }
            ]
        },
        "refusal",
        None,
    ),
    (
        {"output": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]},
        "tool_calls",
        None,
    ),
    (
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        "length",
        None,
    ),
    (
        {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
        "content_filter",
        None,
    ),
    (
        {"status": "incomplete", "incomplete_details": {"reason": "steered"}},
        "other",
        "steered",
    ),
    ({"status": "incomplete"}, "other", None),
    ({"status": "failed", "error": {"code": "x", "message": "broke"}}, "error", "broke"),
    ({"status": "failed"}, "error", None),
    ({"status": "cancelled"}, "cancelled", None),
]


@pytest.mark.parametrize(("members", "stop", "detail"), ENDS)
def test_why_a_response_ended(
    members: dict[str, Any], stop: StopReason, detail: str | None
) -> None:
    (choice,) = decode_response(body_of(**members)).choices
    assert (choice.stop, choice.stop_detail) == (stop, detail)


def test_parts_filters_and_usage_of_a_response() -> None:
    annotations: list[dict[str, Any]] = [
        {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 2},
        {"type": "container_file_citation", "file_id": "f", "filename": "n", "start_index": 1},
        {"type": "new_citation", "x": 1},
    ]
    response = decode_response(
        body_of(
            created_at=7.5,
            service_tier="flex",
            moderation={"output": {"flagged": False}},
            content_filters=[{"blocked": False}],
            output=[
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "hi", "annotations": annotations}],
                },
                {"type": "function_call", "name": "f", "arguments": {"a": 1}},
                {"type": "function_call_output", "call_id": "c", "output": "x"},
                {"type": "message", "role": "user", "content": "echo"},
            ],
            usage={"input_tokens": 3, "output_tokens": 1},
        ),
        id_prefix="call_9",
    )
    assert [filter_.name for filter_ in response.filters] == ["moderation", "content_filters"]
    assert response.usage == Usage(uncached_input_tokens=3, visible_output_tokens=1)
    assert (response.created_s, response.service_tier) == (7, "flex")
    words, call, result, echo = bare(response).choices[0].parts
    assert isinstance(words, Text)
    assert [(one.kind, one.url, one.file_id, one.start) for one in words.citations] == [
        ("url", "u", None, 0),
        ("file", None, "f", 1),
        ("document", None, None, None),
    ]
    assert call == ToolCall(id="call_9_1", name="f", arguments='{"a":1}')
    assert isinstance(result, Native)
    assert isinstance(echo, Native)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"<html>", "the provider's answer is not JSON"),
        (b"[]", "the provider's answer is not a JSON object"),
        (body_of(output=7), "`output` in the provider's answer must be a list"),
        (body_of(output=[7]), "`output[0]` in the provider's answer must be an object"),
        (
            body_of(output=[{"type": "function_call", "name": "f"}]),
            "`output[0].arguments` in the provider's answer must be a string",
        ),
    ],
)
def test_faults_say_where(body: bytes, where: str) -> None:
    with pytest.raises(ProviderFault) as raised:
        decode_response(body)
    assert raised.value.failure.message == f"{where}; try another deployment"


def test_parts_that_were_changed_on_the_way_are_cut_anew() -> None:
    content = [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]
    source = decode_response(
        body_of(output=[{"type": "message", "role": "assistant", "content": content}])
    )
    (choice,) = source.choices
    fewer = Choice(parts=choice.parts[:1], stop="end", extras=choice.extras)
    changed = Response(
        id="resp_1", model="m", choices=(fewer,), extras=source.extras, origin=source.origin
    )
    output = json.loads(encode_response(changed, REPLY).body)["output"]
    assert [part["text"] for part in output[0]["content"]] == ["a"]


@pytest.mark.parametrize(
    "output",
    [
        [{"type": "message", "role": "assistant", "content": "lone", "new": 1}],
        [{"role": "assistant", "content": None}],
        [{"type": "message", "role": "assistant", "content": []}],
        [
            {"type": "message", "role": "assistant", "content": [], "id": "msg_1"},
            {"type": "message", "role": "assistant", "content": [{"type": "new"}], "id": "msg_2"},
        ],
        [{"type": "reasoning", "id": "rs_1"}],
        [
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "a", "new": 1}],
                "content": [
                    {"type": "reasoning_text", "text": "b"},
                    {"type": "reasoning_text", "text": "c"},
                ],
            }
        ],
        [
            {
                "type": "message",
                "role": "assistant",
                "content": [
                    {
                        "type": "output_text",
                        "text": "hi",
                        "logprobs": [{"token": "hi", "logprob": -0.1, "bytes": [1], "new": 2}],
                        "annotations": [{"type": "url_citation", "url": "u"}],
                    }
                ],
            }
        ],
    ],
)
def test_every_spelling_comes_back(output: list[Any]) -> None:
    body = body_of(output=output)
    result = encode_response(decode_response(body), REPLY)
    assert json.loads(result.body) == json.loads(body)
    assert result.losses == ()


def test_errors_are_read() -> None:
    told = read_error(b'{"error":{"message":"no such model","code":"model_not_found"}}')
    assert told is not None
    assert (told.message, told.code) == ("no such model", "model_not_found")
    assert read_error(b"<html>") is None


def test_a_tier_that_only_another_platform_has_is_not_repeated() -> None:
    assert encoded(answer(Text(text="hi"), service_tier="flex"))[0]["service_tier"] == "flex"
    assert (
        encoded(answer(Text(text="hi"), service_tier="on_demand"))[0]["service_tier"] == "default"
    )


def test_a_response_of_this_api_is_as_it_was() -> None:
    body = body_of(
        object="response",
        created_at=7,
        status="completed",
        service_tier="flex",
        moderation={"output": {"flagged": False}},
        usage={
            "input_tokens": 1,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 1,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 2,
        },
        brand_new=[1],
    )
    assert json.loads(encode_response(decode_response(body), REPLY).body) == json.loads(body)
    odd = body_of(created_at=-1, usage={"input_tokens": -1, "cost": 2}, tools=None)
    assert json.loads(encode_response(decode_response(odd), REPLY).body) == json.loads(odd)
    bare_body = b'{"output":[],"model":"m"}'
    again = encode_response(decode_response(bare_body), REPLY).body
    assert json.loads(again) == json.loads(bare_body)
