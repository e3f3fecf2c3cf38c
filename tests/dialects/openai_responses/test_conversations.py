"""Conversations from elsewhere, as the Responses API takes them: what is sent, and what is lost.

Each test is a line of the specification: canonical turns, the exact items, the exact losses.
"""

import json
from typing import Any

from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Plain,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
    Turn,
    Uploaded,
)
from detente.dialects.openai_responses.request_decoding import decode_request
from tests.dialects.openai_responses.asking import HI, encoded, from_anthropic


def test_a_tool_loop_with_parallel_calls() -> None:
    turns = (
        HI,
        Turn(
            role="assistant",
            parts=(
                Text(text="I look."),
                ToolCall(id="c1", name="look", arguments='{"city":"Rome"}'),
                ToolCall(id="c2", name="look", arguments=""),
            ),
        ),
        Turn(
            role="user",
            parts=(
                ToolResult(call_id="c1", parts=(Text(text="sun"),), name="look"),
                ToolResult(call_id="c2", parts=(Text(text="no"),), is_error=True),
                Text(text="and now?"),
            ),
        ),
    )
    body, losses = encoded(from_anthropic(turns=turns))
    assert body["input"] == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "I look."},
        {
            "type": "function_call",
            "call_id": "c1",
            "name": "look",
            "arguments": '{"city":"Rome"}',
        },
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "sun"},
        {"type": "function_call_output", "call_id": "c2", "output": "no"},
        {"role": "user", "content": "and now?"},
    ]
    assert losses == ["drop tool_result_error@turns[2].parts[1]"]


def test_results_with_images_files_data_and_nothing() -> None:
    png = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
    wav = Media(kind="audio", source=Inline(media_type="audio/wav", data="aGk="))
    results = (
        ToolResult(call_id="c1", parts=(Text(text="see"), png, wav)),
        ToolResult(call_id="c2", data={"ok": True}),
        ToolResult(call_id="c3"),
        ToolResult(call_id="c4", parts=(Text(text="free"),), kind="custom"),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="tool", parts=results),)))
    assert body["input"] == [
        {
            "type": "function_call_output",
            "call_id": "c1",
            "output": [
                {"type": "input_text", "text": "see"},
                {
                    "type": "input_image",
                    "detail": "auto",
                    "image_url": "data:image/png;base64,aGk=",
                },
            ],
        },
        {"type": "function_call_output", "call_id": "c2", "output": '{"ok":true}'},
        {"type": "function_call_output", "call_id": "c3", "output": ""},
        {"type": "custom_tool_call_output", "call_id": "c4", "output": "free"},
    ]
    assert losses == ["refuse tool_result_media@turns[0].parts[0].parts[2]"]


def test_own_reasoning_state_comes_back_without_an_id_and_foreign_state_stays_out() -> None:
    own = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
    foreign = Opaque(origin="anthropic_messages", value="sig")
    turn = Turn(
        role="assistant",
        parts=(
            Reasoning(text="told elsewhere", state=own, id="rs_1"),
            Reasoning(summary=("a", "b"), state=own),
            Reasoning(text="hm", state=foreign),
            Reasoning(text="unsigned"),
            Reasoning(),
            Text(text="so", state=foreign),
            ToolCall(id="c1", name="f", arguments="{}", state=foreign),
        ),
    )
    body, losses = encoded(from_anthropic(turns=(HI, turn, HI)))
    assert body["input"][1:4] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "told elsewhere"}],
            "encrypted_content": "gAAA",
        },
        {
            "type": "reasoning",
            "summary": [
                {"type": "summary_text", "text": "a"},
                {"type": "summary_text", "text": "b"},
            ],
            "encrypted_content": "gAAA",
        },
        {"role": "assistant", "content": "so"},
    ]
    assert losses == [
        "drop reasoning_state@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[2]",
        "drop reasoning_text@turns[1].parts[3]",
        "drop reasoning_state@turns[1].parts[5]",
        "drop reasoning_state@turns[1].parts[6]",
    ]


def test_images_in_every_form() -> None:
    parts = (
        Media(kind="image", source=Inline(media_type="image/png", data="aGk="), detail="high"),
        Media(kind="image", source=Linked(url="https://a.example/x.png"), detail="medium"),
        Media(kind="image", source=Uploaded(id="file-1", dialect="openai_chat")),
        Media(kind="image", source=Uploaded(id="files/1", dialect="gemini_generate")),
        Media(kind="image", source=Linked(url="gs://bucket/x.png")),
        Media(kind="image", source=Plain(text="x"), title="t"),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="user", parts=parts),)))
    assert body["input"][0]["content"] == [
        {"type": "input_image", "detail": "high", "image_url": "data:image/png;base64,aGk="},
        {"type": "input_image", "detail": "auto", "image_url": "https://a.example/x.png"},
        {"type": "input_image", "detail": "auto", "file_id": "file-1"},
    ]
    assert losses == [
        "drop image_detail@turns[0].parts[1]",
        "refuse uploaded_file@turns[0].parts[3]",
        "refuse image_url@turns[0].parts[4]",
        "refuse image@turns[0].parts[5]",
    ]


