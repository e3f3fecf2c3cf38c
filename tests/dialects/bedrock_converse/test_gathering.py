"""Blocks that are given whole."""

import pytest

from detente.canonical.content import Native
from detente.canonical.extras import Obj
from detente.dialects.bedrock_converse.gathering import Gathered


def native(start: Obj, *deltas: Obj) -> Obj:
    gathered = Gathered(start, bytes_max=1000)
    for delta in deltas:
        gathered.add(delta)
    part = gathered.part()
    assert isinstance(part, Native)
    return part.value


@pytest.mark.parametrize(
    ("pieces", "told"),
    [([], {}), (['{"a"', ":1}"], {"a": 1}), (["no json"], "no json")],
)
def test_the_platforms_own_calls(pieces: list[str], told: object) -> None:
    deltas: list[Obj] = [{"toolUse": {"input": piece}} for piece in pieces]
    start: Obj = {"toolUse": {"toolUseId": "t", "name": "f", "type": "server_tool_use"}}
    call = native(start, *deltas, {"text": "odd"})["toolUse"]
    assert call == {"toolUseId": "t", "name": "f", "type": "server_tool_use", "input": told}


@pytest.mark.parametrize(
    ("start", "delta"),
    [
        ({"image": {"format": "png"}}, {"image": {"source": {"bytes": "no base64!"}}}),
        ({"image": {"format": "png"}}, {"image": {"error": {"message": "bad"}}}),
        ({"image": {"format": "avif"}}, {"image": {"source": {"bytes": "aGk="}}}),
    ],
)
def test_an_image_that_is_none_stays_native(start: Obj, delta: Obj) -> None:
    assert native(start, delta) == start


def test_what_is_unknown_keeps_its_deltas() -> None:
    assert native({"brandNew": {"a": 1}}, {"x": 1}) == {"brandNew": {"a": 1, "deltas": [{"x": 1}]}}
    assert native({}) == {"block": {"deltas": []}}
