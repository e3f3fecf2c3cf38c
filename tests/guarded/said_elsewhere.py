"""A tool, its call, and a schema in which somebody wrote: what `everywhere` has in each dialect.

>>> schema_of(str.upper)["title"]
'SCHEMA TITLE'
"""

import json
from collections.abc import Callable
from typing import Any, Final

Plant = Callable[[str], str]
"""Something of somebody's own, for a place that is named."""
TOOL: Final = "find_contact"


def schema_of(plant: Plant) -> dict[str, Any]:
    """A schema in which somebody wrote."""
    return {
        "type": "object",
        "title": plant("schema title"),
        "description": plant("schema description"),
        "properties": {
            "to": {"type": "string", "description": plant("schema property")},
            "one": {"type": "string", "enum": [plant("schema enum"), "other"]},
        },
        "required": ["to", "one"],
        "additionalProperties": False,
    }


def arguments_of(plant: Plant) -> dict[str, Any]:
    """Arguments of an earlier call."""
    return {"to": plant("arguments"), "deep": [{"a": plant("deep arguments")}]}


def function(plant: Plant) -> dict[str, Any]:
    """A tool as OpenAI, Cohere and Ollama have it."""
    tool = {"name": TOOL, "description": plant("tool"), "parameters": schema_of(plant)}
    return {"type": "function", "function": tool}


def called(plant: Plant, **beside: str) -> list[dict[str, Any]]:
    """A call and its result, as OpenAI and Cohere have them."""
    call = {"name": TOOL, "arguments": json.dumps(arguments_of(plant))}
    calls = [{"id": "call_1", "type": "function", "function": call}]
    result = json.dumps([plant("result")])
    return [
        {"role": "user", "content": plant("second user")},
        {"role": "assistant", **beside, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    ]
