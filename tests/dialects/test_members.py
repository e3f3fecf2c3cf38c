"""Members that a deployment sets, renames or leaves out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from detente.canonical.failure import ClientFault
from detente.dialects.members import MemberEdits, edit_members

TIER = MemberEdits(members={"service_tier": Raw(b'"flex"')})
RENAMED = MemberEdits(renamed={"max_completion_tokens": "max_tokens"})


def test_nothing_to_change_is_the_same_object() -> None:
    body = b'{"model":"m", "max_tokens": 5}'
    assert edit_members(body, RENAMED) is body


@pytest.mark.parametrize(
    ("body", "edits", "edited"),
    [
        (b'{"model":"m"}', TIER, b'{"model":"m","service_tier":"flex"}'),
        (b'{"service_tier":"priority"}', TIER, b'{"service_tier":"flex"}'),
        (b'{"service\\u005ftier":"priority"}', TIER, b'{"service_tier":"flex"}'),
        (b'{"max_completion_tokens": 5}', RENAMED, b'{"max_tokens":5}'),
        (b'{"max_completion_tokens":5,"max_tokens":6}', RENAMED, b'{"max_tokens":6}'),
        (b'{"max_tokens":6,"max_completion_tokens":5}', RENAMED, b'{"max_tokens":6}'),
        (
            b'{"a":1e400,"stream_options":{"include_usage":true}}',
            MemberEdits(dropped=("stream_options",)),
            b'{"a":1e400}',
        ),
    ],
)
def test_edits(body: bytes, edits: MemberEdits, edited: bytes) -> None:
    assert edit_members(body, edits) == edited


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ClientFault):
        edit_members(b"[1]", TIER)


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers()),
    st.dictionaries(st.sampled_from(["a", "b", "e"]), st.integers(), min_size=1),
)
def test_the_operators_word_replaces_the_clients(
    body: dict[str, int], members: dict[str, int]
) -> None:
    edits = MemberEdits(members={name: Raw(json.dumps(value)) for name, value in members.items()})
    assert json.loads(edit_members(json.dumps(body).encode(), edits)) == {**body, **members}
