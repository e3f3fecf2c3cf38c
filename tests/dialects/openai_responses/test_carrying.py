"""What has no place in the Responses API is named; cache marks."""

import pytest

from detente.canonical.content import CacheMark, Opaque
from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.carrying import (
    breakpoint_of,
    leave_mark,
    leave_members,
    leave_state,
    mark_of,
)


@pytest.mark.parametrize(
    ("mark", "own", "wire"),
    [
        (None, False, None),
        (CacheMark(), False, None),
        (CacheMark(lifetime="1h"), False, None),
        (CacheMark(lifetime="30m"), False, {"mode": "explicit", "ttl": "30m"}),
        (CacheMark(), True, {"mode": "explicit"}),
    ],
)
def test_marks_with_a_lifetime_of_this_api_are_written(
    mark: CacheMark | None, own: bool, wire: Obj | None
) -> None:
    losses = Losses()
    assert breakpoint_of(mark, "p", losses, own=own) == wire
    named = [loss.what for loss in losses.found]
    assert named == (["cache_mark"] if mark is not None and wire is None else [])


@pytest.mark.parametrize(
    "wire",
    [
        {"mode": "explicit"},
        {"mode": "explicit", "ttl": "12h"},
        {"mode": "explicit", "ttl": None},
        {"mode": "new", "ttl": "99h", "x": 1},
    ],
)
def test_breakpoints_come_back(wire: Obj) -> None:
    assert breakpoint_of(mark_of(wire), "p", Losses(), own=True) == wire


def test_only_what_is_there_and_foreign_is_named() -> None:
    losses = Losses()
    leave_mark(None, "p", losses)
    leave_state(None, "p", losses)
    leave_members(None, "p", losses)
    leave_members(Extras(dialect="openai_responses", members={"a": 1}), "p", losses)
    assert losses.found == []
    leave_mark(CacheMark(), "p", losses)
    leave_state(Opaque(origin="gemini_generate", value="x"), "p", losses)
    leave_members(Extras(dialect="gemini_generate", members={"a": 1}), "p", losses)
    leave_members(Extras(dialect="gemini_generate", members={"a": 1}), "", losses)
    assert [str(loss) for loss in losses.found] == [
        "cache_mark@p",
        "reasoning_state@p",
        "unknown_member@p.a",
        "unknown_member@a",
    ]
