"""Claude's own choice among tools, which it can say and Converse cannot."""

from typing import Any

import pytest

from tests.dialects.bedrock_converse.reading import decoded


@pytest.mark.parametrize(
    ("wire", "kind", "parallel"),
    [
        ({"type": "auto", "disable_parallel_tool_use": True}, "auto", False),
        ({"type": "any", "disable_parallel_tool_use": False}, "required", True),
        ({"type": "none"}, "none", None),
        ({"type": "tool", "name": "f"}, "named", None),
    ],
)
def test_claudes_own_choice(wire: dict[str, Any], kind: str, parallel: bool | None) -> None:
    request = decoded(additionalModelRequestFields={"tool_choice": wire})
    assert request.tool_choice is not None
    assert (request.tool_choice.kind, request.parallel_tool_calls) == (kind, parallel)
    assert request.options == ()
