"""Tools, and whether they must be called, in canonical words."""

from typing import Any

import pytest

from detente.canonical.extras import Obj
from detente.canonical.request import HostedTool, Tool, ToolChoice
from tests.dialects.gemini_generate.askings import D, decoded


def test_tools_of_all_kinds_keep_their_groups() -> None:
    f: Obj = {"name": "f", "description": "does"}
    g: Obj = {"name": "g", "behavior": "BLOCKING"}
    groupings: list[list[Obj]] = [
        [{"functionDeclarations": [f]}, {"functionDeclarations": [g]}],
        [{"functionDeclarations": [f, g], "googleSearch": {}}],
        [{"google_search": {}}, {"functionDeclarations": [f, g]}],
        [{"functionDeclarations": [f, g]}, {"codeExecution": {}}, {"urlContext": {}}],
    ]
    for tools in groupings:
        request = decoded({"contents": [], "tools": tools})
        functions = [tool.name for tool in request.tools if isinstance(tool, Tool)]
        assert functions == ["f", "g"]
    request = decoded({"contents": [], "tools": [{"google_search": {"a": 1}}]})
    assert request.tools == (
        HostedTool(dialect=D, name="googleSearch", value={"google_search": {"a": 1}}),
    )


def test_googles_own_schemas_are_read_as_json_schema() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "a": {"type": "STRING", "nullable": True, "enum": ["x"]},
            "b": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "1"},
        },
        "required": ["a"],
        "propertyOrdering": ["a", "b"],
    }
    meant = {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"], "enum": ["x", None]},
            "b": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        },
        "required": ["a"],
    }
    request = decoded(
        {
            "contents": [],
            "tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}],
            "generationConfig": {"responseMimeType": "application/json", "responseSchema": schema},
        }
    )
    assert isinstance(request.tools[0], Tool)
    assert request.tools[0].parameters == meant
    assert request.output_format is not None
    assert request.output_format.schema == meant


@pytest.mark.parametrize(
    ("calling", "choice", "options"),
    [
        ({"mode": "AUTO"}, ToolChoice(kind="auto"), []),
        ({"mode": "NONE"}, ToolChoice(kind="none"), []),
        ({"mode": "ANY"}, ToolChoice(kind="required"), []),
        (
            {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
            ToolChoice(kind="allowed_required", names=("f", "g")),
            [],
        ),
        (
            {"mode": "VALIDATED", "allowedFunctionNames": ["f"]},
            ToolChoice(kind="allowed", names=("f",)),
            [],
        ),
        (
            {"mode": "VALIDATED"},
            ToolChoice(kind="auto"),
            ["toolConfig.functionCallingConfig.mode"],
        ),
        ({"mode": "any"}, ToolChoice(kind="required"), []),
        ({"mode": "MODE_UNSPECIFIED"}, ToolChoice(kind="auto"), []),
        (
            {"streamFunctionCallArguments": True},
            ToolChoice(kind="auto"),
            ["toolConfig.functionCallingConfig.streamFunctionCallArguments"],
        ),
    ],
)
def test_choices_of_tools(calling: Any, choice: ToolChoice, options: list[str]) -> None:
    request = decoded({"contents": [], "toolConfig": {"functionCallingConfig": calling}})
    assert request.tool_choice == choice
    assert [option.name for option in request.options] == options
