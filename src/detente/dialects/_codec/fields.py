"""Reading a decoded JSON object member by member: what is not what it must be is a `Misfit`.

A `Misfit` says where (`messages[2].content`) and never what stood there. Codecs raise it freely;
whoever opens the door (`read_object` and the codec's functions) turns it into `ClientFault` or
`ProviderFault`. Nothing is converted: a number in quotes is a misfit.

>>> text({"role": "user"}, "role")
'user'
"""

from collections.abc import Callable
from typing import Final, TypeVar, cast

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ClientFault, ProviderFault

T = TypeVar("T")

_DECODE: Final = msgspec.json.Decoder().decode


class Misfit(Exception):
    """A member is not what it must be; `path` grows on the way out."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def under(self, outer: str) -> None:
        """The object that was being read stands under `outer`."""
        inner = self.path
        self.path = f"{outer}{inner}" if not inner or inner[0] == "[" else f"{outer}.{inner}"

    def client_fault(self) -> ClientFault:
        """As the client's mistake."""
        where = f"`{self.path}` in the body" if self.path else "the body"
        return ClientFault("request_invalid", f"{where} {self.reason}; correct it")

    def provider_fault(self) -> ProviderFault:
        """As the provider's mistake."""
        where = f"`{self.path}` in the provider's answer" if self.path else "the provider's answer"
        return ProviderFault("upstream_failed", f"{where} {self.reason}; try another deployment")


def read_object(body: bytes) -> Obj:
    """`body` as one JSON object; raises `Misfit`."""
    try:
        value = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Misfit("", "is not JSON") from None
    except RecursionError:
        raise Misfit("", "is nested too deeply") from None
    if type(value) is not dict:
        raise Misfit("", "is not a JSON object")
    return cast(Obj, value)


def read_json(text_: str | bytes) -> Json:
    """Any JSON text; raises `Misfit`."""
    try:
        return cast(Json, _DECODE(text_))
    except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError):
        raise Misfit("", "is not JSON") from None
    except RecursionError:
        raise Misfit("", "is nested too deeply") from None


def text(source: Obj, key: str) -> str:
    """A string that must be there."""
    value = source.get(key)
    if type(value) is str:
        return value
    raise Misfit(key, "must be a string")


def filled(source: Obj, key: str) -> str:
    """A string that must be there and say something: an id, a name."""
    value = source.get(key)
    if type(value) is str and value:
        return value
    raise Misfit(key, "must be a string that is not empty")


def text_or_none(source: Obj, key: str) -> str | None:
    """A string; None where it is absent or null."""
    value = source.get(key)
    if value is None or type(value) is str:
        return value
    raise Misfit(key, "must be a string")


def integer(source: Obj, key: str) -> int:
    """A whole number that must be there."""
    value = source.get(key)
    if type(value) is int:
        return value
    raise Misfit(key, "must be a whole number")


def integer_or_none(source: Obj, key: str) -> int | None:
    """A whole number; None where it is absent or null."""
    value = source.get(key)
    if value is None or type(value) is int:
        return value
    raise Misfit(key, "must be a whole number")


def number_or_none(source: Obj, key: str) -> float | None:
    """A number; None where it is absent or null. Whole ones stay whole."""
    value = source.get(key)
    if value is None or type(value) is float or type(value) is int:
        return value
    raise Misfit(key, "must be a number")


def flag_or_none(source: Obj, key: str) -> bool | None:
    """true or false; None where it is absent or null."""
    value = source.get(key)
    if value is None or type(value) is bool:
        return value
    raise Misfit(key, "must be true or false")


def member(source: Obj, key: str) -> Obj:
    """An object that must be there."""
    value = source.get(key)
    if type(value) is dict:
        return value
    raise Misfit(key, "must be an object")


def member_or_none(source: Obj, key: str) -> Obj | None:
    """An object; None where it is absent or null."""
    value = source.get(key)
    if value is None or type(value) is dict:
        return value
    raise Misfit(key, "must be an object")


def items(source: Obj, key: str) -> list[Json]:
    """A list; empty where it is absent or null."""
    value = source.get(key)
    if type(value) is list:
        return value
    if value is None:
        return []
    raise Misfit(key, "must be a list")


def texts(source: Obj, key: str) -> tuple[str, ...]:
    """A list of strings; empty where it is absent or null."""
    values = items(source, key)
    for value in values:
        if type(value) is not str:
            raise Misfit(key, "must be a list of strings")
    return tuple(cast(list[str], values))


def each(source: Obj, key: str, decode: Callable[[Obj], T]) -> tuple[T, ...]:
    """A list of objects, each decoded; empty where it is absent or null."""
    decoded: list[T] = []
    for index, value in enumerate(items(source, key)):
        if type(value) is not dict:
            raise Misfit(f"{key}[{index}]", "must be an object")
        try:
            decoded.append(decode(value))
        except Misfit as misfit:
            misfit.under(f"{key}[{index}]")
            raise
    return tuple(decoded)


def within(source: Obj, key: str, decode: Callable[[Obj], T]) -> T | None:
    """An object, decoded; None where it is absent or null."""
    value = member_or_none(source, key)
    if value is None:
        return None
    try:
        return decode(value)
    except Misfit as misfit:
        misfit.under(key)
        raise
