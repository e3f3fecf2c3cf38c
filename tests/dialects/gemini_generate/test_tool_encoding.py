"""What others' tools become in Google's API."""

from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
)
from detente.canonical.request import (
    HostedTool,
    Tool,
    ToolChoice,
)
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.foreign import CONTENTS, SCHEMA, asked, encoded


def test_tools_keep_their_schemas_and_strict_ones_are_validated() -> None:
    request = asked(
        tools=(
            Tool(name="f", description="does", parameters=SCHEMA, strict=True),
            Tool(name="g", cache=CacheMark()),
            Tool(name="free", kind="custom"),
            HostedTool(dialect="openai_responses", name="web_search", value={"type": "x"}),
        ),
        parallel_tool_calls=False,
    )
    assert encoded(request) == (
        {
            "contents": CONTENTS,
            "tools": [
                {
                    "functionDeclarations": [
                        {"name": "f", "description": "does", "parametersJsonSchema": SCHEMA},
                        {"name": "g"},
                    ]
                }
            ],
            "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}},
        },
        [
            ("cache_mark", "tools[1].cache"),
            ("custom_tool", "tools[2]"),
            ("hosted_tool", "tools[3]"),
            ("parallel_tool_calls", "parallel_tool_calls"),
        ],
    )


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        (ToolChoice(kind="auto"), {"mode": "AUTO"}),
        (ToolChoice(kind="none"), {"mode": "NONE"}),
        (ToolChoice(kind="required"), {"mode": "ANY"}),
        (
            ToolChoice(kind="named", names=("f",)),
            {"mode": "ANY", "allowedFunctionNames": ["f"]},
        ),
        (
            ToolChoice(kind="allowed", names=("f", "g")),
            {"mode": "VALIDATED", "allowedFunctionNames": ["f", "g"]},
        ),
        (
            ToolChoice(kind="allowed_required", names=("f", "g")),
            {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
        ),
    ],
)
def test_every_choice_of_tools_has_its_mode(choice: ToolChoice, calling: dict[str, Any]) -> None:
    body, losses = encoded(asked(tool_choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": calling}
    assert losses == []


def test_names_that_the_platforms_take() -> None:
    assert CODEC.tool_names is not None
    for name in ("f", "_x.y:z-1", "a" * 64):
        assert CODEC.tool_names.fullmatch(name)
    for name in ("", "1a", "a b", "a" * 65, "é"):
        assert not CODEC.tool_names.fullmatch(name)
    assert CODEC.call_ids is None
