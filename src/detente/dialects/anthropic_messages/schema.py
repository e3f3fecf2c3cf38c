"""JSON Schemas as structured output and strict tools take them.

The platform refuses what it cannot hold the model to: bounds of numbers and lengths, objects that
are open, most formats. As the official SDK does, such keywords move into the description, where the
model reads them, and objects are closed.

>>> accepted({"type": "integer", "minimum": 1})
({'type': 'integer', 'description': '{"minimum":1}'}, True)
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj

DEPTH_MAX: Final = 64
"""Schemas nested deeper go as they are."""

_ENCODE: Final = msgspec.json.Encoder().encode
_KEPT: Final = frozenset(
    (
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "default",
        "definitions",
        "description",
        "enum",
        "items",
        "properties",
        "required",
        "title",
        "type",
    )
)
_FORMATS: Final = frozenset(
    (
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "time",
        "uri",
        "uuid",
    )
)
_NAMED: Final = ("$defs", "definitions", "properties")
_LISTED: Final = ("allOf", "anyOf")


def accepted(schema: Obj, depth: int = 0) -> tuple[Obj, bool]:
    """The schema as the platform takes it, and whether it now means less."""
    if depth >= DEPTH_MAX:
        return schema, False
    out: Obj = {}
    moved: Obj = {}
    less = False
    for key, value in schema.items():
        name = "anyOf" if key == "oneOf" else key
        if not _is_kept(name, value):
            moved[key] = value
            continue
        out[name], lost = _inner(name, value, depth)
        less = less or lost
    if _is_object(out):
        less = _close(out) or less
    if moved:
        told = _ENCODE(moved).decode()
        before = out.get("description")
        out["description"] = f"{before}\n\n{told}" if type(before) is str and before else told
    return out, less or bool(moved)


def _is_kept(name: str, value: Json) -> bool:
    if name == "format":
        return type(value) is str and value in _FORMATS
    if name == "minItems":
        return value in (0, 1)
    return name in _KEPT


def _inner(name: str, value: Json, depth: int) -> tuple[Json, bool]:
    """A keyword's value, with the schemas in it."""
    if name in _NAMED and type(value) is dict:
        named: Obj = {}
        less = False
        for key, schema in value.items():
            named[key], lost = _one(schema, depth)
            less = less or lost
        return named, less
    if name in _LISTED and type(value) is list:
        pairs = [_one(schema, depth) for schema in value]
        return [schema for schema, _ in pairs], any(lost for _, lost in pairs)
    return _one(value, depth) if name == "items" else (value, False)


def _one(schema: Json, depth: int) -> tuple[Json, bool]:
    return accepted(schema, depth + 1) if type(schema) is dict else (schema, False)


def _is_object(schema: Obj) -> bool:
    kind = schema.get("type")
    return kind == "object" or (type(kind) is list and "object" in kind)


def _close(schema: Obj) -> bool:
    """Allow no other members; whether others were meant to be allowed."""
    before = schema.get("additionalProperties")
    schema["additionalProperties"] = False
    opened = before is not None and before is not False
    return opened or (before is None and not schema.get("properties"))
