"""A value that fits a JSON Schema: the arguments of a simulated tool call.

Knows the part of JSON Schema that tools use; anything else gives null.

>>> sample(Schema(type="object", properties={"city": Schema(type="string")}))
{'city': 'city'}
"""

from typing import Final

import msgspec

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

DEPTH_MAX: Final = 8
"""A schema may refer to itself; nobody reads deeper than this."""


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """The keywords that are obeyed; others are ignored."""

    type: str | list[str] | None = None
    properties: dict[str, "Schema"] = {}
    items: "Schema | None" = None
    enum: list[msgspec.Raw] | None = None
    const: msgspec.Raw = msgspec.Raw(b"")
    any_of: "list[Schema] | None" = msgspec.field(name="anyOf", default=None)
    ref: str | None = msgspec.field(name="$ref", default=None)
    defs: "dict[str, Schema]" = msgspec.field(name="$defs", default_factory=dict[str, "Schema"])


def parse_schema(raw: bytes) -> Schema:
    """The schema, or an empty one where it is of no known form."""
    try:
        return msgspec.json.decode(raw, type=Schema)
    except msgspec.DecodeError:
        return Schema()


def sample(schema: Schema, name: str = "text") -> Json:
    """The same value for the same schema; a string is the name of its property."""
    return _sample(schema, name, schema.defs, 0)


def _sample(schema: Schema, name: str, defs: dict[str, Schema], depth: int) -> Json:
    if depth > DEPTH_MAX:
        return None
    if bytes(schema.const):
        return msgspec.json.decode(schema.const)
    if schema.enum:
        return msgspec.json.decode(schema.enum[0])
    if schema.ref is not None:
        target = defs.get(schema.ref.rpartition("/")[2], Schema())
        return _sample(target, name, defs, depth + 1)
    if schema.any_of:
        return _sample(schema.any_of[0], name, defs, depth + 1)
    return _typed(schema, name, defs, depth)


def _typed(schema: Schema, name: str, defs: dict[str, Schema], depth: int) -> Json:
    kind = schema.type
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    match kind.lower() if kind else None:  # Google's schemas say STRING
        case "object":
            return {
                key: _sample(value, key, defs, depth + 1)
                for key, value in schema.properties.items()
            }
        case "array":
            return [_sample(schema.items, name, defs, depth + 1)] if schema.items else []
        case "string":
            return name
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return None
