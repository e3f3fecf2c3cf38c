"""What an error's body says, whatever its shape: its codes and its sentence. Pure.

The shapes are OpenAI's `{"error": {…}}` (Azure, Anthropic, Google and most others), Amazon's
`__type` and `message`, Mistral's, Cohere's and Oracle's flat objects, `{"error": "…"}` (Ollama,
xAI) and FastAPI's `detail`. Nothing of it is ever shown: a sentence may repeat a prompt.

>>> read_error(b'{"error":{"code":"model_not_found","message":"The model `x` does not exist"}}')
ErrorWords(codes=frozenset({'model_not_found'}), wait_ms=None)
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj

BODY_BYTES_MAX: Final = 1024 * 1024
"""No error is longer; a longer body is not read."""
CODE_CHARACTERS_MAX: Final = 100
SENTENCE_CHARACTERS_MAX: Final = 600
"""What tells sentences apart stands at their beginning."""
OBJECTS_MAX: Final = 50
"""Details of an error that are looked at."""
WAIT_MS_MAX: Final = 24 * 3600 * 1000
"""A wait beyond a day is not a wait."""

_CODES: Final = ("code", "type", "status", "reason", "error_code", "error_type", "__type")
_SENTENCES: Final = ("message", "Message", "error", "detail", "error_description")
_INNER: Final = ("error", "innererror", "inner_error", "details", "metadata")
_DECODE: Final = msgspec.json.Decoder().decode


class ErrorWords(msgspec.Struct, frozen=True, kw_only=True):
    """What an error says of itself.

    `codes` are all of its codes, types and statuses in small letters; `sentence` is what it says to
    people, which may quote a prompt; `wait_ms` is how long Google's RetryInfo asks to wait.
    `is_json` is whether it is an object at all.
    """

    codes: frozenset[str] = frozenset()
    sentence: str = ""
    wait_ms: int | None = None
    is_json: bool = False

    def __repr__(self) -> str:
        """Without the sentence."""
        codes = "{" + ", ".join(map(repr, sorted(self.codes))) + "}"
        return f"ErrorWords(codes=frozenset({codes}), wait_ms={self.wait_ms})"


def read_error(body: bytes) -> ErrorWords:
    """What an error's body says, nothing where it is not JSON; never raises."""
    if len(body) > BODY_BYTES_MAX:
        return ErrorWords()
    try:
        found: Json = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ErrorWords()
    if type(found) is list and found:  # Google's, where a stream was asked for without SSE
        found = found[0]
    if type(found) is not dict:
        return ErrorWords()
    codes: set[str] = set()
    sentence, wait_ms = "", None
    for obj in _objects(found):
        codes.update(_codes(obj))
        sentence = sentence or _sentence(obj)
        if wait_ms is None:
            wait_ms = _wait_ms(obj.get("retryDelay"))
    return ErrorWords(codes=frozenset(codes), sentence=sentence, wait_ms=wait_ms, is_json=True)


def _objects(found: Obj) -> Iterator[Obj]:
    """The objects of an error, the outer ones first, up to a bound."""
    waiting: list[Json] = [found]
    for count, value in enumerate(waiting):
        if count >= OBJECTS_MAX:
            return
        if type(value) is not dict:
            continue
        yield value
        for name in _INNER:
            inner = value.get(name)
            waiting += inner[:OBJECTS_MAX] if type(inner) is list else [inner]


def _codes(obj: Obj) -> Iterator[str]:
    """The codes of one object: Amazon's without their namespace, all in small letters."""
    for name in _CODES:
        value = obj.get(name)
        if type(value) is int:
            yield str(value)
        elif type(value) is str and 0 < len(value) <= CODE_CHARACTERS_MAX:
            yield value.rpartition("#")[2].lower()


def _sentence(obj: Obj) -> str:
    for name in _SENTENCES:
        value = obj.get(name)
        if type(value) is str and value:
            return value[:SENTENCE_CHARACTERS_MAX].strip()
    return ""


def _wait_ms(delay: Json) -> int | None:
    """A `google.protobuf.Duration` (`34.07s`) in milliseconds, None where none is meant."""
    if type(delay) is not str:
        return None
    try:
        wait_ms = float(delay.removesuffix("s")) * 1000
    except ValueError:
        return None
    return int(wait_ms) if 0 <= wait_ms <= WAIT_MS_MAX else None
