"""Converse's tools."""

from detente.canonical.content import (
    CacheMark,
)
from detente.canonical.request import (
    HostedTool,
    Tool,
    ToolChoice,
)
from tests.dialects.bedrock_converse.reading import SCHEMA, decoded


def test_tools_and_the_choice_among_them() -> None:
    request = decoded(
        toolConfig={
            "tools": [
                {"toolSpec": {"name": "f", "inputSchema": {"json": SCHEMA}, "strict": True}},
                {"cachePoint": {"type": "default", "ttl": "5m"}},
                {"systemTool": {"name": "nova_grounding"}},
            ],
            "toolChoice": {"tool": {"name": "f"}},
        }
    )
    assert request.tools == (
        Tool(name="f", parameters=SCHEMA, strict=True, cache=CacheMark(lifetime="5m")),
        HostedTool(
            dialect="bedrock_converse",
            name="nova_grounding",
            value={"systemTool": {"name": "nova_grounding"}},
        ),
    )
    assert request.tool_choice == ToolChoice(kind="named", names=("f",))
