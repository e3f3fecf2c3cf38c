"""What a chat request means, member by member, and that it comes out as it went in."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ClientFault
from detente.canonical.request import (
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
)
from detente.dialects.codec import Target
from detente.dialects.openai_chat import CODEC
from tests.dialects.roundtrip import Share, request_difference

USER = {"role": "user", "content": "hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def decode(*messages: object, **members: object) -> Request:
    """The request with these messages and members, after a round trip that lost nothing."""
    body = json.dumps({"model": "m", "messages": list(messages) or [USER], **members}).encode()
    share = Share()
    assert request_difference(CODEC, body, share) is None
    assert share.unknown == 0, share
    return CODEC.decode_request(body)


def parts_of(content: object) -> Any:
    """The parts of a user's message."""
    return decode({"role": "user", "content": content}).turns[0].parts


def without_rest(value: Any) -> Any:
    """A canonical value without extras."""
    return type(value)(
        **{
            name: getattr(value, name)
            for name in value.__struct_fields__
            if name not in ("extras", "cache")
        }
    )


def test_settings_have_canonical_names() -> None:
    request = decode(
        temperature=0.5,
        top_p=1,
        top_k=5,
        frequency_penalty=0.1,
        presence_penalty=-0.1,
        seed=7,
        n=2,
        logprobs=True,
        top_logprobs=4,
        stop=["a", "b"],
        max_completion_tokens=9,
        verbosity="low",
        service_tier="flex",
        metadata={"a": "b"},
        prompt_cache_key="k",
        store=False,
        parallel_tool_calls=False,
        modalities=["text", "audio"],
        audio={"voice": {"id": "v1"}, "format": "wav"},
        stream=True,
        stream_options={"include_usage": True, "include_obfuscation": False},
        reasoning_effort="high",
    )
    assert (request.temperature, request.top_p, request.top_k) == (0.5, 1, 5)
    assert (request.frequency_penalty, request.presence_penalty) == (0.1, -0.1)
    assert (request.seed, request.choices, request.top_logprobs) == (7, 2, 4)
    assert (request.logprobs, request.store, request.parallel_tool_calls) == (True, False, False)
    assert (request.stop, request.max_output_tokens) == (("a", "b"), 9)
    assert (request.verbosity, request.service_tier) == ("low", "flex")
    assert (request.metadata, request.cache_key) == ({"a": "b"}, "k")
    assert request.modalities == ("text", "audio")
    assert request.audio is not None
    assert (request.audio.voice, request.audio.format) == ("v1", "wav")
    assert (request.stream, request.asks_usage) == (True, True)
    assert request.reasoning == ReasoningControl(effort="high")
    assert request.options == (
        Option(dialect="openai_chat", name="stream_options", value={"include_obfuscation": False}),
    )


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("logit_bias", {"50256": -100}, "drop"),
        ("moderation", {"model": "omni", "policy": {"input": {"mode": "block"}}}, "refuse"),
        ("prediction", {"type": "content", "content": "x"}, "drop"),
        ("prompt_cache_options", {"mode": "explicit"}, "drop"),
        ("prompt_cache_retention", "24h", "drop"),
        ("web_search_options", {"search_context_size": "low"}, "refuse"),
        ("response_format", {"type": "grammar", "grammar": "x"}, "refuse"),
        ("tool_choice", {"type": "web_search"}, "refuse"),
        ("function_call", {"name": 1}, "refuse"),
        ("metadata", {"a": 1}, "drop"),
    ],
)
def test_what_only_chat_has_is_an_option(name: str, value: object, severity: str) -> None:
    request = decode(**{name: value})
    assert [(one.name, one.value, one.severity) for one in request.options] == [
        (name, value, severity)
    ]


