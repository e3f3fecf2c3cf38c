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
_ORDERINGS: Final = ("propertyOrdering", "property_ordering")
_LEFT_OUT: Final = frozenset(("nullable", *_ORDERINGS))
"""`nullable` becomes a type; members stand in the order that is asked for, as models write them."""


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
    for key in _ORDERINGS:
        _order(target, source.get(key))
    if source.get("nullable") is True:
        _allow_null(target)
    return target


def _order(target: Obj, ordering: Json) -> None:
    """Have the members stand in `ordering`, the others behind."""
    members = target.get("properties")
    if type(ordering) is list and type(members) is dict:
        first: Obj = {
            name: members[name] for name in ordering if type(name) is str and name in members
        }
        target["properties"] = {**first, **members}


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
