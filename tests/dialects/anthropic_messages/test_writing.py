"""What holds for a whole request: the number of cache marks."""

from detente.canonical.content import (
    CacheMark,
    Text,
    Turn,
)
from tests.dialects.anthropic_messages.asking import asked, written


def test_cache_marks_four_at_most() -> None:
    marked = tuple(
        Text(text=f"part {at}", cache=CacheMark(lifetime=lifetime))
        for at, lifetime in enumerate(("5m", "1h", "30m", None, "12h"))
    )
    body, losses = written(asked(turns=(Turn(role="user", parts=marked),)))
    assert [block.get("cache_control") for block in body["messages"][0]["content"]] == [
        {"type": "ephemeral", "ttl": "5m"},
        {"type": "ephemeral", "ttl": "1h"},
        {"type": "ephemeral", "ttl": "5m"},
        {"type": "ephemeral"},
        None,
    ]
    assert losses == [
        "cache_mark@turns[0].parts[2].cache.lifetime",
        "cache_mark@turns[0].parts[4].cache",
    ]