@pytest.mark.parametrize(
    "members",
    [
        {"max_tokens": 5},
        {"max_tokens": 5, "max_completion_tokens": 5},
        {"stop": "x"},
        {"stop": None, "tools": None, "tool_choice": None, "seed": None},
        {"tools": [], "stream": False, "stream_options": None},
        {"stream_options": {}, "stream": True},
        {"stream_options": {"include_usage": False}, "stream": True},
        {"user": "u"},
        {"safety_identifier": "u"},
        {"safety_identifier": "u", "user": "v"},
        {"reasoning": {"effort": "low", "exclude": True}},
        {"reasoning": {"max_tokens": 5, "enabled": True}, "reasoning_effort": "low"},
        {"thinking": {"type": "enabled"}},
        {"response_format": {"type": "text"}},
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {}, "strict": None}}},
        {"tools": [{"function": {"name": "f", "parameters": None}}]},
        {"tools": [{"type": "custom", "custom": {"name": "f", "format": {"type": "text"}}}]},
        {"tools": [{"type": "custom", "custom": {"name": "f", "description": None}}]},
        {"tool_choice": "any"},
        {"tool_choice": {"function": {"name": "f"}}},
        {"function_call": {"name": "f"}, "functions": [{"name": "f", "strict": None}]},
        {"function_call": "auto", "functions": []},
        {"tool_choice": "auto", "function_call": "auto"},
        {"audio": {"voice": "ash"}},
    ],
)
def test_the_same_can_be_written_in_several_ways(members: dict[str, object]) -> None:
    decode(**members)


def test_synonyms_mean_the_same() -> None:
    assert decode(max_tokens=5).max_output_tokens == 5
    assert decode(max_tokens=4, max_completion_tokens=5).max_output_tokens == 5
    assert decode(user="u").user == decode(safety_identifier="u").user == "u"
    assert decode(stop="x").stop == ("x",)
    choice = decode(tool_choice="any").tool_choice
    assert choice is not None
    assert choice.kind == "required"
    control = decode(reasoning={"max_tokens": 5, "exclude": False}).reasoning
    assert control is not None
    assert (control.budget_tokens, control.visible) == (5, True)
    control = decode(thinking={"type": "disabled"}).reasoning
    assert control is not None
    assert control.enabled is False


def test_tools() -> None:
    grammar: Json = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}
    written: Obj = {"type": "custom", "custom": {"name": "c", "format": grammar}}
    tools: list[Any] = [
        {"type": "function", "function": {"name": "f", "parameters": {}, "strict": True}},
        {"type": "custom", "custom": {"name": "s", "description": "SQL."}},
        written,
        {"type": "web_search"},
        {
            "type": "function",
            "function": {"name": "g"},
            "cache_control": {"type": "ephemeral", "ttl": "1h"},
        },
    ]
    request = decode(tools=tools)
    assert request.tools[0] == Tool(
        name="f", parameters={}, strict=True, extras=getattr(request.tools[0], "extras", None)
    )
    assert request.tools[1] == Tool(name="s", description="SQL.", kind="custom")
    assert request.tools[2] == HostedTool(dialect="openai_chat", name="custom", value=written)
    assert request.tools[3] == HostedTool(
        dialect="openai_chat", name="web_search", value={"type": "web_search"}
    )
    assert isinstance(request.tools[4], Tool)
    assert request.tools[4].cache is not None
    assert request.tools[4].cache.lifetime == "1h"


def test_an_output_format() -> None:
    schema = {"name": "n", "description": "d", "schema": {"type": "object"}, "strict": True}
    request = decode(response_format={"type": "json_schema", "json_schema": schema})
    assert request.output_format == OutputFormat(
        kind="json_schema", name="n", description="d", schema={"type": "object"}, strict=True
    )


