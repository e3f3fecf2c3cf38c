"""What the official SDKs say that a request consists of, as one small description of types.

Read from the SDKs themselves: typed dictionaries (OpenAI, Anthropic), pydantic models (Google) and
service models (Amazon). Knows no dialect's meaning.

>>> type(described(bool)).__name__
'Flag'
"""

import typing
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NotRequired, Required, TypeAlias, cast, get_args, get_origin

import msgspec
from pydantic import BaseModel
from typing_extensions import get_type_hints, is_typeddict


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Any text; `blob` where it stands for bytes."""

    blob: bool = False


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number."""

    whole: bool


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """true or false."""


class OneOf(msgspec.Struct, frozen=True, kw_only=True):
    """One of these words."""

    values: tuple[str | int | bool, ...]


class Many(msgspec.Struct, frozen=True, kw_only=True):
    """A list."""

    of: "Described"


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An object with names of the client's choosing."""

    of: "Described"


class Anything(msgspec.Struct, frozen=True, kw_only=True):
    """Any JSON value."""


class Either(msgspec.Struct, frozen=True, kw_only=True):
    """One of several."""

    of: tuple["Described", ...]


class Members(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """An object; `members` gives each member's type and whether it must be there."""

    name: str
    source: Any
    union: bool = False


Described: TypeAlias = Words | Number | Flag | OneOf | Many | Named | Anything | Either | Members


def described(kind: Any) -> Described:  # noqa: PLR0911 -- one for each kind
    """The description of a Python type as the SDKs use them."""
    if kind is str:
        return Words()
    if kind is bytes:
        return Words(blob=True)
    if kind is bool:
        return Flag()
    if kind in (int, float):
        return Number(whole=kind is int)
    if is_typeddict(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return Members(name=kind.__name__, source=kind)
    if isinstance(kind, type) and issubclass(kind, str):  # Google's enumerations
        words = cast("Iterable[Any]", kind)
        values = tuple(str(one.value) for one in words if "UNSPECIFIED" not in str(one.value))
        return OneOf(values=values)
    return _generic(kind)


def _generic(kind: Any) -> Described:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return OneOf(values=arguments)
    if origin is typing.Annotated or origin is Required or origin is NotRequired:
        return described(arguments[0])
    if origin in (list, tuple) or (isinstance(origin, type) and issubclass(origin, Iterable)):
        if issubclass(origin, Mapping):
            return Named(of=described(arguments[1]))
        return Many(of=described(arguments[0]))
    if arguments and origin is not None:  # a union
        return Either(of=tuple(described(one) for one in arguments if one is not type(None)))
    return Anything()


def of_shape(shape: Any) -> Described:  # noqa: PLR0911 -- one for each kind
    """The description of a shape of Amazon's service models."""
    match shape.type_name:
        case "string":
            values = tuple(shape.enum)
            return OneOf(values=values) if values else Words()
        case "blob":
            return Words(blob=True)
        case "boolean":
            return Flag()
        case "integer" | "long":
            return Number(whole=True)
        case "float" | "double":
            return Number(whole=False)
        case "list":
            return Many(of=of_shape(shape.member))
        case "map":
            return Named(of=of_shape(shape.value))
        case _:
            if getattr(shape, "is_document_type", False):
                return Anything()
            union = bool(getattr(shape, "is_tagged_union", False))
            return Members(name=shape.name, source=shape, union=union)


def members_of(one: Members) -> dict[str, tuple[Described, bool]]:
    """Each member's type, and whether it must be there."""
    source = one.source
    if hasattr(source, "type_name"):
        needed = set(source.required_members)
        return {name: (of_shape(shape), name in needed) for name, shape in source.members.items()}
    if is_typeddict(source):
        hints = get_type_hints(source, include_extras=True)
        return {
            name: (described(kind), get_origin(kind) is Required) for name, kind in hints.items()
        }
    return {
        field.alias or name: (described(field.annotation), field.is_required())
        for name, field in source.model_fields.items()
    }
