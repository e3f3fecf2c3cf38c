"""A tool, and a schema in which somebody wrote: what `everywhere` has in each dialect.

>>> schema_of(str.upper)["title"]
'SCHEMA TITLE'
"""

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