def test_documents_in_every_form() -> None:
    pdf = Inline(media_type="application/pdf", data="aGk=")
    parts = (
        Media(kind="document", source=pdf, title="plan.pdf", context="old", cited=True),
        Media(kind="document", source=pdf),
        Media(kind="document", source=Plain(text="hi")),
        Media(kind="document", source=Linked(url="https://a.example/x.pdf"), title="x"),
        Media(kind="document", source=Linked(url="s3://bucket/x.pdf")),
        Media(kind="document", source=Uploaded(id="f", dialect="anthropic_messages")),
        Media(kind="document", source=Composed(parts=(Text(text="a"), Text(text="b"))), title="c"),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="user", parts=parts),)))
    data = "data:application/pdf;base64,aGk="
    assert body["input"][0]["content"] == [
        {"type": "input_file", "file_data": data, "filename": "plan.pdf"},
        {"type": "input_file", "file_data": data, "filename": "document.pdf"},
        {
            "type": "input_file",
            "file_data": "data:text/plain;base64,aGk=",
            "filename": "document.txt",
        },
        {"type": "input_file", "file_url": "https://a.example/x.pdf"},
        {"type": "input_text", "text": "a"},
        {"type": "input_text", "text": "b"},
    ]
    assert losses == [
        "drop document_context@turns[0].parts[0]",
        "drop document_citations@turns[0].parts[0]",
        "drop document_context@turns[0].parts[3].title",
        "refuse document@turns[0].parts[4]",
        "refuse uploaded_file@turns[0].parts[5]",
        "drop document_context@turns[0].parts[6]",
    ]


def test_sound_and_film_are_refused() -> None:
    inline = Inline(media_type="audio/wav", data="aGk=")
    parts = (Media(kind="audio", source=inline), Media(kind="video", source=inline))
    body, losses = encoded(from_anthropic(turns=(HI, Turn(role="user", parts=parts))))
    assert body["input"] == [{"role": "user", "content": "hi"}]
    assert losses == [
        "refuse audio_input@turns[1].parts[0]",
        "refuse video_input@turns[1].parts[1]",
    ]


def test_what_an_earlier_answer_came_with_stays_behind() -> None:
    answer = (
        Text(
            text="so",
            citations=(Citation(kind="url", url="https://a.example"),),
            logprobs=(TokenLogprob(token="so", logprob=-0.1),),
        ),
        Refusal(text="no", logprobs=(TokenLogprob(token="no", logprob=-0.1),)),
        Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
        Native(dialect="gemini_generate", name="executableCode", value={}),
    )
    body, losses = encoded(from_anthropic(turns=(Turn(role="assistant", parts=answer), HI)))
    assert body["input"][0] == {
        "type": "message",
        "role": "assistant",
        "content": [
            {"type": "output_text", "text": "so"},
            {"type": "refusal", "refusal": "no"},
        ],
    }
    assert losses == [
        "drop citations@turns[0].parts[0]",
        "drop logprobs@turns[0].parts[0]",
        "drop logprobs@turns[0].parts[1]",
        "refuse image@turns[0].parts[2]",
        "refuse native_part@turns[0].parts[3]",
    ]


def test_the_texts_of_an_earlier_answer_are_one() -> None:
    parts = (Text(text="It is "), Text(text="sunny."))
    body, losses = encoded(
        from_anthropic(turns=(Turn(role="assistant", parts=parts), Turn(role="user", parts=parts)))
    )
    assert body["input"] == [
        {"role": "assistant", "content": "It is sunny."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "It is "},
                {"type": "input_text", "text": "sunny."},
            ],
        },
    ]
    assert losses == []


def test_names_marks_and_an_answer_begun() -> None:
    turns = (
        Turn(role="developer", parts=(Text(text="Go."),), name="ops", cache=CacheMark()),
        Turn(
            role="user",
            parts=(
                Text(text="long", cache=CacheMark(lifetime="12h")),
                Text(text="short", cache=CacheMark(lifetime="5m")),
            ),
        ),
        Turn(role="assistant", parts=(Text(text="The answer is"),)),
    )
    body, losses = encoded(from_anthropic(turns=turns))
    assert body["input"] == [
        {"role": "developer", "content": "Go."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {
                    "type": "input_text",
                    "text": "long",
                    "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
                },
                {"type": "input_text", "text": "short"},
            ],
        },
        {"role": "assistant", "content": "The answer is"},
    ]
    assert losses == [
        "drop message_name@turns[0].name",
        "drop cache_mark@turns[0]",
        "drop cache_mark@turns[1].parts[1]",
        "refuse assistant_prefill@turns[2]",
    ]


def test_state_of_another_platform_that_a_client_handed_back_is_not_sent() -> None:
    body: dict[str, Any] = {
        "model": "m",
        "input": [
            {
                "type": "reasoning",
                "id": "rs_gateway_0",
                "summary": [],
                "encrypted_content": "dt1.s.anthropic_messages.sig",
            },
            {"role": "user", "content": "go on"},
        ],
    }
    request = decode_request(json.dumps(body).encode())
    sent, losses = encoded(request)
    assert sent["input"] == [{"role": "user", "content": "go on"}]
    assert losses == ["drop reasoning_state@turns[0].parts[0]"]
