"""Turns of other dialects as messages: merged, in order, and completed."""

import json

from detente.canonical.content import (
    CacheMark,
    Refusal,
    Text,
    Turn,
)
from detente.canonical.request import (
    Request,
    Tool,
)
from tests.dialects.bedrock_converse.asking import (
    LLAMA,
    SCHEMA,
    asking,
    encoded,
    said,
    user,
)


def test_roles_are_merged_and_the_developer_is_the_system() -> None:
    body, losses = encoded(
        asking(
            said("developer", Text(text="a")),
            said("system", Text(text="b")),
            Turn(role="user", parts=(Text(text="c"),), name="ann"),
            user("d"),
            said("assistant", Text(text="e")),
            said("assistant", Text(text="f")),
            said("system", Text(text="g")),
            user("h"),
        )
    )
    assert body == {
        "system": [{"text": "a"}, {"text": "b"}],
        "messages": [
            {"role": "user", "content": [{"text": "c"}, {"text": "d"}]},
            {"role": "assistant", "content": [{"text": "e"}, {"text": "f"}]},
            {"role": "system", "content": [{"text": "g"}]},
            {"role": "user", "content": [{"text": "h"}]},
        ],
    }
    assert losses == ["drop developer_role@turns[0]", "drop message_name@turns[2].name"]


def test_what_the_platform_refuses_is_supplied_or_left_out() -> None:
    """Blank texts, a conversation without the user, empty descriptions."""
    body, losses = encoded(
        asking(
            said("assistant", Text(text=" ")),
            said("assistant", Refusal(text="no")),
            tools=(Tool(name="f", description=""),),
        )
    )
    assert body["messages"] == [
        {"role": "user", "content": [{"text": "(start)"}]},
        {"role": "assistant", "content": [{"text": "no"}]},
    ]
    assert "description" not in body["toolConfig"]["tools"][0]["toolSpec"]
    assert losses == ["drop blank_text@turns[0].parts[0]", "drop history@turns"]
    assert encoded(Request(model="m", turns=(), origin="openai_chat"))[0] == {
        "messages": [{"role": "user", "content": [{"text": "(start)"}]}]
    }


def test_cache_marks_follow_what_they_mark() -> None:
    request = asking(
        said("system", Text(text="be brief", cache=CacheMark(lifetime="1h"))),
        said("user", Text(text="hi", cache=CacheMark())),
        tools=(
            Tool(name="f", parameters=SCHEMA, cache=CacheMark(lifetime="5m")),
            Tool(name="g", strict=True),
        ),
        cache=CacheMark(lifetime="12h"),
    )
    body, losses = encoded(request)
    assert body == {
        "system": [{"text": "be brief"}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "hi"},
                    {"cachePoint": {"type": "default"}},
                ],
            }
        ],
        "toolConfig": {
            "tools": [
                {"toolSpec": {"name": "f", "inputSchema": {"json": SCHEMA}}},
                {"cachePoint": {"type": "default", "ttl": "5m"}},
                {
                    "toolSpec": {
                        "name": "g",
                        "inputSchema": {"json": {"type": "object", "properties": {}}},
                        "strict": True,
                    }
                },
            ]
        },
    }
    assert losses == ["drop cache_mark@cache"]
    body, losses = encoded(request, LLAMA)
    assert "cachePoint" not in json.dumps(body)
    assert losses == [
        "drop cache_mark@turns[0].parts[0].cache",
        "drop cache_mark@turns[1].parts[0].cache",
        "drop cache_mark@cache",
        "drop cache_mark@tools[0].cache",
    ]
