"""Places: what is control in every recorded request, and an e-mail address in each of its strings.

`control_places.txt` lists what is control (or unread, or opaque) by dialect, to be read by people:
no line of it may be what a person or a tool wrote.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
from tests.guardrails.recorded_bodies import Recorded, recorded, strings_of
from tests.guardrails.sample_bodies import all_bodies, readable
from tests.tidy.project import ROOT

from detente.canonical.model import Dialect
from detente.guardrails.bodies import Body, walk
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.places import PLACES
from detente.guardrails.places.place import OPAQUE, UNREAD, OpaqueKind, UnreadKind
from detente.guardrails.screening import Screen

LISTED: Final = Path(__file__).with_name("control_places.txt")
PAGE: Final = ROOT / "docs" / "reference" / "what-is-read.md"
SCREEN: Final = Screen(DETECTORS)
EMAIL: Final = "jane.doe@example.com"
STAND_IN: Final = "⟨EMAIL_abcdefghijklm⟩"
NAMED: Final = re.compile(r"(\.(?:properties|\$defs)\.)[^.\[\]]+")
MODELS: Final = re.compile(r"\.(model|models\[\]|modelId)$")
"""Names of models have an `@` on some platforms; what nobody configured is refused elsewhere."""
WRITTEN: Final = re.compile(
    r"\.(text|content|input|prompt|system|instructions|query|queries|arguments|args|output|message"
    r"|description|title|thinking|reasoning\w*|summary|metadata|user|user_id|labels|filename|stop\w*"
    r"|requestMetadata|response|json|enum|default|examples|required)(\[\])?$"
)
"""What people and tools write."""
EMPTY_TOO: Final = re.compile(r"\.reasoning(_effort|_format|\.\w+)?$|\.summary$|\.stop_reason$")
"""Words that only begin like it: how much is to be thought, and whether that is told."""


def content_leaves(body: Body) -> set[int]:
    """Which strings of the body, keys too, are content or hold some."""
    found = body._walk  # pyright: ignore[reportPrivateUsage] - no other way to tell equal ones apart
    leaves = {leaf for document, leaf, _ in found.spots if document == 0}
    return leaves | {inside.leaf for inside in found.documents if inside.parent == 0}


def controls(one: Recorded) -> Iterator[str]:
    """The paths of strings with something in them that are no content."""
    leaves = content_leaves(walk(one.body, one.dialect))
    for at, (path, value, is_key) in enumerate(strings_of(msgspec.json.decode(one.body))):
        if at not in leaves and not is_key and value and msgspec.json.encode(value) not in EMPTY:
            yield NAMED.sub(r"\1*", path)


EMPTY: Final = (b'"{}"', b'"[]"')
"""Texts in which there is nothing."""


def test_every_dialect_has_a_table() -> None:
    assert set(PLACES) == set(get_args(Dialect))


def test_every_kind_has_a_reason() -> None:
    assert set(UNREAD) == set(get_args(UnreadKind))
    assert set(OPAQUE) == set(get_args(OpaqueKind))


def test_the_page_tells_every_kind_and_its_reason() -> None:
    page = PAGE.read_text()
    told = [f"| `{kind}` | {reason} |" for kind, reason in (UNREAD | OPAQUE).items()]
    assert [line for line in told if line not in page] == []


def test_what_is_control_in_recorded_requests_is_listed() -> None:
    found = sorted({f"{one.dialect} {path}" for one in recorded() for path in controls(one)})
    listed = LISTED.read_text().splitlines()
    assert found == listed, f"what is control changed; read it, then list it in {LISTED.name}"


def test_nothing_that_somebody_wrote_is_control() -> None:
    paths = [line.split(" ")[1] for line in LISTED.read_text().splitlines()]
    written = [path for path in paths if WRITTEN.search(path) and not EMPTY_TOO.search(path)]
    assert written == []


def with_string(value: Any, at: int, new: Callable[[str], str]) -> Any:
    """`value` with string `at` of it, in the order of `strings_of`, made new."""
    left = at

    def rebuilt(inner: Any) -> Any:
        nonlocal left
        kind = inner.__class__
        if kind is dict:
            return {rebuilt(key): rebuilt(member) for key, member in inner.items()}
        if kind is list:
            return [rebuilt(one) for one in inner]
        if kind is str:
            left -= 1
            return new(inner) if left == -1 else inner
        return inner

    return rebuilt(value)


Planting = tuple[Recorded, int, str]


@cache
def plantings() -> dict[tuple[Dialect, str, bool], Planting]:
    """For each dialect and path the shortest body that has a string there, and which one it is."""
    found: dict[tuple[Dialect, str, bool], Planting] = {}
    for one in sorted(all_bodies(), key=lambda one: len(one.body)):
        value = msgspec.json.decode(one.body)
        for at, (path, _, is_key) in enumerate(strings_of(value)):
            found.setdefault((one.dialect, NAMED.sub(r"\1*", path), is_key), (one, at, path))
    return found


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_an_address_in_any_string_is_found_and_replaced_alone(dialect: Dialect) -> None:
    planted = {key: told for key, told in plantings().items() if key[0] == dialect}
    assert len(planted) > 3
    for (_, path, is_key), (one, at, _) in planted.items():
        if MODELS.search(path) and not is_key:
            continue
        value = with_string(msgspec.json.decode(one.body), at, lambda _: EMAIL)
        check_found(one, msgspec.json.encode(value), path)


def categories_in(text: str) -> set[str]:
    """What the default detectors find there."""
    return {one.category for one in SCREEN.look(text).found}


def check_found(one: Recorded, body: bytes, path: str) -> None:
    found = walk(body, one.dialect)
    hits = [at for at, text in enumerate(found.texts) if EMAIL in text.value]
    assert hits, path
    assert all("email" in categories_in(found.texts[at].value) for at in hits), path
    assert all(EMAIL not in text.path for text in found.texts)
    changes = {at: found.texts[at].value.replace(EMAIL, STAND_IN) for at in hits}
    told = found.with_texts(changes)
    assert told == body.replace(EMAIL.encode(), STAND_IN.encode()), path
    read = readable(one, body)
    if read is not None:
        again = readable(one, told)
        assert again is not None, path
        assert EMAIL not in repr(again), path


def test_the_check_fails_where_an_address_is_not_found() -> None:
    one = next(one for one in all_bodies() if one.dialect == "openai_chat")
    with pytest.raises(AssertionError):
        check_found(one, b'{"model": "jane.doe@example.com"}', ".model")


def test_an_address_in_json_in_a_string_is_found_and_replaced_alone() -> None:
    tried = 0
    for one, at, path in set(plantings().values()):
        value = msgspec.json.decode(one.body)
        inner = next(s for n, (_, s, _) in enumerate(strings_of(value)) if n == at)
        if not inner or not inner.startswith("{") or len(inner) > 5_000:
            continue
        try:
            inside = msgspec.json.decode(inner)
        except msgspec.DecodeError:
            continue
        inside[f"{EMAIL} \n\\"] = [f'"\n{EMAIL}\\', {"é": EMAIL}]
        text = msgspec.json.encode(inside).decode()
        tried += 1
        check_found(one, msgspec.json.encode(with_string(value, at, lambda _, t=text: t)), path)
    assert tried > 5
