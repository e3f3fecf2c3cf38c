"""What other dialects' answers become in chat, and what its own SDK reads of them."""

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
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.openai_chat import CODEC
from tests.dialects.openai_chat.sdk import read_response

REPLY = Reply(request_id="r1", now_s=1700)
SIGNED = Opaque(origin="anthropic_messages", value="c2ln")

WRITTEN: dict[str, Any] = {
    "id": "chatcmpl-msg_1",
    "object": "chat.completion",
    "created": 1700,
    "model": "claude",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "reasoning_content": "Hm.",
                "content": "I look.",
                "tool_calls": [
                    {
                        "id": "toolu_1",
                        "type": "function",
                        "function": {"name": "look", "arguments": '{"city":"Rome"}'},
                    },
                    {
                        "id": "toolu_2",
                        "type": "function",
                        "function": {"name": "now", "arguments": "{}"},
                    },
                ],
                "refusal": None,
            },
            "logprobs": None,
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {
        "prompt_tokens": 20,
        "completion_tokens": 7,
        "total_tokens": 27,
        "prompt_tokens_details": {
            "cached_tokens": 10,
            "audio_tokens": 0,
            "cache_write_tokens": 7,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 2,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    },
}
"""What an answer of Messages becomes."""


def encode(*parts: Part, stop: StopReason | None = "end", **members: Any) -> tuple[Any, list[str]]:
    """The only choice, as the SDK reads it, and the losses."""
    choice = Choice(parts=parts, stop=stop, **members)
    response = Response(id="msg_1", model="claude", choices=(choice,), origin="anthropic_messages")
    encoded = CODEC.encode_response(response, REPLY)
    return read_response(encoded.body).choices[0], [str(loss) for loss in encoded.losses]


def test_an_answer_of_messages() -> None:
    response = Response(
        id="msg_1",
        model="claude",
        origin="anthropic_messages",
        choices=(
            Choice(
                parts=(
                    Reasoning(text="Hm.", state=SIGNED),
                    Text(text="I look."),
                    ToolCall(id="toolu_1", name="look", arguments='{"city":"Rome"}'),
                    ToolCall(id="toolu_2", name="now", arguments=""),
                ),
                stop="tool_calls",
            ),
        ),
        usage=Usage(
            uncached_input_tokens=3,
            cache_read_tokens=10,
            cache_write_5m_tokens=7,
            visible_output_tokens=5,
            reasoning_output_tokens=2,
        ),
        service_tier="standard",
    )
    encoded = CODEC.encode_response(response, REPLY)
    read_response(encoded.body)
    assert json.loads(encoded.body) == WRITTEN
    assert [str(loss) for loss in encoded.losses] == ["reasoning_state@choices[0].parts[0]"]


def test_an_id_of_its_own_form_stays_and_one_that_is_missing_is_made() -> None:
    def id_of(name: str) -> str:
        response = Response(id=name, model="m", choices=(), created_s=5)
        told = json.loads(CODEC.encode_response(response, REPLY).body)
        assert told["created"] == 5
        return told["id"]

    assert id_of("chatcmpl-7") == "chatcmpl-7"
    assert id_of("") == "chatcmpl-r1"


@pytest.mark.parametrize(
    ("stop", "finish", "losses"),
    [
        ("end", "stop", []),
        ("length", "length", []),
        ("tool_calls", "tool_calls", []),
        ("stop_sequence", "stop", []),
        ("content_filter", "content_filter", []),
        ("refusal", "content_filter", []),
        ("context_window", "length", ["stop_reason@choices[0].stop"]),
        ("pause", "stop", ["stop_reason@choices[0].stop"]),
        ("malformed", "stop", ["stop_reason@choices[0].stop"]),
        (None, "stop", []),
    ],
)
def test_reasons(stop: StopReason | None, finish: str, losses: list[str]) -> None:
    choice, found = encode(Text(text="a"), stop=stop)
    assert (choice.finish_reason, found) == (finish, losses)


def test_a_refusal_in_words_ends_as_openais_do() -> None:
    choice, losses = encode(Refusal(text="I will "), Refusal(text="not."), stop="refusal")
    assert (choice.message.refusal, choice.finish_reason) == ("I will not.", "stop")
    assert choice.message.content is None
    assert losses == []


def test_what_ended_it_is_named() -> None:
    _, losses = encode(Text(text="a"), stop="stop_sequence", stop_sequence="END")
    assert losses == ["stop_reason@choices[0].stop_sequence"]
    _, losses = encode(Text(text="a"), stop="refusal", stop_detail="cyber")
    assert losses == ["stop_reason@choices[0].stop_detail"]


