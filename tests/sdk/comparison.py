"""Results of an official client as plain values that two calls can agree on.

>>> plain(OpenAI(...).chat.completions.create(...))
{'object': 'chat.completion', 'choices': [...], ...}
"""

from collections.abc import Iterable, Mapping
from typing import cast

from pydantic import BaseModel

VOLATILE = frozenset({"id", "created", "created_at", "completed_at", "request_id", "item_id"})
"""What a platform makes anew for every answer."""
OWN_HEADERS = (
    "x-detente-request-id",
    "x-detente-deployment",
    "x-detente-attempts",
    "x-detente-decision",
)


def plain(found: object) -> object:
    """`found` without what differs between two equal calls."""
    if isinstance(found, BaseModel):
        return plain(found.model_dump())
    if isinstance(found, dict):
        members = cast("dict[str, object]", found)
        return {key: plain(value) for key, value in members.items() if key not in VOLATILE}
    if isinstance(found, list | tuple):
        return [plain(item) for item in cast("Iterable[object]", found)]
    return found


def assert_own_headers(headers: Mapping[str, str], deployment: str) -> None:
    """The gateway says on every answer who served it, and by which decision."""
    for name in OWN_HEADERS:
        assert headers.get(name), name
    assert headers["x-detente-deployment"] == deployment
    assert headers["x-detente-attempts"] == "1"
