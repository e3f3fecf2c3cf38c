"""Canonical values without how they were spelt, to compare what they mean."""

from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")


def bare(value: T) -> T:
    """`value` with no extras anywhere in it."""
    return _bare(value)


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in cast("tuple[Any, ...]", value))
    if not isinstance(value, msgspec.Struct):
        return value
    changes = {name: _bare(getattr(value, name)) for name in value.__struct_fields__}
    if "extras" in changes:
        changes["extras"] = None
    return msgspec.structs.replace(value, **changes)
