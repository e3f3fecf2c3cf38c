"""Google's own dialect of schemas (OpenAPI 3.0, types in capitals) as JSON Schema.

It is read where clients still write it; encoders write JSON Schema, which the platforms take under
another name.

>>> json_schema({"type": "STRING", "nullable": True})
{'type': ['string', 'null']}
"""

from typing import Final

from detente.canonical.extras import Json, Obj

_NAMES: Final = {
    "additional_properties": "additionalProperties",
    "any_of": "anyOf",
    "max_items": "maxItems",
    "max_length": "maxLength",
    "max_properties": "maxProperties",
    "min_items": "minItems",
    "min_length": "minLength",
    "min_properties": "minProperties",
    "defs": "$defs",
    "ref": "$ref",
}
_COUNTS: Final = frozenset(
    ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties")
)
_LEFT_OUT: Final = frozenset(("nullable", "propertyOrdering", "property_ordering"))
"""`nullable` becomes a type; an order of members has no meaning in JSON Schema."""


def json_schema(source: Obj) -> Obj:
    """`source` as JSON Schema; what is not known is left as it is."""
    target: Obj = {}
    for key, value in source.items():
        if key in _LEFT_OUT or value is None:
            continue
        name = _NAMES.get(key, key)
        if name == "type":
            if type(value) is str and value != "TYPE_UNSPECIFIED":
                target[name] = value.lower()
        elif name == "example":
            target["examples"] = [value]
        else:
            target[name] = _value(name, value)
    if source.get("nullable") is True:
        _allow_null(target)
    return target


def _value(name: str, value: Json) -> Json:
    if name in ("properties", "$defs") and type(value) is dict:
        return {key: _schema(inner) for key, inner in value.items()}
    if name in ("items", "additionalProperties"):
        return _schema(value)
    if name == "anyOf" and type(value) is list:
        return [_schema(inner) for inner in value]
    if name in _COUNTS and type(value) is str and value.isascii() and value.isdigit():
        return int(value) if len(value) < 20 else value
    return value


def _schema(value: Json) -> Json:
    return json_schema(value) if type(value) is dict else value


def _allow_null(target: Obj) -> None:
    kind, choices = target.get("type"), target.get("enum")
    if type(kind) is str:
        target["type"] = [kind, "null"]
    elif type(options := target.get("anyOf")) is list:
        target["anyOf"] = [*options, {"type": "null"}]
    if type(choices) is list and None not in choices:
        target["enum"] = [*choices, None]
