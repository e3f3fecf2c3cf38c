"""Changes that a fuzzer of bytes would hardly find: inside JSON, wherever it stands.

>>> from random import Random
>>> mutated(b'{"a": 1}', Random(2), [b'{"b": 2}'])
b'{"a":{"b":2}}'
"""

import base64
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, cast

from detente.canonical.failure import ProviderFault
from detente.dialects._framing.aws_events import AwsEventCutter, aws_event

VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 1.5, 1e308, 10**30, -(10**19), 2**53),
    *("", "a", "\u0000", "\U0001f600", "\ud800", "data:image/png;base64,AA==", "{}", "[", "1"),
    *([], {}, [None], [[]], [{}], {"": ""}, {"type": "text"}, {"type": 1}),
)
"""What takes another value's place."""


def mutated(data: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """`data` with one change; `others` lend it their parts."""
    frames = _frames(data)
    if frames:
        return _with_one_changed(frames, chance, others, b"")
    for blank in (b"\n\n", b"\r\n\r\n", b"\n"):
        if data.count(blank) > 1:
            return _with_one_changed(data.split(blank), chance, others, blank)
    return _changed(data, chance, others)


def _with_one_changed(
    parts: list[bytes], chance: Random, others: Sequence[bytes], between: bytes
) -> bytes:
    at = chance.randrange(len(parts))
    choice = chance.randrange(6)
    if choice == 0:
        del parts[at]
    elif choice == 1:
        parts.insert(chance.randrange(len(parts)), parts[at])
    elif choice == 2:
        parts[at], parts[0] = parts[0], parts[at]
    else:
        parts[at] = _changed(parts[at], chance, others)
    return between.join(parts)


def _changed(part: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """One event, frame or body, with one place of its JSON changed."""
    try:
        (frame,) = AwsEventCutter().feed(part)
    except (ValueError, ProviderFault):
        head, mark, text = part.partition(b"data: ")
        if not mark:
            head, text = b"", part
        return head + mark + _changed_json(text, chance, others)
    return aws_event(frame.headers, _changed_json(frame.payload, chance, others))


def _changed_json(text: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    try:
        wire = json.loads(text)
    except (ValueError, RecursionError):
        return _scrambled(text, chance)
    places = _places(wire)
    if not places:
        return json.dumps(chance.choice(VALUES)).encode()
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        container, key = chance.choice(places)
        chance.choice(_CHANGES)(container, key, chance, others)
    return json.dumps(wire, separators=(",", ":"), ensure_ascii=chance.random() < 0.5).encode(
        errors="replace"
    )


def _replace(container: Any, key: Any, chance: Random, others: Sequence[bytes]) -> None:
    del others
    if isinstance(container, dict) or key < len(container):
        container[key] = chance.choice(VALUES)


def _remove(container: Any, key: Any, chance: Random, others: Sequence[bytes]) -> None:
    del chance, others
    if isinstance(container, dict):
        container.pop(key, None)  # pyright: ignore[reportUnknownMemberType] - any JSON
    elif key < len(container):
        del container[key]


def _repeat(container: Any, key: Any, chance: Random, others: Sequence[bytes]) -> None:
    del others
    if isinstance(container, list):
        items = cast("list[Any]", container)
        if key < len(items):
            items.insert(chance.randrange(len(items)), items[key])


def _graft(container: Any, key: Any, chance: Random, others: Sequence[bytes]) -> None:
    """A part of another seed in this place."""
    try:
        wire = json.loads(chance.choice(others).split(b"data: ")[-1].split(b"\n")[0])
    except ValueError:
        return
    places = _places(wire)
    if isinstance(container, dict) or key < len(container):
        source, other = chance.choice(places) if places else ([wire], 0)
        container[other if isinstance(container, dict) and isinstance(other, str) else key] = (
            source[other]
        )


_CHANGES: Final[tuple[Callable[[Any, Any, Random, Sequence[bytes]], None], ...]] = (
    _replace,
    _replace,
    _remove,
    _repeat,
    _graft,
)


def _places(wire: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value, as its container and key."""
    found: list[tuple[Any, Any]] = []
    waiting = [wire]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [(value, key) for key in value]  # pyright: ignore[reportUnknownVariableType] - any JSON
            waiting += value.values()  # pyright: ignore[reportUnknownMemberType] - any JSON
        elif isinstance(value, list):
            found += [(value, at) for at in range(len(value))]  # pyright: ignore[reportUnknownArgumentType] - any JSON
            waiting += value
    return found


def _scrambled(text: bytes, chance: Random) -> bytes:
    """A byte more, less or another."""
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.randrange(3))
    return text[:at] + chance.randbytes(chance.randrange(3)) + text[end:]


def _frames(data: bytes) -> list[bytes]:
    try:
        return AwsEventCutter().frames(data)
    except ProviderFault:
        return []


def text_of(data: bytes) -> str:
    """An input as a report shows it."""
    return base64.b64encode(data).decode()
