"""What others' requests become in Google's API: exact bodies, exact losses."""

import json

from detente.canonical.content import (
    CacheMark,
    Citation,
    Native,
    Refusal,
    Text,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import (
    AudioOutput,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects.codec import Target
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.foreign import (
    CONTENTS,
    HI,
    asked,
    encoded,
    model,
    user,
)


def test_a_conversation_with_all_that_stands_beside_it() -> None:
    request = asked(
        instructions=(Text(text="be brief"),),
        stream=True,
        asks_usage=True,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        stop=("END",),
        choices=2,
        logprobs=True,
        top_logprobs=3,
        max_output_tokens=100,
        modalities=("text",),
        metadata={"team": "shop"},
        service_tier="flex",
    )
    assert encoded(request) == (
        {
            "systemInstruction": {"parts": [{"text": "be brief"}]},
            "contents": CONTENTS,
            "generationConfig": {
                "temperature": 0.5,
                "topP": 0.9,
                "topK": 40,
                "candidateCount": 2,
                "maxOutputTokens": 100,
                "responseLogprobs": True,
                "logprobs": 3,
                "presencePenalty": 0.2,
                "frequencyPenalty": 0.1,
                "seed": 7,
                "stopSequences": ["END"],
                "responseModalities": ["TEXT"],
            },
            "labels": {"team": "shop"},
            "serviceTier": "flex",
        },
        [],
    )


def test_system_and_developer_turns_stand_before_and_neighbours_are_one() -> None:
    request = asked(
        turns=(
            Turn(role="system", parts=(Text(text="a"),)),
            Turn(role="developer", parts=(Text(text="b"),)),
            HI,
            user(Text(text="there")),
            model(Text(text="yes?")),
            Turn(role="system", parts=(Text(text="now in French"),)),
            Turn(role="user", parts=(Text(text="go"),), name="Bob"),
        )
    )
    assert encoded(request) == (
        {
            "systemInstruction": {"parts": [{"text": "a"}, {"text": "b"}]},
            "contents": [
                {"role": "user", "parts": [{"text": "hi"}, {"text": "there"}]},
                {"role": "model", "parts": [{"text": "yes?"}]},
                {"role": "user", "parts": [{"text": "now in French"}, {"text": "go"}]},
            ],
        },
        [
            ("developer_role", "turns[1]"),
            ("system_position", "turns[5]"),
            ("message_name", "turns[6].name"),
        ],
    )


def test_instructions_alone_become_the_conversation() -> None:
    request = asked(turns=(Turn(role="system", parts=(Text(text="a"),)),))
    assert encoded(request) == (
        {"contents": [{"role": "user", "parts": [{"text": "a"}]}]},
        [("system_position", "instructions")],
    )


def full_of_others() -> Request:
    """A request with all that this API has no place for."""
    chat = "openai_chat"
    return asked(
        turns=(
            Turn(
                role="user",
                parts=(
                    Text(
                        text="hi",
                        cache=CacheMark(),
                        extras=Extras(dialect=chat, members={"new_part": 1}),
                    ),
                    Native(dialect=chat, name="odd", value={"type": "odd"}),
                ),
                cache=CacheMark(),
                extras=Extras(dialect=chat, members={"new_turn": 1}),
            ),
            model(
                Refusal(text="no"),
                Text(text="a", citations=(Citation(kind="url", url="https://x.test"),)),
            ),
        ),
        tools=(Tool(name="f", extras=Extras(dialect=chat, members={"new_tool": 1})),),
        tool_choice=ToolChoice(kind="auto", extras=Extras(dialect=chat, members={"new_way": 1})),
        output_format=OutputFormat(kind="text", extras=Extras(dialect=chat, members={"new_f": 1})),
        reasoning=ReasoningControl(effort="low", extras=Extras(dialect=chat, members={"new_r": 1})),
        options=(
            Option(dialect=chat, name="prediction", value={}, severity="drop"),
            Option(dialect=chat, name="conversation", value="c", severity="refuse"),
        ),
        extras=Extras(dialect=chat, members={"new": 1}, spelling={"stream": None}),
        user="u",
        verbosity="low",
        cache_key="k",
        cache=CacheMark(),
        audio=AudioOutput(voice="alloy", format="wav"),
        store=True,
        service_tier="scale",
        metadata={"Team": "shop", "team": "Shop", "ok": "1"},
        seed=2**40,
        stop=("a", "b", "c", "d", "e", "f"),
    )


def test_what_only_others_have_is_named_with_its_own_severity() -> None:
    out = CODEC.encode_request(full_of_others(), Target(model="gemini-x"))
    found = [(loss.what, loss.path, loss.severity) for loss in out.losses]
    assert found == [
        ("cache_mark", "turns[0].cache", "drop"),
        ("unknown_member", "turns[0].new_turn", "drop"),
        ("cache_mark", "turns[0].parts[0].cache", "drop"),
        ("unknown_member", "turns[0].parts[0].new_part", "drop"),
        ("native_part", "turns[0].parts[1]", "refuse"),
        ("citations", "turns[1].parts[1].citations", "drop"),
        ("unknown_member", "tools[0].new_tool", "drop"),
        ("unknown_member", "tool_choice.new_way", "drop"),
        ("seed", "seed", "drop"),
        ("stop", "stop[5]", "drop"),
        ("unknown_member", "output_format.new_f", "drop"),
        ("unknown_member", "reasoning.new_r", "drop"),
        ("audio_output", "audio", "refuse"),
        ("metadata", "metadata.Team", "drop"),
        ("metadata", "metadata.team", "drop"),
        ("service_tier", "service_tier", "drop"),
        ("store", "store", "drop"),
        ("native_option", "prediction", "drop"),
        ("native_option", "conversation", "refuse"),
        ("verbosity", "verbosity", "drop"),
        ("user", "user", "drop"),
        ("cache_key", "cache_key", "drop"),
        ("cache_mark", "cache", "drop"),
        ("unknown_member", "new", "drop"),
    ]


def test_what_is_left_when_others_words_are_gone() -> None:
    out = CODEC.encode_request(full_of_others(), Target(model="gemini-x"))
    assert json.loads(out.body) == {
        "contents": [
            {"role": "user", "parts": [{"text": "hi"}]},
            {"role": "model", "parts": [{"text": "no"}, {"text": "a"}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
        "generationConfig": {
            "stopSequences": ["a", "b", "c", "d", "e"],
            "responseMimeType": "text/plain",
            "thinkingConfig": {"thinkingLevel": "LOW"},
        },
        "labels": {"ok": "1"},
    }


def test_turns_of_nothing_and_the_usual_tier_say_nothing() -> None:
    request = asked(
        turns=(HI, model(Text(text="")), user(Text(text="more"))),
        service_tier="auto",
        store=False,
        parallel_tool_calls=True,
    )
    assert encoded(request) == (
        {"contents": [{"role": "user", "parts": [{"text": "hi"}, {"text": "more"}]}]},
        [],
    )