def test_citations_of_urls_are_annotations_within_the_whole_text() -> None:
    choice, losses = encode(
        Text(text="One. "),
        Text(
            text="Two.",
            citations=(
                Citation(kind="url", url="https://x.example", title="X"),
                Citation(
                    kind="url",
                    url="https://y.example",
                    start=1,
                    end=2,
                    extras=Extras(dialect="anthropic_messages", members={"encrypted_index": "e"}),
                ),
                Citation(kind="document", quote="q"),
            ),
        ),
    )
    assert choice.message.content == "One. Two."
    told = [
        (one.url_citation.url, one.url_citation.title, one.url_citation.start_index,
         one.url_citation.end_index)
        for one in choice.message.annotations
    ]  # fmt: skip
    assert told == [("https://x.example", "X", 5, 9), ("https://y.example", "", 6, 7)]
    assert losses == [
        "unknown_member@choices[0].parts[1].citations[1].encrypted_index",
        "citations@choices[0].parts[1].citations[2]",
    ]


def test_thoughts() -> None:
    choice, losses = encode(
        Reasoning(summary=("A.", "B.")),
        Reasoning(text="C."),
        Reasoning(state=Opaque(origin="anthropic_messages", value="x", kind="redacted")),
        Text(text="a", state=Opaque(origin="gemini_generate", value="x")),
    )
    assert choice.message.reasoning_content == "A.\n\nB.\n\nC."
    assert losses == [
        "reasoning_state@choices[0].parts[2]",
        "reasoning_state@choices[0].parts[3]",
    ]


def test_a_calls_signature_stands_where_google_has_it() -> None:
    state = Opaque(origin="gemini_generate", value="x")
    choice, losses = encode(ToolCall(id="c", name="f", arguments="{}", state=state))
    assert choice.message.tool_calls[0].extra_content == {"google": {"thought_signature": "x"}}
    assert losses == []
    _, losses = encode(ToolCall(id="c", name="f", arguments="{}", state=SIGNED))
    assert losses == ["reasoning_state@choices[0].parts[0]"]


def test_a_custom_call() -> None:
    choice, losses = encode(ToolCall(id="c", name="sql", arguments="SELECT 1", kind="custom"))
    assert choice.message.tool_calls[0].custom.input == "SELECT 1"
    assert losses == []


def test_probabilities() -> None:
    token = TokenLogprob(token="a", logprob=-1.5, bytes=(97,))
    choice, losses = encode(
        Text(text="a", logprobs=(TokenLogprob(token="a", logprob=-1.5, top=(token,)),)),
        Refusal(text="n", logprobs=(token,)),
    )
    assert choice.logprobs.content[0].top_logprobs[0].bytes == [97]
    assert choice.logprobs.refusal[0].logprob == -1.5
    assert losses == []


def test_what_was_spoken() -> None:
    sound = Inline(media_type="audio/wav", data="aGk=")
    choice, losses = encode(Media(kind="audio", source=sound, transcript="hi"))
    audio = choice.message.audio
    assert (audio.id, audio.data, audio.transcript) == ("audio_r1", "aGk=", "hi")
    assert audio.expires_at > 1700
    assert losses == []


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Media(kind="image", source=Inline(media_type="image/png", data="aGk=")), "image"),
        (Native(dialect="anthropic_messages", name="server_tool_use", value={}), "native_part"),
        (ToolResult(call_id="c"), "native_part"),
    ],
)
def test_what_an_answer_cannot_hold(part: Part, what: str) -> None:
    assert encode(part)[1] == [f"{what}@choices[0].parts[0]"]


def test_filters_and_unknown_members_of_another_platform_are_named() -> None:
    theirs = ContentFilter(dialect="gemini_generate", stage="output", name="safety", value=[])
    choice = Choice(
        parts=(),
        filters=(theirs,),
        extras=Extras(dialect="gemini_generate", members={"brandNew": 1}),
    )
    response = Response(
        id="x",
        model="m",
        choices=(choice,),
        filters=(theirs,),
        extras=Extras(dialect="gemini_generate", members={"alsoNew": 1}),
    )
    assert [str(loss) for loss in CODEC.encode_response(response, REPLY).losses] == [
        "content_filter@choices[0].filters[0]",
        "unknown_member@choices[0].brandNew",
        "content_filter@filters[0]",
        "unknown_member@alsoNew",
    ]


def test_several_choices() -> None:
    response = Response(
        id="x",
        model="m",
        choices=tuple(
            Choice(index=index, parts=(Text(text=text),), stop="end")
            for index, text in enumerate("ab")
        ),
    )
    encoded = CODEC.encode_response(response, REPLY)
    told = read_response(encoded.body)
    assert [(one.index, one.message.content) for one in told.choices] == [(0, "a"), (1, "b")]
    assert encoded.losses == ()
