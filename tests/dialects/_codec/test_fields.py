"""Members of a decoded object: what is not what it must be is said with its place."""

from collections.abc import Callable
from typing import Any

import pytest

from detente.canonical.extras import Json, Obj
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit

SOURCE: Obj = {
    "text": "a",
    "int": 7,
    "float": 0.5,
    "yes": True,
    "object": {"a": 1},
    "list": [{"a": "x"}, {"a": "y"}],
    "texts": ["a", "b"],
    "null": None,
}

REQUIRED = [
    (fields.text, "text", "a string"),
    (fields.integer, "int", "a whole number"),
    (fields.member, "object", "an object"),
]
OPTIONAL = [
    (fields.text_or_none, ("text",), "a string"),
    (fields.integer_or_none, ("int",), "a whole number"),
    (fields.number_or_none, ("int", "float"), "a number"),
    (fields.flag_or_none, ("yes",), "true or false"),
    (fields.member_or_none, ("object",), "an object"),
]
LISTS = [(fields.items, ("list", "texts"), "a list"), (fields.texts, ("texts",), "a list")]


@pytest.mark.parametrize(("read", "key", "kind"), REQUIRED)
def test_what_must_be_there(read: Callable[[Obj, str], Any], key: str, kind: str) -> None:
    assert read(SOURCE, key) == SOURCE[key]
    for other in [*SOURCE, "absent"]:
        if other != key:
            with pytest.raises(Misfit, match=kind):
                read(SOURCE, other)


def test_what_names_something_is_not_empty() -> None:
    assert fields.filled({"id": "a"}, "id") == "a"
    values: list[Json] = ["", None, 1, ["a"]]
    for value in values:
        with pytest.raises(Misfit, match="not empty"):
            fields.filled({"id": value}, "id")


@pytest.mark.parametrize(("read", "keys", "kind"), OPTIONAL)
def test_what_may_be_absent(
    read: Callable[[Obj, str], Any], keys: tuple[str, ...], kind: str
) -> None:
    assert read(SOURCE, "absent") is read(SOURCE, "null") is None
    for key in SOURCE:
        if key in keys:
            assert read(SOURCE, key) == SOURCE[key]
        elif key != "null":
            with pytest.raises(Misfit, match=kind):
                read(SOURCE, key)


@pytest.mark.parametrize(("read", "keys", "kind"), LISTS)
def test_lists(read: Callable[[Obj, str], Any], keys: tuple[str, ...], kind: str) -> None:
    assert list(read(SOURCE, "absent")) == list(read(SOURCE, "null")) == []
    for key in SOURCE:
        if key in keys:
            assert list(read(SOURCE, key)) == SOURCE[key]
        elif key != "null":
            with pytest.raises(Misfit, match=kind):
                read(SOURCE, key)


def test_a_whole_number_stays_whole() -> None:
    assert type(fields.number_or_none(SOURCE, "int")) is int


def test_each_says_which_one() -> None:
    assert fields.each(SOURCE, "list", lambda item: fields.text(item, "a")) == ("x", "y")
    assert fields.each(SOURCE, "absent", lambda item: item) == ()
    with pytest.raises(Misfit) as caught:
        fields.each(SOURCE, "list", lambda item: fields.text(item, "b"))
    assert caught.value.path == "list[0].b"
    with pytest.raises(Misfit) as caught:
        fields.each(SOURCE, "texts", lambda item: item)
    assert caught.value.path == "texts[0]"


def test_within_says_where() -> None:
    assert fields.within(SOURCE, "object", lambda inner: fields.integer(inner, "a")) == 1
    assert fields.within(SOURCE, "null", lambda inner: inner) is None
    with pytest.raises(Misfit) as caught:
        fields.within(SOURCE, "object", lambda inner: fields.text(inner, "a"))
    assert caught.value.path == "object.a"


def test_places_grow_on_the_way_out() -> None:
    misfit = Misfit("", "is odd")
    misfit.under("[3]")
    misfit.under("messages")
    misfit.under("body")
    assert misfit.path == "body.messages[3]"


def test_faults_say_the_place_and_whose_they_are() -> None:
    misfit = Misfit("messages[2].content", "must be a string")
    failure = misfit.client_fault().failure
    assert failure.message == "`messages[2].content` in the body must be a string; correct it"
    assert (failure.blame, failure.status) == ("client", 400)
    failure = misfit.provider_fault().failure
    assert failure.message == (
        "`messages[2].content` in the provider's answer must be a string; try another deployment"
    )
    assert (failure.blame, failure.status) == ("provider", 502)
    assert Misfit("", "is odd").client_fault().failure.message == "the body is odd; correct it"
    assert Misfit("", "is odd").provider_fault().failure.message == (
        "the provider's answer is odd; try another deployment"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"oops", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b'{"a":"\xff"}', "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"", "is not JSON"),
        (b"[" * 200_000, "is nested too deeply"),
    ],
)
def test_what_is_no_object(body: bytes, reason: str) -> None:
    with pytest.raises(Misfit) as caught:
        fields.read_object(body)
    assert (caught.value.path, caught.value.reason) == ("", reason)


def test_any_json() -> None:
    assert fields.read_object(b'{"a":1}') == {"a": 1}
    assert fields.read_json("[1,null]") == [1, None]
    for text in ("oops", b"\xff", "\ud800"):
        with pytest.raises(Misfit, match="is not JSON"):
            fields.read_json(text)
    with pytest.raises(Misfit, match="nested too deeply"):
        fields.read_json("[" * 200_000)
