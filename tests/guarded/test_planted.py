"""What looks for originals finds each, however it is written: else it would prove nothing."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from detente.simulator import Received
from tests.guarded.planted import LETTER, ORIGINALS, Wire

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "json": lambda one: json.dumps({"a": [one]}).encode(),
    "key": lambda one: json.dumps({one: 1}, ensure_ascii=False).encode(),
    "arguments": lambda one: json.dumps({"a": json.dumps({"b": one})}).encode(),
    "event": lambda one: b"data: " + json.dumps({"a": one}).encode() + b"\n\n",
    "torn": lambda one: b"data: " + json.dumps({"a": json.dumps({"b": one})}).encode() + b"\n\n",
    "percent": lambda one: quote("x " + one, safe="").encode(),
    "form": lambda one: b"a=" + quote(one, safe="").encode(),
    "base64": lambda one: base64.b64encode(b"xy" + one.encode() + b"z"),
    "prefixed": lambda one: b"data:x;base64," + base64.b64encode(b"x" + one.encode()),
    "json64": lambda one: json.dumps(
        {"b": base64.b64encode(json.dumps([one]).encode()).decode()}
    ).encode(),
    "url64": lambda one: base64.urlsafe_b64encode(one.encode()).rstrip(b"="),
    "utf16": lambda one: one.encode("utf-16-le"),
    "utf16be": lambda one: one.encode("utf-16-be"),
    "capitals": lambda one: one.swapcase().encode() if one.isascii() else one.encode(),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("original", ORIGINALS)
def test_each_original_is_found_in_each_writing(way: str, original: str) -> None:
    assert original in Wire(ORIGINALS).found(WRITTEN[way](original))


@pytest.mark.parametrize("original", ORIGINALS)
def test_it_is_looked_for_everywhere(original: str) -> None:
    wire = Wire(ORIGINALS)
    clean = Received(method="POST", target="/v1/x?a=b", headers=(("a", "b"),), body=b"{}")
    assert wire.leaks(clean) == []
    body = json.dumps({"a": original}).encode()
    for leaking in (
        Received(method="POST", target="/v1/" + quote_plus(original), headers=(), body=b""),
        Received(method="POST", target="/", headers=(("x", original),), body=b""),
        Received(method="POST", target="/", headers=(), body=body),
    ):
        assert wire.leaks(leaking) != []


def test_a_letter_without_them_is_clean() -> None:
    assert Wire(ORIGINALS).found(b"a letter to nobody, of 4.2 pages, from +1 or 10.1.2.3") == []
    assert set(Wire(ORIGINALS).found(LETTER.encode())) == set(ORIGINALS)
