"""What every remote detector is: a service that is asked about texts and says what it found. Pure.

It yields content risks (`SafetySignal`), never places in text, so nothing that it finds can be
masked. What it is asked and what it answers are bytes; sending is the gateway's. An answer that is
not exactly what the service documents is no verdict: the detector has failed.

>>> [len(part) for part in parts_of("x" * 25, 10, overlap=2)]
[10, 10, 9]
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from detente.canonical.guardrail import Stage
from detente.canonical.safety import (
    RAW_CHARACTERS_MAX,
    SafetyCategory,
    SafetySignal,
    SafetySource,
)
from detente.guardrails.detector_error import DetectorError

T = TypeVar("T")

ASKS_MAX: Final = 16
"""Requests for one look of one detector: more text than that is not looked at, so it has failed."""
OVERLAP_CHARACTERS: Final = 200
"""What two parts of one text have in common, so that a sentence is whole in one of them."""
OK: Final = 200


class Ask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request: the path below the service's root, the JSON, and how many inputs it has, each of
    which the answer has to speak of."""

    path: str
    body: bytes
    stage: Stage
    inputs: int = 1


class RemoteDetector(Protocol):
    """One configured detector; `paths` are all that its asks may have.

    `categories` is what it may find, `stages` what it is asked about.
    """

    @property
    def name(self) -> str: ...

    @property
    def categories(self) -> tuple[SafetyCategory, ...]: ...

    @property
    def stages(self) -> tuple[Stage, ...]: ...

    @property
    def paths(self) -> tuple[str, ...]: ...

    def asks(self, texts: Sequence[str], stage: Stage) -> tuple[Ask, ...]:
        """The requests in which all of `texts` are looked at, none where there is nothing to look
        at; raises `DetectorError` where that takes too many."""
        ...

    def verdict(self, ask: Ask, status: int, body: bytes) -> tuple[SafetySignal, ...]:
        """What was found; raises `DetectorError` for whatever is no answer to `ask`."""
        ...


def parts_of(text: str, characters_max: int, *, overlap: int = OVERLAP_CHARACTERS) -> Iterator[str]:
    """`text` in parts of at most `characters_max` characters that overlap."""
    step = characters_max - overlap
    assert step > 0
    start = 0
    while True:
        yield text[start : start + characters_max]
        if start + characters_max >= len(text):
            return
        start += step


def looked_at(texts: Iterable[str], characters_max: int) -> Iterator[str]:
    """All parts of all texts in which there is something to look at."""
    for text in texts:
        if text and not text.isspace():
            yield from parts_of(_sendable(text), characters_max)


def _sendable(text: str) -> str:
    """`text` with a question mark for half a surrogate pair, which no JSON in UTF-8 has."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def packed(texts: Iterable[str], characters_max: int) -> Iterator[str]:
    """The same with short texts put together, an empty line between two."""
    waiting: list[str] = []
    size = 0
    for part in looked_at(texts, characters_max):
        if waiting and size + len(part) + 2 > characters_max:
            yield "\n\n".join(waiting)
            waiting, size = [], 0
        size += len(part) + (2 if waiting else 0)
        waiting.append(part)
    if waiting:
        yield "\n\n".join(waiting)


def bounded(asks: Iterable[T]) -> tuple[T, ...]:
    """All of them; raises `DetectorError` where they are too many, before more are made."""
    found: list[T] = []
    for ask in asks:
        if len(found) == ASKS_MAX:
            said = f"the text takes more than {ASKS_MAX} requests to look at"
            raise DetectorError(f"{said}; send less at once, or leave this detector out")
        found.append(ask)
    return tuple(found)


def answer_of(schema: type[T], status: int, body: bytes) -> T:
    """The answer as `schema`; raises `DetectorError`, which repeats nothing of it."""
    if status != OK:
        raise DetectorError(f"it answered with status {status}; see `detente providers test`")
    try:
        return msgspec.json.decode(body, type=schema)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unlike() from None


def unlike() -> DetectorError:
    """The error of an answer that is none of the service's."""
    return DetectorError("its answer is not what the service documents; check the provider")


def miscounted() -> DetectorError:
    """The error of an answer for another number of inputs than it was asked about."""
    return DetectorError("it answered for another number of texts than it was asked about")


def flagged(
    stage: Stage,
    category: SafetyCategory,
    raw: str,
    source: SafetySource,
    severity: int | None = None,
) -> SafetySignal:
    """What a service found: told, and acted upon by nobody yet."""
    return SafetySignal(
        stage=stage,
        action="flagged",
        category=category,
        severity=severity,
        source=source,
        raw=raw[:RAW_CHARACTERS_MAX],
    )


def once(signals: Iterable[SafetySignal]) -> tuple[SafetySignal, ...]:
    """Each signal once, in order."""
    return tuple(dict.fromkeys(signals))
