"""What becomes of other dialects' requests on their way to completions, as a table."""

from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.extras import Extras
from detente.canonical.request import (
    AudioOutput,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects.openai_completions import CODEC
from tests.dialects.from_elsewhere import HI, asked, told, user

PNG = Inline(media_type="image/png", data="aGk=")
STATE = Opaque(origin="anthropic_messages", value="s")
NEWER = Extras(dialect="openai_responses", members={"newer": 1})
FLAT = "history@turns drop"

TABLE: list[tuple[Request, dict[str, Any], list[str]]] = [
    (asked(), {"prompt": "hi"}, []),
    (asked(turns=()), {"prompt": ""}, []),
    (asked(stream=True), {"prompt": "hi", "stream": True}, []),
    (
        asked(stream=True, asks_usage=True),
        {"prompt": "hi", "stream": True, "stream_options": {"include_usage": True}},
        [],
    ),
    (
        asked(
            max_output_tokens=5,
            temperature=0.5,
            top_p=0.25,
            frequency_penalty=0.5,
            presence_penalty=1,
            seed=7,
            stop=("a", "b"),
            choices=2,
            user="u",
            logprobs=True,
            top_logprobs=2,
        ),
        {
            "prompt": "hi",
            "max_tokens": 5,
            "temperature": 0.5,
            "top_p": 0.25,
            "frequency_penalty": 0.5,
            "presence_penalty": 1,
            "seed": 7,
            "stop": ["a", "b"],
            "n": 2,
            "user": "u",
            "logprobs": 2,
        },
        [],
    ),
    (asked(logprobs=True), {"prompt": "hi", "logprobs": 0}, []),
    (
        asked(instructions=(Text(text="be kind"),)),
        {"prompt": "System: be kind\n\nUser: hi\n\nAssistant:"},
        [FLAT],
    ),
    (
        asked(turns=(HI, Turn(role="assistant", parts=(Text(text="Once"),)))),
        {"prompt": "User: hi\n\nAssistant: Once"},
        [FLAT],
    ),
    (
        user(
            Text(text="look", cache=CacheMark(), citations=(Citation(kind="url"),), state=STATE),
            Media(kind="image", source=PNG),
            Media(kind="audio", source=PNG, transcript="said"),
            Native(dialect="openai_responses", name="compaction", value={}),
        ),
        {"prompt": "look\nsaid"},
        [
            "cache_mark@turns[0].parts[0].cache drop",
            "citations@turns[0].parts[0].citations drop",
            "reasoning_state@turns[0].parts[0] drop",
            "image@turns[0].parts[1] refuse",
            "audio_input@turns[0].parts[2] refuse",
            "native_part@turns[0].parts[3] refuse",
        ],
    ),
    (
        asked(
            turns=(
                Turn(
                    role="assistant",
                    parts=(
                        Reasoning(text="hm", state=STATE),
                        Refusal(text="no", extras=NEWER),
                        ToolCall(id="1", name="f", arguments="{}"),
                    ),
                    name="bot",
                ),
                Turn(role="tool", parts=(ToolResult(call_id="1"),)),
            )
        ),
        {"prompt": "Assistant: no\n\nTool: \n\nAssistant:"},
        [
            "message_name@turns[0].name drop",
            "reasoning_text@turns[0].parts[0] drop",
            "reasoning_state@turns[0].parts[0] drop",
            "unknown_member@turns[0].parts[1].newer drop",
            "tools@turns[0].parts[2] refuse",
            "tools@turns[1].parts[0] refuse",
            FLAT,
        ],
    ),
    (
        asked(output_format=OutputFormat(kind="json_schema", schema={"type": "object"})),
        {"prompt": "hi"},
        ["json_schema@output_format refuse"],
    ),
    (
        asked(output_format=OutputFormat(kind="json_object")),
        {"prompt": "hi"},
        ["json_object@output_format refuse"],
    ),
    (
        asked(
            tools=(Tool(name="f"), HostedTool(dialect="openai_responses", name="w", value={})),
            tool_choice=ToolChoice(kind="required"),
            parallel_tool_calls=False,
            reasoning=ReasoningControl(effort="low"),
            top_k=3,
            verbosity="low",
            service_tier="flex",
            cache_key="k",
            cache=CacheMark(),
            audio=AudioOutput(),
            store=False,
            metadata={"a": "b"},
            modalities=("audio",),
            options=(Option(dialect="openai_responses", name="o", value=1, severity="refuse"),),
            extras=NEWER,
        ),
        {"prompt": "hi"},
        [
            "native_option@o refuse",
            "tool_choice refuse",
            "parallel_tool_calls drop",
            "reasoning_control@reasoning drop",
            "top_k drop",
            "verbosity drop",
            "service_tier drop",
            "cache_key drop",
            "cache_mark@cache drop",
            "audio_output@audio refuse",
            "store drop",
            "tools@tools[0] refuse",
            "tools@tools[1] refuse",
            "metadata drop",
            "modalities refuse",
            "unknown_member@newer drop",
        ],
    ),
]


@pytest.mark.parametrize(("request_", "members", "losses"), TABLE)
def test_requests(request_: Request, members: dict[str, Any], losses: list[str]) -> None:
    assert told(CODEC, request_) == ({"model": "m", **members}, losses)


@pytest.mark.parametrize("prompt", ['["a","b"]', "[1,2]", "[[1],[2]]"])
def test_several_prompts_are_no_conversation(prompt: str) -> None:
    from detente.dialects.ollama_chat import CODEC as OLLAMA  # noqa: PLC0415 - only here

    request = CODEC.decode_request(b'{"model":"m","prompt":%b}' % prompt.encode())
    assert told(OLLAMA, request)[1] == ["native_part@turns[0].parts[0] refuse"]