def test_parts_of_a_prompt() -> None:
    pdf = "data:application/pdf;base64,aGk="
    parts = parts_of(
        [
            {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            {"type": "image_url", "image_url": {"url": "https://x.example", "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
            {"type": "file", "file": {"file_data": pdf, "filename": "a.pdf"}},
            {"type": "file", "file": {"file_data": pdf}},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "video_url", "video_url": {"url": "https://x.example/a.mp4"}},
            {"type": "document_url", "document_url": "https://x.example/a.pdf"},
            {"type": "brand_new", "value": 1},
            {"type": "image_url", "image_url": 7},
        ]
    )
    assert [without_rest(part) if not isinstance(part, Native) else part for part in parts] == [
        Text(text="a"),
        Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
        Media(kind="image", source=Linked(url="https://x.example"), detail="low"),
        Media(kind="audio", source=Inline(media_type="audio/mpeg", data="aGk=")),
        Media(
            kind="document",
            source=Inline(media_type="application/pdf", data="aGk="),
            title="a.pdf",
        ),
        Media(kind="document", source=Inline(media_type="application/pdf", data="aGk=")),
        Media(kind="document", source=Uploaded(id="file-1", dialect="openai_chat")),
        Media(kind="video", source=Linked(url="https://x.example/a.mp4")),
        Media(kind="document", source=Linked(url="https://x.example/a.pdf")),
        Native(dialect="openai_chat", name="brand_new", value={"type": "brand_new", "value": 1}),
        Native(
            dialect="openai_chat",
            name="image_url",
            value={"type": "image_url", "image_url": 7},
        ),
    ]
    assert parts[0].cache == CacheMark()


@pytest.mark.parametrize(
    "content",
    [
        "",
        None,
        [],
        [{"type": "text", "text": "a"}],
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": None}}],
        [{"type": "text", "text": "a", "cache_control": {"ttl": "5m"}}],
        [{"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "odd", "ttl": 3}}],
        [{"type": "image_url", "image_url": {"url": "data:;base64,aGk=", "detail": None}}],
        [{"type": "image_url", "image_url": "data:image/png;base64,aGk="}],
        [{"type": "input_audio", "input_audio": {"data": "aGk=", "format": "opus"}}],
        [{"type": "input_audio", "input_audio": "aGk="}],
        [{"type": "input_audio", "input_audio": {"data": 1, "format": "mp3"}}],
        [{"type": "file", "file": {"file_data": "https://x.example", "filename": None}}],
        [{"type": "file", "file": {"file_data": "data:image/png;base64,aGk="}}],
        [{"type": "file", "file": {"file_id": "f", "filename": "n"}}],
        [{"type": "file", "file": {}}],
        [{"type": "file", "file": 1}],
        [{"type": "refusal", "refusal": 1}],
        [{"type": "thinking", "thinking": 1}],
        [{"type": "thinking", "thinking": [{"type": "text"}]}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": 1}]}],
        [{}],
    ],
)
def test_every_form_of_content_comes_out_as_it_went_in(content: object) -> None:
    decode({"role": "user", "content": content}, {"role": "assistant", "content": content})


def test_an_answer_of_the_history() -> None:
    turn = decode(
        {
            "role": "assistant",
            "name": "bob",
            "reasoning_content": "Hm.",
            "content": "So.",
            "refusal": "No.",
            "audio": {"id": "audio_1"},
            "annotations": [{"type": "url_citation", "url_citation": {"url": "https://x.example"}}],
            "tool_calls": [
                CALL,
                {"id": "c2", "type": "custom", "custom": {"name": "sql", "input": "SELECT"}},
            ],
        }
    ).turns[0]
    assert turn.name == "bob"
    assert [without_rest(part) for part in turn.parts if not isinstance(part, Text)] == [
        Reasoning(text="Hm.", state=Opaque(origin="openai_chat", value="reasoning_content")),
        Refusal(text="No."),
        Media(kind="audio", source=Uploaded(id="audio_1", dialect="openai_chat"), id="audio_1"),
        ToolCall(id="c1", name="f", arguments="{}"),
        ToolCall(id="c2", name="sql", arguments="SELECT", kind="custom"),
    ]
    assert isinstance(turn.parts[1], Text)
    assert [citation.url for citation in turn.parts[1].citations] == ["https://x.example"]


ANSWERS: list[Any] = [
    {"content": None},
    {"content": "a", "refusal": ""},
    {"content": "a", "reasoning": "b", "reasoning_content": ""},
    {"content": None, "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]},
    {"content": "a", "reasoning": "b", "reasoning_details": [{"index": 0}]},
    {"content": [{"type": "refusal", "refusal": "No."}]},
    {
        "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]},
            {"type": "thinking", "thinking": "b"},
            {"type": "thinking", "thinking": []},
            {"type": "text", "text": "c"},
        ]
    },
    {"tool_calls": []},
    {"tool_calls": [{**CALL, "id": ""}]},
    {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
    {"tool_calls": [{"function": {"name": "f", "arguments": None}}]},
    {"tool_calls": [{"function": {"name": "f"}, "type": "odd"}]},
    {"function_call": {"name": "f", "arguments": "{}"}},
    {"function_call": {"name": "f"}},
    {"annotations": []},
    {"audio": None},
    {"tool_calls": [{**CALL, "extra_content": {"google": {"thought_signature": "x"}}}]},
    {"content": "a", "extra_content": {"google": {"thought_signature": "x"}}},
    {
        "tool_calls": [CALL],
        "extra_content": {"google": {"thought_signature": "x"}},
        "thought_signature": "x",
    },
    {"extra_content": {"google": {"thought_signature": "x", "thought": True}, "a": 1}},
]


@pytest.mark.parametrize("members", ANSWERS)
def test_every_form_of_an_answer_comes_out_as_it_went_in(members: dict[str, object]) -> None:
    decode({"role": "assistant", **members})


def test_a_signature_of_googles_belongs_to_the_call() -> None:
    state = Opaque(origin="gemini_generate", value="x")
    beside = {"extra_content": {"google": {"thought_signature": "x"}}}
    for message in (
        {"role": "assistant", "tool_calls": [{**CALL, **beside}]},
        {"role": "assistant", "tool_calls": [CALL], **beside},
    ):
        part = decode(message).turns[0].parts[0]
        assert isinstance(part, ToolCall)
        assert part.state == state
    part = decode({"role": "assistant", "content": "a", **beside}).turns[0].parts[0]
    assert isinstance(part, Text)
    assert part.state == state


def test_results_of_tools() -> None:
    turns = decode(
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
        {"role": "tool", "tool_call_id": "c1", "name": "f", "content": ""},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "3"}]},
    ).turns
    call, result = turns[0].parts[0], turns[1].parts[0]
    assert isinstance(call, ToolCall)
    assert result == ToolResult(call_id=call.id, name="f", parts=(Text(text="1"),))
    assert turns[2].parts == (ToolResult(call_id="c1", parts=(Text(text="2"),)),)
    assert turns[3].parts == (ToolResult(call_id="c1", name="f"),)
    assert turns[4].parts == (ToolResult(call_id="c1", parts=(Text(text="3"),)),)
    lonely = decode({"role": "function", "name": "f", "content": "1"}).turns[0].parts[0]
    assert isinstance(lonely, ToolResult)
    assert lonely.call_id


def test_unknown_members_ride_along() -> None:
    body = {
        "model": "m",
        "provider": {"order": ["a"]},
        "reasoning": {"brand": "new"},
        "thinking": {"type": "enabled", "clear_thinking": False},
        "reasoning_effort": "default",
        "audio": {"voice": "a", "format": "wav", "speed": 2},
        "tool_choice": "auto",
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "x": 1}},
        "tools": [{"type": "function", "function": {"name": "f", "x": 1}, "y": 2}],
        "functions": [{"name": "f", "x": 1}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a", "x": 1}], "y": 2},
            {"role": "assistant", "content": "a", "prefix": True, "tool_calls": [{**CALL, "z": 1}]},
        ],
    }
    share = Share()
    assert request_difference(CODEC, json.dumps(body).encode(), share) is None
    assert set(share.names) == {
        "provider", "reasoning", "reasoning_effort", "thinking", "speed", "json_schema",
        "function", "x", "y", "z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"[]", "the body"),
        (b"\xff", "the body"),
        (b'{"messages":[]}', "`model`"),
        (b'{"model":"m"}', "`messages`"),
        (b'{"model":"m","messages":[1]}', "`messages[0]`"),
        (b'{"model":"m","messages":[{}]}', "`messages[0].role`"),
        (b'{"model":"m","messages":[{"role":"tool"}]}', "`messages[0].tool_call_id`"),
        (b'{"model":"m","messages":[{"role":"user","content":1}]}', "`messages[0].content`"),
        (
            b'{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}',
            "`messages[0].content[0].text`",
        ),
        (
            b'{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}',
            "`messages[0].tool_calls[0].function`",
        ),
        (
            b'{"model":"m","messages":[{"role":"assistant","tool_calls":[1]}]}',
            "`messages[0].tool_calls[0]`",
        ),
        (
            b'{"model":"m","messages":[{"role":"assistant","tool_calls":1}]}',
            "`messages[0].tool_calls`",
        ),
        (
            b'{"model":"m","messages":[{"role":"assistant","function_call":{"name":"f",'
            b'"arguments":1}}]}',
            "`messages[0].arguments`",
        ),
        (b'{"model":"m","messages":[],"tools":[{}]}', "`tools[0].function`"),
        (b'{"model":"m","messages":[],"temperature":"1"}', "`temperature`"),
        (b'{"model":"m","messages":[],"seed":1.5}', "`seed`"),
        (b'{"model":"m","messages":[],"stream":1}', "`stream`"),
        (b'{"model":"m","messages":[],"audio":{"voice":1}}', "`audio.voice`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(body: bytes, where: str) -> None:
    with pytest.raises(ClientFault) as caught:
        CODEC.decode_request(body)
    assert caught.value.failure.message.startswith(where)


def test_the_path_may_name_the_model_and_wins() -> None:
    body = b'{"model":"gpt-4","messages":[]}'
    request = CODEC.decode_request(body, model="prod", stream=True)
    assert (request.model, request.stream) == ("prod", True)
    encoded = CODEC.encode_request(request, Target(model="prod"))
    assert json.loads(encoded.body) == {"model": "prod", "messages": [], "stream": True}
    assert CODEC.decode_request(b'{"messages":[]}', model="prod").model == "prod"


def test_mistrals_seed_is_a_seed() -> None:
    assert decode(random_seed=7).seed == 7
    both = decode(seed=1, random_seed=7)
    assert both.seed == 1
    assert both.options == (Option(dialect="openai_chat", name="random_seed", value=7),)


@pytest.mark.parametrize("value", [[{"block_on_error": True, "moderation_llm_v2": {}}], []])
def test_mistrals_guardrails_are_a_safety_setting(value: list[object]) -> None:
    options = decode(guardrails=value).options
    assert [(one.name, one.severity) for one in options] == [("guardrails", "refuse")][: len(value)]


def test_mistrals_safety_prompt_is_one_where_it_is_wanted() -> None:
    assert [one.severity for one in decode(safe_prompt=True).options] == ["refuse"]
    assert decode(safe_prompt=False).options == ()
    assert [one.severity for one in decode(prompt_mode="reasoning").options] == ["drop"]


@pytest.mark.parametrize("prefix", [True, False])
def test_mistrals_prefix_is_what_a_last_answer_is_anyway(prefix: bool) -> None:
    request = decode(USER, {"role": "assistant", "content": "He", "prefix": prefix})
    assert request.turns[-1].parts == (Text(text="He"),)
    extras = request.turns[-1].extras
    assert extras is not None
    assert extras.members == {}


def test_mistrals_document_has_a_name_and_its_sound_is_bare() -> None:
    url = "https://example.com/a.pdf"
    part: Obj = {"type": "document_url", "document_url": url, "document_name": "a.pdf"}
    media = parts_of([part, {"type": "text", "text": "x"}])[0]
    assert (media.source, media.title) == (Linked(url=url), "a.pdf")
    sound: Obj = {"type": "input_audio", "input_audio": "https://example.com/a.mp3"}
    assert parts_of([sound, {"type": "text", "text": "x"}])[0].kind == "audio"
    data: Obj = {"type": "input_audio", "input_audio": "data:audio/mpeg;base64,AAAA"}
    assert isinstance(parts_of([data, {"type": "text", "text": "x"}])[0].source, Inline)


def test_a_sound_that_does_not_say_what_it_is_stays_as_it_is() -> None:
    sound: Obj = {"type": "input_audio", "input_audio": "AAAA"}
    assert isinstance(parts_of([sound, {"type": "text", "text": "x"}])[0], Native)
